"""An answer as a frame one can go on calculating with: pandas, Arrow or Polars."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas
    import polars

# Label of a period -> pandas' frequency. Weeks are ISO weeks, from Monday to Sunday.
_LABELS = (
    (re.compile(r"\d{4}-\d\d"), "M"),
    (re.compile(r"\d{4}-Q[1-4]"), "Q"),
    (re.compile(r"\d{4}-W\d\d"), "W-SUN"),
    (re.compile(r"\d{4}"), "Y"),
)
_PERIODS = ("month", "period", "cohort")


class Tabular(Protocol):
    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def rows(self) -> Sequence[Sequence[Any]]: ...


def frame(result: Tabular, *, exact: bool = False, calendar: bool = True) -> pandas.DataFrame:
    """The rows of a result. Money is float64, days are datetime64, months, quarters, weeks and
    years are Periods, whole numbers and flags with gaps are Int64 and boolean, a column without
    any value is float64.

    With `exact` values are as in the result: money Decimal with six decimals, days `date`, periods
    text. Periods of another fiscal year (not `calendar`) stay text: pandas would take them
    for those of the calendar.
    """
    import pandas

    columns = {name: [row[i] for row in result.rows] for i, name in enumerate(result.columns)}
    if exact:
        return pandas.DataFrame(
            {name: pandas.Series(values, dtype=object) for name, values in columns.items()}
        ).infer_objects()
    return pandas.DataFrame(
        {
            name: _periods(values) if name in _PERIODS and calendar else _series(values)
            for name, values in columns.items()
        }
    )


def arrow(table: Tabular) -> Any:
    """An Arrow table: money decimal128(38, 6), days date32, lists and objects as JSON."""
    import pyarrow

    columns = []
    for i, _ in enumerate(table.columns):
        values = [row[i] for row in table.rows]
        kind = None
        if any(isinstance(value, Decimal) for value in values):
            kind = pyarrow.decimal128(38, 6)
        elif any(isinstance(value, list | dict) for value in values):
            values = [
                None if value is None else json.dumps(value, ensure_ascii=False, default=str)
                for value in values
            ]
        elif len({type(value) for value in values if value is not None}) > 1:
            if all(isinstance(value, int | float | None) for value in values):
                kind = pyarrow.float64()
            else:
                values = [None if value is None else str(value) for value in values]
        columns.append(pyarrow.array(values, kind))
    return pyarrow.table(columns, names=list(table.columns))


def polars_frame(result: Tabular) -> polars.DataFrame:
    """The same rows as a Polars frame, typed as the Arrow table is."""
    import polars

    found = polars.from_arrow(arrow(result))
    assert isinstance(found, polars.DataFrame)
    return found


def _series(values: Sequence[Any]) -> pandas.Series[Any]:
    import pandas

    kinds = {type(value) for value in values if value is not None}
    gaps = any(value is None for value in values)
    if kinds <= {Decimal, float} or (kinds <= {Decimal, float, int} and len(kinds) > 1):
        return pandas.Series([None if v is None else float(v) for v in values], dtype="float64")
    if kinds == {int}:
        return pandas.Series(values, dtype="Int64" if gaps else "int64")
    if kinds == {bool}:
        return pandas.Series(values, dtype="boolean" if gaps else "bool")
    if kinds == {date}:
        return pandas.to_datetime(pandas.Series(values))
    return pandas.Series(values)


def _periods(values: list[Any]) -> pandas.Series[Any]:
    import pandas

    for label, frequency in _LABELS:
        if values and all(isinstance(value, str) and label.fullmatch(value) for value in values):
            if frequency == "W-SUN":
                days = [date.fromisocalendar(int(v[:4]), int(v[6:]), 1) for v in values]
                return pandas.Series(pandas.PeriodIndex(days, freq=frequency))
            return pandas.Series(pandas.PeriodIndex(values, freq=frequency))
    return _series(values)
