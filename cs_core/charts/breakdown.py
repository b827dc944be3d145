"""What a churn rate is made of: rates and mix by segment, reasons, and who leaves more."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pandas

from cs_core.charts.drawing import Chart, Drawing, Spec, dimmed, layer, layered, pick, reference
from cs_core.charts.marks import (
    axis,
    between,
    label,
    legend,
    mark,
    nominal,
    ordinal,
    quantitative,
    scale,
    when,
)
from cs_core.charts.parts import (
    fixed_colors,
    float_or_none,
    interval,
    interval_text,
    rate_axis,
    segment_name,
    tooltip,
)
from cs_core.charts.theme import DEFAULT, Look
from cs_core.domain.proportion import SMALL_SAMPLE
from cs_core.text import numbers, t, ticks

_KINDS = ("voluntary", "involuntary", "unknown")
OTHERS = "*"  # a picked row that stands for several values
_BEGIN = 8  # characters that are seen of a long name on a phone


def _raw(value: Any) -> str:
    """As it stands in the data; empty for a blank one."""
    return "" if pandas.isna(value) else str(value)


def _name(record: Any, field: str, look: Look) -> str:
    """The value, or what stands for several or none."""
    if record["kind"] == "total":
        return t("chart.total", look.language)
    if record["kind"] == "other":
        return t("chart.others", look.language, n=record["others"])
    value = record[field]
    blank = record["kind"] == "blank" or pandas.isna(value)
    return segment_name(None if blank else value, look)


@Chart
def mix_shift(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """What each segment adds to a change of the total: its own rate, and its share of customers.

    frame: `kind` (value, other, total), `segment`, `others` (how many values "other" stands for),
    `rate`, `mix` as shares of 1. Nothing can be picked.
    """
    rows: list[dict[str, Any]] = []
    for place, record in enumerate(frame.to_dict("records")):
        for part in ("rate", "mix"):
            value = float(record[part])
            rows.append(
                {
                    "row": f"{place:03d}",
                    "name": _name(record, "segment", look),
                    "part": part,
                    "value": value,
                    "text": numbers.points(value, 2).removesuffix(" pt"),
                    "part_text": t(f"chart.part_{part}", look.language),
                    "value_text": numbers.points(value, 3),
                    "outward": "right" if value >= 0 else "left",
                }
            )
    columns = ["row", "name", "part", "value", "text", "part_text", "value_text", "outward"]
    marks = pandas.DataFrame(rows, columns=columns)
    names = tuple((row["row"], row["name"]) for row in rows[::2])
    reach = max([abs(row["value"]) for row in rows] or [0.0])
    low = min([row["value"] for row in rows] or [0.0])
    high = max([row["value"] for row in rows] or [0.0])
    domain = (
        (low - 0.35 * reach if low < 0 else -0.05 * reach),
        (high + 0.35 * reach if high > 0 else 0.05 * reach),
    )
    return Drawing(_mix_spec(look, names, domain if reach else (-0.01, 0.01)), marks, look)


@Chart
def churn_reasons(
    frame: pandas.DataFrame, look: Look = DEFAULT, *, measure: str = "customers"
) -> Drawing:
    """Customers or MRR lost by reason, each bar divided by kind, with its total beside it.

    frame: `kind` (value, other, blank), `reason`, `others`, `churn_kind` (voluntary, involuntary
    or none given), `customers`, `mrr`. measure: customers or mrr. picks: `reason` (its value, empty
    for none given, `*` for the other reasons).
    """
    totals: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    for record in frame.to_dict("records"):
        name, value = _name(record, "reason", look), record[measure]
        reason = {"value": record["reason"], "blank": ""}.get(record["kind"], OTHERS)
        kind = record["churn_kind"] if record["churn_kind"] in _KINDS else "unknown"
        totals[name] = totals.get(name, 0) + value
        rows.append(
            {
                "name": name,
                "reason": reason,
                "part": kind,
                "rank": _KINDS.index(kind),
                "value": float(value),
                "part_text": t(f"chart.kind_{kind}", look.language),
                "value_text": _amount(value, measure, look),
            }
        )
    for name, total in totals.items():
        text = _amount(total, measure, look)
        rows.append({"name": name, "part": "total", "value": float(total), "text": text})
    columns = ["name", "reason", "part", "rank", "value", "text", "part_text", "value_text"]
    marks = pandas.DataFrame(rows, columns=columns)
    kinds = tuple(kind for kind in _KINDS if kind in set(marks["part"]))
    most = max([float(total) for total in totals.values()] or [1.0])
    spec = _reasons_spec(look, measure, kinds, tuple(totals), most or 1.0)
    return Drawing(spec, marks, look, ("reason",))


def _amount(value: Any, measure: str, look: Look) -> str:
    if measure == "mrr":
        return look.money(value)
    return numbers.count(value, look.language, accounts=True)


@Chart
def segment_rates(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Churn of each segment value with its 95 % interval; behind it the limits within which a
    value of its size lies by chance when all leave alike, and ◆ where it does not.

    frame: `kind` (value, other), `segment`, `others`, `lost`, `base`, `rate`, `low`, `high`,
    `lower`, `upper` (null for "other"), `outside`, `centre`. picks: `group` (the segment's value,
    empty for a blank one, `*` for the others).
    """
    rows = []
    for place, record in enumerate(frame.to_dict("records")):
        lower, upper = float_or_none(record["lower"]), float_or_none(record["upper"])
        rows.append(
            {
                "row": f"{place:03d}",
                "name": _name(record, "segment", look),
                "group": OTHERS if record["kind"] == "other" else _raw(record["segment"]),
                "rate": float(record["rate"]),
                **interval(record),
                "lower": lower,
                "upper": upper,
                "outside": bool(record["outside"]),
                "small": record["base"] < SMALL_SAMPLE,
                "rate_text": numbers.rate(record["rate"]),
                "limits_text": interval_text(lower, upper),
                "of_text": t("chart.of", look.language, part=record["lost"], whole=record["base"]),
            }
        )
    columns = ["row", "name", "group", "rate", "low", "high", "lower", "upper"]
    columns += ["outside", "small", "rate_text", "interval_text", "limits_text", "of_text"]
    marks = pandas.DataFrame(rows, columns=columns)
    centre = float_or_none(frame["centre"].iloc[0]) if len(frame) else None
    names = tuple((row["row"], row["name"]) for row in rows)
    return Drawing(_segment_spec(look, names, centre or 0.0), marks, look, ("group",))


