"""Signal and noise at full size. Run: python -m tests.bench.models_trend [series]

Constant series, a doubling, and forecasts of seasonal series; 200 of each by default.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np
from scipy.stats import beta

from cs_core.models.forecast import forecast
from cs_core.models.trend import change_points, p_chart


def constant(series: int) -> None:
    for customers, rate in ((400, 0.03), (60, 0.05), (5000, 0.02)):
        rng = np.random.default_rng(1)
        outside = claimed = 0
        for _ in range(series):
            lost = rng.binomial(customers, rate, 36)
            chart = p_chart([customers] * 36, lost)
            outside += sum(point.outside is not None for point in chart.points)
            claimed += bool(change_points([customers] * 36, lost))
        months = 36 * series
        least = beta.ppf(0.01, outside, months - outside + 1) if outside else 0.0
        print(
            f"constant {rate:.0%} of {customers}: {outside / months:.3%} of months outside "
            f"(99 % lower bound {least:.3%}, nominal 0.27 %), "
            f"a change claimed in {claimed / series:.1%} of series"
        )


def doubling(series: int) -> None:
    rng = np.random.default_rng(2)
    rates = [0.03] * 24 + [0.06] * 12
    found = 0
    for _ in range(series):
        changes = change_points([400] * 36, rng.binomial(400, rates))
        found += any(abs(change.index - 24) <= 2 for change in changes)
    print(
        f"3 % doubled at month 24, 400 customers: found within two months in {found / series:.1%}"
    )


def season(rng: np.random.Generator, kind: str, months: int) -> tuple[np.ndarray, np.ndarray]:
    """Opening and lost: a yearly wave, any yearly pattern, or a wave on a wandering level."""
    opening = rng.uniform(150, 2000) * np.exp(np.cumsum(rng.normal(0.005, 0.01, months)))
    opening = np.round(opening).astype(int)
    level, size = np.log(rng.uniform(0.015, 0.07)), rng.uniform(0.1, 0.5)
    pattern = size * np.sin(2 * np.pi * (np.arange(months) + rng.integers(12)) / 12)
    if kind == "pattern":
        year = rng.normal(0, 0.7 * size, 12)
        pattern = np.resize(year - year.mean(), months)
    walk = np.cumsum(rng.normal(0, 0.06, months)) if kind == "wandering" else 0.0
    return opening, rng.binomial(opening, np.minimum(np.exp(level + pattern + walk), 0.5))


def forecasts(series: int) -> None:
    for kind in ("wave", "pattern", "wandering"):
        rng = np.random.default_rng(3)
        inside = {80: [], 95: []}
        claimed = {80: [], 95: []}
        errors, shown, start = [], 0, time.process_time()
        for _ in range(series):
            opening, lost = season(rng, kind, 66)
            result = forecast(opening[:60], lost[:60])
            later = lost[60:] / opening[60:]
            for level, low, high in ((80, "low80", "high80"), (95, "low95", "high95")):
                inside[level] += [
                    getattr(step, low) <= rate <= getattr(step, high)
                    for step, rate in zip(result.steps, later, strict=True)
                ]
                claimed[level].append(getattr(result, f"coverage{level}"))
            shown += result.beats_naive
            rates = np.array([step.rate for step in result.steps])
            errors.append((abs(rates - later).mean(), abs(result.naive - later).mean()))
        used = (time.process_time() - start) / series
        print(
            f"{kind}: {np.mean(inside[80]):.1%} inside 80 %, {np.mean(inside[95]):.1%} inside "
            f"95 % (reported {np.mean(claimed[80]):.1%}, {np.mean(claimed[95]):.1%}); model shown "
            f"in {shown / series:.0%}; error {np.mean(errors, axis=0)[0]:.3%} against naive "
            f"{np.mean(errors, axis=0)[1]:.3%}; {used:.2f} s CPU a series",
            flush=True,
        )


if __name__ == "__main__":
    warnings.simplefilter("error")
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    constant(size)
    doubling(size)
    forecasts(size)
