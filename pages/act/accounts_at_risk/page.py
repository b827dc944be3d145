"""Accounts at risk: who may leave, and why?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas
import streamlit as st

from cs_core import charts
from cs_core.errors import CannotAnswerError
from cs_core.text import inert, numbers
from pages.act.accounts_at_risk import editor, nps
from pages.act.accounts_at_risk import list as risk_list
from pages.act.accounts_at_risk.plays import panel
from pages.frame import here, loaders, problems, session
from pages.frame.here import Here
from pages.shared import filters, history, panels, risk_study
from pages.shared.panels import How
from pages.shared.risk_study import Study

PICKS = risk_list.PICKS
T = "page.accounts_at_risk"
LEVEL_OFF = 0.1  # of the departures expected; beyond it the level is not to be trusted


def page(on: Here) -> None:
    rules = on.dataset.health_rules
    try:
        with risk_study.working(on):
            study = risk_study.study(on, rules)
    except CannotAnswerError as error:
        panels.empty(problems.explain(error))
        return
    if study.frame.empty:
        panels.empty(on.t(f"{T}.nobody"), on.t(f"{T}.nobody_advice"))
        return
    risk_study.keep(on, study)
    by = _chosen_segments(on)
    left, right = st.columns([0.42, 0.58])
    with left:
        _segments(on, study, by)
    with right:
        _trust(on, study)
    picked = risk_list.draw(on, study, by)
    if picked is not None:
        name = inert(picked["name"] if isinstance(picked["name"], str) else picked["account_id"])
        title = on.t(f"{T}.history.title", name=name)
        panels.folded("story", title, lambda: _story(on, study, picked))
    left, right = st.columns(2)
    with left:
        panels.folded("leaving", on.t(f"{T}.leaving.title"), lambda: _leaving(on, study))
    with right:
        panels.folded("loyal", on.t(f"{T}.loyal.title"), lambda: _other_end(on, study))
    panels.folded("plays", on.t(f"{T}.plays.title"), lambda: panel.draw(on, rules))
    panels.folded("nps", on.t(f"{T}.nps.title"), lambda: nps.draw(on))
    editor.draw(on, study)


def _story(on: Here, study: Study, picked: Mapping[str, Any]) -> None:
    history.card(on, study, picked)
    if on.info.shape == "calendar":
        st.button(
            on.t("page.account.open"),
            key="open-picked",
            icon=":material/person_search:",
            on_click=session.open_page,
            args=("account",),
            kwargs={"id": str(picked["account_id"])},
        )


# -- where the red money is ---------------------------------------------------------------


def _chosen_segments(on: Here) -> list[str]:
    known = risk_study.segments(on)
    asked = [name for name in session.read("by", filters.facts(on.dataset)) or () if name in known]
    return asked or known[:1]


def _segments(on: Here, of: Study, by: list[str]) -> None:
    names = " × ".join(risk_study.segment_name(on, name) for name in by)
    line = on.t(f"{T}.segments.line", by=inert(names))
    with panels.card("segments", on.t(f"{T}.segments.title"), line):
        _draw_by(on, by)
        asked = (risk_study.options(on), of.rules, tuple(by), on.look)
        cells = risk_study.cells(on, of, by)
        drawing = loaders.drawing(
            on.dataset, "risk-cells", asked, lambda: charts.segment_health.draw(cells, on.look)
        )
        panels.chart(
            "segments", drawing, picks=PICKS, start=_cell_of(cells), then=risk_list.colour_picked
        )

        def how() -> How:
            return How(
                "accounts",
                risk_study.options(on),
                cells,
                title=on.t(f"{T}.segments.title"),
                lines=(_loss_line(on, of), on.t(f"{T}.segments.how")),
                n=len(risk_study.staying(of)),
                money=("mrr", "mrr_at_risk", "loss", "low", "high"),
            )

        panels.foot(on, "segments", how, drawing, on.t(f"{T}.segments.title"))


def _cell_of(cells: pandas.DataFrame) -> Any:
    def start(mark: session.Mark) -> dict[str, str] | None:
        known = set(cells["segment"])
        if mark.get("segment") in known and "health" in mark:
            return {"segment": mark["segment"], "health": mark["health"]}
        return None

    return start


def _draw_by(on: Here, by: list[str]) -> None:
    known = risk_study.segments(on)
    keys = [f"risk-by-{n}-{on.language}" for n in (1, 2)]
    session.mirror(keys[0], by[0])
    session.mirror(keys[1], by[1] if len(by) > 1 else None)

    def take() -> None:
        chosen = [session.value(key) for key in keys]
        session.pick(PICKS, None)
        session.go(by="×".join(dict.fromkeys(name for name in chosen if name)))

    with st.container(horizontal=True, gap="small"):
        st.selectbox(
            on.t(f"{T}.by"),
            known,
            format_func=lambda name: risk_study.segment_name(on, name),
            key=keys[0],
            on_change=take,
            label_visibility="collapsed",
            width=154,
        )
        st.selectbox(
            on.t(f"{T}.cross"),
            [name for name in known if name != by[0]],
            index=None,
            format_func=lambda name: risk_study.segment_name(on, name),
            key=keys[1],
            on_change=take,
            placeholder=on.t(f"{T}.cross"),
            label_visibility="collapsed",
            width=170,
        )


def _loss_line(on: Here, of: Study) -> str:
    loss = risk_study.expected_loss(of, risk_study.staying(of))
    if loss is None:
        return ""
    expected, low, high = (numbers.money(round(v), on.currency, on.language) for v in loss)
    days = filters.horizon()
    return on.t(f"{T}.segments.loss", days=days, expected=expected, low=low, high=high)


# -- can the model be trusted -------------------------------------------------------------


def _verdict(on: Here, of: Study) -> str:
    """For what the chances can be used: the order, and the level."""
    judged = of.learned.evaluation
    expected = sum(band.predicted * band.rows for band in judged.bands)
    left = sum(band.happened * band.rows for band in judged.bands)
    order = on.t(f"{T}.trust.order", n=numbers.decimal(judged.lift_top_decile, 1))
    if abs(left - expected) <= LEVEL_OFF * expected:
        key = "level"
    else:
        key = "level_off" if on.info.shape == "tenure" else "level_corrected"
    counts = {"expected": numbers.count(round(expected)), "left": numbers.count(round(left))}
    return order + on.t(f"{T}.trust.{key}", **counts)


def _trust(on: Here, of: Study) -> None:
    judged = of.learned.evaluation
    line = on.t(f"{T}.trust.out_of_fold") if on.info.shape == "tenure" else _tested(on, of)
    with panels.card("trust", on.t(f"{T}.trust.title"), line):
        if judged.auc is None:
            panels.empty(on.t(f"risk.why.{judged.why}", n=judged.churns), on.t(f"{T}.trust.advice"))
            if missing := _missing_tables(on):
                st.markdown(f":small[:gray[{missing}]]", text_alignment="center")
            return
        if not judged.predictive:
            st.markdown(on.t(f"risk.why.{judged.why}", n=judged.churns))
        assert judged.auc_low is not None
        assert judged.auc_high is not None
        assert judged.base_rate is not None
        assert judged.precision_at_20 is not None
        with st.container(horizontal=True, gap="small", key="trust-figures"):
            st.metric(
                on.t(f"{T}.trust.auc"),
                numbers.decimal(judged.auc, 2),
                f"{numbers.decimal(judged.auc_low, 2)}–{numbers.decimal(judged.auc_high, 2)}",
                delta_color="off",
                delta_arrow="off",
                help=on.t(f"{T}.trust.auc_help"),
                width=154,
            )
            st.metric(
                on.t(f"{T}.trust.twenty"),
                on.t(f"{T}.trust.of_twenty", n=_of_twenty(judged.precision_at_20)),
                on.t(f"{T}.trust.base", n=_of_twenty(judged.base_rate)),
                delta_color="off",
                delta_arrow="off",
                help=on.t(f"{T}.trust.twenty_help"),
                width=154,
            )
            st.metric(
                on.t(f"{T}.trust.lift"),
                on.t(f"{T}.trust.times", n=numbers.decimal(judged.lift_top_decile, 1)),
                help=on.t(f"{T}.trust.lift_help"),
                width=154,
            )
        if judged.predictive:
            st.markdown(_verdict(on, of))
        drawing = loaders.drawing(
            on.dataset,
            "calibration",
            (risk_study.options(on), on.look),
            lambda: charts.calibration.draw(_bands(of), on.look),
        )
        panels.chart("trust", drawing, stretch=True)
        if missing := _missing_tables(on):
            st.markdown(f":small[:gray[{missing}]]")

        def how() -> How:
            return How(
                "accounts",
                risk_study.options(on),
                _bands(of),
                title=on.t(f"{T}.trust.title"),
                lines=_card_lines(on, of),
                n=judged.rows,
                rates=("predicted", "happened", "low", "high"),
            )

        panels.foot(on, "trust", how, drawing, on.t(f"{T}.trust.title"))


def _bands(of: Study) -> pandas.DataFrame:
    return pandas.DataFrame([vars(band) for band in of.learned.evaluation.bands])


def _missing_tables(on: Here) -> str:
    """What optional tables would add, in one line."""
    missing = {"usage", "nps", "tickets"} - set(on.info.tables)
    if not missing or on.info.shape == "tenure":
        return ""
    named = on.t("finding.comma").join(on.t(f"{T}.table.{name}") for name in sorted(missing))
    return on.t(f"{T}.trust.would_add", tables=named)


def _of_twenty(share: float) -> str:
    return numbers.decimal(20 * share, 0 if share >= 0.5 else 1)


def _tested(on: Here, of: Study) -> str:
    if of.learned.judged is None:
        return ""
    first, last = (numbers.period(day[:7], on.language) for day in of.learned.judged)
    return on.t(f"{T}.trust.line", first=first, last=last)


def _card_lines(on: Here, of: Study) -> tuple[str, ...]:
    """The model card: what it learned from, on what, and how it is tested."""
    judged, model = of.learned.evaluation, of.learned.model
    lines = [on.t(f"{T}.trust.model")]
    if of.learned.taught is not None:
        first, last = (numbers.period(day[:7], on.language) for day in of.learned.taught)
        lines.append(on.t(f"{T}.trust.taught", first=first, last=last, churns=judged.churns))
    if judged.slope is not None:
        lines.append(on.t(f"{T}.trust.slope", slope=numbers.decimal(judged.slope, 2)))
    if model is not None and on.info.shape != "tenure":
        parts = dict.fromkeys(model.parts[place] for place in model.kept)
        comma = on.t("finding.comma")
        lines.append(
            on.t(f"{T}.trust.parts", parts=comma.join(on.t(f"risk.part.{p}") for p in parts))
        )
    return tuple(lines)


# -- those who have said so, and the other end --------------------------------------------


def _leaving(on: Here, of: Study) -> None:
    gone = of.frame[of.frame["leaving"]]
    whole = numbers.money(risk_study.total(gone["mrr"]), on.currency, on.language)
    line = on.t(
        f"{T}.leaving.line",
        accounts=risk_list.accounts_words(on, len(gone)),
        money=whole,
    )
    with panels.card("leaving", on.t(f"{T}.leaving.title"), "" if gone.empty else line):
        if gone.empty:
            panels.empty(on.t(f"{T}.leaving.none"))
            return
        risk_list.small_table(on, of, gone, "leaving", ("notice_given", "next_renewal"))


def _other_end(on: Here, of: Study) -> None:
    with panels.card("loyal", on.t(f"{T}.loyal.title"), on.t(f"{T}.loyal.line")):
        key = f"risk-end-{on.language}"
        end = st.segmented_control(
            on.t(f"{T}.loyal.title"),
            ("offer_more", "ask_reference"),
            format_func=lambda code: on.t(f"{T}.loyal.{code}"),
            key=key,
            default="offer_more",
            required=True,
            label_visibility="collapsed",
        )
        chosen = of.frame[of.frame["end"] == end]
        st.markdown(f":small[:gray[{on.t(f'{T}.loyal.{end}_rule')}]]")
        if chosen.empty:
            panels.empty(on.t(f"{T}.loyal.none"))
            return
        risk_list.small_table(on, of, chosen, f"loyal-{end}", ("health", "phase"))


page(here.current())
