"""The figures of the contract, counted customer by customer from the oracle's states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Any

from cs_core.metrics.options import Options
from tests.properties.companies import MICRO, MONTHS, Line
from tests.properties.oracle import (
    DAY,
    OUT,
    Book,
    Customer,
    Period,
    accepted,
    add_months,
    months_before,
    period_of,
    periods_between,
)

Z = NormalDist().inv_cdf(0.975)
Key = tuple[Any, ...]
KINDS = {
    "new": ("new_mrr", "new_customers"),
    "reactivation": ("reactivation_mrr", "reactivated_customers"),
    "expansion": ("expansion_mrr", None),
    "contraction": ("contraction_mrr", None),
    "churn": ("churned_mrr", "churned_customers"),
}
TRANSFERS = [f"transferred_{way}_{what}" for way in ("in", "out") for what in ("mrr", "customers")]


@dataclass
class Asked:
    """A question with its book: where customers are placed, and which periods there are."""

    book: Book
    options: Options
    columns: dict[str, list[str | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.options.where:
            self.columns.setdefault(name, []).append(value)

    @property
    def snapshot(self) -> bool:
        return self.options.policies.movement_basis == "snapshot"

    @property
    def at_start(self) -> bool:
        return self.snapshot and self.options.policies.snapshot_at == "period_start"

    @property
    def changing(self) -> bool:
        """Whether a column asked for is one of `subscriptions`, so that it can change."""
        names = {*self.columns, *([self.options.by] if self.options.by else [])}
        return bool(names & self.book.line_columns)

    def place(self, customer: Customer, day: date) -> str | None:
        """The segment value a customer counts under on a day; OUT where filters keep it out."""
        for column, wanted in self.columns.items():
            if customer.value(column, day) not in wanted:
                return OUT
        return customer.value(self.options.by, day) if self.options.by else None

    def period(self, day: date) -> Period:
        return period_of(day, self.options.period, self.options.fiscal_start)

    def periods(self) -> list[Period]:
        """The periods asked for: from the first ledger row to as-of, or as given."""
        assert self.book.first_day is not None
        grain, fiscal = self.options.period, self.options.fiscal_start
        first, last = self.book.first_day, self.book.as_of
        if self.options.first:
            first = label_days(self.options.first, fiscal)[0]
            if self.book.edge:
                first = max(first, self.book.first_day)
        if self.options.last:
            last = min(last, label_days(self.options.last, fiscal)[1])
        if self.period(first) > self.period(last):
            return []
        return periods_between(first, last, grain, fiscal)

    def instants(self, period: Period) -> tuple[date, date]:
        """The days after which a period's opening and closing states are read. Data that begins
        in the middle opens with who is there."""
        found = (period.first - DAY, min(period.last, self.book.as_of))
        if self.at_start:
            found = (self.period(period.first - DAY).first, period.first)
        if self.book.edge:
            earliest = self.book.edge - DAY
            return max(found[0], earliest), max(found[1], earliest)
        return found

    def partial(self, period: Period) -> bool:
        return period.last > self.book.as_of

    def key(self, label: Key, place: str | None, currency: str) -> Key:
        return (*label, place, currency) if self.options.by else (*label, currency)


def label_days(label: str, fiscal_start: int) -> tuple[date, date]:
    """First and last day of a period label."""
    year = int(label[:4])
    if "W" in label:
        first = date.fromisocalendar(year, int(label[6:]), 1)
        return first, period_of(first, "week").last
    if "Q" in label:
        first = add_months(date(year, fiscal_start, 1), 3 * (int(label[6]) - 1))
        return first, add_months(first, 3) - DAY
    if len(label) == 7:
        first = date(year, int(label[5:]), 1)
        return first, add_months(first, 1) - DAY
    first = date(year, fiscal_start, 1)
    return first, add_months(first, 12) - DAY


def empty_bridge(asked: Asked) -> dict[str, int]:
    names = ["opening_mrr", "new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr"]
    names += ["churned_mrr", "fx_mrr", "closing_mrr", "opening_customers", "new_customers"]
    names += ["reactivated_customers", "churned_customers", "closing_customers"]
    return dict.fromkeys(names + (TRANSFERS if asked.changing else []), 0)


def mrr_movements(asked: Asked) -> dict[Key, dict[str, Any]]:
    book = asked.book
    rows: dict[Key, dict[str, Any]] = {}

    def row(period: Period, place: str | None, currency: str) -> dict[str, Any]:
        return rows.setdefault(asked.key((period.label,), place, currency), empty_bridge(asked))

    for period in asked.periods():
        if not asked.options.by:
            for currency in book.currencies:
                row(period, None, currency)
        for customer in book.customers:
            adding = Adding(asked, customer, period)
            for place, name, amount in adding.amounts():
                if place != OUT:
                    row(period, place, customer.currency)[name] += amount
    return rows


@dataclass
class Adding:
    """What one customer adds to one period's bridge, as (place, column, amount)."""

    asked: Asked
    customer: Customer
    period: Period

    def amounts(self) -> Iterable[tuple[str | None, str, int]]:
        opening, closing = self.asked.instants(self.period)
        was, now = self.customer.at(opening), self.customer.at(closing)
        if was.on:
            yield from self._state(opening, "opening", was.mrr)
        if now.on:
            yield from self._state(closing, "closing", now.mrr)
        if self.asked.snapshot:
            yield from self._between(opening, closing)
            return
        ignored = self.asked.options.policies.same_period_churn == "ignore"
        if ignored and not was.on and not now.on:
            return
        day = opening + DAY
        while day <= closing:
            yield from self._day(day)
            day += DAY

    def _state(self, day: date, which: str, mrr: int) -> Iterable[tuple[str | None, str, int]]:
        place = self.asked.place(self.customer, day)
        yield place, f"{which}_mrr", mrr
        yield place, f"{which}_customers", 1

    def _day(self, day: date) -> Iterable[tuple[str | None, str, int]]:
        was, now = self.customer.at(day - DAY), self.customer.at(day)
        fx = self.asked.book.fx(self.customer, day)
        if was.on:
            yield self.asked.place(self.customer, day - DAY), "fx_mrr", fx
        if was.on and now.on:
            yield from self._transfer(day - DAY, day, was.mrr + fx)
        for movement in self.customer.movements:
            if movement.day == day:
                yield from self._movement(
                    movement.kind, movement.after - movement.before, day - DAY, day
                )

    def _between(self, opening: date, closing: date) -> Iterable[tuple[str | None, str, int]]:
        """Only the two instants count: what a rate changed stays with the value at opening."""
        was, now = self.customer.at(opening), self.customer.at(closing)
        if not was.on and not now.on:
            return
        fx, day = 0, opening + DAY
        while day <= closing:
            fx += self.asked.book.fx(self.customer, day)
            day += DAY
        held = opening if was.on else closing
        yield self.asked.place(self.customer, held), "fx_mrr", fx
        delta = now.mrr - was.mrr - fx
        if was.on and now.on:
            yield from self._transfer(opening, closing, was.mrr + fx)
            kind = "expansion" if delta > 0 else "contraction"
        elif was.on:
            kind = "churn"
        else:
            kind = "reactivation" if self._seen_at_an_instant() else "new"
            if self.asked.options.policies.reactivation == "as_new":
                kind = "new"
        yield from self._movement(kind, delta, opening, closing)

    def _seen_at_an_instant(self) -> bool:
        """Whether it was a customer at the instant of any earlier period, or when data that begins
        in the middle opened."""
        edge = self.asked.book.edge
        if edge and self.customer.at(edge - DAY).on:
            return True
        period = self.asked.period(self.period.first - DAY)
        while period.last >= min(self.customer.states):
            if self.customer.at(self.asked.instants(period)[1]).on:
                return True
            period = self.asked.period(period.first - DAY)
        return False

    def _transfer(self, old: date, new: date, mrr: int) -> Iterable[tuple[str | None, str, int]]:
        places = [self.asked.place(self.customer, day) for day in (old, new)]
        if places[0] != places[1]:
            for place, way in zip(places, ("out", "in"), strict=True):
                yield place, f"transferred_{way}_mrr", mrr
                yield place, f"transferred_{way}_customers", 1

    def _movement(
        self, kind: str, delta: int, old: date, new: date
    ) -> Iterable[tuple[str | None, str, int]]:
        place = self.asked.place(self.customer, old if kind == "churn" else new)
        amount, count = KINDS[kind]
        yield place, amount, -delta if kind in ("churn", "contraction") else delta
        if count:
            yield place, count, 1


