"""Health from 0 to 100 by rules anybody can check: weighted parts, each 0-100 with its own rule.

A part that nothing is known of is left out and the other weights are scaled up to 100; the score
says what it was made of. Nothing here is fitted: that a low score means a coming departure is for
the evaluation to show.

Columns used (one number a customer, NaN where unknown): used_change (share against the mean of up
to twelve months before), usage_peers (standard deviations from customers of the same plan),
usage_trend (logarithm of the last three months over the three before), tickets_now, tickets_usual
(a month), tickets_urgent (three months), days_silent, nps_score (0-10), days_stayed,
overdue_now, overdue_times, days_without_owner, days_to_renewal, mrr, mrr_before (three months
earlier).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from cs_core.errors import UsageError

Floats = NDArray[np.float64]

WEIGHTS: Mapping[str, float] = {
    "usage": 20,
    "peers": 24,
    "usage_trend": 14,
    "support": 6,
    "silence": 2,
    "nps": 16,
    "tenure": 6,
    "payment": 5,
    "owner": 3,
    "renewal": 2,
    "mrr": 2,
}
# What of the data a part needs, by the names of `risk.rows` and `plays.past`.
NEEDS: Mapping[str, str] = {
    "usage": "usage",
    "peers": "usage",
    "usage_trend": "usage",
    "support": "tickets",
    "silence": "tickets",
    "nps": "nps",
    "owner": "owners",
    "payment": "past_due",
}
COLOURS = ("green", "yellow", "red")
PHASES = ("onboarding", "adoption", "mature")
TOUCHES = ("high", "low", "tech")
DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Rules:
    """What a person may change. `weights` by part (0 leaves a part out), green from `green` on,
    red below `yellow`; `high_touch` and `low_touch` are MRR thresholds, None for the 90th and
    50th percentile of today's customers."""

    weights: tuple[tuple[str, float], ...] = field(default=tuple(WEIGHTS.items()))
    green: float = 70.0
    yellow: float = 40.0
    high_touch: float | None = None
    low_touch: float | None = None

    def __post_init__(self) -> None:
        given = dict(self.weights)
        for part, weight in given.items():
            if part not in WEIGHTS:
                raise UsageError("unknown_health_part", part=part, known=", ".join(WEIGHTS))
            if not 0 <= weight <= 100:
                raise UsageError("option_out_of_range", option=part, value=weight, low=0, high=100)
        if not any(given.values()):
            raise UsageError("no_health_weight")
        if not 0 < self.yellow < self.green <= 100:
            raise UsageError("health_thresholds", green=self.green, yellow=self.yellow)
        high, low = self.high_touch, self.low_touch
        if min(high or 0.0, low or 0.0) < 0 or (None not in (high, low) and high <= low):  # type: ignore[operator]
            raise UsageError("touch_thresholds", high=high, low=low)

    def as_json(self) -> dict[str, Any]:
        return {
            "weights": dict(self.weights),
            "green": self.green,
            "yellow": self.yellow,
            "high_touch": self.high_touch,
            "low_touch": self.low_touch,
        }

    @staticmethod
    def of(kept: Mapping[str, Any]) -> Rules:
        """From what `as_json` gave. Raises UsageError for what is no rule."""
        return Rules(
            tuple((str(part), float(weight)) for part, weight in kept["weights"].items()),
            float(kept["green"]),
            float(kept["yellow"]),
            kept.get("high_touch"),
            kept.get("low_touch"),
        )


def part_scores(table: Mapping[str, Floats]) -> dict[str, Floats]:
    """0-100 by part, NaN where nothing is known. The rule of each stands beside it; people read
    it as `risk.rule.<part>`."""
    months = np.floor(table["days_stayed"] / DAYS_A_MONTH + 1e-9)
    busy = (table["tickets_now"] >= 2) & (table["tickets_now"] > 2 * table["tickets_usual"])
    change = table["mrr"] / np.where(table["mrr_before"] > 0, table["mrr_before"], np.nan) - 1
    renewal = table["days_to_renewal"]
    overdue = np.where(table["overdue_times"] > 0, 50.0, 100.0)
    gone = table["days_without_owner"]
    return {
        # 75 at the usual level, 100 from 12 % above it, 0 from 38 % below it.
        "usage": np.clip(75 + 200 * table["used_change"], 0, 100),
        # The share of customers of the same plan that use less for what they pay.
        "peers": 100 * ndtr(table["usage_peers"]),
        # 75 when level, 100 from 10 % up, 0 from 30 % down.
        "usage_trend": 75 + np.clip(250 * (np.exp(table["usage_trend"]) - 1), -75, 25),
        # 100, less 25 for each urgent contact of three months, less 30 for twice the usual number.
        "support": np.clip(100 - 25 * table["tickets_urgent"] - 30 * busy, 0, 100)
        + 0 * table["tickets_now"],
        # 100 up to 60 days without contact, 40 from 180 days on; who never wrote has no score.
        "silence": 100 - 60 * np.clip((table["days_silent"] - 60) / 120, 0, 1),
        # Ten times the last answer of the year.
        "nps": 10 * table["nps_score"],
        # Onboarding 50, adoption 75, mature 100.
        "tenure": np.where(months <= 3, 50.0, np.where(months <= 12, 75.0, 100.0)),
        # Overdue now 0, in the last half year 50, otherwise 100.
        "payment": np.where(table["overdue_now"] > 0, 0.0, overdue) + 0 * table["overdue_now"],
        # Left in the last half year 0, earlier 60, otherwise 100.
        "owner": np.where(np.isnan(gone), 100.0, np.where(gone <= 183, 0.0, 60.0)),
        # 30 up to 30 days before the renewal, rising to 100 at 120 days; no term, no score.
        "renewal": 30 + 70 * np.clip((renewal - 30) / 90, 0, 1),
        # 75 at the MRR of three months ago, 100 from 10 % above it, 0 from 30 % below it.
        "mrr": np.clip(75 + 250 * change, 0, 100),
    }


