"""A fitted retention curve beside what was observed, and beside one constant churn rate."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pandas

from cs_core.charts.drawing import Chart, Drawing, Spec, layer, layered
from cs_core.charts.marks import mark
from cs_core.charts.parts import float_or_none, months_axis, quarters_axis, tooltip
from cs_core.charts.theme import DEFAULT, Look
from cs_core.text import numbers, t

_HEIGHT = 300


@Chart
def retention_fit(
    frame: pandas.DataFrame, look: Look = DEFAULT, *, model: str = "sbg", until: int | None = None
) -> Drawing:
    """Shares of customers still there by months: seen (dots), fitted (line), constant churn
    (dotted). What the fit did not see is dashed, and its beginning marked.

    frame: `age`, `observed` (null where not seen), `at_risk`, `fitted`, `naive`. model: sbg, bdw
    or geometric, for its label. until: the last age the fit saw, if it did not see all. Nothing
    can be picked.
    """
    rows: list[dict[str, Any]] = []
    for record in frame.to_dict("records"):
        age = int(record["age"])
        observed = float_or_none(record["observed"])
        rows.append(
            {
                "part": "age",
                "age": age,
                "observed": observed,
                "fitted": float_or_none(record["fitted"]),
                "naive": float_or_none(record["naive"]),
                "seen": until is None or age <= until,
                "ahead": until is not None and age >= until,
                "when": numbers.months(age, look.language),
                "observed_text": numbers.rate(observed),
                "fitted_text": numbers.rate(float_or_none(record["fitted"])),
                "naive_text": numbers.rate(float_or_none(record["naive"])),
                "at_risk_text": numbers.count(record["at_risk"], look.language, accounts=True),
            }
        )
    if rows:
        last = rows[-1]
        keys = {"fitted": model, "naive": "constant"}
        order = sorted(keys, key=lambda line: -last[line])
        for line, slot in zip(order, ("upper", "lower"), strict=True):
            name = t(f"chart.lifetime.{keys[line]}", look.language)
            label = {"part": "label", "age": last["age"], "fitted": last[line]}
            rows.append({**label, "slot": slot, "text": name})
        if until is not None:
            held = t("chart.lifetime.held_back", look.language)
            rows.append({"part": "until", "age": until, "text": held})
    columns = ["part", "age", "observed", "fitted", "naive", "seen", "ahead", "when"]
    columns += ["observed_text", "fitted_text", "naive_text", "at_risk_text", "slot", "text"]
    longest = max([1, *(row["age"] for row in rows)])
    return Drawing(_spec(look, longest), pandas.DataFrame(rows, columns=columns), look)


@lru_cache(maxsize=64)
def _spec(look: Look, longest: int) -> Spec:
    x = months_axis("age", longest, t("chart.lifetime.staying_axis", look.language))
    y = quarters_axis("fitted")
    primary, muted = look.color("primary"), look.color("muted")

    def line(field: str, test: str, **mark: Any) -> Spec:
        return layer(
            {"type": "line", "tooltip": None, **mark},
            f"datum.part === 'age' && {test}",
            x=x,
            y={**y, "field": field},
        )

    until = [{"filter": "datum.part === 'until'"}]
    tips = tooltip(
        look,
        when="tenure",
        observed_text="lifetime.observed",
        fitted_text="lifetime.fitted",
        naive_text="lifetime.constant",
        at_risk_text="observed_still",
    )
    return layered(
        look,
        "chart.description.retention_fit",
        [
            layer(
                mark("rule", color=muted, strokeDash=[4, 3], strokeWidth=1, tooltip=None),
                until,
                x=x,
            ),
            layer(
                mark("text", align="left", dx=5, color=muted),
                until,
                x=x,
                y={"value": 6},
                text={"field": "text"},
            ),
            line("naive", "true", color=muted, strokeDash=[2, 3], strokeWidth=1.5),
            line("fitted", "datum.seen", color=primary, strokeWidth=2),
            line("fitted", "datum.ahead", color=primary, strokeWidth=2, strokeDash=[6, 4]),
            layer(
                mark(
                    "point",
                    filled=True,
                    size=34,
                    color=look.color("text"),
                    opacity=0.75,
                    tooltip=None,
                ),
                "datum.part === 'age' && isValid(datum.observed)",
                x=x,
                y={**y, "field": "observed"},
            ),
            layer(
                mark("rule", opacity=0, strokeWidth=10), "datum.part === 'age'", x=x, tooltip=tips
            ),
            *_label(look, x, y, "upper"),
            *_label(look, x, y, "lower"),
        ],
        padding={"left": 2, "right": 8, "top": 8, "bottom": 4},
        height=_HEIGHT,
    )


def _label(look: Look, x: Spec, y: Spec, slot: str) -> list[Spec]:
    """The name of the upper line stands above its end, that of the lower one below; a halo keeps
    it clear of the dots."""
    above = slot == "upper"
    words = mark(
        "text",
        align="right",
        dx=-4,
        baseline="bottom" if above else "top",
        dy=-10 if above else 9,
        fontWeight=600,
        color=look.color("text"),
        tooltip=None,
    )
    halo = {**words, "stroke": look.color("ground"), "strokeWidth": 5, "strokeJoin": "round"}
    return [
        layer(
            part,
            f"datum.part === 'label' && datum.slot === '{slot}'",
            x=x,
            y=y,
            text={"field": "text"},
        )
        for part in (halo, words)
    ]
