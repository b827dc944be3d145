"""How much hangs on the largest accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cs_core.domain.periods import days_of_label
from cs_core.reports.content import ReportFigure, Section
from cs_core.reports.sections.asking import Ask, Months, months
from cs_core.text import numbers

LARGEST = (1, 5, 10)  # accounts whose share of MRR is told


def concentration(ask: Ask) -> Section:
    """How much of MRR hangs on the largest accounts, and NRR without the largest of a year ago."""
    of = months(ask)
    last = str(of.kpis[-1][of.label])
    now = _account_mrr(ask, of.label, last)
    whole = sum(now.values(), start=Decimal(0))
    ordered = sorted(now.values(), reverse=True)
    rows = [
        {
            "largest": numbers.count(n),
            "mrr": sum(ordered[:n], start=Decimal(0)),
            "share": float(sum(ordered[:n], start=Decimal(0)) / whole) if whole else None,
        }
        for n in LARGEST
        if n <= len(ordered)
    ]
    figure = ReportFigure(
        "concentration",
        ask.t("report.concentration.title"),
        ask.t("report.concentration.line", period=ask.period(last)),
        ask.table(rows, "largest:text mrr:money share:rate"),
        None,
        ask.t("report.concentration.how"),
    )
    retained = _without_largest(ask, of, now)
    figures = (figure, retained) if retained else (figure,)
    return Section("concentration", ask.t("report.concentration.title"), "", figures=figures)


def _account_mrr(ask: Ask, label: str, period: str) -> dict[str, Decimal]:
    """MRR of each customer at the end of a period, from the ledger."""
    at = {"currency": ask.currency}
    options = replace(ask.options, first=None, last=period)
    found = ask.dataset.rows_behind("mrr_movements", at, options).frame()
    _, end = days_of_label(period, ask.options.fiscal_start)
    held: dict[str, tuple[Any, Decimal]] = {}
    for row in found[["account_id", "date", "mrr_after"]].to_dict("records"):
        if row["date"] <= end:
            kept = held.get(row["account_id"])
            if kept is None or row["date"] >= kept[0]:
                held[row["account_id"]] = (row["date"], row["mrr_after"])
    return {account: mrr for account, (_, mrr) in held.items() if mrr > 0}


def _without_largest(ask: Ask, of: Months, now: Mapping[str, Decimal]) -> ReportFigure | None:
    if ask.options.period != "month" or len(of.kpis) <= 12:
        return None
    then = _account_mrr(ask, of.label, str(of.kpis[-13][of.label]))
    if len(then) < 2:
        return None
    largest = min(then, key=lambda account: (-then[account], account))
    rest = [account for account in then if account != largest]
    base = sum((then[a] for a in rest), start=Decimal(0))
    kept = sum((now.get(a, Decimal(0)) for a in rest), start=Decimal(0))
    capped = sum((min(then[a], now.get(a, Decimal(0))) for a in rest), start=Decimal(0))
    row = {
        "starting_customers": len(rest),
        "starting_mrr": base,
        "nrr": float(kept / base),
        "grr": float(capped / base),
    }
    return ReportFigure(
        "without_largest",
        ask.t("report.without_largest.title"),
        ask.t("report.without_largest.line"),
        ask.table([row], "starting_customers:count starting_mrr:money nrr:rate grr:rate"),
        None,
        ask.definition("retention"),
    )
