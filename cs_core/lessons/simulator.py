"""A company whose truth is known: what its data say, beside what is so.

Customers join on the first of each of `MONTHS` months and leave on the first of a later one. The
truth is what the same company comes to with endlessly many customers, and is added up, not drawn.
Estimates are those of the core's own models, from the customers that were drawn.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import exp
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas

from cs_core.domain.periods import add_months
from cs_core.domain.proportion import Z95, wilson
from cs_core.lessons.lesson import Setting, Unit, Values
from cs_core.models import lifetime_value
from cs_core.models.payments import FOLLOWED, Payments
from cs_core.models.retention_curve import Curve, fit
from cs_core.models.retention_interval import log_spread
from cs_core.models.survival import kaplan_meier
from cs_core.models.survivors import Survivors

Array = npt.NDArray[np.float64]

FIRST, MONTHS = "2023-01", 36
EARLY, MIDDLE = 3, 12  # the last months of a stay in the first two phases
DEARER, UPSET = 18, 3  # month of the price rise, and months in which it drives people away
SEATS, SEAT = 5, 20  # of a new customer, and what one costs a month
MOST_SEATS = SEATS + MONTHS
TYPES = 41  # kinds of customers where they differ
LATELY, YEAR, HORIZON = 6, 12, 24
FIVE_YEARS = 60
AGE = 12  # at which retention is read
REPEATS = 200

SETTINGS = (
    Setting("joins", 30, 10, 100, 10, "count"),
    Setting("growth", 0.02, 0.0, 0.10, 0.01),
    Setting("churn_early", 0.08, 0.01, 0.30, 0.01),
    Setting("churn_middle", 0.04, 0.01, 0.20, 0.01),
    Setting("churn_later", 0.02, 0.005, 0.10, 0.005, digits=1),
    Setting("differ", 0.3, 0.0, 0.5, 0.1, "number", 1),
    Setting("more_seats", 0.03, 0.0, 0.10, 0.01),
    Setting("fewer_seats", 0.01, 0.0, 0.10, 0.01),
    Setting("price_rise", 0.0, 0.0, 0.30, 0.05),
    Setting("response", 2.0, 1.0, 4.0, 0.5, "number", 1),
)


@dataclass(frozen=True)
class Simulator:
    """What can be moved, as a lesson has it."""

    key: str = "simulator"
    settings: tuple[Setting, ...] = SETTINGS
    chance: bool = True

    @property
    def defaults(self) -> dict[str, float]:
        return {setting.name: setting.default for setting in self.settings}


SIMULATOR = Simulator()


@dataclass(frozen=True)
class BesideTruth:
    """One estimate beside the truth; `low` and `high` are its 95 % limits where it has some."""

    name: str
    unit: Unit
    estimate: float | None
    low: float | None
    high: float | None
    truth: float

    @property
    def holds(self) -> bool | None:
        """Whether the truth lies within the limits."""
        if self.low is None or self.high is None:
            return None
        return self.low <= self.truth <= self.high


@dataclass(frozen=True)
class Simulated:
    """`joined[i]` is the month customer i joined, `stay[i]` after how many months it left
    (`MONTHS` where it has not), `seats[i, age]` how many it paid for at that age."""

    values: Mapping[str, float]
    joined: npt.NDArray[np.int64]
    stay: npt.NDArray[np.int64]
    seats: Array

    # -- the data ---------------------------------------------------------------------

    @cached_property
    def active(self) -> npt.NDArray[np.bool_]:
        """Customer x end of month."""
        age = np.arange(MONTHS)[None, :] - self.joined[:, None]
        return (age >= 0) & (age < self.stay[:, None])

    @cached_property
    def mrr(self) -> Array:
        """Customer x end of month."""
        age = np.clip(np.arange(MONTHS)[None, :] - self.joined[:, None], 0, MONTHS - 1)
        seats = np.take_along_axis(self.seats, age, axis=1)
        return seats * prices(self.values)[None, :] * self.active

    def subscriptions(self) -> str:
        """The company as a file anybody can import: a line for each time its MRR changed."""
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["account_id", "start_date", "end_date", "mrr"])
        for customer, paid in enumerate(self.mrr):
            months = np.flatnonzero(paid)
            changed = [months[0], *months[1:][np.diff(paid[months]) != 0]]
            ends = [*changed[1:], int(months[-1]) + 1]
            for start, end in zip(changed, ends, strict=True):
                last = "" if end == MONTHS else _day(int(end))
                rows.writerow([f"C{customer + 1:04}", _day(int(start)), last, f"{paid[start]:.2f}"])
        return out.getvalue()

    @cached_property
    def _last(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Of each customer the age last seen at, and whether the next month was not begun."""
        seen = MONTHS - 1 - self.joined
        left = self.stay <= seen
        return np.where(left, self.stay - 1, seen), left.astype(np.int64)

    # -- what the data say ------------------------------------------------------------

    @cached_property
    def curve(self) -> list[tuple[int, float, float | None, float | None]]:
        """Age, share still there, and its limits."""
        last, left = self._last
        counts = np.zeros((MONTHS + 1, 2), dtype=int)
        np.add.at(counts, (last + left, 1 - left), 1)
        rows = kaplan_meier([(age, int(a), int(b)) for age, (a, b) in enumerate(counts)])
        found: list[tuple[int, float, float | None, float | None]] = [(0, 1.0, None, None)]
        by_age = {row.tenure: row for row in rows}
        for age in range(1, MONTHS):
            if age in by_age:
                row = by_age[age]
                found.append((age, row.survival, row.low, row.high))
            else:
                found.append((age, *found[-1][1:]))
        return found

    @cached_property
    def months(self) -> list[tuple[int, int]]:
        """Customers lost in each month but the first, of so many at its start."""
        before, after = self.active[:, :-1], self.active[:, 1:]
        lost = (before & ~after).sum(axis=0)
        return list(zip(lost.tolist(), before.sum(axis=0).tolist(), strict=True))

    @cached_property
    def payments(self) -> Payments:
        last, left = self._last
        ages = np.arange(MONTHS)
        month = np.minimum(self.joined[:, None] + ages, MONTHS - 1)
        paid = self.seats * prices(self.values)[month] * (ages <= last[:, None])
        customers = np.zeros((MONTHS, 2))
        np.add.at(customers, (last, left), 1)
        money = np.zeros((MONTHS, 2, MONTHS))
        np.add.at(money, (last, left), paid)
        products = np.zeros((FOLLOWED, FOLLOWED))
        products[:MONTHS, :MONTHS] = paid.T @ paid
        return Payments(customers, money, products)

    @cached_property
    def held(self) -> tuple[BesideTruth, ...]:
        """Every estimate beside the truth."""
        so = truth(settled(self.values))
        _, share, low, high = self.curve[AGE]
        lost, opening = map(sum, zip(*self.months[-LATELY:], strict=True))
        least, most = wilson(lost, opening)
        then, now = self.mrr[:, -1 - YEAR], self.mrr[:, -1]
        started = float(then.sum())
        formula = lifetime_value.simple(1.0, 1.0, lost, opening)
        life, shortest, longest = _within(self.payments.survivors)
        (value,) = lifetime_value.finite_horizon(self.payments, 1.0, 0.0, (HORIZON,))
        return (
            BesideTruth("retention", "rate", share, low, high, so.curve[AGE]),
            BesideTruth(
                "churn", "rate", lost / opening if opening else None, least, most, so.churn
            ),
            BesideTruth(
                "nrr",
                "rate",
                float(now[then > 0].sum()) / started if started else None,
                None,
                None,
                so.nrr,
            ),
            BesideTruth("formula", "months", formula.value, formula.low, formula.high, so.lifetime),
            BesideTruth("five_years", "months", life, shortest, longest, so.five_years),
            BesideTruth("value", "count", value.value, value.low, value.high, so.value),
        )

    def frames(self) -> tuple[pandas.DataFrame, pandas.DataFrame]:
        """Retention by age and churn by month, with limits and truth: rows of `estimate_truth`."""
        so = truth(settled(self.values))
        columns = ["at", "value", "low", "high", "true"]
        ages = [(*row, so.curve[row[0]]) for row in self.curve]
        months: list[tuple[Any, ...]] = []
        for place, (lost, opening) in enumerate(self.months):
            share = lost / opening if opening else None
            months.append((place + 1, share, *wilson(lost, opening), so.months[place]))
        return pandas.DataFrame(ages, columns=columns), pandas.DataFrame(months, columns=columns)


