"""One statement that runs anywhere: canonical tables in, named SELECTs, the figure out.

Parameters are literals, periods their first day, money in units of its currency. The figures are
those of `query`, to the last digit of money and counts; a rate is the same double where the engine
divides as ours does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cs_core.errors import UsageError
from cs_core.metrics.catalogue import metric_of
from cs_core.metrics.options import Options
from cs_core.metrics.own import OwnMetric
from cs_core.metrics.question import Question, question
from cs_core.models import survival
from cs_core.takeaway import canonical
from cs_core.takeaway.canonical import Named
from cs_core.warehouse.segments import SegmentColumn
from cs_core.warehouse.statements import bound, named_selects, parts, relations
from cs_core.warehouse.store import Warehouse
from cs_core.warehouse.views import quoted

# A model of counts: the file that says the same, and what one row of it is.
_MODELS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "survival": ("survival_steps", tuple(survival.Row.__dataclass_fields__)),
    "hazard": ("hazard_steps", tuple(survival.HazardRow.__dataclass_fields__)),
}


def text(warehouse: Warehouse, metric: str, options: Options, named: Named) -> str:
    """The statement in DuckDB's dialect. Raises UsageError for a metric that models make, and
    CannotAnswerError for data that canonical tables alone do not tell."""
    selects, body = pieces(warehouse, metric, options, named)
    about = metric_of(metric)
    lines = [
        f"{metric}: {about.question}",
        f"One row: {about.grain}. A period is its first day, money is in units of its currency.",
        definitions(warehouse, replace(options, policies=about.settled(options.policies))),
    ]
    heading = "\n".join(f"-- {line}" for line in lines)
    return f"{heading}\nWITH {named_selects(selects)}\n\n{body}\n"


def definitions(warehouse: Warehouse, options: Options) -> str:
    """What the literals of a text are of."""
    as_of = (options.as_of or warehouse.facts.as_of).isoformat()
    changed = options.policies.changed()
    policies = ", ".join(f"{name} = {value}" for name, value in changed.items()) or "usual"
    return f"Definitions: {policies}. As of {as_of}; for a later day write it anew."


def pieces(
    warehouse: Warehouse, metric: str, options: Options, named: Named
) -> tuple[dict[str, str], str]:
    """The named SELECTs, each after those it reads, and the last one."""
    about = metric_of(metric)
    if about.made_of or about.study:
        raise UsageError("metric_of_models", metric=metric, known=", ".join(about.made_of) or "-")
    if isinstance(about, OwnMetric):
        raise UsageError("own_not_taken", metric=metric)
    canonical.check(warehouse)
    shown = question(warehouse, metric, options)
    names, _ = warehouse.run(
        shown.ledger,
        f"SELECT figures.* FROM ({shown.statement}) AS figures LIMIT 0",
        shown.parameters,
    )
    asked = question(warehouse, metric, options, lasting=True)
    flags, instead = set(asked.flags), dict(asked.instead)
    made = canonical.made(warehouse.facts, _columns(warehouse, asked), named, flags, instead)
    model = _MODELS.get(relations()[metric].header.get("model", ""))
    top = metric
    if model is not None:
        top, row = model
        by = ("segment",) if options.by else ()
        names = (*by, "currency", *row)
    selects, body = parts(top, (), flags, instead, {**made, **asked.extra})
    plan = next((s.column for s in warehouse.facts.line_segments if s.name == "plan"), "")
    parameters = {
        "default_currency": warehouse.facts.currencies[0],
        **asked.ledger.parameters,
        **asked.parameters,
    }
    bodies = {name: found.replace("plan_column", plan) for name, found in selects.items()}
    bodies["figures"] = _without_order(body.replace("plan_column", plan))
    bound_bodies = {name: bound(found, parameters) for name, found in bodies.items()}
    return bound_bodies, _last(asked, metric, names)


def _columns(warehouse: Warehouse, asked: Question) -> list[SegmentColumn]:
    names = dict.fromkeys(
        name for name in (asked.options.by, *(n for n, _ in asked.options.where)) if name
    )
    found = [column for name in names if (column := warehouse.column(name)) is not None]
    return [replace(column, changing=column.line_column is not None) for column in found]


def _without_order(body: str) -> str:
    """The last SELECT sorts; before it nothing needs to."""
    return body[: body.rindex("\nORDER BY")] if "\nORDER BY" in body else body


def _last(asked: Question, metric: str, names: tuple[str, ...]) -> str:
    """Columns as `query` names them: days for periods, units for money."""
    about, options = metric_of(metric), asked.options
    money = {name.strip() for name in relations()[metric].header.get("money", "").split(",")}
    columns, order = [], []
    for name in names:
        value, shown = f"figures.{name}", name
        if name in ("period_index", "cohort_index"):
            value = _first_day(value, options.period, asked.periods.offset)
            shown = "cohort" if name == "cohort_index" else "period"
            shown = "month" if (shown, options.period) == ("period", "month") else shown
        elif name == "segment":
            shown = str(options.by)
        elif name in money:
            value = f"CAST({value} * CAST(0.000001 AS DECIMAL(7, 6)) AS DECIMAL(38, 6))"
        columns.append(f"{value} AS {quoted(shown)}")
        if shown in about.key_columns(options.period, options.by):
            order.append(f"{value} NULLS LAST")
    if "period_index" in names and "partial" not in names and about.partial == "shown":
        complete = asked.parameters["last_complete_period"]
        columns.append(f"figures.period_index > {complete} AS partial")
    listed = ",\n    ".join(columns)
    return f"SELECT\n    {listed}\nFROM figures\nORDER BY {', '.join(order)}"


def _first_day(index: str, period: str, fiscal_start: int) -> str:
    if period == "week":
        return f"DATE '1970-01-05' + CAST(7 * {index} AS INTEGER)"
    length = {"month": 1, "quarter": 3, "year": 12}[period]
    months = f"({index} * {length} + {fiscal_start - 1})"
    return f"MAKE_DATE(CAST({months} // 12 AS INTEGER), CAST({months} % 12 + 1 AS INTEGER), 1)"
