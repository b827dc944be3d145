"""Churn: is it really changing, or is it noise?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas

from cs_core.domain import benchmarks
from cs_core.domain.periods import period_column_of
from cs_core.domain.proportion import SMALL_SAMPLE, wilson
from cs_core.errors import CannotAnswerError
from cs_core.text import inert, numbers
from pages.analyse.churn import causes, headline, lines
from pages.analyse.churn import study as churn_study
from pages.analyse.churn.study import Study
from pages.frame import here, loaders, problems, session
from pages.frame.here import Here
from pages.shared import compared, drill, filters, formulas, panels
from pages.shared.panels import How

WHAT = ("lost", "contraction")


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
    _list(on, study, by)
    with panels.beside():
        causes.reasons(on)
        causes.segments(on, study, by)
    with panels.folded("made-of", on.t("page.churn.made_of")), panels.beside():
        causes.mix(on, study, by, comparison)
        causes.hazard(on)
    with panels.folded("seasons", on.t("page.churn.seasons.title")):
        lines.seasons(on, study)
    if on.filters.period == "month":
        with panels.folded("benchmarks", on.t("page.churn.benchmarks.title")):
            _benchmarks(on, study)


def _list(on: Here, study: Study, by: str | None) -> None:
    options = churn_study.whole(on, by=by)
    rows = on.frame("churn", on.filters.options())
    label = period_column_of(rows)
    periods: Sequence[str] = [str(p) for p in reversed(rows[label].tolist())]
    latest = study.shown[-1] if study.shown else periods[0]

    def what(mark: session.Mark) -> str:
        return mark.get("what", WHAT[0])

    def cell(mark: session.Mark) -> dict[str, str] | None:
        at = {label: mark.get("period", latest)}
        if what(mark) == "lost":
            at["column"] = "lost_customers"
        else:
            at["movement"] = what(mark)
        if by and "segment" in mark:
            at[by] = mark["segment"]
        return at

    def title(mark: session.Mark) -> str:
        said = on.t(
            "page.churn.list_title",
            what=on.t(f"page.churn.what.{what(mark)}"),
            period=numbers.period(mark.get("period", latest), on.language),
        )
        return f"{said} ({inert(mark['segment'])})" if "segment" in mark else said

    choices = [
        drill.Choice("what", WHAT, lambda item: on.t(f"page.churn.what.{item}"), WHAT[0]),
        drill.Choice("period", periods, lambda p: numbers.period(p, on.language), latest),
    ]
    if by:
        known = [v for v in loaders.segment_values(on.dataset, by) if v is not None]
        choices.append(
            drill.Choice("segment", known, lambda v: filters.value_words(v, on.language))
        )
    drill.accounts(
        on,
        churn_study.PICKS,
        choices,
        metric="churn",
        options=options,
        at=cell,
        listing=lambda mark, found: drill.ledger_listing(on, title(mark), found),
        label=on.t("page.churn.list"),
    )


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
