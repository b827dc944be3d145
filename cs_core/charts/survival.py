"""How long customers stay, and when they leave."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import pandas

from cs_core.charts.drawing import HEIGHT, Drawing, Spec, dimmed, layer, layered, one_row_per, pick
from cs_core.charts.marks import axis, between, label, mark, ordinal, quantitative, scale, when
from cs_core.charts.parts import (
    fixed_colors,
    float_or_none,
    interval,
    interval_text,
    quarters_axis,
    rate_axis,
    segment_name,
    spread,
    tooltip,
    whisker,
)
from cs_core.charts.theme import CATEGORIES, DEFAULT, Look
from cs_core.text import numbers, t

OTHER = "other"
_SLOTS = [f"segment_{place}" for place in range(CATEGORIES)]  # stable keys of the colours
_LINE = 15  # pixels of a row under the axis
_AROUND = 75  # pixels of a chart's height that axis labels, title and padding take


@one_row_per("tenure")
def survival_curves(
    frame: pandas.DataFrame, look: Look = DEFAULT, *, by: str | None = None, unit: str = "month"
) -> Drawing:
    """Kaplan-Meier steps with 95 % bands; customers still observed in rows under the axis.

    frame: rows of `survival`. by: the segment column; its five largest values get colours, bands
    and rows, the rest are thin grey lines and one row "other". unit: month or day, as asked.
    """
    groups = _largest_first(frame, by)
    slots = [*_SLOTS[: len(groups)], *[OTHER] * (len(groups) - CATEGORIES)]
    longest = max([1, *(int(group["tenure"].max()) for _, group in groups)])
    step = _tick_step(longest, unit)
    present = list(dict.fromkeys(slots))
    line = _LINE / (HEIGHT - _AROUND - _LINE * len(present))  # of the rate axis
    lasts = [float(group["survival"].iloc[-1]) for _, group in groups[:CATEGORIES]]
    ends = spread(lasts, line, 0.0, 1.0)
    rows: list[dict[str, Any]] = []
    observed: dict[tuple[str, int], int] = {}
    for place, ((value, group), slot) in enumerate(zip(groups, slots, strict=True)):
        name = segment_name(value, look) if by else t("chart.everyone", look.language)
        base = {"segment": value, "line": place, "slot": slot, "name": name}
        points = _curve(group)
        rows += [{**base, "part": "curve", **_tip(point, unit, look), **point} for point in points]
        if place < CATEGORIES:
            # At the right edge also where a curve ends earlier: no other curve runs through it.
            at = {"tenure": float(longest), "survival": ends[place]}
            rows.append({**base, "part": "end", **at})
            if by:
                rows.append({**base, "part": "label", **at})
        for tick in range(0, longest + 1, step):
            key = (slot, tick)
            observed[key] = observed.get(key, 0) + _at_risk(group, tick)
    for (slot, tick), number in observed.items():
        rows.append(
            {
                "part": "observed",
                "slot": slot,
                "tenure": float(tick),
                "row": present.index(slot),
                "odd": tick // step % 2 == 1,
                "text": numbers.count(number),
            }
        )
    columns = ["part", "segment", "line", "slot", "name", "tenure", "survival", "low", "high"]
    columns += ["row", "odd", "text", "when", "rate_text", "interval_text", "at_risk_text"]
    marks = pandas.DataFrame(rows, columns=columns)
    spec = _survival_spec(look, unit, tuple(present), longest, step, by is not None)
    return Drawing(spec, marks, look)


@one_row_per("tenure")
def hazard(frame: pandas.DataFrame, look: Look = DEFAULT, *, last: int = 24) -> Drawing:
    """Share of those still there who leave at each month of tenure, with 95 % Wilson whiskers.

    frame: rows of `hazard` without a segment (`tenure`, `at_risk`, `churned`, `hazard`, `low`,
    `high`). last: the highest tenure drawn. picks: `tenure`.
    """
    rows = [
        {
            "tenure": int(row["tenure"]),
            "rate": float_or_none(row["hazard"]),
            **interval(row),
            "when": numbers.months(row["tenure"], look.language),
            "rate_text": numbers.rate(row["hazard"]),
            "of_text": t("chart.of", look.language, part=row["churned"], whole=row["at_risk"]),
        }
        for row in frame[frame["tenure"] <= last].to_dict("records")
    ]
    columns = ["tenure", "rate", "low", "high", "when", "rate_text", "interval_text", "of_text"]
    return Drawing(_hazard_spec(look), pandas.DataFrame(rows, columns=columns), look, ("tenure",))


def _largest_first(
    frame: pandas.DataFrame, by: str | None
) -> list[tuple[str | None, pandas.DataFrame]]:
    """Segment values by the customers they began with; without `by` one group."""
    if by is None:
        return [(None, frame.sort_values("tenure"))] if len(frame) else []
    groups = [
        (None if pandas.isna(value) else str(value), group.sort_values("tenure"))
        for value, group in frame.groupby(by, dropna=False, sort=False)
    ]
    return sorted(groups, key=lambda item: (-int(item[1]["at_risk"].iloc[0]), item[0] or ""))


def _curve(group: pandas.DataFrame) -> list[dict[str, float]]:
    """From 1 at tenure 0. Where the log-log band is not defined (S is 1 or 0) it has no width."""
    start = int(group["at_risk"].iloc[0])
    points = [{"tenure": 0.0, "survival": 1.0, "low": 1.0, "high": 1.0, "at_risk": start}]
    for row in group.to_dict("records"):
        value = float(row["survival"])
        low, high = float_or_none(row["low"]), float_or_none(row["high"])
        points.append(
            {
                "tenure": float(row["tenure"]),
                "survival": value,
                "low": value if low is None else low,
                "high": value if high is None else high,
                "at_risk": int(row["at_risk"]),
            }
        )
    return points


def _tip(point: dict[str, float], unit: str, look: Look) -> dict[str, str]:
    tenure = numbers.decimal(point["tenure"], 0)
    if unit == "month":
        tenure = numbers.months(point["tenure"], look.language)
    return {
        "when": tenure,
        "rate_text": numbers.rate(point["survival"]),
        "interval_text": interval_text(point["low"], point["high"]),
        "at_risk_text": numbers.count(point["at_risk"], look.language, accounts=True),
    }


def _at_risk(group: pandas.DataFrame, tenure: int) -> int:
    """Customers observed at a tenure: those of the first row not before it."""
    later = group.loc[group["tenure"] >= tenure, "at_risk"]
    return int(later.iloc[0]) if len(later) else 0


def _tick_step(longest: int, unit: str) -> int:
    """Six or so ticks at whole half-years or years where that is long enough."""
    steps = (1, 2, 3, 6, 12, 24, 60) if unit == "month" else (7, 30, 90, 180, 365, 730, 1825)
    return next((step for step in steps if longest / step <= 7), math.ceil(longest / 6))


@lru_cache(maxsize=64)
def _survival_spec(
    look: Look, unit: str, slots: tuple[str, ...], longest: int, step: int, by_segment: bool
) -> Spec:
    ticks = list(range(0, longest + 1, step))
    # Counts of four digits need this much; on a phone every other tick goes unlabelled.
    roomy = f"width / {len(ticks)} >= 34"
    x = quantitative(
        "tenure",
        scale=scale(domain=[0, longest], nice=False),
        axis=axis(
            values=ticks,
            labelExpr=f"{roomy} || (datum.value / {step}) % 2 == 0 ? datum.value : ''",
            grid=False,
            offset=_LINE * len(slots) + 10,
            labelOverlap=False,
            title=t(f"chart.tenure_axis_{unit}", look.language).split("\n"),
        ),
    )
    y = quarters_axis("survival")
    y["axis"]["labelPadding"] = 10
    colors = [*look.colors("category"), look.color("other")]
    color = fixed_colors("slot", [*_SLOTS, OTHER], colors)
    curve = {"filter": "datum.part === 'curve'"}
    named = {"filter": f"datum.slot !== '{OTHER}'"}
    below: Spec = {"y": {"value": {"expr": f"height + 16 + {_LINE} * datum.row"}}}

    def name(**more: Any) -> Spec:
        words = mark("text", align="left", dx=8, fontWeight=600, limit=92)
        return layer(
            {**words, "tooltip": None, **more},
            "datum.part === 'label'",
            **at,
            text={"field": "name"},
        )

    at: Spec = {"x": x, "y": y}
    layers: list[Spec] = [
        layer(
            mark("area", interpolate="step-after", fillOpacity=0.13, tooltip=None),
            [curve, named],
            x=x,
            **between("y", y, "low", "high"),
            color=color,
            detail={"field": "line"},
        ),
        layer(
            mark("line", interpolate="step-after", tooltip=None),
            [curve],
            **at,
            color=color,
            detail={"field": "line"},
            strokeWidth=when(f"datum.slot === '{OTHER}'", 1, 2),
        ),
        layer(
            # Lines are too thin to point at: invisible targets carry the tooltip.
            mark("point", opacity=0, size=140),
            [curve],
            x=x,
            y=y,
            tooltip=tooltip(
                look,
                name="segment",
                when="tenure",
                rate_text="survival",
                interval_text="interval",
                at_risk_text="observed_still",
            ),
        ),
        layer(
            mark("point", filled=True, size=40, opacity=1, tooltip=None),
            [{"filter": "datum.part === 'end'"}, named],
            **at,
            color=color,
        ),
        # A name may stand on a longer curve, which must not strike it out.
        name(stroke=look.color("ground"), strokeWidth=4),
        name(),
        label(
            {"x": x, **below},
            f"datum.part === 'observed' && ({roomy} || !datum.odd)",
            fontSize=11,
            color=look.color("muted"),
            baseline="middle",
        ),
    ]
    if by_segment:
        layers.append(
            layer(
                mark("point", shape="square", filled=True, size=50, opacity=1, tooltip=None),
                "datum.part === 'observed' && datum.tenure === 0",
                x={"value": -24},
                **below,
                color=color,
            )
        )
    return layered(
        look,
        "chart.description.survival",
        layers,
        padding={"left": 2, "right": 8, "top": 8, "bottom": 4},
    )


@lru_cache(maxsize=64)
def _hazard_spec(look: Look) -> Spec:
    x = ordinal(
        "tenure",
        scale=scale(type="point", padding=0.5),
        axis=axis(
            labelExpr="length(domain('x')) < 10 || datum.value % 6 == 0 ? datum.value : ''",
            labelAngle=0,
            labelOverlap=False,
            title=t("chart.hazard_axis", look.language),
        ),
    )
    y = rate_axis("rate", zero=True)
    color = look.color("primary")
    tips = tooltip(
        look, when="tenure", rate_text="rate", interval_text="interval", of_text="customers"
    )
    return layered(
        look,
        "chart.description.hazard",
        [
            whisker("y", y, color, tooltip=tips),
            layer(
                mark("point", filled=True, size=40, color=color, cursor="pointer"),
                name="points",
                y=y,
                opacity=dimmed(),
                tooltip=tips,
            ),
        ],
        params=pick("points", "tenure"),
        encoding={"x": x},
    )