def churn(asked: Asked) -> dict[Key, dict[str, Any]]:
    policies = asked.options.policies
    bridges = mrr_movements(asked)
    counts: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for period in asked.periods():
        opening, closing = asked.instants(period)
        for customer in asked.book.customers:
            was, now = customer.at(opening), customer.at(closing)
            inside = [
                day
                for day in customer.states
                if opening < day <= closing and customer.at(day).on and not asked.snapshot
            ]
            churns = [
                movement
                for movement in customer.movements
                if opening < movement.day <= closing
                and movement.kind == "churn"
                and not asked.snapshot
            ]
            if was.on and not now.on:
                name, day = "lost_customers", opening
            elif not was.on and not now.on and inside:
                name, day = "joined_and_left", max(inside)
            elif now.on and churns:
                name, day = "left_and_returned", closing
            else:
                continue
            place = asked.place(customer, day)
            if place != OUT:
                key = asked.key((period.label,), place, customer.currency)
                counts[key][name] += 1
                bridges.setdefault(key, empty_bridge(asked))
    partial = {period.label: asked.partial(period) for period in asked.periods()}
    rows = {}
    for key, bridge in bridges.items():
        found = counts[key]
        lost = found["lost_customers"]
        if policies.same_period_churn == "count":
            lost += found["joined_and_left"]
        base = bridge["opening_customers"]
        if policies.churn_denominator == "start_plus_new":
            base += bridge["new_customers"]
        left = bridge["churned_mrr"] + bridge["contraction_mrr"]
        net = left - bridge["expansion_mrr"]
        if policies.net_churn_includes_reactivation == "yes":
            net -= bridge["reactivation_mrr"]
        complete = not partial[key[0]]
        low, high = wilson(lost, base) if complete else (None, None)
        rows[key] = {
            "opening_customers": bridge["opening_customers"],
            "lost_customers": lost,
            "customer_churn_rate": ratio(lost, base if complete else 0),
            "customer_churn_low": low,
            "customer_churn_high": high,
            "gross_mrr_churn_rate": ratio(left, bridge["opening_mrr"] if complete else 0),
            "net_mrr_churn_rate": ratio(net, bridge["opening_mrr"] if complete else 0),
            "joined_and_left": found["joined_and_left"],
            "left_and_returned": found["left_and_returned"],
            "small_sample": base < 30,
            "partial": not complete,
            "denominator": base,
        }
    return rows


