"""Lessons on chance: what few departures say, and what they do not."""

from __future__ import annotations

from itertools import pairwise
from math import comb, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas

from cs_core.domain.proportion import difference, wilson
from cs_core.lessons.draws import Draws
from cs_core.lessons.lesson import Figure, Lesson, Outcome, Picture, Setting, Values
from cs_core.models.trend import p_chart

Array = npt.NDArray[np.float64]

POWER, SIGNIFICANCE = 0.80, 0.05
BASE = Setting("each_month", 12, 6, 200, 2, "count")
LOST_BEFORE = Setting("lost_before", 1, 0, 6, 1, "count")
LOST_AFTER = Setting("lost_after", 3, 0, 6, 1, "count")
TWO_YEARS, YEAR = 24, 12
RISES = 3


def group_size(before: float, after: float) -> float:
    """Customers in each of two groups that a difference of two shares takes to be seen: two-sided
    at 5 %, with a power of 80 %. Source: Fleiss, Statistical Methods for Rates and Proportions,
    3rd ed., formula 4.14."""
    normal = NormalDist()
    mean = (before + after) / 2
    alone = normal.inv_cdf(1 - SIGNIFICANCE / 2) * sqrt(2 * mean * (1 - mean))
    together = normal.inv_cdf(POWER) * sqrt(before * (1 - before) + after * (1 - after))
    return ((alone + together) / (before - after)) ** 2


def _small_numbers(values: Values, _: int) -> Outcome:
    base = round(values["each_month"])
    lost = (round(values["lost_before"]), round(values["lost_after"]))
    rows: list[dict[str, object]] = []
    figures: dict[str, Figure] = {}
    centre = sum(lost) / (2 * base)
    for name, count in zip(("before", "after"), lost, strict=True):
        low, high = wilson(count, base)
        assert low is not None
        assert high is not None
        figures |= {
            name: Figure(count / base, "rate"),
            f"{name}_low": Figure(low, "rate"),
            f"{name}_high": Figure(high, "rate"),
        }
        rows.append(
            {
                "kind": "value",
                "segment": name,
                "others": 0,
                "lost": count,
                "base": base,
                "rate": count / base,
                "low": low,
                "high": high,
                "lower": None,
                "upper": None,
                "outside": False,
                "centre": centre,
            }
        )
    least, most = difference(lost[1], base, lost[0], base)[1:]
    assert least is not None
    assert most is not None
    figures["needed"] = Figure(round(group_size(0.05, 0.04), -2), "count", 0)
    figures["from_rate"] = Figure(0.05, "rate", 0)
    figures["to_rate"] = Figure(0.04, "rate", 0)
    return Outcome(
        figures,
        (Picture("segment_rates", pandas.DataFrame(rows), named=("segment",)),),
        choice="worse" if least > 0 else "better" if most < 0 else "cannot_tell",
    )


SMALL_NUMBERS = Lesson(
    "small_numbers",
    "churn",
    _small_numbers,
    (BASE, LOST_BEFORE, LOST_AFTER),
    ("hundred", "thousand", "thousands"),
    "thousands",
    choices=("worse", "better", "cannot_tell"),
)

CUSTOMERS = Setting("customers", 200, 50, 1000, 50, "count")
CHURN = Setting("churn", 0.04, 0.01, 0.10, 0.01)


def chance_of_rises(customers: int, churn: float, months: int, rises: int = RISES) -> float:
    """The probability that in so many months of constant churn, each lost count binomial, some
    month ends `rises` rises in a row. Exact: by the last count and the rises before it."""
    counts = np.arange(customers + 1)
    mass = np.array([comb(customers, int(k)) for k in counts], dtype=float)
    mass *= churn**counts * (1 - churn) ** (customers - counts)
    run = np.zeros((rises, customers + 1))  # rises so far x last count
    run[0] = mass
    seen = 0.0
    for _ in range(months - 1):
        below = np.concatenate([np.zeros((rises, 1)), np.cumsum(run, axis=1)[:, :-1]], axis=1)
        up = below * mass
        seen += float(up[-1].sum())
        again = (run.sum() - below.sum(axis=0)) * mass
        run[1:] = up[:-1]
        run[0] = again
    return seen


def month_labels(months: int) -> list[str]:
    return [f"{2024 + month // YEAR}-{month % YEAR + 1:02}" for month in range(months)]


def _streak(values: Values, seed: int) -> Outcome:
    customers, churn = round(values["customers"]), values["churn"]
    draws = Draws(seed)
    lost = [draws.binomial(customers, churn) for _ in range(TWO_YEARS)]
    chart = p_chart([customers] * TWO_YEARS, lost)
    frame = pandas.DataFrame(
        {
            "month": month_labels(TWO_YEARS),
            "rate": [point.rate for point in chart.points],
            "centre": chart.centre,
            "lower": [point.low for point in chart.points],
            "upper": [point.high for point in chart.points],
            "outside": [point.outside is not None for point in chart.points],
            "numerator": lost,
            "denominator": customers,
        }
    )
    longest = run = 0
    for before, after in pairwise(lost):
        run = run + 1 if after > before else 0
        longest = max(longest, run)
    return Outcome(
        {
            "year": Figure(chance_of_rises(customers, churn, YEAR), "rate", 0),
            "two_years": Figure(chance_of_rises(customers, churn, TWO_YEARS), "rate", 0),
            "longest": Figure(longest, "count", 0),
            "lowest": Figure(min(lost) / customers, "rate"),
            "highest": Figure(max(lost) / customers, "rate"),
        },
        (Picture("rate_with_limits", frame),),
    )


STREAK = Lesson(
    "streak",
    "churn",
    _streak,
    (CUSTOMERS, CHURN),
    ("act", "limits", "more_rises"),
    "limits",
    "year",
    chance=True,
)
