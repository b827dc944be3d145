"""An account is found by a part of its id or name, however that is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_core.datasets import open_dataset
from cs_core.studies.directory import Directory, directory, laid_out
from cs_core.text.folding import readings

NAMES = {
    "A1": "カガ食品",
    "A2": "Ｒｏｗａｎ  Analytics",
    "A3": "ｱｵｲ商事",
    "B12": None,
    "A4": "Straße",
}


@pytest.fixture
def known(tmp_path: Path) -> Directory:
    subscriptions, accounts = tmp_path / "subscriptions.csv", tmp_path / "accounts.csv"
    rows = [f"{account},2024-01-01,,10" for account in NAMES]
    subscriptions.write_text("\n".join(["account_id,start_date,end_date,mrr", *rows]))
    named = [f"{account},{name}" for account, name in NAMES.items() if name]
    accounts.write_text("\n".join(["account_id,name", *named]))
    with open_dataset([subscriptions, accounts]) as dataset:
        return directory(dataset.warehouse)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("かが", ["A1"]),
        ("ｶｶﾞ", ["A1"]),
        ("rowan a", ["A2"]),
        ("アオイ", ["A3"]),
        ("あおい", ["A3"]),
        ("ｂ１", ["B12"]),
        ("STRASSE", ["A4"]),
        ("a", ["A1", "A2", "A3", "A4"]),
        ("2", ["A2", "B12"]),  # the third line's number is 2, and is no word of it
        ("nobody", []),
        ("aoi", ["A3"]),
        ("kaga sh", ["A1"]),
        ("ろーわん", ["A2"]),
        ("りあ", []),
        ("analytics", ["A2"]),
        ("  ", []),
        ("\t", []),
    ],
)
def test_found(known: Directory, text: str, found: list[str]) -> None:
    assert [known.ids[place] for place in known.find(text)] == found


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("sakura", "さくら"),
        ("Sinzyuku", "しんじゅく"),
        ("shinjuku", "しんじゅく"),
        ("tokyo", "ときょ"),
        ("toukyou", "ときょ"),
        ("kitte", "きって"),
        ("きって", "kitte"),
        ("シンジュク", "shinjuku"),
        ("サーバー", "saba"),
        ("larkside", None),
        ("a0123", None),
    ],
)
def test_letters_that_read_as_others(text: str, other: str | None) -> None:
    assert readings(text)[1:] == ([other] if other else [])


def test_what_begins_with_it_comes_first() -> None:
    known = laid_out(["1", "2", "3", "4"], ["Blue Lark", "Larkside", None, "Skylark"])
    assert known.find("lark") == [1, 0, 3]
    assert known.find("lark", most=1) == [1]
    assert known.find("3") == [2]


def test_no_more_than_asked_for(known: Directory) -> None:
    assert len(known.find("a", most=2)) == 2
