"""The model and its test, on arrays whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from cs_core.models import account_risk
from cs_core.models.account_risk import Design, evaluate, fit


def design(values: np.ndarray) -> Design:
    names = tuple(f"x{n}" for n in range(values.shape[1]))
    return Design(names, names, values)


def made(rows: int, effect: float, seed: int = 3) -> tuple[Design, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, 3))
    left = (draw.random(rows) < expit(-3 + effect * x[:, 0])).astype(np.int64)
    return design(x), left, np.arange(rows)


def test_the_planted_effect_is_found_and_the_others_are_not() -> None:
    x, left, who = made(20_000, 0.8)
    model = fit(x, left, who, months=3)
    assert model is not None
    assert model.weights == pytest.approx([0.8, 0, 0], abs=0.1)
    assert model.base == pytest.approx(-3, abs=0.1)


def test_sampled_stayers_give_the_same_chances_as_all_of_them() -> None:
    x, left, who = made(60_000, 0.8)
    whole = fit(x, left, who, months=3)
    kept = (left == 1) | (np.arange(len(left)) % 10 == 0)
    sampled = fit(Design(x.names, x.parts, x.values[kept]), left[kept], who[kept], months=3,
                  kept_stayers=0.1)  # fmt: skip
    assert whole is not None
    assert sampled is not None
    # Without the offset log 10 = 2.3 the odds would be ten times too high.
    apart = sampled.log_odds(x) - whole.log_odds(x)
    assert np.abs(apart).max() < 0.3
    assert np.mean(sampled.chance(x)) == pytest.approx(left.mean(), rel=0.06)


def test_perfectly_separated_data_converges_to_finite_effects() -> None:
    x = design(np.linspace(-1, 1, 60)[:, None])
    model = fit(x, (np.arange(60) >= 30).astype(np.int64), np.arange(60), months=3)
    assert model is not None
    assert 0 < model.weights[0] < 10


def test_contributions_add_up_to_the_log_odds() -> None:
    x, left, who = made(3_000, 0.8)
    x.values[::7, 1] = np.nan
    model = fit(x, left, who, months=3)
    assert model is not None
    _, shares = model.contributions(x)
    assert np.abs(model.base + shares.sum(axis=1) - logit(model.chance(x))).max() < 1e-9
    low, high = model.interval(x)
    assert ((low < model.chance(x)) & (model.chance(x) < high)).all()


def test_repeated_months_of_one_account_do_not_narrow_the_interval() -> None:
    x, left, who = made(800, 0.8)
    once = fit(x, left, who, months=1)
    thrice = fit(design(np.repeat(x.values, 3, axis=0)), np.repeat(left, 3), np.repeat(who, 3),
                 months=3)  # fmt: skip
    assert once is not None
    assert thrice is not None
    assert np.diag(thrice.covariance) == pytest.approx(np.diag(once.covariance), rel=0.02)


def test_auc_by_hand() -> None:
    # Leavers 0.9 and 0.4, stayers 0.4, 0.3, 0.1: of six pairs five are right and one is a tie.
    chance = np.array([0.9, 0.4, 0.4, 0.3, 0.1])
    assert account_risk.auc(chance, np.array([1, 1, 0, 0, 0])) == pytest.approx(5.5 / 6)


def test_lift_and_precision_by_hand() -> None:
    chance = np.linspace(0, 1, 100)
    left = np.zeros(100, np.int64)
    left[[99, 98, 97, 50]] = 1
    found = evaluate(chance, left, np.arange(100), np.zeros(100, np.int64), churns=100)
    assert found.lift_top_decile == pytest.approx((3 / 10) / (4 / 100))
    assert found.precision_at_20 == pytest.approx(3 / 20)
    assert found.base_rate == 0.04
    assert sum(band.rows for band in found.bands) == 100


def test_bootstrap_interval_is_over_accounts() -> None:
    x, left, who = made(600, 1.0)
    chance = expit(x.values[:, 0])
    month = np.zeros(600, np.int64)
    single = evaluate(chance, left, who, month, churns=100)
    tripled = evaluate(np.tile(chance, 3), np.tile(left, 3), np.tile(who, 3), np.tile(month, 3),
                       churns=100)  # fmt: skip
    assert single.auc_low is not None
    assert single.auc_high is not None
    assert tripled.auc_low is not None
    assert tripled.auc_high is not None
    width = single.auc_high - single.auc_low
    assert tripled.auc_high - tripled.auc_low == pytest.approx(width, rel=0.15)


def test_chances_twice_too_sure_have_a_slope_of_a_half() -> None:
    draw = np.random.default_rng(5)
    truth = draw.normal(-2, 1, 30_000)
    left = (draw.random(30_000) < expit(truth)).astype(np.int64)
    found = evaluate(
        expit(2 * truth), left, np.arange(30_000), np.zeros(30_000, np.int64), churns=99
    )
    assert found.slope == pytest.approx(0.5, abs=0.03)


def test_expected_loss_is_chance_times_amount() -> None:
    x, left, who = made(2_000, 0.8)
    model = fit(x, left, who, months=3)
    assert model is not None
    ten = Design(x.names, x.parts, x.values[:10])
    expected, low, high = account_risk.loss_interval(model, ten, [100.0] * 10)
    assert expected == pytest.approx(100 * model.chance(ten).sum())
    assert 0 <= low < expected < high <= 1000
    assert account_risk.loss_interval(model, Design(x.names, x.parts, x.values[:0]), []) == (
        0,
        0,
        0,
    )


def test_recalibration_finds_the_level_and_leaves_open_what_few_rows_do() -> None:
    x, left, who = made(4_000, 0.8)
    model = fit(x, left, who, months=3)
    assert model is not None
    # Months in which only half as many leave.
    later = left * (np.random.default_rng(8).random(len(left)) < 0.5)
    fitted = account_risk.recalibrated(model, x, later, who)
    assert fitted.chance(x).sum() == pytest.approx(later.sum(), rel=1e-3)
    few = slice(0, 800)
    design = Design(x.names, x.parts, x.values[few])
    rough = account_risk.recalibrated(model, design, later[few], who[few])
    amounts = [100.0] * len(x.values)
    _, low, high = account_risk.loss_interval(fitted, x, amounts)
    _, lower, higher = account_risk.loss_interval(rough, x, amounts)
    assert higher - lower > 1.2 * (high - low)
