"""How MRR went from opening to closing: one period as a bridge, many as stacked bars."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import pandas

from cs_core.charts import waterfall
from cs_core.charts.drawing import (
    Chart,
    Drawing,
    Spec,
    dimmed,
    layer,
    layered,
    one_row_per,
    pick,
    reference,
)
from cs_core.charts.marks import axis, between, legend, mark, ordinal, quantitative, scale
from cs_core.charts.parts import fixed_colors, money_axis, period_axis, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.domain.periods import period_column_of
from cs_core.errors import UsageError
from cs_core.text import numbers, t, ticks

# key: (column of mrr_movements, sign). The order is that of the bridge from top to bottom.
_STEPS = {
    "new": ("new_mrr", 1),
    "reactivation": ("reactivation_mrr", 1),
    "expansion": ("expansion_mrr", 1),
    "transferred_in": ("transferred_in_mrr", 1),
    "contraction": ("contraction_mrr", -1),
    "churn": ("churned_mrr", -1),
    "transferred_out": ("transferred_out_mrr", -1),
    "fx": ("fx_mrr", 1),
}
_ALWAYS = ("new", "reactivation", "expansion", "contraction", "churn")
# Gains are stacked from the largest kind up, and the legend names them in this order.
_STACKED = (
    *("new", "expansion", "reactivation", "transferred_in"),
    *("contraction", "churn", "transferred_out", "fx"),
)
_COLORS = {key: key for key in _ALWAYS} | {
    "transferred_in": "other",
    "transferred_out": "other",
    "fx": "neutral",
}
_LEVELS = ("opening", "closing")
_LABEL_ROOM = 0.36  # of the amounts' extent, kept free at the right for the labels


@Chart
def bridge(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """MRR bridge: a horizontal waterfall of one row of `mrr_movements`.

    frame: exactly one row (one period, one currency). Losses positive, money Decimal.
    Exchange rates and transfers are drawn when the row has them and they are not zero.
    picks: `movement` (opening, new, reactivation, expansion, contraction, churn, fx,
    transferred_in, transferred_out, closing).
    facts: `axis_start`, the amount the axis begins at, for the card's line (it is rarely 0).
    """
    if len(frame) != 1:
        raise UsageError("chart_one_row", count=len(frame))
    row = frame.to_dict("records")[0]
    level = float(row["opening_mrr"])
    steps = [_step("opening", level, level, row["opening_mrr"], look)]
    for key in _present(frame):
        column, sign = _STEPS[key]
        change = row[column] * sign
        steps.append(_step(key, level, level + float(change), change, look))
        level += float(change)
    closing = float(row["closing_mrr"])
    steps.append(_step("closing", closing, closing, row["closing_mrr"], look))
    for step, after in pairwise(steps):
        step["following"] = after["movement"]
    marks = pandas.DataFrame(steps)
    low, high = waterfall.extent(
        marks["low"].min(), marks["high"].max(), room=_LABEL_ROOM, margin=0.04
    )
    marks["axis_low"], marks["axis_high"] = low, high
    return Drawing(_bridge_spec(look), marks, look, ("movement",), {"axis_start": low})


@one_row_per("month", "period")
def movements(
    frame: pandas.DataFrame, look: Look = DEFAULT, *, partial: str | None = None
) -> Drawing:
    """Movements of many periods, gains above and losses below zero, a diamond for the net.

    frame: rows of `mrr_movements`, one per period. partial: label of the period that is not over
    (dashed outline, no net). picks: `period`, `movement` (as in `bridge`).
    """
    keys = tuple(key for key in _STACKED if key in _present(frame))
    rows: list[dict[str, Any]] = []
    tallest = 0.0
    for record in frame.to_dict("records"):
        label = record[period_column_of(frame)]
        changes = {key: record[_STEPS[key][0]] * _STEPS[key][1] for key in keys}
        tallest = max(tallest, sum(float(change) for change in changes.values() if change > 0))
        net = record["closing_mrr"] - record["opening_mrr"]
        for key, change in {**changes, "net": net}.items():
            rows.append(
                {
                    "period": label,
                    "movement": key,
                    "value": float(change),
                    "rank": keys.index(key) if key in keys else len(keys),
                    "partial": label == partial,
                    "when": numbers.period(label, look.language),
                    "what": t(f"chart.movements.{key}", look.language),
                    "label": look.money(change, signed=True),
                }
            )
    columns = ["period", "movement", "value", "rank", "partial", "when", "what", "label"]
    marks = pandas.DataFrame(rows, columns=columns)
    # The word "partial" stands over the period that is not over, higher than any bar beside it.
    marks.loc[marks["partial"] & (marks["movement"] == "net"), "value"] = tallest
    return Drawing(_movements_spec(look, keys), marks, look, ("period", "movement"))


def _present(frame: pandas.DataFrame) -> list[str]:
    """The usual five, and of the others those that happened."""
    return [
        key
        for key, (column, _) in _STEPS.items()
        if key in _ALWAYS or (column in frame.columns and any(frame[column] != 0))
    ]


def _step(key: str, start: float, end: float, shown: Any, look: Look) -> dict[str, Any]:
    signed = key not in _LEVELS
    return {
        "movement": key,
        **waterfall.step(start, end),
        "following": key,
        "what": t(f"chart.movements.{key}", look.language),
        "label": look.money(shown, signed=signed),
    }


def _word(look: Look, keys: tuple[str, ...]) -> str:
    return ticks.words({key: t(f"chart.movements.{key}", look.language) for key in keys})


@lru_cache(maxsize=64)
def _bridge_spec(look: Look) -> Spec:
    order = ("opening", *_STEPS, "closing")
    y = ordinal(
        "movement",
        sort=list(order),
        scale=scale(paddingInner=0.42, paddingOuter=0.1),
        axis=axis(labelExpr=_word(look, order), labelColor=look.color("text"), labelPadding=8),
    )
    x = waterfall.amounts_axis(75, labelExpr=ticks.money(look.currency, look.language))
    tips = tooltip(look, what="movement", label="amount")
    level = f"indexof({list(_LEVELS)}, datum.movement) >= 0"
    return layered(
        look,
        "chart.description.bridge",
        [
            waterfall.held_open(x),
            layer(
                mark("rule", strokeDash=[2, 2], opacity=0.7, tooltip=None),
                "datum.following !== datum.movement",
                x={**x, "field": "end"},
                y2={"field": "following"},
            ),
            layer(
                mark("bar", cornerRadius=2, cursor="pointer"),
                f"!({level})",
                name="bars",
                **between("x", x, "start", "end"),
                color=fixed_colors(
                    "movement", list(_COLORS), [look.color(token) for token in _COLORS.values()]
                ),
                opacity=dimmed(),
                tooltip=tips,
            ),
            waterfall.ends(look, x, level, tips),
            waterfall.amounts(x, opacity=dimmed(0.6)),
        ],
        params=pick("bars", "movement"),
        encoding={"y": y},
    )


@lru_cache(maxsize=64)
def _movements_spec(look: Look, keys: tuple[str, ...]) -> Spec:
    x = period_axis(look)
    y = money_axis(look, "value", 6)
    stacked: Spec = {
        "x": x,
        "y": y,
        "order": quantitative("rank"),
        "color": fixed_colors(
            "movement",
            keys,
            [look.color(_COLORS[key]) for key in keys],
            legend=legend(labelExpr=_word(look, keys)),
        ),
        "opacity": dimmed(),
        "tooltip": tooltip(look, when="period", what="movement", label="amount"),
    }
    bar = mark("bar", cursor="pointer", width={"expr": "min(bandwidth('x'), 44)"})
    bars = "datum.movement !== 'net'"
    diamond = mark(
        "point",
        shape="diamond",
        filled=True,
        size=34,
        opacity=1,
        fill=look.color("text"),
        stroke=look.color("ground"),
        strokeWidth=1,
    )
    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.movements",
        [
            layer(bar, f"{bars} && !datum.partial", name="bars", **stacked),
            layer({**bar, "fillOpacity": 0.15}, f"{bars} && datum.partial", **stacked),
            layer(
                {**bar, "filled": False, "strokeDash": [3, 2], "strokeWidth": 1},
                f"{bars} && datum.partial && datum.value !== 0",
                **stacked,
            ),
            reference({"color": look.color("border")}, "y", 0),
            layer(
                diamond,
                "datum.movement === 'net' && !datum.partial",
                **at,
                tooltip=stacked["tooltip"],
            ),
            layer(
                mark(
                    "text",
                    align="right",
                    baseline="bottom",
                    dx={"expr": "bandwidth('x') / 2"},
                    dy=-5,
                    fontSize=11,
                    fontStyle="normal" if look.language == "ja" else "italic",
                    color=look.color("muted"),
                    text=t("chart.partial", look.language),
                    tooltip=None,
                ),
                "datum.movement === 'net' && datum.partial",
                **at,
            ),
        ],
        params=pick("bars", "period", "movement"),
    )
