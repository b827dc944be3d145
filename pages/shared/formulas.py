"""Formulas in LaTeX with the numbers put in. Nothing from a file goes into them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from cs_core.text import numbers


def word(text: str) -> str:
    return rf"\text{{{text}}}"


def figure(value: Decimal | float | int | None, currency: str | None = None) -> str:
    """A number as it is, thousands grouped; money to the currency's minor unit."""
    if value is None:
        return r"\text{—}"
    shown = numbers.amount(value, currency) if currency else numbers.count(value)
    return shown.replace(",", "{,}").replace(numbers.MINUS, "-")


def printed(number: str) -> Decimal:
    """The number that was printed by `figure` or `percent`; a missing one is nought."""
    found = re.sub(r"\{,\}|\\,\\%", "", number)
    return Decimal(found) if re.fullmatch(r"[+-]?[0-9.]+", found) else Decimal(0)


def exact(value: float) -> str:
    """A number with as many digits as what is worked out of it needs."""
    return f"{value:,.12g}".replace(",", "{,}")


def percent(value: float | Decimal | None, digits: int = 2) -> str:
    return (
        r"\text{—}"
        if value is None
        else numbers.rate(value, digits, minus="-").replace("%", r"\,\%")
    )


def ratio(top: Sequence[str], bottom: Sequence[str], over: str, under: str, value: str) -> str:
    """(a + b) / c in words, the same in numbers, and what comes out."""
    words = rf"\frac{{{' + '.join(map(word, top))}}}{{{' + '.join(map(word, bottom))}}}"
    return rf"{words} = \frac{{{over}}}{{{under}}} = {value}"


def signed_sum(
    parts: Sequence[tuple[str, str, str]], result: tuple[str, str], rounding: str = ""
) -> str:
    """`parts` are (sign, word, number) and `result` (word, number): the words over the numbers.
    Numbers shown in whole units may miss their sum by one or two; with `rounding`, a word, the
    difference is a part of its own, so that what is printed adds up to the last digit."""
    shown = [-printed(number) if sign == "-" else printed(number) for sign, _, number in parts]
    off = printed(result[1]) - sum(shown, start=Decimal(0))
    if rounding and off:
        sign = "-" if off < 0 else "+"
        parts = [*parts, (sign, rounding, f"{abs(off):,}".replace(",", "{,}"))]
    words = " ".join(f"{sign} {word(name)}".strip() for sign, name, _ in parts)
    figures = " ".join(f"{sign} {number}".strip() for sign, _, number in parts)
    name, number = result
    return rf"\begin{{aligned}} {words} &= {word(name)} \\ {figures} &= {number} \end{{aligned}}"
