"""What was known of every customer on every day, as matrices of days x customers.

A row is a day, a column a customer. Events are read once for everybody and laid out for a slice
of the customers at a time; a row depends only on what is dated on or before its day, so that the
row of a past day is what a run on that day would have seen.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cs_core.metrics.options import Options
from cs_core.metrics.question import question
from cs_core.studies.risk.rows import Source, numbers, source
from cs_core.warehouse.statements import compose
from cs_core.warehouse.store import Warehouse

Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]
Flags = NDArray[np.bool_]
T = TypeVar("T")

MOST_DAYS = 1096  # three years; what is older says little of today's customers
BEFORE = 400  # days of history that windows of the first day reach back
AT_ONCE = 256  # customers whose matrices are in memory together
NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Events:
    """Something dated, in the order of `who` (the customer's column) and day."""

    who: Wholes
    values: dict[str, Any]

    def of(self, begin: int, end: int) -> Events:
        first, last = np.searchsorted(self.who, (begin, end))
        held = slice(first, last)
        return Events(self.who[held] - begin, {k: v[held] for k, v in self.values.items()})

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def where(self, held: Any) -> Events:
        return Events(self.who[held], {k: v[held] for k, v in self.values.items()})


class Past:
    """One dataset under its usual definitions, from `first` to as-of. Days are counted from
    1970-01-01; `days` are those looked at, the first of them only to compare the second with."""

    def __init__(
        self, warehouse: Warehouse, *, as_of: date | None = None, since: date | None = None
    ):
        self.warehouse = warehouse
        self.source: Source = source(warehouse, Options(as_of=as_of))
        self.as_of = self.source.as_of
        begin = self.source.asked.ledger.first_day
        assert begin is not None
        self.begin = begin
        earliest = max(begin, self.as_of - timedelta(days=MOST_DAYS - 1))
        self.first = earliest if since is None else max(begin, since)
        self.days: Wholes = np.arange(number(self.first) - 1, number(self.as_of) + 1)
        found = self._rows("play_customers")
        self.keys = whole(found["customer_key"])
        self.accounts = whole(found["account_key"])
        self.first_days = days_of(found["first_day"])
        self.texts = {n: _texts(found[n]) for n in ("account_id", "name", "currency")}
        self._usage: dict[str | None, Events] = {}
        self._reading_days: dict[str, Wholes] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def days_stayed(self, days: Wholes, *places: Any) -> Any:
        """Days since the first one, NaN for who was there before the data begins."""
        first = self.first_days
        for place in places:
            first = first[place]
        return np.where(first < number(self.begin), np.nan, days - first)

    # -- events ---------------------------------------------------------------------------

    def _rows(self, relation: str) -> dict[str, Any]:
        of = self.source
        return self.warehouse.arrays(of.asked.ledger, of.statement(relation), of.parameters)

    def _of_accounts(self, found: dict[str, Any]) -> Events:
        """Events of accounts as those of their customers."""
        account = whole(found.pop("account_key"))
        order = np.argsort(account, kind="stable")
        begin = np.searchsorted(self.accounts, account[order], "left")
        count = np.searchsorted(self.accounts, account[order], "right") - begin
        place = np.repeat(order, count)
        within = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
        who = np.repeat(begin, count) + within
        if np.any(count > 1):  # several currencies side by side
            again = np.argsort(who, kind="stable")
            who, place = who[again], place[again]
        return Events(who, {name: _plain(name, column)[place] for name, column in found.items()})

    def _of_customers(self, found: dict[str, Any]) -> Events:
        order = np.argsort(self.keys, kind="stable")
        key = whole(found.pop("customer_key"))
        place = np.searchsorted(self.keys[order], key)
        place = np.minimum(place, len(order) - 1)
        known = self.keys[order][place] == key
        who = order[place]
        values = {name: _plain(name, column)[known] for name, column in found.items()}
        again = np.argsort(who[known], kind="stable")
        return Events(who[known][again], {name: column[again] for name, column in values.items()})

    @cached_property
    def states(self) -> Events:
        return self._of_customers(self._rows("play_states"))

    @cached_property
    def terms(self) -> Events:
        return self._of_accounts(self._rows("play_terms"))

    @cached_property
    def overdue(self) -> Events:
        return self._of_accounts(self._rows("play_overdue"))

    @cached_property
    def departures(self) -> Events:
        return self._of_accounts(self._rows("play_departures"))

    @cached_property
    def answers(self) -> Events:
        return self._of_accounts(self._rows("play_answers"))

    @cached_property
    def tickets(self) -> Events:
        return self._of_accounts(self._rows("play_tickets"))

    @cached_property
    def requests(self) -> Events:
        return self._of_accounts(self._rows("play_requests"))

    @cached_property
    def plans(self) -> Events | None:
        """None where the data has no plans."""
        if "plan_column" not in self.source.parameters:
            return None
        return self._of_customers(self._rows("play_plans"))

    @cached_property
    def readings(self) -> dict[str, dict[str, Any]]:
        """Usage by metric, still by account: account_key, day, used."""
        found = self._rows("play_usage")
        names, code = np.unique(np.ma.getdata(found["metric"]).astype(str), return_inverse=True)
        columns = {
            "account_key": whole(found["account_key"]),
            "day": days_of(found["day"]),
            "used": numbers(found["used"]),
        }
        return {
            str(name): {key: column[code == place] for key, column in columns.items()}
            for place, name in enumerate(names)
        }

    def readings_of(self, metric: str | None) -> dict[str, Any]:
        """Readings of one metric, or of all of them together."""
        if metric is not None:
            return self.readings[metric]
        found = list(self.readings.values())
        return {name: np.concatenate([of[name] for of in found]) for name in found[0]}

    def reading_days(self, metric: str) -> Wholes:
        """Days on which anybody has a reading."""
        if metric not in self._reading_days:
            self._reading_days[metric] = np.unique(self.readings[metric]["day"])
        return self._reading_days[metric]

    def usage(self, metric: str | None) -> Events:
        if metric not in self._usage:
            self._usage[metric] = self._of_accounts(dict(self.readings_of(metric)))
        return self._usage[metric]

    def segment(self, column: str, value: str | None) -> Events:
        """Raises UsageError for a column that is not there."""
        asked = question(
            self.warehouse, "accounts", Options(as_of=self.as_of, where=((column, value),))
        )
        statement = compose(
            "play_segments", asked.ledger.stored, asked.flags, asked.instead, asked.extra
        )
        return self._of_customers(self.warehouse.arrays(asked.ledger, statement, asked.parameters))

    @cached_property
    def known(self) -> dict[str, int]:
        """The first day on which anything is known of a table or column; NEVER for nothing. Under
        `metric` the day from which there are more kinds of usage than are told apart."""
        from cs_core.studies.risk.rows import MOST_METRICS

        rows = self.warehouse.run(
            self.source.asked.ledger, self.source.statement("play_known"), self.source.parameters
        )[1]
        found: list[tuple[str, date | None]] = [(str(what), day) for what, day in rows]  # type: ignore[misc]
        kinds = sorted(number(day) for what, day in found if what == "metric" and day is not None)
        first = {what: NEVER if day is None else number(day) for what, day in found}
        first["metric"] = kinds[MOST_METRICS] if len(kinds) > MOST_METRICS else NEVER
        return first

    # -- slices ---------------------------------------------------------------------------

    def slices(self) -> Iterator[Slice]:
        for begin in range(0, len(self), AT_ONCE):
            yield Slice(self, begin, min(begin + AT_ONCE, len(self)))

    def each(self, work: Callable[[Slice], T]) -> list[T]:
        """`work` on every slice, several at a time: NumPy works outside Python's lock."""
        pieces = list(self.slices())
        workers = min(4, os.cpu_count() or 1, max(len(pieces), 1))
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(work, pieces))


