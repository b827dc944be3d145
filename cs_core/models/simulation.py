"""What a customer is worth under a scenario, with its doubt, and which lever matters.

Payments are at the start of each month, the first at t = 0. A customer of t completed months
pays ARPA x (1 + price change) x (1 + expansion - contraction)^t while still there, and counts at
the gross margin, discounted by (1 + d)^(-t/12). Churn is per month and may differ by phase of
tenure; a price change multiplies it by 1 + response x change. Where MRR leaves faster or slower
than customers do, what is paid thins out at that `pace`. Those on annual contracts pay
(12 - free months) at once at t = 0, 12, 24 … and can only leave then. Every function works on
one scenario or on any number of draws at once, in the same arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from cs_core.domain.proportion import Z95
from cs_core.errors import UsageError
from cs_core.models.assumptions import CHURN_BY_PHASE, PHASES, Assumptions, Baseline, specs
from cs_core.models.survivors import Survivors

Array = npt.NDArray[np.float64]
Values = Mapping[str, Any]  # assumption -> a number, or one per draw
Pace = Sequence[float]  # by phase, as in `Baseline`

DRAWS = 10_000
PERCENTILES = (2.5, 10.0, 50.0, 90.0, 97.5)
_PAYBACK_MONTHS = 120
_RELATIVE = 0.10
_POINT = 0.01
_AS_STRONG = 10.0  # departures that a year like all the others is worth
_CHURNS = ("churn", *CHURN_BY_PHASE)
EVEN: Pace = (1.0,) * len(CHURN_BY_PHASE)
_CHI2_MEDIAN = 0.454936423119573  # with one degree of freedom
# Assumptions the tornado ranks; the others do not change what a customer is worth.
_LEVERS = (
    "expansion", "contraction", "arpa", "price_change", "price_response", "gross_margin",
    "discount_rate", "annual_share", "annual_free_months",
)  # fmt: skip


@dataclass(frozen=True)
class Value:
    """One scenario without doubt. `ltv` is the discounted gross margin per customer within the
    horizon; `path` what has been collected of it after each payment, `survival` P(T >= t), both
    by month 0 … horizon - 1. `lifetime` is the expected number of months paid in a whole life,
    None where some never leave. `payback` is the number of monthly payments until the
    undiscounted margin covers the CAC, None for never (within ten years). Ratios are None
    without a CAC."""

    ltv: float
    path: tuple[float, ...]
    survival: tuple[float, ...]
    lifetime: float | None
    ltv_cac: float | None
    payback: int | None


@dataclass(frozen=True)
class Lever:
    """LTV when one assumption is 10 % lower or higher than it is (within its bounds)."""

    name: str
    value: float
    at_minus: float
    at_plus: float

    @property
    def swing(self) -> float:
        return abs(self.at_plus - self.at_minus)


@dataclass(frozen=True)
class PointOfChurn:
    """What `points` less monthly churn (0.01, or 0.001 where churn is below a point) are worth
    per customer, and what else would be worth as much: a price rise nobody leaves over, as a
    share; gross margin, as a share of revenue; CAC, in money. None where nothing is earned."""

    points: float
    worth: float
    price: float | None
    margin: float | None
    cac: float


@dataclass(frozen=True)
class Simulation:
    """A scenario beside the baseline. `draws` are LTVs, `fan` the collected value by month at
    the PERCENTILES (rows); `payback_range` is P10 and P90 of it, None for never in the horizon;
    `beats` is the share of draws with an LTV of at least three times the CAC."""

    baseline: Value
    scenario: Value
    p10: float
    p50: float
    p90: float
    draws: Array
    fan: Array
    payback_range: tuple[int | None, int | None]
    beats: float | None
    tornado: tuple[Lever, ...]
    point: PointOfChurn

    def record(self) -> dict[str, Any]:
        """What `simulate` prints; money as text with six decimals."""
        return {
            "baseline": f"{self.baseline.ltv:.6f}",
            "scenario": f"{self.scenario.ltv:.6f}",
            "p10": f"{self.p10:.6f}",
            "p50": f"{self.p50:.6f}",
            "p90": f"{self.p90:.6f}",
            "tornado": [
                {
                    "assumption": lever.name,
                    "value": lever.value,
                    "minus_10": f"{lever.at_minus:.6f}",
                    "plus_10": f"{lever.at_plus:.6f}",
                }
                for lever in self.tornado
            ],
        }


def value(scenario: Assumptions, pace: Pace = EVEN) -> Value:
    """The scenario as it is assumed, without uncertainty. `pace` is the baseline's."""
    values = scenario.as_dict()
    months = max(scenario.horizon, _PAYBACK_MONTHS)
    survival = _survival(values, months, scenario.by_phase)
    cash = _cash(values, _survival(values, months, scenario.by_phase, pace))
    path = np.cumsum(cash * _discount(values, months), axis=0)[: scenario.horizon, 0]
    ltv = float(path[-1])
    return Value(
        ltv,
        tuple(map(float, path)),
        tuple(map(float, survival[: scenario.horizon, 0])),
        _lifetime(values, survival[:, 0], scenario),
        ltv / scenario.cac if scenario.cac else None,
        _months_or_never(_payback(cash, scenario.cac)[0], months) if scenario.cac else None,
    )


