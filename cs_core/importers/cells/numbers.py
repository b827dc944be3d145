"""Numbers as people write them, exactly: `¥1,200`, `1.200,50 €`, `１２００`, `120万円`, `(1,200)`.

A column decides as a whole whether its comma or its point marks decimals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

# Amounts beyond this are a slip or an attack, not money; quantities have their own bound.
MAX_AMOUNT = Decimal(10) ** 11
MAX_QUANTITY = Decimal(10) ** 6
PLACES = Decimal(1).scaleb(-12)
# No amount takes more characters; longer texts are not looked at.
_LONGEST = 100

SYMBOLS = {"¥": "JPY", "円": "JPY", "$": "USD", "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR"}
_CODE = re.compile(r"[A-Z]{3}")
_MINUS = str.maketrans({"−": "-", "‐": "-", "–": "-", "▲": "-", "△": "-", "'": ",", "’": ","})
_PER = re.compile(
    r"(?<!\s)\s*(?:/|per\s+)\s*(mo(?:nth)?|yr|year|annum|week|wk|quarter|qtr|月|年|週|人|user|seat)"
    r"\.?$",
    re.I,
)
_PER_INTERVAL = {
    "mo": "month", "月": "month", "yr": "year", "ye": "year", "an": "year", "年": "year",
    "we": "week", "wk": "week", "週": "week", "qu": "quarter", "qt": "quarter",
}  # fmt: skip
_PLAIN = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d{1,4})?", re.I)
_COMMA_GROUPS = re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?")
_POINT_GROUPS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_COMMA_DECIMAL = re.compile(r"(?<!\d)\d+,\d+")
_SPACE_GROUPS = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")
_MYRIADS = re.compile(
    r"(?:(?P<oku>[\d.,]+)億)?(?:(?P<man>[\d.,]+)万)?(?:(?P<sen>[\d.,]+)千)?(?P<rest>[\d.,]+)?"
)


@dataclass(frozen=True)
class Written:
    """A number's text taken apart: sign, currency, the digits with their separators, and the
    interval that stands behind it ("/mo")."""

    digits: str
    negative: bool = False
    currency: str | None = None
    percent: bool = False
    per: str | None = None


def take_apart(text: str) -> Written | None:
    """Sign, currency and unit off; None when no digits are left."""
    if len(text) > _LONGEST:
        return None
    folded = unicodedata.normalize("NFKC", text).replace("￥", "¥").replace("\\", "¥").strip()
    folded, per = folded.translate(_MINUS), None
    while match := _PER.search(folded):
        per = per or _PER_INTERVAL.get(match[1].lower()[:2])
        folded = folded[: match.start()]
    negative = False
    if folded.startswith("(") and folded.endswith(")"):
        negative, folded = True, folded[1:-1].strip()
    currency = None
    if _CODE.match(folded):
        currency, folded = folded[:3], folded[3:].strip()
    if _CODE.fullmatch(folded[-3:]):
        currency, folded = currency or folded[-3:], folded[:-3].strip()
    percent = folded.endswith("%")
    folded = folded.rstrip("%").strip()
    for _ in range(2):
        if folded[:1] in "+-" and folded[:1]:
            negative, folded = negative or folded[0] == "-", folded[1:].strip()
        if folded[:1] in SYMBOLS and folded[:1]:
            currency, folded = SYMBOLS[folded[0]], folded[1:].strip()
        elif folded.startswith(("US$", "A$", "C$")):
            currency = {"U": "USD", "A": "AUD", "C": "CAD"}[folded[0]]
            folded = folded.split("$", 1)[1].strip()
    if folded[-1:] in SYMBOLS and folded[-1:]:
        currency, folded = SYMBOLS[folded[-1]], folded[:-1].strip()
    if folded.endswith("-"):
        negative, folded = True, folded[:-1].strip()
    digits = _SPACE_GROUPS.sub("", folded)
    return Written(digits, negative, currency, percent, per) if digits[:1].isdecimal() else None


def decimal_mark(texts: Iterable[str]) -> str:
    """Which sign marks the decimals in a column of such digits.

    "," or "." where at least one value can only be read that way; "both" where some can only be
    read one way, some only the other, and others are open; "" where none tells.
    """
    comma = point = unclear = False
    for digits in texts:
        if "," in digits and "." in digits:
            by_comma = digits.rfind(",") > digits.rfind(".")
            comma, point = comma or by_comma, point or not by_comma
        elif "," in digits:
            if not _COMMA_GROUPS.fullmatch(digits):
                comma = True
            elif digits.count(",") > 1:
                point = True
            else:
                unclear = True
        elif "." in digits:
            if digits.count(".") > 1:
                comma = True
            elif not _POINT_GROUPS.fullmatch(digits) or digits.startswith("0"):
                point = True
            else:
                unclear = True
    if comma and point:
        return "both" if unclear else "."
    return "," if comma else "." if point or not unclear else ""


def is_number(text: str) -> bool:
    """Whether a text reads as a number under either convention."""
    written = take_apart(text)
    return written is not None and any(value(written, comma) is not None for comma in (False, True))


def value(written: Written, comma: bool) -> Decimal | None:
    """The exact value, rounded half to even to twelve places; None when it cannot be one."""
    if any(char in written.digits for char in "億万千"):
        match = _MYRIADS.fullmatch(written.digits)
        if match is None:
            return None
        total = Decimal(0)
        for part, unit in (("oku", 10**8), ("man", 10**4), ("sen", 10**3), ("rest", 1)):
            if match[part]:
                number = _plain(match[part], comma)
                if number is None:
                    return None
                total += number * unit
    else:
        plain = _plain(written.digits, comma)
        if plain is None:
            return None
        total = plain
    # 1e16 and above are no amounts at all; below, twelve places stay exact in 28 digits.
    if total.adjusted() > 15:
        return None
    total = total.quantize(PLACES, ROUND_HALF_EVEN)
    return -total if written.negative else total


def _plain(digits: str, comma: bool) -> Decimal | None:
    if "," in digits and "." in digits:  # Both are there: the later one marks the decimals.
        comma = digits.rfind(",") > digits.rfind(".")
    if comma:
        if _POINT_GROUPS.fullmatch(digits) or _COMMA_DECIMAL.fullmatch(digits):
            digits = digits.replace(".", "").replace(",", ".")
    elif _COMMA_GROUPS.fullmatch(digits):
        digits = digits.replace(",", "")
    if not _PLAIN.fullmatch(digits):
        return None
    try:
        return Decimal(digits)
    except InvalidOperation:
        return None