def _within(survivors: Survivors) -> tuple[float, float, float]:
    """Months within five years by the sBG curve, and their limits if that family is the right
    one."""
    curve = fit(survivors, "sbg")

    def worth(of: Curve) -> float:
        return float(of.residual_lifetime(0, within=FIVE_YEARS)[0] or 0.0)

    width = Z95 * log_spread(survivors, curve, worth)
    return worth(curve), worth(curve) * exp(-width), worth(curve) * exp(width)


def _day(month: int) -> str:
    return f"{add_months(FIRST, month)}-01"


# -- what is planted ----------------------------------------------------------------------


def prices(values: Values) -> Array:
    """What a seat costs in each month."""
    found = np.full(MONTHS, float(SEAT))
    found[DEARER:] *= 1 + values["price_rise"]
    return found


def chances(values: Values) -> Array:
    """Of a customer of the mean kind: the chance to leave at the start of a month, by age (whole
    months of the stay) and month of the company."""
    age, month = np.arange(MONTHS)[:, None], np.arange(MONTHS)[None, :]
    phase = np.where(
        age <= EARLY,
        values["churn_early"],
        np.where(age <= MIDDLE, values["churn_middle"], values["churn_later"]),
    )
    upset = (month >= DEARER) & (month < DEARER + UPSET) & (values["price_rise"] > 0)
    return np.asarray(phase * np.where(upset, values["response"], 1.0))