def simulate(
    baseline: Baseline,
    scenario: Assumptions,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    individuals: bool = False,
) -> Simulation:
    """Monte Carlo over what the data leave uncertain.

    Each assumption with an interval in the baseline is drawn around the scenario's value: normal
    on the logit scale for shares, on the log scale for amounts, as wide as the interval. A rate
    of which the data saw none is drawn from Jeffreys' posterior, whose median is the point. Draws
    come from the seed and the assumption's name alone, so two scenarios differ by their
    assumptions, never by luck. With
    `individuals` each draw is also one customer who leaves at a random time.
    """
    if not 100 <= draws <= 1_000_000:
        raise UsageError("option_out_of_range", option="draws", value=draws, low=100, high=1000000)
    values = draw(baseline, scenario, draws, seed)
    months = scenario.horizon
    survival = _survival(values, months, scenario.by_phase, baseline.pace)
    if individuals:
        luck = _generator(seed, "individuals").random(draws)
        survival = (luck < survival).astype(float)
    cash = _cash(values, survival)
    path = np.cumsum(cash * _discount(values, months), axis=0)
    worth = path[-1]
    fan = _percentiles(path)
    _, p10, p50, p90, _ = map(float, fan[:, -1])
    paybacks: tuple[int | None, int | None] = (None, None)
    if scenario.cac:
        low, high = np.percentile(_payback(cash, scenario.cac), (10, 90), method="nearest")
        paybacks = _months_or_never(low, months), _months_or_never(high, months)
    return Simulation(
        value(baseline.assumptions, baseline.pace),
        value(scenario, baseline.pace),
        p10,
        p50,
        p90,
        worth,
        fan,
        paybacks,
        float((worth >= 3 * scenario.cac).mean()) if scenario.cac else None,
        tornado(scenario, baseline.pace),
        point_of_churn(scenario, baseline.pace),
    )


def _months_or_never(needed: float, months: int) -> int | None:
    return int(needed) if needed <= months else None


def tornado(scenario: Assumptions, pace: Pace = EVEN) -> tuple[Lever, ...]:
    """The levers by what a relative 10 % does to the LTV, largest first."""
    known = {spec.name: spec for spec in specs()}
    names = [name for name in (*scenario.churns, *_LEVERS) if getattr(scenario, name)]
    base = scenario.as_dict()
    columns = {name: np.full(2 * len(names), float(base[name])) for name in base}
    for column, name in enumerate(names):
        for side, factor in enumerate((1 - _RELATIVE, 1 + _RELATIVE)):
            moved = min(max(base[name] * factor, known[name].low), known[name].high)
            columns[name][2 * column + side] = moved
    worth = _ltv(columns, scenario.horizon, scenario.by_phase, pace)
    levers = [
        Lever(name, float(base[name]), float(worth[2 * column]), float(worth[2 * column + 1]))
        for column, name in enumerate(names)
    ]
    # ARPA and margin do the same; rounding must not decide which of them comes first.
    ranked = sorted(levers, key=lambda lever: -float(f"{lever.swing:.9e}"))
    return tuple(lever for lever in ranked if lever.swing > 0)


