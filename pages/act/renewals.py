"""Renewals: which contracts are due, and who looks after them?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas
import streamlit as st

from cs_core import benchmarks, charts
from cs_core.analysis import renewals as analysis
from cs_core.analysis.churn import label_of
from cs_core.analysis.renewals import Rate
from cs_core.errors import CannotAnswerError
from cs_core.metrics.options import Options
from cs_core.reports.inert import csv_bytes
from cs_core.text import inert, numbers, plain
from pages.shared import compared, formulas, here, loaders, panels, problems, session
from pages.shared.here import Here
from pages.shared.panels import How, Tile

PICKS = "renewals"
DEFAULT_DAYS = 90
FEW_TERMS = 10  # of a plan; with fewer its past rate is that of all


def page(on: Here) -> None:
    if on.info.shape != "calendar":
        panels.empty(on.t("page.renewals.no_calendar"))
        return
    try:
        with panels.working(on, on.filters.options()):
            past = on.frame("renewals", on.filters.options())
            due = _due(on)
    except CannotAnswerError as error:
        panels.empty(problems.explain(error))
        return
    matured = past[past["due"] > 0]
    if due.empty and matured.empty:
        panels.empty(on.t("page.renewals.needs"), on.t("page.renewals.add"))
        return
    days = _days()
    soon = analysis.within(due, _as_of(on), days)
    rate = analysis.past_rate(on.frame("renewals", _all(on)), on.filters.period)
    _draw_days(on, days)
    panels.tiles("renewals", _tiles(on, soon, rate, days))
    left, right = st.columns([1.5, 1])
    with left:
        _calendar(on, past, due)
    with right:
        _owners(on, soon, days)
    _list(on, soon, days)
    _rates(on, past)
    _terms(on, past)
    if rate.rate is not None and rate.due >= FEW_TERMS:
        _benchmarks(on, rate)


# -- what is asked ------------------------------------------------------------------------


def _all(on: Here, **more: Any) -> Options:
    return on.filters.options(first=None, **more)


def _owner(on: Here) -> str | None:
    return analysis.owner_column([segment.name for segment in on.info.segments])


def _due_options(on: Here) -> Options:
    """What is to come does not depend on the range shown."""
    return on.filters.options(first=None, last=None, period="month", by=_owner(on))


def _due(on: Here) -> pandas.DataFrame:
    return on.frame("contracts_due", _due_options(on))


def _as_of(on: Here) -> date:
    return on.filters.as_of or on.info.as_of


def _days() -> int:
    asked = session.address("view")
    return int(asked) if asked in map(str, analysis.HORIZONS) else DEFAULT_DAYS


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


# -- tiles --------------------------------------------------------------------------------


def _money(on: Here, value: Decimal) -> str:
    return numbers.money(value, on.currency, on.language)


def _contracts(on: Here, count: int) -> str:
    key = "one_contract" if count == 1 else "contracts"
    return on.t(f"page.renewals.tile.{key}", n=numbers.count(count))


def _tiles(on: Here, soon: pandas.DataFrame, rate: Rate, days: int) -> list[Tile]:
    leaving = soon[soon["notice_day"].notna()]
    whole, notice = (sum(rows["mrr"], start=Decimal(0)) for rows in (soon, leaving))
    last = _as_of(on) + timedelta(days=days)
    share = on.t("page.renewals.tile.no_notice")
    if len(leaving):
        share = on.t("page.renewals.tile.notice_share", share=numbers.rate(notice / whole, 0))
    return [
        Tile(
            on.t("page.renewals.tile.due", n=days),
            _money(on, whole),
            help=on.t("page.renewals.tile.due_help"),
            delta=_contracts(on, len(soon)),
            arrow=False,
            note=numbers.day(_as_of(on), on.language) + " – " + numbers.day(last, on.language),
        ),
        Tile(
            on.t("page.renewals.tile.notice"),
            _money(on, notice),
            help=on.t("page.renewals.tile.notice_help"),
            delta=_contracts(on, len(leaving)),
            arrow=False,
            note=share,
        ),
        _rate_tile(on, rate),
        Tile(
            on.t("page.renewals.tile.rate_mrr"),
            numbers.MISSING if 0 < rate.due < FEW_TERMS else numbers.rate(rate.rate_mrr),
            help=on.t("page.renewals.tile.rate_mrr_help"),
            delta=on.t(
                "page.renewals.tile.of_money",
                renewed=_money(on, rate.renewed_mrr),
                due=_money(on, rate.due_mrr),
            )
            if rate.due
            else None,
            arrow=False,
            note=_stretch(on, rate),
        ),
    ]


def _rate_tile(on: Here, rate: Rate) -> Tile:
    few = 0 < rate.due < FEW_TERMS
    interval = None
    if rate.low is not None and not few:
        low, high = numbers.rate(rate.low).rstrip("%"), numbers.rate(rate.high)
        interval = on.t("page.renewals.tile.interval", low=low, high=high)
    said = on.t("page.renewals.tile.of", renewed=rate.renewed, due=rate.due)
    return Tile(
        on.t("page.renewals.tile.rate"),
        f"{rate.renewed}/{rate.due}" if few else numbers.rate(rate.rate),
        help=on.t("page.renewals.tile.rate_help"),
        delta=interval,
        arrow=False,
        note=on.t("panel.small_sample", n=rate.due) if 0 < rate.due < 30 else said,
        warn=0 < rate.due < 30,
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
        panels.chart("calendar", drawing, picks=PICKS, start=_period_of)
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
    owner = _owner(on)
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
            names=_names(on),
            money=("mrr",),
            pinned="owner",
        )
        panels.foot(
            on,
            "owners",
            How(
                "contracts_due",
                _due_options(on),
                rows,
                title=title,
                lines=(on.t("page.renewals.tile.due_help"),),
                n=len(soon),
                money=("mrr", "notice_mrr"),
            ),
            None,
            title,
        )


def _names(on: Here) -> Mapping[str, str]:
    mark = numbers.currency_mark(on.currency, on.language)
    said = {
        "name": "account",
        "contract_plan": "plan",
        "owner": "owner",
        "mrr": "mrr",
        "term_end": "term_end",
        "days": "days",
        "notice_day": "notice",
        "past": "past",
        "contracts": "contracts",
        "notices": "notices",
        "mrr_before": "before",
        "mrr_after": "after",
        "renewed": "renewed",
        "cancel_reason": "reason",
    }
    return {
        column: on.t(f"page.renewals.column.{key}", currency=mark) for column, key in said.items()
    }


def _list(on: Here, soon: pandas.DataFrame, days: int) -> None:
    last = numbers.day(_as_of(on) + timedelta(days=days), on.language)
    line = on.t(
        "page.renewals.list_line",
        n=_contracts(on, len(soon)),
        money=_money(on, sum(soon["mrr"], start=Decimal(0))),
        day=last,
    )
    with panels.card("due", on.t("page.renewals.list"), line, stretch=False):
        if soon.empty:
            panels.empty(on.t("page.renewals.none_within", n=days))
            return
        rows = _readable(on, soon)
        panels.table(on, rows, key="due-table", names=_names(on), money=("mrr",), pinned="name")
        _more(on, rows, len(soon))
        panels.foot(
            on,
            "due",
            How(
                "contracts_due",
                _due_options(on),
                soon,
                lines=(on.t("page.renewals.tile.due_help"),),
                n=len(soon),
                money=("mrr",),
            ),
            None,
            on.t("page.renewals.list"),
        )


def _more(on: Here, rows: pandas.DataFrame, count: int) -> None:
    if count > panels.MOST_ROWS:
        said = on.t("panel.showing", n=numbers.count(panels.MOST_ROWS), all=numbers.count(count))
        st.markdown(f":small[:gray[{said}]]")


def _readable(on: Here, soon: pandas.DataFrame) -> pandas.DataFrame:
    """The list's columns; on a phone the first three are seen."""
    owner, as_of = _owner(on), _as_of(on)
    past = _past_by_plan(on)
    rows = []
    for record in soon.head(panels.MOST_ROWS).to_dict("records"):
        notice = record["notice_day"]
        row: dict[str, Any] = {
            "name": record["account_id"] if pandas.isna(record["name"]) else record["name"],
            "mrr": record["mrr"],
            "days": (record["term_end"] - as_of).days,
            "term_end": record["term_end"].isoformat(),
            "contract_plan": None
            if pandas.isna(record["contract_plan"])
            else record["contract_plan"],
            "notice_day": None if pandas.isna(notice) else notice.isoformat(),
            "past": past.get(record["contract_plan"], past[None]),
        }
        if owner:
            row["owner"] = None if pandas.isna(record[owner]) else record[owner]
        rows.append(row)
    order = ["name", "mrr", "days", "term_end", "contract_plan", "owner", "notice_day", "past"]
    columns = [column for column in order if column != "owner" or owner]
    return pandas.DataFrame(rows, columns=columns)


