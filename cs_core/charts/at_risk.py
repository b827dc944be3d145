"""Accounts at risk: where the red money is, whether a forecast holds, and one account's story."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pandas

from cs_core.charts.drawing import Chart, Drawing, Spec, dimmed, finished, pick
from cs_core.charts.parts import float_or_none, interval_text, segment_name, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import numbers, t, ticks

COLOURS = ("green", "yellow", "red")
_FILLS = {"green": "good", "yellow": "caution", "red": "bad"}
_SHAPES = {"green": "●", "yellow": "▲", "red": "■"}
_LOSS = "loss"
_ROW, _TALL_ROW = 52, 68  # pixels of a row of the heat table
FEW_ROWS = 4
_LANES = ("mrr", "usage", "tickets", "nps")
_UNITS = re.compile(r"(\D*)([\d.,]+)(\D*)")
_EVENTS = 5  # labels that fit above the lanes


@Chart
def segment_health(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """A heat table: segment x health, MRR above the number of accounts, tinted by MRR within each
    colour; the loss to expect and its 95 % interval at the right of each row.

    frame: one row a segment and colour: `segment`, `label`, `colour`, `mrr`, `accounts`,
    `mrr_at_risk`, and the row's `loss`, `low`, `high` (null without a model). picks: `segment`,
    `health`.
    """
    rows: list[dict[str, Any]] = []
    order = list(dict.fromkeys(frame["segment"]))
    largest = {
        colour: max((float(v) for v in group["mrr"]), default=0.0)
        for colour, group in frame.groupby("colour")
    }
    for record in frame.to_dict("records"):
        colour, mrr = record["colour"], float(record["mrr"])
        share = mrr / largest[colour] if largest[colour] else 0.0
        rows.append(
            {
                **_names(record, look),
                "health": colour,
                "rank": order.index(record["segment"]),
                "fill": _tint(look, _FILLS[colour], share) if record["accounts"] else "transparent",
                "amount": _money(record["mrr"], look) if record["accounts"] else "",
                "count": _accounts(record["accounts"], look) if record["accounts"] else "",
                "risk_text": _money(record["mrr_at_risk"], look),
                "colour_text": t(f"chart.at_risk.{colour}", look.language),
            }
        )
    for segment in order:
        record = frame[frame["segment"] == segment].iloc[0].to_dict()
        if float_or_none(record["loss"]) is None:
            continue
        rows.append(
            {
                **_names(record, look),
                "health": _LOSS,
                "rank": order.index(segment),
                "fill": "transparent",
                "amount": _money(record["loss"], look),
                "count": _range(record["low"], record["high"], look),
                "risk_text": "",
                "colour_text": t("chart.at_risk.loss", look.language),
            }
        )
    with_loss = any(row["health"] == _LOSS for row in rows)
    columns = [
        "segment",
        "label",
        "health",
        "rank",
        "fill",
        "amount",
        "count",
        "risk_text",
        "colour_text",
    ]
    return Drawing(
        _segment_spec(look, with_loss, len(order) <= FEW_ROWS),
        pandas.DataFrame(rows, columns=columns),
        look,
        ("segment", "health"),
    )


def _names(record: Mapping[Any, Any], look: Look) -> dict[str, str]:
    return {"segment": str(record["segment"]), "label": segment_name(record["label"], look)}


def _money(value: Any, look: Look) -> str:
    return numbers.money(value, look.currency, look.language)


def _range(low: Any, high: Any, look: Look) -> str:
    """ "¥12k–380k", "1.2–38.0万円": the unit both have is said once."""
    texts = [
        numbers.money(round(float(v)), look.currency, look.language)
        for v in (0 if float(low) < float(high) / 50 else low, high)
    ]
    fronts, backs = zip(*(_UNITS.fullmatch(text).groups()[::2] for text in texts), strict=True)  # type: ignore[union-attr]
    if backs[0] == backs[1] and look.language == "ja":
        texts[0] = texts[0].removesuffix(backs[0])
    if fronts[0] == fronts[1]:
        texts[1] = texts[1].removeprefix(fronts[1])
    return "–".join(texts)


def _accounts(count: int, look: Look) -> str:
    key = "one_account" if count == 1 else "accounts"
    return t(f"chart.at_risk.{key}", look.language, n=numbers.count(count))


def _tint(look: Look, token: str, share: float) -> str:
    """The colour laid on the ground, the paler the less MRR: text stays at 4.5:1 or more."""
    strength = (0.14 + 0.28 * share**0.5) if look.theme == "light" else (0.12 + 0.30 * share**0.5)
    top, ground = (_channels(look.color(name)) for name in (token, "ground"))
    mixed = (round(g + (c - g) * strength) for c, g in zip(top, ground, strict=True))
    return "#" + "".join(f"{value:02X}" for value in mixed)


def _channels(color: str) -> list[int]:
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]


@lru_cache(maxsize=32)
def _segment_spec(look: Look, with_loss: bool, few: bool) -> Spec:
    heads = {
        colour: f"{shape} {t(f'chart.at_risk.{colour}', look.language)}"
        for colour, shape in _SHAPES.items()
    } | {_LOSS: t("chart.at_risk.loss", look.language)}
    domain = [*COLOURS, _LOSS] if with_loss else list(COLOURS)
    x: Spec = {
        "field": "health",
        "type": "ordinal",
        "scale": {"domain": domain, "paddingInner": 0.05, "paddingOuter": 0},
        "axis": {
            "orient": "top",
            "labelExpr": ticks.words(heads),
            "labelColor": look.color("text"),
            "labelAngle": 0,
            "labelOverlap": False,
            "labelPadding": 8,
            "labelLimit": 110,
        },
    }
    y: Spec = {
        "field": "label",
        "type": "nominal",
        "sort": {"field": "rank", "op": "min"},
        "scale": {"paddingInner": 0.06, "paddingOuter": 0},
        "axis": {"labelPadding": 8, "labelLimit": 110},
    }
    tips = tooltip(
        look,
        label="segment",
        colour_text="at_risk.health",
        amount="at_risk.mrr",
        count="at_risk.count",
        risk_text="at_risk.mrr_at_risk",
    )
    cell = f"datum.health !== '{_LOSS}'"
    return finished(
        look,
        t("chart.description.segment_health", look.language),
        {
            "params": pick("cells", "segment", "health"),
            "encoding": {"x": x, "y": y},
            "layer": [
                {
                    "name": "cells",
                    "transform": [{"filter": cell}],
                    "mark": {"type": "rect", "cornerRadius": 3, "cursor": "pointer"},
                    "encoding": {
                        "color": {"field": "fill", "type": "nominal", "scale": None},
                        "opacity": dimmed(),
                        "tooltip": tips,
                    },
                },
                {
                    "mark": {"type": "text", "dy": -8, "fontWeight": 600, "tooltip": None},
                    "encoding": {"text": {"field": "amount"}},
                },
                {
                    "mark": {
                        "type": "text",
                        "dy": 9,
                        "fontSize": 11,
                        "color": look.color("text"),
                        "opacity": 0.85,
                        "tooltip": None,
                    },
                    "encoding": {"text": {"field": "count"}},
                },
            ],
        },
        {"step": _TALL_ROW if few else _ROW},
    )


# -- calibration --------------------------------------------------------------------------


@Chart
def calibration(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Predicted against happened: points with 95 % whiskers on a diagonal that is perfection.

    frame: `predicted`, `happened`, `low`, `high`, `rows`.
    """
    rows = [
        {
            **{name: float(record[name]) for name in ("predicted", "happened", "low", "high")},
            "predicted_text": numbers.rate(record["predicted"]),
            "happened_text": numbers.rate(record["happened"]),
            "interval_text": interval_text(record["low"], record["high"]),
            "n": numbers.count(int(record["rows"])),
        }
        for record in frame.to_dict("records")
    ]
    columns = [
        "predicted",
        "happened",
        "low",
        "high",
        "predicted_text",
        "happened_text",
        "interval_text",
        "n",
    ]
    marks = pandas.DataFrame(rows, columns=columns)
    most = max([0.1, *marks["predicted"], *marks["happened"]])
    return Drawing(_calibration_spec(look, round(most * 1.15, 3)), marks, look)


