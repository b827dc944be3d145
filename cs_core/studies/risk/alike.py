"""What became of customers like this one: of the same plan, in the same phase, a while ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from cs_core.domain.proportion import wilson
from cs_core.metrics.options import Options
from cs_core.studies.risk import features, rows
from cs_core.studies.risk.rows import Moment
from cs_core.warehouse.store import Warehouse

YEAR_DAYS = 366


@dataclass(frozen=True)
class Alike:
    """Customers without notice at month ends whose horizon is over, from `first` to `last`, and how
    many of them left within it, with the share's 95 % Wilson interval. The months lie a horizon
    apart, so that no departure counts twice."""

    customers: int
    left: int
    low: float | None
    high: float | None
    first: date
    last: date


def alike(warehouse: Warehouse, options: Options) -> dict[tuple[int | None, str], Alike]:
    """By plan code (None where the data has no plan) and phase, over the last year known."""
    of = rows.source(warehouse, replace(options, by=None, then_by=None, where=()))
    chosen = apart(rows.moments(of), of.horizon_days)
    counts: dict[tuple[int | None, str], list[int]] = {}
    for moment in chosen:
        table = rows.past_rows(of, moment.months_ago, moment.months_ago)
        phases = features.phase_of(table["days_stayed"] / features.DAYS_A_MONTH)
        for plan, phase, left in zip(
            table["plan_code"].tolist(), phases, table["left_within"].tolist(), strict=True
        ):
            count = counts.setdefault((None if np.isnan(plan) else int(plan), phase), [0, 0])
            count[0] += 1
            count[1] += int(left)
    found = {}
    for key, (customers, left) in counts.items():
        low, high = wilson(left, customers)
        found[key] = Alike(customers, left, low, high, chosen[-1].day, chosen[0].day)
    return found


def apart(past: Sequence[Moment], horizon_days: int) -> list[Moment]:
    """The latest moment, then each that lies a horizon before the one after it, within a year."""
    found: list[Moment] = []
    for moment in past:
        if found and found[0].day - moment.day > timedelta(days=YEAR_DAYS):
            break
        if not found or found[-1].day - moment.day >= timedelta(days=horizon_days):
            found.append(moment)
    return found
