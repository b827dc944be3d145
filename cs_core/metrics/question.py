"""From a metric and its options to one statement, and from its rows to a result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from cs_core.domain.money import from_micro
from cs_core.domain.periods import Periods, days_of_label, period_column
from cs_core.domain.proportion import SMALL_SAMPLE
from cs_core.errors import CannotAnswerError, UsageError
from cs_core.metrics.catalogue import Metric, metric_of
from cs_core.metrics.checks import column_of
from cs_core.metrics.options import Options
from cs_core.metrics.own import OwnMetric, own_answer, own_statement
from cs_core.metrics.result import Result
from cs_core.models import survival
from cs_core.warehouse import cubes
from cs_core.warehouse.calendars import calendar_parameters
from cs_core.warehouse.ledgers import Ledger
from cs_core.warehouse.segments import SegmentColumn
from cs_core.warehouse.statements import compose, relations
from cs_core.warehouse.store import Warehouse


@dataclass(frozen=True)
class Question:
    """A metric asked of one ledger: everything its statement is made from."""

    metric: str
    options: Options
    ledger: Ledger
    statement: str
    parameters: dict[str, object]
    periods: Periods
    flags: set[str]
    instead: dict[str, str]
    extra: dict[str, str]


def run(warehouse: Warehouse, metric: str, options: Options) -> Result:
    """Asks one metric. Raises UsageError for a wrong question and CannotAnswerError where the
    data has no answer."""
    about = metric_of(metric)
    if isinstance(about, OwnMetric):
        return own_answer(warehouse, about, options)
    asked = question(warehouse, metric, options)
    names, rows = warehouse.run(asked.ledger, asked.statement, asked.parameters)
    header = relations()[metric].header
    amounts = {name.strip() for name in header.get("money", "").split(",")}
    columns, values = _labelled(asked, names, rows, amounts)
    if model := header.get("model"):
        columns, values = _modelled(model, columns, values, options.by)
    return Result(
        columns=columns,
        rows=values,
        statement=asked.statement,
        parameters={**asked.ledger.parameters, **asked.parameters},
    )


def statement(warehouse: Warehouse, metric: str, options: Options) -> tuple[str, dict[str, object]]:
    """The statement that would run and the parameters it uses."""
    about = metric_of(metric)
    if isinstance(about, OwnMetric):
        return own_statement(warehouse, about, options)[1:]
    asked = question(warehouse, metric, options)
    return asked.statement, {**asked.ledger.parameters, **asked.parameters}


def question(
    warehouse: Warehouse, metric: str, options: Options, *, lasting: bool = False
) -> Question:
    """What a metric is asked of. A `lasting` statement holds for data that is still to come: any
    column of subscriptions may change one day, and nothing is read from the cubes."""
    about = metric_of(metric)
    facts = warehouse.facts
    options = replace(options, policies=about.settled(options.policies))
    as_of = options.as_of or facts.as_of
    columns = _asked_columns(warehouse, options)
    stored_changing = [column for column in columns if column.changing]
    if lasting:
        columns = [replace(c, changing=c.line_column is not None) for c in columns]
    if facts.shape == "tenure":
        return _tenure_question(warehouse, about, options, columns)
    ledger = warehouse.ledger(options.policies, as_of, options.currency, stored_changing)
    first_day = ledger.first_day
    starts = relations()[metric].header.get("starts")
    if starts:
        first_day = warehouse.query("SELECT MIN(start_date) FROM lines")[0][0]
    if first_day is None or first_day > as_of:
        raise CannotAnswerError("nobody_paid", as_of=as_of.isoformat())
    periods = Periods(options.period, options.fiscal_start)
    if "from" not in about.parameters:
        options = replace(options, first=None, last=None)
    edge = ledger.parameters["left_edge"]
    parameters = _parameters(options, first_day, periods, as_of, edge)
    parameters["by_column"] = next((c.column_no for c in columns if c.name == options.by), 0)
    parameters["filter_count"] = len({name for name, _ in options.where})
    flags = set(ledger.flags) | _flags(metric, options, columns, facts.terms)
    plan = next((s.column for s in facts.line_segments if s.name == "plan"), None)
    if plan:
        flags.add("plan")
    instead = dict(ledger.instead)
    if options.policies.movement_basis == "snapshot":
        instead |= {"movement_rows": "snapshot_rows", "transfers": "snapshot_transfers"}
    _settle_segments(options, columns, flags, instead, parameters)
    stored = set(ledger.stored)
    if not lasting and _in_cube(warehouse, about, options, ledger, columns, as_of):
        instead |= {
            name: f"{name}_of_cube"
            for name in (
                "added_movements",
                "added_transfers",
                "churn_changes",
                "cohort_changes",
                "retention_changes",
            )
        }
    extra = _made_relations(options, columns, parameters)
    if starts and columns:
        # Who never paid is not in the ledger: values are those at the start of the trial.
        instead |= {"customer_segments": "customer_segments", "value_states": "start_values"}
        extra |= _start_values(starts, columns)
    return Question(
        metric=metric,
        options=options,
        ledger=ledger,
        statement=compose(metric, stored, flags, instead, extra).replace("plan_column", plan or ""),
        parameters=parameters,
        periods=periods,
        flags=flags,
        instead=instead,
        extra=extra,
    )


def _asked_columns(warehouse: Warehouse, options: Options) -> list[SegmentColumn]:
    names = list(
        dict.fromkeys([*([options.by] if options.by else []), *(n for n, _ in options.where)])
    )
    return [column_of(warehouse, name) for name in names]


def _parameters(
    options: Options, first_day: date, periods: Periods, as_of: date, edge: object
) -> dict[str, object]:
    last_known = periods.index(as_of)
    first, last = periods.index(first_day), last_known
    calendar_start = first_day
    if options.first is not None:
        wanted, _ = days_of_label(options.first, options.fiscal_start)
        first = periods.index(wanted)
        calendar_start = min(calendar_start, wanted)
    if options.last is not None:
        _, wanted = days_of_label(options.last, options.fiscal_start)
        last = min(last_known, periods.index(wanted))
    outside = edge is not None and last < periods.index(first_day)
    if first > last or outside:
        if (
            first > last
            and options.first is not None
            and options.last is not None
            and last < last_known
        ):
            raise UsageError("range_reversed", first=options.first, last=options.last)
        raise CannotAnswerError(
            "range_outside",
            first=periods.label(periods.index(first_day)),
            last=periods.label(last_known),
        )
    if edge is not None:  # Nothing is known of the periods before data that begins in the middle.
        first = max(first, periods.index(first_day))
    complete = last_known if periods.last_day(last_known) <= as_of else last_known - 1
    return {
        **calendar_parameters(
            options.period, options.fiscal_start, options.window, calendar_start, as_of, edge
        ),
        "as_of": as_of,
        "small_sample": SMALL_SAMPLE,
        "grid_first": min(first, periods.index(first_day) - (edge is not None)),
        "first_period": first,
        "last_period": last,
        "last_complete_period": complete,
        "last_shown_period": last_known if options.partial else complete,
    }


def _flags(
    metric: str, options: Options, columns: Sequence[SegmentColumn], terms: bool
) -> set[str]:
    policies = options.policies
    held = {
        "week": options.period == "week",
        "period_start": policies.movement_basis == "snapshot"
        and policies.snapshot_at == "period_start",
        "snapshot": policies.movement_basis == "snapshot",
        "as_new": policies.reactivation == "as_new",
        "ignore_same_period": policies.same_period_churn == "ignore",
        "count_same_period": policies.same_period_churn == "count",
        "start_plus_new": policies.churn_denominator == "start_plus_new",
        "net_reactivation": policies.net_churn_includes_reactivation == "yes",
        "by": options.by is not None,
        "where": bool(options.where),
        "segmented": bool(columns),
        "whole": not columns,
        "changing": any(column.changing for column in columns),
        # A column of subscriptions has its transfers shown even where none ever changed.
        "can_change": any(column.line_column is not None for column in columns),
        "partial": options.partial,
        "first_spells": options.spells == "first",
        "in_days": options.unit == "day",
        "in_months": options.unit == "month",
        "term_columns": terms,
    }
    return {flag for flag, holds in held.items() if holds}


def _settle_segments(
    options: Options,
    columns: Sequence[SegmentColumn],
    flags: set[str],
    instead: dict[str, str],
    parameters: dict[str, object],
) -> None:
    """Which file answers `customer_segments`: the fewer columns can change, the less there is
    to compare."""
    changing = [column for column in columns if column.changing]
    filtered = {name for name, _ in options.where}
    own_filters = [c for c in columns if not c.changing and c.name in filtered]
    parameters["own_filter_count"] = len(own_filters)
    if own_filters:
        flags.add("own_filters")
    if columns and not changing:
        instead["customer_segments"] = "own_segments"
    elif len(changing) == 1:
        instead["customer_segments"] = "one_changing_segments"
        parameters["changing_column"] = changing[0].column_no
        if changing[0].name in filtered:
            flags.add("changing_filter")
        if options.by is not None:
            flags.add("by_changing" if changing[0].name == options.by else "by_own")


def _in_cube(
    warehouse: Warehouse,
    metric: Metric,
    options: Options,
    ledger: Ledger,
    columns: Sequence[SegmentColumn],
    as_of: date,
) -> bool:
    policies = options.policies
    return (
        ledger.cube
        and cubes.CUBES.keys() <= ledger.stored  # datasets kept before have others
        and metric.cube
        and _cube_reaches(warehouse, metric, options, as_of)
        and options.period == "month"
        and (options.window == cubes.WINDOW or "window" not in metric.parameters)
        and policies.movement_basis == "event"
        and policies.same_period_churn != "ignore"
        and policies.reactivation == "own"
        and {column.column_no for column in columns} <= set(warehouse.facts.configured)
    )


def _cube_reaches(warehouse: Warehouse, metric: Metric, options: Options, as_of: date) -> bool:
    """Up to a month's end before its own as-of date the cube says what was known then; only in a
    month that was not over are there days it does not tell apart."""
    if as_of >= warehouse.facts.as_of:
        return as_of == warehouse.facts.as_of
    over = (as_of + timedelta(days=1)).day == 1
    leaves_partial_out = metric.partial == "left out" and not (
        options.partial and metric.kind == "cohort"
    )
    return over or leaves_partial_out


def _made_relations(
    options: Options, columns: Sequence[SegmentColumn], parameters: dict[str, object]
) -> dict[str, str]:
    """`asked_columns` and `chosen_values` of this question; values travel as parameters."""
    if not columns:
        return {}
    numbers = {column.name: column.column_no for column in columns}
    asked = []
    for place, number in enumerate(numbers.values(), 1):
        parameters[f"asked_column_{place}"] = number
        asked.append(f"SELECT CAST($asked_column_{place} AS INTEGER) AS column_no")
    chosen = []
    for place, (name, value) in enumerate(options.where, 1):
        parameters[f"where_column_{place}"] = numbers[name]
        parameters[f"where_value_{place}"] = value
        chosen.append(
            f"SELECT column_no, value_code FROM segment_values\n"
            f"WHERE column_no = $where_column_{place}"
            f" AND value IS NOT DISTINCT FROM CAST($where_value_{place} AS VARCHAR)"
        )
    made = {"asked_columns": "\nUNION ALL\n".join(asked)}
    if chosen:
        made["chosen_values"] = "\nUNION\n".join(chosen)
    return made


def _start_values(starts: str, columns: Sequence[SegmentColumn]) -> dict[str, str]:
    """`line_start_values` of the columns that can change."""
    body = relations()["line_start_values"].body.replace("account_starts", starts)
    made = [
        body.replace("line_value", column.line_column).replace(
            "$start_column", f"$asked_column_{place}"
        )
        for place, column in enumerate(columns, 1)
        if column.changing and column.line_column
    ]
    return {"line_start_values": "\nUNION ALL\n".join(made)} if made else {}


def _tenure_question(
    warehouse: Warehouse, about: Metric, options: Options, columns: Sequence[SegmentColumn]
) -> Question:
    """A table of tenures has no dates: only what counts completed months can be asked of it."""
    metric = about.name
    if about.dates:
        raise CannotAnswerError("needs_dates", metric=metric)
    if metric == "survival" and options.unit == "day":
        raise CannotAnswerError("needs_dates_for_days")
    ledger = warehouse.tenure_ledger()
    parameters: dict[str, object] = {
        "by_column": next((c.column_no for c in columns if c.name == options.by), 0),
        "filter_count": len({name for name, _ in options.where}),
        "as_of": warehouse.facts.as_of,
    }
    flags = {"joint"} | _flags(metric, options, columns, False)
    instead = {
        "spells": "tenure_spells",
        "known_customers": "tenure_customers",
        "customers_now": "tenure_customers_now",
        "payment_changes": "tenure_payment_changes",
    }
    _settle_segments(options, columns, flags, instead, parameters)
    extra = _made_relations(options, columns, parameters)
    return Question(
        metric=metric,
        options=options,
        ledger=ledger,
        statement=compose(metric, ledger.stored, flags, instead, extra),
        parameters=parameters,
        periods=Periods("month"),
        flags=flags,
        instead=instead,
        extra=extra,
    )


def _labelled(
    asked: Question, names: Sequence[str], rows: Sequence[Sequence[Any]], amounts: set[str]
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Period numbers become labels, millionths exact decimals, `segment` the column's name; what
    shows unfinished periods marks them."""
    period = asked.options.period
    marked = "period_index" in names and "partial" not in names
    marked = marked and metric_of(asked.metric).partial == "shown"
    makers: list[Any] = []
    columns = []
    for name in names:
        if name == "period_index":
            columns.append(period_column(period))
            makers.append(asked.periods.label)
        elif name == "cohort_index":
            columns.append("cohort")
            makers.append(asked.periods.label)
        elif name == "segment":
            columns.append(str(asked.options.by))
            makers.append(None)
        else:
            columns.append(name)
            makers.append(from_micro if name in amounts else None)
    # Column by column, each value made once: a table of cohorts says few months many times.
    made: list[Sequence[Any]] = []
    for make, column in zip(makers, zip(*rows, strict=True), strict=False):
        if make is None:
            made.append(column)
        else:
            known = {value: None if value is None else make(value) for value in set(column)}
            made.append([known[value] for value in column])
    if marked:
        complete = asked.parameters["last_complete_period"]
        at = names.index("period_index")
        columns.append("partial")
        made.append([row[at] > complete for row in rows])
    return tuple(columns), list(zip(*made, strict=True))


