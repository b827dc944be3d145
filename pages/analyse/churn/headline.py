"""The head of the Churn page: four tiles, and three sentences that hold by construction."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from cs_core.domain.proportion import SMALL_SAMPLE, wilson
from cs_core.models import churn_facts
from cs_core.studies import churn as analysis
from cs_core.studies.leavers import MixComparison
from cs_core.text import numbers
from pages.analyse.churn import lines, words
from pages.analyse.churn import study as churn_study
from pages.analyse.churn.study import Study
from pages.frame.here import Here
from pages.shared.panels import Tile

NO_FORECAST = ("no_variation", "nobody_is_left")  # reasons that speak for themselves


def tiles(on: Here, study: Study) -> list[Tile]:
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
        note=on.t("panel.small_sample", n=numbers.count(base)) if base < SMALL_SAMPLE else limits,
        warn=base < SMALL_SAMPLE,
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
            note=on.t("page.churn.tile.p", p=words.probability(last.p), n=numbers.count(n)),
        )
    lost, base = sum(of.lost), sum(of.base)
    return Tile(
        on.t("page.churn.tile.level", n=words.span(on, len(of))),
        f"{lost}/{base}" if study.few else numbers.rate(lost / base if base else None),
        help=on.t("page.churn.tile.level_help"),
        delta=on.t("page.churn.tile.no_change"),
        arrow=False,
        note=on.t("page.churn.tile.of", lost=numbers.count(lost), base=numbers.count(base)),
    )


def _ahead(on: Here, study: Study) -> Tile:
    found = study.customers.forecast
    assert found is not None
    label = on.t("page.churn.tile.forecast", n=words.span(on, len(study.customers.ahead)))
    if not found.steps or study.few:
        note = "page.churn.too_few" if study.few else f"model.note.{found.notes[0]}"
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
        reason = next((note for note in found.notes if note in NO_FORECAST), "no_backtest")
        note = on.t(f"page.churn.tile.{reason}")
        return Tile(label, numbers.MISSING, note=note)
    covered = numbers.rate(found.coverage80, 0)
    error, naive = words.points_off(found.model_error, found.naive_error)
    return Tile(
        label,
        error,
        help=on.t("page.churn.tile.error_help", n=found.origins),
        delta=on.t("page.churn.tile.naive", error=naive),
        arrow=False,
        note="" if found.coverage80 is None else on.t("page.churn.tile.covered", share=covered),
    )


def sentences(on: Here, study: Study, by: str | None, comparison: MixComparison | None) -> None:
    trend = study.customers
    periods = trend.series.periods
    assert trend.forecast is not None
    said = [_level_sentence(on, study)]
    if by and comparison and comparison.shift and _changed(study, comparison):
        mix = words.sentence(on, churn_facts.mix_fact(comparison.shift), periods)
        said.append(mix + on.t("page.churn.mix.between", **churn_study.between(on, by, comparison)))
    elif not study.few:
        said.append(lines.outside_sentence(on, study, trend))
    reason = next((note for note in trend.forecast.notes if note in NO_FORECAST), None)
    if reason:
        said.append(on.t(f"page.churn.{reason}"))
    elif not study.few:
        said.append(words.sentence(on, churn_facts.forecast_fact(trend.forecast), periods))
    with st.container(key="sentences"):
        st.markdown("\n".join(f"- {line}" for line in said))


def _changed(study: Study, found: MixComparison) -> bool:
    """Whether there is a change to explain; what moved by chance needs no cause."""
    assert found.shift is not None
    return (found.at_change or found.shift.simpson) and churn_study.tells(study, found)


def _level_sentence(on: Here, study: Study) -> str:
    of = study.customers.series
    lost, base, periods = sum(of.lost), sum(of.base), words.span(on, len(of))
    if study.few:
        return on.t("page.churn.few", lost=lost, base=base, periods=periods)
    if not lost and base:
        most = numbers.rate(wilson(0, base)[1])
        return on.t("page.churn.nobody", periods=periods, rate=most)
    season = analysis.SEASON[of.grain]
    fact = churn_facts.trend_fact(study.customers.chart, study.customers.changes, season)
    return words.sentence(on, fact, of.periods)
