"""Lessons on reading: a ledger by hand, a cohort chart, its blanks and its mean."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas

from cs_core.domain.periods import add_months
from cs_core.lessons.draws import Draws
from cs_core.lessons.lesson import Figure, Lesson, Outcome, Picture, Setting, Values

# -- the ledger by hand -------------------------------------------------------------------

# Twelve customers and what each pays at the ends of four months; nothing before the first.
LEDGER = {
    "aoi": (100, 100, 100, 120),
    "bento": (50, 50, 0, 0),
    "chiyoda": (200, 240, 240, 240),
    "daisen": (80, 80, 60, 60),
    "eki": (0, 40, 40, 0),
    "fuji": (150, 150, 150, 150),
    "ginza": (60, 0, 0, 60),
    "hikari": (0, 90, 90, 110),
    "izumi": (120, 120, 100, 0),
    "juku": (0, 0, 70, 50),
    "kawa": (40, 40, 40, 40),
    "lantern": (0, 0, 0, 30),
}
MONTH = Setting("month", 4, 2, 4, 1, "count")
MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")


def movement(before: int, after: int, *, was_customer: bool) -> str:
    """What a change of MRR is called: metrics, section 2. `none` where nothing changed."""
    if before == after:
        return "none"
    if before == 0:
        return "reactivation" if was_customer else "new"
    if after == 0:
        return "churn"
    return "expansion" if after > before else "contraction"


def _ledger(values: Values, _: int) -> Outcome:
    month = round(values["month"]) - 1
    pays = [(name, paid[month - 1], paid[month]) for name, paid in LEDGER.items()]
    sums = dict.fromkeys(MOVEMENTS, 0)
    for name, before, after in pays:
        what = movement(before, after, was_customer=any(LEDGER[name][:month]))
        if what != "none":
            sums[what] += abs(after - before)
    opening, closing = sum(row[1] for row in pays), sum(row[2] for row in pays)
    columns = {"churn": "churned_mrr"}
    bridge = pandas.DataFrame(
        [
            {
                "month": f"2025-{month + 1:02}",
                "opening_mrr": Decimal(opening),
                **{columns.get(key, f"{key}_mrr"): Decimal(value) for key, value in sums.items()},
                "closing_mrr": Decimal(closing),
            }
        ]
    )
    lost = sum(1 for _, before, after in pays if before and not after)
    there = sum(1 for _, before, _ in pays if before)
    return Outcome(
        {
            "opening": Figure(opening, "count", 0),
            "closing": Figure(closing, "count", 0),
            **{key: Figure(value, "count", 0) for key, value in sums.items()},
            "lost": Figure(lost, "count", 0),
            "there": Figure(there, "count", 0),
            "churn_rate": Figure(lost / there, "rate"),
            "all": Figure(len(LEDGER), "count", 0),
        },
        (Picture("bridge", bridge),),
        table=pandas.DataFrame(pays, columns=["customer", "before", "after"]),
    )


BY_HAND = Lesson(
    "ledger",
    "overview",
    _ledger,
    (MONTH,),
    ("new", "reactivation", "expansion"),
    "reactivation",
    "churn",
)

# -- a small company in cohorts -----------------------------------------------------------

JOIN = 60  # customers who join each month
COHORTS = 12


def cohort_cells(survivors: list[list[int]], first: str = "2025-01") -> pandas.DataFrame:
    """Rows as of the metric `cohorts`, from each cohort's customers at the ends of ages 0, 1 …"""
    rows = []
    for place, counts in enumerate(survivors):
        label = add_months(first, place)
        for age, count in enumerate(counts):
            share = count / counts[0] if counts[0] else None
            rows.append(
                {
                    "cohort": label,
                    "age": age,
                    "cohort_customers": counts[0],
                    "active_customers": count,
                    "customer_retention": share,
                    "cohort_mrr": Decimal(counts[0]),
                    "active_mrr": Decimal(count),
                    "net_mrr_retention": share,
                    "gross_mrr_retention": share,
                }
            )
    return pandas.DataFrame(rows)


def joined(churns: list[float], months: int, seed: int) -> list[list[int]]:
    """Each month so many join, and each stays with 1 - the churn of that cohort a month; the
    counts at the ends of the months up to the last."""
    draws = Draws(seed)
    found = []
    for place, churn in enumerate(churns[:months]):
        counts = [JOIN]
        for _ in range(months - 1 - place):
            counts.append(counts[-1] - draws.binomial(counts[-1], churn))
        found.append(counts)
    return found


