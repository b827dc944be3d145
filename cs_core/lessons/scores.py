"""Lessons on scores and groups: whom a score finds, and what a comparison proves."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import numpy as np
import pandas

from cs_core.lessons.draws import Draws
from cs_core.lessons.lesson import Figure, Lesson, Outcome, Picture, Setting, Values

NORMAL = NormalDist()
TENTH = 0.10

# -- the top tenth ------------------------------------------------------------------------

AUC = Setting("auc", 0.75, 0.55, 0.95, 0.05, "number", 2)
BASE = Setting("base_rate", 0.03, 0.01, 0.20, 0.01)


def top_tenth(auc: float, base: float, share: float = TENTH) -> tuple[float, float]:
    """Of the share of customers with the highest scores: how many leave, and what part of all
    leavers that is. Scores are normal with the same spread among those who leave and those who
    stay (binormal: AUC is the normal distribution at the distance divided by the root of two)."""
    distance = sqrt(2) * NORMAL.inv_cdf(auc)
    low, high = -10.0, 10.0 + distance
    for _ in range(100):
        cut = (low + high) / 2
        above = (1 - base) * NORMAL.cdf(-cut) + base * NORMAL.cdf(distance - cut)
        low, high = (cut, high) if above > share else (low, cut)
    found = NORMAL.cdf(distance - low)
    return base * found / share, found


def _top_tenth(values: Values, _: int) -> Outcome:
    precision, found = top_tenth(values["auc"], values["base_rate"])
    frame = pandas.DataFrame(
        {
            "name": ["all", "tenth", "found"],
            "value": [values["base_rate"], precision, found],
            "true": [False, True, False],
        }
    )
    return Outcome(
        {
            "precision": Figure(precision, "rate"),
            "stay": Figure(1 - precision, "rate", 0),
            "found": Figure(found, "rate", 0),
            "lift": Figure(precision / values["base_rate"], "number"),
        },
        (Picture("lesson_bars", frame, named=("name",)),),
    )


TOP_TENTH = Lesson(
    "top_tenth",
    "accounts_at_risk",
    _top_tenth,
    (AUC, BASE),
    ("useless", "useful", "certain"),
    "useful",
    "precision",
)

# -- the red ones get better --------------------------------------------------------------

STEADY = Setting("steadiness", 0.50, 0.10, 0.90, 0.10)
ACCOUNTS = 500


def improving(correlation: float, share: float = TENTH) -> float:
    """Of the share with the lowest score: how many have a higher one the next time, nobody doing
    anything. Two normal scores of the same spread with that correlation; the mean over the
    lowest is taken at the middles of 2 000 slices of equal weight."""
    gain = sqrt((1 - correlation) / (1 + correlation))
    slices = 2_000
    scores = (NORMAL.inv_cdf((place + 0.5) / slices * share) for place in range(slices))
    return sum(NORMAL.cdf(-score * gain) for score in scores) / slices


def _red_ones(values: Values, seed: int) -> Outcome:
    correlation = values["steadiness"]
    draws = Draws(seed)
    first = np.array([draws.normal() for _ in range(ACCOUNTS)])
    noise = np.array([draws.normal() for _ in range(ACCOUNTS)])
    second = correlation * first + sqrt(1 - correlation**2) * noise
    lowest = np.argsort(first)[: round(ACCOUNTS * TENTH)]
    better = float((second[lowest] > first[lowest]).mean())
    frame = pandas.DataFrame(
        {
            "name": ["red", "everybody"],
            "value": [better, float((second > first).mean())],
            "true": [True, False],
        }
    )
    return Outcome(
        {
            "better": Figure(improving(correlation), "rate", 0),
            "drawn": Figure(better, "rate", 0),
            "red": Figure(len(lowest), "count", 0),
            "accounts": Figure(ACCOUNTS, "count", 0),
            "tenth": Figure(TENTH, "rate", 0),
        },
        (Picture("lesson_bars", frame, {"digits": 0}, named=("name",)),),
    )


RED_ONES = Lesson(
    "red_ones",
    "accounts_at_risk",
    _red_ones,
    (STEADY,),
    ("before_after", "lot", "willing"),
    "lot",
    "better",
    chance=True,
)

# -- users of a feature -------------------------------------------------------------------

EACH = 500  # large customers, and as many small ones
LARGE_CHURN = Setting("large_churn", 0.01, 0.01, 0.10, 0.01)
SMALL_CHURN = Setting("small_churn", 0.06, 0.01, 0.10, 0.01)
LARGE_USERS = Setting("large_users", 0.72, 0.10, 0.90, 0.02)


def feature_churn(large: float, small: float, use: float) -> tuple[float, float]:
    """Churn of those who use a feature and of those who do not, when size alone decides who
    leaves, `use` of the large and 1 - `use` of the small use it, and there are as many of both."""
    return use * large + (1 - use) * small, (1 - use) * large + use * small


def _feature(values: Values, _: int) -> Outcome:
    large, small = values["large_churn"], values["small_churn"]
    users, others = feature_churn(large, small, values["large_users"])
    frame = pandas.DataFrame(
        {
            "name": [
                "users",
                "others",
                "large_users",
                "large_others",
                "small_users",
                "small_others",
            ],
            "value": [users, others, large, large, small, small],
            "true": [False, False, True, True, True, True],
        }
    )
    return Outcome(
        {
            "users": Figure(users, "rate"),
            "others": Figure(others, "rate"),
            "small_users": Figure(1 - values["large_users"], "rate", 0),
            "gain": Figure(0.0, "points"),
        },
        (Picture("lesson_bars", frame, named=("name",)),),
    )


FEATURE = Lesson(
    "feature",
    "churn",
    _feature,
    (LARGE_CHURN, SMALL_CHURN, LARGE_USERS),
    ("push", "compare", "remove"),
    "compare",
    "gain",
)
