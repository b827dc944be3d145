"""A share of customers: its interval, and when it says little. No imports: the command line's
hot path uses it."""

from __future__ import annotations

from math import sqrt

# The 97.5 % quantile of the standard normal distribution.
Z95 = 1.959963984540054
# With fewer customers in the denominator a rate says little, and is marked.
SMALL_SAMPLE = 30


def wilson(count: float, total: float) -> tuple[float, float] | tuple[None, None]:
    """95 % Wilson score interval, without continuity correction, of count / total.

    Nulls when there is no denominator or the count exceeds it. The ends are exactly 0 when
    nobody, and exactly 1 when everybody, is counted. Source: Wilson 1927, JASA 22.
    """
    if total <= 0 or not 0 <= count <= total:
        return None, None
    share = count / total
    weight = Z95 * Z95 / total
    centre = (share + weight / 2) / (1 + weight)
    half = Z95 / (1 + weight) * sqrt(share * (1 - share) / total + weight / (4 * total))
    low = 0.0 if count == 0 else centre - half
    high = 1.0 if count == total else centre + half
    return low, high


def difference(
    count: int, total: int, other_count: int, other_total: int
) -> tuple[float, float, float] | tuple[None, None, None]:
    """count / total - other_count / other_total with its 95 % interval; nulls without both.

    Newcombe's hybrid score interval, from the two Wilson intervals (1998, Statistics in
    Medicine 17, method 10).
    """
    low, high = wilson(count, total)
    other_low, other_high = wilson(other_count, other_total)
    if low is None or high is None or other_low is None or other_high is None:
        return None, None, None
    share, other = count / total, other_count / other_total
    gap = share - other
    down = sqrt((share - low) ** 2 + (other_high - other) ** 2)
    up = sqrt((high - share) ** 2 + (other - other_low) ** 2)
    return gap, gap - down, gap + up
