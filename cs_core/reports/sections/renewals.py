"""Terms that end soon, and how many were renewed."""

from __future__ import annotations

from decimal import Decimal

from cs_core import charts
from cs_core.domain.periods import period_column_of
from cs_core.reports.content import ReportFigure, Section
from cs_core.reports.sections.asking import Ask, answered, records
from cs_core.studies import renewals as renewal_study
from cs_core.text import numbers


def renewals(ask: Ask) -> Section:
    figures = [answered(ask, part) for part in (_due, _renewed)]
    return Section(
        "renewals",
        ask.t("page.renewals.title"),
        ask.t("page.renewals.question"),
        figures=tuple(figure for figure in figures if figure),
    )


def _due(ask: Ask) -> ReportFigure | None:
    if not ask.dataset.info.terms:
        return None
    due = ask.frame("contracts_due", first=None, last=None, period="month")
    as_of = ask.options.as_of or ask.dataset.info.as_of
    near = records(renewal_study.within(due, as_of, 90)) if len(due) else []
    rows = [
        {
            "name": ask.name(row["account_id"], row["name"]),
            "term_end": row["term_end"],
            "mrr": row["mrr"],
            "notice": row["notice_day"],
        }
        for row in near
    ]
    within = [
        (days, [r for r in rows if (r["term_end"] - as_of).days <= days]) for days in (30, 60, 90)
    ]
    line = ask.t("filter.separator").join(
        ask.t(
            "report.due",
            days=days,
            n=numbers.count(len(held)),
            mrr=ask.money(sum((r["mrr"] for r in held), start=Decimal(0))),
        )
        for days, held in within
    )
    return ReportFigure(
        "due",
        ask.t("report.due_title"),
        line,
        ask.table(rows, "name:text term_end:date mrr:money notice:date"),
        None,
        ask.definition("contracts_due"),
    )


def _renewed(ask: Ask) -> ReportFigure | None:
    found = ask.frame("renewals")
    matured = found[found["renewal_rate"].notna()]
    if matured.empty:
        return None
    label = period_column_of(matured)
    names = (
        f"{label}:period due:count renewed:count renewal_rate:rate due_mrr:money"
        " renewed_mrr:money renewal_rate_mrr:rate"
    )
    return ReportFigure(
        "renewals",
        ask.t("page.retention.renewals.title"),
        ask.t("page.retention.renewals.line"),
        ask.table(records(matured.tail(24)), names),
        charts.renewal_rate.draw(matured.tail(24), ask.look),
        ask.definition("renewals"),
    )
