"""Rows added to a dataset, rows repaired and brought again, and a dataset renamed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cs_core import datasets
from cs_core.errors import UsageError
from cs_core.importers import ReadOptions
from cs_core.workspace import Workspace

HEAD = "account_id,start_date,end_date,mrr,plan\n"
ONE = HEAD + "A,2024-01-01,,10,=x\nB,2024-02-01,2024-01-01,20,y\nC,2024-02-01,,oops,y\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "home")


def put(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def closing(workspace: Workspace, name: str = "d") -> dict[str, str]:
    with datasets.open_dataset(dataset=name, workspace=workspace) as found:
        rows = found.query("mrr_movements", exact=True)
    return dict(zip(rows["month"], rows["closing_mrr"].astype(float), strict=True))


def test_rows_are_added_and_a_file_twice_adds_nothing(workspace, tmp_path):
    datasets.import_files([put(tmp_path / "jan.csv", ONE)], "d", workspace)
    more = put(tmp_path / "feb.csv", HEAD + "D,2024-02-10,,5,z\n")
    said = datasets.import_files([more], "d", workspace, append=True)
    assert [item["file"] for item in said["files"]] == ["jan.csv", "feb.csv"]
    assert [item["rows_read"] for item in said["files"]] == [3, 1]
    assert closing(workspace) == {"2024-01": 10.0, "2024-02": 15.0}
    version = workspace.dataset("d").version
    datasets.import_files([more], "d", workspace, append=True)
    assert workspace.dataset("d").version == version
    workspace.undo("d")
    assert closing(workspace) == {"2024-01": 10.0}


def test_two_files_of_one_name_are_counted_apart(workspace, tmp_path):
    datasets.import_files([put(tmp_path / "subs.csv", ONE)], "d", workspace)
    (tmp_path / "later").mkdir()
    more = put(tmp_path / "later" / "subs.csv", HEAD + "E,2024-03-01,2024-01-01,5,z\n")
    said = datasets.import_files([more], "d", workspace, append=True)
    assert [item["rows_set_aside"] for item in said["files"]] == [2, 1]


def test_rows_set_aside_come_back_with_their_cells_and_are_imported_once_repaired(
    workspace, tmp_path
):
    out = tmp_path / "aside.csv"
    datasets.import_files([put(tmp_path / "jan.csv", ONE)], "d", workspace, set_aside=out)
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(r["file"], r["line"], r["column"], r["value"], r["reason"]) for r in rows] == [
        ("jan.csv", "4", "mrr", "oops", "unparsable"),
        ("jan.csv", "3", "end_date", "2024-01-01", "end_before_start"),
    ]
    assert [r["account_id"] for r in rows] == ["C", "B"]
    rows[0]["mrr"], rows[1]["end_date"] = "7", "2024-06-01"
    rows[0]["plan"] = "'=x"  # as a spreadsheet guard has written it
    with (tmp_path / "repaired.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    said = datasets.import_files([tmp_path / "repaired.csv"], "d", workspace, append=True)
    assert said["files"][1]["rows_accepted"] == 2
    assert closing(workspace) == {
        "2024-01": 10.0, "2024-02": 37.0, "2024-03": 37.0, "2024-04": 37.0, "2024-05": 37.0,
        "2024-06": 17.0,
    }  # fmt: skip
    with datasets.open_dataset(dataset="d", workspace=workspace) as found:
        assert found.segment_values("plan") == ["=x", "y"]


@pytest.mark.parametrize("headers", ["date,value", "file,reason"])
def test_headers_that_say_why_do_not_collide_with_those_of_the_file(workspace, tmp_path, headers):
    one, two = headers.split(",")
    subs = put(tmp_path / "subs.csv", HEAD + "A,2024-01-01,,1,x\n")
    text = f"account_id,metric,{one},{two}\nA,logins,soon,3\n"
    text = text if one == "date" else f"account_id,start_date,mrr,{one},{two}\nA,soon,1,f,r\n"
    out = tmp_path / "aside.csv"
    datasets.import_files([subs, put(tmp_path / "x.csv", text)], "d", workspace, set_aside=out)
    assert out.read_text("utf-8-sig").splitlines()[1].endswith("soon,3") or "f,r" in out.read_text()


def test_a_renamed_dataset_keeps_everything_and_frees_its_name(workspace, tmp_path):
    datasets.import_files([put(tmp_path / "jan.csv", ONE)], "d", workspace)
    workspace.rename("d", "継続 2024")
    assert closing(workspace, "継続 2024") == {"2024-01": 10.0}
    datasets.import_files([put(tmp_path / "x.csv", HEAD + "X,2024-01-01,,1,x\n")], "d", workspace)
    assert closing(workspace, "d") == {"2024-01": 1.0}
    assert closing(workspace, "継続 2024")["2024-01"] == 10.0
    with pytest.raises(UsageError, check=lambda error: error.code == "dataset_name_taken"):
        workspace.rename("d", "継続 2024")
    with pytest.raises(UsageError, check=lambda error: error.code == "dataset_name_slash"):
        workspace.rename("d", "a/b")
    assert workspace.rename("d", "d").name == "d"


def test_what_is_heard_stops_an_import_and_nothing_has_changed(workspace, tmp_path):
    datasets.import_files([put(tmp_path / "jan.csv", ONE)], "d", workspace)
    big = put(tmp_path / "big.csv", HEAD + "A,2024-01-01,,10,x\n" * 50_000)
    for stop in ("reading", "staging", "ledger"):
        heard: list[tuple[str, float]] = []

        def hear(doing: str, share: float, heard=heard, stop=stop) -> None:
            heard.append((doing, share))
            if doing == stop and (share > 0 or doing == "ledger"):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            datasets.import_files([big], "d", workspace, bounded=True, heard=hear)
        shares = [share for doing, share in heard if doing == "reading"]
        assert shares == sorted(shares)
        assert closing(workspace) == {"2024-01": 10.0}
        [folder] = (workspace.home / "datasets").glob("*")
        assert len(list(folder.iterdir())) == 1


def test_repeated_rows_are_set_aside_unless_a_person_keeps_them(workspace, tmp_path):
    rows = "account_id,subscription_id,start_date,mrr\n" + "A,s,2024-01-01,10\n" * 2
    path = put(tmp_path / "x.csv", rows)
    said = datasets.import_files([path], "d", workspace)
    assert [(p["code"], p["count"]) for p in said["problems"]] == [("duplicate", 1)]
    assert closing(workspace) == {"2024-01": 10.0}
    said = datasets.import_files([path], "d", workspace, ReadOptions(duplicates="keep"))
    assert said["files"][0]["rows_set_aside"] == 0
    assert closing(workspace) == {"2024-01": 20.0}