def point_of_churn(scenario: Assumptions, pace: Pace = EVEN) -> PointOfChurn:
    """What one point less churn, in every phase, is worth."""
    values = scenario.as_dict()
    points = _POINT if min(values[name] for name in scenario.churns) >= _POINT else _POINT / 10
    less = {name: max(0.0, values[name] - points) for name in scenario.churns}
    now, then = (
        float(_ltv({**values, **change}, scenario.horizon, scenario.by_phase, pace)[0])
        for change in ({}, less)
    )
    worth = then - now
    # LTV is proportional to price and to margin.
    share = worth / now if now > 0 else None
    return PointOfChurn(
        points,
        worth,
        share,
        None if share is None else share * scenario.gross_margin,
        worth,
    )


@dataclass(frozen=True)
class Projection:
    """MRR by month, 0 (today) … horizon: as assumed, under the baseline, and 80 % and 95 %
    bands. `customers` is the expected number under the scenario."""

    scenario: tuple[float, ...]
    baseline: tuple[float, ...]
    low80: tuple[float, ...]
    high80: tuple[float, ...]
    low95: tuple[float, ...]
    high95: tuple[float, ...]
    customers: tuple[float, ...]


@dataclass(frozen=True)
class Outlook:
    """Who is there, and who comes.

    `base` holds (tenure in completed months, customers, MRR) of today's customers, `squared` the
    sums of the squares of their MRR in the same order. Newcomers start at `starting` MRR on
    average, with the coefficient of variation `variation`, as `joined` of the last months did.
    `survivors` are counts by payments.
    """

    base: Sequence[tuple[int, int, float]]
    squared: Sequence[float]
    starting: float
    variation: float
    joined: int
    survivors: Survivors


def project_mrr(
    baseline: Baseline,
    scenario: Assumptions,
    outlook: Outlook,
    *,
    draws: int = 2_000,
    seed: int = 0,
) -> Projection:
    """MRR of today's customers and of those who join, month by month.

    The bands are predictive: they hold what the data leave uncertain of every assumption, and
    that customers join and leave one by one. Given the assumptions, each of today's customers is
    there or not (variance: the sum of MRR^2 x s (1 - s)), and newcomers are a Poisson number a
    month at MRR of their own, thinned by leaving. Where the mature leave more seldom the longer
    they stay, so they do here (`_years`). The price change applies to everybody from month 1, a
    moved ARPA to newcomers; they join at each month from 1 on.
    """
    values = draw(baseline, scenario, draws, seed)
    own = baseline.assumptions.arpa
    before = replace(baseline.assumptions, horizon=scenario.horizon)
    pace = baseline.pace
    usual, years = _years(outlook.survivors, draws, seed)
    starting = outlook.starting
    if outlook.joined:
        spread = outlook.variation / outlook.joined**0.5
        starting = starting * np.exp(
            spread * _generator(seed, "starting").standard_normal(draws) - spread**2 / 2
        )

    def mean(of: Assumptions) -> Array:
        return mrr(of.as_dict(), of, outlook.starting, usual)

    def mrr(values: Values, of: Assumptions, starting: Any, years: Array) -> Array:
        moved = of.arpa / own if own else 1.0
        stay = _stay_by_tenure(values, of.by_phase, years, pace)
        return _mrr(values, of, outlook.base, starting * moved, stay)

    drawn = mrr(values, scenario, starting, years)
    luck = _generator(seed, "luck").standard_normal(draws)
    price = 1 + scenario.price_change
    stay = _stay_by_tenure(values, scenario.by_phase, years, pace)
    variance = _mrr_variance(values, scenario, outlook, stay) * price**2
    drawn = np.maximum(drawn + np.sqrt(variance) * luck, 0.0)
    low95, low80, _, high80, high95 = _percentiles(drawn)

    def row(line: Array) -> tuple[float, ...]:
        return tuple(map(float, line))

    return Projection(
        row(mean(scenario)[:, 0]),
        row(mean(before)[:, 0]),
        row(low80),
        row(high80),
        row(low95),
        row(high95),
        row(_customers(scenario, outlook.base, usual)[:, 0]),
    )


