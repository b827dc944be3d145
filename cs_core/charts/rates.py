"""Rates over time: with their own history, their uncertainty and the limits of chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas

from cs_core.charts.drawing import Chart, Drawing
from cs_core.charts.theme import DEFAULT, Look


@dataclass(frozen=True)
class ChangePoint:
    """`period` is the first one after the change; `p` the probability by chance alone."""

    period: str
    p: float


@Chart
def retention_history(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """NRR and GRR by month with direct labels and a rule at 100 %.

    frame: rows of `retention`, one per period. picks: `month`.
    """
    raise NotImplementedError


@Chart
def renewal_rate(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Renewal rate by month: points with 95 % Wilson whiskers, hollow below 30 terms.

    frame: rows of `renewals`, one per period, all matured. picks: `month`.
    """
    raise NotImplementedError


@Chart
def renewal_calendar(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """MRR of the terms that end in each month: renewed, not renewed, and still to come (dashed).

    frame: `month`, `due`, `due_mrr`, `renewed_mrr`; a null `renewed_mrr` is still to come.
    picks: `month`.
    """
    raise NotImplementedError


@Chart
def rate_with_limits(
    frame: pandas.DataFrame,
    look: Look = DEFAULT,
    *,
    changes: Sequence[ChangePoint] = (),
    forecast: pandas.DataFrame | None = None,
) -> Drawing:
    """A rate in its limits of chance (p-chart), change points, and optionally a forecast.

    frame: `month`, `rate` (null: not drawn), `centre`, `lower`, `upper`, `outside` (bool), and
    optionally `numerator`, `denominator` for the tooltip. All rates are shares of 1.
    forecast: `month`, `forecast`, `low80`, `high80`, `low95`, `high95`, `naive`.
    picks: `month`.
    """
    raise NotImplementedError
