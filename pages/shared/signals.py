"""What is usual for a figure, from its own past. Colour is only for what lies outside.

One law for tiles, sentences and charts: the past is that of the level in force, since the last
lasting change of customer churn; shares of customers have the exact binomial limits of the Churn
page, everything else the prediction limits of `models/trend.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Any, Literal

from cs_core.errors import CannotAnswerError
from cs_core.models.trend import FEWEST, usual_range
from cs_core.studies import churn
from cs_core.studies.churn import Levels, Series
from pages.frame import loaders
from pages.frame.here import Here

Mood = Literal["good", "bad", "usual"]


@dataclass(frozen=True)
class Signals:
    """The churn series of a question from the first period of the data on, and its levels."""

    series: Series
    levels: Levels

    @property
    def since(self) -> str:
        """The first period of the level in force; empty without any."""
        periods = self.series.periods
        return periods[self.levels.begun] if periods else ""

    @property
    def churn_range(self) -> tuple[float, float] | None:
        """The usual range of the last period's customer churn."""
        if len(self.series) - self.levels.begun <= FEWEST:
            return None
        point = self.levels.points[-1]
        return None if point.low is None or point.high is None else (point.low, point.high)


def read(on: Here) -> Signals:
    """Asked and computed once for everybody who asks the same."""

    def work() -> Signals:
        options = on.filters.options(first=None)
        fiscal = on.filters.fiscal_start
        of = churn.series(
            on.frame("churn", options),
            on.frame("mrr_movements", options),
            on.filters.policies,
            on.filters.period,
        )
        try:
            cohorts = on.frame("cohorts", options)
        except CannotAnswerError:
            cohorts = None
        return Signals(of, churn.levels(of, cohorts, fiscal))

    return loaders.derived(on.dataset, "levels", (on.filters.options(), on.currency), work)


def mood(past: Sequence[float], now: float | None, good: str) -> Mood:
    """How the latest value stands to those before it in its level; independent values."""
    usual = usual_range(past)
    if usual is None or now is None or usual[0] <= now <= usual[1]:
        return "usual"
    return "good" if (now > usual[1]) == (good == "up") else "bad"


def changes(values: Sequence[Any], *, relative: bool) -> list[float | None]:
    """From each value to the next, relative ones as logarithms; None where one is missing."""
    found: list[float | None] = []
    for before, after in pairwise(values):
        if before is None or after is None or (relative and (before <= 0 or after <= 0)):
            found.append(None)
        else:
            a, b = float(before), float(after)
            found.append(log(b / a) if relative else b - a)
    return found
