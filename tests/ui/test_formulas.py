"""What a panel prints computes: its own numbers give the figure that stands there."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pages.shared import formulas

AMOUNTS = some.decimals(-(10**9), 10**9, places=6)


def _sides(latex: str) -> tuple[Decimal, Decimal]:
    """The printed sum, added up, and the printed result."""
    numbers = latex.split(r"\\")[1].replace(r"\end{aligned}", "").replace("{,}", "")
    left, right = numbers.split("&=")
    found = re.findall(r"[+-]?\s*\d[\d.]*", left.replace(r"\,\%", ""))
    added = sum((Decimal(number.replace(" ", "")) for number in found), Decimal(0))
    return added, Decimal(right.replace(r"\,\%", "").strip())


@given(some.lists(AMOUNTS.map(abs), min_size=2, max_size=8), some.sampled_from(["JPY", "USD"]))
def test_a_printed_sum_adds_up_to_the_last_digit(amounts: list[Decimal], currency: str) -> None:
    signs = ["", *("+-"[place % 2] for place in range(len(amounts) - 1))]
    total = sum((-a if s == "-" else a for s, a in zip(signs, amounts, strict=True)), Decimal(0))
    parts = [
        (sign, "part", formulas.figure(amount, currency))
        for sign, amount in zip(signs, amounts, strict=True)
    ]
    result = ("all", formulas.figure(total, currency))
    added, said = _sides(formulas.signed_sum(parts, result, "rounding"))
    assert added == said


def test_rounding_is_said_only_where_there_is_any() -> None:
    parts = [("", "a", "20{,}581{,}033"), ("+", "b", "590{,}574")]
    assert "rounding" not in formulas.signed_sum(parts, ("c", "21{,}171{,}607"), "rounding")
    said = formulas.signed_sum(parts, ("c", "21{,}171{,}608"), "rounding")
    assert r"+ \text{rounding}" in said
    assert "+ 1 &=" in said


@pytest.mark.parametrize(
    ("text", "number"),
    [("1{,}234", "1234"), ("-5.25", "-5.25"), (r"2.230\,\%", "2.230"), (r"\text{—}", "0")],
)
def test_a_printed_number_is_read_back(text: str, number: str) -> None:
    assert formulas.printed(text) == Decimal(number)
