"""Headers that are months without their year."""

from __future__ import annotations

import re
import unicodedata

from cs_core.errors import InputError
from cs_core.importers.columns import headers
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import ReadOptions

# So many of them make a table of months.
_ENOUGH = 3


def settle(raw: Raw, options: ReadOptions) -> None:
    """Gives bare months ("Jan", "4月") their years: that of the first is told, and a month that is
    earlier in the year than the one before begins the next.

    Raises InputError `year_unsure` where nobody has said which year it is.
    """
    bare = {header: month for header in raw.headers if (month := _bare(header))}
    if len(bare) < _ENOUGH or {"year", "年", "年度"} & set(map(headers.key, raw.headers)):
        return
    if options.year is None:
        first = next(iter(bare))
        raise InputError("year_unsure", file=raw.file, column=first, option="--year")
    raw.headers = with_years(raw.headers, options.year)


def with_years(found: list[str], first: int) -> list[str]:
    """The headers with each bare month in its year, counted from `first`."""
    year, before, made = first, 0, []
    for header in found:
        month = _bare(header)
        if not month:
            made.append(header)
            continue
        year, before = year + (month < before), month
        made.append(f"{year}-{month:02d}")
    return made


def under_years(above: list[str], found: list[str]) -> list[str]:
    """Headers below a row of years, each over its first month: "2024" over "Sep" is 2024-09."""
    years = [_year(cell) for cell in above] + [None] * (len(found) - len(above))
    if sum(map(bool, map(_bare, found))) < _ENOUGH or not any(years):
        return found
    year: int | None = None
    made = []
    for cell, header in zip(years, found, strict=False):
        year = cell or year
        month = _bare(header)
        made.append(f"{year}-{month:02d}" if month and year else header)
    return made


def _bare(header: str) -> int:
    """The month a header names without a year; 0 for any other."""
    text = unicodedata.normalize("NFKC", header).strip().casefold().rstrip(".")
    if match := re.fullmatch(r"(1[0-2]|0?[1-9])月(度|分)?", text):
        return int(match[1])
    found = headers.month_of(f"{text} 2000") if text.isalpha() and text.isascii() else None
    return found[1] if found else 0


def _year(cell: str) -> int | None:
    match = re.fullmatch(r"(?:FY ?)?((?:19|20)\d{2})(?:\.0)?(?:年度?)?", cell.strip())
    return int(match[1]) if match else None
