"""Marks, channels and their options as calls that give Vega-Lite's own words."""

from __future__ import annotations

from typing import Any

from cs_core.charts.drawing import Spec, layer


def mark(kind: str, **style: Any) -> Spec:
    """How a layer draws its rows: bar, line, point, text, rule, area, rect or tick."""
    return {"type": kind, **style}


def quantitative(field: str, **more: Any) -> Spec:
    """A channel of numbers."""
    return {"field": field, "type": "quantitative", **more}


def ordinal(field: str, **more: Any) -> Spec:
    """A channel of values in an order."""
    return {"field": field, "type": "ordinal", **more}


def nominal(field: str, **more: Any) -> Spec:
    """A channel of names."""
    return {"field": field, "type": "nominal", **more}


def axis(**options: Any) -> Spec:
    """How a channel is labelled."""
    return options


def scale(**options: Any) -> Spec:
    """How a channel turns values into places or colours."""
    return options


def legend(**options: Any) -> Spec:
    """How the colours of a channel are named."""
    return options


def when(test: str, value: Any, otherwise: Any) -> Spec:
    """A channel with one value where the test holds, and another elsewhere."""
    return {"condition": {"test": test, "value": value}, "value": otherwise}


def between(channel: str, of: Spec, start: str, end: str) -> Spec:
    """The two channels of what reaches from one field to another: a whisker, a band."""
    return {channel: {**of, "field": start}, f"{channel}2": {"field": end}}


def label(at: Spec, where: str | list[Spec] = "", *, field: str = "text", **style: Any) -> Spec:
    """A layer of words: where they stand, which rows have them, and how they look."""
    return layer(mark("text", tooltip=None, **style), where, **at, text={"field": field})
