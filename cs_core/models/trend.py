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
# A level needs this many periods before it can be told from an outlier.
SHORTEST_LEVEL = 3
# Series are simulated a batch at a time, until p is clearly on one side of the level: with few of
# them and always the same seed, the level itself would be off by a tenth and more.
_BATCH, _MOST = 1_000, 20_000
_CLEAR = 4  # standard errors of p; what is still in doubt after the last batch is no change


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
    opening: Sequence[int], lost: Sequence[int], *, seed: int = 20_240_401
) -> list[ChangePoint]:
    """Lasting changes of the rate, in order of time; usually none.

    The likelihood ratio of two levels against one is maximised over the date of change, and
    divided by the dispersion left within the levels where that is above 1, so that seasons and
    other swings do not pass for a change. Its critical value is simulated: given the total
    lost, the counts of a constant series are multivariate hypergeometric whatever the rate, so
    the test at 3 % is exact for any series. A change found, both sides are searched again, so
    a constant series still has any change claimed with a probability of at most 3 %.

    Sources: Worsley 1983, Biometrika 70 (scan of binomial counts); Scott & Knott 1974 (binary
    segmentation); Besag & Clifford 1989 (Monte Carlo p-value).
    """
    n, x = np.asarray(opening, dtype=np.int64), np.asarray(lost, dtype=np.int64)
    seen = np.flatnonzero(n > 0)
    n, x = n[seen], x[seen]
    rng = np.random.default_rng(seed)
    splits: list[tuple[int, float]] = []

    def search(start: int, end: int) -> None:
        if end - start < 2 * SHORTEST_LEVEL:
            return
        at, p = _most_likely_change(n[start:end], x[start:end], rng)
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
    n: npt.NDArray[np.int64], x: npt.NDArray[np.int64], rng: np.random.Generator
) -> tuple[int, float]:
    """The best date of change and the simulated p of its statistic."""
    total, left = int(n.sum()), int(x.sum())
    if left in (0, total):
        return 0, 1.0
    observed = _scan(n, x[None, :])[0]
    # Ties are counted against the change.
    least = observed.max() * (1 - 1e-12)
    extreme, p = 0, 1.0
    for drawn in range(_BATCH, _MOST + 1, _BATCH):
        extreme += int((_scan(n, _constant_series(n, left, rng)).max(axis=1) >= least).sum())
        p = (1 + extreme) / (drawn + 1)
        if abs(p - SIGNIFICANCE) > _doubt(drawn):
            break
    return int(observed.argmax()) + SHORTEST_LEVEL, p


def _doubt(drawn: int) -> float:
    """How far from the level p must be after so many draws to be clearly on one side of it."""
    return _CLEAR * math.sqrt(SIGNIFICANCE * (1 - SIGNIFICANCE) / drawn)


def _constant_series(
    n: npt.NDArray[np.int64], left: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """A batch of series (rows) in which so many leave and every customer-period is as likely."""
    total = int(n.sum())
    if total < 1_000_000_000:
        return rng.multivariate_hypergeometric(n, left, size=_BATCH, method="marginals")
    # Beyond numpy's range, and there the two do not differ.
    return rng.multinomial(left, n / total, size=_BATCH)


def _scan(n: npt.NDArray[np.int64], x: npt.NDArray[np.int64]) -> Array:
    """The statistic for every date of change (columns) of every series (rows)."""
    cut = np.s_[SHORTEST_LEVEL - 1 : len(n) - SHORTEST_LEVEL]
    n_before = np.cumsum(n)[cut].astype(float)
    x_before = np.cumsum(x, axis=1)[:, cut].astype(float)
    squares = np.cumsum(x.astype(float) ** 2 / n, axis=1)
    n_after, x_after = n.sum() - n_before, x.sum(axis=1, keepdims=True) - x_before
    before, after = x_before / n_before, x_after / n_after
    whole = x.sum(axis=1, keepdims=True) / n.sum()
    ratio = 2 * (
        _height(n_before, before) + _height(n_after, after) - _height(float(n.sum()), whole)
    )
    pearson = _pearson(squares[:, cut], n_before, before) + _pearson(
        squares[:, -1:] - squares[:, cut], n_after, after
    )
    statistic: Array = ratio / np.maximum(pearson / (len(n) - 2), 1.0)
    return statistic


def _height(n: Array | float, rate: Array) -> Array:
    """The binomial log-likelihood at its top."""
    from scipy.special import xlog1py, xlogy

    top: Array = n * (xlogy(rate, rate) + xlog1py(1 - rate, -rate))
    return top


def _pearson(squares: Array, n: Array, rate: Array) -> Array:
    """Sum of (x - n rate)^2 / (n rate (1 - rate)) over one side, from the sum of x^2 / n."""
    spread = rate * (1 - rate)
    excess = np.maximum(squares - n * rate**2, 0.0)
    return np.divide(excess, spread, out=np.zeros_like(excess), where=spread > 0)
