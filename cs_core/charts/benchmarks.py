"""What others report, as ranges, and one's own figure across them; never a verdict."""

from __future__ import annotations

from functools import lru_cache

import pandas

from cs_core.charts.breakdown import rows_axis
from cs_core.charts.drawing import Chart, Drawing, Spec, layer, layered
from cs_core.charts.marks import between, mark
from cs_core.charts.parts import float_or_none, interval_text, rate_axis, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import numbers

_ROW = 30  # pixels of a row


@Chart
def benchmarks(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Ranges that others report as bands, and one's own figure with its interval across them.

    frame: `name`, `from`, `to` (shares of 1; equal for a single figure), `own` (bool: one's own,
    with `rate`, and `from` and `to` its interval). Nothing can be picked.
    """
    rows = []
    for place, record in enumerate(frame.to_dict("records")):
        low, high = float_or_none(record["from"]), float_or_none(record["to"])
        point = low is not None and low == high
        rate = float_or_none(record["rate"]) if record["own"] else (low if point else None)
        rows.append(
            {
                "row": f"{place:03d}",
                "name": record["name"],
                "part": "own" if record["own"] else "point" if point else "band",
                "rate": rate,
                "low": low,
                "high": high,
                "rate_text": numbers.rate(rate) if rate is not None else interval_text(low, high),
            }
        )
    columns = ["row", "name", "part", "rate", "low", "high", "rate_text"]
    marks = pandas.DataFrame(rows, columns=columns)
    names = tuple((row["row"], row["name"]) for row in rows)
    return Drawing(_benchmark_spec(look, names), marks, look)


@lru_cache(maxsize=256)
def _benchmark_spec(look: Look, names: tuple[tuple[str, str], ...]) -> Spec:
    x = rate_axis("rate", zero=False)
    x["axis"]["labelFlush"] = False
    y = rows_axis(names, "width < 300 ? 150 : 260")
    # On a phone a name is cut at its comma; it stands in full below the chart.
    full = y["axis"]["labelExpr"]
    y["axis"]["labelExpr"] = f"width < 300 ? replace({full}, regexp('[,、].*'), '') : {full}"
    tips = tooltip(look, name="source", rate_text="rate")
    own, grey = look.color("primary"), look.color("neutral")
    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.benchmarks",
        [
            layer(
                mark("bar", color=grey, opacity=0.3, height={"band": 0.55}, cornerRadius=2),
                "datum.part === 'band'",
                **between("x", x, "low", "high"),
                y=y,
                tooltip=tips,
            ),
            layer(
                mark("tick", color=grey, thickness=4, height=18),
                "datum.part === 'point'",
                **at,
                tooltip=tips,
            ),
            layer(
                mark("rule", color=own, strokeWidth=1.5, opacity=0.6),
                "datum.part === 'own' && isValid(datum.low)",
                **between("x", x, "low", "high"),
                y=y,
                tooltip=tips,
            ),
            layer(
                mark("point", filled=True, size=80, color=own, opacity=1),
                "datum.part === 'own' && isValid(datum.rate)",
                **at,
                tooltip=tips,
            ),
        ],
        height={"step": _ROW},
    )
