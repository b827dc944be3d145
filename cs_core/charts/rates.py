"""Rates over time: with their own history, their uncertainty and the limits of chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas

from cs_core.charts.drawing import Chart, Drawing, Spec, dimmed, finished, pick
from cs_core.charts.parts import (
    SMALL_SAMPLE,
    fixed_colors,
    float_or_none,
    interval_text,
    period_axis,
    period_column,
    rate_axis,
    spread,
    tooltip,
    wilson,
)
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import numbers, t, ticks


@dataclass(frozen=True)
class ChangePoint:
    """`period` is the first one after the change; `p` the probability by chance alone."""

    period: str
    p: float


@Chart
def retention_history(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """NRR and GRR by month with direct labels and a rule at 100 %.

    frame: rows of `retention`, one per period. picks: `period`.
    """
    rows: list[dict[str, Any]] = []
    last: dict[str, dict[str, Any]] = {}
    for record in frame.to_dict("records"):
        label = record[period_column(frame)]
        for series in ("nrr", "grr"):
            value = float_or_none(record[series])
            row = {
                "period": label,
                "series": series,
                "value": value,
                "part": "line",
                "when": numbers.period(label, look.language),
                "name": t(f"chart.{series}", look.language),
                "rate_text": numbers.rate(value),
            }
            rows.append(row)
            if value is not None:
                last[series] = row
    ends = list(last.values())
    values = [row["value"] for row in rows if row["value"] is not None]
    extent = max([1.0, *values]) - min([1.0, *values]) or 0.1
    placed = spread([row["value"] for row in ends], extent * 0.07, min([1.0, *values]), 9.9)
    for row, height in zip(ends, placed, strict=True):
        text = f"{row['name']} {numbers.rate(row['value'], 0)}"
        rows.append({**row, "part": "end"})
        rows.append({**row, "part": "label", "value": height, "text": text})
    columns = ["period", "series", "value", "part", "when", "name", "rate_text", "text"]
    return Drawing(_history_spec(look), pandas.DataFrame(rows, columns=columns), look, ("period",))


@Chart
def renewal_rate(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Renewal rate by month: points with 95 % Wilson whiskers, hollow below 30 terms.

    frame: rows of `renewals`, one per period; one without a rate is not drawn. picks: `period`.
    """
    rows = []
    for record in frame.to_dict("records"):
        label, due, renewed = record[period_column(frame)], record["due"], record["renewed"]
        rate = float_or_none(record["renewal_rate"])
        # A period that is not over has counts but no rate, and so no interval either.
        low, high = wilson(renewed, due) if rate is not None else (None, None)
        rows.append(
            {
                "period": label,
                "rate": rate,
                "low": low,
                "high": high,
                "small": due < SMALL_SAMPLE,
                "when": numbers.period(label, look.language),
                "rate_text": numbers.rate(rate),
                "interval_text": interval_text(low, high),
                "of_text": t("chart.of", look.language, part=renewed, whole=due),
            }
        )
    columns = ["period", "rate", "low", "high", "small"]
    columns += ["when", "rate_text", "interval_text", "of_text"]
    return Drawing(_renewal_spec(look), pandas.DataFrame(rows, columns=columns), look, ("period",))