@lru_cache(maxsize=64)
def _calibration_spec(look: Look, most: float) -> Spec:
    def axis(field: str) -> Spec:
        return {
            "field": field,
            "type": "quantitative",
            "scale": {"domain": [0, most], "nice": False, "clamp": True},
            "axis": {
                "labelExpr": ticks.rate(),
                "tickCount": 4,
                "grid": field == "happened",
                "title": t(f"chart.at_risk.{field}", look.language),
            },
        }

    x, y = axis("predicted"), axis("happened")
    color = look.color("primary")
    return finished(
        look,
        t("chart.description.calibration", look.language),
        {
            "layer": [
                {
                    "data": {"values": [{"a": 0}, {"a": most}]},
                    "mark": {
                        "type": "line",
                        "strokeDash": [3, 3],
                        "strokeWidth": 1,
                        "color": look.color("muted"),
                        "tooltip": None,
                    },
                    "encoding": {"x": {**x, "field": "a"}, "y": {**y, "field": "a"}},
                },
                {
                    "mark": {"type": "rule", "color": color, "opacity": 0.55, "strokeWidth": 1.5},
                    "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 60, "color": color},
                    "encoding": {
                        "x": x,
                        "y": y,
                        "opacity": {"value": 1},
                        "tooltip": tooltip(
                            look,
                            predicted_text="at_risk.predicted",
                            happened_text="at_risk.happened",
                            interval_text="interval",
                            n="n",
                        ),
                    },
                },
            ],
        },
        190,
    )


