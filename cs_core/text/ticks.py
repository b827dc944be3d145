"""The same rules for axis ticks, as Vega expressions over `datum.value`.

An axis makes its own values in the browser, so Python cannot format them. Only `format` with a
plain pattern is used, whose commas and points are the same in both languages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from cs_core.text.numbers import (
    ENGLISH_STEPS,
    JAPANESE_STEPS,
    JAPANESE_UNITS,
    MINUS,
    MONTHS,
)


def words(names: Mapping[str, str]) -> str:
    """Ticks that stand for keys: {"new": "New"} shows the word; an unknown key shows itself."""
    return f"({json.dumps(dict(names), ensure_ascii=False)})[datum.value] || datum.value"


def money(currency: str, language: str) -> str:
    """20.6M, −500k; 2,060万円, −50万円. English leaves the symbol to the card's line."""
    unit = JAPANESE_UNITS.get(currency, "") if language == "ja" else ""
    steps = JAPANESE_STEPS if language == "ja" else ENGLISH_STEPS
    size = "abs(datum.value)"
    text = f"format({size}, ',') + (datum.value ? '{unit}' : '')"
    for start, divisor, _, suffix in reversed(steps):
        part = f"format(round({size} / {divisor} * 100) / 100, ',') + '{suffix}{unit}'"
        text = f"{size} >= {start} ? {part} : ({text})"
    return f"(datum.value < 0 ? '{MINUS}' : '') + ({text})"


def rate() -> str:
    """A share of 1 in per cent with as many digits as it needs: 75%, 2.5%, 2.95%, −10%."""
    size = "round(abs(datum.value) * 100000) / 1000"
    return f"(datum.value < 0 ? '{MINUS}' : '') + {size} + '%'"


def number() -> str:
    """A whole number: 20, −10."""
    return f"(datum.value < 0 ? '{MINUS}' : '') + format(abs(datum.value), ',')"


_YEAR_WIDTH = 44  # pixels that "2026年" takes with some room


def periods(language: str, scale: str = "x") -> str:
    """Period labels on a text axis: up to 8 all, then each third month (Jan, Apr, Jul, Oct), past
    36 only January; weeks each fourth, thirteenth, or the first of a year. The year stands under
    the first of each year, under the first of few, and under the first week that is named."""
    value = "datum.value"
    many = f"length(domain('{scale}'))"
    year = f"slice({value}, 0, 4) + '年'" if language == "ja" else f"slice({value}, 0, 4)"
    number = _number(value)
    month = f"{number} + '月'" if language == "ja" else f"{json.dumps(list(MONTHS))}[{number} - 1]"
    name = f"({value}[5] == 'Q' ? 'Q' + {number} : {value}[5] == 'W' ? 'W' + {number} : {month})"
    step = (
        f"({value}[5] == 'Q' ? ({many} > 16 ? 4 : 1)"
        f" : {value}[5] == 'W' ? ({many} > 110 ? 53 : {many} > 60 ? 13 : {many} > 8 ? 4 : 1)"
        f" : {many} <= 8 ? 1 : {many} > 36 ? 12 : {many} > 18 && width < 300 ? 6 : 3)"
    )
    place = f"indexof(domain('{scale}'), {value})"
    with_year = (
        f"{number} == 1 || ({many} <= 8 && {place} == 0)"
        f" || ({value}[5] == 'W' && {many} <= 110 && {place} < {step})"
    )
    # Where only the first of a year is named, years that would write over each other are left out.
    in_a_year = f"(length({value}) < 5 ? 1 : {value}[5] == 'Q' ? 4 : {value}[5] == 'W' ? 52 : 12)"
    yearly = f"({in_a_year} == 1 || {step} >= {in_a_year})"
    apart = f"max(1, ceil({many} / {in_a_year} * {_YEAR_WIDTH} / width))"
    left_out = f"{yearly} && toNumber(slice({value}, 0, 4)) % {apart} != 0"
    return (
        f"{left_out} ? '' : length({value}) < 5 ? {value} : ({number} - 1) % {step} != 0 ? ''"
        f" : {with_year} ? [{name}, {year}] : {name}"
    )


def short_periods(language: str) -> str:
    """Period labels at the head of rows, as `numbers.short_period` writes them."""
    value = "datum.value"
    year, short = f"slice({value}, 0, 4)", f"slice({value}, 2, 4) + '年'"
    number = _number(value)
    if language == "ja":
        month, quarter = f"{short} + {number} + '月'", f"{short} + 'Q' + {number}"
        week, alone = f"{short} + {number} + '週'", f"{year} + '年'"
    else:
        month = f"{json.dumps(list(MONTHS))}[{number} - 1] + ' ' + {year}"
        quarter, week = f"'Q' + {number} + ' ' + {year}", f"slice({value}, 5) + ' ' + {year}"
        alone = year
    return (
        f"length({value}) < 5 ? {alone} : {value}[5] == 'Q' ? {quarter}"
        f" : {value}[5] == 'W' ? {week} : {month}"
    )


def _number(value: str) -> str:
    """The month, quarter or week of a period label."""
    return f"toNumber(slice({value}, {value}[5] == 'Q' || {value}[5] == 'W' ? 6 : 5))"
