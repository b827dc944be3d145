"""How far a cohort's retention lies from that of the earlier ones, age by age."""

from __future__ import annotations

from functools import lru_cache

import pandas

from cs_core.charts.drawing import Chart, Drawing, Spec, layer, layered, reference
from cs_core.charts.marks import axis, mark, ordinal, quantitative, scale, when
from cs_core.charts.parts import tooltip, whisker
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import numbers, t


@Chart
def cohort_difference(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Differences in percentage points with 95 % whiskers around a rule at 0; filled where the
    whisker leaves 0 out.

    frame: `age`, `kept`, `began`, `earlier_kept`, `earlier_began`, `difference`, `low`, `high`.
    Nothing can be picked.
    """
    rows = [
        {
            "age": int(row["age"]),
            "difference": float(row["difference"]),
            "low": float(row["low"]),
            "high": float(row["high"]),
            "clear": bool(row["low"] > 0 or row["high"] < 0),
            "gap_text": numbers.points(row["difference"]),
            "interval_text": f"{numbers.points(row['low'])} – {numbers.points(row['high'])}",
            "own_text": t("chart.of", look.language, part=row["kept"], whole=row["began"]),
            "earlier_text": t(
                "chart.of", look.language, part=row["earlier_kept"], whole=row["earlier_began"]
            ),
        }
        for row in frame.to_dict("records")
    ]
    columns = ["age", "difference", "low", "high", "clear"]
    columns += ["gap_text", "interval_text", "own_text", "earlier_text"]
    return Drawing(_spec(look), pandas.DataFrame(rows, columns=columns), look)


@lru_cache(maxsize=64)
def _spec(look: Look) -> Spec:
    size = "round(abs(datum.value) * 1000) / 10"
    sign = f"(datum.value > 0 ? '+' : datum.value < 0 ? '{numbers.MINUS}' : '')"
    many = "length(domain('x')) > 14 && datum.value % 3 != 0"
    x = ordinal(
        "age",
        scale=scale(type="point", padding=0.5),
        axis=axis(
            labelAngle=0,
            labelExpr=f"{many} ? '' : datum.value",
            labelOverlap=False,
            title=t("chart.age", look.language),
        ),
    )
    y = quantitative("difference", axis=axis(labelExpr=f"{sign} + {size}", tickCount=5))
    primary = look.color("primary")
    tips = tooltip(
        look, gap_text="change", interval_text="interval", own_text="cohort", earlier_text="earlier"
    )
    at: Spec = {"x": x, "y": y}
    return layered(
        look,
        "chart.description.cohort_difference",
        [
            reference({"color": look.color("muted"), "strokeWidth": 1}, "y", 0),
            whisker("y", y, primary, x=x, tooltip=tips),
            layer(
                mark("point", size=50, stroke=primary, opacity=1),
                **at,
                fill=when("datum.clear", primary, look.color("ground")),
                tooltip=tips,
            ),
        ],
    )
