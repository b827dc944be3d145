"""Which months of a churn series mean something: control limits, change points, seasons.

All take complete periods only, oldest first: `opening` customers and how many of them were
`lost`, whole numbers with 0 <= lost <= opening.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Side = Literal["above", "below"]

# Three standard deviations of a normal chart, in each tail.
TAIL = 0.00135
SIGNIFICANCE = 0.03
# Of a level with fewer periods nothing can be called usual, and older ones than MOST are too old.
FEWEST, MOST = 8, 36
# A single large account gives amounts heavier tails than the normal distribution has: with its
# limits a quarter wider, a company in which nothing changes sees any of eight figures outside in
# fewer than three months of a hundred (tests/bench/truth_trend.py).
_HEAVY = 1.25
# A level needs this many periods before it can be told from an outlier.
SHORTEST_LEVEL = 3
# Series are simulated a batch at a time, until p is clearly on one side of the level: with few of
# them and always the same seed, the level itself would be off by a tenth and more.
_BATCH, _MOST = 1_000, 20_000
_CLEAR = 4  # standard errors of p; what is still in doubt after the last batch is no change
# Swings beyond chance come in stretches: their lag-1 correlation is taken as at least this, and
# their size at the upper end of what so short a series leaves open (a quantile of chi-squared).
_LAG, _SURE = 0.65, 0.05


@dataclass(frozen=True)
class Point:
    """One period. `low` and `high` are the rates still expected by chance, `outside` the side on
    which the rate lies beyond them; all None where there was nobody to lose."""

    rate: float | None
    low: float | None
    high: float | None
    outside: Side | None


@dataclass(frozen=True)
class PChart:
    """`centre` is all lost / all opening. `dispersion` is the Pearson chi-squared per degree of
    freedom: about 1 when the periods differ by chance alone, None below two periods."""

    centre: float | None
    points: tuple[Point, ...]
    dispersion: float | None


def p_chart(opening: Sequence[int], lost: Sequence[int]) -> PChart:
    """Shewhart's chart for shares with exact binomial limits, 0.135 % in each tail.

    A period is outside when a count as extreme has a probability below 0.135 % under the rate
    of all periods together. Source: Montgomery, Introduction to Statistical Quality Control,
    7th ed., section 7.2, with the binomial quantiles in place of three standard deviations.
    """
    from scipy.stats import binom

    n, x = np.asarray(opening, dtype=np.int64), np.asarray(lost, dtype=np.int64)
    if n.sum() == 0:
        return PChart(None, tuple(Point(None, None, None, None) for _ in opening), None)
    centre = float(x.sum() / n.sum())
    # The largest count with at most TAIL below it, and the smallest with at most TAIL above it.
    low, high = binom.ppf(TAIL, n, centre), binom.isf(TAIL, n, centre)
    points = [
        Point(
            int(count) / int(total),
            max(float(least), 0.0) / int(total),
            float(most) / int(total),
            "above" if count > most else "below" if count < least else None,
        )
        if total
        else Point(None, None, None, None)
        for total, count, least, most in zip(n, x, low, high, strict=True)
    ]
    seen = n > 0
    spread = centre * (1 - centre) * n[seen]
    degrees = int(seen.sum()) - 1
    dispersion = None
    if degrees > 0 and spread.all():
        dispersion = float(((x[seen] - n[seen] * centre) ** 2 / spread).sum() / degrees)
    return PChart(centre, tuple(points), dispersion)


def usual_range(past: Sequence[float]) -> tuple[float, float] | None:
    """Low and high of what is usual for the next of these independent values, those of the level
    in force, oldest first; None for fewer than eight of them.

    The prediction interval of a normal sample with 0.135 % in each tail, so that eight figures
    together are rarely outside by chance (Hahn & Meeker, Statistical Intervals, 1991, section
    4.3), a quarter wider for heavy tails. A figure that rolls over many periods is not independent
    of its past: its changes from period to period are what to give (Alwan & Roberts 1988, Journal
    of Business & Economic Statistics 6).
    """
    from scipy.stats import t

    values = np.asarray(past, dtype=float)[-MOST:]
    if len(values) < FEWEST:
        return None
    deviation = float(values.std(ddof=1)) * math.sqrt(1 + 1 / len(values))
    width = _HEAVY * float(t.isf(TAIL, len(values) - 1)) * deviation
    mean = float(values.mean())
    return mean - width, mean + width


@dataclass(frozen=True)
class ChangePoint:
    """The rate went from `before` to `after` at period `index` (the first of the new level).
    `p` is the simulated probability of so clear a change in a series without one."""

    index: int
    before: float
    after: float
    p: float


def above_the_rest(at_risk: Sequence[int], lost: Sequence[int]) -> list[bool]:
    """Which of some groups lost more than chance gives, were the rate of all of them the same.

    Exact binomial tails; 5 % ÷ the groups each, so that 5 % is the doubt of all (Bonferroni).
    """
    from scipy.stats import binom

    tails = binom.sf(np.asarray(lost) - 1, at_risk, sum(lost) / sum(at_risk))
    return [bool(tail * len(lost) < 0.05) for tail in tails]


def change_points(
    opening: Sequence[int],
    lost: Sequence[int],
    expected: Sequence[float] | None = None,
    season: int = 12,
    *,
    seed: int = 20_240_401,
) -> list[ChangePoint]:
    """Lasting changes of the rate, in order of time; usually none.

    `expected` is the rate of each period that its customers' tenures lead to, up to a constant
    (`expected_rates`): a company that grows older loses fewer without any change. Growth is in
    `opening`; `season` is the number of periods in a year, 1 for none. The ratio of observed to
    expected losses is regressed on the place in the year, and the date of change is the one whose
    step explains most of the rest, divided by the dispersion left beside it where that is above
    1. Its critical value at 3 % is simulated from series without a change: binomial, with the
    dispersion left within the levels, at its upper end, as a first-order autoregression, because
    swings that last are what passes for a change most easily. A change found, both sides are
    searched again. Nothing is told of less than a year, nor of the first quarter of one.

    Sources: Steiner et al. 2000, Biostatistics 1 (risk-adjusted expectation); Robbins et al.
    2011, JASA 106 (change points under autocorrelation); Scott & Knott 1974 (binary segmentation).
    """
    n, x = np.asarray(opening, dtype=np.int64), np.asarray(lost, dtype=np.int64)
    usual = np.ones(len(n)) if expected is None else np.asarray(expected, dtype=float)
    seen = np.flatnonzero((n > 0) & (usual > 0))
    n, x, usual = n[seen], x[seen], usual[seen]
    rng = np.random.default_rng(seed)
    splits: list[tuple[int, float]] = []
    first = _first(season)

    def search(start: int, end: int) -> None:
        if end - start < fewest_periods(season):
            return
        here = slice(start, end)
        ahead = first if start == 0 else SHORTEST_LEVEL
        at, p = _most_likely_change(n[here], x[here], usual[here], seen[here], season, ahead, rng)
        if p <= SIGNIFICANCE - _doubt(_MOST):
            search(start, start + at)
            splits.append((start + at, p))
            search(start + at, end)

    search(0, len(n))
    if not splits:
        return []
    edges = [0, *(at for at, _ in splits), len(n)]
    rates = [float(x[start:end].sum() / n[start:end].sum()) for start, end in pairwise(edges)]
    return [
        ChangePoint(int(seen[at]), before, after, p)
        for (at, p), before, after in zip(splits, rates[:-1], rates[1:], strict=True)
    ]


def fewest_periods(season: int) -> int:
    """The periods without which no change is told: less than a year may be a swing of it."""
    return max(_first(season) + SHORTEST_LEVEL, season)


def _first(season: int) -> int:
    """How many periods a level has before a first change is told: a quarter of a year."""
    return max(SHORTEST_LEVEL, season // 4)


def expected_rates(at_risk: Array, lost: Array) -> Array:
    """The rate that each period's mix of tenures leads to, up to a constant.

    Both are periods x phases of tenure. The rate of a cell is modelled as phase x period, fitted
    by iterated proportions, so that a lasting change of all rates is the period's and not taken
    for an effect of tenure: indirect standardisation with rates free of the calendar (Breslow &
    Day 1975, Journal of Chronic Diseases 28). 1 for a period without customers.
    """
    period, phase = np.ones(len(at_risk)), np.zeros(at_risk.shape[1])
    for _ in range(50):
        phase = _divided(lost.sum(axis=0), period @ at_risk)
        period = _divided(lost.sum(axis=1), at_risk @ phase, otherwise=1.0)
    mean = float(lost.sum() / at_risk.sum()) if at_risk.sum() else 1.0
    return _divided(at_risk @ phase, at_risk.sum(axis=1), otherwise=mean)


def _divided(top: Array, bottom: Array, otherwise: float = 0.0) -> Array:
    found: Array = np.divide(top, bottom, out=np.full(len(top), otherwise), where=bottom > 0)
    return found


@dataclass(frozen=True)
class Decomposition:
    """rate = trend + seasonal + remainder, each per period. `strength` of the season is in
    0 … 1: 1 - Var(remainder) / Var(seasonal + remainder)."""

    trend: tuple[float, ...]
    seasonal: tuple[float, ...]
    remainder: tuple[float, ...]
    strength: float


def decompose(rates: Sequence[float], season: int = 12) -> Decomposition | None:
    """STL with a season that is the same every year, robust to outliers; None with less than
    two seasons. A season that may drift takes up all of the first and the last year, because
    a few years say too little about its drift.

    Sources: Cleveland et al. 1990, Journal of Official Statistics 6; strength: Wang, Smith &
    Hyndman 2006.
    """
    if season < 2 or len(rates) < 2 * season:
        return None
    from statsmodels.tsa.seasonal import STL

    # As R's stl(s.window = "periodic") sets them.
    fixed = {"seasonal": 10 * len(rates) + 1, "seasonal_deg": 0}
    parts = STL(np.asarray(rates, dtype=float), period=season, robust=True, **fixed).fit()
    both = float(np.var(parts.seasonal + parts.resid))
    strength = max(0.0, 1 - float(np.var(parts.resid)) / both) if both > 1e-18 else 0.0
    return Decomposition(
        tuple(map(float, parts.trend)),
        tuple(map(float, parts.seasonal)),
        tuple(map(float, parts.resid)),
        strength,
    )


def _most_likely_change(
    n: npt.NDArray[np.int64],
    x: npt.NDArray[np.int64],
    usual: Array,
    place: npt.NDArray[np.int64],
    season: int,
    first: int,
    rng: np.random.Generator,
) -> tuple[int, float]:
    """The best date of change, at least `first` periods in, and the simulated p of its statistic.
    `place` are the periods' places in the calendar."""
    left = int(x.sum())
    if left in (0, int(n.sum())):
        return first, 1.0
    level = usual * left / float(n @ usual)
    scan = _Scan(n, np.minimum(level, 1.0), _year(place, season), first)
    observed, fitted, spread = scan.of(x[None, :])
    # Ties are counted against the change.
    least = observed[0].max() * (1 - 1e-12)
    at = int(observed[0].argmax())
    steady = np.clip(level * np.clip(fitted[0], 0.05, None), 1e-12, 1.0)
    swing = _swing(float(spread[0, at]), scan.degrees, float(np.mean(scan.weight)))
    extreme, p = 0, 1.0
    for drawn in range(_BATCH, _MOST + 1, _BATCH):
        series = rng.binomial(n, np.minimum(steady * _swings(swing, len(n), rng), 1.0))
        extreme += int((scan.of(series)[0].max(axis=1) >= least).sum())
        p = (1 + extreme) / (drawn + 1)
        if abs(p - SIGNIFICANCE) > _doubt(drawn):
            break
    return at + first, p