def _years(of: Survivors, draws: int, seed: int) -> tuple[Array, Array]:
    """Churn of the mature by year of maturity, relative to that of all of them: as it is most
    likely (one column) and as drawn.

    Departures of a year are Poisson about its share of all, whose prior, a gamma about 1, is as
    strong as 10 departures: a year of few is like all the others unless it tells more. Relative to
    the whole, so that the churn of the phase stays what it is assumed to be.
    """
    at_risk, lost = of.at_risk[PHASES[-1] :], of.lost[PHASES[-1] :]
    places = range(0, len(at_risk), 12)
    exposed = np.array([sum(at_risk[place : place + 12]) for place in places])
    seen = np.array([sum(lost[place : place + 12]) for place in places])
    if not seen.sum():
        return np.ones((1, 1)), np.ones((1, 1))
    expected = exposed * (seen.sum() / exposed.sum())
    shape = (seen + _AS_STRONG)[:, None]
    scale = (expected + _AS_STRONG)[:, None]
    weight = (exposed / exposed.sum())[:, None]
    chance = _generator(seed, "years").gamma(shape, size=(len(shape), draws)) / scale
    usual: Array = shape / scale
    drawn: Array = chance / (chance * weight).sum(axis=0)
    return usual / (usual * weight).sum(), drawn


def _mrr(
    values: Values,
    scenario: Assumptions,
    base: Sequence[tuple[int, int, float]],
    starting: Any,
    stay: Array,
) -> Array:
    growth = 1 + np.asarray(values["expansion"]) - values["contraction"]
    price = 1 + np.asarray(values["price_change"])
    joining = values["new_customers"] * starting * price
    width = max(stay.shape[1], np.size(growth), np.size(joining))
    money = np.zeros((len(stay), width))
    for tenure, _, mrr in base:
        money[min(tenure, len(stay) - 1)] += mrr
    return _grow(money, stay * growth, joining, price, scenario.horizon)


def _mrr_variance(values: Values, scenario: Assumptions, outlook: Outlook, stay: Array) -> Array:
    """By month and draw, at today's prices: of who is there now, the sum of MRR^2 s (1 - s), s
    being the chance to be there still, with growth; of newcomers, whose number is Poisson, the sum
    of MRR^2 of those expected to be there."""
    growth = 1 + np.asarray(values["expansion"]) - values["contraction"]
    width = max(stay.shape[1], np.size(growth), np.size(values["new_customers"]))
    squares = np.zeros((len(stay), width))
    for (tenure, _, _), squared in zip(outlook.base, outlook.squared, strict=True):
        squares[min(tenure, len(stay) - 1)] += squared
    joining = values["new_customers"] * outlook.starting**2 * (1 + outlook.variation**2)
    grown = stay * growth**2
    # s of today's customers, and s^2, each with their MRR^2: E s - E s^2.
    there = _grow(squares, grown, joining, 1.0, scenario.horizon)
    surely = _grow(squares, stay * grown, 0.0, 1.0, scenario.horizon)
    return np.maximum(there - surely, 0.0)


def _customers(
    scenario: Assumptions, base: Sequence[tuple[int, int, float]], years: Array
) -> Array:
    stay = _stay_by_tenure(scenario.as_dict(), scenario.by_phase, years)
    people = np.zeros_like(stay)
    for tenure, customers, _ in base:
        people[min(tenure, len(stay) - 1)] += customers
    return _grow(people, stay, scenario.new_customers, 1.0, scenario.horizon)


