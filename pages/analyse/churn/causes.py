"""The cards of the Churn page that say what a rate is made of: mix, tenure, reasons, segments."""

from __future__ import annotations

import pandas
import streamlit as st

from cs_core import charts
from cs_core.models.mix_shift import MixShift
from cs_core.studies import leavers
from cs_core.studies.leavers import MixComparison
from cs_core.text import numbers
from pages.analyse.churn import study as churn_study
from pages.analyse.churn.study import Study
from pages.frame import loaders
from pages.frame.here import Here
from pages.shared import compared, formulas, panels
from pages.shared.panels import How

LONGEST_TENURE = 24  # months drawn
RARELY_REACHED = 10  # customers; a tenure fewer have reached is not drawn
# -- rates or mix -------------------------------------------------------------------------


def mix(on: Here, study: Study, by: str | None, comparison: MixComparison | None) -> None:
    title = on.t("page.churn.mix.title")
    line = ""
    if by and comparison and comparison.shift and churn_study.tells(study, comparison):
        change = float(comparison.shift.after - comparison.shift.before)
        line = on.t(
            "page.churn.mix.line",
            before=churn_study.stretch(on, comparison.before),
            after=churn_study.stretch(on, comparison.after),
            change=numbers.points(change, 2),
        )
    aside = (lambda: compared.choose(on, by, leaving_out=churn_study.NOT_A_GROUP)) if by else None
    with panels.card("mix", title, line, aside=aside):
        if by is None:
            panels.empty(on.t("page.churn.mix.no_segment"), on.t("page.churn.mix.add_segment"))
            return
        if study.few:
            panels.empty(on.t("page.churn.too_few"))
            return
        if comparison is None or comparison.shift is None:
            panels.empty(on.t("page.churn.mix.too_short"))
            return
        if not (comparison.shift.before or comparison.shift.after):
            panels.empty(on.t("page.churn.mix.nobody"))
            return
        shift = comparison.shift
        drawing = loaders.drawing(
            on.dataset,
            "churn-mix",
            (on.look, *churn_study.key(on), by, churn_study.measure(), comparison.before),
            lambda: charts.mix_shift.draw(_mix_parts(shift), on.look),
        )
        panels.chart("mix", drawing)
        panels.foot(on, "mix", lambda: _mix_how(on, by, shift, comparison, title), drawing, title)


def _mix_parts(shift: MixShift) -> pandas.DataFrame:
    """What is drawn: a row a segment shown, the rest together, and the total."""
    return pandas.DataFrame(
        [
            (part.kind, part.segment, part.others, float(part.rate), float(part.mix))
            for part in leavers.shown_parts(shift)
        ],
        columns=["kind", "segment", "others", "rate", "mix"],
    )


def _mix_how(on: Here, by: str, shift: MixShift, comparison: MixComparison, title: str) -> How:
    table = pandas.DataFrame(
        [
            (
                None if part.segment is None else str(part.segment),
                *(float(getattr(part, name)) for name in _PARTS),
            )
            for part in shift.parts
        ],
        columns=[by, *_PARTS],
    )
    start, end = (formulas.percent(float(rate), 3) for rate in (shift.before, shift.after))
    return How(
        "churn",
        churn_study.whole(on, by=by),
        table,
        title=title,
        formula=formulas.signed_sum(
            [
                ("", on.t("page.churn.mix.before"), start),
                ("+", on.t("chart.part_rate"), formulas.percent(float(shift.rate), 3)),
                ("+", on.t("chart.part_mix"), formulas.percent(float(shift.mix), 3)),
            ],
            (on.t("page.churn.mix.after"), end),
            on.t("panel.rounding"),
        ),
        lines=(
            on.t("page.churn.mix.how"),
            on.t("page.churn.mix.simpson") if shift.simpson else "",
            on.t(f"page.churn.mix.{'at_change' if comparison.at_change else 'halves'}"),
        ),
        rates=_PARTS,
    )


_PARTS = ("weight_before", "weight_after", "rate_before", "rate_after", "rate", "mix")


# -- when, why, who -----------------------------------------------------------------------


def hazard(on: Here) -> None:
    options = on.filters.options(first=None, last=None)
    title = on.t("page.churn.hazard.title")
    with panels.card("hazard", title, on.t("page.churn.hazard.line")):
        rows = on.frame("hazard", options)
        shown = rows[rows["at_risk"] >= RARELY_REACHED]
        if len(shown) < 2 and len(rows):
            lost, all_ = int(rows["churned"].sum()), int(rows["at_risk"].max())
            panels.empty(on.t("page.churn.hazard.few", lost=lost, n=all_))
            return
        drawing = loaders.drawing(
            on.dataset,
            "hazard",
            (on.look, on.filters),
            lambda: charts.hazard.draw(shown, on.look, last=LONGEST_TENURE),
        )
        panels.chart(
            "hazard",
            drawing,
            picks=churn_study.PICKS,
            start=lambda mark: {"tenure": int(mark["tenure"])} if "tenure" in mark else None,
        )
        words = loaders.derived(
            on.dataset,
            "hazard-words",
            (on.language, on.filters),
            lambda: _hazard_sentence(on, rows, shown),
        )
        st.markdown(f":small[:gray[{words}]]")
        panels.foot(
            on,
            "hazard",
            How(
                "hazard",
                options,
                rows,
                title=title,
                lines=(on.t("page.churn.hazard.how"),),
                n=int(rows["at_risk"].max()) if len(rows) else 0,
                rates=("hazard", "low", "high"),
            ),
            drawing,
            title,
        )


