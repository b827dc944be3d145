"""Who began without paying, and which share became customers: trials, and free plans."""

from __future__ import annotations

import pandas
import streamlit as st

from cs_core import charts
from cs_core.text import numbers
from pages.frame import loaders
from pages.frame.here import Here
from pages.shared import definition_effects, formulas, panels
from pages.shared.panels import How

DAYS = 90  # of the freemium sentence
# Without a trial, or a line that earns nothing, the policy is idle and there is nothing to ask.
CAUSES = {"trials": "trial", "freemium": "zero_mrr"}


def draw(on: Here) -> None:
    """A card for each that the data has; nothing where nobody began without paying."""
    if on.info.shape == "tenure":
        return
    idle = definition_effects.idle(on)
    for metric, cause in CAUSES.items():
        if cause in idle:
            continue
        rows = on.frame(metric, on.filters.options())
        if rows["started"].sum():
            _card(on, metric, rows)


def _card(on: Here, metric: str, rows: pandas.DataFrame) -> None:
    named = rows[rows["within_days"] == DAYS] if metric == "freemium" else rows
    started, matured = int(named["started"].sum()), int(named["matured"].sum())
    converted = int(named["converted"].sum())
    words = f"page.conversion.{metric}"
    share = numbers.rate(converted / matured) if matured else ""
    line = on.t(f"{words}.line", share=share, n=numbers.count(matured), days=DAYS)
    with panels.card(metric, on.t(f"{words}.title"), line if matured else "", stretch=False):
        if not rows["matured"].sum():
            panels.empty(on.t(f"{words}.waiting", n=numbers.count(started), days=30))
            return
        drawing = loaders.drawing(
            on.dataset,
            metric,
            (on.look, on.filters),
            lambda: charts.conversion_rate.draw(rows, on.look),
        )
        panels.chart(metric, drawing)
        running = started - matured if metric == "trials" else 0
        still = on.t(f"{words}.open", n=numbers.count(running)) if running else ""
        key = on.t(f"{words}.key", open=still)
        st.markdown(f":small[:gray[{key}]]")
        bottom = "matured" if metric == "trials" else "matured_free"
        panels.foot(
            on,
            metric,
            lambda: How(
                metric,
                on.filters.options(),
                rows,
                title=on.t(f"{words}.title"),
                formula=formulas.ratio(
                    (on.t("page.conversion.how.converted"),),
                    (on.t(f"page.conversion.how.{bottom}"),),
                    formulas.figure(converted),
                    formulas.figure(matured),
                    formulas.percent(converted / matured if matured else None),
                ),
                lines=(on.t(f"{words}.how"),),
                n=matured,
                rates=("conversion_rate", "low", "high"),
            ),
            drawing,
            on.t(f"{words}.title"),
        )