class Slice:
    """Some customers, neighbours in `Past`."""

    def __init__(self, past: Past, begin: int, end: int) -> None:
        self.past, self.begin, self.end = past, begin, end
        self.days = past.days
        self.shape = (len(past.days), end - begin)

    @property
    def columns(self) -> slice:
        return slice(self.begin, self.end)

    def events(self, of: Events) -> Events:
        return of.of(self.begin, self.end)

    def running(self, of: Events, amount: Any, *, before: int = 0) -> Floats:
        """All amounts up to each day; with `before`, so many days more on top."""
        rows = of["day"] - (self.days[0] - before)
        length, width = len(self.days) + before, self.shape[1]
        held = rows < length
        at = np.maximum(rows[held], 0) * width + of.who[held]
        flat = np.bincount(at, weights=amount[held], minlength=length * width)
        found: Floats = flat.astype(np.float64, copy=False).reshape(length, width)
        for row in range(1, length):
            found[row] += found[row - 1]
        return found

    def between(self, who: Wholes, begin: Any, end: Any) -> NDArray[np.int16]:
        """How many of the stretches [begin, end) each day lies in."""
        rows, width = self.shape
        first = np.clip(begin - self.days[0], 0, rows)
        last = np.clip(end - self.days[0], 0, rows)
        held = last > first
        found = np.zeros((rows + 1, width), dtype=np.int16)
        np.add.at(found, (first[held], who[held]), 1)
        np.add.at(found, (last[held], who[held]), -1)
        for row in range(1, rows):
            found[row] += found[row - 1]
        return found[:-1]

    def latest(self, of: Events, day: Any = None) -> NDArray[np.int32]:
        """The place among `of` of each customer's last event up to each day; -1 before the first.
        Events of one customer lie in the order of their days."""
        rows = (of["day"] if day is None else day) - self.days[0]
        held = np.flatnonzero(rows < self.shape[0])
        found = np.full(self.shape, -1, dtype=np.int32)
        # Of several at one place the last in order stays.
        found[np.maximum(rows[held], 0), of.who[held]] = held
        for row in range(1, self.shape[0]):
            np.maximum(found[row], found[row - 1], out=found[row])
        return found

    @cached_property
    def active(self) -> Flags:
        """Whose MRR is above zero."""
        states = self.events(self.past.states)
        held = states.where(states["after"] > 0)
        return self.between(held.who, held["day"], held["next_day"]) > 0

    @cached_property
    def noticed(self) -> Flags:
        """Who has asked to end every line it then has."""
        lines = self.events(self.past.requests)
        if len(lines.who) == 0:
            return np.zeros(self.shape, dtype=np.bool_)
        begin, end, asked = lines["start_day"], lines["end_day"], lines["request_day"]
        running = self.between(lines.who, begin, end)
        requested = self.between(lines.who, np.maximum(begin, asked), end)
        found: Flags = (running > 0) & (running == requested)
        return found

    def leaves_within(self, horizon: int) -> Flags:
        """Whether a churn row follows in (day, day + horizon]."""
        states = self.events(self.past.states)
        churns = states.where(states["churned"] == 1)
        return self.between(churns.who, churns["day"] - horizon, churns["day"]) > 0

    @cached_property
    def renewals(self) -> tuple[Wholes, Wholes, Wholes, Wholes]:
        return renewals(self.events(self.past.terms), int(self.days[-1]))


