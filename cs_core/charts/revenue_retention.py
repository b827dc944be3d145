"""What is left of the MRR of a year ago: NRR and GRR."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pandas

from cs_core.charts.drawing import Drawing, Spec, layer, layered, one_row_per, pick, reference
from cs_core.charts.marks import between, label, mark
from cs_core.charts.parts import (
    at_period,
    fixed_colors,
    float_or_none,
    interval_text,
    period_axis,
    rate_axis,
    spread,
    tooltip,
)
from cs_core.charts.theme import DEFAULT, Look
from cs_core.domain.periods import period_column_of
from cs_core.text import numbers, t


@one_row_per("month", "period")
def retention_history(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """NRR and GRR by month with their 95 % limits, direct labels and a rule at 100 %.

    frame: rows of `retention`, one per period; without limits there are no bands. picks: `period`.
    """
    rows: list[dict[str, Any]] = []
    last: dict[str, dict[str, Any]] = {}
    for record in frame.to_dict("records"):
        for series in ("nrr", "grr"):
            value = float_or_none(record[series])
            low, high = (float_or_none(record.get(f"{series}_{end}")) for end in ("low", "high"))
            row: dict[str, Any] = {
                **at_period(record, period_column_of(frame), look),
                "series": series,
                "value": value,
                "part": "line",
                "name": t(f"chart.{series}", look.language),
                "rate_text": numbers.rate(value),
                "low": low,
                "high": high,
                "interval_text": interval_text(low, high),
            }
            rows.append(row)
            if value is not None:
                last[series] = row
    # From the bottom up: where both are equal, NRR stands above, as it is never less.
    ends = [last[series] for series in ("grr", "nrr") if series in last]
    drawn = [row[name] for row in rows for name in ("value", "low", "high")]
    values = [value for value in drawn if value is not None]
    extent = max([1.0, *values]) - min([1.0, *values])
    flat = extent < _FLAT
    extent = 2 * _FLAT if flat else extent
    placed = spread([row["value"] for row in ends], extent * 0.07, min([1.0, *values]), 9.9)
    for row, height in zip(ends, placed, strict=True):
        text = f"{row['name']} {numbers.rate(row['value'], 0)}"
        rows.append({**row, "part": "end"})
        rows.append({**row, "part": "label", "value": height, "text": text})
    columns = [
        "period", "series", "value", "part", "when", "name", "rate_text", "low", "high",
        "interval_text", "text",
    ]  # fmt: skip
    marks = pandas.DataFrame(rows, columns=columns)
    return Drawing(_history_spec(look, flat), marks, look, ("period",))


# Everything this close to 100 % is drawn within twice as much on both sides: a hair is no slope.
_FLAT = 0.05


@lru_cache(maxsize=64)
def _history_spec(look: Look, flat: bool) -> Spec:
    x = period_axis(look, "point")
    y = rate_axis("value", zero=False, **({"domain": [1 - _FLAT, 1 + _FLAT]} if flat else {}))
    category = look.colors("category")
    color = fixed_colors("series", ["nrr", "grr"], category[:2])
    tips = tooltip(
        look, when="period", name="rate", rate_text="retention", interval_text="interval"
    )
    line = {"filter": "datum.part === 'line' && isValid(datum.value)"}
    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.retention",
        [
            reference({"strokeDash": [4, 3], "color": look.color("muted")}, "y", 1),
            layer(
                mark("area", fillOpacity=0.13, tooltip=None),
                "datum.part === 'line' && isValid(datum.low)",
                x=x,
                **between("y", y, "low", "high"),
                color=color,
            ),
            layer(mark("line", strokeWidth=2, tooltip=None), [line], **at, color=color),
            layer(
                mark("point", filled=True, size=120, cursor="pointer"),
                [line],
                name="targets",
                **at,
                color=color,
                opacity={"condition": {"param": "pick", "empty": False, "value": 1}, "value": 0},
                tooltip=tips,
            ),
            layer(
                mark("point", filled=True, size=40, opacity=1),
                "datum.part === 'end'",
                **at,
                color=color,
                tooltip=tips,
            ),
            label(at, "datum.part === 'label'", align="left", dx=8, fontWeight=600),
        ],
        params=pick("targets", "period"),
        padding={"left": 2, "right": 8, "top": 8, "bottom": 4},
    )
