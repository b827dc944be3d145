"""Uploads: all of the work in a bounded child, files read once, rows set aside in any number."""

from __future__ import annotations

import csv
import resource
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cs_core import datasets
from cs_core.datasets import making
from cs_core.datasets.report import SHOWN
from cs_core.errors import InputError
from cs_core.importers import ReadOptions
from cs_core.importers.aside import RowsAside
from cs_core.importers.reading import SetAside
from cs_core.workspace import Workspace

HEAD = "subscription_id,account_id,currency,start_date,end_date,mrr\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "home")


def put(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def backwards(path: Path, rows: int, good: int = 0) -> Path:
    """A few kilobytes of rows whose end lies before their start."""
    ends = [date(2023, 12, 9)] * rows + [date(2025, 1, 1)] * good
    starts = [date(2024, 3, 18)] * (rows + good)
    accounts = ["a"] * rows + [f"g{n}" for n in range(good)]
    columns = {
        "account_id": accounts,
        "start_date": starts,
        "end_date": ends,
        "mrr": [1] * len(ends),
    }
    pq.write_table(pa.table(columns), path)
    return path


def test_rows_set_aside_are_counted_whole_and_shown_in_samples(
    tmp_path: Path, workspace: Workspace
):
    path = backwards(tmp_path / "x.parquet", 50_000, good=3)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = datasets.inspect([path], tmp_path / "read")
    assert (found.accepted, found.rows_aside, len(found.aside)) == (3, 50_000, SHOWN)
    [problem] = [p for p in found.report["problems"] if p["severity"] == "error"]
    assert (problem["code"], problem["count"]) == ("end_before_start", 50_000)
    assert found.aside[0].row == ("a", "2024-03-18", "2023-12-09", "1")
    with found.aside_file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert len(rows) == 50_001
    assert rows[1][1:5] == ["1", "end_date", "2023-12-09", "end_before_start"]
    said = datasets.import_files([path], "x", workspace, bounded=True, drafted=found.folder)
    assert [f["rows_accepted"] for f in said["files"]] == [3]
    kept = workspace.dataset("x").path / "set_aside.csv"
    assert len(kept.read_text("utf-8-sig").splitlines()) == 50_001
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100_000  # kilobytes; the rows of the CSV here are most of it


def test_no_usable_row_leaves_the_dataset_as_it_was(tmp_path: Path, workspace: Workspace):
    path = backwards(tmp_path / "x.parquet", 100)
    with pytest.raises(InputError) as refused:
        datasets.import_files([path], "x", workspace, bounded=True)
    assert refused.value.code == "no_usable_rows"
    assert workspace.datasets() == []


def test_many_unreadable_rows_are_kept_and_added_to(tmp_path: Path, workspace: Workspace):
    bad = "s,a,USD,soon,,5\n" * 6_000 + "s,a,USD\n" * 6_000
    path = put(tmp_path / "x.csv", HEAD + bad + "s1,a,USD,2024-01-01,,5\n")
    said = datasets.import_files([path], "x", workspace, bounded=True)
    more = put(tmp_path / "y.csv", HEAD + "s2,b,USD,2024-02-01,,5\n")
    again = datasets.import_files([more], "x", workspace, append=True)
    for report in (said, again):
        assert {p["code"]: p["count"] for p in report["problems"] if p["severity"] == "error"} == {
            "unparsable": 6_000,
            "ragged": 6_000,
        }
        assert report["files"][0]["rows_set_aside"] == 12_000
    out = tmp_path / "out.csv"
    datasets.import_files([path, more], "y", workspace, set_aside=out)
    assert len(out.read_text("utf-8-sig").splitlines()) == 12_001


def test_rows_aside_are_what_was_put_in(tmp_path: Path):
    rows = [
        SetAside(n ^ 1, None, "v", ("a", "b")[n % 2], tuple("xyz"[: n % 4])) for n in range(10_000)
    ]
    aside = RowsAside(rows)
    plain = aside.to_json(tmp_path / "rows.parquet")
    assert "rows" not in plain
    back = RowsAside.from_json(plain, tmp_path)
    for found in (aside, back):
        assert list(found) == rows
        assert (len(found), found.widest, found.codes) == (10_000, 3, {"a": 5_000, "b": 5_000})
        assert found.first == rows[:10]
    assert list(aside.in_order()) == sorted(rows, key=lambda row: row.line)
    few = RowsAside(rows[:3])
    assert RowsAside.from_json(few.to_json(tmp_path / "few.parquet"), tmp_path) == rows[:3]
    assert not RowsAside()


@pytest.fixture
def read_by_children(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files each child was told to read."""
    told: list[int] = []
    work = making.work_in_child

    def counted(paths: Any, *rest: Any, **options: Any) -> Any:
        told.append(len(paths))
        return work(paths, *rest, **options)

    monkeypatch.setattr(making, "work_in_child", counted)
    return told


def test_an_upload_is_read_once(tmp_path: Path, workspace: Workspace, read_by_children: list[int]):
    path = put(tmp_path / "x.csv", HEAD + "s1,a,USD,2024-01-01,2024-03-31,5\n")
    folder = tmp_path / "read"
    datasets.inspect([path], folder)
    datasets.inspect([path], folder, ReadOptions(end_date="inclusive"))
    read = ReadOptions(end_date="inclusive")
    datasets.import_files([path], "x", workspace, read, bounded=True, drafted=folder)
    assert read_by_children == [1, 0, 0]
    with datasets.open_dataset(dataset="x", workspace=workspace) as dataset:
        assert dataset.info.lines == 1
    # What was taken from the folder is not taken twice.
    datasets.import_files([path], "y", workspace, read, bounded=True, drafted=folder)
    assert read_by_children == [1, 0, 0, 1]


def test_what_was_read_otherwise_or_of_another_file_is_read_anew(
    tmp_path: Path, workspace: Workspace, read_by_children: list[int]
):
    path = put(tmp_path / "x.csv", HEAD + "s1,a,USD,2024-01-01,,5\n")
    folder = tmp_path / "read"
    datasets.inspect([path], folder)
    datasets.inspect([path], folder, ReadOptions(encoding="cp932"))
    put(path, HEAD + "s1,a,USD,2024-01-01,,7\n")
    read = ReadOptions(encoding="cp932")
    said = datasets.import_files([path], "x", workspace, read, bounded=True, drafted=folder)
    assert read_by_children == [1, 1, 1]
    assert said["files"][0]["encoding"] == "cp932"


def test_contracts_that_are_all_in_the_future_are_kept(tmp_path: Path, workspace: Workspace):
    path = put(tmp_path / "x.csv", HEAD + "s1,a,USD,2190-01-01,,10\ns2,b,USD,2190-02-01,,20\n")
    found = datasets.inspect([path], tmp_path / "read")
    assert (found.accepted, list(found.mrr)) == (2, [])
    for bounded in (False, True):
        said = datasets.import_files([path], f"x{bounded}", workspace, bounded=bounded)
        assert [p["code"] for p in said["problems"]] == ["future_start"]
        with datasets.open_dataset(dataset=f"x{bounded}", workspace=workspace) as dataset:
            assert dataset.mrr_today() == []
