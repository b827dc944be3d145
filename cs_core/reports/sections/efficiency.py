"""What a new customer costs and brings."""

from __future__ import annotations

from dataclasses import replace

from cs_core.reports.content import ReportFigure, Section
from cs_core.reports.sections.asking import Ask, months
from cs_core.studies import costs
from cs_core.text import numbers


def efficiency(ask: Ask) -> Section:
    """What a new customer costs and brings; n/a where the costs are not in the data."""
    of = months(ask)
    known = any(row.get("cac") is not None for row in of.kpis)
    rows = [
        {
            of.label: row[of.label],
            "arpa": row["arpa"],
            "ltv": row["ltv"],
            "cac": row["cac"],
            "ltv_cac": row["ltv_cac"],
            "payback_months": row["payback_months"],
        }
        for row in of.kpis[-12:]
    ]
    names = f"{of.label}:period arpa:money ltv:money cac:money ltv_cac:number payback_months:number"
    line = ask.t("report.efficiency.line" if known else "report.efficiency.no_costs")
    figure = ReportFigure(
        "efficiency",
        ask.t("report.efficiency.title"),
        line,
        ask.table(rows, names),
        None,
        ask.definition("kpis"),
    )
    figures = (figure, _asked_by_investors(ask))
    return Section("efficiency", ask.t("report.efficiency.title"), "", figures=figures)


def _asked_by_investors(ask: Ask) -> ReportFigure:
    """Figures that need costs; no value, with the reason, where the data holds none. Costs are
    those of the whole company, so a filtered report has none either."""
    of = months(replace(ask, options=replace(ask.options, period="month")))
    mrr = {row["month"]: row["closing_mrr"] for row in of.moves}
    labels = list(mrr)
    spent = {} if ask.options.where else costs.by_month(ask.dataset.run, ask.options)
    year_ago = mrr[labels[-13]] if len(labels) > 12 else None
    growth = float(mrr[labels[-1]] / year_ago - 1) if year_ago else None
    rows = [
        {
            "figure": ask.t(f"report.investors.{name}"),
            "value": value,
            "meaning": ask.t(f"report.investors.{name}_how", growth=numbers.rate(growth)),
        }
        for name, value in (
            ("magic_number", costs.magic_number(spent, labels, mrr)),
            ("burn_multiple", None),
            ("rule_of_40", None),
            ("runway", None),
        )
    ]
    return ReportFigure(
        "investors",
        ask.t("report.investors.title"),
        ask.t("report.investors.line"),
        ask.table(rows, "figure:text value:number meaning:text"),
    )
