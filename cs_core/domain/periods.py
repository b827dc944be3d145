"""Months, ISO weeks, quarters and years as whole numbers, and back to labels and days.

An index counts periods of one kind; quarters and years start in the fiscal month and are named
by the calendar year they start in. The same arithmetic stands in `sql/ledger/calendar.sql`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cs_core.errors import UsageError

MONTHS = {"month": 1, "quarter": 3, "year": 12}
_MONDAY = date(1970, 1, 5)
_LABEL = re.compile(r"(\d{4})(?:-(\d{2})|-W(\d{2})|-Q([1-4]))?", re.ASCII)


@dataclass(frozen=True)
class Periods:
    """The periods of one grain (`month`, `week`, `quarter`, `year`)."""

    grain: str
    fiscal_start: int = 1

    @property
    def offset(self) -> int:
        """The calendar month in which index arithmetic starts: fiscal only beyond months."""
        return self.fiscal_start if self.grain in ("quarter", "year") else 1

    def index(self, day: date) -> int:
        if self.grain == "week":
            return (day - _MONDAY).days // 7
        return (day.year * 12 + day.month - self.offset) // MONTHS[self.grain]

    def first_day(self, index: int) -> date:
        if self.grain == "week":
            return _MONDAY + timedelta(days=7 * index)
        months = index * MONTHS[self.grain] + self.offset - 1
        return date(months // 12, months % 12 + 1, 1)

    def last_day(self, index: int) -> date:
        return self.first_day(index + 1) - timedelta(days=1)

    def label(self, index: int) -> str:
        if self.grain == "week":
            year, week, _ = self.first_day(index).isocalendar()
            return f"{year:04d}-W{week:02d}"
        if self.grain == "quarter":
            return f"{index // 4:04d}-Q{index % 4 + 1}"
        if self.grain == "year":
            return f"{index:04d}"
        return f"{index // 12:04d}-{index % 12 + 1:02d}"


_MONTHS = Periods("month")


def add_months(label: str, months: int) -> str:
    """The label of the month so many later: `2024-11` and 3 give `2025-02`."""
    return _MONTHS.label(_MONTHS.index(date.fromisoformat(f"{label}-01")) + months)


def period_column(grain: str) -> str:
    """How results of this grain name their periods."""
    return "month" if grain == "month" else "period"


def period_column_of(rows: Any) -> str:
    """How these rows (a frame, its columns, a record) name their periods."""
    return "month" if "month" in rows else "period"


def days_of_label(label: str, fiscal_start: int = 1) -> tuple[date, date]:
    """First and last day of any period label. Raises UsageError `unknown_period_label`."""
    match = _LABEL.fullmatch(label)
    try:
        if match is None:
            raise ValueError
        year = int(match[1])
        if match[2]:
            month = int(match[2])
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        if match[3]:
            monday = date.fromisocalendar(year, int(match[3]), 1)
            return monday, monday + timedelta(days=6)
        if match[4]:
            periods, index = Periods("quarter", fiscal_start), year * 4 + int(match[4]) - 1
        else:
            periods, index = Periods("year", fiscal_start), year
        return periods.first_day(index), periods.last_day(index)
    except (ValueError, OverflowError):
        raise UsageError("unknown_period_label", label=label) from None
