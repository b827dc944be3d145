"""What a new customer costs and brings."""

from __future__ import annotations

from cs_core.reports.content import ReportFigure, Section
from cs_core.reports.sections.asking import Ask, months


def efficiency(ask: Ask) -> Section:
    """What a new customer costs and brings; n/a where the costs are not in the data."""
    of = months(ask)
    costs = {row[of.label]: row for row in of.kpis if row.get("cac") is not None}
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
    line = ask.t("report.efficiency.line" if costs else "report.efficiency.no_costs")
    figure = ReportFigure(
        "efficiency",
        ask.t("report.efficiency.title"),
        line,
        ask.table(rows, names),
        None,
        ask.definition("kpis"),
    )
    return Section("efficiency", ask.t("report.efficiency.title"), "", figures=(figure,))
