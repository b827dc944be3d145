"""Which assumption matters: the spread of draws, the tornado, and scenarios side by side."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy
import pandas

from cs_core.charts.breakdown import rows_axis
from cs_core.charts.drawing import Chart, Drawing, Spec, layer, layered
from cs_core.charts.marks import between, label, mark, quantitative, scale, when
from cs_core.charts.parts import fixed_colors, float_or_none, money_axis, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import numbers, t, ticks

_BINS = 40
_HEIGHT = 280
_ROW = 34  # pixels


@Chart
def value_spread(
    frame: pandas.DataFrame, look: Look = DEFAULT, *, percentiles: Mapping[str, float] | None = None
) -> Drawing:
    """How often each value came out of the draws.

    frame: `value`, one row per draw. percentiles: marked values by name, such as P10, P50, P90.
    Nothing can be picked.
    """
    values = frame["value"].to_numpy(dtype=float)
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if high <= low:  # nothing is uncertain
        low, high = low - max(abs(low), 1.0) * 0.05, high + max(abs(high), 1.0) * 0.05
    counts, edges = numpy.histogram(values, bins=_BINS, range=(low, high))
    rows: list[dict[str, Any]] = [
        {
            "part": "bin",
            "from": float(start),
            "to": float(end),
            "count": int(count),
            "range_text": f"{look.money(float(start))} – {look.money(float(end))}",
            "share_text": numbers.rate(count / max(len(values), 1)),
        }
        for count, start, end in zip(counts, edges[:-1], edges[1:], strict=True)
    ]
    order = sorted((percentiles or {}).items(), key=lambda item: item[1])
    for place, (name, value) in enumerate(order):
        side = "left" if place == 0 else "right" if place == len(order) - 1 else "middle"
        rows.append(
            {
                "part": "mark",
                "from": value,
                "side": side,
                "text": name,
                "range_text": look.money(value),
            }
        )
    columns = ["part", "from", "to", "count", "range_text", "share_text", "side", "text"]
    return Drawing(_spread_spec(look), pandas.DataFrame(rows, columns=columns), look)


@lru_cache(maxsize=64)
def _spread_spec(look: Look) -> Spec:
    x = money_axis(look, "from", scale=scale(zero=False, nice=False))
    x["axis"]["grid"] = False
    tips = tooltip(look, range_text="lifetime.value", share_text="lifetime.share_of_draws")
    marked = {"filter": "datum.part === 'mark'"}
    labels = [
        label(
            {"x": x, "y": {"value": 0}},
            f"datum.part === 'mark' && datum.side === '{side}'",
            align=align,
            dx=dx,
            dy=dy,
        )
        for side, align, dx, dy in (
            ("left", "right", -3, 2),
            ("middle", "center", 0, -8),
            ("right", "left", 3, 2),
        )
    ]
    return layered(
        look,
        "chart.description.value_spread",
        [
            layer(
                mark("bar", color=look.color("primary"), opacity=0.55, binSpacing=1),
                "datum.part === 'bin'",
                x={**x, "bin": "binned"},
                x2={"field": "to"},
                y=quantitative("count", axis=None, scale=scale(nice=False, padding=4)),
                tooltip=tips,
            ),
            layer(
                mark("rule", color=look.color("text"), strokeDash=[3, 3], strokeWidth=1),
                [marked],
                x=x,
                tooltip=tooltip(look, text="lifetime.percentile", range_text="lifetime.value"),
            ),
            *labels,
        ],
        padding={"left": 2, "right": 8, "top": 18, "bottom": 4},
        height=_HEIGHT,
    )


@Chart
def tornado(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """What each assumption does to the value when it is 10 % worse or better, largest first.

    frame: `name`, `worse` (≤ 0) and `better` (≥ 0), differences in money, in the order to be
    drawn. Nothing can be picked.
    """
    rows = []
    for place, record in enumerate(frame.to_dict("records")):
        for part in ("worse", "better"):
            value = float(record[part])
            rows.append(
                {
                    "row": f"{place:03d}",
                    "name": record["name"],
                    "part": part,
                    "value": value,
                    "text": look.money(value, signed=True),
                    "part_text": t(f"chart.lifetime.{part}", look.language),
                }
            )
    marks = pandas.DataFrame(rows, columns=["row", "name", "part", "value", "text", "part_text"])
    names = tuple((row["row"], row["name"]) for row in rows[::2])
    return Drawing(_tornado_spec(look, names), marks, look)


@lru_cache(maxsize=128)
def _tornado_spec(look: Look, names: tuple[tuple[str, str], ...]) -> Spec:
    x = quantitative("value", scale=scale(nice=False, padding=64), axis=None)
    y = rows_axis(names, "width < 260 ? 126 : 220")
    expression = ticks.words(
        {part: t(f"chart.lifetime.{part}", look.language) for part in ("worse", "better")}
    ).replace("datum.value", "datum.label")
    color = fixed_colors("part", ("worse", "better"), (look.color("bad"), look.color("primary")))
    color["legend"] = {"labelExpr": expression, "columns": 2}
    tips = tooltip(look, name="lifetime.assumption", part_text="part", text="change")

    def text(part: str, align: str, dx: int) -> Spec:
        return label(at, f"datum.part === '{part}'", align=align, dx=dx)

    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.tornado",
        [
            layer(
                mark("bar", height={"band": 0.62}, cornerRadiusEnd=2),
                x={**x, "stack": None},
                y=y,
                color=color,
                tooltip=tips,
            ),
            text("worse", "right", -6),
            text("better", "left", 6),
        ],
        height={"step": _ROW},
    )


@Chart
def scenarios(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Scenarios under each other on one scale: the value and what lies between P10 and P90.

    frame: `name`, `value`, `low`, `high` in money, `current` (bool). Nothing can be picked.
    """
    rows = [
        {
            "row": f"{place:03d}",
            "name": record["name"],
            "value": float_or_none(record["value"]),
            "low": float_or_none(record["low"]),
            "high": float_or_none(record["high"]),
            "current": bool(record["current"]),
            "value_text": look.money(record["value"]),
            "range_text": f"{look.money(record['low'])} – {look.money(record['high'])}",
        }
        for place, record in enumerate(frame.to_dict("records"))
    ]
    names = tuple((str(row["row"]), str(row["name"])) for row in rows)
    columns = ["row", "name", "value", "low", "high", "current", "value_text", "range_text"]
    marks = pandas.DataFrame(rows, columns=columns)
    low, high = float(marks["low"].min()), float(marks["high"].max())
    # An axis without width would show every digit there is.
    around = () if high > low else (low - max(abs(low), 1) * 0.1, high + max(abs(high), 1) * 0.1)
    return Drawing(_scenarios_spec(look, names, around), marks, look)


@lru_cache(maxsize=128)
def _scenarios_spec(
    look: Look, names: tuple[tuple[str, str], ...], around: tuple[float, ...]
) -> Spec:
    limits = {"domain": list(around)} if around else {}
    x = money_axis(look, "value", scale=scale(zero=False, nice=True, **limits))
    y = rows_axis(names, "width < 260 ? 110 : 220")
    color = look.color("primary")
    strength = when("datum.current", 0.5, 0.28)
    tips = tooltip(
        look, name="lifetime.scenario", value_text="lifetime.value", range_text="lifetime.range"
    )
    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.scenarios",
        [
            layer(
                mark("rule", color=color, strokeWidth=7, strokeCap="round"),
                **between("x", x, "low", "high"),
                y=y,
                opacity=strength,
                tooltip=tips,
            ),
            layer(mark("point", filled=True, size=90, color=color, opacity=1), **at, tooltip=tips),
        ],
        height={"step": _ROW},
    )