def _stay_by_tenure(values: Values, by_phase: bool, years: Array, pace: Pace = EVEN) -> Array:
    """Probability to stay a month by completed months of tenure (rows), the last row for all
    later ones, and draw. One rate for everybody is the same in every year of maturity, too."""
    stay = _stay(values, by_phase, pace)
    rows = [stay[_phase(tenure)] for tenure in range(PHASES[-1])]
    for year in years if by_phase else np.ones((1, 1)):
        rows += [np.maximum(1 - (1 - stay[-1]) * year, 0.0)] * 12
    return np.array(np.broadcast_arrays(*rows))


def _generator(seed: int, name: str) -> np.random.Generator:
    """Of one thing that is drawn: what else is drawn does not move it."""
    return np.random.default_rng([seed, crc32(name.encode())])


def draw(baseline: Baseline, scenario: Assumptions, draws: int, seed: int) -> dict[str, Any]:
    """The scenario's values, those with an interval as one value per draw."""
    values = scenario.as_dict()
    for spec in specs():
        if spec.unit not in ("share", "share_per_month", "money_per_month", "customers_per_month"):
            continue
        centre = values[spec.name]
        width = 0.0 if spec.name in baseline.unseen else _width(spec.unit, baseline, spec.name)
        if spec.name in _CHURNS:
            width *= baseline.design_effect**0.5
        if centre <= 0 or not (width or spec.name in baseline.unseen):
            continue
        normal = _generator(seed, spec.name).standard_normal(draws)
        if spec.name in baseline.unseen:
            # Chi-squared with one degree of freedom, the shape of Jeffreys' posterior of a rate
            # of which none was seen.
            values[spec.name] = np.minimum(centre * normal**2 / _CHI2_MEDIAN, spec.high)
            continue
        ratio = np.exp(width * normal)
        if spec.unit.startswith("share"):
            values[spec.name] = centre * ratio / (1 - centre + centre * ratio)
        else:
            values[spec.name] = centre * ratio
    return values


def _width(unit: str, baseline: Baseline, name: str) -> float:
    """Standard deviation on the logit or log scale that gives the baseline's interval."""
    low, high = baseline.ranges.get(name, (0.0, 0.0))
    centre = getattr(baseline.assumptions, name)

    def link(x: float) -> float:
        return float(np.log(x / (1 - x)) if unit.startswith("share") else np.log(x))

    top = 1.0 if unit.startswith("share") else np.inf
    ends = [x for x in (low, centre, high) if 0 < x < top]
    if len(ends) < 2 or ends[0] == ends[-1]:
        return 0.0
    sides = 2 if len(ends) == 3 else 1
    return (link(ends[-1]) - link(ends[0])) / (sides * Z95)


def _ltv(values: Values, horizon: int, by_phase: bool, pace: Pace) -> Array:
    survival = _survival(values, horizon, by_phase, pace)
    worth: Array = (_cash(values, survival) * _discount(values, horizon)).sum(axis=0)
    return worth


def _churn(values: Values, name: str) -> Any:
    """Monthly churn with the response to the price change, within 0 … 1."""
    factor = 1 + np.asarray(values["price_response"]) * values["price_change"]
    return np.clip(values[name] * factor, 0.0, 1.0)


def _survival(values: Values, months: int, by_phase: bool, pace: Pace = EVEN) -> Array:
    """P(T >= t) by month t (rows) and draw (columns); at the `pace` of MRR, the share of the
    first payments still paid."""
    stay = _stay(values, by_phase, pace)
    shares = np.ones((months, max(map(len, stay))))
    for t in range(1, months):
        np.multiply(shares[t - 1], stay[_phase(t - 1)], out=shares[t])
    return shares


