"""Churn: is it really changing, or is it noise?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas
import streamlit as st

from cs_core import benchmarks, charts
from cs_core.analysis import churn as analysis
from cs_core.analysis.churn import Comparison, Trend
from cs_core.charts.rates import ChangePoint
from cs_core.errors import CannotAnswerError
from cs_core.models import churn_facts
from cs_core.models.proportion import wilson
from cs_core.text import inert, numbers
from pages.shared import (
    churn_causes,
    churn_study,
    compared,
    drill,
    facts,
    filters,
    formulas,
    here,
    loaders,
    panels,
    problems,
    session,
)
from pages.shared.churn_study import Study
from pages.shared.here import Here
from pages.shared.panels import How, Tile

PICKS = "churn"
MANY_OUTSIDE = 0.1  # share of periods; beyond it chance alone does not describe the series


def page(on: Here) -> None:
    if on.info.shape != "calendar":
        panels.empty(on.t("page.churn.no_calendar"))
        churn_causes.hazard(on)
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
    panels.tiles("churn", _tiles(on, study))
    with problems.boundary("sentences"):
        _sentences(on, study, by, comparison)
    _trend(on, study)
    _list(on, study, by)
    left, right = st.columns(2)
    with left:
        churn_causes.mix(on, study, by, comparison)
    with right:
        churn_causes.hazard(on)
    left, right = st.columns(2)
    with left:
        churn_causes.reasons(on)
    with right:
        churn_causes.segments(on, study, by)
    _seasons(on, study)
    if on.filters.period == "month":
        _benchmarks(on, study)


# -- tiles and sentences ------------------------------------------------------------------


def _tiles(on: Here, study: Study) -> list[Tile]:
    return [_latest(on, study), _level(on, study), _ahead(on, study), _error(on, study)]


def _latest(on: Here, study: Study) -> Tile:
    of, point = study.customers.series, study.customers.points[-1]
    base, lost, rate = of.base[-1], of.lost[-1], of.rates[-1]
    mood: Literal["good", "bad", "usual"] = "usual"
    if point.outside:
        mood = "bad" if point.outside == "above" else "good"
    limits = ""
    if not sum(of.lost):
        limits = on.t("page.churn.tile.at_most", rate=numbers.rate(wilson(0, sum(of.base))[1]))
    elif point.low is not None and point.high is not None:
        low, high = numbers.rate(point.low).rstrip("%"), numbers.rate(point.high)
        limits = on.t("page.churn.tile.limits", low=low, high=high)
    few = base < churn_study.FEW_CUSTOMERS
    return Tile(
        numbers.period(of.periods[-1], on.language),
        numbers.MISSING if not base else f"{lost}/{base}" if few else numbers.rate(rate),
        help=on.t("page.overview.help.customer_churn_rate"),
        delta=None if few or rate is None else on.t(f"page.churn.tile.{point.outside or 'inside'}"),
        mood=mood,
        arrow=False,
        note=on.t("panel.small_sample", n=numbers.count(base))
        if base < churn_study.SMALL_SAMPLE
        else limits,
        warn=base < churn_study.SMALL_SAMPLE,
    )


def _level(on: Here, study: Study) -> Tile:
    of, changes = study.customers.series, study.customers.changes
    if changes:
        last = changes[-1]
        n = sum(of.base[last.index :])
        return Tile(
            on.t(
                "page.churn.tile.since", period=numbers.period(of.periods[last.index], on.language)
            ),
            numbers.rate(last.after),
            help=on.t("page.churn.tile.since_help"),
            delta=numbers.points(last.after - last.before, minus="-"),
            versus=on.t("page.churn.tile.vs_before"),
            mood="bad" if last.after > last.before else "good",
            note=on.t("page.churn.tile.p", p=facts.probability(last.p), n=numbers.count(n)),
        )
    lost, base = sum(of.lost), sum(of.base)
    return Tile(
        on.t("page.churn.tile.level", n=numbers.count(len(of))),
        f"{lost}/{base}" if study.few else numbers.rate(lost / base if base else None),
        help=on.t("page.churn.tile.level_help"),
        delta=on.t("page.churn.tile.no_change"),
        arrow=False,
        note=on.t("page.churn.tile.of", lost=numbers.count(lost), base=numbers.count(base)),
    )


def _ahead(on: Here, study: Study) -> Tile:
    found = study.customers.forecast
    assert found is not None
    count = numbers.count(len(study.customers.ahead))
    label = on.t(f"page.churn.tile.forecast.{on.filters.period}", n=count)
    if not found.steps or study.few:
        note = "page.churn.too_few" if study.few else "model.note.nothing_observed"
        return Tile(label, numbers.MISSING, note=on.t(note))
    first = found.steps[0]
    delta, versus = None, ""
    if first.low80 is not None:
        low, high = numbers.rate(first.low80).rstrip("%"), numbers.rate(first.high80)
        delta = f"80%: {low}–{high}"
        versus = on.t(
            "page.churn.tile.in_period",
            period=numbers.short_period(study.customers.ahead[0], on.language).split(" ")[0],
        )
    mean = sum(step.rate for step in found.steps) / len(found.steps)
    shown = "model" if found.beats_naive else "naive" if found.model else "unchecked"
    return Tile(
        label,
        numbers.rate(mean),
        help=on.t("page.churn.tile.forecast_help"),
        delta=delta,
        versus=versus,
        arrow=False,
        note=on.t(f"page.churn.tile.shown.{shown}"),
    )


def _error(on: Here, study: Study) -> Tile:
    found = study.customers.forecast
    assert found is not None
    label = on.t("page.churn.tile.error")
    if found.model_error is None or found.naive_error is None:
        flat = "no_variation" in found.notes
        note = on.t(f"page.churn.tile.{'flat' if flat else 'no_backtest'}")
        return Tile(label, numbers.MISSING, note=note)
    covered = numbers.rate(found.coverage80, 0)
    return Tile(
        label,
        facts.points_off(found.model_error),
        help=on.t("page.churn.tile.error_help", n=found.origins),
        delta=on.t("page.churn.tile.naive", error=facts.points_off(found.naive_error)),
        arrow=False,
        note="" if found.coverage80 is None else on.t("page.churn.tile.covered", share=covered),
    )


def _sentences(on: Here, study: Study, by: str | None, comparison: Comparison | None) -> None:
    trend = study.customers
    periods = trend.series.periods
    assert trend.forecast is not None
    said = [_level_sentence(on, study)]
    if by and comparison and comparison.shift and churn_study.tells(study, comparison):
        mix = facts.sentence(on, churn_facts.mix_fact(comparison.shift), periods)
        said.append(mix + on.t("page.churn.mix.between", **churn_study.between(on, by, comparison)))
    elif not study.few:
        said.append(facts.sentence(on, churn_facts.outside_fact(trend.chart), periods))
    if "no_variation" in trend.forecast.notes:
        said.append(on.t("page.churn.flat"))
    elif not study.few:
        said.append(facts.sentence(on, churn_facts.forecast_fact(trend.forecast), periods))
    with st.container(key="sentences"):
        st.markdown("\n".join(f"- {line}" for line in said))


# -- the series ---------------------------------------------------------------------------


def _level_sentence(on: Here, study: Study) -> str:
    of = study.customers.series
    lost, base, periods = sum(of.lost), sum(of.base), numbers.count(len(of))
    if study.few:
        return on.t("page.churn.few", lost=lost, base=base, periods=periods)
    if not lost and base:
        most = numbers.rate(wilson(0, base)[1])
        return on.t("page.churn.nobody", periods=periods, rate=most)
    fact = churn_facts.trend_fact(study.customers.chart, study.customers.changes)
    return facts.sentence(on, fact, of.periods)


def _trend(on: Here, study: Study) -> None:
    money = churn_study.measure() == "mrr"
    title = on.t(f"page.churn.trend.{churn_study.measure()}.{on.filters.period}")
    trend = churn_study.mrr_trend(on, study) if money else study.customers
    with panels.card(
        "trend",
        title,
        facts.plainly(_trend_line(on, trend, study)),
        stretch=False,
        aside=lambda: churn_study.draw_measure(on),
    ):
        frame = analysis.limits_frame(trend, study.first)
        if study.few and not money:
            _counts(on, study)
            return
        drawing = loaders.drawing(
            on.dataset,
            "churn-trend",
            (on.look, *churn_study.key(on), money),
            lambda: charts.rate_with_limits.draw(
                frame,
                on.look,
                changes=_changes(study) if not money else (),
                forecast=analysis.forecast_frame(trend),
            ),
        )
        panels.chart("trend", drawing, picks=PICKS, start=_point_of)
        st.markdown(f":small[:gray[{_trend_key(on, study, money)}]]")
        panels.foot(on, "trend", _trend_how(on, study, trend, frame, money), drawing, title)


def _counts(on: Here, study: Study) -> None:
    """A few customers have no rate: who left, of how many, period by period."""
    of = study.customers.series
    shown = len(study.shown)
    rows = pandas.DataFrame(
        {
            "period": [numbers.period(label, on.language) for label in study.shown],
            "lost": of.lost[len(of) - shown :],
            "base": of.base[len(of) - shown :],
        }
    )
    names = {
        "period": on.t("chart.period"),
        "lost": on.t("page.churn.what.lost"),
        "base": on.t("page.churn.how.base"),
    }
    st.markdown(f":small[:gray[{on.t('panel.too_few')}]]")
    panels.table(on, rows, key="churn-counts", names=names)


def _point_of(mark: session.Mark) -> dict[str, object] | None:
    return {"period": mark["period"]} if "period" in mark else None


def _changes(study: Study) -> list[ChangePoint]:
    periods = study.customers.series.periods
    return [
        ChangePoint(periods[change.index], change.p)
        for change in study.customers.changes
        if periods[change.index] in study.shown[1:]
    ]


def _trend_line(on: Here, trend: Trend, study: Study) -> str:
    """Which shown periods stand out, and whether chance describes the series at all."""
    shown = len(study.shown)
    points = trend.points[len(trend.points) - shown :]
    chart = type(trend.chart)(trend.chart.centre, points, trend.dispersion)
    said = facts.sentence(on, churn_facts.outside_fact(chart), study.shown)
    if sum(point.outside is not None for point in points) > max(2, MANY_OUTSIDE * shown):
        said += " " + on.t("page.churn.trend.more_than_chance")
    return said


def _trend_key(on: Here, study: Study, money: bool) -> str:
    parts = [on.t("page.churn.trend.key")]
    forecast = study.customers.forecast
    if not money and forecast and forecast.steps and forecast.steps[0].low80 is not None:
        parts.append(on.t("page.churn.trend.key_forecast"))
    if money:
        parts.append(on.t("page.churn.trend.key_mrr"))
    rows = on.frame("churn", on.filters.options())
    partial = rows[rows["partial"].astype(bool)]
    if len(partial):
        label = str(partial[analysis.label_of(rows)].iloc[-1])
        period = numbers.period(label, on.language)
        parts.append(on.t("page.churn.trend.key_partial", period=period))
    return on.t("filter.separator").join(parts)


def _trend_how(on: Here, study: Study, trend: Trend, frame: pandas.DataFrame, money: bool) -> How:
    of = trend.series
    period = numbers.period(of.periods[-1], on.language)
    if money:
        top, bottom = of.lost_mrr[-1], of.opening_mrr[-1]
        over, under = (formulas.figure(value, on.currency) for value in (top, bottom))
        words: tuple[str, ...] = (
            on.t("chart.movements.churn"),
            on.t("chart.movements.contraction"),
        )
        beneath = (on.t("chart.movements.opening"),)
        value = float(top / bottom) if bottom else None
        lines = [on.t("page.churn.how.bootstrap")]
    else:
        over, under = formulas.figure(of.lost[-1]), formulas.figure(of.base[-1])
        words = (on.t("page.churn.how.lost"),)
        beneath = (on.t("page.churn.how.base"),)
        value = of.rates[-1]
        lines = [on.t("page.churn.how.limits"), on.t("page.churn.how.change"), _trust(on, study)]
    lines.append(on.t("page.churn.how.all", n=numbers.count(len(of))))
    return How(
        "mrr_losses" if money else "churn",
        churn_study.whole(on),
        frame,
        title=f"{on.t(f'page.churn.trend.{churn_study.measure()}.{on.filters.period}')}, {period}",
        formula=formulas.ratio(words, beneath, over, under, formulas.percent(value)),
        lines=tuple(line for line in lines if line),
        n=of.base[-1],
        rates=("rate", "centre", "lower", "upper"),
    )


def _trust(on: Here, study: Study) -> str:
    """How the forecast was made, and how far it held in the past."""
    found = study.customers.forecast
    assert found is not None
    notes = " ".join(on.t(f"model.note.{note}") for note in found.notes)
    if found.model is None or found.model_error is None or found.naive_error is None:
        return notes
    return on.t(
        "page.churn.how.forecast",
        model=on.t(f"page.churn.model.{found.model}"),
        origins=numbers.count(found.origins),
        error=facts.points_off(found.model_error),
        naive=facts.points_off(found.naive_error),
        covered80=numbers.rate(found.coverage80, 0),
        covered95=numbers.rate(found.coverage95, 0),
        notes=notes,
    )


# -- who left -----------------------------------------------------------------------------

WHAT = ("lost", "contraction")


def _list(on: Here, study: Study, by: str | None) -> None:
    options = churn_study.whole(on, by=by)
    rows = on.frame("churn", on.filters.options())
    label = analysis.label_of(rows)
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
        PICKS,
        choices,
        metric="churn",
        options=options,
        at=cell,
        listing=lambda mark, found: drill.ledger_listing(on, title(mark), found),
        label=on.t("page.churn.list"),
    )


# -- seasons and what others report -------------------------------------------------------


def _seasons(on: Here, study: Study) -> None:
    trend = churn_study.mrr_trend(on, study) if churn_study.measure() == "mrr" else study.customers
    title = on.t("page.churn.seasons.title")
    line = on.t("page.churn.seasons.line") if trend.seasons else ""
    with panels.card("seasons", title, line, stretch=False):
        if trend.seasons is None:
            need = {"month": 24, "quarter": 8}.get(on.filters.period, 0)
            key = "needs" if need else "no_season"
            panels.empty(
                on.t(
                    f"page.churn.seasons.{key}",
                    need=need,
                    have=len(trend.series) - analysis.settled_from(trend.series),
                ),
            )
            return
        frame = analysis.seasons_frame(trend)
        drawing = loaders.drawing(
            on.dataset,
            "seasons",
            (on.look, *churn_study.key(on), churn_study.measure()),
            lambda: charts.decomposition.draw(frame, on.look),
        )
        panels.chart("seasons", drawing)
        st.markdown(f":small[:gray[{_season_sentence(on, trend)}]]")
        panels.foot(
            on,
            "seasons",
            How(
                "churn",
                churn_study.whole(on),
                frame,
                title=title,
                lines=(
                    on.t("page.churn.seasons.how"),
                    on.t(
                        "page.churn.seasons.strength",
                        strength=numbers.decimal(trend.seasons.strength, 2),
                    ),
                ),
                n=len(frame),
                rates=("observed", "trend", "seasonal", "remainder"),
            ),
            drawing,
            title,
        )


def _season_sentence(on: Here, trend: Trend) -> str:
    season = trend.season
    if season is None:
        return on.t("page.churn.seasons.untested")
    p = facts.probability(season.p)
    if not season.found:
        return on.t("page.churn.seasons.not_found", p=p)
    high = max(range(len(season.effects)), key=season.effects.__getitem__)
    low = min(range(len(season.effects)), key=season.effects.__getitem__)
    start = analysis.settled_from(trend.series)
    names = [compared.time_of_year(on, trend.series.periods[start + at]) for at in (high, low)]
    return on.t(
        "page.churn.seasons.found",
        p=p,
        high=names[0],
        high_effect=numbers.points(season.effects[high]),
        low=names[1],
        low_effect=numbers.points(season.effects[low]),
    )


def _benchmarks(on: Here, study: Study) -> None:
    of = study.customers.series
    lost, base = sum(of.lost[-12:]), sum(of.base[-12:])
    if base < churn_study.SMALL_SAMPLE:
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