class Cells:
    """Those days and customers of a slice that are looked at, in one row each, by day."""

    def __init__(self, piece: Slice, flat: Wholes, rows: Wholes) -> None:
        self.piece, self.flat, self.rows = piece, flat, rows
        self.columns: Wholes = flat - rows * piece.shape[1]
        self.days: Wholes = piece.days[rows]
        self._places: dict[Any, Wholes] = {}

    @staticmethod
    def of_held(piece: Slice, held: Flags) -> Cells:
        rows = np.repeat(np.arange(len(held)), held.sum(axis=1))
        return Cells(piece, np.flatnonzero(held), rows)

    def __len__(self) -> int:
        return len(self.flat)

    def where(self, held: Any) -> Cells:
        return Cells(self.piece, self.flat[held], self.rows[held])

    def of(self, matrix: Any) -> Any:
        return matrix.ravel().take(self.flat)

    def until(self, sums: Floats, before: int, key: Any = 0, at: Wholes | None = None) -> Floats:
        """Sums that begin `before` days earlier, up to the cell's day, or up to the row `at` names
        for its day; `key` tells one `at` from another."""
        if (before, key) not in self._places:
            width = self.piece.shape[1]
            shift = before if at is None else (at - np.arange(len(at)))[self.rows]
            self._places[before, key] = self.flat + shift * width
        found: Floats = sums.ravel().take(self._places[before, key])
        return found

    def last(self, of: Events, values: Any, day: str = "day") -> Floats:
        """A value of the customer's last event up to the day, NaN before the first."""
        if len(of.who) == 0:
            return np.full(len(self), np.nan)
        at = self.of(self.piece.latest(of, of[day]))
        return np.where(at >= 0, np.asarray(values, dtype=float)[at], np.nan)

    def mrr(self) -> Floats:
        """In millionths of the currency."""
        states = self.piece.events(self.piece.past.states)
        return self.last(states, states["after"])

    def days_to_renewal(self) -> Floats:
        """To the next renewal of any line, NaN where no term runs."""
        rows, width = self.piece.shape
        who, begin, end, due = self.piece.renewals
        first = np.clip(begin - self.piece.days[0], 0, rows)
        last = np.clip(end - self.piece.days[0], 0, rows)
        held = last > first
        who, first, last, due = who[held], first[held], last[held], due[held]
        length = last - first
        at = np.repeat(first * width + who, length) + width * (
            np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
        )
        found = np.full(rows * width, np.inf)
        np.minimum.at(found, at, np.repeat(due, length).astype(float))
        left = found.take(self.flat) - self.days
        return np.where(np.isinf(left), np.nan, left)