def kinds(differ: float) -> tuple[Array, Array]:
    """How customers differ: the chance to leave is multiplied by one of these, with these shares:
    a symmetric beta on 0 ... 2 of standard deviation `differ`, at the middles of `TYPES` steps."""
    if differ == 0:
        return np.ones(1), np.ones(1)
    shape = (1 / differ**2 - 1) / 2
    at = (np.arange(TYPES) + 0.5) / TYPES
    weight = (at * (1 - at)) ** (shape - 1)
    return 2 * at, weight / weight.sum()


def joining(values: Values) -> npt.NDArray[np.int64]:
    """How many join in each month."""
    grown = values["joins"] * (1 + values["growth"]) ** np.arange(MONTHS)
    return np.asarray(np.rint(grown), dtype=np.int64)


def simulate(values: Values, seed: int = 0) -> Simulated:
    """The same for the same settings and seed."""
    return _simulate(settled(values), seed)


def settled(values: Values) -> tuple[float, ...]:
    """The settings in their order."""
    return tuple(values[setting.name] for setting in SETTINGS)


@lru_cache(maxsize=32)
def _simulate(settings: tuple[float, ...], seed: int) -> Simulated:
    values = dict(zip(SIMULATOR.defaults, settings, strict=True))
    draw = np.random.default_rng(seed)
    joined = np.repeat(np.arange(MONTHS), joining(values))
    kind, share = kinds(values["differ"])
    factor = draw.choice(kind, len(joined), p=share)
    chance = chances(values)
    stay = np.full(len(joined), MONTHS)
    seats = np.full((len(joined), MONTHS), float(SEATS))
    here = np.arange(len(joined))
    for age in range(1, MONTHS):
        here = here[joined[here] + age < MONTHS]
        leaves = draw.random(len(here)) < chance[age, joined[here] + age] * factor[here]
        stay[here[leaves]] = age
        here = here[~leaves]
        moved = draw.random(len(here))
        more = moved < values["more_seats"]
        fewer = ~more & (moved < values["more_seats"] + values["fewer_seats"])
        before = seats[here, age - 1]
        seats[here, age] = np.maximum(1, before + more - fewer)
    return Simulated(values, joined, stay, seats)


@dataclass(frozen=True)
class Repeats:
    """`curves` of as many courses of the same company, and of each estimate in how many of those
    that gave limits the truth lay within them."""

    curves: tuple[tuple[float, ...], ...]
    held: Mapping[str, tuple[int, int]]


