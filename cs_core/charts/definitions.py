"""Two definitions of one figure: their months, and where the difference comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

import pandas

from cs_core.charts import waterfall
from cs_core.charts.drawing import Chart, Drawing, Spec, layer, layered, pick
from cs_core.charts.marks import axis, between, legend, mark, nominal, ordinal, quantitative, scale
from cs_core.charts.parts import float_or_none, period_axis, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import numbers, ticks

Kind = Literal["rate", "money", "count", "ratio"]
Value = Decimal | float | int | None

SERIES = ("a", "b")
_ROOM = 0.34  # of the extent, kept free at the right for the labels
_ROW = 34  # pixels


@Chart
def side_by_side(
    figures: Mapping[str, tuple[Value, Value]],
    look: Look = DEFAULT,
    *,
    names: tuple[str, str],
    kind: Kind = "rate",
) -> Drawing:
    """One figure under two sets of definitions, by period.

    figures: period label -> (first, second), None where there is none. names: of the two.
    picks: `period`.
    """
    rows = [
        {
            "period": label,
            "series": series,
            "value": float_or_none(value),
            "when": numbers.period(label, look.language),
            "who": name,
            "value_text": shown(value, kind, look),
        }
        for label, pair in figures.items()
        for series, name, value in zip(SERIES, names, pair, strict=True)
    ]
    columns = ["period", "series", "value", "when", "who", "value_text"]
    frame = pandas.DataFrame(rows, columns=columns)
    return Drawing(_side_by_side_spec(look, names, kind), frame, look, ("period",))


@Chart
def attribution(
    ends: tuple[Value, Value],
    effects: Mapping[str, Value],
    look: Look = DEFAULT,
    *,
    names: tuple[str, str],
    words: Mapping[str, str],
    kind: Kind = "rate",
) -> Drawing:
    """From one definition's figure to the other's: a horizontal waterfall of what each policy
    changes. No colour of gain or loss: no definition is better.

    effects: policy -> change, in the order of switching; None and 0 are left out. names: of the
    two ends; words: the policies'. facts: `axis_start`.
    """
    first, last = (float_or_none(end) or 0.0 for end in ends)
    order = ["a", *(name for name, effect in effects.items() if effect), "b"]
    level = first
    steps = [_step("a", first, first, shown(ends[0], kind, look), names[0])]
    for name in order[1:-1]:
        change = float_or_none(effects[name]) or 0.0
        text = shown(effects[name], kind, look, signed=True)
        steps.append(_step(name, level, level + change, text, words[name]))
        level += change
    steps.append(_step("b", last, last, shown(ends[1], kind, look), names[1]))
    frame = pandas.DataFrame(steps)
    start, end = waterfall.extent(frame["low"].min(), frame["high"].max(), room=_ROOM, margin=0.06)
    frame["axis_low"], frame["axis_high"] = start, end
    said = tuple((step["part"], step["what"]) for step in steps)
    return Drawing(_attribution_spec(look, said, kind), frame, look, (), {"axis_start": start})


def shown(value: Value, kind: Kind, look: Look, *, signed: bool = False) -> str:
    """A figure of this kind as people read it; a change of a rate is in points."""
    if kind == "rate":
        return numbers.points(value, 2) if signed else numbers.rate(value, 2)
    if kind == "money":
        return look.money(value, signed=signed)
    if kind == "count":
        return numbers.count(value, look.language, signed=signed)
    text = numbers.decimal(value, 2)
    return f"+{text}" if signed and value is not None and value > 0 else text


def _step(part: str, start: float, end: float, label: str, what: str) -> dict[str, Any]:
    return {"part": part, **waterfall.step(start, end), "what": what, "label": label}


def _axis(look: Look, kind: Kind) -> Spec:
    if kind == "rate":
        return {"labelExpr": ticks.rate()}
    if kind == "money":
        return {"labelExpr": ticks.money(look.currency, look.language)}
    return {"format": ","} if kind == "count" else {}


@lru_cache(maxsize=128)
def _side_by_side_spec(look: Look, names: tuple[str, str], kind: Kind) -> Spec:
    y = quantitative(
        "value",
        scale=scale(nice=True, zero=kind == "rate"),
        axis={**_axis(look, kind), "tickCount": 5},
    )
    colors = look.colors("category")
    color = nominal(
        "series",
        scale=scale(domain=list(SERIES), range=colors[:2]),
        legend=legend(
            labelExpr=ticks.words(dict(zip(SERIES, names, strict=True))), columns=1, labelLimit=280
        ),
    )
    tips = tooltip(look, when="period", who="definition", value_text="figure")
    return layered(
        look,
        "chart.description.side_by_side",
        [
            layer(mark("line", strokeWidth=2, tooltip=None)),
            layer(
                mark("point", filled=True, size=42, cursor="pointer"),
                name="points",
                shape=nominal(
                    "series",
                    scale=scale(domain=list(SERIES), range=["circle", "diamond"]),
                    legend=None,
                ),
                tooltip=tips,
            ),
        ],
        params=pick("points", "period"),
        encoding={"x": period_axis(look, "point"), "y": y, "color": color},
        height=260,
    )


@lru_cache(maxsize=128)
def _attribution_spec(look: Look, said: Sequence[tuple[str, str]], kind: Kind) -> Spec:
    x = waterfall.amounts_axis(90, **_axis(look, kind))
    y = ordinal(
        "part",
        sort=[part for part, _ in said],
        scale=scale(paddingInner=0.42, paddingOuter=0.1),
        axis=axis(
            labelExpr=ticks.words(dict(said)),
            labelColor=look.color("text"),
            labelPadding=8,
            labelLimit=190,
        ),
    )
    tips = tooltip(look, what="definition", label="figure")
    level = "datum.part === 'a' || datum.part === 'b'"
    return layered(
        look,
        "chart.description.attribution",
        [
            waterfall.held_open(x),
            layer(
                mark("bar", cornerRadius=2, color=look.color("primary")),
                f"!({level})",
                **between("x", x, "start", "end"),
                tooltip=tips,
            ),
            waterfall.ends(look, x, level, tips),
            waterfall.amounts(x),
        ],
        padding={"left": 2, "right": 18, "top": 4, "bottom": 4},
        encoding={"y": y},
        height=max(150, _ROW * len(said) + 40),
    )
