"""Does a churn series have a season, or does chance look like one?

STL always finds a seasonal part, in pure noise too. So
the page asks this test before it speaks of a season.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SIGNIFICANCE = 0.03
_DRAWS = 1999


@dataclass(frozen=True)
class Season:
    """`p` is the probability of so regular a pattern in a series without one. `effects` are the
    mean seasonal parts by position in the year, the first that of the series' first period."""

    p: float
    effects: tuple[float, ...]

    @property
    def found(self) -> bool:
        return self.p <= SIGNIFICANCE


def season_test(
    rates: Sequence[float],
    trend: Sequence[float],
    seasonal: Sequence[float],
    opening: Sequence[float],
    season: int = 12,
    *,
    seed: int = 20_240_401,
) -> Season | None:
    """A permutation test on what the trend leaves, in units of its binomial deviation.

    Within each year the periods are exchanged at random, which keeps every year's level and
    destroys a common pattern; the statistic is the sum of squares of the means by position.
    None with less than two whole years. Source: Good 2005, Permutation, Parametric and Bootstrap
    Tests of Hypotheses, 3rd ed., chapter 7 (restricted permutations in blocks).
    """
    years = len(rates) // season
    if season < 2 or years < 2:
        return None
    start = len(rates) - years * season
    rate, level = np.asarray(rates, dtype=float), np.asarray(trend, dtype=float)
    n = np.asarray(opening, dtype=float)
    usual = float((rate * n).sum() / n.sum()) if n.sum() else 0.0
    spread = usual * (1 - usual)
    if spread <= 0:
        return None
    left = ((rate - level) * np.sqrt(n / spread))[start:].reshape(years, season)
    left = left - left.mean(axis=1, keepdims=True)
    observed = float((left.mean(axis=0) ** 2).sum())
    rng = np.random.default_rng(seed)
    order = rng.random((_DRAWS, years, season)).argsort(axis=2)
    shuffled = np.take_along_axis(np.broadcast_to(left, order.shape), order, axis=2)
    simulated = (shuffled.mean(axis=1) ** 2).sum(axis=1)
    # Ties are counted against the season.
    extreme = int((simulated >= observed * (1 - 1e-12)).sum())
    part = np.asarray(seasonal, dtype=float)
    effects = [float(part[place::season].mean()) for place in range(season)]
    return Season((1 + extreme) / (_DRAWS + 1), tuple(effects))
