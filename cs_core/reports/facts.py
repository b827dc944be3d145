"""The models' facts in words: rates, points and periods as the language writes them."""

from __future__ import annotations

from collections.abc import Sequence

from cs_core.models.churn_facts import Fact
from cs_core.text import numbers
from cs_core.text.speaker import Speaker

_RATES = {"before", "after", "limit", "low", "high"}
_ERRORS = ("error", "naive_error")


def sentence(speaker: Speaker, fact: Fact, periods: Sequence[str], grain: str) -> str:
    """In Markdown, its first words bold. `periods` are the labels the fact's indexes mean, `grain`
    what they are: month, week, quarter or year."""
    shift = fact.key.startswith(("mix", "simpson"))
    said: dict[str, object] = {}
    errors = {name: fact.fields[name] for name in _ERRORS if fact.fields.get(name) is not None}
    if errors:
        said.update(zip(errors, points_off(*map(float, map(str, errors.values()))), strict=True))
    for name, value in fact.fields.items():
        if name in said:
            continue
        if name in ("period", "until"):
            said[name] = numbers.period(periods[int(str(value))], speaker.language)
        elif name == "p":
            p = float(str(value))
            said[name] = speaker.t("page.churn.below", p="0.001") if p < 0.001 else probability(p)
        elif value is None:
            said[name] = numbers.MISSING
        elif shift:
            said[name] = numbers.points(float(str(value)), 2)
        elif name in _RATES or name == "rate":
            said[name] = numbers.rate(float(str(value)))
        elif name == "levels":
            said[name] = numbers.count(int(str(value)))
        else:
            said[name] = span(speaker, grain, int(str(value)))
    return speaker.t(f"model.fact.{fact.key}", **said)


def span(speaker: Speaker, grain: str, periods: int) -> str:
    """So many of the chosen periods: 24 months, 13 weeks."""
    return speaker.t(f"filter.span.{grain}", n=numbers.count(periods))


def plainly(text: str) -> str:
    """The same without bold, for a card's muted line."""
    return text.replace("**", "")


def points_off(*errors: float) -> list[str]:
    """Sizes of errors in percentage points, with as many digits as tell them apart: 0.9 pt and
    0.8 pt, 0.21 pt where rates are small, 2.31 pt and 2.28 pt."""
    for digits in range(1 if min(errors) >= 0.005 else 2, 4):
        said = [numbers.points(error, digits).removeprefix("+") for error in errors]
        if len(set(said)) == len(set(errors)):
            break
    return said


def probability(p: float) -> str:
    return "< 0.001" if p < 0.001 else numbers.decimal(p, 3 if p < 0.01 else 2)