def _past_by_plan(on: Here) -> dict[Any, str]:
    """How often terms of each plan were renewed in the last year, in words; None for all."""

    def words(rate: Rate, whose: str) -> str:
        if rate.rate is None:
            return numbers.MISSING
        return f"{numbers.rate(rate.rate, 0)} (n {numbers.count(rate.due)}{whose})"

    whole = analysis.past_rate(on.frame("renewals", _all(on)), on.filters.period)
    said: dict[Any, str] = {None: words(whole, ", " + on.t("page.renewals.past_overall"))}
    if "plan" not in [segment.name for segment in on.info.segments]:
        return said
    split = on.frame("renewals", _all(on, by="plan"))
    labels = sorted(on.frame("renewals", _all(on)).pipe(lambda f: f[label_of(f)]).unique())
    for plan, rows in split.groupby("plan"):
        rate = analysis.past_rate(_with_every_period(rows, labels), on.filters.period)
        if rate.due >= FEW_TERMS:
            said[plan] = words(rate, "")
    return said


def _with_every_period(rows: pandas.DataFrame, labels: list[str]) -> pandas.DataFrame:
    """Periods in which nothing of a plan was due count towards the year too."""
    label = label_of(rows)
    absent = sorted(set(labels) - set(rows[label]))
    empty = {
        "due": 0,
        "renewed": 0,
        "renewal_rate": None,
        "due_mrr": Decimal(0),
        "renewed_mrr": Decimal(0),
    }
    added = pandas.DataFrame([{label: item, **empty} for item in absent])
    kept = rows[[label, *empty]]
    return pandas.concat([kept, added]) if len(added) else kept


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
        panels.chart("rate", drawing, picks=PICKS, start=_period_of)
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


