"""What the figures mean, and every policy they follow."""

from __future__ import annotations

from cs_core.reports.content import ReportFigure, Section
from cs_core.reports.sections.asking import Ask


def definitions(ask: Ask) -> Section:
    """Every policy, what it is set to, and what that means."""
    policies = ask.options.policies.as_dict()
    changed = ask.options.policies.changed()
    rows = [
        {
            "policy": ask.t(f"filter.policy.{name}.title"),
            "setting": _setting(ask, name, value),
            "usual": "" if name in changed else ask.t("report.usual"),
        }
        for name, value in policies.items()
    ]
    meanings = [
        {"figure": ask.t(f"metric.{name}.title"), "meaning": ask.definition(name)}
        for name in ("mrr_movements", "churn", "retention", "cohorts", "survival", "kpis")
    ]
    return Section(
        "definitions",
        ask.t("page.definitions.title"),
        ask.t("report.definitions"),
        figures=(
            ReportFigure(
                "meanings",
                ask.t("report.meanings"),
                "",
                ask.table(meanings, "figure:text meaning:text"),
            ),
            ReportFigure(
                "policies",
                ask.t("report.policies"),
                "",
                ask.table(rows, "policy:text setting:text usual:text"),
            ),
        ),
    )


def _setting(ask: Ask, name: str, value: object) -> str:
    text = str(value)
    bare, _, days = text.partition(":")
    key = f"filter.policy.{name}.{bare}"
    try:
        return ask.t(key, days=days)
    except KeyError:
        return text
