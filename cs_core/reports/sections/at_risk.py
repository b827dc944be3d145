"""The Monday meeting of customer success: whom to call, and why."""

from __future__ import annotations

from decimal import Decimal

from cs_core.reports import reasons
from cs_core.reports.content import ReportFigure, Section
from cs_core.reports.sections.asking import Ask

CALLS = 25  # accounts of the list at risk


def at_risk(ask: Ask) -> Section:
    from cs_core.studies import risk

    known = risk.known(ask.dataset.warehouse, ask.options)
    listed = risk.listed(ask.dataset.warehouse, ask.options, known, ask.dataset.health_rules)
    accounts = [dict(zip(listed.columns, row, strict=True)) for row in listed.rows]
    chance = known.learned.model is not None
    ranked = risk.ranking(known.present, ask.dataset.health_rules)
    worth = risk.to_call(ranked)
    staying = [row for row in accounts if not row["notice_given"]]
    leaving = [row for row in accounts if row["notice_given"]]
    colours = [
        {
            "colour": reasons.colour(ask, colour),
            "accounts": len(held),
            "mrr": sum((row["mrr"] for row in held), start=Decimal(0)),
            "mrr_at_risk": sum((row["mrr_at_risk"] or 0 for row in held), start=Decimal(0))
            if chance
            else None,
        }
        for colour in ("red", "yellow", "green")
        for held in [[row for row in staying if row["colour"] == colour]]
    ]
    calls = [
        {
            "name": ask.name(row["account_id"], row["name"]),
            "mrr": row["mrr"],
            "health": reasons.health(row["health"], row["colour"]),
            "probability": row["probability"],
            "mrr_at_risk": row["mrr_at_risk"],
            "reasons": "; ".join(reasons.chips(ask, row["reasons"], chance)),
            "next_renewal": row["next_renewal"],
            "play": reasons.play(ask, row["play"]),
        }
        for row in [row for row, call in zip(accounts, worth, strict=True) if call][:CALLS]
    ]
    money = "colour:text accounts:count mrr:money" + " mrr_at_risk:money" * chance
    names = "name:text mrr:money health:text" + " probability:rate mrr_at_risk:money" * chance
    figures = [
        ReportFigure(
            "colours",
            ask.t("report.colours.title"),
            ask.t("report.colours.line"),
            ask.table(colours, money),
        ),
        ReportFigure(
            "calls",
            ask.t("report.calls.title"),
            ask.t("report.calls.line" if chance else "report.calls.no_model", n=len(calls)),
            ask.table(calls, f"{names} reasons:text next_renewal:date play:text"),
            None,
            ask.definition("accounts"),
        ),
    ]
    if leaving:
        rows = [
            {
                "name": ask.name(row["account_id"], row["name"]),
                "mrr": row["mrr"],
                "next_renewal": row["next_renewal"],
            }
            for row in leaving
        ]
        figures.append(
            ReportFigure(
                "notices",
                ask.t("report.notices.title"),
                ask.t("report.notices.line"),
                ask.table(rows, "name:text mrr:money next_renewal:date"),
            )
        )
    return Section(
        "at_risk",
        ask.t("page.accounts_at_risk.title"),
        ask.t("page.accounts_at_risk.question"),
        figures=tuple(figures),
    )
