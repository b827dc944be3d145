"""What today's customers are worth by how long they have stayed, by the curve and naively."""

from __future__ import annotations

from functools import lru_cache

import pandas

from cs_core.charts.breakdown import rows_axis
from cs_core.charts.drawing import Chart, Drawing, Spec, layer, layered
from cs_core.charts.marks import label, mark, nominal, quantitative, scale
from cs_core.charts.parts import fixed_colors, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import t, ticks

_ROW = 40  # pixels, for two bars
_PARTS = ("value", "naive")


@Chart
def base_value(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Two bars a row: the value by the fitted curve, and by one constant churn rate.

    frame: `name` (of the tenures of a row), `value`, `naive` in money. Nothing can be picked.
    """
    rows = [
        {
            "row": f"{place:03d}",
            "name": record["name"],
            "part": part,
            "value": float(record[part]),
            "text": look.money(record[part]),
            "part_text": t(f"chart.lifetime.base_{part}", look.language),
        }
        for place, record in enumerate(frame.to_dict("records"))
        for part in _PARTS
    ]
    marks = pandas.DataFrame(rows, columns=["row", "name", "part", "value", "text", "part_text"])
    names = tuple((str(row["row"]), str(row["name"])) for row in rows[:: len(_PARTS)])
    return Drawing(_spec(look, names), marks, look)


@lru_cache(maxsize=64)
def _spec(look: Look, names: tuple[tuple[str, str], ...]) -> Spec:
    x = quantitative(
        "value", scale=scale(nice=False, domainMin=0, padding=64), axis=None, stack=None
    )
    offset = nominal("part", sort=list(_PARTS))
    y = rows_axis(names)
    color = fixed_colors("part", _PARTS, (look.color("primary"), look.color("other")))
    words = {part: t(f"chart.lifetime.base_{part}", look.language) for part in _PARTS}
    expression = ticks.words(words).replace("datum.value", "datum.label")
    color["legend"] = {"labelExpr": expression, "columns": 2}
    tips = tooltip(look, name="tenure", part_text="part", text="lifetime.value")
    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.base_value",
        [
            layer(mark("bar", cornerRadiusEnd=2), **at, yOffset=offset, color=color, tooltip=tips),
            label({**at, "yOffset": offset}, align="left", dx=5),
        ],
        height={"step": _ROW, "for": "position"},
    )
