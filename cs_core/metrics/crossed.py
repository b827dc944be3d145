"""A metric split by two columns: for each value of the second, the figures of those who have it.

So a row says what the same question says with a filter in the second column's place, to the last
digit, for every metric.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cs_core.errors import CannotAnswerError, UsageError
from cs_core.metrics.catalogue import metric_of
from cs_core.metrics.options import Options
from cs_core.metrics.result import Result

MOST_VALUES = 100


def crossed(
    ask: Callable[[str, Options], Result],
    metric: str,
    options: Options,
    values: Sequence[str | None],
) -> Result:
    """The rows by `by` and `then_by`, whose column stands after that of `by`. `values` are those
    of `then_by`, the blank one last.

    Raises UsageError `too_many_values` where it has more values than anybody reads.
    """
    second = options.then_by
    wanted = {value for name, value in options.where if name == second}
    values = [value for value in values if not wanted or value in wanted]
    if len(values) > MOST_VALUES:
        raise UsageError("too_many_values", column=second, count=len(values), most=MOST_VALUES)
    others = tuple(pair for pair in options.where if pair[0] != second)
    asked: list[tuple[str | None, Result]] = []
    for value in values:
        one = replace(options, then_by=None, where=(*others, (str(second), value)))
        try:
            asked.append((value, ask(metric, one)))
        except CannotAnswerError:
            if value == values[-1] and not asked:
                raise  # there is no answer for any of them
    first = asked[0][1]
    at = first.columns.index(str(options.by)) + 1
    rows = [(*row[:at], value, *row[at:]) for value, result in asked for row in result.rows]
    columns = (*first.columns[:at], str(second), *first.columns[at:])
    keys = [
        columns.index(key)
        for key in metric_of(metric).key_columns(options.period, options.by, second)
        if columns.index(key) <= at
    ]

    def place(row: tuple[Any, ...]) -> list[tuple[bool, Any]]:
        return [(row[key] is None, 0 if row[key] is None else row[key]) for key in sorted(keys)]

    return replace(first, columns=columns, rows=sorted(rows, key=place))
