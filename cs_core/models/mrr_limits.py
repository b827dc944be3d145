"""Control limits for MRR churn: the bootstrap over accounts, computed instead of drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cs_core.models.trend import TAIL, Array, PChart, Point, Side

_CELLS = 1 << 15


def mrr_chart(
    opening_customers: Sequence[int],
    opening_mrr: Sequence[float],
    losses: Sequence[tuple[int, float, int]] | Array,
) -> PChart:
    """Which periods' gross MRR churn is outside what chance gives, 0.135 % in each tail.

    Complete periods, oldest first; `losses` are (period index, MRR lost by an account in it,
    number of accounts that lost so much), as rows or as an array. The null is that every
    period's accounts lose like those of all periods together: a bootstrap that draws, for each
    account of a period, one account-period of the pool with its loss as a multiple of its
    period's ARPA, so that price changes are no signal. The sum over n such draws is the n-th
    power of one draw's characteristic function; the discrete Fourier transform gives the
    bootstrap's distribution without drawing, the same every time and as quick for a million
    accounts. The limits widen, as they should, when few accounts carry the money. `centre` is
    the rate of the pool.

    Source: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapters 4 and 6.
    """
    n, mrr = np.asarray(opening_customers, dtype=float), np.asarray(opening_mrr, dtype=float)
    seen = (n > 0) & (mrr > 0)
    table = np.asarray(losses, dtype=float).reshape(-1, 3)
    period = table[:, 0].astype(int)
    table, period = table[seen[period]], period[seen[period]]
    accounts_lost = table[:, 2]
    multiples = table[:, 1] * (n / np.where(seen, mrr, 1.0))[period]
    observed = np.bincount(period, weights=multiples * accounts_lost, minlength=len(n))
    everybody = float(n[seen].sum())
    if everybody == 0:
        return PChart(None, tuple(Point(None, None, None, None) for _ in n), None)
    centre = float(multiples @ accounts_lost / everybody)
    pool = _Pool(multiples, accounts_lost, everybody, float(n.max()))
    points = []
    for accounts, total, present in zip(n, observed, seen, strict=True):
        if not present:
            points.append(Point(None, None, None, None))
            continue
        low, high = pool.limits(float(accounts))
        side: Side | None = None
        if not low - pool.cell <= total <= high + pool.cell:
            side = "above" if total > high else "below"
        points.append(Point(float(total / accounts), low / accounts, high / accounts, side))
    return PChart(centre, tuple(points), None)


class _Pool:
    """One account's loss, drawn from the pool, as a characteristic function on a grid."""

    def __init__(self, multiples: Array, lost: Array, everybody: float, most: float) -> None:
        self.mean = float(multiples @ lost / everybody)
        deviation = float(np.sqrt(most * (multiples**2 @ lost) / everybody))
        # The transform is circular: the grid only has to span the sum, wherever that lies.
        self.cell = float(24 * deviation + 4 * multiples.max(initial=0.0)) / _CELLS
        if not self.cell:
            return
        position = multiples / self.cell
        below = np.floor(position).astype(int)
        upper = position - below
        one = np.zeros(_CELLS)
        one += np.bincount(below, weights=(1 - upper) * lost, minlength=_CELLS)
        one += np.bincount(below + 1, weights=upper * lost, minlength=_CELLS)
        one /= everybody
        one[0] += max(0.0, 1 - lost.sum() / everybody)
        wave = np.fft.rfft(one)
        self._size, self._angle = np.abs(wave), np.angle(wave)

    def limits(self, accounts: float) -> tuple[float, float]:
        """Limits of the sum of so many draws."""
        if not self.cell:
            return 0.0, 0.0
        wave = self._size**accounts * np.exp(1j * self._angle * accounts)
        start = max(0, int(accounts * self.mean / self.cell) - _CELLS // 2)
        chance = np.roll(np.maximum(np.fft.irfft(wave, _CELLS), 0.0), -start)
        cumulative = np.cumsum(chance)
        low = int(np.searchsorted(cumulative, TAIL, side="right"))
        high = int(np.searchsorted(cumulative, 1 - TAIL, side="left"))
        return (start + low) * self.cell, (start + high) * self.cell
