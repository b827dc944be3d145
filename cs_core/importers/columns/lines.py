"""Subscription lines worked out row by row: billing periods joined, monthly states merged."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

from cs_core.importers.cells import numbers
from cs_core.importers.columns import joins

_EPOCH = date(1970, 1, 1)
_EARNING = ("mrr", "amount", "quantity", "interval", "interval_count")
_MONTHS_IN = {
    "day": Fraction(12, 365),
    "week": Fraction(12, 52),
    "month": Fraction(1),
    "quarter": Fraction(3),
    "year": Fraction(12),
}


@dataclass
class Line:
    """One line from `start` to before `end` (None: open), made from raw row `row`.

    `extra` holds further canonical columns.
    """

    row: int
    account_id: str | None
    start: date
    end: date | None
    mrr: Decimal
    subscription_id: str | None = None
    plan: str | None = None
    currency: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "account_id": self.account_id,
            "start_date": self.start,
            "end_date": self.end,
            "mrr": self.mrr,
            "subscription_id": self.subscription_id,
            "plan": self.plan,
            "currency": self.currency,
            **self.extra,
        }


def add_months(day: date, months: int) -> date:
    """The same day some months on, clamped to the month's end."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(day: date) -> date:
    """The last day of its month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def months_of_interval(interval: str | None, count: Decimal | int | None = 1) -> Fraction | None:
    """Months in a billing interval; week = 12/52 and day = 12/365 of a month."""
    if interval not in _MONTHS_IN:
        return None
    return _MONTHS_IN[interval] * Fraction(count or 1)


def months_between(start: date, end: date) -> Fraction | None:
    """Months in a billing period: whole ones where its ends agree within two days, whole weeks
    below that, else days. None for a period of no length."""
    days = (end - start).days
    if days <= 0:
        return None
    months = round(days / 30.4375)
    if months and abs((add_months(start, months) - end).days) <= 2:
        return Fraction(months)
    if days % 7 == 0 and days < 28:
        return _MONTHS_IN["week"] * (days // 7)
    return _MONTHS_IN["day"] * days


def per_month(amount: Decimal, months: Fraction) -> Decimal:
    """Amount of a period as an amount of a month, to twelve places, half to even."""
    exact = Fraction(amount) / months
    scaled = Decimal(round(exact * 10**12)).scaleb(-12)  # round() is half to even
    return scaled.quantize(numbers.PLACES, ROUND_HALF_EVEN)


def earned(columns: Mapping[str, Any], rows: Sequence[int]) -> Decimal:
    """What rows of a subscriptions table earn a month together, as far as their cells tell."""
    import pyarrow as pa

    names = [name for name in _EARNING if name in columns]
    if not {"mrr", "amount"} & set(names):
        return Decimal(0)
    at = pa.array(rows, pa.int64())
    taken = pa.table([columns[name].take(at) for name in names], names=names)
    total = Decimal(0)
    for group in taken.group_by(names).aggregate([([], "count_all")]).to_pylist():
        mrr = group.get("mrr")
        if mrr is None and group.get("amount") is not None:
            quantity = group.get("quantity")
            amount = group["amount"] * (1 if quantity is None else quantity)
            months = months_of_interval(group.get("interval"), group.get("interval_count"))
            mrr = months and per_month(amount, months)
        total += (mrr or 0) * group["count_all"]
    return total


def join(lines: Iterable[Line]) -> list[Line]:
    """The lines of one account, subscription, plan and currency that follow one another within a
    day, joined as in `joins`. The first row is the source; later ones add to its `extra`."""
    import numpy as np

    given = list(lines)
    keys = [(line.account_id, line.subscription_id, line.plan, line.currency) for line in given]
    groups: dict[Any, int] = defaultdict(lambda: len(groups))
    values: dict[Decimal, int] = defaultdict(lambda: len(values))
    joined = joins.join(
        np.array([groups[key] for key in keys], dtype=np.int64),
        np.array([_day(line.start) for line in given], dtype=np.int64),
        np.array([_day(line.end) for line in given], dtype=np.int64),
        np.array([values[line.mrr] for line in given], dtype=np.int64),
    )
    made = [
        replace(given[row], end=None if end == joins.OPEN else _EPOCH + timedelta(days=end))
        for row, end in zip(joined.rows.tolist(), joined.ends.tolist(), strict=True)
    ]
    for line, place in zip(given, joined.line_of.tolist(), strict=True):
        if place >= 0:
            made[place].extra = {**made[place].extra, **line.extra}
    return sorted(made, key=lambda item: (item.row, item.start))


def _day(day: date | None) -> int:
    return joins.OPEN if day is None else (day - _EPOCH).days


def end_at(lines: list[Line], day: date) -> list[Line]:
    """The lines up to `day`; none is left of what starts on it or later."""
    return [
        replace(line, end=day if line.end is None or line.end > day else line.end)
        for line in lines
        if line.start < day
    ]


def open_after(lines: list[Line], known_until: date) -> None:
    """A period paid beyond the last day known is still running."""
    for line in lines:
        if line.end is not None and line.end > known_until:
            line.end = None
