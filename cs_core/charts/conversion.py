"""Which share of those who began without paying became customers, by when they began."""

from __future__ import annotations

from functools import lru_cache

import pandas

from cs_core.charts.drawing import Chart, Drawing, Spec, layer, layered
from cs_core.charts.marks import between, mark, nominal, scale
from cs_core.charts.parts import at_period, float_or_none, interval, period_axis, rate_axis, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.domain.periods import period_column_of
from cs_core.text import numbers, t, ticks

_COLUMNS = ("period", "series", "rate", "low", "high", "small")
_WORDS = ("when", "who", "rate_text", "interval_text", "of_text")


@Chart
def conversion_rate(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Conversion by cohort: points with 95 % Wilson whiskers, hollow below 30 matured starts.

    frame: rows of `trials`, or of `freemium` (a line for each number of days, its interval in the
    tooltip). A cohort without a rate is not drawn.
    """
    rows = []
    several = "within_days" in frame.columns
    for record in frame.to_dict("records"):
        rate = float_or_none(record["conversion_rate"])
        if rate is None:
            continue
        days = record["within_days"] if several else 0
        part, whole = numbers.count(record["converted"]), numbers.count(record["matured"])
        rows.append(
            {
                **at_period(record, period_column_of(frame), look),
                "series": str(days),
                "rate": rate,
                **interval(record),
                "small": bool(record["small_sample"]),
                "who": t("chart.within_days", look.language, n=days) if several else "",
                "rate_text": numbers.rate(rate),
                "of_text": t("chart.of", look.language, part=part, whole=whole),
            }
        )
    found = pandas.DataFrame(rows, columns=[*_COLUMNS, *_WORDS])
    series = tuple(dict.fromkeys(found["series"]))
    return Drawing(_spec(look, series if several else ()), found, look)


@lru_cache(maxsize=64)
def _spec(look: Look, series: tuple[str, ...]) -> Spec:
    y = rate_axis("rate", zero=True)
    names = {days: t("chart.within_days", look.language, n=days) for days in series}
    more = {"who": "within"} if series else {}
    tips = tooltip(
        look, when="period", **more, rate_text="rate", interval_text="interval", of_text="converted"
    )
    color = nominal(
        "series",
        scale=scale(
            domain=list(series) or ["0"],
            range=look.colors("category")[: len(series)] or [look.color("primary")],
        ),
        legend={"labelExpr": ticks.words(names)} if series else None,
    )
    whiskers = layer(
        mark("rule", opacity=0.55, strokeWidth=1.5), **between("y", y, "low", "high"), tooltip=tips
    )
    line = layer(mark("line", strokeWidth=2, tooltip=None), y=y)
    points = layer(
        mark("point", size=44),
        y=y,
        fill={
            "condition": {"test": "datum.small", "value": look.color("ground")},
            "field": "series",
            "type": "nominal",
            "scale": color["scale"],
            "legend": None,
        },
        tooltip=tips,
    )
    return layered(
        look,
        "chart.description.conversion",
        [line if series else whiskers, points],
        encoding={"x": period_axis(look, "band"), "color": color},
        height=240,
    )
