"""The cards of the Churn page that draw the series: in its limits of chance, and taken apart."""

from __future__ import annotations

import pandas
import streamlit as st

from cs_core import charts
from cs_core.charts.limits import MarkedChange
from cs_core.domain.periods import period_column_of
from cs_core.models import churn_facts
from cs_core.studies import churn as analysis
from cs_core.studies.churn import Trend
from cs_core.text import numbers
from pages.analyse.churn import study as churn_study
from pages.analyse.churn import words as facts
from pages.analyse.churn.study import Study
from pages.frame import loaders, session
from pages.frame.here import Here
from pages.shared import compared, formulas, panels
from pages.shared.panels import How

MANY_OUTSIDE = 0.1  # share of periods; beyond it chance alone does not describe the series


def trend(on: Here, study: Study) -> None:
    money = churn_study.measure() == "mrr"
    title = on.t(f"page.churn.trend.{churn_study.measure()}.{on.filters.period}")
    shown = churn_study.mrr_trend(on, study) if money else study.customers
    with panels.card(
        "trend",
        title,
        "" if study.few and not money else facts.plainly(_trend_line(on, shown, study)),
        stretch=False,
        aside=lambda: churn_study.draw_measure(on),
    ):
        if study.few and not money:
            _counts(on, study)
            return
        asked = (*churn_study.key(on), money)
        frame = loaders.derived(
            on.dataset, "limits", asked, lambda: analysis.limits_frame(shown, study.first)
        )
        drawing = loaders.drawing(
            on.dataset,
            "churn-trend",
            (on.look, *asked),
            lambda: charts.rate_with_limits.draw(
                frame,
                on.look,
                changes=_changes(study) if not money else (),
                forecast=analysis.forecast_frame(shown),
            ),
        )
        panels.chart("trend", drawing, picks=churn_study.PICKS, start=_point_of)
        words = loaders.derived(
            on.dataset, "trend-key", (on.language, *asked), lambda: _trend_key(on, study, money)
        )
        st.markdown(f":small[:gray[{words}]]")
        panels.foot(on, "trend", _trend_how(on, study, shown, frame, money), drawing, title)


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
        "base": on.t("page.churn.at_start"),
    }
    st.markdown(f":small[:gray[{on.t('panel.too_few')}]]")
    panels.table(on, rows, key="churn-counts", names=names)


def _point_of(mark: session.Mark) -> dict[str, object] | None:
    return {"period": mark["period"]} if "period" in mark else None


def _changes(study: Study) -> list[MarkedChange]:
    periods = study.customers.series.periods
    return [
        MarkedChange(periods[change.index], change.p)
        for change in study.customers.changes
        if periods[change.index] in study.shown[1:]
    ]


def outside_sentence(on: Here, study: Study, trend: Trend) -> str:
    """Which shown periods stand out: the head of the page and its card say the same."""
    shown = len(trend.series) - len(study.shown)
    chart = type(trend.chart)(trend.chart.centre, trend.points[shown:], trend.dispersion)
    levels = any(change.index > shown for change in trend.changes)
    return facts.sentence(on, churn_facts.outside_fact(chart, levels), study.shown)


def _trend_line(on: Here, trend: Trend, study: Study) -> str:
    """Which shown periods stand out, and whether chance describes the series at all."""
    shown = len(study.shown)
    points = trend.points[len(trend.points) - shown :]
    said = outside_sentence(on, study, trend)
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
        label = str(partial[period_column_of(rows)].iloc[-1])
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
    error, naive = facts.points_off(found.model_error, found.naive_error)
    return on.t(
        "page.churn.how.forecast",
        model=on.t(f"page.churn.model.{found.model}"),
        origins=numbers.count(found.origins),
        error=error,
        naive=naive,
        covered80=numbers.rate(found.coverage80, 0),
        covered95=numbers.rate(found.coverage95, 0),
        notes=notes,
    )


def seasons(on: Here, study: Study) -> None:
    trend = churn_study.mrr_trend(on, study) if churn_study.measure() == "mrr" else study.customers
    title = on.t("page.churn.seasons.title")
    line = on.t("page.churn.seasons.line") if trend.seasons else ""
    with panels.card("seasons", title, line, stretch=False):
        if trend.seasons is None:
            need = 2 * analysis.SEASON[on.filters.period]
            key = "needs" if need > 2 else "no_season"
            panels.empty(
                on.t(
                    f"page.churn.seasons.{key}",
                    need=facts.span(on, need),
                    have=len(trend.series) - analysis.settled_from(trend.series),
                ),
            )
            return
        asked = (*churn_study.key(on), churn_study.measure())
        frame = loaders.derived(on.dataset, "seasons", asked, lambda: analysis.seasons_frame(trend))
        drawing = loaders.drawing(
            on.dataset,
            "seasons",
            (on.look, *asked),
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