def _terms(on: Here, past: pandas.DataFrame) -> None:
    """The terms behind a picked period, those not renewed first."""
    label = label_of(past)
    periods = [str(item) for item in reversed(past.loc[past["due"] > 0, label].tolist())]
    if not periods:
        return
    mark = session.picked(PICKS) or {}
    chosen = mark.get("period")
    with st.container(border=True, key=f"list-{PICKS}"):
        with st.container(horizontal=True, vertical_alignment="center", key=f"list-head-{PICKS}"):
            heading = st.empty()
            key = f"choose-{PICKS}-{on.language}"
            session.mirror(key, chosen if chosen in periods else None)
            st.selectbox(
                on.t("panel.choose.period"),
                periods,
                index=None,
                format_func=lambda item: numbers.period(item, on.language),
                key=key,
                placeholder=on.t("panel.choose.period"),
                label_visibility="collapsed",
                width=190,
                on_change=lambda: session.pick(
                    PICKS, {"period": session.value(key)} if session.value(key) else None
                ),
            )
            if mark:
                st.button(
                    on.t("panel.clear"),
                    key=f"clear-{PICKS}",
                    icon=":material/close:",
                    type="tertiary",
                    on_click=session.pick,
                    args=(PICKS, None),
                )
        if chosen not in periods:
            heading.markdown(f"##### {on.t('page.renewals.terms')}", width="content")
            said = on.t("page.renewals.to_come" if chosen else "panel.none_chosen")
            st.markdown(f":small[:gray[{said}]]")
            return
        with problems.boundary("terms"):
            _draw_terms(on, chosen, heading)


def _draw_terms(on: Here, period: str, heading: Any) -> None:
    options = on.filters.options(first=period, last=period)
    found = on.frame("ended_terms", options)
    said = on.t(
        "page.renewals.terms_title",
        period=numbers.period(period, on.language),
        due=numbers.count(len(found)),
        renewed=numbers.count(int(found["renewed"].sum())),
    )
    heading.markdown(f"##### {said}", width="content")
    rows = found.copy()
    rows["name"] = found["name"].where(found["name"].notna(), found["account_id"])
    rows["term_end"] = [day.isoformat() for day in found["term_end"]]
    rows["renewed"] = [
        on.t("chart.renewed" if renewed else "chart.not_renewed") for renewed in found["renewed"]
    ]
    rows = rows.astype(object).where(rows.notna(), None)
    shown = [
        "name",
        "renewed",
        "mrr_before",
        "mrr_after",
        "term_end",
        "contract_plan",
        "cancel_reason",
    ]
    panels.table(
        on,
        rows[shown],
        key="terms-table",
        names=_names(on),
        money=("mrr_before", "mrr_after"),
        pinned="name",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            on.t("panel.csv"),
            lambda: csv_bytes(found),
            file_name=f"{plain(on.info.name)}-terms-{period}.csv",
            mime="text/csv",
            key="save-terms",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
        _more(on, rows, len(found))


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
            _all(on),
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
