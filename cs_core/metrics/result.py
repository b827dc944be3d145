"""The answer to one question: typed rows, and the statement that gave them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Result:
    """`rows` hold Python values in the order of `columns`: str, int, float, bool, date, Decimal
    (money, six decimals, exact), list, or None. `statement` and `parameters` are what ran."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    statement: str
    parameters: Mapping[str, object]

    def mappings(self) -> Iterator[dict[str, Any]]:
        """One dict a row, typed as the rows are."""
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)

    def records(self) -> list[dict[str, Any]]:
        """One dict a row, ready for JSON: money as text with six decimals, dates ISO."""
        return [{name: _json(value) for name, value in row.items()} for row in self.mappings()]

    def frame(self) -> pandas.DataFrame:
        """The same rows as a pandas frame; money stays Decimal."""
        import pandas

        return pandas.DataFrame(self.rows, columns=list(self.columns))


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.6f}"
    if isinstance(value, date):
        return value.isoformat()
    return value
