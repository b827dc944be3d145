"""The verdict on churn over time."""

from __future__ import annotations

from cs_core.models import churn_facts
from cs_core.reports import facts
from cs_core.reports.sections.asking import Ask
from cs_core.studies import churn as churn_study


def trend_of(ask: Ask) -> churn_study.Trend | None:
    """The churn of all complete periods in its limits; None where nobody was ever a customer at
    the start of one."""
    of = churn_study.series(
        ask.frame("churn", first=None),
        ask.frame("mrr_movements", first=None),
        ask.options.policies,
        ask.options.period,
    )
    if not len(of):
        return None
    fiscal = ask.options.fiscal_start
    levels = churn_study.levels(of, ask.frame("cohorts", first=None), fiscal)
    return churn_study.customer_trend(of, fiscal, levels)


def verdict(ask: Ask, trend: churn_study.Trend) -> str:
    season = churn_study.SEASON[trend.series.grain]
    fact = churn_facts.trend_fact(trend.chart, trend.changes, season)
    return facts.sentence(ask, fact, trend.series.periods, ask.options.period)
