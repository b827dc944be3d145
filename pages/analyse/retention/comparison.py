"""The card that sets one cohort against all earlier ones."""

from __future__ import annotations

import pandas
import streamlit as st

from cs_core import charts
from cs_core.studies import cohorts as analysis
from cs_core.text import numbers
from pages.frame import loaders, session
from pages.frame.here import Here
from pages.shared import formulas, panels
from pages.shared.panels import How

PICKS = "against"


def card(on: Here) -> None:
    """All cohorts of the data stand on the other side, whatever range is shown."""
    options = on.filters.options(first=None)
    rows = on.frame("cohorts", options)
    known, proposed = loaders.derived(
        on.dataset,
        "against-cohorts",
        (options, on.currency),
        lambda: (analysis.comparable(rows), analysis.proposed(rows)),
    )
    if not known:
        return
    asked = (session.picked(PICKS) or {}).get("cohort")
    cohort = asked if asked in known else proposed
    assert cohort is not None
    title = on.t("page.retention.against.title")
    with panels.card(
        "against",
        title,
        on.t("page.retention.against.line"),
        stretch=False,
        aside=lambda: _choose(on, known, cohort),
    ):
        frame = loaders.derived(
            on.dataset,
            "against",
            (options, on.currency, cohort),
            lambda: analysis.against_earlier(rows, cohort),
        )
        drawing = loaders.drawing(
            on.dataset,
            "against",
            (on.look, options, on.currency, cohort),
            lambda: charts.cohort_difference.draw(frame, on.look),
        )
        panels.chart("against", drawing)
        st.markdown(f":small[:gray[{_sentence(on, frame, cohort)}]]")
        last = frame.iloc[-1]
        panels.foot(
            on,
            "against",
            How(
                "cohorts",
                options,
                frame,
                title=f"{title}, {numbers.period(cohort, on.language)}",
                formula=rf"\frac{{{last['kept']:.0f}}}{{{last['began']:.0f}}} - "
                rf"\frac{{{last['earlier_kept']:.0f}}}{{{last['earlier_began']:.0f}}} = "
                + formulas.percent(float(last["difference"])),
                lines=(on.t("page.retention.against.how"),),
                n=int(last["began"]),
                rates=("difference", "low", "high"),
            ),
            drawing,
            title,
        )


def _choose(on: Here, known: list[str], cohort: str) -> None:
    key = f"against-{on.language}"
    session.mirror(key, cohort)
    st.selectbox(
        on.t("panel.choose.cohort"),
        known,
        format_func=lambda item: numbers.period(item, on.language),
        key=key,
        label_visibility="collapsed",
        width=160,
        on_change=lambda: session.pick(PICKS, {"cohort": session.value(key)}),
    )


def _sentence(on: Here, frame: pandas.DataFrame, cohort: str) -> str:
    """The oldest age, where most is known; clear only where the interval leaves 0 out."""
    last = frame.iloc[-1]
    key = "more" if last["low"] > 0 else "fewer" if last["high"] < 0 else "alike"
    return on.t(
        f"page.retention.against.{key}",
        cohort=numbers.period(cohort, on.language),
        age=int(last["age"]),
        own=f"{last['kept']:.0f}/{last['began']:.0f}",
        share=numbers.rate(last["earlier_kept"] / last["earlier_began"], 0),
        gap=numbers.points(float(last["difference"])),
        low=numbers.points(float(last["low"])),
        high=numbers.points(float(last["high"])),
    )
