"""Contracts whose term ends: what is due, what was renewed, and at which rate.

From the frames of `renewals` and `contracts_due`. Only matured terms enter a rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas

from cs_core.domain.periods import Periods, days_of_label, period_column, period_column_of
from cs_core.domain.proportion import wilson
from cs_core.studies.churn import SEASON

HORIZONS = (30, 60, 90, 180)  # days


@dataclass(frozen=True)
class Rate:
    """Renewed over due, by count with its 95 % Wilson interval and by MRR; None when nothing was
    due. `first` and `last` are the labels of the periods added up."""

    due: int
    renewed: int
    rate: float | None
    low: float | None
    high: float | None
    due_mrr: Decimal
    renewed_mrr: Decimal
    rate_mrr: float | None
    first: str | None
    last: str | None


def past_rate(renewals: pandas.DataFrame, grain: str, as_of: date, fiscal_start: int = 1) -> Rate:
    """The rate of the last year of complete periods."""
    label = period_column_of(renewals)
    over = [days_of_label(str(name), fiscal_start)[1] <= as_of for name in renewals[label]]
    rows = renewals.loc[over]
    labels = sorted(rows[label].unique())[-SEASON[grain] :]
    rows = rows[rows[label].isin(labels)]
    due, renewed = int(rows["due"].sum()), int(rows["renewed"].sum())
    due_mrr = sum(rows["due_mrr"], start=Decimal(0))
    renewed_mrr = sum(rows["renewed_mrr"], start=Decimal(0))
    low, high = wilson(renewed, due)
    return Rate(
        due,
        renewed,
        renewed / due if due else None,
        low,
        high,
        due_mrr,
        renewed_mrr,
        float(renewed_mrr / due_mrr) if due_mrr else None,
        str(labels[0]) if labels else None,
        str(labels[-1]) if labels else None,
    )


def within(due: pandas.DataFrame, as_of: date, days: int) -> pandas.DataFrame:
    """The contracts of `contracts_due` whose term ends at most so many days after as-of."""
    last = as_of.toordinal() + days
    near = [day.toordinal() <= last for day in due["term_end"]]
    return due.loc[near]  # due[[]] would be a frame without columns


def calendar(
    renewals: pandas.DataFrame, due: pandas.DataFrame, grain: str, fiscal_start: int
) -> pandas.DataFrame:
    """Rows for `charts.renewal_calendar`: what has matured by period, then what is to come. The
    period in progress has a row of each."""
    label = period_column(grain)
    rows: list[dict[str, Any]] = [
        {label: r[label], "due": r["due"], "due_mrr": r["due_mrr"], "renewed_mrr": r["renewed_mrr"]}
        for r in renewals.to_dict("records")
        if r["due"]
    ]
    periods = Periods(grain, fiscal_start)
    ahead: dict[int, list[Any]] = {}
    for day, mrr in zip(due["term_end"], due["mrr"], strict=True):
        total = ahead.setdefault(periods.index(day), [0, Decimal(0)])
        total[0] += 1
        total[1] += mrr
    rows += [
        {label: periods.label(index), "due": count, "due_mrr": mrr, "renewed_mrr": None}
        for index, (count, mrr) in sorted(ahead.items())
    ]
    return pandas.DataFrame(rows, columns=[label, "due", "due_mrr", "renewed_mrr"])


def by_owner(due: pandas.DataFrame, owner: str) -> pandas.DataFrame:
    """Contracts, MRR, and MRR under notice of each owner, the most MRR first."""
    rows: dict[Any, list[Any]] = {}
    for record in due.to_dict("records"):
        who = None if pandas.isna(record[owner]) else record[owner]
        total = rows.setdefault(who, [0, Decimal(0), 0, Decimal(0)])
        total[0] += 1
        total[1] += record["mrr"]
        if not pandas.isna(record["notice_day"]):
            total[2] += 1
            total[3] += record["mrr"]
    ordered = sorted(rows, key=lambda who: (-rows[who][1], str(who)))
    columns = ["owner", "contracts", "mrr", "notices", "notice_mrr"]
    return pandas.DataFrame([(who, *rows[who]) for who in ordered], columns=columns)
