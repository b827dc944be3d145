"""Accounts at risk: where the red money is, and whether a forecast holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pandas

from cs_core.charts.drawing import Chart, Drawing, Spec, dimmed, layer, layered, pick
from cs_core.charts.marks import axis, label, mark, nominal, ordinal, quantitative, scale
from cs_core.charts.parts import float_or_none, interval, segment_name, tooltip, whisker
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import numbers, t, ticks

COLOURS = ("green", "yellow", "red")
_FILLS = {"green": "good", "yellow": "caution", "red": "bad"}
_SHAPES = {"green": "●", "yellow": "▲", "red": "■"}
_LOSS = "loss"
_ROW, _TALL_ROW = 52, 68  # pixels of a row of the heat table
FEW_ROWS = 4
_UNITS = re.compile(r"(\D*)([\d.,]+)(\D*)")


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
                "amount": look.money(record["mrr"]) if record["accounts"] else "",
                "count": _accounts(record["accounts"], look) if record["accounts"] else "",
                "risk_text": look.money(record["mrr_at_risk"]),
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
                "amount": look.money(record["loss"]),
                "count": _range(record["low"], record["high"], look),
                "risk_text": "",
                "colour_text": t("chart.at_risk.loss", look.language),
            }
        )
    with_loss = any(row["health"] == _LOSS for row in rows)
    columns = ["segment", "label", "health", "rank", "fill"]
    columns += ["amount", "count", "risk_text", "colour_text"]
    marks = pandas.DataFrame(rows, columns=columns)
    spec = _segment_spec(look, with_loss, len(order) <= FEW_ROWS)
    return Drawing(spec, marks, look, ("segment", "health"))


def _names(record: Mapping[Any, Any], look: Look) -> dict[str, str]:
    return {"segment": str(record["segment"]), "label": segment_name(record["label"], look)}


def _range(low: Any, high: Any, look: Look) -> str:
    """ "¥12k–380k", "1.2–38.0万円": the unit both have is said once."""
    texts = [
        look.money(round(float(v))) for v in (0 if float(low) < float(high) / 50 else low, high)
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
    x = ordinal(
        "health",
        scale=scale(domain=domain, paddingInner=0.05, paddingOuter=0),
        axis=axis(
            orient="top",
            labelExpr=ticks.words(heads),
            labelColor=look.color("text"),
            labelAngle=0,
            labelOverlap=False,
            labelPadding=8,
            labelLimit=110,
        ),
    )
    y = nominal(
        "label",
        sort={"field": "rank", "op": "min"},
        scale=scale(paddingInner=0.06, paddingOuter=0),
        axis=axis(labelPadding=8, labelLimit=110),
    )
    tips = tooltip(
        look,
        label="segment",
        colour_text="at_risk.health",
        amount="at_risk.mrr",
        count="at_risk.count",
        risk_text="at_risk.mrr_at_risk",
    )
    cell = f"datum.health !== '{_LOSS}'"
    return layered(
        look,
        "chart.description.segment_health",
        [
            layer(
                mark("rect", cornerRadius=3, cursor="pointer"),
                cell,
                name="cells",
                color=nominal("fill", scale=None),
                opacity=dimmed(),
                tooltip=tips,
            ),
            label({}, field="amount", dy=-8, fontWeight=600),
            label({}, field="count", dy=9, fontSize=11, color=look.color("text"), opacity=0.85),
        ],
        params=pick("cells", "segment", "health"),
        encoding={"x": x, "y": y},
        height={"step": _TALL_ROW if few else _ROW},
    )


# -- calibration --------------------------------------------------------------------------


@Chart
def calibration(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Predicted against happened: points with 95 % whiskers on a diagonal that is perfection.

    frame: `predicted`, `happened`, `low`, `high`, `rows`.
    """
    rows = [
        {
            **{name: float(record[name]) for name in ("predicted", "happened")},
            **interval(record),
            "predicted_text": numbers.rate(record["predicted"]),
            "happened_text": numbers.rate(record["happened"]),
            "n": numbers.count(int(record["rows"])),
        }
        for record in frame.to_dict("records")
    ]
    columns = ["predicted", "happened", "low", "high"]
    columns += ["predicted_text", "happened_text", "interval_text", "n"]
    marks = pandas.DataFrame(rows, columns=columns)
    most = max([0.1, *marks["predicted"], *marks["happened"]])
    return Drawing(_calibration_spec(look, round(most * 1.15, 3)), marks, look)


@lru_cache(maxsize=64)
def _calibration_spec(look: Look, most: float) -> Spec:
    def share(field: str) -> Spec:
        return quantitative(
            field,
            scale=scale(domain=[0, most], nice=False, clamp=True),
            axis=axis(
                labelExpr=ticks.rate(),
                tickCount=4,
                grid=field == "happened",
                title=t(f"chart.at_risk.{field}", look.language),
            ),
        )

    x, y = share("predicted"), share("happened")
    color = look.color("primary")
    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.calibration",
        [
            {
                "data": {"values": [{"a": 0}, {"a": most}]},
                "mark": mark(
                    "line",
                    strokeDash=[3, 3],
                    strokeWidth=1,
                    color=look.color("muted"),
                    tooltip=None,
                ),
                "encoding": {"x": {**x, "field": "a"}, "y": {**y, "field": "a"}},
            },
            whisker("y", y, color, x=x),
            layer(
                mark("point", filled=True, size=60, color=color),
                **at,
                opacity={"value": 1},
                tooltip=tooltip(
                    look,
                    predicted_text="at_risk.predicted",
                    happened_text="at_risk.happened",
                    interval_text="interval",
                    n="n",
                ),
            ),
        ],
        height=190,
    )
