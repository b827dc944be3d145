"""Python's words: what a notebook has at hand is taken, and what is wrong is told in sentences."""

import datetime
import typing
import warnings
from pathlib import Path

import numpy
import pandas
import pytest

import cs_core
from cs_core import open_dataset
from cs_core.cli import main
from cs_core.datasets.asking import Asking, MetricName, PresetName, options_of
from cs_core.domain.policies import PRESETS
from cs_core.errors import KeizokuError, UsageError
from cs_core.metrics import catalogue
from cs_core.metrics.options import Options

FILE = Path(__file__).parents[3] / "sample_data" / "golden" / "nrr.csv"


def test_names_that_are_completed_are_those_there_are():
    assert set(typing.get_args(MetricName)) == set(catalogue())
    assert set(typing.get_args(PresetName)) == set(PRESETS)
    fields = {"from_": "first", "to": "last", "preset": "policies", "policy": "policies"}
    named = {fields.get(name, name) for name in Asking.__annotations__}
    assert named == set(Options.__dataclass_fields__) - {"then_by"}


DAYS = [
    "2024-03-31",
    datetime.date(2024, 3, 31),
    datetime.datetime(2024, 3, 31, 12, tzinfo=datetime.UTC),
    pandas.Timestamp("2024-03-31"),
    pandas.Period("2024-03", "M"),
]


@pytest.mark.parametrize("day", DAYS, ids=lambda day: type(day).__name__)
def test_days(day):
    assert options_of(as_of=day).as_of == datetime.date(2024, 3, 31)


@pytest.mark.parametrize(
    ("given", "label"),
    [
        (datetime.date(2024, 2, 3), "2024-02"),
        (pandas.Timestamp("2024-02-03"), "2024-02"),
        (pandas.Period("2024-02", "M"), "2024-02"),
        (pandas.Period("2024Q1", "Q"), "2024-Q1"),
        (pandas.Period("2024", "Y"), "2024"),
        (pandas.Period("2024-01-29", "W"), "2024-W05"),
        (2024, "2024"),
        ("2024-Q1", "2024-Q1"),
    ],
    ids=str,
)
def test_labels(given, label):
    assert options_of(from_=given).first == options_of(to=given).last == label


def test_lists_and_numbers():
    asked = options_of(
        where={"plan": ["A", "", None], "size": 3}, by=["plan"], window=numpy.int64(6)
    )
    assert asked.where == (("plan", "A"), ("plan", None), ("plan", None), ("size", "3"))
    assert (asked.by, asked.window) == ("plan", 6)
    assert (
        options_of(policy={"reactivation_after_days": 14}).policies.reactivation_after_days == "14"
    )


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"window": "3"}, "option_not_whole"),
        ({"window": True}, "option_not_whole"),
        ({"by": ["a", "b", "c"]}, "option_once"),
        ({"perod": "week"}, "unknown_keyword"),
        ({"as_of": "yesterday"}, "not_a_date"),
    ],
)
def test_what_is_wrong_is_a_sentence(options, code):
    with pytest.raises(UsageError, check=lambda error: error.code == code) as raised:
        options_of(**options)
    assert str(raised.value).endswith((".", "?"))
    assert "{" not in str(raised.value)


def test_an_error_says_what_the_command_line_says(capsys):
    with open_dataset(FILE) as dataset, pytest.raises(UsageError) as raised:
        dataset.query("chrun")
    assert main(["query", "chrun", str(FILE)]) == 2
    assert capsys.readouterr().err == f"{raised.value}\n"
    assert "Did you mean “churn”?" in str(raised.value)


def test_what_is_public_can_be_seen():
    assert set(cs_core.__all__) <= set(dir(cs_core))
    dataset = open_dataset(FILE)
    assert repr(dataset) == "<Dataset: 5 accounts, 7 lines, 2023-01-01 to 2023-09-01, XXX>"
    dataset.close()
    with pytest.raises(KeizokuError):
        dataset.query("churn")


def test_other_frames():
    with open_dataset(FILE) as dataset, warnings.catch_warnings():
        warnings.simplefilter("error")
        pandas_frame = dataset.query("churn")
        table = dataset.arrow("churn")
        polars_frame = dataset.polars("churn", period="month")
        by = dataset.query("mrr_movements", from_=pandas.Period("2023-02", "M"), exact=True)
    assert table.num_rows == len(pandas_frame) == polars_frame.height
    assert polars_frame["opening_customers"].to_list() == pandas_frame.opening_customers.tolist()
    assert list(by.month)[:1] == ["2023-02"]
