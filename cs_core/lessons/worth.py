"""Lessons on what a customer is worth, and what figures of others are worth."""

from __future__ import annotations

import pandas

from cs_core.domain.benchmarks import of_measure
from cs_core.lessons.lesson import Figure, Lesson, Outcome, Picture, Setting, Values
from cs_core.lessons.lifetimes import annual_churn, two_kinds
from cs_core.models import lifetime_value
from cs_core.models.retention_curve import fit
from cs_core.models.survivors import Survivors

ARPA, CUSTOMERS = 100, 1_000
CAC = Setting("cac", 500, 200, 2000, 100, "count")
MARGIN = Setting("margin", 0.70, 0.40, 0.95, 0.05)
HORIZON = Setting("horizon", 24, 12, 60, 12, "months")
LOYAL, FICKLE, DISCOUNT = 0.02, 0.20, 0.10
RULE = 3  # what LTV:CAC is often said to have to exceed
HISTORY = 12  # months each customer has been seen


def four_values(margin: float, horizon: int) -> dict[str, float]:
    """The lifetime value of one set of customers, half of whom leave at one constant rate and half
    at another, by the product's own methods: the simple formula on revenue and on gross margin,
    what is paid within a horizon, discounted, and a curve fitted to the months that were seen."""
    halves = two_kinds(LOYAL, FICKLE, max(HISTORY, horizon))
    share = [(a + b) / 2 for a, b in zip(*halves, strict=True)]
    alive = [CUSTOMERS * value for value in share[: HISTORY + 1]]
    opening, lost = round(sum(alive[:-1])), round(alive[0] - alive[-1])
    revenue = lifetime_value.simple(ARPA, 1.0, lost, opening).value
    simple = lifetime_value.simple(ARPA, margin, lost, opening).value
    monthly = lifetime_value.per_month(DISCOUNT)
    within = sum(
        ARPA * margin * value / (1 + monthly) ** month
        for month, value in enumerate(share[:horizon])
    )
    curve = fit(Survivors.of([alive]), "sbg")
    lifetime = curve.residual_lifetime(0, monthly)[0]
    assert revenue is not None
    assert simple is not None
    assert lifetime is not None
    return {
        "revenue": revenue,
        "simple": simple,
        "within": within,
        "curve": ARPA * margin * lifetime,
    }


def _ltv_cac(values: Values, _: int) -> Outcome:
    found = four_values(values["margin"], round(values["horizon"]))
    ratios = {name: value / values["cac"] for name, value in found.items()}
    frame = pandas.DataFrame(
        {"name": list(ratios), "value": list(ratios.values()), "true": [True] * len(ratios)}
    )
    return Outcome(
        {
            **{name: Figure(ratio, "number") for name, ratio in ratios.items()},
            "lowest": Figure(min(ratios.values()), "number"),
            "highest": Figure(max(ratios.values()), "number"),
            "times": Figure(max(ratios.values()) / min(ratios.values()), "number"),
            "rule": Figure(RULE, "number", 0),
            "arpa": Figure(ARPA, "count", 0),
            "discount": Figure(DISCOUNT, "rate", 0),
        },
        (Picture("lesson_bars", frame, {"unit": "number"}, named=("name",)),),
    )


LTV_CAC = Lesson(
    "ltv_cac",
    "lifetime_value",
    _ltv_cac,
    (CAC, MARGIN, HORIZON),
    ("three", "method", "highest"),
    "method",
    "times",
)

OWN = Setting("own_churn", 0.03, 0.005, 0.20, 0.005, digits=1)


def quoted_years() -> dict[str, tuple[float, float]]:
    """What each quoted figure says of the share of customers who stay a year: a monthly churn
    twelve times over; a renewal rate is that share where contracts are yearly."""
    found = {}
    for item in of_measure("monthly_churn"):
        found[item.key] = (1 - annual_churn(item.high), 1 - annual_churn(item.low))
    for item in of_measure("renewal_rate"):
        found[item.key] = (item.low, item.high)
    return found


def _benchmarks(values: Values, _: int) -> Outcome:
    own = 1 - annual_churn(values["own_churn"])
    years = quoted_years()
    quoted = {item.key: item for item in of_measure("monthly_churn")}
    rows = [
        {"name": key, "from": low, "to": high, "own": False, "rate": None}
        for key, (low, high) in years.items()
    ]
    rows.append({"name": "own", "from": None, "to": None, "own": True, "rate": own})
    return Outcome(
        {
            "own": Figure(own, "rate", 0),
            "lowest": Figure(min(low for low, _ in years.values()), "rate", 0),
            "highest": Figure(max(low for low, _ in years.values()), "rate", 0),
            "consumer": Figure(1 - quoted["monthly_consumer"].high, "rate", 0),
            "quoted": Figure(len(years), "count", 0),
            "above": Figure(sum(high < own for _, high in years.values()), "count", 0),
            "below": Figure(sum(low > own for low, _ in years.values()), "count", 0),
        },
        (Picture("benchmarks", pandas.DataFrame(rows), named=("name",)),),
    )


BENCHMARKS = Lesson(
    "benchmarks",
    "churn",
    _benchmarks,
    (OWN,),
    ("primary", "like", "average"),
    "like",
    "lowest",
)