def rows_axis(names: tuple[tuple[str, str], ...], limit: str = "width < 260 ? 84 : 130") -> Spec:
    """Rows keep their order by a key of their own; two may have the same name."""
    return ordinal(
        "row",
        scale=scale(paddingInner=0.2, paddingOuter=0.1),
        axis=axis(
            labelExpr=ticks.words(dict(names)),
            labelLimit={"expr": limit},
            labelPadding=8,  # room for a point at 0
            grid=False,
            domain=False,
        ),
    )


def _segments_axis(names: tuple[tuple[str, str], ...]) -> Spec:
    return rows_axis(tuple(told_apart(dict(names)).items()), "width < 260 ? 104 : 130")


def told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Names by row; where long ones begin alike, so that cut at their end they would look the
    same, they are cut in the middle: Industry group 07 is Industr…oup 07."""
    begins = Counter(name[:_BEGIN] for name in names.values())
    said = {}
    for row, name in names.items():
        wide = any(unicodedata.east_asian_width(character) in "WF" for character in name)
        head, tail = (4, 4) if wide else (7, 6)
        cut = begins[name[:_BEGIN]] > 1 and len(name) > head + tail + 1
        said[row] = f"{name[:head]}…{name[-tail:]}" if cut else name
    return said


@lru_cache(maxsize=256)
def _mix_spec(look: Look, names: tuple[tuple[str, str], ...], domain: tuple[float, float]) -> Spec:
    words = {part: t(f"chart.part_{part}", look.language) for part in ("rate", "mix")}
    x = quantitative(
        "value",
        scale=scale(domain=list(domain), nice=False),
        axis=axis(labelExpr=_points_ticks(), tickCount=4, labelFlush=False),
    )
    y = _segments_axis(names)
    offset = nominal("part", sort=["rate", "mix"])
    color = fixed_colors(
        "part",
        ("rate", "mix"),
        [look.color("primary"), look.color("reactivation")],
        legend=legend(labelExpr=ticks.words(words), symbolOpacity=1),
    )
    tips = tooltip(look, name="segment", part_text="part", value_text="change")

    def number(side: str, align: str, dx: int) -> Spec:
        return label(at, f"datum.outward === '{side}'", align=align, dx=dx, fontSize=11)

    at: Spec = {"x": x, "y": y, "yOffset": offset}
    return layered(
        look,
        "chart.description.mix",
        [
            reference({"color": look.color("muted"), "strokeWidth": 1}, "x", 0),
            layer(
                mark("bar", cornerRadius=1, height={"band": 0.8}),
                **at,
                color=color,
                tooltip=tips,
            ),
            number("right", "left", 5),
            number("left", "right", -5),
        ],
    )


def _points_ticks() -> str:
    """Ticks in percentage points, signed: +0.5, −1."""
    size = "round(abs(datum.value) * 10000) / 100"
    return f"(datum.value > 0 ? '+' : datum.value < 0 ? '{numbers.MINUS}' : '') + {size}"


@lru_cache(maxsize=256)
def _reasons_spec(
    look: Look, measure: str, kinds: tuple[str, ...], names: tuple[str, ...], most: float
) -> Spec:
    words = {kind: t(f"chart.kind_{kind}", look.language) for kind in kinds}
    amounts = axis(labelExpr=ticks.money(look.currency, look.language))
    counts = axis(format=",d", tickMinStep=1)
    x = quantitative(
        "value",
        # A quarter of the axis stays free for the totals.
        scale=scale(domain=[0, most * 1.3], nice=False),
        axis=axis(tickCount=4, labelFlush=False, **(amounts if measure == "mrr" else counts)),
    )
    y = nominal(
        "name",
        sort=list(names),
        scale=scale(paddingInner=0.3, paddingOuter=0.15),
        axis=axis(labelLimit={"expr": "width < 260 ? 92 : 130"}, grid=False, domain=False),
    )
    told = kinds != ("unknown",)
    colors = {
        "voluntary": look.color("churn"),
        "involuntary": look.color("contraction"),
        "unknown": look.color("other" if told else "churn"),
    }
    shown = {"labelExpr": ticks.words(words), "symbolOpacity": 1} if told else None
    color = fixed_colors("part", kinds, [colors[kind] for kind in kinds], legend=shown)
    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.reasons",
        [
            layer(
                mark("bar", cursor="pointer", height={"expr": "min(bandwidth('y'), 26)"}),
                "datum.part !== 'total'",
                name="bars",
                x={**x, "stack": "zero"},
                y=y,
                order=quantitative("rank"),
                color=color,
                opacity=dimmed(),
                tooltip=tooltip(look, name="reason", part_text="part", value_text="amount"),
            ),
            label(at, "datum.part === 'total'", align="left", dx=6),
        ],
        params=pick("bars", "reason"),
    )


@lru_cache(maxsize=256)
def _segment_spec(look: Look, names: tuple[tuple[str, str], ...], centre: float) -> Spec:
    x = rate_axis("rate", zero=True)
    x["axis"]["labelFlush"] = False
    y = _segments_axis(names)
    tips = tooltip(
        look,
        name="segment",
        rate_text="rate",
        interval_text="interval",
        limits_text="limits",
        of_text="customers",
    )
    primary = look.color("primary")
    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.segments",
        [
            layer(
                mark(
                    "bar",
                    color=look.color("neutral"),
                    opacity=0.16,
                    height={"expr": "min(bandwidth('y'), 34)"},
                    tooltip=None,
                ),
                "isValid(datum.lower)",
                **between("x", x, "lower", "upper"),
                y=y,
            ),
            reference({"color": look.color("muted"), "strokeWidth": 1}, "x", centre),
            layer(
                mark("rule", color=primary, strokeWidth=1.5, opacity=0.6),
                **between("x", x, "low", "high"),
                y=y,
                tooltip=tips,
            ),
            layer(
                mark("point", size=60, stroke=primary, opacity=1),
                "!datum.outside",
                **at,
                fill=when("datum.small", look.color("ground"), primary),
                tooltip=tips,
            ),
            layer(
                mark(
                    "point",
                    shape="diamond",
                    filled=True,
                    size=110,
                    color=look.color("bad"),
                    opacity=1,
                ),
                "datum.outside",
                **at,
                color=when(f"datum.rate < {centre!r}", look.color("good"), look.color("bad")),
                tooltip=tips,
            ),
            # Points are small: the whole row carries the click.
            layer(mark("rect", opacity=0, cursor="pointer"), name="targets", y=y, tooltip=tips),
        ],
        params=pick("targets", "group"),
    )
