"""The health score by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cs_core.errors import UsageError
from cs_core.models import health_score
from cs_core.models.health_score import Rules, health

NAN = float("nan")


def test_missing_parts_leave_their_weight_to_the_others() -> None:
    scores = {"usage": np.array([40.0, 40.0]), "nps": np.array([100.0, NAN])}
    found = health(scores, Rules((("usage", 30.0), ("nps", 10.0))))
    assert found.score.tolist() == [(40 * 30 + 100 * 10) / 40, 40]
    assert found.share.tolist() == [[75, 25], [100, 0]]
    assert 100 + found.points.sum(axis=1) == pytest.approx(found.score)
    assert (found.points <= 0).all()


def test_nothing_known_has_no_score() -> None:
    found = health({"usage": np.array([NAN])}, Rules((("usage", 30.0),)))
    assert np.isnan(found.score[0])
    assert found.colours == ("",)


def test_colours_change_at_their_thresholds() -> None:
    scores = {"nps": np.array([70.0, 69.9, 40.0, 39.9])}
    found = health(scores, Rules((("nps", 1.0),)))
    assert found.colours == ("green", "yellow", "yellow", "red")
    assert [health_score.shown(score) for score in found.score] == ["70", "69", "40", "39"]


def table(**given: float) -> dict[str, np.ndarray]:
    usual = {
        "used_change": 0.0,
        "usage_peers": 0.0,
        "usage_trend": 0.0,
        "tickets_now": 0.0,
        "tickets_usual": 0.0,
        "tickets_urgent": 0.0,
        "days_silent": 30.0,
        "nps_score": 8.0,
        "days_stayed": 800.0,
        "overdue_now": 0.0,
        "overdue_times": 0.0,
        "days_without_owner": NAN,
        "days_to_renewal": 200.0,
        "mrr": 100e6,
        "mrr_before": 100e6,
    }
    return {name: np.array([value]) for name, value in {**usual, **given}.items()}


@pytest.mark.parametrize(
    ("part", "given", "score"),
    [
        ("usage", {"used_change": 0.0}, 75),
        ("usage", {"used_change": -0.2}, 35),
        ("usage", {"used_change": -0.9}, 0),
        ("usage", {"used_change": NAN}, NAN),
        ("peers", {"usage_peers": 0.0}, 50),
        ("usage_trend", {"usage_trend": np.log(0.8)}, 25),
        ("support", {"tickets_urgent": 2.0}, 50),
        ("support", {"tickets_now": 3.0, "tickets_usual": 1.0}, 70),
        ("support", {"tickets_now": NAN}, NAN),
        ("silence", {"days_silent": 60.0}, 100),
        ("silence", {"days_silent": 300.0}, 40),
        ("nps", {"nps_score": 3.0}, 30),
        ("tenure", {"days_stayed": 60.0}, 50),
        ("tenure", {"days_stayed": 200.0}, 75),
        ("payment", {"overdue_now": 1.0, "overdue_times": 1.0}, 0),
        ("payment", {"overdue_times": 1.0}, 50),
        ("owner", {"days_without_owner": 20.0}, 0),
        ("owner", {"days_without_owner": 400.0}, 60),
        ("renewal", {"days_to_renewal": 30.0}, 30),
        ("renewal", {"days_to_renewal": 75.0}, 65),
        ("mrr", {"mrr": 80e6}, 25),
        ("mrr", {"mrr_before": NAN}, NAN),
    ],
)
def test_rules(part: str, given: dict[str, float], score: float) -> None:
    found = health_score.part_scores(table(**given))[part][0]
    assert found == pytest.approx(score, nan_ok=True)


def test_phases_by_completed_months() -> None:
    days = np.array([0.0, 121.0, 122.0, 395.0, 396.0])
    assert health_score.phases(days) == ["onboarding"] * 2 + ["adoption"] * 2 + ["mature"]


def test_touch_by_given_thresholds() -> None:
    mrr = np.array([5.0, 50.0, 500.0])
    used = health_score.touch_thresholds(mrr, Rules(high_touch=400, low_touch=40))
    assert used == (400, 40)
    assert health_score.touch_tiers(mrr, used) == ["tech", "low", "high"]


def test_touch_by_percentiles_of_everybody() -> None:
    assert health_score.touch_thresholds(np.arange(101.0), Rules()) == (90.0, 50.0)
    assert health_score.touch_thresholds(np.arange(101.0), Rules(low_touch=7)) == (90.0, 7)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"weights": (("luck", 1.0),)}, "unknown_health_part"),
        ({"weights": (("usage", 0.0),)}, "no_health_weight"),
        ({"weights": (("usage", -1.0),)}, "option_out_of_range"),
        ({"green": 40.0, "yellow": 40.0}, "health_thresholds"),
        ({"high_touch": 10.0, "low_touch": 10.0}, "touch_thresholds"),
        ({"high_touch": -1.0}, "touch_thresholds"),
    ],
)
def test_rules_that_make_no_sense_are_refused(given: dict[str, object], code: str) -> None:
    with pytest.raises(UsageError) as refused:
        Rules(**given)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_rules_survive_being_kept() -> None:
    rules = Rules((("usage", 3.0), ("nps", 2.0)), green=80, yellow=50, high_touch=100.0)
    assert Rules.of(rules.as_json()) == rules
