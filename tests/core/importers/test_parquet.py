"""A Parquet file, typed or of text, and a CSV of the same content give the same dataset."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from cs_core.datasets import open_dataset

HEAD = ["account_id", "start_date", "end_date", "amount", "interval", "plan", "status"]
FILES = {
    "intervals": [
        ["A", "2024-01-01", "2024-03-01", 10, "month", "x", "active"],
        ["B", "2024-02-01", "", 240, "year", "y", "active"],
    ],
    "spelled": [
        ["A ", "2024-01-01", "2024-03-01", 10, "monthly", "x", "Active"],
        ["A", "2024-03-01", "", 240, "Yearly", "NULL", "Cancelled"],
        ["B", "2024-02-01", "2024-05-01", 30, "month", "y", "past_due"],
    ],
    "bills": [
        [who, f"2024-0{month}-{day}", "", 10, "month", "x", ""]
        for who, day in (("A", "05"), ("B", "11"), ("C", "20"))
        for month in (1, 2, 3, 4)
        if (who, month) != ("B", 4)
    ],
}


def typed(rows: list[list[object]], path: Path) -> None:
    kinds = {"start_date": pa.date32(), "end_date": pa.date32(), "amount": pa.float64()}
    columns = {}
    for at, name in enumerate(HEAD):
        cells = [row[at] or None for row in rows]
        if name.endswith("_date"):
            cells = [cell and date.fromisoformat(str(cell)) for cell in cells]
        columns[name] = pa.array(cells, kinds.get(name, pa.string()))
    pq.write_table(pa.table(columns), path)


@pytest.mark.parametrize("name", FILES)
def test_the_same_content_is_the_same_dataset(name, tmp_path):
    rows = FILES[name]
    with (tmp_path / "s.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([HEAD, *rows])
    typed(rows, tmp_path / "typed.parquet")
    texts = {h: pa.array([str(row[n]) for row in rows]) for n, h in enumerate(HEAD)}
    pq.write_table(pa.table(texts), tmp_path / "text.parquet")
    found = []
    for file in ("s.csv", "typed.parquet", "text.parquet"):
        with open_dataset(tmp_path / file) as dataset:
            said = [(p["code"], p["count"], p["mrr_affected"]) for p in dataset.report["problems"]]
            found.append((dataset.query("mrr_movements", by="plan").to_dict("records"), said))
    assert str(found[1]) == str(found[0])
    assert str(found[2]) == str(found[0])
