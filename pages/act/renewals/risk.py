"""What the scores of accounts at risk say of the contracts that are due."""

from __future__ import annotations

from dataclasses import dataclass

import pandas

from cs_core.errors import KeizokuError
from cs_core.reports import reasons as risk_words
from cs_core.text import numbers
from pages.frame import loaders
from pages.frame.here import Here
from pages.shared import risk_study

MOST_LINES = loaders.SLOW_FROM  # learning from larger data takes too long beside a list


@dataclass(frozen=True)
class Risk:
    """By account: its health and, where the model predicts, its chance to leave, in words."""

    health: dict[str, str]
    chance: dict[str, str]


def is_quick(on: Here) -> bool:
    """Whether it was asked before, so that it costs nothing now."""
    if on.info.lines > MOST_LINES:
        return True
    return not loaders.is_new(on.dataset, "risk-known", (risk_study.options(on),))


def known(on: Here) -> Risk | None:
    """None where the data cannot be scored, or is too large to be scored in passing."""
    if on.info.lines > MOST_LINES:
        return None
    try:
        study = risk_study.study(on, on.dataset.health_rules)
    except KeizokuError:
        return None
    frame = study.frame
    health = {
        account: risk_words.health(score, colour)
        for account, score, colour in zip(
            frame["account_id"], frame["health"], frame["colour"], strict=True
        )
        if not pandas.isna(score)
    }
    chance: dict[str, str] = {}
    if study.predictive:
        chance = {
            account: numbers.rate(p, 0)
            for account, p in zip(frame["account_id"], frame["probability"], strict=True)
            if not pandas.isna(p)
        }
    return Risk(health, chance)
