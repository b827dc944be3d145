"""Behind a figure: its ledger rows, and the lines of the files that caused them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cs_core.domain.money import from_micro
from cs_core.domain.periods import days_of_label
from cs_core.errors import CannotAnswerError, UsageError
from cs_core.metrics.catalogue import metric_of
from cs_core.metrics.options import Options
from cs_core.metrics.question import question
from cs_core.metrics.result import Result
from cs_core.warehouse.statements import compose
from cs_core.warehouse.store import Warehouse

COLUMNS = (
    "account_id",
    "name",
    "date",
    "currency",
    "movement",
    "mrr_before",
    "mrr_after",
    "delta",
    "plan",
    "cancel_reason",
    "sources",
)

# A column of a result -> the ledger movement it counts.
MOVEMENTS = {
    "new_mrr": "new",
    "new_customers": "new",
    "reactivation_mrr": "reactivation",
    "reactivated_customers": "reactivation",
    "expansion_mrr": "expansion",
    "contraction_mrr": "contraction",
    "churned_mrr": "churn",
    "churned_customers": "churn",
    "joined_customers": "new",
}


def explain(
    warehouse: Warehouse,
    metric: str,
    at: Mapping[str, str],
    options: Options,
    files: Sequence[str],
) -> Result:
    """The ledger rows behind one figure, the largest change first.

    `at` points at the figure: `month` (or `period`), `cohort` and `age`, `currency`, the `by`
    column, `column` (the name of the figure in its row), `movement`. For a cohort's cell every
    ledger row of its accounts up to the cell's end is given; for `retention` those of the window.
    `sources` lists the file lines that start or end on the row's day.
    """
    metric = "mrr_movements" if metric == "kpis" else metric
    metric_of(metric)
    if metric in ("trials", "freemium"):
        raise CannotAnswerError("no_rows_behind", metric=metric)
    asked = question(warehouse, metric, options)
    flags, parameters = _pointed_at(metric, at, options, asked)
    flags |= set(asked.ledger.flags) | asked.flags
    plan = next((s.column for s in warehouse.facts.line_segments if s.name == "plan"), None)
    if plan:
        flags.add("with_value")
    text = compose("explained_rows", asked.ledger.stored, flags, asked.instead, asked.extra)
    text = text.replace("line_value", plan or "")
    parameters = {**asked.parameters, **parameters}
    _, rows = warehouse.run(asked.ledger, text, parameters)
    return Result(
        columns=COLUMNS,
        rows=_with_sources(rows, files),
        statement=text,
        parameters={**asked.ledger.parameters, **parameters},
    )


def _pointed_at(
    metric: str, at: Mapping[str, str], options: Options, asked: Any
) -> tuple[set[str], dict[str, object]]:
    flags: set[str] = set()
    parameters: dict[str, object] = {}
    for key, value in at.items():
        if key in ("month", "period"):
            first, _ = days_of_label(value, options.fiscal_start)
            parameters["at_period"] = asked.periods.index(first)
            flags.add("until_period" if metric == "retention" else "at_period")
        elif key == "cohort":
            first, _ = days_of_label(value, options.fiscal_start)
            parameters["at_cohort"] = asked.periods.index(first)
            flags.add("at_cohort")
        elif key == "age":
            pass
        elif key == "currency":
            parameters["at_currency"] = value
            flags.add("at_currency")
        elif key == options.by:
            parameters["at_segment"] = value
            flags.add("at_segment")
        elif key == "movement":
            parameters["at_movement"] = value
            flags.add("at_movement")
        elif key == "column":
            if value in MOVEMENTS:
                parameters["at_movement"] = MOVEMENTS[value]
                flags.add("at_movement")
            elif value == "lost_customers":
                flags.add("lost_only")
        else:
            raise UsageError(
                "unknown_point",
                key=key,
                known="month, period, cohort, age, currency, movement, column",
            )
    if "age" in at and "at_cohort" in parameters:
        if not at["age"].isdecimal():
            raise UsageError(
                "unknown_option_value", option="age", value=at["age"], known="0, 1, 2 …"
            )
        parameters["at_period"] = int(str(parameters["at_cohort"])) + int(at["age"])
        flags.add("until_period")
    if (
        metric == "churn"
        and "at_movement" not in flags
        and "lost_only" not in flags
        and at.get("column") in (None, "customer_churn_rate")
    ):
        flags.add("lost_only")
    return flags, parameters


def _with_sources(rows: Sequence[Sequence[Any]], files: Sequence[str]) -> list[tuple[Any, ...]]:
    """One row a ledger row: its lines gathered, the first of them giving plan and reason."""
    gathered: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        key = (row[0], row[2], row[3])
        found = gathered.setdefault(key, [*row[:10], []])
        if found[9] is None:
            found[9] = row[9]
        if row[10] is not None:
            source = {"file": files[row[10]], "line": row[11]}
            if source not in found[10]:
                found[10].append(source)
    return [
        (*row[:5], *(from_micro(value) for value in row[5:8]), *row[8:])
        for row in gathered.values()
    ]