def renewals(lines: Events, last_day: int) -> tuple[Wholes, Wholes, Wholes, Wholes]:
    """Stretches of days [begin, end) with the renewal that lies before each line: customer, begin,
    end, day due. A stated term end holds until it has passed, on days before it is surely known
    the ends of equal terms before it (`risk_term_lines.sql`); then, and where there is none, the
    billing interval counted from the line's start."""
    start, stop = lines["start_day"], np.minimum(lines["end_day"], last_day + 1)
    term, months = lines["term_day"], lines["interval_months"]
    stated = term != NEVER
    told = np.flatnonzero(stated)
    length, sure = lines["term_months"][told], lines["sure_day"][told]
    count = np.maximum(month_index(term[told]) - month_index(start[told]), 0) // length + 1
    line, length, sure = (np.repeat(column, count) for column in (told, length, sure))
    back = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    due = months_after(term[line], -back * length)
    begin = months_after(term[line], -(back + 1) * length)
    begin = np.maximum(np.where(back == 0, np.minimum(begin, sure), begin), start[line])
    end = np.minimum(np.where(back == 0, due, np.minimum(due, sure)), stop[line])
    pieces = [(lines.who[line], begin, end, due)]
    rolled = np.flatnonzero((months != NEVER) & (stop > start))
    if len(rolled):
        count = (month_index(stop[rolled]) - month_index(start[rolled])) // months[rolled] + 2
        line = np.repeat(rolled, count)
        times = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
        begin = months_after(start[line], times * months[line])
        due = months_after(start[line], (times + 1) * months[line])
        begin = np.where(times == 0, start[line], begin)
        begin = np.maximum(begin, np.where(stated[line], term[line], begin))
        pieces.append((lines.who[line], begin, np.minimum(due, stop[line]), due))
    who, begin, end, due = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    return who, begin, end, due


def usage_metrics(warehouse: Warehouse) -> list[str]:
    """The kinds of usage a condition can name."""
    of = source(warehouse, Options())
    rows = warehouse.run(of.asked.ledger, of.statement("play_metrics"), of.parameters)[1]
    return [str(metric) for (metric,) in rows]


# -- days and months ----------------------------------------------------------------------


def number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def day_of(count: int) -> date:
    return date(1970, 1, 1) + timedelta(days=int(count))


def days_of(column: Any) -> Wholes:
    """Dates as day numbers, NEVER where there is none."""
    gaps = np.ma.getmaskarray(column)
    values = np.ma.getdata(column)
    if values.dtype.kind != "M":  # all of them are NULL
        return np.full(len(values), NEVER, dtype=np.int64)
    found = values.astype("M8[D]").astype(np.int64)
    return np.where(gaps | np.isnat(values), NEVER, found)


def whole(column: Any) -> Wholes:
    """Whole numbers, NEVER where there is none."""
    gaps = np.ma.getmaskarray(column)
    values = np.ma.getdata(column)
    if np.all(gaps):
        return np.full(len(values), NEVER, dtype=np.int64)
    return np.where(gaps, NEVER, np.where(gaps, 0, values)).astype(np.int64)


def month_index(days: Wholes) -> Wholes:
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64)


def months_after(days: Wholes, months: Any) -> Wholes:
    """The same day of a later month, or the last one of a shorter month."""
    month = days.astype("M8[D]").astype("M8[M]")
    within = days - month.astype("M8[D]").astype(np.int64)
    target = month.astype(np.int64) + months
    begin = target.astype("M8[M]").astype("M8[D]").astype(np.int64)
    length = (target + 1).astype("M8[M]").astype("M8[D]").astype(np.int64) - begin
    found: Wholes = begin + np.minimum(within, length - 1)
    return found


def months_before(days: Wholes, months: Any) -> Wholes:
    """The moment so many months before: month end from month end, else the same day, clamped."""
    month = days.astype("M8[D]").astype("M8[M]").astype(np.int64)
    last = (month + 1).astype("M8[M]").astype("M8[D]").astype(np.int64) - 1
    earlier = (month - months + 1).astype("M8[M]").astype("M8[D]").astype(np.int64) - 1
    found: Wholes = np.where(days == last, earlier, months_after(days, -np.asarray(months)))
    return found


def _texts(column: Any) -> list[str | None]:
    gaps = np.ma.getmaskarray(column).tolist()
    values = np.ma.getdata(column).tolist()
    return [None if gone else str(value) for value, gone in zip(values, gaps, strict=True)]


def _plain(name: str, column: Any) -> Any:
    if name == "day" or name.endswith("_day"):
        return column if column.dtype == np.int64 else days_of(column)
    if name in ("score", "used", "delta", "after"):
        return numbers(column)
    return whole(column)