@dataclass(frozen=True)
class Health:
    """Scores of many customers. `points` is customers x parts: how far each part pulls the score
    below 100 (never above 0); 100 plus their sum is the score. `share` is each part's weight after
    scaling, adding up to 100; 0 where it was left out."""

    score: Floats
    colours: tuple[str, ...]
    parts: tuple[str, ...]
    points: Floats
    share: Floats


def health(scores: Mapping[str, Floats], rules: Rules) -> Health:
    """The weighted mean of what is known of each customer. A customer of whom no weighted part is
    known has no score (NaN) and no colour."""
    weights = dict(rules.weights)
    parts = tuple(part for part in scores if weights.get(part, 0) > 0)
    table = np.column_stack([scores[part] for part in parts])
    known = ~np.isnan(table)
    weight = known * np.array([float(weights[part]) for part in parts])
    whole = weight.sum(axis=1, keepdims=True)
    share = 100 * np.divide(weight, whole, out=np.zeros_like(weight), where=whole > 0)
    points = -share / 100 * (100 - np.where(known, table, 100.0))
    score = scored(scores, rules)
    return Health(score, tuple(colour(value, rules) for value in score), parts, points, share)


def scored(scores: Mapping[str, Floats], rules: Rules) -> Floats:
    """The scores alone, part by part: for the millions of rows of many customers on many days.
    Nine decimals, so that a threshold is met the same way by every door."""
    lost, whole = np.zeros(1), np.zeros(1)
    for part, weight in rules.weights:
        if weight > 0 and part in scores:
            held = scores[part]
            known = ~np.isnan(held)
            lost = lost + np.where(known, weight * (100 - held), 0.0)
            whole = whole + weight * known
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.round(100 - lost / whole, 9)
    return found


def shown(score: float) -> str:
    """In whole points, rounded down: 69.7 has not reached 70."""
    return str(int(score + 1e-9))


def colour(score: float, rules: Rules) -> str:
    if np.isnan(score):
        return ""
    return "green" if score >= rules.green else "yellow" if score >= rules.yellow else "red"


def phases(days_stayed: Floats) -> list[str]:
    """onboarding to 3 completed months, adoption to 12, mature after."""
    months = np.floor(days_stayed / DAYS_A_MONTH + 1e-9)
    return [PHASES[0] if m <= 3 else PHASES[1] if m <= 12 else PHASES[2] for m in months]


def touch_thresholds(everybody: Floats, rules: Rules) -> tuple[float, float]:
    """The MRR from which a customer is high, and from which it is low touch."""
    if len(everybody) == 0:
        return 0.0, 0.0
    high = float(np.quantile(everybody, 0.9)) if rules.high_touch is None else rules.high_touch
    low = float(np.quantile(everybody, 0.5)) if rules.low_touch is None else rules.low_touch
    return high, low


def touch_tiers(mrr: Floats, thresholds: tuple[float, float]) -> list[str]:
    """high, low or tech touch by MRR."""
    high, low = thresholds
    return [TOUCHES[0] if m >= high else TOUCHES[1] if m >= low else TOUCHES[2] for m in mrr]


def loyal(table: Mapping[str, Floats], colours: Sequence[str]) -> NDArray[np.bool_]:
    """Green, a customer for two years or more, using at least 90 % of the usual, not smaller than
    three months ago, and not below 9 in the last NPS answer; what is unknown does not count
    against anybody."""
    green = np.array([name == "green" for name in colours], dtype=bool)
    held: NDArray[np.bool_] = (
        green
        & (table["days_stayed"] >= 730)
        & ~(table["used_change"] < -0.1)
        & ~(table["mrr"] < table["mrr_before"])
        & ~(table["nps_score"] < 9)
    )
    return held


def ready_for_more(table: Mapping[str, Floats], colours: Sequence[str]) -> NDArray[np.bool_]:
    """Green, past onboarding, using a quarter more than usual or more than five in six customers
    of the plan for what they pay, MRR no larger than three months ago, and not below 7 in the last
    NPS answer."""
    green = np.array([name == "green" for name in colours], dtype=bool)
    eager = (table["used_change"] >= 0.25) | (table["usage_peers"] >= 0.97)
    held: NDArray[np.bool_] = (
        green
        & eager
        & (table["days_stayed"] > 3 * DAYS_A_MONTH)
        & ~(table["mrr"] > table["mrr_before"])
        & ~(table["nps_score"] < 7)
    )
    return held
