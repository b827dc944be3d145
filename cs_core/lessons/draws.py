"""Chance that comes out the same in any language: what lessons draw, a page draws too.

Uniform numbers are those of Mulberry32 (Tommy Ettinger, 2017, public domain); everything else is
made of them by inversion. `offline.js` has the same.
"""

from __future__ import annotations

from statistics import NormalDist

_MASK = 0xFFFFFFFF
_NORMAL = NormalDist()


class Draws:
    """Another seed is another course."""

    def __init__(self, seed: int) -> None:
        self._state = (seed + 1) * 0x9E3779B1 & _MASK

    def uniform(self) -> float:
        """Above 0 and below 1."""
        self._state = (self._state + 0x6D2B79F5) & _MASK
        mixed = self._state
        mixed = (mixed ^ mixed >> 15) * (mixed | 1) & _MASK
        mixed ^= (mixed + ((mixed ^ mixed >> 7) * (mixed | 61) & _MASK)) & _MASK
        return ((mixed ^ mixed >> 14) + 0.5) / 2**32

    def binomial(self, n: int, p: float) -> int:
        """How many of n, each with the chance p < 1; by adding up from none."""
        left = self.uniform()
        mass, count = (1 - p) ** n, 0
        while left > mass and count < n:
            left -= mass
            mass *= (n - count) / (count + 1) * (p / (1 - p))
            count += 1
        return count

    def normal(self) -> float:
        """Mean 0, standard deviation 1."""
        return _NORMAL.inv_cdf(self.uniform())
