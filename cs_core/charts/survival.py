"""How long customers stay, and when they leave."""

from __future__ import annotations

import pandas

from cs_core.charts.drawing import Chart, Drawing
from cs_core.charts.theme import DEFAULT, Look


@Chart
def survival_curves(
    frame: pandas.DataFrame,
    look: Look = DEFAULT,
    *,
    by: str | None = None,
    unit: str = "month",
) -> Drawing:
    """Kaplan-Meier steps with 95 % bands; customers still observed in rows under the axis.

    frame: rows of `survival`. by: the segment column; its five largest values get colours, bands
    and rows, the rest are thin grey lines and one row "other". unit: month or day, as asked.
    picks: `segment` when `by` is given.
    """
    raise NotImplementedError


@Chart
def hazard(frame: pandas.DataFrame, look: Look = DEFAULT, *, last: int = 24) -> Drawing:
    """Share of those still there who leave at each month of tenure, with 95 % Wilson whiskers.

    frame: rows of `survival` in months without a segment (`tenure`, `at_risk`, `churned`).
    last: the highest tenure drawn. picks: `tenure`.
    """
    raise NotImplementedError
