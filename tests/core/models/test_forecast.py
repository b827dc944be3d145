"""The forecast and the sentences. The full simulation is in tests/bench/models_trend.py."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from cs_core.models.churn_facts import (
    forecast_fact,
    mix_fact,
    outside_fact,
    trend_fact,
)
from cs_core.models.forecast import forecast
from cs_core.models.mix_shift import mix_shift
from cs_core.models.trend import change_points, p_chart
from cs_core.text import LANGUAGES, catalogue, t


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def seasonal(rng: np.random.Generator, months: int) -> tuple[np.ndarray, np.ndarray]:
    """Opening and lost of a company with a yearly season."""
    opening = np.round(rng.uniform(150, 2000) * 1.005 ** np.arange(months)).astype(int)
    wave = rng.uniform(0.1, 0.5) * np.sin(2 * np.pi * (np.arange(months) + rng.integers(12)) / 12)
    return opening, rng.binomial(opening, rng.uniform(0.015, 0.07) * np.exp(wave))


def test_intervals_cover_what_follows() -> None:
    rng = np.random.default_rng(11)
    inside80, inside95, better = [], [], 0
    for _ in range(20):
        opening, lost = seasonal(rng, 66)
        result = forecast(opening[:60], lost[:60])
        later = lost[60:] / opening[60:]
        inside80 += [s.low80 <= r <= s.high80 for s, r in zip(result.steps, later, strict=True)]
        inside95 += [s.low95 <= r <= s.high95 for s, r in zip(result.steps, later, strict=True)]
        mean = np.mean([abs(s.rate - r) for s, r in zip(result.steps, later, strict=True)])
        better += mean < np.mean(np.abs(later - result.naive))
    # 120 steps, about 40 of them independent: three standard errors.
    assert 0.61 <= np.mean(inside80) <= 0.97
    assert np.mean(inside95) >= 0.84
    assert better >= 15


def test_what_it_reports_is_what_it_shows() -> None:
    opening, lost = seasonal(np.random.default_rng(12), 60)
    result = forecast(opening, lost)
    assert result.beats_naive == (result.model_error < result.naive_error)
    assert result.origins == 24
    assert result.naive == lost[-6:].sum() / opening[-6:].sum()
    for step in result.steps:
        assert 0 <= step.low95 <= step.low80 <= step.rate <= step.high80 <= step.high95 <= 1
    assert 0.5 < result.coverage80 < result.coverage95 <= 1


def test_naive_is_shown_where_nothing_beats_it() -> None:
    # The same number leaves every month; the last six are the truth itself.
    result = forecast([100] * 40, [3] * 40)
    assert not result.beats_naive
    assert result.naive_error == 0
    assert {step.rate for step in result.steps} == {0.03}
    assert result.notes == ("naive_is_better",)
    assert forecast_fact(result).key == "forecast_naive"


@pytest.mark.parametrize(
    ("opening", "lost", "note"),
    [
        ([12] * 5, [0, 1, 0, 2, 0], "short_series"),
        ([12] * 30, [0] * 30, "no_variation"),
        ([5] * 13, [5] * 13, "no_variation"),
        ([0, 0], [0, 0], "nothing_observed"),
        ([], [], "nothing_observed"),
    ],
)
def test_without_a_back_test_there_is_no_interval(opening, lost, note) -> None:
    result = forecast(opening, lost)
    assert result.notes == (note,)
    assert result.model is None
    assert {step.low80 for step in result.steps} <= {None}
    if note in ("no_variation", "nothing_observed"):
        assert result.steps == ()
    else:
        assert result.steps[0].rate == sum(lost[-6:]) / sum(opening[-6:])


@pytest.mark.parametrize("season", [1, 4, 52])
def test_other_periods_and_gaps(season) -> None:
    rng = np.random.default_rng(13)
    opening = np.array([0] * 3 + [200] * 20 + [0] * 2 + [300] * 20)
    result = forecast(opening, rng.binomial(opening, 0.05), season=season, horizon=4)
    assert len(result.steps) == 4
    assert np.isfinite(list(vars(result.steps[3]).values())).all()
    assert np.isfinite([result.model_error, result.naive_error]).all()


def test_facts_are_true_and_have_their_sentence() -> None:
    rng = np.random.default_rng(14)
    quiet = [12] * 36
    loud = [12] * 24 + [24] * 11 + [60]
    assert trend_fact(p_chart([400] * 36, quiet), []).key == "steady"
    chart = p_chart([400] * 36, loud)
    fact = trend_fact(chart, change_points([400] * 36, loud))
    assert (fact.key, fact.fields["until"]) == ("rose", 23)
    assert trend_fact(p_chart([400] * 4, quiet[:4]), []).key == "too_short"
    assert trend_fact(p_chart([0], [0]), []).key == "nothing"
    assert outside_fact(p_chart([400] * 36, quiet)).key == "none_outside"
    fact = outside_fact(chart)
    assert (fact.key, fact.fields["period"], fact.fields["rate"]) == ("one_outside_above", 35, 0.15)
    assert fact.fields["rate"] > fact.fields["limit"]
    before = {"monthly": (200, 20), "yearly": (800, 16)}
    for monthly, yearly, key in (
        ((600, 54), (400, 4), "simpson_rise"),
        ((200, 20), (800, 16), "mix_unchanged"),
        ((200, 40), (800, 16), "mix_mostly_rates"),
        ((400, 40), (600, 12), "mix_mostly_mix"),
        ((600, 54), (400, 9), "mix_reversed"),
    ):
        assert mix_fact(mix_shift(before, {"monthly": monthly, "yearly": yearly})).key == key
    assert mix_fact(None).key == "mix_unknown"
    opening, lost = seasonal(rng, 40)
    facts = [
        forecast_fact(forecast(opening, lost)),
        forecast_fact(forecast(opening[:5], lost[:5])),
        forecast_fact(forecast([], [])),
        fact,
    ]
    for fact in facts:
        for language in LANGUAGES:
            assert "{" not in t(f"model.fact.{fact.key}", language, **fact.fields)


def test_every_code_has_a_text() -> None:
    from pathlib import Path
    from re import findall

    folder = Path(__file__).resolve().parents[3] / "cs_core" / "models"
    source = (folder / "churn_facts.py").read_text("utf-8")
    facts = set(findall(r'Fact\(\s*"(\w+)"', source))
    assert len(facts) >= 7
    for language in LANGUAGES:
        assert {f"model.fact.{key}" for key in facts} <= set(catalogue(language))
