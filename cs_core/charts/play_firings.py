"""When a play would have fired, and what became of those it fired for."""

from __future__ import annotations

from functools import lru_cache

import pandas

from cs_core.charts.drawing import Chart, Drawing, Spec, layer, layered
from cs_core.charts.marks import axis, legend, mark, quantitative
from cs_core.charts.parts import fixed_colors, period_axis, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import numbers, t, ticks

OUTCOMES = ("left", "stayed", "open")


@Chart
def play_firings(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Firings by month, stacked: who left within 90 days, who stayed, and whose 90 days are not
    over.

    frame: `month` (every one of the range, also without firings), `outcome` (left, stayed, open),
    `firings`.
    """
    rows = [
        {
            "period": row["month"],
            "outcome": row["outcome"],
            "order": OUTCOMES.index(row["outcome"]),
            "firings": int(row["firings"]),
            "when": numbers.period(row["month"], look.language),
            "what": t(f"chart.play.{row['outcome']}", look.language),
            "count": numbers.count(row["firings"]),
        }
        for row in frame.to_dict("records")
    ]
    columns = ["period", "outcome", "order", "firings", "when", "what", "count"]
    return Drawing(_spec(look), pandas.DataFrame(rows, columns=columns), look)


@lru_cache(maxsize=16)
def _spec(look: Look) -> Spec:
    words = {name: t(f"chart.play.{name}", look.language) for name in OUTCOMES}
    colours = [look.color("bad"), look.color("neutral"), look.color("border")]
    color = fixed_colors("outcome", OUTCOMES, colours, legend=legend(labelExpr=ticks.words(words)))
    return layered(
        look,
        "chart.description.play_firings",
        layer(
            mark("bar", strokeWidth=1),
            x=period_axis(look, "band"),
            y=quantitative(
                "firings", stack="zero", axis=axis(tickCount=4, tickMinStep=1, format=",d")
            ),
            order={"field": "order"},
            color=color,
            tooltip=tooltip(look, when="period", what="outcome", count="firings"),
        ),
        height=200,
    )
