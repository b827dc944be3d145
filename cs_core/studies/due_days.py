"""By when something is to be done about an account."""

from __future__ import annotations

from datetime import date, timedelta

BEFORE_RENEWAL = 7  # days
FRIDAY = 4


def due_day(begin: date, days: int, renewal_days: int | None) -> date:
    """So many days on, but a week before the next renewal where that is sooner: a renewal that is
    prepared after it has come is none."""
    before = days if renewal_days is None else max(renewal_days - BEFORE_RENEWAL, 0)
    return begin + timedelta(days=min(days, before))


def friday(day: date) -> date:
    """The last working day of its week; at a weekend that of the next."""
    return day + timedelta(days=(FRIDAY - day.weekday()) % 7)


def workday(due: date, day: date) -> date:
    """The Friday before where it would be a weekend; never before `day`."""
    return max(due - timedelta(days=max(due.weekday() - FRIDAY, 0)), day)
