"""Numbers, money, rates, periods and dates as people read them in English and Japanese.

Every function takes None (and NaN) and gives "—". Rounding is half to even, to what is shown.
`minus` is U+2212 in text; pass "-" for the delta of `st.metric`, which looks for ASCII.
"""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from cs_core.domain.currencies import minor_units as minor_units

MISSING = "—"
MINUS = "−"

Number = Decimal | float | int | None

_SYMBOLS = {
    "JPY": "¥",
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "CNY": "CN¥",
    "KRW": "₩",
    "INR": "₹",
    "AUD": "A$",
    "CAD": "C$",
    "NZD": "NZ$",
    "HKD": "HK$",
    "SGD": "S$",
    "TWD": "NT$",
}
JAPANESE_UNITS = {
    "JPY": "円",
    "USD": "ドル",
    "EUR": "ユーロ",
    "GBP": "ポンド",
    "CNY": "元",
    "KRW": "ウォン",
    "INR": "ルピー",
    "AUD": "豪ドル",
    "CAD": "カナダドル",
    "HKD": "香港ドル",
    "SGD": "シンガポールドル",
    "TWD": "台湾ドル",
}
# From this amount on, divided by, digits after the point, suffix. Shown to about three digits.
ENGLISH_STEPS = (
    ("1e12", "1e12", 2, "T"),
    ("1e9", "1e9", 2, "B"),
    ("1e6", "1e6", 2, "M"),
    ("1e4", "1e3", 0, "k"),
)
JAPANESE_STEPS = (
    ("1e12", "1e12", 2, "兆"),
    ("1e8", "1e8", 2, "億"),
    ("1e6", "1e4", 0, "万"),
    ("1e4", "1e4", 1, "万"),
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PERIOD = re.compile(r"(?P<year>\d{4})(?:-(?P<kind>Q|W)?(?P<number>\d{1,2}))?")


def money(
    value: Number, currency: str, language: str, *, signed: bool = False, minus: str = MINUS
) -> str:
    """Short money: ¥443k, ¥21.16M, below ten thousand ¥9,800; 44.3万円, 2,116万円, 1.20億円.
    `signed`: + before gains."""
    number = _decimal(value)
    if number is None:
        return MISSING
    digits, suffix = _shortened(abs(number), currency, language)
    sign = _sign(number, signed, minus, zero=not re.search("[1-9]", digits))
    return sign + (_with_unit(digits + suffix, currency, language))


def amount(value: Number, currency: str, *, signed: bool = False, minus: str = MINUS) -> str:
    """Exact to the currency's minor unit, without symbol: 84,000 for a column headed "(¥)"."""
    number = _decimal(value)
    if number is None:
        return MISSING
    digits = _fixed(abs(number), minor_units(currency))
    return _sign(number, signed, minus, zero=not re.search("[1-9]", digits)) + digits


def exact_money(value: Number, currency: str, language: str) -> str:
    """Exact money with its unit, for tooltips and formulas: ¥84,000; 84,000円."""
    digits = amount(value, currency)
    if digits == MISSING:
        return MISSING
    sign, bare = (MINUS, digits[1:]) if digits.startswith(MINUS) else ("", digits)
    return sign + _with_unit(bare, currency, language)


def currency_mark(currency: str, language: str) -> str:
    """What stands in brackets after a column's name: ¥ or 円, $ or ドル; else the code."""
    return (JAPANESE_UNITS if language == "ja" else _SYMBOLS).get(currency, currency)


def table_unit(largest: Number, currency: str, language: str) -> tuple[int, str]:
    """How large money stands in a table: what to divide by, and the mark of the column's name.
    From ten millions up thousands (¥k), in Japanese ten thousands (万円)."""
    number, mark = _decimal(largest), currency_mark(currency, language)
    if number is None or abs(number) < 10_000_000:
        return 1, mark
    return (10_000, f"万{mark}") if language == "ja" else (1_000, f"{mark}k")


def rate(value: Number, digits: int = 1, *, minus: str = MINUS) -> str:
    """A share of 1 in per cent: 0.047 is 4.7%."""
    number = _decimal(value)
    if number is None:
        return MISSING
    text = _fixed(abs(number) * 100, digits)
    return _sign(number, False, minus, zero=not re.search("[1-9]", text)) + text + "%"


def points(value: Number, digits: int = 1, *, minus: str = MINUS) -> str:
    """A difference of two shares of 1 in percentage points, always signed: +1.2 pt; never −0.0."""
    number = _decimal(value)
    if number is None:
        return MISSING
    text = _fixed(abs(number) * 100, digits)
    sign = minus if number < 0 and re.search("[1-9]", text) else "+"
    return f"{sign}{text} pt"


def count(
    value: Number,
    language: str = "en",
    *,
    accounts: bool = False,
    signed: bool = False,
    minus: str = MINUS,
) -> str:
    """A whole number: 1,344. With `accounts`, Japanese adds its counter: 1,344社."""
    number = _decimal(value)
    if number is None:
        return MISSING
    text = _sign(number, signed, minus, zero=number == 0) + _fixed(abs(number), 0)
    return text + "社" if accounts and language == "ja" else text


def decimal(value: Number, digits: int = 1, *, minus: str = MINUS) -> str:
    """A plain number: 3.1."""
    number = _decimal(value)
    if number is None:
        return MISSING
    text = _fixed(abs(number), digits)
    return _sign(number, False, minus, zero=not re.search("[1-9]", text)) + text


def months(value: Number, language: str, digits: int = 0) -> str:
    """A length of time: 5 months, 1 month; 5か月."""
    text = decimal(value, digits)
    if text == MISSING:
        return MISSING
    if language == "ja":
        return f"{text}か月"
    return f"{text} month" if text == "1" else f"{text} months"


def period(label: str, language: str) -> str:
    """A period label in words: 2026-10 is Oct 2026 or 2026年10月; 2024-Q1, 2024-W05, 2024 too.
    What is not a period label comes back as it is."""
    parts = _period(label)
    if parts is None:
        return label
    year, kind, number = parts
    if kind == "year":
        return f"{year}年" if language == "ja" else year
    if kind == "month":
        return f"{year}年{number}月" if language == "ja" else f"{MONTHS[number - 1]} {year}"
    if kind == "quarter":
        return f"{year}年第{number}四半期" if language == "ja" else f"Q{number} {year}"
    return f"{year}年第{number}週" if language == "ja" else f"Week {number}, {year}"


def short_period(label: str, language: str) -> str:
    """A period label for the head of a row: Jun 2025 or 25年6月, Q1 2025 or 25年Q1."""
    parts = _period(label)
    if parts is None:
        return label
    year, kind, number = parts
    if kind == "week":
        return f"{year[2:]}年{number}週" if language == "ja" else f"W{number:02} {year}"
    if language != "ja" or kind == "year":
        return period(label, language)
    return f"{year[2:]}年{number}月" if kind == "month" else f"{year[2:]}年Q{number}"


def day(value: date | None, language: str) -> str:
    """A date: 12 Nov 2026; 2026年11月12日."""
    if value is None:
        return MISSING
    if language == "ja":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def month_name(value: date, language: str) -> str:
    """A month without its year: Nov; 11月."""
    return f"{value.month}月" if language == "ja" else MONTHS[value.month - 1]


def _decimal(value: Number) -> Decimal | None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    number = Decimal(repr(float(value)) if isinstance(value, float) else value)
    return number if number.is_finite() else None


def _fixed(number: Decimal, digits: int) -> str:
    step = Decimal(1).scaleb(-digits)
    return f"{number.quantize(step, rounding=ROUND_HALF_EVEN):,f}"


def _sign(number: Decimal, signed: bool, minus: str, *, zero: bool) -> str:
    if number < 0 and not zero:
        return minus
    return "+" if signed and number > 0 and not zero else ""


def _shortened(size: Decimal, currency: str, language: str) -> tuple[str, str]:
    steps = JAPANESE_STEPS if language == "ja" else ENGLISH_STEPS
    for place, (start, divisor, digits, suffix) in enumerate(steps):
        if size >= Decimal(start):
            text = _fixed(size / Decimal(divisor), digits)
            # What rounds up to the next step is written in it: ¥1.00M, never ¥1,000k.
            rounded = Decimal(text.replace(",", "")) * Decimal(divisor)
            if place and rounded >= Decimal(steps[place - 1][0]):
                return _shortened(rounded, currency, language)
            return text, suffix
    digits = minor_units(currency) if 0 < size < 1000 else 0
    text = _fixed(size, digits)
    lowest = Decimal(steps[-1][0])
    if Decimal(text.replace(",", "")) >= lowest > size:
        return _shortened(lowest, currency, language)
    return text, ""


def _with_unit(text: str, currency: str, language: str) -> str:
    if currency == "XXX":  # ISO 4217: no currency
        return text
    if language == "ja":
        return text + JAPANESE_UNITS.get(currency, f" {currency}")
    symbol = _SYMBOLS.get(currency)
    return symbol + text if symbol else f"{currency} {text}"


def _period(label: str) -> tuple[str, str, int] | None:
    found = _PERIOD.fullmatch(label)
    if not found:
        return None
    if found["number"] is None:
        return found["year"], "year", 0
    kind = {"Q": "quarter", "W": "week", None: "month"}[found["kind"]]
    number = int(found["number"])
    if not 1 <= number <= {"quarter": 4, "week": 53, "month": 12}[kind]:
        return None
    return found["year"], kind, number
