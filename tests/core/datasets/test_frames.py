"""Frames in: what a notebook holds is understood as its CSV would be."""

from pathlib import Path

import pandas
import polars
import pyarrow
import pytest

from cs_core import open_dataset
from cs_core.errors import InputError, UsageError
from cs_core.metrics.frames import arrow, frame, polars_frame
from cs_core.metrics.options import Options

DEMO = Path(__file__).parents[3] / "sample_data" / "demo"
FILE = DEMO / "subscriptions.csv"
READ = pandas.read_csv(FILE)
OPTIONS = Options(first="2025-01", last="2025-08", by="plan")

GIVEN = {
    "pandas": READ,
    "pandas with days": READ.assign(start_date=pandas.to_datetime(READ.start_date)),
    "pandas with categories": READ.assign(plan=READ.plan.astype("category")),
    "pandas without its numbers": READ.iloc[::-1],
    "pandas with an index": READ.set_index("subscription_id"),
    "polars": polars.read_csv(FILE),
    "arrow": pyarrow.Table.from_pandas(READ),
    "tables": {"subscriptions": READ, "accounts": pandas.read_csv(DEMO / "accounts.csv")},
}


@pytest.fixture(scope="module")
def rows() -> list[tuple[object, ...]]:
    with open_dataset(FILE) as dataset:
        return dataset.run("mrr_movements", OPTIONS).rows


@pytest.mark.parametrize("name", GIVEN)
def test_a_frame_gives_the_figures_of_its_file(name, rows):
    with open_dataset(GIVEN[name]) as dataset:
        assert dataset.run("mrr_movements", OPTIONS).rows == rows


@pytest.mark.parametrize("name", ["pandas", "pandas with days", "pandas without its numbers"])
def test_parquet_of_a_frame_is_read_as_its_csv(tmp_path, name, rows):
    path = tmp_path / "export.parquet"
    GIVEN[name].to_parquet(path)
    with open_dataset(path) as dataset:
        assert [file["table"] for file in dataset.report["files"]] == ["subscriptions"]
        assert "__index_level_0__" not in dataset.report["files"][0]["mapping"]
        assert dataset.run("mrr_movements", OPTIONS).rows == rows


def test_a_table_of_the_dict_is_what_its_name_says():
    with open_dataset({"subscriptions": READ, "accounts": READ[["account_id", "plan"]]}) as dataset:
        found = {item["file"]: item["table"] for item in dataset.report["files"]}
    assert found == {"subscriptions.parquet": "subscriptions", "accounts.parquet": "accounts"}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (READ.assign(amount=[object()] * len(READ)), "frame_unreadable"),
        (READ.assign(amount=[[1]] * len(READ)), "nested_column"),
        (READ.head(0), "header_only"),
        ({"subscriptions": 3}, "frame_unreadable"),
        (3, "frame_unreadable"),
        ([3], "frame_unreadable"),
    ],
)
def test_what_is_no_frame_is_refused(given, code):
    with pytest.raises(InputError) as raised:
        open_dataset(given)
    assert raised.value.code == code


def test_a_name_is_a_file_a_pattern_or_a_dataset(tmp_path, monkeypatch, rows):
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path))
    with open_dataset(str(DEMO / "sub*.csv")) as dataset:
        assert dataset.run("mrr_movements", OPTIONS).rows == rows
    with open_dataset("sample") as dataset:
        assert dataset.name == "sample"
    for missing in ("acme", "*.nothing"):
        with pytest.raises(UsageError, check=lambda error: error.code == "no_file_or_dataset"):
            open_dataset(missing)


def test_values_can_be_calculated_with():
    with open_dataset(DEMO.parent / "golden" / "nrr.csv") as dataset:
        result = dataset.run("mrr_movements")
        cohorts = frame(dataset.run("cohorts"))
    usable = frame(result)
    assert usable.closing_mrr.dtype == "float64"
    assert (usable.closing_mrr * 1.1).sum() > 0
    assert str(usable.month.dtype) == str(cohorts.cohort.dtype) == "period[M]"
    assert [str(month) for month in usable.month] == [row[0] for row in result.rows]
    assert usable.closing_customers.dtype == "int64"
    exact = frame(result, exact=True)
    assert [tuple(row) for row in exact.itertuples(index=False)] == result.rows
    table = arrow(result)
    assert table.schema.field("closing_mrr").type == pyarrow.decimal128(38, 6)
    assert polars_frame(result).rows() == result.rows


@pytest.mark.parametrize(
    ("period", "kind"), [("week", "period[W-SUN]"), ("quarter", "period[Q-DEC]")]
)
def test_periods_are_periods(period, kind):
    with open_dataset(FILE) as dataset:
        result = dataset.run("churn", Options(period=period, first="2025-01", last="2025-06"))
    usable = frame(result)
    assert str(usable.period.dtype) == kind
    if period == "week":
        assert [f"{d.start_time:%G-W%V}" for d in usable.period] == [row[0] for row in result.rows]
    assert frame(result, calendar=False).period.tolist() == [row[0] for row in result.rows]


def test_gaps_leave_whole_numbers_whole():
    with open_dataset(FILE) as dataset:
        usable = frame(dataset.run("ltv"))
        accounts = dataset.run("accounts")
    assert str(usable.horizon_months.dtype) == "Int64"
    assert frame(accounts).next_renewal.dtype.kind == "M"
    assert isinstance(arrow(accounts)["reasons"][0].as_py(), str)
