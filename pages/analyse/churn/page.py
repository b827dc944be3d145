"""Churn: is it really changing, or is it noise?"""

from __future__ import annotations

import pandas
import streamlit as st

from cs_core.domain import benchmarks
from cs_core.domain.proportion import SMALL_SAMPLE, wilson
from cs_core.errors import CannotAnswerError
from pages.analyse.churn import causes, headline, lines, who
from pages.analyse.churn import study as churn_study
from pages.analyse.churn.study import Study
from pages.frame import here, problems
from pages.frame.here import Here
from pages.shared import compared, formulas, panels, versus
from pages.shared.panels import How


def page(on: Here) -> None:
    if on.info.shape != "calendar":
        panels.empty(on.t("page.churn.no_calendar"))
        causes.hazard(on)
        return
    try:
        with churn_study.working(on):
            study = churn_study.study(on)
    except CannotAnswerError as error:
        panels.empty(problems.explain(error))
        return
    if not study.customers.series.periods:
        panels.empty(on.t("page.overview.no_complete_period"))
        return
    by = churn_study.by_column(on)
    comparison = churn_study.comparison(on, study, by) if by else None
    panels.tiles("churn", headline.tiles(on, study))
    with problems.boundary("sentences"):
        headline.sentences(on, study, by, comparison)
    lines.trend(on, study)
    who.draw(on, study, by)
    with panels.beside():
        causes.reasons(on)
        causes.segments(on, study, by)

    def made_of() -> None:
        with panels.beside():
            causes.mix(on, study, by, comparison)
            causes.hazard(on)

    panels.folded("made-of", on.t("page.churn.made_of"), made_of)
    versus.card(on)
    left, right = st.columns(2)
    with left:
        title = on.t("page.churn.seasons.title")
        panels.folded("seasons", title, lambda: lines.seasons(on, study))
    if on.filters.period == "month":
        with right:
            title = on.t("page.churn.benchmarks.title")
            panels.folded("benchmarks", title, lambda: _benchmarks(on, study))


def _benchmarks(on: Here, study: Study) -> None:
    of = study.customers.series
    lost, base = sum(of.lost[-12:]), sum(of.base[-12:])
    if base < SMALL_SAMPLE:
        return
    low, high = wilson(lost, base)
    compared.benchmarks(
        on,
        on.t("page.churn.benchmarks.title"),
        on.t("page.churn.benchmarks.line"),
        benchmarks.of_measure("monthly_churn"),
        (lost / base, low, high),
        How(
            "churn",
            churn_study.whole(on),
            pandas.DataFrame(),
            title=on.t("page.churn.benchmarks.title"),
            formula=formulas.ratio(
                (on.t("page.churn.how.lost"),),
                (on.t("page.churn.how.base"),),
                formulas.figure(lost),
                formulas.figure(base),
                formulas.percent(lost / base),
            ),
            lines=(on.t("page.churn.benchmarks.how"),),
            n=base,
        ),
    )


page(here.current())
