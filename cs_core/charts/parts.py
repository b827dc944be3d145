"""Pieces several charts share: axes, tooltips, direct labels, and the numbers beneath them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import pandas

from cs_core.charts.drawing import Spec, layer
from cs_core.charts.marks import axis, between, mark, nominal, ordinal, quantitative, scale
from cs_core.charts.theme import Look
from cs_core.text import numbers, plain, t, ticks

_Z = NormalDist().inv_cdf(0.975)


def float_or_none(value: Any) -> float | None:
    """Decimal, int, float, None or NaN as what Vega can draw."""
    return None if value is None or pandas.isna(value) else float(value)


def period_axis(look: Look, kind: str = "band") -> Spec:
    """Periods from left to right as text categories, so that no time zone can move them."""
    return ordinal(
        "period",
        scale={"type": kind, "padding": 0.25} if kind == "band" else {"type": kind},
        axis=axis(
            labelExpr=ticks.periods(look.language), labelAngle=0, labelOverlap=False, labelPadding=8
        ),
    )


def rate_axis(field: str, **scale: Any) -> Spec:
    return quantitative(
        field, scale={"nice": True, **scale}, axis=axis(labelExpr=ticks.rate(), tickCount=5)
    )


def months_axis(field: str, last: int, title: str, most: int = 9) -> Spec:
    """Completed months from 0 to the last; at most so many steps between the ticks."""
    step = next((step for step in (1, 2, 3, 6, 12, 24) if last / step <= most), 24)
    months = axis(values=list(range(0, last + 1, step)), grid=False, title=title)
    return quantitative(field, scale=scale(domain=[0, last], nice=False), axis=months)


def money_axis(look: Look, field: str, ticks_wanted: int = 5, **more: Any) -> Spec:
    amounts = axis(labelExpr=ticks.money(look.currency, look.language), tickCount=ticks_wanted)
    return quantitative(field, axis=amounts, **more)


def quarters_axis(field: str) -> Spec:
    """Shares of a whole, with a tick at every quarter."""
    shares = rate_axis(field, domain=[0, 1], nice=False)
    shares["axis"]["values"] = [0, 0.25, 0.5, 0.75, 1]
    return shares


def whisker(channel: str, of: Spec, color: str, **encoding: Any) -> Spec:
    """A layer of intervals, from `low` to `high`."""
    thin = mark("rule", color=color, opacity=0.55, strokeWidth=1.5)
    return layer(thin, **between(channel, of, "low", "high"), **encoding)


def tooltip(look: Look, **fields: str) -> list[Spec]:
    """Fields made as text beforehand, under titles from the catalogue: field -> key."""
    return [nominal(field, title=t(f"chart.{key}", look.language)) for field, key in fields.items()]


def fixed_colors(field: str, domain: Sequence[str], colors: Sequence[str], **more: Any) -> Spec:
    """A colour for each key, the same in every chart whatever the data holds."""
    keys = scale(domain=list(domain), range=list(colors))
    return {**nominal(field, scale=keys, legend=None), **more}


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


def interval(record: Mapping[Any, Any]) -> dict[str, Any]:
    """What a row says of its interval, which may be missing."""
    low, high = float_or_none(record["low"]), float_or_none(record["high"])
    return {"low": low, "high": high, "interval_text": interval_text(low, high)}


def at_period(record: Mapping[Any, Any], column: str, look: Look) -> dict[str, str]:
    """The period of a row, and how it is called."""
    return {"period": record[column], "when": numbers.period(record[column], look.language)}


def interval_text(low: float | None, high: float | None) -> str:
    """ "2.9–7.5%" for tooltips; a dash where there is no interval."""
    if low is None or high is None:
        return numbers.MISSING
    return f"{numbers.rate(low).removesuffix('%')}–{numbers.rate(high)}"
