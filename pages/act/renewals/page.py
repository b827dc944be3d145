"""Renewals: which contracts are due, and who looks after them?"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pandas
import streamlit as st

from cs_core import charts
from cs_core.domain import benchmarks
from cs_core.domain.proportion import SMALL_SAMPLE
from cs_core.errors import CannotAnswerError
from cs_core.studies import renewals as analysis
from cs_core.studies.renewals import Rate
from cs_core.text import inert, numbers, plain
from pages.act.renewals import lists, risk, study
from pages.frame import here, loaders, problems, session
from pages.frame.here import Here
from pages.shared import compared, formulas, panels
from pages.shared.panels import How, Tile


def page(on: Here) -> None:
    if on.info.shape != "calendar":
        panels.empty(on.t("page.renewals.no_calendar"))
        return
    try:
        with panels.working(on, on.filters.options()):
            past = on.frame("renewals", on.filters.options())
            due = study.due(on)
    except CannotAnswerError as error:
        panels.empty(problems.explain(error))
        return
    matured = past[past["due"] > 0]
    if due.empty and matured.empty:
        if on.info.terms:
            panels.empty(on.t("page.renewals.no_terms"), on.t("page.renewals.longer"))
        else:
            panels.empty(on.t("page.renewals.needs"), on.t("page.renewals.add"))
        return
    days = study.days()
    soon = study.of_owner(on, analysis.within(due, study.as_of(on), days))
    rate = study.past_rate(on, on.frame("renewals", study.whole(on)))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _draw_days(on, days)
        _draw_owner(on)
        lists.of_period(on, past, due)
    panels.tiles("renewals", _tiles(on, soon, rate, days))
    left, right = st.columns([1.5, 1])
    with left:
        _calendar(on, past, due)
    with right:
        _owners(on, soon, days)
    later = lists.due(on, soon, days)
    panels.folded("rates", on.t("page.renewals.rate.title"), lambda: _rates(on, past))
    if rate.rate is not None and rate.due >= study.FEW_TERMS:
        title = on.t("page.renewals.benchmarks.title")
        panels.folded("benchmarks", title, lambda: _benchmarks(on, rate))
    if later is not None:  # last, because learning the scores takes seconds the first time
        place, doing = later
        scores = risk.known(on)
        with place.container():
            lists.table(on, soon, scores)
        doing.empty()


# -- what is asked ------------------------------------------------------------------------


def _draw_days(on: Here, days: int) -> None:
    key = f"horizon-{on.language}"
    session.mirror(key, days)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":small[:gray[{on.t('page.renewals.horizon')}]]", width="content")
        st.segmented_control(
            on.t("page.renewals.horizon"),
            analysis.HORIZONS,
            format_func=lambda item: on.t("page.renewals.days", n=item),
            key=key,
            required=True,
            label_visibility="collapsed",
            on_change=lambda: session.go(view=str(session.value(key))),
        )
        if not on.info.terms:
            said = on.t("page.renewals.from_intervals")
            st.markdown(f":small[:gray[{said}]]", width="content")


def _draw_owner(on: Here) -> None:
    """Whose contracts are listed; in the address, as on This week."""
    known = study.owners(on)
    if not known:
        return
    key = f"renewals-owner-{on.language}"
    session.mirror(key, study.asked_owner(on))
    st.selectbox(
        on.t("page.accounts_at_risk.list.owner"),
        known,
        index=None,
        format_func=plain,
        key=key,
        placeholder=on.t("page.accounts_at_risk.list.every_owner"),
        label_visibility="collapsed",
        width=180,
        on_change=lambda: session.go(owner=session.value(key) or ""),
    )


# -- tiles --------------------------------------------------------------------------------


def _tiles(on: Here, soon: pandas.DataFrame, rate: Rate, days: int) -> list[Tile]:
    leaving = soon[soon["notice_day"].notna()]
    whole, notice = (sum(rows["mrr"], start=Decimal(0)) for rows in (soon, leaving))
    last = study.as_of(on) + timedelta(days=days)
    share = on.t("page.renewals.tile.no_notice")
    if len(leaving):
        share = on.t("page.renewals.tile.notice_share", share=numbers.rate(notice / whole, 0))
    return [
        Tile(
            on.t("page.renewals.tile.due", n=days),
            on.money(whole),
            help=on.t("page.renewals.tile.due_help"),
            delta=study.contracts(on, len(soon)),
            arrow=False,
            note=numbers.day(study.as_of(on), on.language) + " – " + numbers.day(last, on.language),
        ),
        Tile(
            on.t("page.renewals.tile.notice"),
            on.money(notice),
            help=on.t("page.renewals.tile.notice_help"),
            delta=study.contracts(on, len(leaving)),
            arrow=False,
            note=share,
        ),
        _rate_tile(on, rate),
        Tile(
            on.t("page.renewals.tile.rate_mrr"),
            numbers.MISSING if 0 < rate.due < study.FEW_TERMS else numbers.rate(rate.rate_mrr),
            help=on.t("page.renewals.tile.rate_mrr_help"),
            delta=on.t(
                "page.renewals.tile.of_money",
                renewed=on.money(rate.renewed_mrr),
                due=on.money(rate.due_mrr),
            )
            if rate.due
            else None,
            arrow=False,
            note=_stretch(on, rate),
        ),
    ]


def _rate_tile(on: Here, rate: Rate) -> Tile:
    few = 0 < rate.due < study.FEW_TERMS
    interval = None
    if rate.low is not None and not few:
        low, high = numbers.rate(rate.low).rstrip("%"), numbers.rate(rate.high)
        interval = on.t("page.renewals.tile.interval", low=low, high=high)
    said = on.t("page.renewals.rate.none")
    if rate.due:
        said = on.t("page.renewals.tile.of", renewed=rate.renewed, due=rate.due)
    return Tile(
        on.t("page.renewals.tile.rate"),
        f"{rate.renewed}/{rate.due}" if few else numbers.rate(rate.rate),
        help=on.t("page.renewals.tile.rate_help"),
        delta=interval,
        arrow=False,
        note=on.t("panel.small_sample", n=rate.due) if 0 < rate.due < SMALL_SAMPLE else said,
        warn=0 < rate.due < SMALL_SAMPLE,
    )


def _stretch(on: Here, rate: Rate) -> str:
    if rate.first is None or rate.last is None:
        return ""
    first, last = (numbers.short_period(label, on.language) for label in (rate.first, rate.last))
    return first if first == last else f"{first} – {last}"


# -- cards --------------------------------------------------------------------------------


def _calendar(on: Here, past: pandas.DataFrame, due: pandas.DataFrame) -> None:
    title = on.t(f"page.renewals.calendar.{on.filters.period}")
    with panels.card("calendar", title, on.t("page.renewals.calendar.line")):
        rows = analysis.calendar(past, due, on.filters.period, on.filters.fiscal_start)
        drawing = loaders.drawing(
            on.dataset,
            "renewal-calendar",
            (on.look, on.filters),
            lambda: charts.renewal_calendar.draw(rows, on.look),
        )
        panels.chart("calendar", drawing, picks=study.PICKS, start=_period_of)
        panels.foot(
            on,
            "calendar",
            How(
                "renewals",
                on.filters.options(),
                rows,
                title=title,
                lines=(on.t("page.renewals.calendar.how"),),
                n=int(rows["due"].sum()),
                money=("due_mrr", "renewed_mrr"),
            ),
            drawing,
            title,
        )


def _period_of(mark: session.Mark) -> dict[str, object] | None:
    return {"period": mark["period"]} if "period" in mark else None


def _owners(on: Here, soon: pandas.DataFrame, days: int) -> None:
    owner = study.owner(on)
    title = on.t("page.renewals.owners.title")
    line = on.t("page.renewals.owners.line", n=days, by=inert(owner)) if owner else ""
    with panels.card("owners", title, line):
        if owner is None:
            panels.empty(on.t("page.renewals.owners.none"), on.t("page.renewals.owners.add"))
            return
        if soon.empty:
            panels.empty(on.t("page.renewals.none_within", n=days))
            return
        rows = analysis.by_owner(soon, owner)
        nobody = on.t("page.renewals.owners.nobody")
        rows["owner"] = [nobody if pandas.isna(who) else who for who in rows["owner"]]
        panels.table(
            on,
            rows[["owner", "mrr", "contracts", "notices"]],
            key="owners-table",
            names=study.names(on),
            money=("mrr",),
            pinned="owner",
        )
        panels.foot(
            on,
            "owners",
            How(
                "contracts_due",
                study.due_options(on),
                rows,
                title=title,
                lines=(on.t("page.renewals.tile.due_help"),),
                n=len(soon),
                money=("mrr", "notice_mrr"),
            ),
            None,
            title,
        )


def _rates(on: Here, past: pandas.DataFrame) -> None:
    title = on.t("page.renewals.rate.title")
    with panels.card("rate", title, on.t("page.renewals.rate.line"), stretch=False):
        known = past[past["renewal_rate"].notna()]
        if known.empty:
            panels.empty(on.t("page.renewals.rate.none"))
            return
        drawing = loaders.drawing(
            on.dataset,
            "renewals",
            (on.look, on.filters),
            lambda: charts.renewal_rate.draw(known, on.look),
        )
        panels.chart("rate", drawing, picks=study.PICKS, start=_period_of)
        st.markdown(f":small[:gray[{on.t('page.renewals.rate.key')}]]")
        due, renewed = int(known["due"].sum()), int(known["renewed"].sum())
        panels.foot(
            on,
            "rate",
            How(
                "renewals",
                on.filters.options(),
                past,
                title=title,
                formula=formulas.ratio(
                    (on.t("page.retention.how.renewed"),),
                    (on.t("page.retention.how.due"),),
                    formulas.figure(renewed),
                    formulas.figure(due),
                    formulas.percent(renewed / due),
                ),
                lines=(on.t("page.renewals.rate.how"),),
                n=due,
                money=("due_mrr", "renewed_mrr"),
                rates=("renewal_rate", "renewal_rate_mrr"),
            ),
            drawing,
            title,
        )


def _benchmarks(on: Here, rate: Rate) -> None:
    title = on.t("page.renewals.benchmarks.title")
    compared.benchmarks(
        on,
        title,
        on.t("page.renewals.benchmarks.line"),
        benchmarks.of_measure("renewal_rate"),
        (rate.rate, rate.low, rate.high),
        How(
            "renewals",
            study.whole(on),
            pandas.DataFrame(),
            title=title,
            formula=formulas.ratio(
                (on.t("page.retention.how.renewed"),),
                (on.t("page.retention.how.due"),),
                formulas.figure(rate.renewed),
                formulas.figure(rate.due),
                formulas.percent(rate.rate),
            ),
            lines=(on.t("page.renewals.benchmarks.how"),),
            n=rate.due,
        ),
    )


page(here.current())
