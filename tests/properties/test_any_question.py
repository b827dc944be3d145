"""Whatever is asked, of any figure and through any door: a right answer or one sentence, never a
silent zero."""

from __future__ import annotations

import io
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cs_core.cli import main
from cs_core.datasets import Dataset, open_dataset
from cs_core.errors import CannotAnswerError, KeizokuError, UsageError
from cs_core.metrics.catalogue import catalogue
from cs_core.metrics.explain import explained
from cs_core.metrics.options import Options
from tests.properties.companies import read_as, write
from tests.properties.strategies import companies, questions

drawn = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=15,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
METRICS = sorted(name for name, metric in catalogue().items() if metric.explain)
UNHEARD = "no such value"
ONE_LINE = r"\A[^\n]+\Z"


@drawn
@given(data=st.data())
def test_rows_behind_any_figure_are_it_or_are_refused(data: Any) -> None:
    company = data.draw(companies())
    with (
        tempfile.TemporaryDirectory() as folder,
        open_dataset(write(company, Path(folder)), read=read_as(company)) as dataset,
    ):
        for metric in METRICS:
            options = data.draw(questions(company, metric))
            about = catalogue()[metric]
            if "by" not in about.parameters:
                options = replace(options, by=None)
            rows = answered(dataset, metric, options)
            if not rows:
                continue
            row = data.draw(st.sampled_from(rows))
            keys = [
                key
                for key in about.key_columns(options.period, options.by)
                if key != "window_months"
            ]
            at = {key: "" if row[key] is None else str(row[key]) for key in keys}
            column = data.draw(st.sampled_from(sorted(set(row) - set(keys))))
            opened(dataset, metric, at, column, row[column], options)
            wrong = data.draw(st.sampled_from(keys))
            with pytest.raises((UsageError, CannotAnswerError), match=ONE_LINE):
                dataset.rows_behind(metric, {**at, wrong: UNHEARD}, options)


def answered(dataset: Dataset, metric: str, options: Options) -> list[dict[str, Any]]:
    try:
        return list(dataset.run(metric, options).mappings())
    except KeizokuError:
        return []


def opened(
    dataset: Dataset, metric: str, at: dict[str, str], column: str, figure: Any, options: Options
) -> None:
    """Counts and amounts are what their rows add up to; what has no rows says so."""
    behind = explained(metric).get(column)
    if behind is None:
        with pytest.raises(CannotAnswerError, match=ONE_LINE):
            dataset.rows_behind(metric, {**at, "column": column}, options)
        return
    try:
        found = dataset.rows_behind(metric, {**at, "column": column}, options)
    except CannotAnswerError:
        return  # rows that do not add up to it
    if isinstance(figure, int | Decimal) and (metric, column) not in OF_OTHERS:
        assert behind.total(found) == figure, (metric, at, column)
    elif not found.rows:
        assert not figure, (metric, at, column)


# Twelve times, or divided by, what their rows add up to.
OF_OTHERS = {("kpis", "arr"), ("kpis", "arpa")}

WORDS = ["--by", "--where", "--at", "--from", "--to", "--period", "--as-of", "--currency",
         "--preset", "--policy", "--unit", "--spells", "--window", "plan", "plann", "plan=Gold",
         "2024-02", "2031-01", "month", "quarter", "decade", "day", "month=2024-02", "column=x",
         "-1", "0", "12", "EUR", "XXX", "stripe", "trial=counted", "x=y", "=", ""]  # fmt: skip


@settings(drawn, max_examples=60)
@given(
    verb=st.sampled_from(["query", "explain", "sql", "compare"]),
    metric=st.sampled_from([*catalogue(), "chrun", ""]),
    words=st.lists(st.sampled_from(WORDS), max_size=4),
)
def test_any_words_are_answered_or_refused_in_one_line(
    verb: str, metric: str, words: list[str]
) -> None:
    said, told = io.StringIO(), io.StringIO()
    file = str(Path(__file__).parents[2] / "sample_data" / "golden" / "one_customer.csv")
    with redirect_stdout(said), redirect_stderr(told):
        status = main([verb, metric, file, *words])
    assert status in (0, 1, 2)
    if status:
        assert said.getvalue() == ""
        assert told.getvalue().strip().count("\n") == 0
        assert "unforeseen" not in told.getvalue()