def _year(place: npt.NDArray[np.int64], season: int) -> Array:
    """Columns of the place in the year, a constant among them: a column for each where two years
    have shown it, else the first waves of the year."""
    if season < 2:
        return np.ones((len(place), 1))
    if len(place) >= 2 * season and season <= 12:
        return np.eye(season)[place % season]
    waves = 2 if len(place) >= 2 * season else 1
    turn = 2 * math.pi * place[:, None] / season * np.arange(1, 1 + waves)
    return np.column_stack([np.ones(len(place)), np.cos(turn), np.sin(turn)])


class _Scan:
    """The statistic of every date of change, for many series of the same customers at once."""

    def __init__(self, n: npt.NDArray[np.int64], level: Array, year: Array, first: int) -> None:
        self._expected = n * level
        self.weight = self._expected / np.maximum(1 - level, 1e-9)
        self._root = np.sqrt(self.weight)
        basis, size, _ = np.linalg.svd(year * self._root[:, None], full_matrices=False)
        self._basis = basis[:, size > 1e-9 * size[0]]
        dates = range(first, len(n) - SHORTEST_LEVEL + 1)
        steps = np.array([np.arange(len(n)) >= at for at in dates], dtype=float) * self._root
        steps -= steps @ self._basis @ self._basis.T
        length = np.sqrt((steps**2).sum(axis=1, keepdims=True))
        # A step that the place in the year explains cannot be told.
        self._steps = np.where(
            length > 1e-6 * self._root.sum(), steps / np.maximum(length, 1e-12), 0
        )
        self.degrees = max(len(n) - self._basis.shape[1] - 1, 1)

    def of(self, x: npt.NDArray[np.int64]) -> tuple[Array, Array, Array]:
        """Series x dates: the statistic; series x periods: the ratio to what was expected without
        a change; series x dates: the dispersion left beside each change."""
        ratio = x / self._expected
        scaled = ratio * self._root
        rest = scaled - scaled @ self._basis @ self._basis.T
        gain = (rest @ self._steps.T) ** 2
        left = np.maximum((rest**2).sum(axis=1, keepdims=True) - gain, 0.0) / self.degrees
        return gain / np.maximum(left, 1.0), (scaled - rest) / self._root, left


def _swing(dispersion: float, degrees: int, weight: float) -> float:
    """The standard deviation of lasting swings of the rate, at its upper end."""
    from scipy.stats import chi2

    most = dispersion * degrees / float(chi2.ppf(_SURE, degrees))
    return math.sqrt(max(most - 1, 0.0) / weight)


def _swings(swing: float, periods: int, rng: np.random.Generator) -> Array:
    """A batch of factors (rows) of mean 1 that swing around it, each period much like the last."""
    from scipy.signal import lfilter

    noise = rng.normal(0, swing * math.sqrt(1 - _LAG**2), (_BATCH, periods))
    noise[:, 0] /= math.sqrt(1 - _LAG**2)
    factors: Array = np.exp(lfilter([1.0], [1.0, -_LAG], noise, axis=1) - swing**2 / 2)
    return factors


def _doubt(drawn: int) -> float:
    """How far from the level p must be after so many draws to be clearly on one side of it."""
    return _CLEAR * math.sqrt(SIGNIFICANCE * (1 - SIGNIFICANCE) / drawn)
