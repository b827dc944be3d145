"""Why did total churn change: did the rates change inside segments, or the mix of segments?"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Amount = int | Decimal | Fraction
_ZERO = (0, 0)


@dataclass(frozen=True)
class Part:
    """What one segment adds to the change of the total: exactly `rate + mix`.

    Weights are shares of the opening total; rates are lost / opening, taken from the other
    period where the segment was absent from one.
    """

    segment: Hashable
    weight_before: Fraction
    weight_after: Fraction
    rate_before: Fraction
    rate_after: Fraction
    rate: Fraction
    mix: Fraction


@dataclass(frozen=True)
class MixShift:
    """`after - before == rate + mix`, to the last digit; the parts add up to both.

    `simpson` is the paradox in full: the total went one way, and no segment present in both
    periods went that way, while at least one went the other. `reversed` is its weaker form:
    the rates inside segments, taken together, moved against the total.
    """

    before: Fraction
    after: Fraction
    rate: Fraction
    mix: Fraction
    parts: tuple[Part, ...]
    simpson: bool
    reversed: bool


def mix_shift(
    before: Mapping[Hashable, tuple[Amount, Amount]],
    after: Mapping[Hashable, tuple[Amount, Amount]],
) -> MixShift | None:
    """Split the change of a rate between two periods, from (opening, lost) by segment.

    Kitagawa's decomposition in exact rationals: mean weight x change of rate, and mean rate x
    change of weight (1955, JASA 50). None when one of the periods has no opening.
    """
    opening_before = sum((Fraction(opening) for opening, _ in before.values()), Fraction(0))
    opening_after = sum((Fraction(opening) for opening, _ in after.values()), Fraction(0))
    if not opening_before or not opening_after:
        return None
    parts, present = [], []
    for segment in dict.fromkeys((*before, *after)):
        n0, x0 = (Fraction(value) for value in before.get(segment, _ZERO))
        n1, x1 = (Fraction(value) for value in after.get(segment, _ZERO))
        if not n0 and not n1:
            continue
        r0 = x0 / n0 if n0 else x1 / n1
        r1 = x1 / n1 if n1 else r0
        w0, w1 = n0 / opening_before, n1 / opening_after
        part = Part(segment, w0, w1, r0, r1, (w0 + w1) / 2 * (r1 - r0), (r0 + r1) / 2 * (w1 - w0))
        parts.append(part)
        if n0 and n1:
            present.append(r1 - r0)
    total_before = sum((part.weight_before * part.rate_before for part in parts), Fraction(0))
    total_after = sum((part.weight_after * part.rate_after for part in parts), Fraction(0))
    change = total_after - total_before
    rate = sum((part.rate for part in parts), Fraction(0))
    mix = sum((part.mix for part in parts), Fraction(0))
    return MixShift(
        total_before,
        total_after,
        rate,
        mix,
        tuple(parts),
        simpson=change != 0
        and all(step * change <= 0 for step in present)
        and any(step * change < 0 for step in present),
        reversed=rate * change < 0,
    )
