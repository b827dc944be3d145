"""Signal and noise. The full simulations are in tests/bench/models_trend.py."""

from __future__ import annotations

import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_core.models.mix_shift import mix_shift
from cs_core.models.mrr_limits import mrr_chart
from cs_core.models.trend import (
    above_the_rest,
    change_points,
    decompose,
    expected_rates,
    p_chart,
    usual_range,
)


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def binomial_tail(n: int, p: float, at_least: int) -> float:
    from math import comb

    return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(at_least, n + 1))


def test_limits_are_exact_binomial_tails() -> None:
    # 1 of 40 lost on average in each of ten months but one with 7.
    lost = [1] * 9 + [7]
    chart = p_chart([40] * 10, lost)
    assert chart.centre == pytest.approx(16 / 400)
    most = round(chart.points[0].high * 40)
    assert binomial_tail(40, 0.04, most + 1) <= 0.00135 < binomial_tail(40, 0.04, most)
    assert [point.outside for point in chart.points] == [None] * 9 + ["above"]
    # Pearson: (9 (1 - 1.6)^2 + (7 - 1.6)^2) / (40 .04 .96) / 9
    assert chart.dispersion == pytest.approx((9 * 0.36 + 29.16) / 1.536 / 9)


def test_a_month_with_too_few_losses_is_below() -> None:
    chart = p_chart([1000] * 12, [50] * 11 + [20])
    assert [point.outside for point in chart.points] == [None] * 11 + ["below"]


@pytest.mark.parametrize(
    ("opening", "lost"), [([0, 0], [0, 0]), ([12] * 5, [0] * 5), ([5, 5], [5, 5]), ([], [])]
)
def test_nothing_is_outside_in_degenerate_series(opening, lost) -> None:
    chart = p_chart(opening, lost)
    assert {point.outside for point in chart.points} <= {None}
    assert change_points(opening, lost) == []


def test_change_point_with_its_date_and_rates() -> None:
    # 3 % for two years, then 6 %: every month as expected, so the date is unmistakable.
    (change,) = change_points([400] * 36, [12] * 24 + [24] * 12)
    assert (change.index, change.before, change.after) == (24, 0.03, 0.06)
    assert change.p == 1 / 1001
    two = change_points([400] * 60, [12] * 24 + [24] * 18 + [40] * 18)
    assert [change.index for change in two] == [24, 42]
    assert [change.after for change in two] == [0.06, 0.1]


def test_months_without_customers_keep_their_place() -> None:
    (change,) = change_points([0, 0] + [400] * 24, [0, 0] + [8] * 12 + [24] * 12)
    assert change.index == 14


def test_constant_series_claim_little() -> None:
    rng = np.random.default_rng(4)
    opening = [400] * 36
    series = [rng.binomial(400, 0.03, 36) for _ in range(50)]
    claimed = sum(bool(change_points(opening, lost)) for lost in series)
    outside = sum(
        point.outside is not None for lost in series for point in p_chart(opening, lost).points
    )
    # At 3 %, more than 6 of 50 come once in 2 000 studies; at 0.27 %, more than 14 of 1 800.
    assert claimed <= 6
    assert outside <= 14


def test_a_doubling_is_found_within_two_months() -> None:
    rng = np.random.default_rng(5)
    rates = [0.03] * 24 + [0.06] * 12
    found = sum(
        any(abs(change.index - 24) <= 2 for change in change_points([400] * 36, lost))
        for lost in (rng.binomial(400, rates) for _ in range(40))
    )
    assert found >= 36


def test_seasons_and_swings_do_not_pass_for_a_change() -> None:
    """Half as much again in one half of the year; and swings that last for months: at 4 %, more
    than 5 of 40 come once in 300 studies, and without their model nearly all would be changes."""
    rng = np.random.default_rng(6)
    for months in (24, 48):
        wave = 0.03 * (1 + 0.5 * np.sin(2 * np.pi * np.arange(months) / 12))
        series = [rng.binomial(2000, wave) for _ in range(40)]
        assert sum(bool(change_points([2000] * months, lost)) for lost in series) <= 5
    claimed = 0
    for _ in range(40):
        swing = [rng.normal(0, 0.2)]
        for _ in range(35):
            swing.append(0.6 * swing[-1] + rng.normal(0, 0.16))
        claimed += bool(change_points([2000] * 36, rng.binomial(2000, 0.03 * np.exp(swing))))
    assert claimed <= 5


