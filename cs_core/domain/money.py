"""Money is exact: whole millionths in SQL, decimals with six places everywhere else."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

MICRO = Decimal("0.000001")
MICROS = 1_000_000


def from_micro(millionths: int) -> Decimal:
    """Exact money from whole millionths."""
    return Decimal(millionths) * MICRO


def rounded(value: Decimal | float) -> Decimal:
    """Money to six places, halves to even."""
    return Decimal(value).quantize(MICRO, ROUND_HALF_EVEN)
