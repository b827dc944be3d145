"""Figures that people quote for comparison, each with its source and date. Ranges, no verdicts.

`primary` is true only where the publisher's own document was read; everything else is shown as
"quoted, unverified". Names and sources are the texts `benchmark.<key>.name` and `.source`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Benchmark:
    """`low` and `high` are shares of 1, the same for a single figure. `measure` is monthly_churn
    (customers lost a month) or renewal_rate (terms renewed)."""

    key: str
    measure: str
    low: float
    high: float
    primary: bool = False


BENCHMARKS = (
    Benchmark("sansan", "monthly_churn", 0.0060, 0.0060),
    # 90 % or more stay a year: at most 1 - 0.9^(1/12) leave a month.
    Benchmark("yearly_b2b", "monthly_churn", 0.0, 1 - 0.9 ** (1 / 12)),
    Benchmark("laxus", "monthly_churn", 0.05, 0.05),
    Benchmark("monthly_consumer", "monthly_churn", 0.10, 0.20),
    Benchmark("yearly_fair", "renewal_rate", 0.80, 1.0),
    Benchmark("us_surveys", "renewal_rate", 0.90, 0.90),
    Benchmark("saas_capital", "renewal_rate", 0.90, 0.93, primary=True),
)


def of_measure(measure: str) -> tuple[Benchmark, ...]:
    return tuple(item for item in BENCHMARKS if item.measure == measure)