def young_company(rng: np.random.Generator, months: int) -> tuple[np.ndarray, np.ndarray]:
    """At risk and lost by month and phase of tenure: forty join a month, and who has stayed longer
    leaves more rarely, in every month alike."""
    at_risk, lost, stayed = np.zeros((months, 4)), np.zeros((months, 4)), [40]
    for month in range(months):
        tenure = np.arange(len(stayed))
        phase = np.searchsorted([1, 3, 12], tenure, side="right")
        left = rng.binomial(stayed, np.array([0.12, 0.08, 0.04, 0.015])[phase])
        np.add.at(at_risk[month], phase, stayed)
        np.add.at(lost[month], phase, left)
        stayed = [int(rng.poisson(40)), *(np.array(stayed) - left)]
    return at_risk, lost


def test_a_company_that_ages_is_no_company_that_changed() -> None:
    rng, blind, told = np.random.default_rng(7), 0, 0
    for _ in range(30):
        at_risk, lost = young_company(rng, 48)
        series = at_risk.sum(axis=1).astype(int), lost.sum(axis=1).astype(int)
        blind += bool(change_points(*series))
        told += bool(change_points(*series, expected_rates(at_risk, lost)))
    assert told <= 4 < 15 <= blind


def test_the_rate_that_tenures_lead_to_is_free_of_what_changed_for_all() -> None:
    """Cells of phase x period: the phases come back whatever the periods do."""
    phase, period = np.array([0.1, 0.05, 0.01]), np.array([1.0, 1.0, 2.0, 2.0])
    at_risk = np.array([[10.0, 0, 0], [10, 8, 0], [10, 8, 7], [10, 8, 14]])
    found = expected_rates(at_risk, at_risk * phase * period[:, None])
    wanted = at_risk @ phase / at_risk.sum(axis=1)
    assert found / found[0] == pytest.approx(wanted / wanted[0], rel=1e-3)
    assert list(expected_rates(np.zeros((2, 1)), np.zeros((2, 1)))) == [1.0, 1.0]


def test_the_first_weeks_of_the_data_are_no_level() -> None:
    lost = [40] * 4 + [8] * 100
    assert change_points([400] * 104, lost, season=52) == []
    assert [c.index for c in change_points([400] * 104, lost[::-1], season=52)] == [100]
    # Less than a year tells no level from a part of it.
    assert change_points([400] * 11, [4] * 6 + [40] * 5) == []


def test_what_is_usual_is_told_of_eight_values_or_more() -> None:
    """A prediction interval: the 99.865 % quantile of t with seven degrees, a quarter wider."""
    from scipy.stats import t

    past = [4.0, 6.0] * 4
    width = 1.25 * t.isf(0.00135, 7) * np.std(past, ddof=1) * np.sqrt(1 + 1 / 8)
    assert usual_range(past) == pytest.approx((5 - width, 5 + width))
    assert usual_range(past[1:]) is None
    # What is older than three years does not count.
    assert usual_range([100.0] * 9 + [4.0, 6.0] * 18) == usual_range([4.0, 6.0] * 18)


def test_decomposition_adds_up_and_finds_the_season() -> None:
    months = np.arange(48)
    rates = 0.03 + 0.0002 * months + 0.005 * np.sin(2 * np.pi * months / 12)
    parts = decompose(list(rates))
    total = np.add(np.add(parts.trend, parts.seasonal), parts.remainder)
    assert total == pytest.approx(rates, abs=1e-12)
    assert max(parts.seasonal) == pytest.approx(0.005, abs=5e-4)
    assert parts.strength > 0.95
    assert decompose(list(rates[:23])) is None
    assert decompose([0.0] * 24).strength == 0.0


def test_the_season_is_the_same_every_year_and_leaves_noise_to_the_remainder() -> None:
    rates = np.random.default_rng(3).normal(0.03, 0.005, 48)
    parts = decompose(list(rates))
    seasons = np.reshape(parts.seasonal, (4, 12))
    assert seasons - seasons[0] == pytest.approx(np.zeros((4, 12)), abs=1e-6)
    remainder = np.reshape(parts.remainder, (4, 12))
    assert (np.abs(remainder).max(axis=1) > 0.001).all()


def test_mrr_limits_with_equal_accounts_are_the_binomial_ones() -> None:
    # Everybody pays 10 and leaves whole: MRR churn is customer churn.
    rng = np.random.default_rng(7)
    lost = rng.binomial(300, 0.04, 24)
    lost[20] = 40
    chart = mrr_chart([300] * 24, [3000.0] * 24, [(t, 10.0, lost[t]) for t in range(24)])
    customers = p_chart([300] * 24, lost)
    assert chart.centre == pytest.approx(customers.centre)
    for ours, exact in zip(chart.points, customers.points, strict=True):
        assert ours.rate == pytest.approx(exact.rate)
        assert ours.low == pytest.approx(exact.low, abs=1.05 / 300)
        assert ours.high == pytest.approx(exact.high, abs=1.05 / 300)
    assert [t for t, point in enumerate(chart.points) if point.outside] == [20]


