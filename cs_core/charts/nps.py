"""NPS: over time, by segment, and who leaves after which answer; each with its interval."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pandas

from cs_core.charts.breakdown import rows_axis
from cs_core.charts.drawing import Chart, Drawing, Spec, layer, layered, one_row_per, reference
from cs_core.charts.marks import axis, between, mark, nominal, quantitative, scale
from cs_core.charts.parts import (
    at_period,
    fixed_colors,
    float_or_none,
    interval,
    period_axis,
    rate_axis,
    segment_name,
    tooltip,
)
from cs_core.charts.theme import DEFAULT, Look
from cs_core.domain.periods import period_column_of
from cs_core.domain.proportion import SMALL_SAMPLE
from cs_core.text import numbers, t, ticks

GROUPS = ("promoters", "passives", "detractors")
_HEIGHT = 250
_COLUMNS = ("nps", "low", "high", "small", "nps_text", "interval_text", "responses_text")


def _answered(record: Any) -> dict[str, Any]:
    """What a point says of its answers."""
    low, high = float_or_none(record["low"]), float_or_none(record["high"])
    return {
        "nps": float_or_none(record["nps"]),
        "low": low,
        "high": high,
        "small": record["responses"] < SMALL_SAMPLE,
        "nps_text": numbers.decimal(record["nps"], 0),
        "interval_text": f"{numbers.decimal(low, 0)} – {numbers.decimal(high, 0)}",
        "responses_text": numbers.count(record["responses"]),
    }


@one_row_per("month", "period")
def nps_history(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """NPS by period: points with 95 % whiskers on a line, hollow below 30 answers.

    frame: rows of `nps`, one per period; a period without a score is not drawn.
    """
    rows = []
    column = period_column_of(frame)
    for record in frame[frame["nps"].notna()].to_dict("records"):
        rows.append({**at_period(record, column, look), **_answered(record)})
    marks = pandas.DataFrame(rows, columns=["period", "when", *_COLUMNS])
    return Drawing(_history_spec(look), marks, look)


@Chart
def nps_segments(frame: pandas.DataFrame, look: Look = DEFAULT, *, whole: float) -> Drawing:
    """NPS of each segment value with its 95 % interval, beside the rule of them all.

    frame: `segment`, `nps`, `low`, `high`, `responses`; whole: the NPS of everybody.
    """
    rows = [
        {
            "row": f"{place:03d}",
            "name": segment_name(
                None if pandas.isna(record["segment"]) else record["segment"], look
            ),
            **_answered(record),
        }
        for place, record in enumerate(frame.to_dict("records"))
    ]
    names = tuple((row["row"], row["name"]) for row in rows)
    marks = pandas.DataFrame(rows, columns=["row", "name", *_COLUMNS])
    return Drawing(_segments_spec(look, names, whole), marks, look)


@Chart
def nps_churn(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Churn within two horizons of promoters, passives and detractors, with 95 % intervals.

    frame: rows of `nps_churn`, without a split.
    """
    rows = []
    for record in frame.to_dict("records"):
        answered, left = record["answers"], record["followed_by_churn"]
        rows.append(
            {
                "row": f"{GROUPS.index(record['answer_group']):03d}",
                "name": t(f"chart.nps.{record['answer_group']}", look.language),
                "horizon": str(record["horizon_days"]),
                "within": t("chart.nps.within", look.language, n=record["horizon_days"]),
                "rate": float(record["churn_rate"]),
                **interval(record),
                "small": bool(record["small_sample"]),
                "rate_text": numbers.rate(record["churn_rate"]),
                "of_text": t("chart.of", look.language, part=left, whole=answered),
            }
        )
    columns = ["row", "name", "horizon", "within", "rate", "low", "high", "small"]
    columns += ["rate_text", "interval_text", "of_text"]
    horizons = tuple(dict.fromkeys((row["horizon"], row["within"]) for row in rows))
    return Drawing(_churn_spec(look, horizons), pandas.DataFrame(rows, columns=columns), look)


