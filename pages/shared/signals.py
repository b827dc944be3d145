"""What is usual for a figure, from its own past. Colour is only for what lies outside.

Amounts and ratios: an individuals chart (Wheeler, Understanding Variation, 1993), mean and 2.66
times the mean moving range. Rates of customers: a p-chart with exact binomial limits, 0.135 % in
each tail.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import exp, lgamma, log

FEWEST = 8  # past periods; with fewer nothing can be called usual
MOST = 24
TAIL = 0.00135


def individuals_range(past: Sequence[float]) -> tuple[float, float] | None:
    """Low and high of what is usual after these values, the latest last; None if too few."""
    values = list(past)[-MOST:]
    if len(values) < FEWEST:
        return None
    mean = sum(values) / len(values)
    moves = [abs(b - a) for a, b in pairwise(values)]
    width = 2.66 * sum(moves) / len(moves)
    return mean - width, mean + width


def rate_range(past: Sequence[tuple[int, int]], now: int) -> tuple[float, float] | None:
    """The same for a share of customers: `past` holds (lost, at the start), `now` the customers
    at the start of the period in question."""
    kept = [(lost, start) for lost, start in past if start > 0][-MOST:]
    if len(kept) < FEWEST or now <= 0:
        return None
    share = sum(lost for lost, _ in kept) / sum(start for _, start in kept)
    return _binomial_quantile(now, share, TAIL) / now, _binomial_quantile(
        now, share, 1 - TAIL
    ) / now


@lru_cache(maxsize=4096)
def _binomial_quantile(n: int, p: float, q: float) -> int:
    """The smallest k with P(X <= k) >= q for X ~ Binomial(n, p)."""
    if p <= 0:
        return 0
    if p >= 1:
        return n
    total = 0.0
    for k in range(n + 1):
        ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
        total += exp(ways + k * log(p) + (n - k) * log(1 - p))
        if total >= q:
            return k
    return n
