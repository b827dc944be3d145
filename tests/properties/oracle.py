"""A second opinion on every figure, worked out slowly from the definitions.

Each customer's state is found for each day by itself, with whole numbers and fractions: which
lines are active, what they earn, which segment value holds most of it. Nothing is carried over
from one day to the next but what the definitions say (a filled gap, a revaluation). The figures
made from these states are in `figures.py`.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from cs_core.domain.policies import Policies
from tests.properties.companies import Company, Line

DAY = timedelta(days=1)
OUT = "\0out"  # the place of a customer that the filters keep out


# -- calendar -------------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Period:
    first: date
    last: date
    label: str


def period_of(day: date, grain: str, fiscal_start: int = 1) -> Period:
    """The month, ISO week, quarter or year a day lies in."""
    if grain == "week":
        monday = day - timedelta(days=day.weekday())
        year, week, _ = monday.isocalendar()
        return Period(monday, monday + timedelta(days=6), f"{year}-W{week:02d}")
    if grain == "month":
        first = day.replace(day=1)
        return Period(first, month_end(first), f"{first:%Y-%m}")
    year = day.year if day.month >= fiscal_start else day.year - 1
    start = date(year, fiscal_start, 1)
    if grain == "year":
        return Period(start, add_months(start, 12) - DAY, f"{year}")
    for quarter in range(4):
        first = add_months(start, 3 * quarter)
        last = add_months(start, 3 * quarter + 3) - DAY
        if first <= day <= last:
            return Period(first, last, f"{year}-Q{quarter + 1}")
    raise AssertionError(day)


def periods_between(first: date, last: date, grain: str, fiscal_start: int = 1) -> list[Period]:
    found = [period_of(first, grain, fiscal_start)]
    while found[-1].last < last:
        found.append(period_of(found[-1].last + DAY, grain, fiscal_start))
    return found


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """The same day of another month, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_before(day: date, months: int) -> date:
    """From month end to month end, otherwise to the same day, clamped."""
    earlier = add_months(day, -months)
    return month_end(earlier) if day == month_end(day) else earlier


# -- states ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """A customer at the end of a day: `on` when it is one, its MRR in millionths, and `opened`,
    the MRR of the evening before at this day's rates. `values` are those of changing columns."""

    on: bool
    mrr: int
    opened: int
    values: tuple[tuple[str, str | None], ...] = ()


NOTHING = State(False, 0, 0)


@dataclass
class Customer:
    account: str
    currency: str
    states: dict[date, State]
    own: dict[str, str | None]
    movements: list[Movement] = field(default_factory=list)

    def at(self, day: date) -> State:
        return self.states.get(day, NOTHING)

    def value(self, column: str, day: date) -> str | None:
        changing = dict(self.at(day).values)
        return changing[column] if column in changing else self.own.get(column)


@dataclass(frozen=True)
class Movement:
    """A ledger row; `before` is the MRR before it, after any revaluation of that day."""

    day: date
    kind: str
    before: int
    after: int


