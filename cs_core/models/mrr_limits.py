"""Control limits for MRR churn: the bootstrap over accounts, computed instead of drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from cs_core.models.trend import TAIL, Array, PChart, Point, Side

_CELLS = 1 << 14


def mrr_chart(
    opening_customers: Sequence[int],
    opening_mrr: Sequence[float],
    losses: Iterable[tuple[int, float]],
) -> PChart:
    """Which periods' gross MRR churn is outside what chance gives, 0.135 % in each tail.

    Complete periods, oldest first; `losses` are (period index, MRR lost by one account in it),
    an account-period a pair. The null is that every period's accounts lose like those of all
    periods together: a bootstrap that draws, for each account of a period, one account-period
    of the pool with its loss as a multiple of its period's ARPA, so that price changes are no
    signal. The sum over n such draws is the n-th power of one draw's characteristic function;
    the discrete Fourier transform gives the bootstrap's distribution without drawing, the same
    every time and as quick for a million accounts. The limits widen, as they should, when few
    accounts carry the money. `centre` is the rate of the pool.

    Source: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapters 4 and 6.
    """
    n, mrr = np.asarray(opening_customers, dtype=float), np.asarray(opening_mrr, dtype=float)
    seen = (n > 0) & (mrr > 0)
    pairs = np.array([pair for pair in losses if seen[pair[0]]], dtype=float).reshape(-1, 2)
    period = pairs[:, 0].astype(int)
    multiples = pairs[:, 1] * (n / np.where(seen, mrr, 1.0))[period]
    observed = np.bincount(period, weights=multiples, minlength=len(n))
    everybody = float(n[seen].sum())
    if everybody == 0:
        return PChart(None, tuple(Point(None, None, None, None) for _ in n), None)
    centre = float(multiples.sum() / everybody)
    points = []
    for accounts, total, present in zip(n, observed, seen, strict=True):
        if not present:
            points.append(Point(None, None, None, None))
            continue
        low, high, cell = _limits(multiples, accounts, everybody)
        side: Side | None = None
        if not low - cell <= total <= high + cell:
            side = "above" if total > high else "below"
        points.append(
            Point(float(total / accounts), float(low / accounts), float(high / accounts), side)
        )
    return PChart(centre, tuple(points), None)


def _limits(multiples: Array, accounts: float, everybody: float) -> tuple[float, float, float]:
    """Limits of the sum over `accounts` draws, and the width of a cell of the grid."""
    if not multiples.any():
        return 0.0, 0.0, 0.0
    mean = accounts * multiples.sum() / everybody
    deviation = float(np.sqrt(accounts * (multiples**2).sum() / everybody))
    # The transform is circular, so the grid only has to span the sum, wherever that lies.
    cell = (24 * deviation + 4 * multiples.max()) / _CELLS
    position = multiples / cell
    below = np.floor(position).astype(int)
    upper = position - below
    one: Array = np.bincount(below, weights=1 - upper, minlength=_CELLS).astype(np.float64)
    one += np.bincount(below + 1, weights=upper, minlength=_CELLS)
    one /= everybody
    one[0] += max(0.0, 1 - len(multiples) / everybody)
    wave = np.fft.rfft(one)
    power = np.abs(wave) ** accounts * np.exp(1j * np.angle(wave) * accounts)
    chance = np.fft.irfft(power, _CELLS)
    start = max(0, int(mean / cell) - _CELLS // 2)
    cumulative = np.cumsum(np.roll(np.maximum(chance, 0.0), -start))
    low = int(np.searchsorted(cumulative, TAIL, side="right"))
    high = int(np.searchsorted(cumulative, 1 - TAIL, side="left"))
    return float((start + low) * cell), float((start + high) * cell), cell
