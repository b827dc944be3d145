"""Amounts that include consumption tax: which they seem to be, and the same amounts without it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from cs_core.errors import InputError
from cs_core.importers.cells import typed as typing_
from cs_core.importers.containers.raw import Raw

_INCLUDED = re.compile(
    r"税込|内税|incl(\.|uding|usive)?( of)? ?(tax|vat)|(tax|vat)[ -]?incl|gross", re.I
)
_EXCLUDED = re.compile(r"税抜|税別|外税|excl|net of (tax|vat)|before (tax|vat)", re.I)
# Whole amounts that are a round price and a tenth of it are multiples of this.
_PRICE_AND_TENTH = 110
_LEAST_DIFFERENT = 3


def rows_with_tax(raw: Raw, header: str, values: Any, told: bool = False) -> Sequence[int]:
    """The rows whose amount seems to include tax: by the header, else by a column that says
    税込 or 税抜 on each row, else all of them where nearly all are a round price and a tenth, or
    the person has `told` so."""
    folded = unicodedata.normalize("NFKC", header)
    if _INCLUDED.search(folded):
        return range(raw.rows)
    if _EXCLUDED.search(folded):
        return ()
    for position, column in enumerate(raw.columns):
        said = raw.examples(position, 20)
        if said and all(_INCLUDED.search(text) or _EXCLUDED.search(text) for text in said):
            texts = column.to_pylist()
            return [row for row, text in enumerate(texts) if text and _INCLUDED.search(text)]
    return range(raw.rows) if told or _look_taxed(values) else ()


def _look_taxed(values: Any) -> bool:
    amounts = [value for value in values.unique().to_pylist() if value]
    if len(amounts) < _LEAST_DIFFERENT or any(value % 1 for value in amounts):
        return False
    return bool(sum(value % _PRICE_AND_TENTH == 0 for value in amounts) >= 0.9 * len(amounts))


def without(values: Any, rows: Sequence[int], percent: str) -> Any:
    """The amounts of these rows divided by one and the rate. Raises InputError `tax_rate`."""
    try:
        rate = Decimal(percent)
    except InvalidOperation:
        rate = Decimal(-1)
    if not 0 <= rate <= 100:
        raise InputError("tax_rate", value=percent)
    taxed = set(rows)
    return typing_.amounts(
        [
            value / (1 + rate / 100) if value is not None and row in taxed else value
            for row, value in enumerate(values.to_pylist())
        ]
    )