@Chart
def renewal_calendar(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """MRR of the terms that end in each month: renewed, not renewed, and still to come (dashed).

    frame: `month`, `due`, `due_mrr`, `renewed_mrr`; a null `renewed_mrr` is still to come.
    picks: `period`.
    """
    rows = []
    for record in frame.to_dict("records"):
        label, due, renewed = record[period_column(frame)], record["due_mrr"], record["renewed_mrr"]
        upcoming = float_or_none(renewed) is None
        parts = (
            {"upcoming": due} if upcoming else {"renewed": renewed, "not_renewed": due - renewed}
        )
        for part, amount in parts.items():
            rows.append(
                {
                    "period": label,
                    "part": part,
                    "value": float(amount),
                    "rank": 1 if part == "not_renewed" else 0,
                    "when": numbers.period(label, look.language),
                    "name": t(f"chart.{part}", look.language),
                    "amount_text": numbers.money(amount, look.currency, look.language),
                    "due_text": numbers.count(record["due"]),
                }
            )
    columns = ["period", "part", "value", "rank", "when", "name", "amount_text", "due_text"]
    return Drawing(_calendar_spec(look), pandas.DataFrame(rows, columns=columns), look, ("period",))


@Chart
def rate_with_limits(
    frame: pandas.DataFrame,
    look: Look = DEFAULT,
    *,
    changes: Sequence[ChangePoint] = (),
    forecast: pandas.DataFrame | None = None,
) -> Drawing:
    """A rate in its limits of chance (p-chart), change points, and optionally a forecast.

    frame: `month`, `rate` (null: not drawn), `centre`, `lower`, `upper`, `outside` (bool), and
    optionally `numerator`, `denominator` for the tooltip. All rates are shares of 1.
    forecast: `month`, `forecast`, `low80`, `high80`, `low95`, `high95`, `naive`; drawn from the
    last observed point. picks: `period`.
    """
    rows = [_observed(record, frame, look) for record in frame.to_dict("records")]
    seen = [row for row in rows if row["rate"] is not None]
    highest = max([0.0, *(max(row["rate"], row["upper"] or 0) for row in seen)])
    if forecast is not None and len(forecast):
        if seen:
            start = dict.fromkeys(_FORECAST, seen[-1]["rate"])
            naive = {"naive": float_or_none(forecast["naive"].iloc[0])}
            rows.append({"part": "forecast", "period": seen[-1]["period"], **start, **naive})
        rows += [_foreseen(record, forecast, look) for record in forecast.to_dict("records")]
        rows.append({**rows[-1], "part": "naive_label"})
        highest = max(highest, float(forecast["high95"].max()))
    _keep_labels(seen)
    for change in changes:
        when = numbers.period(change.period, look.language)
        p = (
            "< 0.001"
            if change.p < 0.001
            else numbers.decimal(change.p, 3 if change.p < 0.01 else 2)
        )
        rows.append(
            {
                "part": "change",
                "period": change.period,
                "rate": highest,
                "text": t("chart.change_point", look.language)
                + "\n"
                + t("chart.change_point_at", look.language, period=when, p=p),
            }
        )
    columns = ["part", "period", "rate", "centre", "lower", "upper", "outside", *_FORECAST, "text"]
    columns += ["when", "rate_text", "interval_text", "limits_text", "of_text"]
    spec = _limits_spec(look, flat=highest == 0)
    return Drawing(spec, pandas.DataFrame(rows, columns=columns), look, ("period",))


def _keep_labels(seen: list[dict[str, Any]]) -> None:
    """Many marks outside would write over each other: only the furthest keep their number."""
    outside = [row for row in seen if row["outside"]]
    centres = {id(row): row["centre"] or 0.0 for row in outside}
    ranked = sorted(outside, key=lambda row: -abs(row["rate"] - centres[id(row)]))
    for row in ranked[_MOST_LABELS:] if len(ranked) > 2 * _MOST_LABELS else []:
        row["text"] = ""


_MOST_LABELS = 3
_FORECAST = ("forecast", "low80", "high80", "low95", "high95", "naive")


def _observed(record: Any, frame: pandas.DataFrame, look: Look) -> dict[str, Any]:
    label, rate = record[period_column(frame)], float_or_none(record["rate"])
    lower, upper = float_or_none(record["lower"]), float_or_none(record["upper"])
    of = ""
    if record.get("denominator") is not None:
        of = t("chart.of", look.language, part=record["numerator"], whole=record["denominator"])
    return {
        "part": "observed",
        "period": label,
        "rate": rate,
        "centre": float_or_none(record["centre"]),
        "lower": lower,
        "upper": upper,
        "outside": bool(record["outside"]),
        "text": numbers.rate(rate),
        "when": numbers.period(label, look.language),
        "rate_text": numbers.rate(rate),
        "limits_text": interval_text(lower, upper),
        "of_text": of,
    }


def _foreseen(record: Any, forecast: pandas.DataFrame, look: Look) -> dict[str, Any]:
    label = record[period_column(forecast)]
    return {
        "part": "forecast",
        "period": label,
        **{name: float_or_none(record[name]) for name in _FORECAST},
        "text": t("chart.naive", look.language),
        "when": numbers.period(label, look.language),
        "rate_text": numbers.rate(record["forecast"]),
        "interval_text": interval_text(
            float_or_none(record["low80"]), float_or_none(record["high80"])
        ),
    }


@lru_cache(maxsize=64)
def _history_spec(look: Look) -> Spec:
    x = period_axis(look, "point")
    y = rate_axis("value", zero=False)
    category = look.colors("category")
    color = fixed_colors("series", ["nrr", "grr"], category[:2])
    tips = tooltip(look, when="period", name="rate", rate_text="retention")
    line = {"filter": "datum.part === 'line' && isValid(datum.value)"}
    return finished(
        look,
        t("chart.description.retention", look.language),
        {
            "params": pick("targets", "period"),
            "padding": {"left": 2, "right": 8, "top": 8, "bottom": 4},
            "layer": [
                {
                    "data": {"values": [{}]},
                    "mark": {"type": "rule", "strokeDash": [4, 3], "color": look.color("muted")},
                    "encoding": {"y": {"datum": 1, "type": "quantitative"}},
                },
                {
                    "transform": [line],
                    "mark": {"type": "line", "strokeWidth": 2, "tooltip": None},
                    "encoding": {"x": x, "y": y, "color": color},
                },
                {
                    "name": "targets",
                    "transform": [line],
                    "mark": {"type": "point", "filled": True, "size": 120, "cursor": "pointer"},
                    "encoding": {
                        "x": x,
                        "y": y,
                        "color": color,
                        "opacity": {
                            "condition": {"param": "pick", "empty": False, "value": 1},
                            "value": 0,
                        },
                        "tooltip": tips,
                    },
                },
                {
                    "transform": [{"filter": "datum.part === 'end'"}],
                    "mark": {"type": "point", "filled": True, "size": 40, "opacity": 1},
                    "encoding": {"x": x, "y": y, "color": color, "tooltip": tips},
                },
                {
                    "transform": [{"filter": "datum.part === 'label'"}],
                    "mark": {
                        "type": "text",
                        "align": "left",
                        "dx": 8,
                        "fontWeight": 600,
                        "tooltip": None,
                    },
                    "encoding": {"x": x, "y": y, "text": {"field": "text"}},
                },
            ],
        },
    )


@lru_cache(maxsize=64)
def _renewal_spec(look: Look) -> Spec:
    y = rate_axis("rate", domainMax=1, nice=True, zero=False)
    color = look.color("primary")
    tips = tooltip(
        look, when="period", rate_text="rate", interval_text="interval", of_text="renewed"
    )
    return finished(
        look,
        t("chart.description.renewal_rate", look.language),
        {
            "params": pick("points", "period"),
            "encoding": {"x": period_axis(look)},
            "layer": [
                {
                    "mark": {"type": "rule", "color": color, "opacity": 0.55, "strokeWidth": 1.5},
                    "encoding": {
                        "y": {**y, "field": "low"},
                        "y2": {"field": "high"},
                        "tooltip": tips,
                    },
                },
                {
                    "name": "points",
                    "mark": {"type": "point", "size": 44, "cursor": "pointer", "stroke": color},
                    "encoding": {
                        "y": y,
                        "fill": {
                            "condition": {"test": "datum.small", "value": look.color("ground")},
                            "value": color,
                        },
                        "opacity": dimmed(),
                        "tooltip": tips,
                    },
                },
            ],
        },
    )


@lru_cache(maxsize=64)
def _calendar_spec(look: Look) -> Spec:
    parts = ["renewed", "not_renewed", "upcoming"]
    words = {part: t(f"chart.{part}", look.language) for part in parts}
    encoding: Spec = {
        "x": period_axis(look),
        "y": {
            "field": "value",
            "type": "quantitative",
            "axis": {"labelExpr": ticks.money(look.currency, look.language), "tickCount": 5},
        },
        "order": {"field": "rank", "type": "quantitative"},
        "color": fixed_colors(
            "part",
            parts,
            [look.color(token) for token in ("primary", "churn", "neutral")],
            legend={"labelExpr": ticks.words(words)},
        ),
        "opacity": dimmed(),
        "tooltip": tooltip(
            look, when="period", name="movement", amount_text="amount", due_text="due"
        ),
    }
    bar: Spec = {"type": "bar", "cursor": "pointer", "width": {"expr": "min(bandwidth('x'), 44)"}}
    upcoming = "datum.part === 'upcoming'"
    return finished(
        look,
        t("chart.description.calendar", look.language),
        {
            "params": pick("bars", "period"),
            "layer": [
                {
                    "name": "bars",
                    "transform": [{"filter": f"!({upcoming})"}],
                    "mark": bar,
                    "encoding": encoding,
                },
                {
                    "transform": [{"filter": upcoming}],
                    "mark": {**bar, "fillOpacity": 0.15},
                    "encoding": encoding,
                },
                {
                    "transform": [{"filter": upcoming}],
                    "mark": {**bar, "filled": False, "strokeDash": [3, 2], "strokeWidth": 1},
                    "encoding": encoding,
                },
            ],
        },
    )


@lru_cache(maxsize=64)
def _limits_spec(look: Look, flat: bool) -> Spec:
    x = period_axis(look, "point")
    # Where every rate is 0 the axis would have no extent.
    y = rate_axis("rate", zero=True, **({"domain": [0, 0.01]} if flat else {}))
    primary, muted, bad = look.color("primary"), look.color("muted"), look.color("bad")
    observed = {"filter": "datum.part === 'observed'"}
    valid = {"filter": "isValid(datum.rate)"}
    outside = {"filter": "datum.part === 'observed' && datum.outside && isValid(datum.rate)"}
    foreseen = {"filter": "datum.part === 'forecast'"}
    change = {"filter": "datum.part === 'change'"}

    def band(filtered: Spec, low: str, high: str, **mark: Any) -> Spec:
        return {
            "transform": [filtered],
            "mark": {"type": "area", "tooltip": None, **mark},
            "encoding": {"x": x, "y": {**y, "field": low}, "y2": {"field": high}},
        }

    def line(filtered: Spec, field: str, **mark: Any) -> Spec:
        return {
            "transform": [filtered],
            "mark": {"type": "line", "tooltip": None, "strokeWidth": 2, **mark},
            "encoding": {"x": x, "y": {**y, "field": field}},
        }

    tips = tooltip(look, when="period", rate_text="rate", limits_text="limits", of_text="customers")
    note: Spec = {"type": "text", "fontSize": 11, "tooltip": None}
    return finished(
        look,
        t("chart.description.limits", look.language),
        {
            "params": pick("points", "period"),
            "padding": {"left": 2, "right": 8, "top": 4, "bottom": 4},
            "layer": [
                band(
                    observed,
                    "lower",
                    "upper",
                    interpolate="step",
                    color=look.color("neutral"),
                    opacity=0.13,
                ),
                band(foreseen, "low95", "high95", color=primary, opacity=0.13),
                band(foreseen, "low80", "high80", color=primary, opacity=0.2),
                line(observed, "centre", interpolate="step", color=muted, strokeWidth=1),
                line(foreseen, "naive", color=muted, strokeWidth=1.5, strokeDash=[2, 2]),
                line(foreseen, "forecast", color=primary, strokeDash=[5, 3]),
                {
                    "transform": [change],
                    "mark": {"type": "rule", "strokeDash": [4, 3], "color": look.color("text")},
                    "encoding": {"x": x},
                },
                {
                    "transform": [change],
                    "mark": {
                        **note,
                        "align": "right",
                        "baseline": "bottom",
                        "dx": -6,
                        "lineBreak": "\n",
                        "lineHeight": 15,
                    },
                    "encoding": {"x": x, "y": y, "text": {"field": "text"}},
                },
                {
                    "transform": [observed, valid],
                    "mark": {"type": "line", "color": primary, "strokeWidth": 2, "tooltip": None},
                    "encoding": {"x": x, "y": y},
                },
                {
                    "name": "points",
                    "transform": [observed, valid],
                    "mark": {
                        "type": "point",
                        "filled": True,
                        "size": 36,
                        "color": primary,
                        "cursor": "pointer",
                    },
                    "encoding": {"x": x, "y": y, "opacity": dimmed(), "tooltip": tips},
                },
                {
                    "transform": [outside],
                    "mark": {
                        "type": "point",
                        "shape": "diamond",
                        "filled": True,
                        "size": 90,
                        "color": bad,
                        "opacity": 1,
                    },
                    "encoding": {"x": x, "y": y, "tooltip": tips},
                },
                {
                    "transform": [outside],
                    "mark": {
                        **note,
                        "dy": -12,
                        "fontWeight": 600,
                        "color": look.color("bad_text"),
                    },
                    "encoding": {"x": x, "y": y, "text": {"field": "text"}},
                },
                {
                    # Forecast points are targets for the tooltip only.
                    "transform": [foreseen, {"filter": "isValid(datum.when)"}],
                    "mark": {"type": "point", "opacity": 0, "size": 120},
                    "encoding": {
                        "x": x,
                        "y": {**y, "field": "forecast"},
                        "tooltip": tooltip(
                            look, when="period", rate_text="forecast", interval_text="interval_80"
                        ),
                    },
                },
                {
                    "transform": [{"filter": "datum.part === 'naive_label'"}],
                    "mark": {**note, "align": "right", "dy": -8, "color": muted},
                    "encoding": {"x": x, "y": {**y, "field": "naive"}, "text": {"field": "text"}},
                },
            ],
        },
    )
