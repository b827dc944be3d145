"""A rate taken apart: trend, season and what is left."""

from __future__ import annotations

from functools import lru_cache

import pandas

from cs_core.charts.drawing import Chart, Drawing, Spec, layer, layered, reference
from cs_core.charts.marks import axis, between, label, mark, quantitative, scale
from cs_core.charts.parts import nice_step, period_axis, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.domain.periods import period_column_of
from cs_core.text import numbers, t

_LANES = ("trend", "seasonal", "remainder")  # from top to bottom


@Chart
def decomposition(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Three lanes under each other on one scale, so that sizes can be compared by eye: the trend
    over what was observed, the seasonal part and the remainder around zero.

    frame: `month`, `observed`, `trend`, `seasonal`, `remainder`, shares of 1. Nothing is picked.
    """
    label = period_column_of(frame)
    spans = {
        "trend": (
            float(min(frame["observed"].min(), frame["trend"].min())),
            float(max(frame["observed"].max(), frame["trend"].max())),
        ),
        "seasonal": (min(0.0, float(frame["seasonal"].min())), float(frame["seasonal"].max())),
        "remainder": (min(0.0, float(frame["remainder"].min())), float(frame["remainder"].max())),
    }
    whole = sum(high - low for low, high in spans.values()) or 0.01
    gap = 0.12 * whole
    # Each lane is moved so that it begins where the one below it ends.
    base, bottom = {}, 0.0
    for lane in reversed(_LANES):
        low, high = spans[lane]
        base[lane] = bottom - low
        bottom += high - low + gap
    step = nice_step(spans["trend"][1] - spans["trend"][0], 4)
    digits = 0 if step >= 0.01 else 1
    rows = []
    for record in frame.to_dict("records"):
        shared = {"period": record[label], "when": numbers.period(record[label], look.language)}
        rows += [
            {
                **shared,
                "lane": lane,
                "value": record[lane] + base[lane],
                "zero": base[lane],
                "rate_text": numbers.rate(record[lane])
                if lane in ("observed", "trend")
                else numbers.points(record[lane], 2),
                "name": t(f"chart.lane_{lane}", look.language),
            }
            for lane in _LANES
        ]
        rows.append(
            {
                **shared,
                "lane": "observed",
                "value": record["observed"] + base["trend"],
                "zero": base["trend"],
                "rate_text": numbers.rate(record["observed"]),
                "name": t("chart.lane_observed", look.language),
            }
        )
    first = str(frame[label].iloc[0])
    for lane in _LANES:
        rows.append(
            {
                "period": first,
                "lane": "title",
                "value": base[lane] + spans[lane][1] + 0.65 * gap,
                "text": t(f"chart.lane_{lane}", look.language),
            }
        )
    columns = ["period", "lane", "value", "zero", "when", "name", "rate_text", "text"]
    labels = tuple(
        (round(base[lane] + tick * step, 9), _tick(lane, tick * step, digits))
        for lane in _LANES
        for tick in range(-50, 51)
        if spans[lane][0] - 1e-12 <= tick * step <= spans[lane][1] + 1e-12
        and (lane == "trend" or tick in (-1, 0, 1))
    )
    zeros = tuple(round(base[lane], 9) for lane in ("seasonal", "remainder"))
    marks = pandas.DataFrame(rows, columns=columns)
    return Drawing(_spec(look, labels, zeros, round(bottom, 9)), marks, look)


def _tick(lane: str, value: float, digits: int) -> str:
    if lane == "trend":
        return numbers.rate(value, digits)
    return numbers.points(value, digits).removesuffix(" pt") if value else "0"


@lru_cache(maxsize=64)
def _spec(
    look: Look, labels: tuple[tuple[float, str], ...], zeros: tuple[float, ...], top: float
) -> Spec:
    x = period_axis(look, "point")
    expression = "''"
    for value, text in labels:
        expression = f"abs(datum.value - {value!r}) < 1e-9 ? '{text}' : {expression}"
    y = quantitative(
        "value",
        scale=scale(domain=[0, top], nice=False, zero=False),
        axis=axis(values=[value for value, _ in labels], labelExpr=expression),
    )
    primary, muted = look.color("primary"), look.color("muted")
    tips = tooltip(look, when="period", name="part", rate_text="rate")

    def lane(name: str) -> list[Spec]:
        return [{"filter": f"datum.lane === '{name}'"}]

    def bars(name: str, color: str) -> Spec:
        return layer(
            mark("rule", strokeWidth=3, color=color, opacity=0.85),
            lane(name),
            x=x,
            **between("y", y, "zero", "value"),
        )

    zero_lines = [
        reference({"color": muted, "strokeWidth": 1, "opacity": 0.7}, "y", zero) for zero in zeros
    ]
    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.decomposition",
        [
            *zero_lines,
            layer(
                mark(
                    "line",
                    color=muted,
                    strokeWidth=1,
                    opacity=0.7,
                    point={"size": 14, "filled": True, "color": muted},
                    tooltip=None,
                ),
                lane("observed"),
                **at,
            ),
            layer(mark("line", color=primary, strokeWidth=2, tooltip=None), lane("trend"), **at),
            bars("seasonal", primary),
            bars("remainder", look.color("neutral")),
            layer(mark("point", opacity=0, size=90), "datum.lane !== 'title'", **at, tooltip=tips),
            label(
                {"x": {"value": 4}, "y": y},
                lane("title"),
                align="left",
                baseline="middle",
                fontSize=11,
                fontWeight=600,
                color=muted,
            ),
        ],
    )