CHURN = Setting("cohort_churn", 0.06, 0.02, 0.20, 0.02)
READ_COHORT, READ_AGE = 2, 3


def _cohort_chart(values: Values, seed: int) -> Outcome:
    cohorts = joined([values["cohort_churn"]] * COHORTS, COHORTS, seed)
    frame = cohort_cells(cohorts)
    row = cohorts[READ_COHORT]
    return Outcome(
        {
            "start": Figure(row[0], "count", 0),
            "left": Figure(row[0] - row[READ_AGE], "count", 0),
            "share": Figure(row[READ_AGE] / row[0], "rate", 0),
            "age": Figure(READ_AGE, "count", 0),
            "place": Figure(READ_COHORT + 1, "count", 0),
            "cells": Figure(len(frame), "count", 0),
        },
        (Picture("retention_heatmap", frame),),
    )


COHORT_CHART = Lesson(
    "cohort_chart",
    "retention",
    _cohort_chart,
    (CHURN,),
    ("zero", "not_yet", "missing"),
    "not_yet",
    "share",
    chance=True,
)

SEEN = Setting("months_seen", 8, 4, 12, 1, "count")


def _triangle(values: Values, seed: int) -> Outcome:
    months = round(values["months_seen"])
    cohorts = joined([values["cohort_churn"]] * COHORTS, COHORTS, seed)
    seen = [counts[: months - place] for place, counts in enumerate(cohorts[:months])]
    age = READ_AGE
    there = [counts[age] for counts in seen if len(counts) > age]
    started = JOIN * len(there)
    return Outcome(
        {
            "age": Figure(age, "count", 0),
            "right": Figure(sum(there) / started, "rate", 0),
            "zero": Figure(sum(there) / (JOIN * len(seen)), "rate", 0),
            "observed": Figure(len(there), "count", 0),
            "cohorts": Figure(len(seen), "count", 0),
            "blank": Figure(len(seen) - len(there), "count", 0),
        },
        (Picture("retention_heatmap", cohort_cells(seen)),),
    )


TRIANGLE = Lesson(
    "triangle",
    "retention",
    _triangle,
    (SEEN, CHURN),
    ("leave_out", "zero", "last"),
    "leave_out",
    "right",
    chance=True,
)

# -- the mean line ------------------------------------------------------------------------

OLD_CHURN = Setting("old_churn", 0.01, 0.01, 0.10, 0.01)
NEW_CHURN = Setting("new_churn", 0.12, 0.01, 0.20, 0.01)


def means(churns: list[float], months: int) -> tuple[list[float], list[float]]:
    """By age, over cohorts of the same size seen that far: the plain mean of their retention,
    and the chained one, the product of the steps from age to age over those seen at both."""
    stay = [[(1 - churn) ** age for age in range(months - n)] for n, churn in enumerate(churns)]
    plain, chained = [], [1.0]
    for age in range(months):
        there = [row for row in stay if len(row) > age]
        plain.append(sum(row[age] for row in there) / len(there))
        if age:
            step = sum(row[age] for row in there) / sum(row[age - 1] for row in there)
            chained.append(chained[-1] * step)
    return plain, chained


def _mean_line(values: Values, _: int) -> Outcome:
    churns = np.linspace(values["old_churn"], values["new_churn"], COHORTS).tolist()
    plain, chained = means(churns, COHORTS)
    ages = range(COHORTS)
    frame = pandas.concat(
        [
            pandas.DataFrame({"line": key, "name": key, "at": list(ages), "value": line})
            for key, line in (("plain", plain), ("chained", chained))
        ]
    )
    lowest = min(plain)
    return Outcome(
        {
            "lowest": Figure(lowest, "rate", 0),
            "end": Figure(plain[-1], "rate", 0),
            "chained_end": Figure(chained[-1], "rate", 0),
            "rise": Figure(plain[-1] - lowest, "points", 0),
            "all": Figure(COHORTS, "count", 0),
        },
        (Picture("lesson_lines", frame, named=("name",)),),
        choice="rises" if plain[-1] > lowest else "falls",
    )


MEAN_LINE = Lesson(
    "mean_line",
    "retention",
    _mean_line,
    (OLD_CHURN, NEW_CHURN),
    ("back", "behind", "bought"),
    "behind",
    choices=("falls", "flat", "rises"),
)