def test_mrr_limits_equal_a_drawn_bootstrap() -> None:
    rng = np.random.default_rng(8)
    sizes = rng.lognormal(0, 1, (12, 200))
    leaves = rng.random((12, 200)) < 0.05
    losses = [(t, size, 1) for t in range(12) for size in sizes[t][leaves[t]]]
    chart = mrr_chart([200] * 12, list(sizes.sum(axis=1)), losses)
    pool = (sizes * leaves / sizes.mean(axis=1, keepdims=True)).ravel()
    drawn = rng.choice(pool, (40_000, 200)).mean(axis=1)
    for limit, share in ((chart.points[0].low, 0.00135), (chart.points[0].high, 0.99865)):
        near = np.quantile(drawn, [max(share - 0.0006, 0.0), min(share + 0.0006, 1.0)])
        assert near[0] <= limit <= near[1]


def test_mrr_limits_without_losses_or_customers() -> None:
    assert [p.outside for p in mrr_chart([5, 5], [10.0, 10.0], []).points] == [None, None]
    chart = mrr_chart([0, 3], [0.0, 9.0], [(1, 9.0, 1)])
    assert chart.points[0].rate is None
    assert chart.points[1].outside is None


counts = st.integers(0, 50).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
segments = st.dictionaries(st.sampled_from("abcdef"), counts, min_size=1)


@given(segments, segments)
def test_mix_shift_adds_up_exactly(before, after) -> None:
    shift = mix_shift(before, after)
    n0, x0 = map(sum, zip(*before.values(), strict=True))
    n1, x1 = map(sum, zip(*after.values(), strict=True))
    if not n0 or not n1:
        assert shift is None
        return
    assert shift.rate + shift.mix == Fraction(x1, n1) - Fraction(x0, n0)
    assert shift.after - shift.before == shift.rate + shift.mix
    assert sum(part.rate for part in shift.parts) == shift.rate
    assert sum(part.mix for part in shift.parts) == shift.mix
    # Turned round in time, everything changes sign.
    back = mix_shift(after, before)
    assert (back.rate, back.mix, back.simpson) == (-shift.rate, -shift.mix, shift.simpson)


def test_simpsons_paradox_is_named() -> None:
    # Both plans improve by a point, but the leaky one grows from 20 % to 60 % of customers.
    before = {"monthly": (200, 20), "yearly": (800, 16)}
    after = {"monthly": (600, 54), "yearly": (400, 4)}
    shift = mix_shift(before, after)
    assert shift.simpson
    assert (shift.before, shift.after) == (Fraction(36, 1000), Fraction(58, 1000))
    assert shift.rate == Fraction(-1, 100)
    assert shift.mix == Fraction(32, 1000)
    # One plan getting worse is no paradox, though the rates together still improved.
    after["yearly"] = (400, 9)
    shift = mix_shift(before, after)
    assert not shift.simpson
    assert shift.reversed


def test_a_segment_absent_once_takes_its_other_rate() -> None:
    shift = mix_shift({"a": (100, 5)}, {"a": (50, Decimal("2.5")), "b": (50, 10)})
    a, b = shift.parts
    assert (a.rate, b.rate, b.rate_before) == (0, 0, Fraction(1, 5))
    assert shift.mix == Fraction(125, 1000) - Fraction(5, 100)


def test_a_group_is_above_the_rest_only_beyond_chance():
    at_risk, lost = [100, 90, 80, 70], [4, 3, 12, 2]
    usual = sum(lost) / sum(at_risk)
    tails = [binomial_tail(n, usual, k) for n, k in zip(at_risk, lost, strict=True)]
    assert above_the_rest(at_risk, lost) == [tail < 0.05 / 4 for tail in tails]
    assert above_the_rest(at_risk, lost) == [False, False, True, False]


def test_in_noise_a_group_seldom_stands_above_the_rest():
    draw = np.random.default_rng(5)
    at_risk = [200, 160, 130, 100, 80, 60]
    named = sum(any(above_the_rest(at_risk, draw.binomial(at_risk, 0.05))) for _ in range(400))
    assert named <= 0.05 * 400 + 3 * (400 * 0.05 * 0.95) ** 0.5
