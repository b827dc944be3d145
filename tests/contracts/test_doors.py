"""A question is answered rightly or refused in one sentence, whichever door it comes through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cs_core.cli import main
from cs_core.datasets import Dataset
from cs_core.errors import KeizokuError
from cs_core.metrics.options import Options

# What is asked -> the exit status, the code of the sentence, and a word that it must say.
REFUSED: list[tuple[list[str], int, str, str]] = [
    (["query", "chrun"], 2, "unknown_metric", "“churn”"),
    (["query", "churn", "--by", "plann"], 2, "unknown_column", "“plan”"),
    (["query", "churn", "--where", "plan=Taem"], 2, "unknown_value", "“Team”"),
    (["query", "ltv", "--where", "plan=team"], 2, "unknown_value", "“Team”"),
    (["query", "accounts", "--where", "plan=nothing"], 2, "unknown_value", "Team"),
    (["query", "churn", "--from", "2024-06", "--to", "2024-01"], 2, "range_reversed", "2024-06"),
    (["query", "churn", "--from", "2031-01"], 1, "range_outside", "2024"),
    (["query", "churn", "--window", "12"], 2, "option_not_heeded", "window"),
    (["query", "survival", "--from", "2024-01"], 2, "option_not_heeded", "from"),
    (["query", "monthly_costs", "--preset", "stripe"], 2, "option_not_heeded", "preset"),
    (["explain", "churn", "--at", "mnth=2024-05"], 2, "unknown_point", "“month”"),
    (["explain", "churn", "--at", "month=2024-Q1"], 2, "unknown_value", "2024-Q1"),
    (["explain", "churn", "--at", "month=1999-01"], 2, "unknown_value", "1999-01"),
    (["explain", "churn", "--at", "currency=jpy"], 2, "unknown_value", "“JPY”"),
    (["explain", "churn", "--at", "column=lost"], 2, "unknown_value", "lost_customers"),
    (["explain", "churn", "--at", "column=customer_churn_low"], 1, "no_rows_behind", "lost"),
    (["explain", "cohorts", "--at", "cohort=2024-05", "--at", "age=99"], 2, "unknown_value", "99"),
    (["explain", "kpis", "--at", "column=foo"], 2, "unknown_value", "quick_ratio"),
    (["explain", "ltv", "--at", "method=simple"], 1, "no_rows_behind_any", "ltv"),
    (["explain", "payments", "--at", "payment=1"], 1, "no_rows_behind_any", "payments"),
    (["explain", "survival", "--at", "column=median"], 1, "no_rows_behind", "at_risk"),
    (["explain", "survival", "--at", "tenure=999"], 2, "unknown_value", "999"),
    (["explain", "customer_base", "--at", "tenure=x"], 2, "unknown_value", "x"),
    (["explain", "churn_reasons", "--at", "cancel_reason=pirce"], 2, "unknown_value", "pirce"),
]


@pytest.mark.parametrize(("words", "status", "code", "said"), REFUSED, ids=lambda v: str(v)[:60])
def test_what_has_no_answer_is_refused_in_a_sentence(
    words: list[str],
    status: int,
    code: str,
    said: str,
    files: list[Path],
    company: Dataset,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*words[:2], *map(str, files), *words[2:], "--format", "json"]) == status
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.count("\n") == 1
    assert said in written.err
    options: dict[str, Any] = {
        name.removeprefix("--"): int(value) if value.isdecimal() else value
        for name, value in zip(words[2::2], words[3::2], strict=True)
        if name != "--at"
    }
    at = dict(w.split("=") for n, w in zip(words[2::2], words[3::2], strict=True) if n == "--at")
    given = {"at": at, **options} if words[0] == "explain" else options
    with pytest.raises(KeizokuError) as caught:
        getattr(company, words[0])(words[1], **given)
    assert caught.value.code == code


@pytest.mark.parametrize("metric", ["mrr_movements", "cohorts", "retention", "survival", "ltv"])
def test_two_columns_are_the_one_where_the_other_is_filtered(metric: str, company: Dataset) -> None:
    both = company.run(metric, Options(by="plan", then_by="size"))
    assert both.columns.index("size") == both.columns.index("plan") + 1
    value = company.segment_values("size")[0]
    one = company.run(metric, Options(by="plan", where=(("size", value),))).records()
    rows = [row for row in both.records() if row.pop("size") == value]
    assert sorted(rows, key=str) == sorted(one, key=str)
    assert rows


def test_a_cell_of_two_columns_opens_to_its_rows(company: Dataset) -> None:
    options = Options(by="plan", then_by="size")
    rows = company.run("mrr_movements", options).records()
    cell = max(rows, key=lambda row: row["new_customers"])
    keys = {key: str(cell[key]) for key in ("month", "plan", "size", "currency")}
    found = company.rows_behind("mrr_movements", {**keys, "column": "new_customers"}, options)
    assert len(found.rows) == cell["new_customers"] > 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--as-of", "2031-01-31"], "The data speaks until"),
        (["--by", "status"], "status tells how subscriptions ended"),
    ],
)
def test_what_to_know_is_said_beside_the_answer(
    options: list[str], said: str, files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["query", "churn", *map(str, files), *options, "--format", "json"]) == 0
    written = capsys.readouterr()
    assert written.err.count("\n") == 1
    assert said in written.err


def test_a_comparison_names_its_figures(company: Dataset) -> None:
    """Every key of the metric's rows, both figures, and effects that lead from one to the other."""
    found = company.compare("keizoku,stripe", "ltv", by="plan")
    assert list(found.columns)[:4] == ["method", "horizon_months", "plan", "currency"]
    assert list(found.columns)[4:] == ["column", "policy", "effect", "a", "b"]
    assert found.iloc[-1]["policy"] == "residual"
    assert found.iloc[-1]["effect"] == 0
    cells = found.iloc[:-1].groupby(["method", "horizon_months", "plan", "column"], dropna=False)
    for _, cell in cells:
        if cell["effect"].notna().all() and cell["a"].notna().all():
            assert float(cell["effect"].sum()) == pytest.approx(
                float(cell["b"].iloc[0]) - float(cell["a"].iloc[0]), abs=1e-5
            )


def test_a_range_says_nothing_to_a_metric_without_one(company: Dataset) -> None:
    """A page asks all its metrics with one set of filters."""
    outside = Options(first="2031-01", last="2031-02")
    assert company.run("survival", outside).records() == company.run("survival").records()
