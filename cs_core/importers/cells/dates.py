"""Dates as people and systems write them. Each value is read in every way it allows; the column
as a whole then decides whether the day or the month comes first.

Times and zones are accepted and left off: a date is the day as written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from cs_core.errors import InputError
from cs_core.importers.columns.headers import ERAS

ORDERS = ("ymd", "dmy", "mdy")
# No day takes more characters; longer texts are not looked at.
_LONGEST = 100
# The earliest day believed, and the last; past it an end means open.
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
_EXCEL_EPOCH = date(1899, 12, 30)
_TIME = re.compile(
    r"(?:(?:[T,]\s*|(?<!\s)\s+)(?:at\s+)?(?:[01]?\d|2[0-3])"
    r"(?::[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?|時(?:\d{1,2}分?(?:\d{1,2}秒?)?)?)"
    r"\s*(?:[ap]\.?m\.?)?\s*(?:Z|UTC|GMT|JST|[A-Z]{3,4}|[+-]\d{2}:?\d{2}|[+-]\d{2})?)$",
    re.I,
)
_WEEKDAY = re.compile(
    r"(?<!\s)\s*\([月火水木金土日]\)|(?<!\s)\s*[月火水木金土日]曜日?"
    r"|^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+",
    re.I,
)
_YEAR_FIRST = re.compile(r"(\d{4})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{1,2})")
_YEAR_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})")
_JAPANESE = re.compile(r"(\d{4})年\s*(\d{1,2})月\s*(?:(\d{1,2})日)?")
_ERA = re.compile(
    r"(令和|平成|昭和|大正|明治|[RHST])\s*(\d{1,2}|元)\s*[年./-]\s*(\d{1,2})\s*[月./-]?\s*(\d{1,2})?日?",
    re.I,
)
_ANY_ORDER = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_DAY_NAME = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[-\s/.,]*([a-z]{3,9})\.?[-\s/.,']*(\d{4}|\d{2})", re.I
)
_NAME_DAY = re.compile(r"([a-z]{3,9})\.?[-\s/.]*(\d{1,2})(?:st|nd|rd|th)?[-\s/.,]+(\d{4})", re.I)
_NAME_YEAR = re.compile(r"([a-z]{3,9})\.?[-\s/.']*(\d{4})", re.I)
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
           "october", "november", "december")  # fmt: skip


def readings(text: str) -> dict[str, date]:
    """Every day `text` may mean, by order; "*" where the order does not matter. Empty: no date.

    Days outside 1900-2200 are still given; the caller decides about them.
    """
    if len(text) > _LONGEST:
        return {}
    folded = unicodedata.normalize("NFKC", text).strip()
    if folded.replace(".", "", 1).isdecimal():
        found = _number(folded)
        if found or "." not in folded:
            return found
    folded = _WEEKDAY.sub("", _TIME.sub("", folded).strip()).strip()
    if match := _YEAR_FIRST.fullmatch(folded):
        return _one(int(match[1]), int(match[3]), int(match[4]))
    if match := _ANY_ORDER.fullmatch(folded):
        return _in_orders(match[1], match[3], match[4])
    if match := _JAPANESE.fullmatch(folded):
        return _one(int(match[1]), int(match[2]), int(match[3] or 1))
    if match := _ERA.fullmatch(folded):
        year = 1 if match[2] == "元" else int(match[2])
        return _one(ERAS[match[1].lower()] + year, int(match[3]), int(match[4] or 1))
    if match := _YEAR_MONTH.fullmatch(folded):
        return _one(int(match[1]), int(match[2]), 1)
    if match := _DAY_NAME.fullmatch(folded):
        return _one(_year(match[3]), _month(match[2]), int(match[1]))
    if match := _NAME_DAY.fullmatch(folded):
        return _one(int(match[3]), _month(match[1]), int(match[2]))
    if match := _NAME_YEAR.fullmatch(folded):
        return _one(int(match[2]), _month(match[1]), 1)
    return {}


def _number(digits: str) -> dict[str, date]:
    """Digits alone: 20240401, 202404, Unix seconds or milliseconds, an Excel serial day."""
    whole = digits.split(".")[0]
    if len(whole) == 8 and whole == digits:
        return _one(int(whole[:4]), int(whole[4:6]), int(whole[6:]))
    if len(whole) == 6 and whole == digits and "1900" <= whole[:4] <= "2200":
        return _one(int(whole[:4]), int(whole[4:]), 1)
    if len(whole) in (10, 13):
        seconds = int(whole) / (1000 if len(whole) == 13 else 1)
        return {"*": (datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)).date()}
    if len(whole) == 5 and whole >= "10000":
        return {"*": _EXCEL_EPOCH + timedelta(days=int(whole))}
    return {}


def is_month(text: str) -> bool:
    """Whether a date names a month and no day."""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).strip()
    if _YEAR_MONTH.fullmatch(folded) or _NAME_YEAR.fullmatch(folded):
        return True
    found = _JAPANESE.fullmatch(folded)
    era = _ERA.fullmatch(folded)
    return bool(found and not found[3]) or bool(era and not era[4])


def is_serial(text: str) -> bool:
    """Whether a date is written as a bare number of days, seconds or milliseconds."""
    return bool(re.fullmatch(r"\d{5}(\.\d+)?|\d{10}(\.\d+)?|\d{13}", text.strip()))


def _one(year: int, month: int, day: int) -> dict[str, date]:
    try:
        return {"*": date(year, month, day)}
    except ValueError:
        return {}


def _in_orders(first: str, second: str, last: str) -> dict[str, date]:
    """Three numbers of which the last may be a year, or the first when it has two digits."""
    ways = {"dmy": (last, second, first), "mdy": (last, first, second)}
    if len(last) == 2:
        ways["ymd"] = (first, second, last)
    found = {}
    for order, (year, month, day) in ways.items():
        for meant in _one(_year(year), int(month), int(day)).values():
            found[order] = meant
    return found


def _year(text: str) -> int:
    """Two digits: 1970-2069."""
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= 70 else 2000)


def _month(name: str) -> int:
    name = name.lower()
    fits = [i for i, full in enumerate(_MONTHS, 1) if full.startswith(name) or name == full[:4]]
    return fits[0] if len(fits) == 1 else 0


def order_of(
    column: str, file: str, values: Mapping[str, dict[str, date]], forced: str | None
) -> str | None:
    """The order of day, month and year in which the column's open values are read.

    `values`: text -> its readings. `forced` counts where it fits any of them. None when no value
    depends on the order. Raises InputError `ambiguous_dates` when two orders give different days
    for the same column, `contradictory_dates` when no order fits all values.
    """
    open_values = {text: found for text, found in values.items() if found and "*" not in found}
    if not open_values:
        return None
    if forced is not None and any(forced in found for found in open_values.values()):
        return forced
    fits = [o for o in ORDERS if all(o in found for found in open_values.values())]
    if len(fits) == 1:
        return fits[0]
    if fits and all(len({found[o] for o in fits}) == 1 for found in open_values.values()):
        return fits[0]
    if not fits:
        first = next(text for text, found in open_values.items() if len(found) == 1)
        [order] = open_values[first]
        other = next(text for text, found in open_values.items() if order not in found)
        raise InputError(
            "contradictory_dates",
            file=file,
            column=column,
            value=first,
            other=other,
            option="--date-order",
        )
    text = next(
        text for text, found in open_values.items() if len({found[order] for order in fits}) > 1
    )
    raise InputError("ambiguous_dates", file=file, column=column, value=text, option="--date-order")


def choose(found: dict[str, date], order: str | None) -> date | None:
    """The day a value means under the column's order."""
    return found.get("*") or found.get(order or "")


def looks_like_dates(texts: Sequence[str]) -> float:
    """Share of the texts that can be read as a day between 1900 and 2200, or as an open end."""
    if not texts:
        return 0.0
    good = sum(any(day >= EARLIEST for day in readings(text).values()) for text in texts)
    return good / len(texts)
