"""Ids that look alike are one account once a person says so: in every table, whatever comes
later, and whatever the order of rows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_core.datasets import import_files, open_dataset
from cs_core.importers.alike import folded
from cs_core.importers.reading import ReadOptions
from cs_core.workspace import Workspace

JOIN = ReadOptions(same_accounts="join")
HEAD = "account_id,start_date,end_date,mrr,plan\n"
ROWS = (
    "acme,2024-01-01,2024-06-01,10,A\n",
    "acme,2024-03-01,,5,A\n",
    "ＡＣＭＥ ,2024-06-01,,10,B\n",
    "ｱﾊﾟｰﾄ,2024-02-01,,7,A\n",
    "アパート,2024-04-01,,3,A\n",
    "b,2024-01-01,,1,A\n",
)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = {
        "subscriptions.csv": HEAD + "".join(ROWS),
        "accounts.csv": "account_id,name,country\nAcme,Acme Inc,JP\nb,B,US\nアパート,P,JP\n",
        "usage.csv": "account_id,date,metric,value\naCME,2024-05-01,logins,3\n",
    }
    for name, text in found.items():
        (tmp_path / name).write_text(text, "utf-8")
    return [tmp_path / name for name in found]


def codes(report: dict[str, object]) -> set[str]:
    return {problem["code"] for problem in report["problems"]}  # type: ignore[attr-defined, index]


def test_kept_apart_they_are_accounts_of_their_own(files: list[Path]) -> None:
    with open_dataset(files) as dataset:
        assert dataset.info.accounts == 5
        assert {"usage_unmatched", "accounts_alike"} <= codes(dataset.report)


def test_joined_they_are_one_in_every_table(files: list[Path], tmp_path: Path) -> None:
    with open_dataset(files, read=JOIN) as dataset:
        assert dataset.info.accounts == 3
        assert codes(dataset.report) & {"usage_unmatched", "accounts_alike"} == set()
        assert [*dataset.query("mrr_movements", exact=True)["new_customers"]][:2] == [2, 1]
        # 10 + 5 went on as 5 + 10: nobody left, and nobody came back.
        assert dataset.query("churn")["lost_customers"].sum() == 0
        by = dataset.query("kpis", by="country", exact=True)
        assert {str(c) for c in by["country"]} == {"JP", "US"}
        dataset.export("subscriptions", tmp_path / "out.parquet")
    ids = pq.read_table(tmp_path / "out.parquet").column("account_id").to_pylist()
    assert sorted(set(ids)) == ["acme", "b", "アパート"]


@pytest.mark.parametrize("order", [ROWS, ROWS[::-1]])
def test_the_spelling_does_not_depend_on_the_order_of_rows(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    (tmp_path / "s.csv").write_text(HEAD + "".join(order), "utf-8")
    with open_dataset(tmp_path / "s.csv", read=JOIN) as dataset:
        found = dataset.query("accounts")["account_id"]
    assert sorted(found) == ["acme", "b", "アパート"]


def test_what_comes_later_is_joined_too(files: list[Path], tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    import_files(files, "d", workspace, JOIN)
    later = tmp_path / "later.csv"
    later.write_text(HEAD + "ACME,2024-09-01,,2,C\nc,2024-09-01,,2,A\n", "utf-8")
    said = import_files([later], "d", workspace, append=True)
    assert "accounts_joined" in codes(said)
    with open_dataset(dataset="d", workspace=workspace) as dataset:
        assert dataset.info.accounts == 4
        assert sorted(dataset.query("accounts")["account_id"])[:2] == ["acme", "b"]


def test_a_typed_file_of_the_persons_own_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "typed.parquet"
    day = pa.array(["2024-01-01", "2024-02-01"]).cast(pa.date32())
    table = pa.table({"account_id": ["x", "X"], "start_date": day, "mrr": [1.5, 2.5]})
    pq.write_table(table, path)
    before = path.read_bytes()
    with open_dataset(path, read=JOIN) as dataset:
        assert dataset.info.accounts == 1
        assert dataset.mrr_today()[0][1] == 4
    assert path.read_bytes() == before


@given(st.text(st.characters(codec="utf-8"), max_size=12))
def test_a_folded_id_stays_as_it_is(text: str) -> None:
    once = folded(pa.array([text]))
    assert folded(once).to_pylist() == once.to_pylist()
    assert (
        folded(pa.array([f" {text.upper()}\u3000"])).to_pylist()
        == folded(pa.array([text.upper()])).to_pylist()
    )
