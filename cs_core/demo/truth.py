"""What is planted in the made-up company: every number here is the truth a model may find.

Probabilities are per month for a customer who pays monthly, before the multipliers. A customer
with an annual contract can leave only when its term ends, with the probability of
`ANNUAL_MONTHS` monthly chances.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

PHASES = ("onboarding", "adoption", "mature")
PHASE_LAST_MONTH = (3, 12)  # the last completed month of tenure in the first two phases
PLANS = ("Starter", "Team", "Business", "Enterprise")
YEN_PER_LICENCE = np.array([1_280, 1_580, 1_980, 2_480])  # a month, before the price change
MONTHS_PAID_A_YEAR = 10  # an annual contract has two months free
HAZARD = np.array(  # phase x plan
    [
        [0.062, 0.042, 0.026, 0.012],
        [0.038, 0.026, 0.015, 0.008],
        [0.024, 0.016, 0.010, 0.006],
    ]
)
ANNUAL_MONTHS = 6.0
ANNUAL_SHARE = np.array([0.12, 0.30, 0.50, 0.80])  # by plan

# Segment -> value -> (share of the accounts, multiplier of the chance to leave)
SEGMENTS: dict[str, dict[str, tuple[float, float]]] = {
    "country": {"JP": (0.62, 1.0), "US": (0.18, 1.15), "SG": (0.11, 1.25), "DE": (0.09, 0.9)},
    "industry": {
        "SaaS": (0.24, 1.0),
        "Retail": (0.22, 1.25),
        "Manufacturing": (0.20, 0.8),
        "Healthcare": (0.13, 0.85),
        "Education": (0.11, 1.1),
        "Logistics": (0.10, 1.0),
    },
    "channel": {
        "organic": (0.34, 1.0),
        "paid ads": (0.30, 1.4),
        "partner": (0.20, 0.85),
        "referral": (0.16, 0.7),
    },
    "size": {"1-10": (0.44, 1.0), "11-50": (0.33, 1.0), "51-200": (0.17, 1.0), "201+": (0.06, 1.0)},
    "owner": {
        "Aoki": (0.25, 1.0),
        "Baker": (0.25, 1.0),
        "Hayashi": (0.25, 1.0),
        "Suzuki": (0.25, 1.0),
    },
}
LICENCES = np.array([3, 6, 13, 30])  # typical number, by size
PLAN_BY_SIZE = np.array(  # chance of each plan, by size
    [
        [0.78, 0.20, 0.02, 0.00],
        [0.22, 0.60, 0.17, 0.01],
        [0.04, 0.30, 0.54, 0.12],
        [0, 0.05, 0.4, 0.55],
    ]
)

# January first.
SIGNUP_SEASON = np.array([0.85, 0.95, 1.1, 1.5, 1.05, 0.95, 0.95, 0.7, 1.05, 1.25, 1.0, 0.7])
CHURN_SEASON = np.array([1.0, 1.0, 1.35, 1.05, 0.95, 0.95, 0.95, 0.95, 1.15, 1.0, 0.95, 0.85])

TRIAL_SHARE = 0.55
TRIAL_DAYS = (14, 30)
TRIAL_CONVERSION = 0.74
INVOLUNTARY_SHARE = 0.16  # of those who leave a monthly plan; their card failed
RETURN_SHARE = 0.09  # of those who leave, between 2 and 10 months later
ENGAGEMENT_EFFECT = 0.8  # the chance to leave is multiplied by exp(-effect x engagement)
OWNER_LEFT_A_MONTH = 0.004
EXPANSION, CONTRACTION, UPGRADE, DOWNGRADE, PAUSE = 0.046, 0.010, 0.006, 0.003, 0.001


@dataclass(frozen=True)
class Event:
    """Something that happened to the company. It multiplies the chance to leave by `multiplier`
    on days in [`start`, `end`); `phase` limits it to customers in that phase of their tenure."""

    kind: str
    start: date
    end: date
    multiplier: float
    phase: str | None = None
    detail: str = ""


ONBOARDING_PROBLEM = Event(
    "onboarding_problem",
    date(2023, 7, 1),
    date(2024, 2, 1),
    3.0,
    "onboarding",
    "a new set-up assistant sent people in circles; taken back on the end date",
)
PRICE_CHANGE = Event(
    "price_change",
    date(2024, 4, 1),
    date(2024, 7, 1),
    1.6,
    None,
    "new list prices from the start date, for existing customers from their next bill",
)
PRICE_RISE_PERCENT = 8
OWNER_LEFT_MULTIPLIER, OWNER_LEFT_MONTHS = 2.2, 3
EVENTS = (ONBOARDING_PROBLEM, PRICE_CHANGE)


def as_json() -> dict[str, Any]:
    """The planted truth, for truth.json."""
    return {
        "phases": {
            "onboarding": "0-3 completed months",
            "adoption": "4-12",
            "mature": "13 and more",
        },
        "monthly_hazard": {
            phase: dict(zip(PLANS, map(float, row), strict=True))
            for phase, row in zip(PHASES, HAZARD, strict=True)
        },
        "annual_contract": {
            "share": dict(zip(PLANS, map(float, ANNUAL_SHARE), strict=True)),
            "chance_to_leave_at_term_end": f"1 - (1 - monthly hazard) ** {ANNUAL_MONTHS:g}",
            "months_paid_a_year": MONTHS_PAID_A_YEAR,
        },
        "hazard_multipliers": {
            segment: {value: multiplier for value, (_, multiplier) in values.items()}
            for segment, values in SEGMENTS.items()
        },
        "engagement": f"hazard x exp(-{ENGAGEMENT_EFFECT:g} x engagement); usage and NPS show it",
        "contract_owner_left": {"multiplier": OWNER_LEFT_MULTIPLIER, "months": OWNER_LEFT_MONTHS},
        "season": {"signups": SIGNUP_SEASON.tolist(), "churn": CHURN_SEASON.tolist()},
        "events": [
            {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(event).items()}
            for event in EVENTS
        ],
        "price_rise_percent": PRICE_RISE_PERCENT,
        "trials": {"share": TRIAL_SHARE, "conversion": TRIAL_CONVERSION},
        "involuntary_share": INVOLUNTARY_SHARE,
        "return_share": RETURN_SHARE,
        "monthly_chances": {
            "expansion": EXPANSION,
            "contraction": CONTRACTION,
            "upgrade": UPGRADE,
            "downgrade": DOWNGRADE,
            "pause": PAUSE,
        },
    }
