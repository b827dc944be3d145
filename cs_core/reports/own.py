"""The section of a report with a person's own metrics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from cs_core.metrics.own import OwnMetric, own_metrics
from cs_core.reports.content import Kind, ReportColumn, ReportFigure, ReportTable, Section
from cs_core.reports.sections.asking import Ask
from cs_core.text import plain

MOST_ROWS = 200


def own(ask: Ask) -> Section | None:
    """Each of them as a table; None where there are none, and under masking, as nobody knows
    whom their columns name."""
    metrics = {} if ask.masks else own_metrics()
    if not metrics:
        return None
    everybody = (ask.t("page.definitions.own.everybody"),) if ask.options.where else ()
    return Section(
        "own",
        ask.t("page.definitions.own.title"),
        ask.t("report.own"),
        sentences=everybody,
        figures=tuple(_figure(ask, metric) for metric in metrics.values()),
    )


def _figure(ask: Ask, metric: OwnMetric) -> ReportFigure:
    found = ask.dataset.run(metric.name, metric.heeded(ask.options))
    columns = tuple(
        ReportColumn(name, plain(name), _kind(metric, name, [row[place] for row in found.rows]))
        for place, name in enumerate(found.columns)
    )
    rows = tuple(
        tuple(plain(value) if isinstance(value, str) else value for value in row)
        for row in found.rows[:MOST_ROWS]
    )
    more = len(found.rows) - len(rows)
    definition = plain(metric.said("definition", ask.language))
    return ReportFigure(
        f"own-{metric.name}",
        plain(metric.said("title", ask.language)),
        ask.t("report.more_rows", n=more) if more else "",
        ReportTable(columns, rows),
        definition=definition,
    )


def _kind(metric: OwnMetric, name: str, values: Sequence[Any]) -> Kind:
    present = [value for value in values if value is not None]
    if name in metric.columns("money"):
        return "money"
    if name in metric.columns("rates"):
        return "rate"
    if present and all(isinstance(value, int) and not isinstance(value, bool) for value in present):
        return "count"
    if present and all(isinstance(value, int | float | Decimal) for value in present):
        return "number"
    return "date" if present and all(isinstance(v, date) for v in present) else "text"
