"""Charts of lessons that no page needs: a few named lines, a few named bars."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pandas

from cs_core.charts.breakdown import rows_axis
from cs_core.charts.drawing import Chart, Drawing, Spec, layer, layered, one_row_per, reference
from cs_core.charts.marks import (
    axis,
    between,
    label,
    legend,
    mark,
    nominal,
    quantitative,
    scale,
    when,
)
from cs_core.charts.parts import float_or_none, interval, months_axis, rate_axis, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import numbers, t, ticks

_HEIGHT = 300
_ROW = 46
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [4, 4])


@one_row_per("line", "at")
def lesson_lines(
    frame: pandas.DataFrame, look: Look = DEFAULT, *, top: float | None = 1.0
) -> Drawing:
    """Shares by months, a line for each name, at most five.

    frame: `line` (a key), `name`, `at` (months), `value` (a share of 1). top: the end of the axis;
    None for what the lines need. Nothing can be picked.
    """
    names = tuple(dict.fromkeys(frame["name"]))
    marks = pandas.DataFrame(
        {
            "name": frame["name"],
            "slot": [names.index(name) for name in frame["name"]],
            "at": frame["at"],
            "value": [float_or_none(value) for value in frame["value"]],
            "when": [numbers.months(at, look.language) for at in frame["at"]],
            "rate_text": [numbers.rate(float_or_none(value)) for value in frame["value"]],
        }
    ).reset_index(drop=True)
    return Drawing(_lines_spec(look, names, int(max(1, frame["at"].max())), top), marks, look)


@lru_cache(maxsize=64)
def _lines_spec(look: Look, names: tuple[str, ...], last: int, top: float | None) -> Spec:
    x = months_axis("at", last, t("chart.lesson.months", look.language))
    y = rate_axis("value", zero=True, **({"domain": [0, top], "nice": False} if top else {}))
    color = nominal(
        "name",
        scale=scale(domain=list(names), range=look.colors("category")[: len(names)]),
        legend=legend(
            orient="top",
            title=None,
            columns=1,
            labelLimit=420,
            symbolType="stroke",
            symbolStrokeWidth=2.5,
        ),
    )
    # By test, not by scale: a second legend would take the first one's symbols.
    dash = {
        "condition": [
            {"test": f"datum.slot === {slot}", "value": pattern}
            for slot, pattern in enumerate(_DASHES)
        ],
        "value": [1, 0],
    }
    tips = tooltip(look, name="lesson.line", when="lesson.after", rate_text="rate")
    return layered(
        look,
        "chart.description.lesson_lines",
        [
            layer(mark("line", strokeWidth=2.5, tooltip=None), color=color, strokeDash=dash),
            layer(mark("point", opacity=0, size=160), tooltip=tips, detail={"field": "name"}),
        ],
        encoding={"x": x, "y": y},
        height=_HEIGHT,
    )


@Chart
def lesson_bars(
    frame: pandas.DataFrame, look: Look = DEFAULT, *, unit: str = "rate", digits: int = 1
) -> Drawing:
    """A bar for each name with its figure beside it.

    frame: `name`, `value` (>= 0), `true` (bool: the one that holds is coloured). unit: rate (a
    share of 1) or number. Nothing can be picked.
    """
    values = [float(value) for value in frame["value"]]
    marks = pandas.DataFrame(
        {
            "row": [f"{place:03d}" for place in range(len(frame))],
            "name": list(frame["name"]),
            "value": values,
            "true": [bool(true) for true in frame["true"]],
            "text": [_said(value, unit, digits) for value in values],
        }
    )
    names = tuple(zip(marks["row"], marks["name"], strict=True))
    return Drawing(_bars_spec(look, names, unit, max([*values, 1e-9])), marks, look)


@lru_cache(maxsize=256)
def _bars_spec(look: Look, names: tuple[tuple[str, str], ...], unit: str, most: float) -> Spec:
    x = rate_axis("value", zero=True, domain=[0, most * 1.25], nice=False)
    if unit != "rate":
        x["axis"]["labelExpr"] = ticks.number()
    y = rows_axis(names, "width < 300 ? 150 : 260")
    shade = when("datum.true", look.color("primary"), look.color("other"))
    return layered(
        look,
        "chart.description.lesson_bars",
        [
            layer(mark("bar", height={"band": 0.6}, tooltip=None), color=shade),
            label({}, align="left", dx=6, fontWeight=600, color=look.color("text")),
        ],
        encoding={"x": x, "y": y},
        height={"step": _ROW},
    )


@one_row_per("at")
def estimate_truth(
    frame: pandas.DataFrame,
    look: Look = DEFAULT,
    *,
    truth: bool = True,
    others: Sequence[Sequence[float]] = (),
) -> Drawing:
    """What data say of a share by months, with 95 % limits, and what is so.

    frame: `at` (months), `value`, `low`, `high` (shares of 1, or null), `true`. truth: whether the
    line of what is so is drawn. others: courses of the same, thin and grey, from month 0 on.
    Nothing can be picked.
    """
    said, so = (t(f"chart.lesson.{name}", look.language) for name in ("estimate", "truth"))
    rows = [
        {
            "part": "estimate",
            "line": said,
            "at": at,
            "value": float_or_none(value),
            **interval({"low": low, "high": high}),
            "when": numbers.months(at, look.language),
            "rate_text": numbers.rate(float_or_none(value)),
            "true_text": numbers.rate(float_or_none(true)) if truth else None,
        }
        for at, value, low, high, true in frame[["at", "value", "low", "high", "true"]].values
    ]
    if truth:
        rows += [
            {"part": "truth", "line": so, "at": at, "value": float_or_none(true)}
            for at, true in frame[["at", "true"]].values
        ]
    rows += [
        {"part": "other", "line": f"o{place}", "at": at, "value": value}
        for place, line in enumerate(others)
        for at, value in enumerate(line)
    ]
    seen = [row["high"] or row["value"] or 0.0 for row in rows if row["part"] == "estimate"]
    top = 1.0 if max(seen) > 0.5 else None
    spec = _truth_spec(look, int(frame["at"].max()), top, truth)
    columns = ["part", "line", "at", "value", "low", "high"]
    columns += ["when", "rate_text", "interval_text", "true_text"]
    return Drawing(spec, pandas.DataFrame(rows, columns=columns), look)


@lru_cache(maxsize=64)
def _truth_spec(look: Look, last: int, top: float | None, truth: bool) -> Spec:
    x = quantitative(
        "at",
        scale=scale(domain=[0, last], nice=False),
        axis=axis(
            values=list(range(0, last + 1, 6)),
            grid=False,
            title=t("chart.lesson.months", look.language),
        ),
    )
    limits = {"domain": [0, top], "nice": False} if top else {}
    y = rate_axis("value", zero=True, **limits)
    only = "datum.part === 'estimate'"
    drawn = ("estimate", "truth") if truth else ("estimate",)
    color = nominal(
        "line",
        scale=scale(
            domain=[t(f"chart.lesson.{name}", look.language) for name in drawn],
            range=[look.color("primary"), look.color("churn")][: len(drawn)],
        ),
        legend=legend(
            orient="top",
            title=None,
            columns=1,
            symbolType="stroke",
            symbolStrokeWidth=2.5,
            symbolOpacity=1,
        ),
    )
    dash = when("datum.part === 'truth'", [6, 3], [1, 0])
    fields = {"when": "lesson.after", "rate_text": "lesson.estimate", "interval_text": "interval"}
    if truth:
        fields["true_text"] = "lesson.truth"
    layers = [
        layer(
            mark("line", strokeWidth=0.6, color=look.color("other"), opacity=0.35),
            "datum.part === 'other'",
            detail={"field": "line"},
        ),
        layer(
            mark("area", color=look.color("primary"), opacity=0.15, tooltip=None),
            only,
            **between("y", y, "low", "high"),
        ),
        layer(
            mark("line", strokeWidth=2.5, tooltip=None),
            "datum.part !== 'other'",
            color=color,
            strokeDash=dash,
        ),
        layer(mark("point", opacity=0, size=160), only, tooltip=tooltip(look, **fields)),
    ]
    return layered(
        look,
        "chart.description.estimate_truth",
        layers,
        encoding={"x": x, "y": y},
        height=_HEIGHT,
    )


@Chart
def guess_dots(
    frame: pandas.DataFrame, look: Look = DEFAULT, *, truth: float, unit: str = "rate"
) -> Drawing:
    """A dot for each guess, stacked where they are alike, and a rule at what is so.

    frame: `value`, what each said. unit: rate or points (shares of 1), or a number of months or
    anything else. Nothing can be picked.
    """
    values = sorted(float(value) for value in frame["value"])
    low, high = min([*values, truth]), max([*values, truth])
    width = (high - low) / _BINS or 1.0
    places = [round((value - low) / width) for value in values]
    marks = pandas.DataFrame(
        {
            "at": values,
            "stack": [places[:place].count(bin) + 1 for place, bin in enumerate(places)],
            "text": [_said(value, unit) for value in values],
        }
    )
    most = int(marks["stack"].max()) if len(marks) else 1
    return Drawing(_dots_spec(look, truth, unit, most), marks, look)


_BINS = 40  # dots side by side, at the most


def _said(value: float, unit: str, digits: int = 1) -> str:
    shared = unit in ("rate", "points")
    return numbers.rate(value, digits) if shared else numbers.decimal(value, digits)


@lru_cache(maxsize=64)
def _dots_spec(look: Look, truth: float, unit: str, most: int) -> Spec:
    x = quantitative("at", scale=scale(zero=False, nice=True), axis=axis(grid=False, tickCount=8))
    x["axis"] |= {"labelExpr": ticks.rate() if unit in ("rate", "points") else ticks.number()}
    y = quantitative("stack", scale=scale(domain=[0, most + 1]), axis=None)
    so = look.color("churn")
    return layered(
        look,
        "chart.description.guess_dots",
        [
            layer(
                mark("point", filled=True, size=110, opacity=0.85, color=look.color("primary")),
                x=x,
                y=y,
                tooltip=tooltip(look, text="lesson.guess"),
            ),
            reference({"color": so, "strokeWidth": 2, "strokeDash": [6, 3]}, "x", truth),
        ],
        height=min(_HEIGHT, 70 + 16 * most),
    )
