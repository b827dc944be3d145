"""What is assumed to come, month by month, with its band: value, MRR, and who is still there."""

from __future__ import annotations

from functools import lru_cache

import pandas

from cs_core.charts.drawing import Chart, Drawing, Spec, layer, layered
from cs_core.charts.marks import between, label, mark, scale
from cs_core.charts.parts import float_or_none, money_axis, months_axis, quarters_axis, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import numbers, t

_HEIGHT = 280
_BANDS = (("low95", "high95", 0.13), ("low80", "high80", 0.20))


@Chart
def value_fan(
    frame: pandas.DataFrame, look: Look = DEFAULT, *, cac: float | None = None
) -> Drawing:
    """Gross margin collected per customer, by the months it took, with 80 % and 95 % bands.

    frame: `month` (0, 1, 2 …), `scenario`, `baseline`, `low80`, `high80`, `low95`, `high95` in
    money. cac: a dashed line at what the customer cost. Nothing can be picked.
    """
    marks = _marks(frame, look, "value")
    if cac:
        last = int(frame["month"].max())
        said = t("chart.lifetime.cac", look.language, value=look.money(cac))
        label = pandas.DataFrame([{"part": "cac", "month": last, "scenario": cac, "text": said}])
        marks = pandas.concat([marks, label], ignore_index=True)
    return Drawing(_spec(look, "value", _last(frame)), marks, look)


@Chart
def mrr_projection(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """MRR of today's customers and of those who will join, with 80 % and 95 % bands.

    frame: as for `value_fan`, in MRR; month 0 is today. Nothing can be picked.
    """
    return Drawing(_spec(look, "mrr", _last(frame)), _marks(frame, look, "mrr"), look)


@Chart
def staying(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Share of customers still there, as assumed and under the baseline.

    frame: `month` (completed months), `scenario`, `baseline` as shares. Nothing can be picked.
    """
    return Drawing(_spec(look, "staying", _last(frame)), _marks(frame, look, "staying"), look)


def _last(frame: pandas.DataFrame) -> int:
    return max(1, int(frame["month"].max()))


def _marks(frame: pandas.DataFrame, look: Look, kind: str) -> pandas.DataFrame:
    """Made column by column: this is drawn anew at every move of a slider."""

    def values(name: str) -> list[float | None]:
        if name not in frame.columns:
            return [None] * len(frame)
        return [float_or_none(value) for value in frame[name].tolist()]

    def say(value: float | None) -> str:
        return numbers.rate(value) if kind == "staying" else look.money(value)

    lines = {name: values(name) for name in ("scenario", "baseline")}
    bands = {name: values(name) for name in ("low80", "high80", "low95", "high95")}
    said = {name: [say(value) for value in line] for name, line in lines.items()}
    ends = zip(bands["low80"], bands["high80"], strict=True)
    months = [int(month) for month in frame["month"].tolist()]
    return pandas.DataFrame(
        {
            "part": "path",
            "month": months,
            **lines,
            **bands,
            "when": [numbers.months(month, look.language) for month in months],
            "scenario_text": said["scenario"],
            "baseline_text": said["baseline"],
            "interval_text": [f"{say(low)} – {say(high)}" for low, high in ends]
            if "low80" in frame.columns
            else "",
            "text": "",
        }
    )


@lru_cache(maxsize=256)
def _spec(look: Look, kind: str, last: int) -> Spec:
    x = months_axis("month", last, t(f"chart.lifetime.{kind}_axis", look.language), 7)
    if kind == "staying":
        y = quarters_axis("scenario")
    else:
        y = money_axis(look, "scenario", 6, scale=scale(nice=True, zero=True))
    color, path = look.color("primary"), {"filter": "datum.part === 'path'"}
    at: Spec = {"x": x, "y": y}
    layers = [
        layer(
            mark("area", color=color, fillOpacity=opacity, tooltip=None),
            [path],
            x=x,
            **between("y", y, low, high),
        )
        for low, high, opacity in (_BANDS if kind != "staying" else ())
    ]
    tips = {"when": "lifetime.after", "scenario_text": "lifetime.scenario"}
    if kind != "staying":
        tips["interval_text"] = "interval_80"
    tips["baseline_text"] = "lifetime.baseline"
    layers += [
        layer(
            mark(
                "line", color=look.color("muted"), strokeDash=[2, 3], strokeWidth=1.5, tooltip=None
            ),
            [path],
            x=x,
            y={**y, "field": "baseline"},
        ),
        layer(mark("line", color=color, strokeWidth=2, tooltip=None), [path], **at),
        layer(
            # The whole height of a month answers to the pointer.
            mark("rule", opacity=0, strokeWidth=10),
            [path],
            x=x,
            tooltip=tooltip(look, **tips),
        ),
    ]
    if kind == "value":
        cac = {"filter": "datum.part === 'cac'"}
        layers += [
            layer(
                mark(
                    "rule", color=look.color("text"), strokeDash=[4, 3], strokeWidth=1, tooltip=None
                ),
                [cac],
                y=y,
            ),
            label(at, [cac], align="right", baseline="bottom", dy=-4),
        ]
    return layered(look, f"chart.description.{kind}_path", layers, _HEIGHT)
