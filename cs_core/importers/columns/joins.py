"""Rows that follow one another made into lines: the one rule for every shape and vendor.

Equal neighbours become one line, a change closes the line before, a period that is missing ends it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

# Days are counted from 1970-01-01, as Arrow does; this one is later than any.
OPEN = 2**30


@dataclass(frozen=True)
class Joined:
    """Lines, one value each in numpy arrays, in the order of their first rows.

    `rows`: the first row a line was made from; `starts` and `ends`: days, end not included, OPEN
    where the line is still running; `reaches`: to which day its rows themselves speak of it.
    `line_of` has one value for each row given: the line it went
    into, -1 where it only closed the one before.
    """

    rows: Any
    starts: Any
    ends: Any
    line_of: Any
    reaches: Any


def join(
    groups: Any,
    starts: Any,
    ends: Any,
    values: Any,
    *,
    grace: Any = 1,
    replace: bool = False,
    known_until: int | None = None,
) -> Joined:
    """Joins the rows of each group in the order of their starts. All are numpy arrays of whole
    numbers: `values` are equal where two rows state the same, `starts` and `ends` are days.

    A row that starts within `grace` days of another's end follows it. `replace`: so does one that
    starts before that end, and of two that start on one day the later row counts; otherwise rows
    side by side stay so and add up. A row that ends before it starts closes the one before and
    makes no line. What reaches beyond `known_until` is still running, as is what
    would not be later by then than others were.
    """
    import numpy as np

    number = np.arange(len(starts))
    grace = np.broadcast_to(np.asarray(grace), starts.shape)
    order = np.lexsort((number, starts, groups))
    if not replace:
        streams = _streams(groups, starts, ends, values, grace, order)
        order = np.lexsort((number, starts, streams, groups))
        groups = groups * (streams.max(initial=0) + 1) + streams
    group, start, value = groups[order], starts[order], values[order]
    end, late = ends[order].copy(), grace[order]
    if not len(order):
        return Joined(number, starts, ends, number, ends)
    follows = (group[1:] == group[:-1]) & (start[1:] - end[:-1] <= late[:-1])
    if not replace:
        follows &= end[:-1] - start[1:] <= late[:-1]
    closing = end < start
    empty = end == start  # As in the file: told of by a check, not dropped here.
    late_by = (start[1:] - end[:-1])[follows]
    latest = max(0, int(late_by.max(initial=0)))
    end[:-1] = np.where(follows & ~closing[:-1], start[1:], end[:-1])
    same = follows & (value[1:] == value[:-1]) & ~closing[1:] & ~closing[:-1]
    first = np.concatenate([[True], ~same])
    last = np.concatenate([~same, [True]])
    line = np.cumsum(first) - 1
    end_of, start_of, row_of = end[last], start[first], order[first]
    reach = end_of
    if known_until is not None:
        running = (end_of + np.minimum(late[last], latest) > known_until) & ~closing[last]
        running &= ~np.concatenate([follows, [False]])[last]
        end_of = np.where(running, OPEN, end_of)
    kept = (end_of > start_of) | empty[last]
    place = np.argsort(row_of[kept], kind="stable")
    numbers = np.full(len(kept), -1)
    numbers[np.flatnonzero(kept)[place]] = np.arange(len(place))
    line_of = np.empty(len(order), dtype=np.int64)
    line_of[order] = numbers[line]
    row_of, start_of, end_of, reach = (
        found[kept][place] for found in (row_of, start_of, end_of, reach)
    )
    return Joined(row_of, start_of, end_of, line_of, reach)


def _streams(groups: Any, starts: Any, ends: Any, values: Any, grace: Any, order: Any) -> Any:
    """Rows side by side in one group are streams of their own: each row goes on with the one that
    ends nearest to its start, of the same value if there is one. Only groups in which rows overlap
    are looked at one by one."""
    import numpy as np

    streams = np.zeros(len(order), dtype=np.int64)
    group, start, end, late = groups[order], starts[order], ends[order], grace[order]
    overlap = (group[1:] == group[:-1]) & (end[:-1] - start[1:] > late[:-1])
    mixed = np.isin(group, np.unique(group[1:][overlap]))
    widest = int(grace.max(initial=0))
    counts: dict[int, int] = defaultdict(int)
    running: dict[tuple[int, int], set[tuple[int, int, int]]] = defaultdict(set)
    for row in order[mixed].tolist():
        own, at, value = int(groups[row]), int(starts[row]), int(values[row])
        near = [
            (other != value, abs(at - end), place, end, other, days)
            for end in range(at - widest, at + widest + 1)
            for other, place, days in running.get((own, end), ())
            if abs(at - end) <= days
        ]
        if near:
            _, _, place, end, other, days = min(near)
            running[own, end].remove((other, place, days))
        else:
            place = counts[own]
            counts[own] += 1
        running[own, int(ends[row])].add((value, place, int(grace[row])))
        streams[row] = place
    return streams