def _hazard_sentence(on: Here, rows: pandas.DataFrame, shown: pandas.DataFrame) -> str:
    drawn = shown[shown["tenure"] <= LONGEST_TENURE]
    if not rows["churned"].sum():
        return on.t("page.churn.hazard.nobody")
    if not drawn["churned"].sum():
        return on.t("page.churn.hazard.later", n=int(drawn["tenure"].max()))
    all_ = numbers.rate(leavers.mean_hazard(drawn))
    top = leavers.peak(drawn)
    if top is None:
        return on.t("page.churn.hazard.even", all=all_)
    low, high = numbers.rate(top["low"]).rstrip("%"), numbers.rate(top["high"])
    return on.t(
        "page.churn.hazard.peak",
        tenure=top["tenure"],
        rate=numbers.rate(top["hazard"]),
        low=low,
        high=high,
        all=all_,
    )


def reasons(on: Here) -> None:
    options = on.filters.options()
    title = on.t("page.churn.reasons.title")
    with panels.card("reasons", title, on.t(f"page.churn.reasons.line.{churn_study.measure()}")):
        found = on.frame("churn_reasons", options)
        if found.empty:
            panels.empty(on.t("page.churn.reasons.nobody"))
            return
        if found["cancel_reason"].isna().all() and found["churn_kind"].isna().all():
            panels.empty(on.t("page.churn.reasons.none"), on.t("page.churn.reasons.add"))
            return
        rows = leavers.reasons(found, money=churn_study.measure() == "mrr")
        drawing = loaders.drawing(
            on.dataset,
            "reasons",
            (on.look, on.filters, churn_study.measure()),
            lambda: charts.churn_reasons.draw(rows, on.look, measure=churn_study.measure()),
        )
        panels.chart(
            "reasons", drawing, picks=churn_study.PICKS, start=churn_study.start_of("reason")
        )
        lost = int(rows["customers"].sum())
        unwilling = int(rows.loc[rows["churn_kind"] == "involuntary", "customers"].sum())
        told = not rows["churn_kind"].isna().all()
        said = on.t(
            f"page.churn.reasons.{'kinds' if told else 'no_kinds'}",
            lost=numbers.count(lost, on.language, accounts=True),
            involuntary=numbers.count(unwilling, on.language, accounts=True),
            share=numbers.rate(unwilling / lost, 0),
        )
        st.markdown(f":small[:gray[{said}]]")
        panels.foot(
            on,
            "reasons",
            How(
                "churn_reasons",
                options,
                found,
                title=title,
                lines=(on.t("page.churn.reasons.how"),),
                n=lost,
                money=("churned_mrr",),
            ),
            drawing,
            title,
        )


def segments(on: Here, study: Study, by: str | None) -> None:
    title = on.t("page.churn.segments.title")
    line = on.t(f"page.churn.segments.line.{on.filters.period}")
    aside = (
        (lambda: compared.choose(on, by, leaving_out=churn_study.NOT_A_GROUP, place="segments"))
        if by
        else None
    )
    with panels.card("segments", title, line, aside=aside):
        if by is None:
            panels.empty(on.t("page.churn.mix.no_segment"), on.t("page.churn.mix.add_segment"))
            return
        if study.few:
            panels.empty(on.t("page.churn.too_few"))
            return
        options = churn_study.whole(on, by=by)
        rows = churn_study.segment_rates(on, study, by)
        if rows.empty:
            panels.empty(on.t("page.churn.mix.too_short"))
            return
        drawing = loaders.drawing(
            on.dataset,
            "churn-segments",
            (on.look, *churn_study.key(on), by),
            lambda: charts.segment_rates.draw(rows, on.look),
        )
        panels.chart(
            "segments", drawing, picks=churn_study.PICKS, start=churn_study.start_of("group")
        )
        outside = int(rows["outside"].sum())
        said = on.t(f"page.churn.segments.{'outside' if outside else 'inside'}", n=outside)
        st.markdown(f":small[:gray[{said}]]")
        panels.foot(
            on,
            "segments",
            lambda: How(
                "churn",
                options,
                rows.drop(columns=["kind", "others"]),
                title=title,
                lines=(on.t("page.churn.segments.how"),),
                n=int(rows["base"].sum()),
                rates=("rate", "low", "high", "lower", "upper", "centre"),
            ),
            drawing,
            title,
        )