# -- one account --------------------------------------------------------------------------


@dataclass(frozen=True)
class Story:
    """What happened to one account. `mrr` holds (first day, MRR from then on), `usage` readings,
    `tickets` contacts by day, `nps` answers 0-10, `events` (day, words)."""

    first: date
    last: date
    mrr: Sequence[tuple[date, float]]
    usage: Sequence[tuple[date, float]] = ()
    tickets: Sequence[tuple[date, int]] = ()
    nps: Sequence[tuple[date, float]] = ()
    events: Sequence[tuple[date, str]] = field(default=())


@Chart
def account_history(story: Story, look: Look = DEFAULT) -> Drawing:
    """Four lanes on one time axis: MRR, usage, contacts, NPS; what changed as dashed rules."""
    span = max((story.last - story.first).days, 1)
    held = {"usage": story.usage, "tickets": story.tickets, "nps": story.nps}
    lanes = [lane for lane in _LANES if held.get(lane, True)]
    place = {lane: len(lanes) - 1 - n for n, lane in enumerate(lanes)}
    rows: list[dict[str, Any]] = []

    def add(lane: str, day: date, height: float, text: str, value: str, **more: Any) -> None:
        at = (day - story.first).days
        if 0 <= at <= span:
            rows.append(
                {
                    "lane": lane,
                    "at": at,
                    "until": at,
                    "base": float(place[lane]),
                    "top": place[lane] + 0.78 * height,
                    "when": numbers.day(day, look.language),
                    "what": text,
                    "value": value,
                    "group": "",
                    **more,
                }
            )

    words = {lane: t(f"chart.at_risk.lane.{lane}", look.language) for lane in _LANES}
    most = max([mrr for _, mrr in story.mrr], default=0) or 1
    steps = _clipped(story.mrr, story.first, story.last)
    for day, mrr in steps:
        add("mrr", day, mrr / most, words["mrr"], _money(mrr, look))
    usage = max([value for _, value in story.usage], default=0) or 1
    for day, value in story.usage:
        add("usage", day, value / usage, words["usage"], numbers.decimal(value, 0))
    busiest = max([3, *(count for _, count in story.tickets)])
    width = max(1, span // 220)
    for day, count in story.tickets:
        add("tickets", day, count / busiest, words["tickets"], numbers.count(count))
        if rows and rows[-1]["lane"] == "tickets":
            rows[-1]["until"] = rows[-1]["at"] + width
    for day, score in story.nps:
        group = "good" if score >= 9 else "caution" if score >= 7 else "bad"
        add("nps", day, 0.5, words["nps"], numbers.decimal(score, 0), group=group)
    shown = [event for event in story.events if story.first <= event[0] <= story.last][-_EVENTS:]
    for number, (day, said) in enumerate(shown):
        at = (day - story.first).days
        rows.append(
            {
                **dict.fromkeys(("lane", "group"), "event"),
                "at": at,
                "until": at,
                "base": 0.0,
                "top": len(lanes) + 0.02 + 0.2 * (number % 2),
                "when": numbers.day(day, look.language),
                "what": said,
                "value": str(len(shown) - 1 - number),
            }
        )
    columns = ["lane", "at", "until", "base", "top", "when", "what", "value", "group"]
    marks = pandas.DataFrame(rows, columns=columns)
    labels = dict(words)
    if steps:
        labels["mrr"] = f"{words['mrr']} {_money(steps[-1][1], look)}"
    return Drawing(_history_spec(look, story, span, labels, place), marks, look)


def _clipped(
    steps: Sequence[tuple[date, float]], first: date, last: date
) -> list[tuple[date, float]]:
    """The steps inside the window, beginning and ending at its edges."""
    before = [mrr for day, mrr in steps if day <= first]
    inside = [(day, mrr) for day, mrr in steps if first < day <= last]
    found = ([(first, before[-1])] if before else []) + inside
    return [*found, (last, found[-1][1])] if found else []


def _history_spec(
    look: Look, story: Story, span: int, labels: Mapping[str, str], place: Mapping[str, int]
) -> Spec:
    months = _month_starts(story.first, story.last)
    step = 1 if len(months) <= 8 else 3
    shown = [m for m in months if (m.month - 1) % step == 0]
    names: dict[str, Any] = {}
    for day in shown:
        month = f"{day.month}月" if look.language == "ja" else numbers.MONTHS[day.month - 1]
        year = f"{day.year}年" if look.language == "ja" else str(day.year)
        names[str((day - story.first).days)] = [month, year] if day.month == 1 else month
    x: Spec = {
        "field": "at",
        "type": "quantitative",
        "scale": {"domain": [0, span], "nice": False},
        "axis": {
            "values": [(day - story.first).days for day in shown],
            "labelExpr": f"({json.dumps(names, ensure_ascii=False)})[datum.value]",
            "labelOverlap": True,
            "grid": False,
        },
    }
    middles = {str(place[lane] + 0.4): labels[lane] for lane in place}
    y: Spec = {
        "field": "top",
        "type": "quantitative",
        "scale": {"domain": [0, len(place) + 0.34], "nice": False},
        "axis": {
            "values": [middle + 0.4 for middle in place.values()],
            "labelExpr": f"({json.dumps(middles, ensure_ascii=False)})[datum.value]",
            "labelLimit": 120,
            "grid": False,
        },
    }
    tips = tooltip(look, when="at_risk.day", what="at_risk.what", value="at_risk.value")
    groups = ["good", "caution", "bad"]

    def of(lane: str, mark: Spec, **encoding: Any) -> Spec:
        return {
            "transform": [{"filter": f"datum.lane === '{lane}'"}],
            "mark": mark,
            "encoding": {"x": x, "y": y, **encoding},
        }

    # A narrow chart has room for the words of the latest two only.
    told = "datum.lane === 'event' && (width > 420 || toNumber(datum.value) < 2)"
    base = {"y2": {"field": "base"}}
    return finished(
        look,
        t("chart.description.account_history", look.language),
        {
            "layer": [
                {
                    "data": {"values": [{"line": n} for n in range(len(place))]},
                    "mark": {"type": "rule", "color": look.color("border"), "tooltip": None},
                    "encoding": {"y": {**y, "field": "line"}},
                },
                of(
                    "mrr",
                    {
                        "type": "area",
                        "interpolate": "step-after",
                        "color": look.color("primary"),
                        "fillOpacity": 0.22,
                        "line": {"color": look.color("primary"), "strokeWidth": 2},
                        "tooltip": None,
                    },
                    **base,
                ),
                of(
                    "usage",
                    {
                        "type": "line",
                        "color": look.color("expansion"),
                        "strokeWidth": 2,
                        "point": {"size": 16, "color": look.color("expansion")},
                    },
                    tooltip=tips,
                ),
                of(
                    "tickets",
                    {"type": "rect", "color": look.colors("category")[1]},
                    **base,
                    x2={"field": "until"},
                    tooltip=tips,
                ),
                of(
                    "nps",
                    {"type": "point", "filled": True, "size": 240, "opacity": 1},
                    color={
                        "field": "group",
                        "type": "nominal",
                        "scale": {"domain": groups, "range": [look.color(g) for g in groups]},
                        "legend": None,
                    },
                    tooltip=tips,
                ),
                of(
                    "nps",
                    {"type": "text", "fontWeight": 600, "fontSize": 11, "tooltip": None},
                    text={"field": "value"},
                    color={
                        "condition": {
                            "test": "datum.group === 'caution'",
                            "value": "#101926",
                        },
                        "value": "#FFFFFF" if look.theme == "light" else "#101926",
                    },
                ),
                of(
                    "event",
                    {"type": "rule", "strokeDash": [3, 3], "color": look.color("text")},
                    **base,
                    tooltip=tooltip(look, when="at_risk.day", what="at_risk.what"),
                ),
                {
                    "transform": [{"filter": f"{told} && datum.at > {span / 2}"}],
                    "mark": {"type": "text", "align": "right", "dx": -4, "fontSize": 11},
                    "encoding": {"x": x, "y": y, "text": {"field": "what"}},
                },
                {
                    "transform": [{"filter": f"{told} && datum.at <= {span / 2}"}],
                    "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 11},
                    "encoding": {"x": x, "y": y, "text": {"field": "what"}},
                },
            ],
        },
        30 + 66 * len(place),
    )


def _month_starts(first: date, last: date) -> list[date]:
    found = []
    day = first.replace(day=1)
    while day <= last:
        if day >= first:
            found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found
