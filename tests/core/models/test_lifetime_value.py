"""The estimators, by hand arithmetic and against one another."""

from __future__ import annotations

import numpy as np
import pytest

from cs_core.models.lifetime_value import (
    customer_base_value,
    finite_horizon,
    payback_months,
    per_month,
    sbg,
    simple,
    timing_conventions,
)
from cs_core.models.retention_curve import Curve, fit
from cs_core.models.retention_interval import lifetime_interval
from cs_core.models.survivors import Survivors


def test_simple_formula() -> None:
    # 100 a month at 80 % margin, 5 of 100 lost: 80 / 0.05.
    estimate = simple(100, 0.8, 5, 100)
    assert estimate.value == pytest.approx(1600)
    # Wilson for 5 of 100: 2.15437 % to 11.17505 %.
    assert estimate.low == pytest.approx(80 / 0.1117505, rel=1e-5)
    assert estimate.high == pytest.approx(80 / 0.0215437, rel=1e-5)
    assert (simple(100, 0.8, 0, 100).value, simple(100, 0.8, 0, 100).note) == (None, "zero_churn")
    assert simple(100, 0.8, 0, 0).note == "no_recent_customers"


def test_timing_conventions_are_the_sums_they_stand_for() -> None:
    forms = timing_conventions(10, 0.9, 0.02)
    periods = np.arange(5000)
    now = 10 * 0.9**periods / 1.02**periods
    assert forms["first_now"] == pytest.approx(now.sum())
    assert forms["after_renewal"] == pytest.approx(now[1:].sum())
    assert forms["period_end"] == pytest.approx((now / 1.02).sum())
    assert set(timing_conventions(10, 1.0, 0.0).values()) == {None}


def test_finite_horizon_by_hand() -> None:
    # 10 customers: 2 leave after 0 months, 2 after 1, the others are open at 3.
    counts = [(0, 2, 0), (1, 2, 0), (3, 0, 6)]
    one, three, four, five = finite_horizon(50, 1.0, counts, 0.0, (1, 3, 4, 5))
    assert one.value == 50
    assert (one.low, one.high, one.note) == (None, None, "no_limits")  # the first is always paid
    assert three.value == pytest.approx(50 * (1 + 0.8 + 0.6))
    assert four.value == pytest.approx(50 * (1 + 0.8 + 0.6 + 0.6))
    assert (five.value, five.note) == (None, "horizon_unobserved")
    # Without censoring Greenwood's is the sampling variance of each one's months within three:
    # 2 stay for one payment, 2 for two, 6 for three: mean 2.4, variance 0.64, over 10.
    assert three.high - three.low == pytest.approx(2 * 1.959964 * 50 * (0.64 / 10) ** 0.5)
    discounted = finite_horizon(50, 1.0, counts, 0.21, (3,))[0]
    assert discounted.value == pytest.approx(
        50 * (1 + 0.8 / 1.21 ** (1 / 12) + 0.6 / 1.21 ** (1 / 6))
    )
    assert [e.value for e in finite_horizon(50, 1.0, [], 0.1)] == [None] * 4


def test_finite_horizon_interval_covers() -> None:
    rng = np.random.default_rng(30)
    hits = 0
    for _ in range(200):
        tenure = rng.geometric(0.06, 300) - 1
        seen = rng.integers(12, 40, 300)
        counts = [
            (int(min(t, s)), int(t < s), int(t >= s)) for t, s in zip(tenure, seen, strict=True)
        ]
        estimate = finite_horizon(1.0, 1.0, counts, 0.0, (12,))[0]
        hits += estimate.low <= sum(0.94**t for t in range(12)) <= estimate.high
    # 95 % of 200 with four standard errors.
    assert 178 <= hits <= 199


def test_sbg_and_finite_horizon_agree_on_what_was_observed() -> None:
    curve = Curve("sbg", {"alpha": 0.9, "beta": 12.0}, 0.0)
    shares = curve.survival(60)
    survivors = Survivors.of([shares * 1e6])
    estimate = sbg(100, 0.7, survivors, 0.1)
    (lifetime,) = curve.residual_lifetime(0, per_month(0.1))
    assert estimate.value == pytest.approx(70 * lifetime, rel=1e-4)
    assert estimate.low < estimate.value < estimate.high
    infinite = sbg(100, 0.7, survivors, 0.0)
    assert (infinite.value, infinite.note) == (None, "infinite_mean")


@pytest.mark.parametrize("model", ["geometric", "sbg", "bdw"])
def test_lifetime_interval_covers(model) -> None:
    rng = np.random.default_rng(31)
    (truth,) = Curve("sbg", {"alpha": 1.5, "beta": 20.0}, 0.0).residual_lifetime(0, 0.008)
    if model == "geometric":
        (truth,) = Curve("geometric", {"theta": 0.07}, 0.0).residual_lifetime(0, 0.008)
    hits, rounds = 0, 60
    for _ in range(rounds):
        theta = 0.07 if model == "geometric" else rng.beta(1.5, 20.0, 3000)
        tenure = rng.geometric(theta, 3000)
        seen = Survivors.of([[float((tenure > age).sum()) for age in range(37)]])
        low, high = lifetime_interval(seen, fit(seen, model), 0.008)
        hits += low <= truth <= high
    assert hits >= 50


def test_per_month_compounds() -> None:
    assert (1 + per_month(0.1)) ** 12 == pytest.approx(1.1)


def test_payback() -> None:
    assert payback_months(210_000, 61_500, 0.78) == pytest.approx(4.378, abs=5e-4)
    assert payback_months(100, 0, 0.5) is None


def test_the_naive_figure_undervalues_loyal_old_customers() -> None:
    curve = Curve("sbg", {"alpha": 0.8, "beta": 8.0}, 0.0)
    base = [(0, 50, 5000.0), (36, 100, 10_000.0)]
    # The constant rate that today's base loses next month.
    rates = 1 - curve.retention(37)
    churn = (50 * rates[0] + 100 * rates[36]) / 150
    result = customer_base_value(curve, base, 0.8, 0.1, churn)
    lifetimes = curve.residual_lifetime(37, per_month(0.1))
    assert result.cohorts[1].value == pytest.approx(10_000 * 0.8 * lifetimes[37])
    monthly = per_month(0.1)
    constant = (1 - churn) * (1 + monthly) / (churn + monthly)
    assert result.naive == pytest.approx(15_000 * 0.8 * constant)
    assert result.value > 1.2 * result.naive
    assert customer_base_value(curve, base, 0.8, 0.0, churn).value is None
    assert customer_base_value(curve, [], 0.8, 0.1, churn).value == 0
