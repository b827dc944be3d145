"""An answer as a frame one can go on calculating with: pandas, Arrow or Polars."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from cs_core.metrics.result import Result

# Label of a period -> pandas' frequency. Weeks are ISO weeks, from Monday to Sunday.
_LABELS = (
    (re.compile(r"\d{4}-\d\d"), "M"),
    (re.compile(r"\d{4}-Q[1-4]"), "Q"),
    (re.compile(r"\d{4}-W\d\d"), "W-SUN"),
    (re.compile(r"\d{4}"), "Y"),
)
_PERIODS = ("month", "period", "cohort")


def frame(result: Result, *, exact: bool = False, calendar_years: bool = True) -> pandas.DataFrame:
    """The rows of a result. Money is float64, days are datetime64, months, quarters, weeks and
    years are Periods, whole numbers and flags with gaps are Int64 and boolean, a column without
    any value is float64.

    With `exact` values are as in the result: money Decimal with six decimals, days `date`, periods
    text. Periods of another fiscal year (not `calendar_years`) stay text: pandas would take them
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
            name: _periods(values) if name in _PERIODS and calendar_years else _series(values)
            for name, values in columns.items()
        }
    )


def arrow(result: Result) -> pyarrow.Table:
    """The same rows as an Arrow table: money decimal128(38, 6), days date32, periods text,
    lists (the reasons of `accounts`) as JSON."""
    import pyarrow

    columns = []
    for i, _ in enumerate(result.columns):
        values = [row[i] for row in result.rows]
        kind = None
        if any(isinstance(value, Decimal) for value in values):
            kind = pyarrow.decimal128(38, 6)
        elif any(isinstance(value, list) for value in values):
            values = [json.dumps(value, ensure_ascii=False, default=str) for value in values]
        columns.append(pyarrow.array(values, kind))
    return pyarrow.table(columns, names=list(result.columns))


def polars_frame(result: Result) -> polars.DataFrame:
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
