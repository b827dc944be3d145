"""Reasons, plays and ranges of accounts at risk in words."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from cs_core.domain.money import MICROS
from cs_core.models import health_score
from cs_core.studies.risk import Present, Rules
from cs_core.text import numbers, plain
from cs_core.text.speaker import Speaker

WORTH_NAMING = 0.1  # of the log-odds; in points of health 1
CHIPS = 3
LONG_SILENCE = 45  # days; a shorter one is no reason to call
NEW_MONTHS = 12
# Half-width characters the column of reasons holds, and what the edges of one chip take.
_ROOM, _EDGES = 34, 4
_SHARES = ("usage", "usage_trend", "mrr")
_KNOWN = (
    "usage",
    "usage_trend",
    "peers",
    "support",
    "silence",
    "nps",
    "tenure",
    "payment",
    "owner",
    "renewal",
    "mrr",
    "size",
    "plan",
    "returned",
)


def reason(speaker: Speaker, item: Mapping[str, Any]) -> str:
    """A few words for one reason, as plain text."""
    part, value = str(item["part"]), item["value"]
    if part not in _KNOWN:  # a column of the person's own
        return f"{plain(part)}: {plain(value)}"
    if value is None:
        return speaker.t(f"risk.part.{part}")
    if part in _SHARES:
        said = numbers.rate(value, 0)
        said = said if said.startswith(numbers.MINUS) else f"+{said}"
    elif part == "peers":
        said = numbers.rate(max(value, 0.01), 0)
    elif part == "size":
        said = numbers.money(value, speaker.currency, speaker.language)
    elif part == "plan":
        said = plain(value)
    elif isinstance(value, str):  # since when a payment was overdue that is no longer
        day = date.fromisoformat(value)
        return speaker.t(
            "risk.reason.payment_over", month=numbers.month_name(day, speaker.language)
        )
    else:
        said = numbers.decimal(value, 0)
    key = f"risk.reason.{part}"
    if part == "tenure" and value <= NEW_MONTHS:
        key += "_new" if value >= 1 else "_first"
    if part in ("renewal", "owner", "support") and value == 1:
        key += "_one"
    return speaker.t(key, value=said)


def chips(speaker: Speaker, reasons: Sequence[Mapping[str, Any]], chance: bool) -> list[str]:
    """What speaks for leaving, the strongest first."""
    sign, least = (1, WORTH_NAMING) if chance else (-1, 1.0)
    said = [
        reason(speaker, item)
        for item in reasons
        if item["part"] != "other"
        and sign * item["contribution"] >= least
        and _reads_as_one(str(item["part"]), item["value"])
    ]
    return said[:CHIPS]


def fitting(chips: Sequence[str]) -> list[str]:
    """As many as the column holds uncut; the account's own line has them all."""
    shown: list[str] = []
    taken = 0
    for chip in chips:
        wide = sum(unicodedata.east_asian_width(character) in "WF" for character in chip)
        taken += len(chip) + wide + _EDGES
        if shown and taken > _ROOM:
            break
        shown.append(chip)
    return shown


def _reads_as_one(part: str, value: Any) -> bool:
    """Whether people would take it for a reason. On little data the model may hold a rise against
    an account; the contributions under “How computed” show that, a list of calls need not."""
    if not isinstance(value, float):
        return True
    if part in _SHARES:
        return value < 0
    bounds = {"peers": value < 0.5, "nps": value < 9, "silence": value >= LONG_SILENCE}
    return bounds.get(part, value > 0 or part not in ("support", "payment"))


def column(speaker: Speaker, key: str, **fields: Any) -> str:
    """A column's name; money in no named currency has no mark."""
    return without_mark(
        speaker.t(f"page.accounts_at_risk.column.{key}", mark=mark(speaker), **fields)
    )


def mark(speaker: Speaker) -> str:
    known = speaker.currency != "XXX"
    return numbers.currency_mark(speaker.currency, speaker.language) if known else ""


def without_mark(said: str) -> str:
    """ "MRR ()" as "MRR"."""
    return said.replace("()", "").rstrip()


def tiers(speaker: Speaker, of: Present, rules: Rules) -> str:
    """The rules of phases and touch tiers, with the thresholds that hold."""
    high, low = health_score.touch_thresholds(of.everybody / MICROS, rules)
    given = "given" if "touch" in of.given else "mrr"
    return speaker.t(
        f"risk.rules.{given}",
        high=numbers.money(round(high, 2), speaker.currency, speaker.language),
        low=numbers.money(round(low, 2), speaker.currency, speaker.language),
    )


def interval(low: Any, high: Any) -> str:
    if low is None or high is None or low != low or high != high:
        return numbers.MISSING
    return f"{numbers.rate(low, 0).removesuffix('%')}–{numbers.rate(high, 0)}"


def health(score: Any, colour: Any) -> str:
    marks = {"green": "●", "yellow": "▲", "red": "■"}
    if colour not in marks:
        return numbers.MISSING
    return f"{marks[colour]} {health_score.shown(score)}"


def play(speaker: Speaker, code: Any) -> str:
    return speaker.t(f"risk.play.{code}") if isinstance(code, str) else ""


def colour(speaker: Speaker, code: str) -> str:
    marks = {"green": "●", "yellow": "▲", "red": "■"}
    return f"{marks[code]} {speaker.t(f'chart.at_risk.{code}')}"
