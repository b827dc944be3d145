"""A figure on a page is the command line's, to the last digit: what a card shows, saves and lists
is asked again in a process of its own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

import pandas
import pytest
from streamlit.testing.v1 import AppTest

from cs_core.cli import main
from cs_core.datasets import Dataset
from cs_core.domain.policies import Policies
from cs_core.metrics import Options
from cs_core.metrics.catalogue import catalogue
from cs_core.metrics.checks import PARAMETERS
from cs_core.text import t
from cs_core.workspace import Workspace


def in_words(codes: str | None) -> str | None:
    return codes and " ".join(t(f"model.note.{code}", "en") for code in codes.split("; "))


Opened = Callable[..., AppTest]
# Options that have a word on the command line, and which one.
WORDS = {
    "period": "--period",
    "first": "--from",
    "last": "--to",
    "as_of": "--as-of",
    "by": "--by",
    "currency": "--currency",
    "window": "--window",
    "unit": "--unit",
    "spells": "--spells",
    "fiscal_start": "--fiscal-start",
    "horizon_days": "--horizon-days",
}
# What each page is sure to ask; they may ask more.
ASKED = {
    "overview": {"kpis", "churn", "mrr_movements"},
    "retention": {"cohorts", "survival", "retention"},
    "churn": {"churn", "hazard", "churn_reasons"},
    "lifetime_value": {"churn", "payments", "customer_base"},
}


def typed(metric: str, options: Options) -> list[str]:
    """The options that the metric heeds: a page asks several metrics with one set of filters."""
    usual, heeded = Options(), catalogue()[metric].parameters
    words = []
    for field in fields(Options):
        value = getattr(options, field.name)
        if PARAMETERS.get(field.name, field.name) not in heeded:
            continue
        if field.name in WORDS and value != getattr(usual, field.name):
            words += [WORDS[field.name], str(value)]
    for column, value in options.where if "where" in heeded else ():
        words += ["--where", f"{column}={value or ''}"]
    default = Policies().as_dict()
    for name, value in options.policies.as_dict().items():
        if value != default[name] and "policies" in heeded:
            words += ["--policy", f"{name}={value}"]
    return words


def plain(frame: pandas.DataFrame) -> list[dict[str, Any]]:
    """Rows as the command line would write them in JSON."""
    return [
        {name: _plain(value) for name, value in row.items()}
        for row in frame.astype(object).where(frame.notna(), None).to_dict("records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.6f}"
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("page", list(ASKED))
@pytest.mark.parametrize(
    "address",
    [{}, {"where": "plan:Growth", "policies": "stripe", "period": "quarter", "fiscal": "4"}],
    ids=["plain", "filtered"],
)
def test_what_a_page_shows_the_command_line_says(
    small: Workspace,
    opened: Opened,
    page: str,
    address: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown: dict[tuple[str, Options], list[dict[str, Any]]] = {}
    run = Dataset.run

    def watched(self: Dataset, metric: str, options: Options | None = None) -> Any:
        result = run(self, metric, options)
        shown[metric, options or Options()] = plain(result.frame())
        return result

    monkeypatch.setattr(Dataset, "run", watched)
    at = opened(page, dataset="small", lang="en", **address)
    assert not at.exception
    monkeypatch.undo()
    monkeypatch.setenv("KEIZOKU_HOME", str(small.home))

    assert {metric for metric, _ in shown} >= ASKED[page]
    for (metric, options), rows in shown.items():
        if options.partial:  # unfinished cells are drawn, and left out of a query
            rows = [
                {name: value for name, value in row.items() if name != "partial"}
                for row in rows
                if not row["partial"]
            ]
        if metric == "ltv":  # the command line says its notes in sentences
            rows = [{**row, "note": in_words(row["note"])} for row in rows]
        capsys.readouterr()
        assert main(["query", metric, "--dataset", "small", *typed(metric, options)]) == 0
        assert json.loads(capsys.readouterr().out) == rows, (metric, options)
