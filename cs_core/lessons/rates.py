"""Lessons on rates of customers and rates of money."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal

import pandas

from cs_core.lessons.lesson import Figure, Lesson, Outcome, Picture, Setting, Values
from cs_core.models.mix_shift import Amount, mix_shift

# -- NRR and GRR --------------------------------------------------------------------------

LEAVE = Setting("leave_share", 0.20, 0.0, 0.50, 0.10)
GROW = Setting("grow", 0.50, 0.0, 1.0, 0.10)
ACCOUNTS, EACH = 10, 100


def revenue_retention(then: list[float], now: list[float]) -> tuple[float, float]:
    """NRR and GRR of accounts, one by one: what they pay now, for GRR at most what they paid."""
    opening = sum(then)
    kept = sum(min(before, after) for before, after in zip(then, now, strict=True))
    return sum(now) / opening, kept / opening


def _net_retention(values: Values, _: int) -> Outcome:
    gone = round(values["leave_share"] * ACCOUNTS)
    then = [float(EACH)] * ACCOUNTS
    now = [0.0] * gone + [EACH * (1 + values["grow"])] * (ACCOUNTS - gone)
    nrr, grr = revenue_retention(then, now)
    frame = pandas.DataFrame({"name": ["nrr", "grr"], "value": [nrr, grr], "true": [False, True]})
    return Outcome(
        {
            "nrr": Figure(nrr, "rate", 0),
            "grr": Figure(grr, "rate", 0),
            "accounts": Figure(ACCOUNTS, "count", 0),
            "gone": Figure(gone, "count", 0),
            "stay": Figure(ACCOUNTS - gone, "count", 0),
        },
        (Picture("lesson_bars", frame, {"digits": 0}, named=("name",)),),
    )


NET_RETENTION = Lesson(
    "net_retention",
    "overview",
    _net_retention,
    (LEAVE, GROW),
    ("nobody", "few", "cannot_tell"),
    "cannot_tell",
    "grr",
)

# -- the copied recipe --------------------------------------------------------------------

OPENING = 1000
EXPANSION = Setting("expansion", 50, 0, 300, 10, "count")
CONTRACTION = Setting("contraction", 20, 0, 200, 10, "count")
CHURNED = Setting("churned", 80, 0, 300, 10, "count")


def _recipe(values: Values, _: int) -> Outcome:
    expansion, contraction, churned = (
        round(values[name]) for name in ("expansion", "contraction", "churned")
    )
    closing = OPENING + expansion - contraction - churned
    wrong = closing + expansion - contraction - churned
    frame = pandas.DataFrame(
        [
            {
                "month": "2025-01",
                "opening_mrr": Decimal(OPENING),
                "new_mrr": Decimal(0),
                "reactivation_mrr": Decimal(0),
                "expansion_mrr": Decimal(expansion),
                "contraction_mrr": Decimal(contraction),
                "churned_mrr": Decimal(churned),
                "closing_mrr": Decimal(closing),
            }
        ]
    )
    return Outcome(
        {
            "opening": Figure(OPENING, "count", 0),
            "closing": Figure(closing, "count", 0),
            "wrong_closing": Figure(wrong, "count", 0),
            "nrr": Figure(closing / OPENING, "rate", 0),
            "wrong": Figure(wrong / OPENING, "rate", 0),
            "grr": Figure((OPENING - contraction - churned) / OPENING, "rate", 0),
        },
        (Picture("bridge", frame),),
    )


RECIPE = Lesson(
    "recipe",
    "definitions",
    _recipe,
    (EXPANSION, CONTRACTION, CHURNED),
    ("opening", "closing", "either"),
    "opening",
    "nrr",
)

# -- customers and money ------------------------------------------------------------------

LARGE, MEDIUM, SMALL = 10_000, 3_000, 500
MEDIUMS = 8
MEDIUM_GONE = Setting("medium_gone", 2, 0, 8, 1, "count")
LARGE_GONE = Setting("large_gone", 0, 0, 1, 1, "count")


def two_churns(large_gone: int, medium_gone: int) -> tuple[float, float]:
    """Gross MRR churn and customer churn when so many of the ten leave."""
    total = LARGE + MEDIUMS * MEDIUM + SMALL
    lost = large_gone * LARGE + medium_gone * MEDIUM
    return lost / total, (large_gone + medium_gone) / (MEDIUMS + 2)


def _two_churns(values: Values, _: int) -> Outcome:
    mrr, customers = two_churns(round(values["large_gone"]), round(values["medium_gone"]))
    large_mrr, large_customers = two_churns(1, 0)
    frame = pandas.DataFrame(
        {"name": ["customers", "mrr"], "value": [customers, mrr], "true": [True, True]}
    )
    return Outcome(
        {
            "mrr": Figure(mrr, "rate", 2),
            "customers": Figure(customers, "rate", 0),
            "large_mrr": Figure(large_mrr, "rate", 2),
            "large_customers": Figure(large_customers, "rate", 0),
            "large": Figure(LARGE, "count", 0),
            "medium": Figure(MEDIUM, "count", 0),
            "small": Figure(SMALL, "count", 0),
            "mediums": Figure(MEDIUMS, "count", 0),
            "all": Figure(MEDIUMS + 2, "count", 0),
        },
        (Picture("lesson_bars", frame, {"digits": 2}, named=("name",)),),
    )


TWO_CHURNS = Lesson(
    "two_churns",
    "churn",
    _two_churns,
    (MEDIUM_GONE, LARGE_GONE),
    ("mrr", "customers", "both"),
    "both",
    "mrr",
)

# -- Simpson ------------------------------------------------------------------------------

ALL = 1000
BEFORE, AFTER = {"monthly": 0.060, "annual": 0.012}, {"monthly": 0.055, "annual": 0.010}
SHARE_BEFORE = Setting("monthly_before", 0.40, 0.10, 0.90, 0.05)
SHARE_AFTER = Setting("monthly_after", 0.60, 0.10, 0.90, 0.05)


def _simpson(values: Values, _: int) -> Outcome:
    sizes = [round(values[name] * ALL) for name in ("monthly_before", "monthly_after")]
    counts: list[dict[Hashable, tuple[Amount, Amount]]] = [
        {
            "monthly": (monthly, Decimal(str(rates["monthly"])) * monthly),
            "annual": (ALL - monthly, Decimal(str(rates["annual"])) * (ALL - monthly)),
        }
        for monthly, rates in zip(sizes, (BEFORE, AFTER), strict=True)
    ]
    split = mix_shift(counts[0], counts[1])
    assert split is not None
    rows = [
        {
            "kind": "value",
            "segment": str(part.segment),
            "others": 0,
            "rate": float(part.rate),
            "mix": float(part.mix),
        }
        for part in split.parts
    ]
    total = {"segment": "total", "rate": float(split.rate), "mix": float(split.mix)}
    frame = pandas.DataFrame([*rows, {"kind": "value", "others": 0, **total}])
    change = float(split.after - split.before)
    return Outcome(
        {
            "before": Figure(float(split.before), "rate", 2),
            "after": Figure(float(split.after), "rate", 2),
            "change": Figure(change, "points", 2),
            "rate": Figure(float(split.rate), "points", 2),
            "mix": Figure(float(split.mix), "points", 2),
            "monthly_old": Figure(BEFORE["monthly"], "rate"),
            "monthly_new": Figure(AFTER["monthly"], "rate"),
            "annual_old": Figure(BEFORE["annual"], "rate"),
            "annual_new": Figure(AFTER["annual"], "rate"),
        },
        (Picture("mix_shift", frame, named=("segment",)),),
        choice="rose" if change > 0 else "fell" if change < 0 else "same",
    )


SIMPSON = Lesson(
    "simpson",
    "churn",
    _simpson,
    (SHARE_BEFORE, SHARE_AFTER),
    ("rates", "mix", "error"),
    "mix",
    choices=("fell", "same", "rose"),
)
