"""The estimators, by hand arithmetic and against one another."""

from __future__ import annotations

import numpy as np
import pytest

from cs_core.models.curve_choice import Choice, choose
from cs_core.models.lifetime_value import (
    customer_base_value,
    finite_horizon,
    payback_months,
    per_month,
    sbg,
    simple,
    timing_conventions,
)
from cs_core.models.payments import FOLLOWED, Payments
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


def equal(last: np.ndarray, lost: np.ndarray) -> Payments:
    """Customers who all pay 1, by their last payment and whether the next was missed."""
    customers = np.zeros((int(last.max()) + 1, 2))
    np.add.at(customers, (last, lost.astype(int)), 1)
    return Payments.alike(customers)


def test_finite_horizon_by_hand() -> None:
    # 10 customers: 2 miss payment 1, 2 payment 2, the others have made 3, the next not yet due.
    payments = equal(np.repeat([0, 1, 3], [2, 2, 6]), np.repeat([True, True, False], [2, 2, 6]))
    one, three, four, five = finite_horizon(payments, 50, 0.0, (1, 3, 4, 5))
    assert one.value == 50
    assert (one.low, one.high, one.note) == (None, None, "no_limits")  # the first is always paid
    assert three.value == pytest.approx(50 * (1 + 0.8 + 0.6))
    assert four.value == pytest.approx(50 * (1 + 0.8 + 0.6 + 0.6))
    assert (five.value, five.note) == (None, "horizon_unobserved")
    # Without censoring it is the sampling variance of each one's payments within three:
    # 2 make one, 2 make two, 6 make three: mean 2.4, variance 0.64, over 10.
    width = 1.959964 * (0.64 / 10) ** 0.5 / 2.4
    assert three.high == pytest.approx(120 * np.exp(width))
    assert three.low == pytest.approx(120 * np.exp(-width))
    discounted = finite_horizon(payments, 50, 0.21, (3,))[0]
    assert discounted.value == pytest.approx(
        50 * (1 + 0.8 / 1.21 ** (1 / 12) + 0.6 / 1.21 ** (1 / 6))
    )
    nobody = Payments.of([])
    assert [e.value for e in finite_horizon(nobody, 50, 0.1)] == [None] * 4


def followed(
    last: np.ndarray, lost: np.ndarray, amounts: np.ndarray
) -> tuple[list[tuple[int, bool, int, int, float]], list[tuple[int, int, float]]]:
    """Rows of `payments` and `payment_products`, a customer at a time."""
    paid = np.where(np.arange(FOLLOWED) <= last[:, None], amounts, 0.0)
    change = np.diff(paid, axis=1, prepend=0.0)
    products = change.T @ change
    return [
        (int(k), bool(e), p, 1, float(change[i, p]))
        for i, (k, e) in enumerate(zip(last, lost, strict=True))
        for p in range(k + 1)
    ], [(p, q, products[p, q]) for p in range(FOLLOWED) for q in range(p, FOLLOWED)]


def test_variance_is_that_of_each_customers_influence() -> None:
    """Against the influence of every customer on every mean, worked out one by one."""
    rng = np.random.default_rng(3)
    n = 200
    first = rng.lognormal(4, 0.8, n)
    leaves = rng.geometric(np.minimum(0.05 * (first / 60) ** -0.3, 0.9)) - 1
    seen = rng.integers(0, 40, n)
    last, lost = np.minimum(leaves, seen), leaves < seen
    grows = (1 + rng.normal(0.005, 0.01, n))[:, None] ** np.arange(FOLLOWED)
    amounts = first[:, None] * grows
    mean, covariance = Payments.of(*followed(last, lost, amounts)).means()
    influence = np.zeros((n, len(mean)))
    staying, pulled = 1.0, np.zeros(n)
    for p in range(len(mean)):
        made = last >= p
        amount = amounts[made, p].mean()
        assert mean[p] == pytest.approx(staying * amount)
        paid = np.where(made, amounts[:, p] - amount, 0.0)
        influence[:, p] = staying * paid / made.sum() + mean[p] * pulled
        missed = (last == p) & lost
        at_risk = (last > p) | missed
        if at_risk.any():
            hazard = missed.sum() / at_risk.sum()
            pulled -= at_risk * (missed - hazard) / (at_risk.sum() * (1 - hazard))
            staying *= 1 - hazard
    assert covariance == pytest.approx(influence.T @ influence)