def _stay(values: Values, by_phase: bool, pace: Pace = EVEN) -> list[Array]:
    """Probability to stay a month, by phase of tenure and draw; of MRR with its own `pace`."""
    names = CHURN_BY_PHASE if by_phase else ("churn",) * len(CHURN_BY_PHASE)
    return [
        1 - np.minimum(np.atleast_1d(_churn(values, name)) * faster, 1.0)
        for name, faster in zip(names, pace, strict=True)
    ]


def staying_by_phase(scenario: Assumptions, pace: Pace = EVEN) -> tuple[float, ...]:
    """Probability to stay a month, by phase of tenure, with the response to the price change;
    with the baseline's `pace`, the share of MRR that stays."""
    return tuple(float(stay[0]) for stay in _stay(scenario.as_dict(), scenario.by_phase, pace))


def _phase(tenure: int) -> int:
    return sum(tenure >= edge for edge in PHASES)


def _cash(values: Values, survival: Array) -> Array:
    """Expected gross margin per customer at each month, undiscounted, given who is there."""
    growth = np.atleast_1d(1 + np.asarray(values["expansion"]) - values["contraction"])
    price = np.atleast_1d(
        np.asarray(values["arpa"]) * (1 + np.asarray(values["price_change"]))
    ) * np.asarray(values["gross_margin"])
    annual = np.atleast_1d(values["annual_share"])
    upfront = annual * (12 - np.atleast_1d(values["annual_free_months"]))
    width = max(survival.shape[1], len(growth), len(price), len(annual), len(upfront))
    cash = np.empty((len(survival), width))
    for t, there in enumerate(survival):
        # Who pays by the month, and in a contract's first month those who pay it at once.
        paying = 1 - annual + (upfront if t % 12 == 0 else 0)
        np.multiply(there, price * paying, out=cash[t])
        price = price * growth
    return cash


def _discount(values: Values, months: int) -> Array:
    rate = np.log1p(np.atleast_1d(values["discount_rate"]))
    factors: Array = np.exp(-np.arange(months)[:, None] / 12 * rate)
    return factors


def _lifetime(values: Values, survival: Array, scenario: Assumptions) -> float | None:
    """Sum of P(T >= t): month by month until churn no longer changes, then a geometric tail."""
    start = PHASES[-1]
    last = float(_churn(values, scenario.churns[-1]))
    left = float(survival[start])
    if last == 0 and left > 0:
        return None
    return float(survival[:start].sum()) + (left / last if last else 0.0)


def _payback(cash: Array, cac: float) -> npt.NDArray[np.int64]:
    """By draw: the number of payments until they cover the CAC, one more than there are for
    never. Payments are not negative, so what is covered stays covered."""
    covered = np.cumsum(cash, axis=0) >= cac
    needed: npt.NDArray[np.int64] = len(cash) + 1 - covered.sum(axis=0)
    return needed


def _percentiles(rows: Array) -> Array:
    """The PERCENTILES (rows) of each row (columns), with linear interpolation: what
    `np.percentile` gives, which takes several times as long here."""
    ordered = np.sort(rows, axis=1)
    place = np.array(PERCENTILES) / 100 * (rows.shape[1] - 1)
    below = np.floor(place).astype(int)
    low, high = ordered[:, below], ordered[:, np.ceil(place).astype(int)]
    between: Array = (low + (high - low) * (place - below)).T
    return between


def _grow(states: Array, stay: Array, joining: Any, price: Any, months: int) -> Array:
    """Sums by month (rows) and draw of what is in `states`: completed months of tenure (rows),
    the last of them for everybody mature, whose churn no longer changes. Each month `stay` of it
    grows a month older and `joining` comes in; `price` multiplies once, from month 1."""
    path = [states.sum(axis=0)]
    states = states * price
    for _ in range(months):
        older = states * stay
        states = np.concatenate([np.broadcast_to(joining, older[:1].shape), older[:-1]])
        states[-1] += older[-1]
        path.append(states.sum(axis=0))
    return np.array(path)