def log_rank(warehouse: Warehouse, options: Options) -> dict[str, Any]:
    """Do the segments of `options.by` leave at the same pace? {"chi2", "df", "p"}; stratified by
    currency where currencies are not joined."""
    if options.by is None:
        raise UsageError("log_rank_needs_by")
    asked = question(warehouse, "survival", options)
    names, rows = warehouse.run(asked.ledger, asked.statement, asked.parameters)
    strata: dict[str, dict[Any, list[tuple[int, int, int]]]] = {}
    for row in rows:
        found: dict[str, Any] = dict(zip(names, row, strict=True))
        counts = (found["tenure"], found["churned"], found["censored"])
        groups = strata.setdefault(found["currency"], {})
        groups.setdefault(found["segment"], []).append(counts)
    segments = list(dict.fromkeys(segment for groups in strata.values() for segment in groups))
    result = survival.log_rank(
        *([groups.get(segment, []) for segment in segments] for groups in strata.values())
    )
    return {"chi2": result.chi2, "df": result.df, "p": result.p}


def _modelled(
    model: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], by: str | None
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Runs a counts-to-curve model on each segment and currency."""
    keys = [by] if by else []
    at = {name: place for place, name in enumerate(columns)}
    groups: dict[tuple[Any, ...], list[tuple[int, int, int]]] = {}
    for row in rows:
        key = tuple(row[at[name]] for name in [*keys, "currency"])
        counts = (row[at["tenure"]], row[at["churned"]], row[at["censored"]])
        groups.setdefault(key, []).append(counts)
    fields: tuple[str, ...] = ()
    values: list[tuple[Any, ...]] = []
    make = survival.kaplan_meier if model == "survival" else survival.hazard
    for key, group in groups.items():
        for item in make(group):
            fields = tuple(item.__dataclass_fields__)
            values.append((*key, *(getattr(item, name) for name in fields)))
    return (*keys, "currency", *fields), values
