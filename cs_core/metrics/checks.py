"""What a question must be before it is asked: one place for the app, the command line and Python.

A word that is not known, a value that does not occur and an option that changes nothing would all
be answered with a figure that looks right and is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cs_core.errors import UsageError, nearest
from cs_core.metrics.catalogue import metric_of
from cs_core.metrics.options import Options
from cs_core.warehouse.segments import SegmentColumn, segment_names
from cs_core.warehouse.store import Warehouse

# The words of the catalogue for fields of `Options` that are called otherwise.
PARAMETERS = {
    "first": "from",
    "last": "to",
    "fiscal_start": "period",
    "policy": "policies",
    "preset": "policies",
    "then_by": "by",
}
# Columns of subscriptions that tell how they ended: who left is in one of their values, by its
# making, so no rate of these segments says who will leave.
OUTCOMES = frozenset({"status", "cancel_reason", "churn_kind"})
MOST_NAMED = 12


@dataclass(frozen=True)
class Remark:
    """What a person should know beside an answer; `code` names a sentence `remark.<code>`."""

    code: str
    fields: Mapping[str, object] = field(default_factory=dict)


def check_heeded(metric: str, given: Iterable[str]) -> None:
    """Raises UsageError for an option (a field of `Options`, or `preset`, `policy`) that the
    metric does not heed."""
    heeded = metric_of(metric).parameters
    for name in given:
        if PARAMETERS.get(name, name) not in heeded:
            word = {"first": "from", "last": "to"}.get(name, name).replace("_", "-")
            raise UsageError(
                "option_not_heeded", option=word, metric=metric, heeded=", ".join(heeded)
            )


def column_of(warehouse: Warehouse, name: str) -> SegmentColumn:
    """Raises UsageError `unknown_column`."""
    column = warehouse.column(name)
    if column is None:
        known = segment_names(warehouse.facts.line_segments, warehouse.facts.account_columns)
        raise UsageError(
            "unknown_column",
            column=name,
            known=", ".join(known) or "-",
            nearest=nearest(name, known),
        )
    return column


def check_values(warehouse: Warehouse, options: Options) -> None:
    """Raises UsageError for a value that a filtered column does not have. The blank value is
    known everywhere: that nobody has it is an answer."""
    for name, value in options.where:
        column = column_of(warehouse, name)
        if value is None:
            continue
        rows = warehouse.query(
            "SELECT value FROM segment_values WHERE column_no = $column_no AND value IS NOT NULL"
            " ORDER BY value",
            {"column_no": column.column_no},
        )
        known = [found for (found,) in rows]
        if value not in known:
            more = ["…"] if len(known) > MOST_NAMED else []
            raise UsageError(
                "unknown_value",
                column=name,
                value=value,
                known=", ".join([*known[:MOST_NAMED], *more]) or "-",
                nearest=nearest(value, known),
            )


def remarks(warehouse: Warehouse, options: Options) -> list[Remark]:
    """What the answer does not say by itself."""
    facts = warehouse.facts
    found = []
    if options.as_of is not None and options.as_of > facts.as_of:
        fields = {"as_of": options.as_of.isoformat(), "known": facts.as_of.isoformat()}
        found.append(Remark("as_of_after_data", fields))
    of_lines = {segment.name for segment in facts.line_segments}
    names = [
        name for name in (options.by, options.then_by, *(name for name, _ in options.where)) if name
    ]
    for name in dict.fromkeys(names):
        if name in OUTCOMES & of_lines:
            found.append(Remark("outcome_column", {"column": name}))
        if name in of_lines and name in facts.account_columns:
            found.append(Remark("column_in_two_tables", {"column": name}))
    return found
