"""Tables as files: what they hold, exactly, and what is refused."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet
import pytest

from cs_core.cli import main
from cs_core.datasets import open_dataset
from cs_core.errors import CannotAnswerError, UsageError
from cs_core.warehouse.statements import relations

LINES = """account_id,start_date,end_date,mrr,plan,=evil
a,2024-01-01,2024-03-01,10,Gold,=1+1
a,2024-02-01,,0.333333,Silver,
b,2024-02-10,2024-02-20,5,Gold,x
,2024-02-10,2024-02-20,5,Gold,x
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "subscriptions.csv"
    path.write_text(LINES)
    return path


def rows(path: Path) -> list[dict[str, object]]:
    return pyarrow.parquet.read_table(path).to_pylist()


def test_the_ledger_is_exact_and_follows_the_question(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "ledger.parquet"
    with open_dataset(file) as dataset:
        assert dataset.export("ledger", out) == len(rows(out)) == 5
        first = rows(out)[0]
        assert (first["account_id"], first["movement"], first["mrr_after"]) == ("a", "new", 10)
        assert rows(out)[2]["mrr_after"] == Decimal("0.333333")
        assert dataset.export("ledger", out, as_of="2024-02-15") == 3
        movements = [row["delta"] for row in rows(out)]
        assert sum(movements) == Decimal("15.333333")


@pytest.mark.parametrize("table", ["ledger", "lines", "accounts", "stays"])
def test_columns_are_those_documented(table: str, file: Path, tmp_path: Path) -> None:
    out = tmp_path / f"{table}.parquet"
    with open_dataset(file) as dataset:
        dataset.export(table, out)
    header = relations()[f"shown_{table}"].header["column"]
    said = [item.split(": ")[0] for item in header.split(" | ")]
    assert pyarrow.parquet.read_schema(out).names[: len(said)] == said


def test_lines_and_a_canonical_table_hold_what_was_used_and_what_was_read(
    file: Path, tmp_path: Path
) -> None:
    lines, read = tmp_path / "lines.csv", tmp_path / "subscriptions.parquet"
    assert main(["export", "lines", str(file), "--out", str(lines)]) == 0
    assert main(["export", "subscriptions", str(file), "--out", str(read)]) == 0
    with lines.open(encoding="utf-8-sig", newline="") as stream:
        found = list(csv.DictReader(stream))
    assert [row["mrr"] for row in found] == ["10.000000", "0.333333", "5.000000"]
    assert found[0]["'=evil"] == "'=1+1", "a spreadsheet must not run it"
    assert [row["file_line"] for row in found] == ["2", "3", "4"]
    assert len(rows(read)) == 4, "a row that was set aside later was read"
    assert rows(read)[1]["mrr"] == Decimal("0.333333")


def test_what_is_refused(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    with open_dataset(file) as dataset:
        for table, error in (("ledgr", UsageError), ("nps", CannotAnswerError)):
            with pytest.raises(error) as caught:
                dataset.export(table, out)
            assert "subscriptions" in str(caught.value)
        with pytest.raises(UsageError) as caught:
            dataset.export("lines", out, preset="stripe")
        assert caught.value.code == "option_not_heeded"
        with pytest.raises(UsageError) as caught:
            dataset.export("lines", tmp_path / "x.txt")
        assert caught.value.code == "table_file_kind"


def test_an_imported_dataset_gives_the_same(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path / "home"))
    assert main(["import", str(file), "--dataset", "acme"]) == 0
    for table in ("ledger", "subscriptions"):
        ours, theirs = tmp_path / "a.parquet", tmp_path / "b.parquet"
        assert main(["export", table, str(file), "--out", str(ours)]) == 0
        assert main(["export", table, "--dataset", "acme", "--out", str(theirs)]) == 0
        assert rows(ours) == rows(theirs)
    with open_dataset(dataset="acme") as kept, open_dataset(file) as direct:
        text = kept.sql("churn", from_raw=True, by="plan")
        assert text == direct.sql("churn", from_raw=True, by="plan")
