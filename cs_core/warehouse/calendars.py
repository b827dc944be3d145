"""The parameters of `sql/ledger/calendar.sql`."""

from __future__ import annotations

from datetime import date, timedelta

from cs_core.domain.periods import MONTHS, Periods


def calendar_parameters(
    grain: str, fiscal_start: int, window: int, first: date, last: date, edge: object = None
) -> dict[str, object]:
    """Whole periods from the one of `first` to the one after that of `last`; `edge` is the day on
    which data begins whose customers came earlier."""
    periods = Periods(grain, fiscal_start)
    # A day earlier, so that a first day's opening instant has its place, too.
    start = periods.first_day(periods.index(first - timedelta(days=1)))
    end = periods.last_day(periods.index(last) + 1)
    return {
        "calendar_first": start,
        "calendar_days": (end - start).days + 1,
        "fiscal_start": periods.offset,
        "period_months": MONTHS.get(grain, 1),
        "window": window,
        "before_edge": periods.index(edge) - 1 if isinstance(edge, date) else None,
    }
