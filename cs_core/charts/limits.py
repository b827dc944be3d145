"""A rate in its limits of chance, with its changes of level and what is expected next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas

from cs_core.charts.drawing import Drawing, Spec, dimmed, layer, layered, one_row_per, pick
from cs_core.charts.marks import between, mark
from cs_core.charts.parts import (
    at_period,
    float_or_none,
    interval_text,
    period_axis,
    rate_axis,
    tooltip,
)
from cs_core.charts.theme import DEFAULT, Look
from cs_core.domain.periods import period_column_of
from cs_core.text import numbers, t


@dataclass(frozen=True)
class MarkedChange:
    """`period` is the first one after the change; `p` the probability by chance alone."""

    period: str
    p: float


@one_row_per("month", "period")
def rate_with_limits(
    frame: pandas.DataFrame,
    look: Look = DEFAULT,
    *,
    changes: Sequence[MarkedChange] = (),
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
    rate = float_or_none(record["rate"])
    lower, upper = float_or_none(record["lower"]), float_or_none(record["upper"])
    of = ""
    if record.get("denominator") is not None:
        of = t("chart.of", look.language, part=record["numerator"], whole=record["denominator"])
    return {
        "part": "observed",
        **at_period(record, period_column_of(frame), look),
        "rate": rate,
        "centre": float_or_none(record["centre"]),
        "lower": lower,
        "upper": upper,
        "outside": bool(record["outside"]),
        "text": numbers.rate(rate),
        "rate_text": numbers.rate(rate),
        "limits_text": interval_text(lower, upper),
        "of_text": of,
    }


def _foreseen(record: Any, forecast: pandas.DataFrame, look: Look) -> dict[str, Any]:
    return {
        "part": "forecast",
        **at_period(record, period_column_of(forecast), look),
        **{name: float_or_none(record[name]) for name in _FORECAST},
        "text": t("chart.naive", look.language),
        "rate_text": numbers.rate(record["forecast"]),
        "interval_text": interval_text(
            float_or_none(record["low80"]), float_or_none(record["high80"])
        ),
    }


@lru_cache(maxsize=64)
def _limits_spec(look: Look, flat: bool) -> Spec:
    x = period_axis(look, "point")
    # Where every rate is 0 the axis would have no extent.
    y = rate_axis("rate", zero=True, **({"domain": [0, 0.01]} if flat else {}))
    primary, muted = look.color("primary"), look.color("muted")
    observed = {"filter": "datum.part === 'observed'"}
    drawn = [observed, {"filter": "isValid(datum.rate)"}]
    outside = {"filter": "datum.part === 'observed' && datum.outside && isValid(datum.rate)"}
    foreseen = {"filter": "datum.part === 'forecast'"}
    change = {"filter": "datum.part === 'change'"}

    def band(filtered: Spec, low: str, high: str, **mark: Any) -> Spec:
        return layer(
            {"type": "area", "tooltip": None, **mark},
            [filtered],
            x=x,
            **between("y", y, low, high),
        )

    def line(filtered: Spec, field: str, **mark: Any) -> Spec:
        return layer(
            {"type": "line", "tooltip": None, "strokeWidth": 2, **mark},
            [filtered],
            x=x,
            y={**y, "field": field},
        )

    def beyond(side: str) -> list[Spec]:
        """Mark and number of what lies outside: above lost more than chance gives, below less."""
        low = side == "below"
        colour = "good" if low else "bad"
        beside = {"filter": f"datum.rate {'<' if low else '>'} datum.centre"}
        diamond = mark("point", shape="diamond", filled=True, size=90, opacity=1)
        number = {**note, "dy": 14 if low else -12, "fontWeight": 600}
        return [
            layer({**diamond, "color": look.color(colour)}, [outside, beside], **at, tooltip=tips),
            layer(
                {**number, "color": look.color(f"{colour}_text")},
                [outside, beside],
                **at,
                text={"field": "text"},
            ),
        ]

    tips = tooltip(look, when="period", rate_text="rate", limits_text="limits", of_text="customers")
    note = mark("text", fontSize=11, tooltip=None)
    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.limits",
        [
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
            layer(mark("rule", strokeDash=[4, 3], color=look.color("text")), [change], x=x),
            layer(
                {
                    **note,
                    "align": "right",
                    "baseline": "bottom",
                    "dx": -6,
                    "lineBreak": "\n",
                    "lineHeight": 15,
                },
                [change],
                **at,
                text={"field": "text"},
            ),
            layer(mark("line", color=primary, strokeWidth=2, tooltip=None), drawn, **at),
            layer(
                mark("point", filled=True, size=36, color=primary, cursor="pointer"),
                drawn,
                name="points",
                **at,
                opacity=dimmed(),
                tooltip=tips,
            ),
            *beyond("above"),
            *beyond("below"),
            layer(
                # Forecast points are targets for the tooltip only.
                mark("point", opacity=0, size=120),
                [foreseen, {"filter": "isValid(datum.when)"}],
                x=x,
                y={**y, "field": "forecast"},
                tooltip=tooltip(
                    look, when="period", rate_text="forecast", interval_text="interval_80"
                ),
            ),
            layer(
                {**note, "align": "right", "dy": -8, "color": muted},
                "datum.part === 'naive_label'",
                x=x,
                y={**y, "field": "naive"},
                text={"field": "text"},
            ),
        ],
        params=pick("points", "period"),
        padding={"left": 2, "right": 8, "top": 4, "bottom": 4},
    )