class Book:
    """Every customer's states from the first start to as-of, under one set of policies."""

    def __init__(
        self, company: Company, policies: Policies, as_of: date, currency: str | None = None
    ) -> None:
        self.company, self.policies, self.as_of = company, policies, as_of
        # The first day of data whose first customers came earlier, nobody knows when.
        opening = company.months and policies.left_edge == "opening"
        self.edge = company.months[0] if opening else None
        currencies = self._currencies()
        rated = {code for code, _, _ in company.rates}
        self.joint = len(currencies) == 1 or (
            bool(rated) and sum(code not in rated for code in currencies) <= 1
        )
        self.reporting = currency or currencies[0]
        self.currencies = [self.reporting] if self.joint else sorted(currencies)
        self.line_columns = {
            name
            for name in ("plan", "family", "status")
            if any(getattr(line, name) is not None for line in company.lines)
        }
        self.customers = self._customers(currencies)
        for customer in self.customers:
            customer.movements = self._movements(customer)
        starts = [movement.day for customer in self.customers for movement in customer.movements]
        self.first_day = min(starts, default=None)
        if self.first_day and self.edge:
            self.first_day = max(self.first_day, self.edge)

    def _currencies(self) -> list[str]:
        """The most frequent first, ties by code."""
        counts: dict[str, int] = defaultdict(int)
        for line in self.company.lines:
            if line.currency is not None:
                counts[line.currency] += 1
        return sorted(counts, key=lambda code: (-counts[code], code)) or ["XXX"]

    def _customers(self, currencies: list[str]) -> list[Customer]:
        grouped: dict[tuple[str, str], list[Line]] = defaultdict(list)
        for line in accepted(self.company.lines):
            code = self.reporting if self.joint else line.currency or currencies[0]
            grouped[line.account, code].append(line)
        self.main_currency = currencies[0]
        found = []
        for (account, code), lines in sorted(grouped.items()):
            own = {
                (f"accounts.{name}" if name in self.line_columns else name): value
                for name, value in self.company.accounts.get(account, {}).items()
            }
            found.append(Customer(account, code, self._states(lines), own))
        return found

    def _states(self, lines: list[Line]) -> dict[date, State]:
        active: dict[date, tuple[Line, ...]] = {}
        day = min(self._start(line) for line in lines)
        while day <= self.as_of:
            active[day] = tuple(line for line in lines if self.earns(line, day))
            day += DAY
        states = {}
        for day, today in active.items():
            mrr = sum(self.worth(line, day) for line in today)
            on = mrr > 0 or (self.policies.zero_mrr == "customer" and bool(today))
            opened = sum(self.worth(line, day) for line in active.get(day - DAY, ()))
            values = tuple((name, self._leading(name, today, day)) for name in self.line_columns)
            states[day] = State(on, mrr, opened, values) if on else NOTHING
            if not on and active.get(day - DAY):
                states[day] = State(False, 0, opened)
        self._fill_gaps(states)
        return states

    def _start(self, line: Line) -> date:
        if self.edge and line.start < add_months(self.edge, 1):
            return self.edge - DAY
        return line.start

    def came_earlier(self, day: date) -> bool:
        """Whether who begins on a day did so before anything is known."""
        return self.edge is not None and day < self.edge

    def earns(self, line: Line, day: date) -> bool:
        policies = self.policies
        start, ends = self._start(line), []
        if policies.trial == "excluded":
            if line.status == "trialing" and line.trial_end is None:
                return False
            start = max(start, line.trial_end or start)
        if line.end is not None and line.end <= self.as_of:
            ends.append(line.end + DAY if policies.end_date == "inclusive" else line.end)
        asked = line.requested
        if policies.churn_date == "cancel_request" and asked is not None and asked <= self.as_of:
            ends.append(max(line.start, asked))
        if policies.past_due_days is not None and line.status == "past_due":
            ends.append(line.start + timedelta(days=policies.past_due_days))
        return start <= day and all(day < end for end in ends)

    def worth(self, line: Line, day: date) -> int:
        """What a line earns a month, in millionths, at the rate that holds on a day."""
        if line.status == "paused" and self.policies.paused == "zero":
            return 0
        own = line.monthly(discounted=self.policies.discounts == "subtract")
        if not self.joint:
            return own
        rate_day = day if self.policies.currency == "historical" else self.as_of
        code = line.currency or self.main_currency
        if code == self.reporting:
            return own
        return round(own * self._rate(code, rate_day) / self._rate(self.reporting, rate_day))

    def _rate(self, code: str, day: date) -> Fraction:
        """That of the month, else the last earlier one; before the first, the first."""
        rates = sorted((month, rate) for name, month, rate in self.company.rates if name == code)
        if not rates:
            return Fraction(1)
        known = [rate for month, rate in rates if month.replace(day=1) <= day]
        return known[-1] if known else rates[0][1]

    def _leading(self, column: str, lines: tuple[Line, ...], day: date) -> str | None:
        """The value with most MRR; ties: code-point order, blank last."""
        totals: dict[str | None, int] = defaultdict(int)
        for line in lines:
            totals[getattr(line, column)] += self.worth(line, day)
        if not totals:
            return None
        return min(totals, key=lambda value: (-totals[value], value is None, value or ""))

    def _fill_gaps(self, states: dict[date, State]) -> None:
        """A gap of at most N days that ended by as-of keeps the MRR (and values) before it."""
        most = int(self.policies.reactivation_after_days)
        last_on: date | None = None
        for day in sorted(states):
            if not states[day].on:
                continue
            if last_on is not None and 1 < (day - last_on).days <= most + 1:
                held = states[last_on]
                for back in range(1, (day - last_on).days):
                    states[last_on + back * DAY] = State(True, held.mrr, held.mrr, held.values)
                came = states[day]
                states[day] = State(True, came.mrr, held.mrr, came.values)
            last_on = day

    def _movements(self, customer: Customer) -> list[Movement]:
        """The customer's ledger."""
        found: list[Movement] = []
        for day in sorted(customer.states):
            was, now = customer.at(day - DAY), customer.at(day)
            before = now.opened if was.on else 0
            if now.on and not was.on:
                kind = "reactivation" if found else "new"
                if self.came_earlier(day):
                    kind = "opening"
                if kind == "reactivation" and self.policies.reactivation == "as_new":
                    kind = "new"
            elif was.on and not now.on:
                kind = "churn"
            elif now.on and now.mrr != before:
                kind = "expansion" if now.mrr > before else "contraction"
            else:
                continue
            found.append(Movement(day, kind, before, now.mrr))
        return found

    def fx(self, customer: Customer, day: date) -> int:
        """What a new rate alone changes on a day."""
        was = customer.at(day - DAY)
        return customer.at(day).opened - was.mrr if was.on else 0


def accepted(lines: Iterable[Line]) -> list[Line]:
    """Without the repetitions of a row that has a subscription id."""
    kept: list[Line] = []
    for line in lines:
        if line.subscription is None or line not in kept:
            kept.append(line)
    return kept


def default_as_of(company: Company) -> date:
    if company.months:
        return month_end(company.months[-1])
    days = [line.start for line in company.lines]
    days += [line.end for line in company.lines if line.end is not None]
    days += [line.requested for line in company.lines if line.requested is not None]
    return max(days)
