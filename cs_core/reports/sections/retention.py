"""Cohorts, NRR and GRR, and how long customers stay."""

from __future__ import annotations

from cs_core import charts
from cs_core.domain.periods import period_column_of
from cs_core.reports.content import ReportColumn, ReportFigure, ReportTable, Section
from cs_core.reports.sections.asking import Ask, answered, records
from cs_core.text import numbers

COHORTS = 24  # rows of the triangle; older ones are in the app


def retention(ask: Ask) -> Section:
    figures = [answered(ask, part) for part in (_cohorts, _history, _survival)]
    return Section(
        "retention",
        ask.t("page.retention.title"),
        ask.t("page.retention.question"),
        figures=tuple(figure for figure in figures if figure),
    )


def _cohorts(ask: Ask) -> ReportFigure | None:
    """The triangle of customers as a table: a row a cohort, a column an age."""
    cells = ask.records("cohorts")
    if not cells:
        return None
    labels = sorted({str(cell["cohort"]) for cell in cells})[-COHORTS:]
    cells = [cell for cell in cells if cell["cohort"] in labels]
    ages = sorted({int(cell["age"]) for cell in cells})
    rates = {(c["cohort"], int(c["age"])): c["customer_retention"] for c in cells}
    sizes = {c["cohort"]: c["cohort_customers"] for c in cells}
    columns = (
        *ask.columns("cohort:period cohort_customers:count"),
        *(ReportColumn(f"age_{age}", str(age), "rate") for age in ages),
    )
    rows = tuple(
        (label, sizes[label], *(rates.get((label, age)) for age in ages)) for label in labels
    )
    return ReportFigure(
        "cohorts",
        ask.t("page.retention.heatmap.retention"),
        ask.t("report.cohorts", each=ask.t(f"page.retention.each.{ask.options.period}")),
        ReportTable(columns, rows, heat=True),
        None,
        ask.definition("cohorts"),
    )


def _history(ask: Ask) -> ReportFigure | None:
    found = ask.frame("retention")
    known = found[found["nrr"].notna()]
    if known.empty:
        return None
    label = period_column_of(known)
    more = [n for n in ("nrr_low", "nrr_high", "grr_low", "grr_high") if n in known.columns]
    names = f"{label}:period starting_customers:count starting_mrr:money nrr:rate grr:rate"
    names = " ".join([names, *(f"{name}:rate" for name in more)])
    last = records(known.tail(1))[0]
    return ReportFigure(
        "nrr",
        ask.t("page.retention.history.title"),
        ask.t(
            "report.nrr",
            period=ask.period(last[label]),
            nrr=numbers.rate(last["nrr"]),
            grr=numbers.rate(last["grr"]),
            n=numbers.count(last["starting_customers"], ask.language, accounts=True),
        ),
        ask.table(records(known), names),
        charts.retention_history.draw(known, ask.look),
        ask.definition("retention"),
    )


def _survival(ask: Ask) -> ReportFigure | None:
    curve = ask.frame("survival", first=None, last=None)
    if curve.empty:
        return None
    names = "tenure:count at_risk:count churned:count survival:rate low:rate high:rate"
    median = records(curve.head(1))[0]["median"]
    said = (
        ask.t("page.retention.survival.not_reached")
        if median is None
        else numbers.months(int(median), ask.language)
    )
    return ReportFigure(
        "survival",
        ask.t("page.retention.survival.title"),
        ask.t("page.retention.survival.median", who=ask.t("filter.everyone"), median=said),
        ask.table(records(curve), names),
        charts.survival_curves.draw(curve, ask.look),
        ask.definition("survival"),
    )