def ratio(numerator: int, denominator: int) -> float | None:
    return numerator / denominator if denominator else None


def wilson(count: int, base: int) -> tuple[float | None, float | None]:
    if base == 0 or count > base:
        return None, None
    return wilson_at(count / base, base, Z)


def wilson_at(p: float, n: float, z: float) -> tuple[float, float]:
    middle = p + z * z / (2 * n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    spread = 1 + z * z / n
    return (middle - half) / spread, (middle + half) / spread


def retention(asked: Asked) -> dict[Key, dict[str, Any]]:
    members: dict[Key, list[tuple[int, int, bool]]] = {}
    for period in asked.periods():
        if asked.partial(period):
            continue
        now = asked.instants(period)[1]
        then = months_before(now, asked.options.window)
        if not asked.options.by:
            for currency in asked.book.currencies:
                members[period.label, currency] = []
        for customer in asked.book.customers:
            before, after = customer.at(then), customer.at(now)
            place = asked.place(customer, then)
            if not before.on or place == OUT:
                continue
            key = asked.key((period.label,), place, customer.currency)
            members.setdefault(key, []).append((before.mrr, after.mrr, after.on))
    rows = {}
    for key, found in members.items():
        start = sum(before for before, _, _ in found)
        capped = sum(min(before, after) for before, after, _ in found)
        rows[key] = {
            "window_months": asked.options.window,
            "starting_customers": len(found),
            "starting_mrr": start,
            "customer_retention": ratio(sum(on for _, _, on in found), len(found)),
            "nrr": ratio(sum(after for _, after, _ in found), start),
            "grr": ratio(capped, start),
            **retention_limits(found, start, capped),
            "small_sample": len(found) < 30,
        }
    return rows


def retention_limits(
    found: list[tuple[int, int, bool]], start: int, capped: int
) -> dict[str, float | None]:
    """Wilson's limits of GRR for as many equal customers as would be as sure, and MOVER's of it
    together with what customers grew."""
    names = ("nrr_low", "nrr_high", "grr_low", "grr_high")
    unit = MICRO // 10_000
    before = [then // unit for then, _, _ in found]
    if not start or not any(before):
        return dict.fromkeys(names)
    total = Fraction(start, unit)
    grr = Fraction(capped, start)
    gain = Fraction(sum(max(now - then, 0) for then, now, _ in found), start)
    held = [min(then, now) // unit - grr * (then // unit) for then, now, _ in found]
    grew = [max(now - then, 0) // unit - gain * (then // unit) for then, now, _ in found]
    n = len(found)
    squares = Fraction(sum(x * x for x in before))
    equal = float(total**2 / squares)

    def spread(one: list[Fraction], other: list[Fraction]) -> float:
        added = sum((a * b for a, b in zip(one, other, strict=True)), Fraction(0))
        if one is other and added <= squares / 10**9:
            return 0.0
        return float(added / total**2) * (n / (n - 1) if n > 1 else 1.0)

    of_held, of_grown, both = spread(held, held), spread(grew, grew), spread(held, grew)
    v = max(equal - 1, 1.0)
    t = Z + (Z**3 + Z) / 4 / v + (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96 / v**2
    g, x = float(grr), float(gain)
    if 0 < g < 1:
        left = (1 - g) * equal
        mixed = (left * of_held + 5 * g * (1 - g) / equal) / (left + 5)
        size = min(g * (1 - g) / mixed, n)
    else:
        size = equal
    low, high = wilson_at(g, size, t)
    low, high = 0.0 if g == 0 else low, 1.0 if g == 1 else high
    alike = both / sqrt(of_held * of_grown) if of_held and of_grown else 0.0
    alike = max(-1.0, min(1.0, alike))
    reach = t * sqrt(of_grown)
    down, up = min(reach, x), reach + x * min(reach / x, 2) ** 2 / 2 if x else 0.0

    def together(a: float, b: float) -> float:
        return sqrt(max(a * a + b * b + 2 * alike * a * b, 0.0))

    limits = (g + x - together(g - low, down), g + x + together(high - g, up), low, high)
    return dict(zip(names, limits, strict=True))


def first_day(customer: Customer) -> date | None:
    return min((day for day, state in customer.states.items() if state.on), default=None)


def cohorts(asked: Asked) -> dict[Key, dict[str, Any]]:
    labels = {period.label for period in asked.periods()}
    cells: dict[Key, list[int]] = {}
    for customer in asked.book.customers:
        start = first_day(customer)
        if start is None or asked.book.came_earlier(start):
            continue
        if asked.period(start).label not in labels:
            continue
        place = asked.place(customer, start)
        cap = customer.at(start).mrr
        period, age = asked.period(start), 0
        cohort = period.label
        while place != OUT and not asked.partial(period):
            state = customer.at(period.last)
            key = asked.key((cohort, age), place, customer.currency)
            found = cells.setdefault(key, [0] * 5)
            adds = (1, state.on, cap, state.mrr, min(state.mrr, cap))
            cells[key] = [old + new for old, new in zip(found, adds, strict=True)]
            period, age = asked.period(period.last + DAY), age + 1
    return {
        key: {
            "cohort_customers": size,
            "active_customers": active,
            "customer_retention": ratio(active, size),
            "cohort_mrr": cohort_mrr,
            "active_mrr": mrr,
            "net_mrr_retention": ratio(mrr, cohort_mrr),
            "gross_mrr_retention": ratio(capped, cohort_mrr),
        }
        for key, (size, active, cohort_mrr, mrr, capped) in cells.items()
    }


def spells(asked: Asked, customer: Customer) -> list[tuple[date, date, bool]]:
    """Start, end (or as-of) and whether it ended, of each stay."""
    found, start = [], None
    day = min(customer.states, default=asked.book.as_of)
    while day <= asked.book.as_of:
        on = customer.at(day).on
        if on and start is None:
            start = day
        elif not on and start is not None:
            found.append((start, day, True))
            start = None
        day += DAY
    if start is not None:
        found.append((start, asked.book.as_of, False))
    if asked.options.spells == "first":
        found = found[:1]
    return [spell for spell in found if not asked.book.came_earlier(spell[0])]


def tenure(asked: Asked, start: date, end: date) -> int:
    if asked.options.unit == "day":
        return (end - start).days
    months = 0
    while add_months(start, months + 1) <= end:
        months += 1
    return months


def survival(asked: Asked) -> dict[Key, dict[str, Any]]:
    stays: dict[Key, list[tuple[int, bool]]] = defaultdict(list)
    for customer in asked.book.customers:
        for start, end, left in spells(asked, customer):
            place = asked.place(customer, start)
            if place != OUT:
                key = asked.key((), place, customer.currency)
                stays[key].append((tenure(asked, start, end), left))
    rows: dict[Key, dict[str, Any]] = {}
    for key, group in stays.items():
        share, spread, median, here = 1.0, 0.0, None, []
        for length in sorted({length for length, _ in group}):
            at_risk = sum(other >= length for other, _ in group)
            churned = sum(other == length and left for other, left in group)
            censored = sum(other == length and not left for other, left in group)
            share *= 1 - churned / at_risk
            if churned < at_risk:
                spread += churned / (at_risk * (at_risk - churned))
            if median is None and share <= 0.5 + 1e-12:
                median = length
            low, high = log_log(share, spread)
            rows[(length, *key)] = {
                "at_risk": at_risk,
                "churned": churned,
                "censored": censored,
                "survival": share,
                "std_error": share * sqrt(spread),
                "low": low,
                "high": high,
            }
            here.append(rows[(length, *key)])
        for found in here:
            found["median"] = median
    return rows


def log_log(share: float, spread: float) -> tuple[float | None, float | None]:
    if share <= 1e-12 or share >= 1 - 1e-12:
        return None, None
    middle, half = log(-log(share)), Z * sqrt(spread) / abs(log(share))
    return exp(-exp(middle + half)), exp(-exp(middle - half))


def renewals(asked: Asked) -> dict[Key, dict[str, Any]]:
    book = asked.book
    sums: dict[Key, list[int]] = {}
    labels = {period.label: period for period in asked.periods()}
    if not asked.options.by:
        for label in labels:
            for currency in book.currencies:
                sums[label, currency] = [0] * 4
    for customer, ending, unit, carrying in terms(book):
        before = sum(book.worth(x, ending - DAY) for x in unit if book.earns(x, ending - DAY))
        carried = sum(book.worth(x, ending - DAY) for x in carrying if book.earns(x, ending - DAY))
        on_day = sum(book.worth(x, ending) for x in unit if book.earns(x, ending))
        label = asked.period(ending).label
        if ending > book.as_of or carried == 0 or label not in labels:
            continue
        place = asked.place(customer, ending - DAY)
        if place != OUT:
            found = sums.setdefault(asked.key((label,), place, customer.currency), [0] * 4)
            adds = (1, on_day > 0, before, min(before, on_day))
            for column, amount in enumerate(adds):
                found[column] += amount
    return {
        key: {
            "due": due,
            "renewed": renewed,
            "renewal_rate": None if asked.partial(labels[key[0]]) else ratio(renewed, due),
            "due_mrr": due_mrr,
            "renewed_mrr": kept,
            "renewal_rate_mrr": None if asked.partial(labels[key[0]]) else ratio(kept, due_mrr),
        }
        for key, (due, renewed, due_mrr, kept) in sums.items()
    }


def terms(book: Book) -> Iterable[tuple[Customer, date, list[Line], list[Line]]]:
    """Each term: its customer, its end, the lines of its subscription (the account's together
    where there are no ids), and those that carry the term."""
    by_columns = any(line.term_end is not None for line in book.company.lines)
    for customer in book.customers:
        lines = [
            line
            for line in accepted(book.company.lines)
            if line.account == customer.account
            and (book.joint or (line.currency or book.main_currency) == customer.currency)
        ]
        for unit_id in {line.subscription for line in lines}:
            unit = [line for line in lines if line.subscription == unit_id]
            ends: dict[date, list[Line]] = defaultdict(list)
            for line in unit:
                for ending in [line.term_end] if by_columns else interval_ends(line, book.as_of):
                    if ending is not None:
                        ends[ending].append(line)
            for ending, carrying in ends.items():
                yield customer, ending, unit, carrying


def interval_ends(line: Line, until: date) -> list[date]:
    """The ends of a line's billing intervals of three months or more, counted from its start."""
    if line.mrr is not None or line.interval not in ("month", "quarter", "year"):
        return []
    months = int(MONTHS[line.interval]) * (line.interval_count or 1)
    found = []
    while months >= 3 and add_months(line.start, months * (len(found) + 1)) <= until:
        found.append(add_months(line.start, months * (len(found) + 1)))
    return found
