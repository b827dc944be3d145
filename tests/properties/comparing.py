"""Sets an answer of the project beside the oracle's."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import isclose
from typing import Any

import pytest

from cs_core.datasets import Dataset
from cs_core.errors import CannotAnswerError, UsageError
from cs_core.metrics.options import Options
from tests.properties import figures
from tests.properties.companies import MICRO, Company
from tests.properties.oracle import Book, default_as_of

ORACLES = {
    "mrr_movements": (("month",), figures.mrr_movements),
    "churn": (("month",), figures.churn),
    "retention": (("month",), figures.retention),
    "cohorts": (("cohort", "age"), figures.cohorts),
    "survival": (("tenure",), figures.survival),
    "renewals": (("month",), figures.renewals),
}
# Unfinished periods are marked in every figure by period; the definitions only speak of churn.
MARKED = ("mrr_movements", "renewals")
MONEY = ("_mrr",)
# What decides that a row of a breakdown is all zero, and may be left out.
IDLE = {"partial", "small_sample", "window_months"}


def settled(metric: str, options: Options) -> Options:
    """The definitions name policies that some figures do not heed."""
    policies = options.policies
    if metric in ("cohorts", "survival", "renewals"):
        policies = replace(policies, movement_basis="event", snapshot_at="period_end")
    if metric in ("retention", "cohorts", "survival", "renewals"):
        policies = replace(policies, currency="constant")
    if metric == "renewals":
        policies = replace(policies, churn_date="service_end")
    return replace(options, policies=policies)


def expected(company: Company, metric: str, options: Options) -> dict[Any, dict[str, Any]] | None:
    """The oracle's rows by key; None where nobody has paid by as-of."""
    options = settled(metric, options)
    as_of = options.as_of or default_as_of(company)
    book = Book(company, options.policies, as_of, options.currency)
    if book.first_day is None or book.first_day > as_of:
        return None
    asked = figures.Asked(book, options)
    rows = ORACLES[metric][1](asked)
    if metric in MARKED:
        partial = {period.label: asked.partial(period) for period in asked.periods()}
        for key, row in rows.items():
            row["partial"] = partial[key[0]]
    return rows


def occurring(dataset: Dataset, options: Options) -> Options:
    """Without the filters on values that nobody has: those are refused, never answered."""
    kept = []
    for column, value in options.where:
        if value is None or value in dataset.segment_values(column):
            kept.append((column, value))
        else:
            with pytest.raises(UsageError) as caught:
                dataset.run("churn", Options(where=((column, value),)))
            assert caught.value.code == "unknown_value"
    return replace(options, where=tuple(kept))


def answered(dataset: Dataset, metric: str, options: Options) -> dict[Any, dict[str, Any]] | None:
    """The project's rows in the same form: money in millionths."""
    try:
        result = dataset.run(metric, options)
    except (CannotAnswerError, UsageError) as error:
        if error.code in ("range_outside", "range_reversed"):
            return {}  # refused where the oracle has no row either
        if error.code != "nobody_paid":
            raise
        return None
    keys = list(ORACLES[metric][0])
    if options.period != "month":
        keys = ["period" if key == "month" else key for key in keys]
    keys += [options.by] if options.by else []
    keys.append("currency")
    rows: dict[Any, dict[str, Any]] = {}
    for values in result.rows:
        row = dict(zip(result.columns, values, strict=True))
        key = tuple(row.pop(name) for name in keys)
        assert key not in rows, key
        rows[key] = {
            name: int(value * MICRO) if isinstance(value, Decimal) else value
            for name, value in row.items()
        }
    return rows


def differences(
    found: dict[Any, dict[str, Any]] | None,
    wanted: dict[Any, dict[str, Any]] | None,
    breakdown: bool,
    subtracted: float = 1e-11,
) -> list[str]:
    """Every cell that differs, as text. `subtracted` is how much of their size SUBTRACTED may."""
    if found is None or wanted is None:
        return [] if found is wanted else [f"found {found is not None}, wanted {wanted}"]
    if breakdown:
        found = {key: row for key, row in found.items() if not idle(row)}
        wanted = {key: row for key, row in wanted.items() if not idle(row)}
    said = [
        f"{key} missing: {wanted[key]}" for key in sorted(wanted.keys() - found.keys(), key=str)
    ]
    said += [
        f"{key} not expected: {found[key]}" for key in sorted(found.keys() - wanted.keys(), key=str)
    ]
    for key in sorted(found.keys() & wanted.keys(), key=str):
        if found[key].keys() != wanted[key].keys():
            said.append(f"{key}: columns {sorted(found[key].keys() ^ wanted[key].keys())}")
        for name in found[key].keys() & wanted[key].keys():
            near = subtracted if name in SUBTRACTED else 1e-11
            if not same(found[key][name], wanted[key][name], near):
                said.append(f"{key} {name}: {found[key][name]}, not {wanted[key][name]}")
    return said


def idle(row: dict[str, Any]) -> bool:
    return not any(value for name, value in row.items() if name not in IDLE)


# The statement takes squares of nearly one size from each other, down to a billionth of them; what
# is left then has up to nine digits fewer, its root half as many. The oracle counts in fractions.
SUBTRACTED = {"nrr_low", "nrr_high", "grr_low", "grr_high"}


def same(found: Any, wanted: Any, near: float = 1e-11) -> bool:
    if isinstance(found, float) and isinstance(wanted, float | int):
        return isclose(found, wanted, rel_tol=near, abs_tol=1e-12)
    return type(found) is type(wanted) and bool(found == wanted)
