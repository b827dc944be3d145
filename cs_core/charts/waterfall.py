"""What two waterfalls share: the bridge of MRR, and from one definition's figure to another's."""

from __future__ import annotations

import math
from typing import Any

from cs_core.charts.drawing import Spec, layer
from cs_core.charts.marks import axis, between, label, mark, scale
from cs_core.charts.parts import nice_step
from cs_core.charts.theme import Look


def step(start: float, end: float) -> dict[str, float]:
    """Where one bar reaches; both ends of the waterfall begin where they end."""
    return {"start": start, "end": end, "low": min(start, end), "high": max(start, end)}


def extent(low: float, high: float, *, room: float, margin: float) -> tuple[float, float]:
    """The axis: from a round number at or below the smallest level, or from 0 where that is near;
    with room for the labels at the right. room, margin: shares of the amounts' extent."""
    width = (high - low) or abs(high) * 0.1 or 1.0
    distance = nice_step(width * (1 + room))
    start = 0.0 if 0 <= low < width else math.floor((low - width * margin) / distance) * distance
    return start, high + (high - start) * room


def amounts_axis(pixels: int, **options: Any) -> Spec:
    """The axis of a waterfall, with a tick for so many pixels."""
    count = {"expr": f"max(2, floor(width / {pixels}))"}
    return {
        "type": "quantitative",
        "scale": scale(zero=False, nice=False),
        "axis": axis(**options, tickCount=count),
    }


def held_open(x: Spec) -> Spec:
    """Holds the axis open; the extent travels with the data."""
    return layer(mark("rule", opacity=0, tooltip=None), **between("x", x, "axis_low", "axis_high"))


def ends(look: Look, x: Spec, where: str, tips: list[Spec]) -> Spec:
    """The levels a waterfall leads from and to, as ticks taller than its bars."""
    tall = {"expr": "bandwidth('y') * 1.5"}
    color = look.color("neutral")
    tick = mark("tick", orient="vertical", thickness=4, height=tall, color=color)
    return layer(tick, where, x={**x, "field": "end"}, tooltip=tips)


def amounts(x: Spec, **encoding: Any) -> Spec:
    """Each bar's amount, at its right."""
    at: Spec = {"x": {**x, "field": "high"}, **encoding}
    return label(at, field="label", align="left", dx=9, fontWeight=600)