@lru_cache(maxsize=8)
def repeats(settings: tuple[float, ...], times: int = REPEATS) -> Repeats:
    curves, hold, asked = [], Counter[str](), Counter[str]()
    for seed in range(times):
        company = _simulate.__wrapped__(settings, seed)
        curves.append(tuple(share for _, share, _, _ in company.curve))
        for one in company.held:
            if one.holds is not None:
                asked[one.name] += 1
                hold[one.name] += one.holds
    return Repeats(tuple(curves), {name: (hold[name], asked[name]) for name in asked})


# -- what is so ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Truth:
    """`curve` by age, `months` the share lost in each month but the first, `churn` of the last
    six, `lifetime` the months a new customer stays from today on, `five_years` those of them within
    five years, `value` what it pays within
    `HORIZON` months."""

    curve: tuple[float, ...]
    months: tuple[float, ...]
    churn: float
    nrr: float
    lifetime: float
    five_years: float
    value: float


@lru_cache(maxsize=128)
def truth(settings: tuple[float, ...]) -> Truth:
    """From the settings in their order."""
    values = dict(zip(SIMULATOR.defaults, settings, strict=True))
    chance, (kind, share) = chances(values), kinds(values["differ"])
    price, seats = prices(values), _mean_seats(values)
    joins = joining(values).astype(float)
    # Of each cohort, by age and kind: how many are still there.
    there = np.zeros((MONTHS, MONTHS, len(kind)))
    there[:, 0, :] = joins[:, None] * share
    for age in range(1, MONTHS):
        cohorts = np.arange(MONTHS - age)
        leave = np.minimum(chance[age, cohorts + age][:, None] * kind, 1.0)
        there[cohorts, age] = there[cohorts, age - 1] * (1 - leave)
    alive = there.sum(axis=2)  # cohort x age
    curve, paid = [1.0], [float(seats[0] * (alive[:, 0] @ price) / alive[:, 0].sum())]
    for age in range(1, MONTHS):
        cohorts = np.arange(MONTHS - age)
        now = alive[cohorts, age]
        curve.append(curve[-1] * float(now.sum() / alive[cohorts, age - 1].sum()))
        paid.append(curve[age] * float(seats[age] * (now @ price[cohorts + age]) / now.sum()))
    by_month = np.zeros((MONTHS, MONTHS))  # cohort x month
    for cohort in range(MONTHS):
        by_month[cohort, cohort:] = alive[cohort, : MONTHS - cohort]
    opening = by_month.sum(axis=0)[:-1]
    # Who stays of those there before: not those who join.
    staying = by_month.sum(axis=0)[1:] - joins[1:]
    lost = opening - staying
    then = MONTHS - 1 - YEAR
    old = np.arange(then + 1)
    money = [
        float(by_month[old, month] @ seats[month - old] * price[month])
        for month in (then, MONTHS - 1)
    ]
    return Truth(
        tuple(curve),
        tuple((lost / opening).tolist()),
        float(lost[-LATELY:].sum() / opening[-LATELY:].sum()),
        money[1] / money[0],
        *_lifetime(values, kind, share),
        sum(paid[:HORIZON]),
    )


def _mean_seats(values: Values) -> Array:
    """Of those still there, by age: whether one leaves does not depend on its seats."""
    more, fewer = values["more_seats"], values["fewer_seats"]
    share = np.zeros(MOST_SEATS + 1)
    share[SEATS] = 1.0
    found = [float(SEATS)]
    for _ in range(1, MONTHS):
        after = share * (1 - more - fewer)
        after[1:] += share[:-1] * more
        after[:-1] += share[1:] * fewer
        after[1] += after[0]  # the last seat is not given up
        after[0] = 0.0
        share = after
        found.append(float(share @ np.arange(MOST_SEATS + 1)))
    return np.array(found)


def _lifetime(values: Values, kind: Array, share: Array) -> tuple[float, float]:
    """The mean number of months, for life and within five years, as long as the chances stay what
    they are now."""
    there, total, within = share.copy(), 0.0, 0.0
    for age in range(1, FIVE_YEARS + 1):
        if age <= MIDDLE:
            total += float(there.sum())
        within += float(there.sum())
        name = "early" if age <= EARLY else "middle" if age <= MIDDLE else "later"
        there = there * (1 - np.minimum(values[f"churn_{name}"] * kind, 1.0))
        if age == MIDDLE:
            later = np.minimum(values["churn_later"] * kind, 1.0)
            total += float((there / later).sum())
    return total, within
