"""One account's story: MRR, usage, contacts and NPS on one time axis."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pandas

from cs_core.charts.drawing import Chart, Drawing, Spec, layer, layered
from cs_core.charts.marks import axis, mark, quantitative, scale, when
from cs_core.charts.parts import fixed_colors, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import numbers, t

_LANES = ("mrr", "usage", "tickets", "nps", "score")
_GROUPS = {"green": "good", "yellow": "caution", "red": "bad"}
_EVENTS = 5  # labels that fit above the lanes


@dataclass(frozen=True)
class Story:
    """What happened to one account. `mrr` holds (first day, MRR from then on), `usage` readings,
    `tickets` contacts by day, `nps` answers 0-10, `events` (day, words), `scores` health 0-100 as
    it was said on the day, with its colour and the whole of it in words."""

    first: date
    last: date
    mrr: Sequence[tuple[date, float]]
    usage: Sequence[tuple[date, float]] = ()
    tickets: Sequence[tuple[date, int]] = ()
    nps: Sequence[tuple[date, float]] = ()
    events: Sequence[tuple[date, str]] = field(default=())
    scores: Sequence[tuple[date, float, str, str]] = field(default=())


@Chart
def account_history(story: Story, look: Look = DEFAULT) -> Drawing:
    """Lanes on one time axis: MRR, usage, contacts, NPS, and the scores as they were said on the
    day; what changed as dashed rules."""
    span = max((story.last - story.first).days, 1)
    scored = [at for at in story.scores if story.first <= at[0] <= story.last]
    held: dict[str, Sequence[Any]] = {
        "usage": story.usage,
        "tickets": story.tickets,
        "nps": story.nps,
        "score": scored,
    }
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
        add("mrr", day, mrr / most, words["mrr"], look.money(mrr))
    usage = max([value for _, value in story.usage], default=0) or 1
    for day, value in story.usage:
        add("usage", day, value / usage, words["usage"], numbers.decimal(value, 0))
    busiest = max([3, *(count for _, count in story.tickets)])
    width = span / 220
    for day, count in story.tickets:
        add("tickets", day, count / busiest, words["tickets"], numbers.count(count))
        if rows and rows[-1]["lane"] == "tickets":
            rows[-1]["until"] = rows[-1]["at"] + width
    for day, score in story.nps:
        group = "good" if score >= 9 else "caution" if score >= 7 else "bad"
        add("nps", day, 0.5, words["nps"], numbers.decimal(score, 0), group=group)
    for day, health, colour, said in scored:
        add("score", day, health / 100, words["score"], said, group=_GROUPS.get(colour, ""))
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
        labels["mrr"] = f"{words['mrr']} {look.money(steps[-1][1])}"
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
    x = quantitative(
        "at",
        scale=scale(domain=[0, span], nice=False),
        axis=axis(
            values=[(day - story.first).days for day in shown],
            labelExpr=f"({json.dumps(names, ensure_ascii=False)})[datum.value]",
            labelOverlap=True,
            grid=False,
        ),
    )
    middles = {str(place[lane] + 0.4): labels[lane] for lane in place}
    y = quantitative(
        "top",
        scale=scale(domain=[0, len(place) + 0.34], nice=False),
        axis=axis(
            values=[middle + 0.4 for middle in place.values()],
            labelExpr=f"({json.dumps(middles, ensure_ascii=False)})[datum.value]",
            labelLimit=120,
            grid=False,
        ),
    )
    tips = tooltip(look, when="at_risk.day", what="at_risk.what", value="at_risk.value")
    groups = ["good", "caution", "bad"]
    color = fixed_colors("group", groups, [look.color(group) for group in groups])

    def of(lane: str, mark: Spec, **encoding: Any) -> Spec:
        return layer(mark, f"datum.lane === '{lane}'", **at, **encoding)

    # A narrow chart has room for the words of the latest two only.
    told = "datum.lane === 'event' && (width > 420 || toNumber(datum.value) < 2)"
    base = {"y2": {"field": "base"}}
    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.account_history",
        [
            {
                "data": {"values": [{"line": n} for n in range(len(place))]},
                "mark": mark("rule", color=look.color("border"), tooltip=None),
                "encoding": {"y": {**y, "field": "line"}},
            },
            of(
                "mrr",
                mark(
                    "area",
                    interpolate="step-after",
                    color=look.color("primary"),
                    fillOpacity=0.22,
                    line={"color": look.color("primary"), "strokeWidth": 2},
                    tooltip=None,
                ),
                **base,
            ),
            of(
                "usage",
                mark(
                    "line",
                    color=look.color("expansion"),
                    strokeWidth=2,
                    point={"size": 16, "color": look.color("expansion")},
                ),
                tooltip=tips,
            ),
            of(
                "tickets",
                mark("rect", color=look.colors("category")[1]),
                **base,
                x2={"field": "until"},
                tooltip=tips,
            ),
            of("nps", mark("point", filled=True, size=240, opacity=1), color=color, tooltip=tips),
            of(
                "nps",
                mark("text", fontWeight=600, fontSize=11, tooltip=None),
                text={"field": "value"},
                color=when(
                    "datum.group === 'caution'",
                    "#101926",
                    "#FFFFFF" if look.theme == "light" else "#101926",
                ),
            ),
            of(
                "score",
                mark(
                    "line",
                    interpolate="step-after",
                    color=look.color("neutral"),
                    strokeWidth=1.5,
                    tooltip=None,
                ),
            ),
            of("score", mark("point", filled=True, size=70, opacity=1), color=color, tooltip=tips),
            of(
                "event",
                mark("rule", strokeDash=[3, 3], color=look.color("text")),
                **base,
                tooltip=tooltip(look, when="at_risk.day", what="at_risk.what"),
            ),
            layer(
                mark("text", align="right", dx=-4, fontSize=11),
                f"{told} && datum.at > {span / 2}",
                **at,
                text={"field": "what"},
            ),
            layer(
                mark("text", align="left", dx=4, fontSize=11),
                f"{told} && datum.at <= {span / 2}",
                **at,
                text={"field": "what"},
            ),
        ],
        height=30 + 66 * len(place),
    )


def _month_starts(first: date, last: date) -> list[date]:
    found = []
    day = first.replace(day=1)
    while day <= last:
        if day >= first:
            found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found
