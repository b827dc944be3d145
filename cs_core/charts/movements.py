"""How MRR went from opening to closing: one period as a bridge, many as stacked bars."""

from __future__ import annotations

import pandas

from cs_core.charts.drawing import Chart, Drawing
from cs_core.charts.theme import Look


@Chart
def bridge(frame: pandas.DataFrame, look: Look = Look()) -> Drawing:
    """MRR bridge: a horizontal waterfall of one row of `mrr_movements`.

    frame: exactly one row (one period, one currency). Losses positive, money Decimal.
    Exchange rates and transfers are drawn when the row has them and they are not zero.
    picks: `movement` (opening, new, reactivation, expansion, contraction, churn, fx,
    transferred_in, transferred_out, closing).
    facts: `axis_start`, the amount the axis begins at, for the card's line (it is rarely 0).
    """
    raise NotImplementedError


@Chart
def movements(
    frame: pandas.DataFrame, look: Look = Look(), *, partial: str | None = None
) -> Drawing:
    """Movements of many periods, gains above and losses below zero, a diamond for the net.

    frame: rows of `mrr_movements`, one per period. partial: label of the period that is not over
    (dashed outline, no net). picks: `month`, `movement` (as in `bridge`).
    """
    raise NotImplementedError
