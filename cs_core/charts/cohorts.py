"""Cohorts as a heatmap and as curves."""

from __future__ import annotations

import pandas

from cs_core.charts.drawing import Chart, Drawing
from cs_core.charts.theme import Look

MEASURES = ("customers", "net_mrr", "gross_mrr")
SHOWS = ("rate", "amount")
VIEWS = ("retention", "churn")


@Chart
def retention_heatmap(
    frame: pandas.DataFrame,
    look: Look = Look(),
    *,
    measure: str = "customers",
    show: str = "rate",
    view: str = "retention",
) -> Drawing:
    """Cohorts by age, with n, a weighted mean, and what is too few or not over marked.

    frame: rows of `cohorts` without a segment column; an optional boolean column `partial` marks
    cells whose period is not over (dashed, not in the mean). Unobserved cells are absent.
    measure: customers, net_mrr or gross_mrr. show: rate or amount (customers, or money of the
    measure). view: retention or churn (1 - retention, or what was lost).
    The colour always means retention. Below 10 customers in all, cells say "3/4" without colour.
    picks: `cohort`, `age`; the n column gives only `cohort`, the mean row only `age`.
    """
    raise NotImplementedError


@Chart
def retention_curves(
    frame: pandas.DataFrame,
    look: Look = Look(),
    *,
    measure: str = "customers",
    oldest: int | None = None,
    top: float = 1.0,
) -> Drawing:
    """One small multiple: every cohort a thin grey line, their weighted mean thick.

    frame: rows of `cohorts` of one segment (or of all). oldest: last age on the axis, and top: the
    highest rate on it; give all multiples the same. picks: nothing.
    """
    raise NotImplementedError
