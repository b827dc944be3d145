"""Contract terms: how many were renewed, and what is to come."""

from __future__ import annotations

from functools import lru_cache

import pandas

from cs_core.charts.drawing import Chart, Drawing, Spec, dimmed, layer, layered, one_row_per, pick
from cs_core.charts.marks import legend, mark, quantitative, when
from cs_core.charts.parts import (
    at_period,
    fixed_colors,
    float_or_none,
    interval_text,
    money_axis,
    period_axis,
    rate_axis,
    tooltip,
    whisker,
)
from cs_core.charts.theme import DEFAULT, Look
from cs_core.domain.periods import period_column_of
from cs_core.domain.proportion import SMALL_SAMPLE, wilson
from cs_core.text import numbers, t, ticks


@one_row_per("month", "period")
def renewal_rate(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """Renewal rate by month: points with 95 % Wilson whiskers, hollow below 30 terms, and the
    rate by MRR as diamonds.

    frame: rows of `renewals`, one per period; one without a rate is not drawn. picks: `period`.
    """
    rows = []
    for record in frame.to_dict("records"):
        due, renewed = record["due"], record["renewed"]
        rate = float_or_none(record["renewal_rate"])
        # A period that is not over has counts but no rate, and so no interval either.
        low, high = wilson(renewed, due) if rate is not None else (None, None)
        rows.append(
            {
                **at_period(record, period_column_of(frame), look),
                "rate": rate,
                "rate_mrr": float_or_none(record["renewal_rate_mrr"]),
                "low": low,
                "high": high,
                "small": due < SMALL_SAMPLE,
                "rate_text": numbers.rate(rate),
                "mrr_text": numbers.rate(float_or_none(record["renewal_rate_mrr"])),
                "interval_text": interval_text(low, high),
                "of_text": t("chart.of", look.language, part=renewed, whole=due),
            }
        )
    columns = ["period", "rate", "rate_mrr", "low", "high", "small"]
    columns += ["when", "rate_text", "interval_text", "of_text", "mrr_text"]
    return Drawing(_renewal_spec(look), pandas.DataFrame(rows, columns=columns), look, ("period",))


@Chart
def renewal_calendar(frame: pandas.DataFrame, look: Look = DEFAULT) -> Drawing:
    """MRR of the terms that end in each month: renewed, not renewed, and still to come (dashed).

    frame: `month`, `due`, `due_mrr`, `renewed_mrr`; a null `renewed_mrr` is still to come.
    picks: `period`.
    """
    rows = []
    column = period_column_of(frame)
    for record in frame.to_dict("records"):
        due, renewed = record["due_mrr"], record["renewed_mrr"]
        upcoming = float_or_none(renewed) is None
        parts = (
            {"upcoming": due} if upcoming else {"renewed": renewed, "not_renewed": due - renewed}
        )
        for part, amount in parts.items():
            rows.append(
                {
                    **at_period(record, column, look),
                    "part": part,
                    "value": float(amount),
                    "rank": 1 if part == "not_renewed" else 0,
                    "name": t(f"chart.{part}", look.language),
                    "amount_text": look.money(amount),
                    "due_text": numbers.count(record["due"]),
                }
            )
    columns = ["period", "part", "value", "rank", "when", "name", "amount_text", "due_text"]
    return Drawing(_calendar_spec(look), pandas.DataFrame(rows, columns=columns), look, ("period",))


@lru_cache(maxsize=64)
def _renewal_spec(look: Look) -> Spec:
    y = rate_axis("rate", domainMax=1, nice=True, zero=False)
    color = look.color("primary")
    tips = tooltip(
        look,
        when="period",
        rate_text="rate",
        interval_text="interval",
        of_text="renewed",
        mrr_text="rate_mrr",
    )
    return layered(
        look,
        "chart.description.renewal_rate",
        [
            whisker("y", y, color, tooltip=tips),
            layer(
                mark(
                    "point", shape="diamond", filled=True, size=40, color=look.colors("category")[1]
                ),
                "isValid(datum.rate_mrr)",
                y={**y, "field": "rate_mrr"},
                opacity=dimmed(),
                tooltip=tips,
            ),
            layer(
                mark("point", size=44, cursor="pointer", stroke=color),
                name="points",
                y=y,
                fill=when("datum.small", look.color("ground"), color),
                opacity=dimmed(),
                tooltip=tips,
            ),
        ],
        params=pick("points", "period"),
        encoding={"x": period_axis(look)},
    )


@lru_cache(maxsize=64)
def _calendar_spec(look: Look) -> Spec:
    parts = ["renewed", "not_renewed", "upcoming"]
    words = {part: t(f"chart.{part}", look.language) for part in parts}
    encoding: Spec = {
        "x": period_axis(look),
        "y": money_axis(look, "value"),
        "order": quantitative("rank"),
        "color": fixed_colors(
            "part",
            parts,
            [look.color(token) for token in ("primary", "churn", "neutral")],
            legend=legend(labelExpr=ticks.words(words)),
        ),
        "opacity": dimmed(),
        "tooltip": tooltip(look, when="period", name="part", amount_text="amount", due_text="due"),
    }
    bar = mark("bar", cursor="pointer", width={"expr": "min(bandwidth('x'), 44)"})
    upcoming = "datum.part === 'upcoming'"
    return layered(
        look,
        "chart.description.calendar",
        [
            layer(bar, f"!({upcoming})", name="bars", **encoding),
            layer({**bar, "fillOpacity": 0.15}, upcoming, **encoding),
            layer(
                {**bar, "filled": False, "strokeDash": [3, 2], "strokeWidth": 1},
                upcoming,
                **encoding,
            ),
        ],
        params=pick("bars", "period"),
    )
