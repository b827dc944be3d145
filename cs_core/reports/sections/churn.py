"""Churn in its limits, and the reasons of those who left."""

from __future__ import annotations

from cs_core import charts
from cs_core.charts.limits import MarkedChange
from cs_core.domain.periods import period_column
from cs_core.reports.content import ReportFigure, Section
from cs_core.reports.sections.asking import Ask, answered, records
from cs_core.reports.sections.churn_trend import trend_of, verdict
from cs_core.studies import churn as churn_study
from cs_core.studies import leavers
from cs_core.text import plain


def churn(ask: Ask) -> Section:
    trend = trend_of(ask)
    figures = [_limits(ask, trend) if trend else None, answered(ask, _reasons)]
    return Section(
        "churn",
        ask.t("page.churn.title"),
        ask.t("page.churn.question"),
        (verdict(ask, trend),) if trend else (),
        figures=tuple(figure for figure in figures if figure),
    )


def _limits(ask: Ask, trend: churn_study.Trend) -> ReportFigure:
    of = trend.series
    first = of.periods[-24:][0]
    frame = churn_study.limits_frame(trend, first)
    label = period_column(of.grain)
    names = (
        f"{label}:period numerator=lost_customers:count denominator=base:count"
        " rate:rate lower=limit_low:rate upper=limit_high:rate"
    )
    changes = [
        MarkedChange(of.periods[change.index], change.p)
        for change in trend.changes
        if of.periods[change.index] > first
    ]
    return ReportFigure(
        "churn",
        ask.t(f"page.churn.trend.customers.{ask.options.period}"),
        ask.t("page.churn.trend.key"),
        ask.table(records(frame), names),
        charts.rate_with_limits.draw(
            frame, ask.look, changes=changes, forecast=churn_study.forecast_frame(trend)
        ),
        ask.definition("churn"),
    )


def _reasons(ask: Ask) -> ReportFigure | None:
    found = ask.frame("churn_reasons")
    if found.empty or found["cancel_reason"].isna().all() or ask.masks:
        return None
    rows = leavers.reasons(found)
    said = [
        {
            "reason": ask.t("chart.blank")
            if row["kind"] == "blank"
            else ask.t("chart.other")
            if row["kind"] == "other"
            else plain(row["reason"]),
            "customers": row["customers"],
            "mrr": row["mrr"],
        }
        for row in records(rows)
    ]
    return ReportFigure(
        "reasons",
        ask.t("page.churn.reasons.title"),
        ask.t("page.churn.reasons.line.customers"),
        ask.table(said, "reason:text customers:count mrr:money"),
        charts.churn_reasons.draw(rows, ask.look),
        ask.definition("churn_reasons"),
    )