@pytest.mark.parametrize("loyal", [0.0, -0.5], ids=["size alone", "large ones stay"])
def test_finite_horizon_interval_covers(loyal) -> None:
    """What customers pay differs, and so may how long; the price is not known either."""
    rng = np.random.default_rng(30)

    def company(n: int) -> tuple[np.ndarray, np.ndarray]:
        size = rng.lognormal(0.0, 0.6, n)
        return size, rng.geometric(np.clip(0.06 * size**loyal, 0.0, 1.0)) - 1

    size, leaves = company(400_000)
    truth = float((size * (np.minimum(leaves, 11) + 1)).mean())
    hits, rounds = 0, 200
    for _ in range(rounds):
        size, leaves = company(300)
        seen = rng.integers(5, 40, 300)
        last, lost = np.minimum(leaves, seen), leaves < seen
        rows, products = followed(last, lost, np.repeat(size[:, None], FOLLOWED, axis=1))
        estimate = finite_horizon(Payments.of(rows, products), 1.0, 0.0, (12,))[0]
        hits += estimate.low <= truth <= estimate.high
    # 95 % of 200 with four standard errors.
    assert 178 <= hits <= 199


def test_sbg_and_finite_horizon_agree_on_what_was_observed() -> None:
    curve = Curve("sbg", {"alpha": 0.9, "beta": 12.0}, 0.0)
    shares = curve.survival(60)
    survivors = Survivors.of([shares * 1e6])
    choice = choose(survivors)
    assert choice.chosen == "sbg"
    estimate = sbg(100, 0.7, choice, 0.1)
    (lifetime,) = curve.residual_lifetime(0, per_month(0.1))
    assert estimate.value == pytest.approx(70 * lifetime, rel=1e-4)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.note == "for_life_sbg"
    infinite = sbg(100, 0.7, choice, 0.0)
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


def test_the_family_is_chosen_where_it_is_clear_and_its_choice_is_in_the_limits() -> None:
    """Churn that falls by phase and then no more: the sBG goes on falling, and is far too high."""
    truth = Curve(
        "phases",
        {"churn_onboarding": 0.07, "churn_adoption": 0.035, "churn_mature": 0.015},
        0.0,
    )
    monthly = per_month(0.1)

    def lifetime(of: Curve) -> float | None:
        return of.residual_lifetime(0, monthly)[0]

    seen = Survivors.of([truth.survival(48) * 3000])
    choice = choose(seen)
    assert choice.chosen == "phases"
    assert lifetime(choice.curve) == pytest.approx(lifetime(truth))
    assert lifetime(choice.curves["sbg"]) > 1.1 * lifetime(truth)
    few = choose(Survivors.of([truth.survival(18) * 60]))
    assert few.chosen == "sbg"  # sixty customers cannot tell
    alone = lifetime_interval(few.survivors, few.curve, monthly)
    low, high = few.limits(lifetime)
    assert low < alone[0] or high > alone[1]
    assert low < lifetime(truth) < high


def test_per_month_compounds() -> None:
    assert (1 + per_month(0.1)) ** 12 == pytest.approx(1.1)


def test_payback() -> None:
    assert payback_months(210_000, 61_500, 0.78) == pytest.approx(4.378, abs=5e-4)
    assert payback_months(100, 0, 0.5) is None


def test_the_naive_figure_undervalues_loyal_old_customers() -> None:
    curve = Curve("sbg", {"alpha": 0.8, "beta": 8.0}, 0.0)
    choice = Choice(Survivors.of([curve.survival(60) * 1e4]), {"sbg": curve}, {})
    base = [(0, 50, 5000.0), (36, 100, 10_000.0)]
    # The constant rate that today's base loses next month.
    rates = 1 - curve.retention(37)
    churn = (50 * rates[0] + 100 * rates[36]) / 150
    result = customer_base_value(choice, base, 0.8, 0.1, churn, 36)
    lifetimes = curve.residual_lifetime(37, per_month(0.1))
    assert result.cohorts[1].value == pytest.approx(10_000 * 0.8 * lifetimes[37])
    monthly = per_month(0.1)
    constant = (1 - churn) * (1 + monthly) / (churn + monthly)
    assert result.naive == pytest.approx(15_000 * 0.8 * constant)
    assert result.value > 1.2 * result.naive
    assert result.limits[0] < result.value < result.limits[1]
    shares = curve.survival(73)
    within = 0.0
    for tenure, _, mrr in base:
        ahead = shares[tenure + 1 : tenure + 37] / shares[tenure]
        within += mrr * 0.8 * (ahead / (1 + monthly) ** np.arange(36)).sum()
    assert result.within == pytest.approx(within)
    assert result.limits_within[0] < result.within < result.limits_within[1] < result.value
    endless = customer_base_value(choice, base, 0.8, 0.0, churn, 36)
    assert (endless.value, endless.limits) == (None, (None, None))
    assert endless.within > result.within
    assert customer_base_value(choice, [], 0.8, 0.1, churn, 36).value == 0
    assert customer_base_value(Choice(choice.survivors, {}, {}), base, 0.8, 0.1, 0.1, 36) is None
