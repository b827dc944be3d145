"""Currencies by their ISO 4217 code."""

from __future__ import annotations

_WITHOUT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_MINOR_UNITS = dict.fromkeys(_WITHOUT.split(), 0) | dict.fromkeys(_THOUSANDTHS.split(), 3)


def minor_units(currency: str | None) -> int:
    """Decimal places of a currency's smallest unit; two where it is not known."""
    return _MINOR_UNITS.get((currency or "").upper(), 2)
