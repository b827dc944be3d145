"""Small frames with the contract's columns, whose figures can be checked by hand."""

from __future__ import annotations

from decimal import Decimal

import pandas


def movement(month: str, opening: int, closing: int, **changes: int) -> dict[str, object]:
    names = ("new", "reactivation", "expansion", "contraction", "churned", "fx")
    return {
        "month": month,
        "currency": "JPY",
        "opening_mrr": Decimal(opening),
        **{f"{name}_mrr": Decimal(changes.get(name, 0)) for name in names},
        "closing_mrr": Decimal(closing),
    }


# 20,770,800 + 443,000 + 197,000 + 88,000 - 124,900 - 210,500 = 21,163,400
OCTOBER = movement(
    "2026-10",
    20_770_800,
    21_163_400,
    new=443_000,
    reactivation=197_000,
    expansion=88_000,
    contraction=124_900,
    churned=210_500,
)
NOVEMBER = movement("2026-11", 21_163_400, 21_193_400, new=50_000, churned=20_000)


def bridge_row(**more: Decimal) -> pandas.DataFrame:
    return pandas.DataFrame([{**OCTOBER, **more}])


def cohort(label: str, customers: int, active: list[int], open_at: int | None = None) -> list[dict]:
    """Each customer pays 1,000 and never changes; `open_at` is the age whose period is not over."""
    return [
        {
            "cohort": label,
            "age": age,
            "cohort_customers": customers,
            "active_customers": left,
            "customer_retention": left / customers,
            "cohort_mrr": Decimal(customers * 1000),
            "active_mrr": Decimal(left * 1000),
            "net_mrr_retention": left / customers,
            "gross_mrr_retention": left / customers,
            "partial": age == open_at,
        }
        for age, left in enumerate(active)
    ]


COHORTS = pandas.DataFrame(
    [
        *cohort("2026-08", 20, [20, 15, 10], open_at=2),
        *cohort("2026-09", 8, [8, 5], open_at=None),
        *cohort("2026-10", 30, [30], open_at=None),
    ]
)


def survival(plan: str | None, start: int, steps: list[tuple[int, int, int, float]]):
    """steps: tenure, churned, censored, survival after it."""
    rows, at_risk = [], start
    for tenure, churned, censored, value in steps:
        rows.append(
            {
                "plan": plan,
                "tenure": tenure,
                "at_risk": at_risk,
                "churned": churned,
                "censored": censored,
                "survival": value,
                "std_error": 0.01,
                "low": None if value == 1 else value - 0.05,
                "high": None if value == 1 else min(value + 0.05, 1.0),
                "median": None,
            }
        )
        at_risk -= churned + censored
    return rows


def plans(count: int) -> pandas.DataFrame:
    """Plans A, B, C … of 10, 20, 30 … customers; in each a tenth leaves at 3 and the rest stay."""
    rows = []
    for n in range(1, count + 1):
        name = "ABCDEFGHIJ"[n - 1]
        rows += survival(name, n * 10, [(3, n, 0, 0.9), (12, 0, n * 9, 0.9)])
    return pandas.DataFrame(rows)


RETENTION = pandas.DataFrame(
    [{"month": "2026-09", "nrr": 0.95, "grr": 0.86}, {"month": "2026-10", "nrr": 0.92, "grr": 0.84}]
)
RENEWALS = pandas.DataFrame(
    [
        {
            "month": month,
            "due": due,
            "renewed": renewed,
            "renewal_rate": renewed / due,
            "due_mrr": Decimal(due * 1000),
            "renewed_mrr": Decimal(renewed * 1000),
            "renewal_rate_mrr": renewed / due,
        }
        for month, due, renewed in [("2026-09", 263, 81), ("2026-10", 10, 8)]
    ]
)
HAZARD = pandas.DataFrame(
    [
        {"tenure": 0, "at_risk": 50, "churned": 5, "hazard": 0.1, "low": 0.04, "high": 0.21},
        {"tenure": 1, "at_risk": 44, "churned": 0, "hazard": 0.0, "low": 0.0, "high": 0.08},
        {"tenure": 30, "at_risk": 3, "churned": 1, "hazard": 0.33, "low": 0.06, "high": 0.79},
    ]
)
LIMITS = pandas.DataFrame(
    [
        {
            "month": f"2026-{month:02}",
            "rate": rate,
            "centre": 0.03,
            "lower": 0.0,
            "upper": 0.06,
            "outside": rate is not None and rate > 0.06,
            "numerator": 3,
            "denominator": 100,
        }
        for month, rate in [(7, 0.03), (8, 0.08), (9, 0.02), (10, None)]
    ]
)
FORECAST = pandas.DataFrame(
    [
        {
            "month": "2026-11",
            "forecast": 0.03,
            "low80": 0.02,
            "high80": 0.04,
            "low95": 0.01,
            "high95": 0.05,
            "naive": 0.035,
        }
    ]
)