# -- specifications -----------------------------------------------------------------------


def _points_axis(field: str) -> Spec:
    return quantitative(
        field,
        scale=scale(nice=True, zero=True),
        axis=axis(labelExpr=ticks.number(), tickCount=5, labelFlush=False),
    )


def _filled(look: Look, color: Spec | str) -> Spec:
    """Hollow where the sample is small."""
    told = {"value": color} if isinstance(color, str) else color
    return {"condition": {"test": "datum.small", "value": look.color("ground")}, **told}


def _rule(look: Look, axis: str, datum: float, dash: tuple[int, ...] = ()) -> Spec:
    return reference(
        {"color": look.color("muted"), "strokeWidth": 1, "strokeDash": list(dash)}, axis, datum
    )


@lru_cache(maxsize=64)
def _history_spec(look: Look) -> Spec:
    y = _points_axis("nps")
    primary = look.color("primary")
    tips = tooltip(
        look,
        when="period",
        nps_text="nps.score",
        interval_text="interval",
        responses_text="nps.answers",
    )
    x = period_axis(look, "point")
    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.nps_history",
        [
            _rule(look, "y", 0),
            layer(
                mark("rule", color=primary, opacity=0.4, strokeWidth=1.5),
                x=x,
                **between("y", y, "low", "high"),
                tooltip=tips,
            ),
            layer(mark("line", color=primary, strokeWidth=2, tooltip=None), **at),
            layer(
                mark("point", size=48, stroke=primary, opacity=1),
                **at,
                fill=_filled(look, primary),
                tooltip=tips,
            ),
        ],
        height=_HEIGHT,
    )


@lru_cache(maxsize=256)
def _segments_spec(look: Look, names: tuple[tuple[str, str], ...], whole: float) -> Spec:
    x, y = _points_axis("nps"), rows_axis(names)
    primary = look.color("primary")
    tips = tooltip(
        look,
        name="segment",
        nps_text="nps.score",
        interval_text="interval",
        responses_text="nps.answers",
    )
    return layered(
        look,
        "chart.description.nps_segments",
        [
            _rule(look, "x", whole, (4, 3)),
            *_whiskers(look, x, y, {"color": {"value": primary}}, tips),
        ],
        height=_HEIGHT,
    )


def _whiskers(look: Look, x: Spec, y: Spec, more: Spec, tips: list[Spec]) -> list[Spec]:
    """Points on horizontal 95 % whiskers."""
    color = more["color"]
    return [
        layer(
            mark("rule", strokeWidth=1.5, opacity=0.55),
            **more,
            **between("x", x, "low", "high"),
            y=y,
            tooltip=tips,
        ),
        layer(
            mark("point", size=56, opacity=1),
            **{name: part for name, part in more.items() if name != "color"},
            x=x,
            y=y,
            stroke=color,
            fill=_filled(look, color),
            tooltip=tips,
        ),
    ]


@lru_cache(maxsize=64)
def _churn_spec(look: Look, horizons: tuple[tuple[str, str], ...]) -> Spec:
    names = tuple(
        (f"{n:03d}", t(f"chart.nps.{group}", look.language)) for n, group in enumerate(GROUPS)
    )
    x, y = rate_axis("rate", zero=True), rows_axis(names)
    x["axis"] |= {"labelFlush": False, "tickCount": 4}
    keys = [key for key, _ in horizons]
    colors = [look.color("primary"), look.color("reactivation")][: len(keys)]
    legend = {"labelExpr": ticks.words(dict(horizons)), "symbolOpacity": 1}
    tips = tooltip(
        look,
        name="nps.group",
        within="nps.horizon",
        rate_text="rate",
        interval_text="interval",
        of_text="nps.left",
    )
    more: Spec = {
        "yOffset": nominal("horizon", sort=keys, scale=scale(paddingOuter=0.6)),
        "color": fixed_colors("horizon", keys, colors, legend=legend),
    }
    return layered(
        look, "chart.description.nps_churn", _whiskers(look, x, y, more, tips), height=_HEIGHT
    )
