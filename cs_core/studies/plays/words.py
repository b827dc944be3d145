"""Plays, conditions and reasons in words. Plain text: a screen makes it inert, Slack escapes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cs_core.errors import UsageError
from cs_core.models import health_score
from cs_core.studies.plays.conditions import (
    ChanceAbove,
    ColourChange,
    Condition,
    HealthBelow,
    MrrAtLeast,
    Overdue,
    OwnerLeft,
    RenewalDue,
    UsageDown,
    condition_of,
)
from cs_core.studies.plays.play import Play
from cs_core.text import numbers, plain, t

Reason = Sequence[Any]  # (condition as JSON, the figure beside it or None)


def condition_words(condition: Condition, language: str, currency: str) -> str:
    """A rule: "renewal within 60 days"."""
    return t(
        f"plays.condition.{condition.kind}", language, **_fields(condition, language, currency)
    )


def rule_words(play: Play, language: str, currency: str) -> str:
    """All of a play's conditions."""
    said = [condition_words(condition, language, currency) for condition in play.conditions]
    return t("plays.and", language).join(said)


def reason_words(reason: Reason, language: str, currency: str) -> str:
    """What held, with its numbers: "renewal in 34 days; health 38"."""
    said = []
    for kept, value in reason:
        try:
            condition = condition_of(kept)
        except UsageError:  # kept by a program that knew more kinds
            continue
        said.append(_held_words(condition, value, language, currency))
    return t("plays.semicolon", language).join(said)


def _held_words(condition: Condition, value: float | None, language: str, currency: str) -> str:
    if value is None:
        return condition_words(condition, language, currency)
    fields = _fields(condition, language, currency)
    if isinstance(condition, UsageDown | ChanceAbove):
        fields["found"] = numbers.rate(value, 0)
    elif isinstance(condition, MrrAtLeast):
        fields["found"] = numbers.money(value, currency, language)
    elif isinstance(condition, HealthBelow | ColourChange):
        fields["found"] = health_score.shown(value)
    else:
        fields["found"] = numbers.decimal(value, 0)
    if value == 1 and isinstance(condition, RenewalDue | OwnerLeft | Overdue):
        return t(f"plays.reason_one.{condition.kind}", language)
    return t(f"plays.reason.{condition.kind}", language, **fields)


def _fields(condition: Condition, language: str, currency: str) -> dict[str, str]:
    fields = {name: plain(value) for name, value in condition.as_json().items()}
    for name in ("before", "after"):
        if name in fields:
            fields[name] = t(f"plays.colour.{fields[name]}", language)
    if isinstance(condition, MrrAtLeast):
        fields["amount"] = numbers.money(condition.amount, currency, language)
    if isinstance(condition, UsageDown):
        fields["metric"] = f" ({plain(condition.metric)})" if condition.metric else ""
    return fields
