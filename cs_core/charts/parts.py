"""Pieces several charts share: axes, tooltips, direct labels, and the numbers beneath them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import pandas

from cs_core.charts.drawing import Spec
from cs_core.charts.theme import Look
from cs_core.text import numbers, plain, t, ticks

_Z = NormalDist().inv_cdf(0.975)


def float_or_none(value: Any) -> float | None:
    """Decimal, int, float, None or NaN as what Vega can draw."""
    return None if value is None or pandas.isna(value) else float(value)


def period_axis(look: Look, kind: str = "band") -> Spec:
    """Periods from left to right as text categories, so that no time zone can move them."""
    return {
        "field": "period",
        "type": "ordinal",
        "scale": {"type": kind, "padding": 0.25} if kind == "band" else {"type": kind},
        "axis": {
            "labelExpr": ticks.periods(look.language),
            "labelAngle": 0,
            "labelOverlap": False,
            "labelPadding": 8,
        },
    }


def rate_axis(field: str, **scale: Any) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"nice": True, **scale},
        "axis": {"labelExpr": ticks.rate(), "tickCount": 5},
    }


def tooltip(look: Look, **fields: str) -> list[Spec]:
    """Fields made as text beforehand, under titles from the catalogue: field -> key."""
    return [
        {"field": field, "type": "nominal", "title": t(f"chart.{key}", look.language)}
        for field, key in fields.items()
    ]


def fixed_colors(field: str, domain: Sequence[str], colors: Sequence[str], **more: Any) -> Spec:
    """A colour for each key, the same in every chart whatever the data holds."""
    scale = {"domain": list(domain), "range": list(colors)}
    return {"field": field, "type": "nominal", "scale": scale, "legend": None, **more}


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions moved apart to at least `gap`, in the same order, inside [low, high] if they fit:
    direct labels that would otherwise lie on each other."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    placed = list(positions)
    for before, after in pairwise(order):
        placed[after] = max(placed[after], placed[before] + gap)
    excess = max(placed[order[-1]] - high, 0) if order else 0
    for i in reversed(order):
        ceiling = high - gap * (len(order) - 1 - order.index(i))
        placed[i] = max(min(placed[i], ceiling), low) if excess else placed[i]
    return placed


def nice_step(extent: float, count: int = 5) -> float:
    """A tick distance of 1, 2 or 5 times a power of ten that cuts the extent in about `count`."""
    raw = extent / count if extent > 0 else 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999999)


def segment_name(value: object, look: Look) -> str:
    return t("chart.blank", look.language) if value is None or value == "" else plain(value)


def interval_text(low: float | None, high: float | None) -> str:
    """ "2.9–7.5%" for tooltips; a dash where there is no interval."""
    if low is None or high is None:
        return numbers.MISSING
    return f"{numbers.rate(low).removesuffix('%')}–{numbers.rate(high)}"
