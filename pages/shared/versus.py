"""Two groups side by side, on every page that has a segment: the difference, and what it means."""

from __future__ import annotations

from collections.abc import Sequence

import pandas
import streamlit as st

from cs_core.studies import versus as analysis
from cs_core.studies.versus import RATES, Compared
from cs_core.text import inert, numbers
from pages.frame import session
from pages.frame.address import encode_where
from pages.frame.here import Here
from pages.shared import compared, filters, panels
from pages.shared.panels import How

T = "page.versus"
NOT_A_GROUP = ("status", "cancel_reason", "churn_kind")
Pair = tuple[str | None, str | None]


def card(on: Here) -> None:
    """The same choice on every page: it stands in the address."""
    if on.info.shape != "calendar" or not compared.columns(on, NOT_A_GROUP):
        return
    asked = session.read("versus", filters.facts(on.dataset))
    opened = asked is not None
    panels.folded("versus", on.t(f"{T}.title"), lambda: _draw(on, asked), opened=opened)


def _draw(on: Here, asked: Sequence[tuple[str, str | None]] | None) -> None:
    by = asked[0][0] if asked else compared.column(on, NOT_A_GROUP)
    assert by is not None
    moves, churn, retention = (
        on.frame(metric, on.filters.options(by=by, first=None))
        for metric in ("mrr_movements", "churn", "retention")
    )
    values = _largest_first(moves, by)
    if len(values) < 2:
        panels.empty(on.t(f"{T}.single", by=inert(filters.segment_words(by, on.language))))
        return
    pair: Pair = (asked[0][1], asked[1][1]) if asked else (values[0], values[1])
    _choose(on, by, values, pair)
    said = " – ".join(inert(filters.value_words(v, on.language)) for _, v in _sides(pair))
    with panels.card("versus", said, stretch=False):
        rows = analysis.compared(moves, churn, retention, by, pair, on.filters.period)
        if not rows:
            panels.empty(on.t("page.overview.no_complete_period"))
            return
        st.markdown(_finding(on, rows, pair))
        frame = _table(on, rows)
        names = {"measure": on.t(f"{T}.measure"), "gap": on.t(f"{T}.gap")}
        names |= {name: filters.value_words(v, on.language) for name, v in _sides(pair)}
        names["means"] = on.t(f"{T}.means")
        panels.table(on, frame, key="versus-table", names=names, pinned="measure")
        how = How(
            "churn",
            on.filters.options(by=by, first=None),
            frame,
            title=on.t(f"{T}.title"),
            lines=(on.t(f"{T}.how"),),
        )
        panels.foot(on, "versus", how, None, on.t(f"{T}.title"))


def _sides(pair: Pair) -> tuple[tuple[str, str | None], ...]:
    return (("one", pair[0]), ("other", pair[1]))


def _largest_first(moves: pandas.DataFrame, by: str) -> list[str | None]:
    sizes = moves.groupby(by, dropna=False)["closing_customers"].sum().sort_values(ascending=False)
    return [None if pandas.isna(value) else str(value) for value in sizes.index]


def _choose(on: Here, by: str, values: list[str | None], pair: Pair) -> None:
    def take(place: int, key: str) -> None:
        chosen = list(pair)
        chosen[place] = session.value(key)
        if chosen[0] == chosen[1]:
            chosen[1 - place] = pair[place]
        session.go(versus=encode_where(tuple((by, value) for value in chosen)))

    def take_column(key: str) -> None:
        session.go(by=str(session.value(key)), versus="")

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        key = f"versus-by-{on.language}"
        session.mirror(key, by)
        st.selectbox(
            on.t("page.retention.by"),
            compared.columns(on, NOT_A_GROUP),
            format_func=lambda name: filters.segment_words(name, on.language),
            key=key,
            label_visibility="collapsed",
            width=150,
            on_change=take_column,
            args=(key,),
        )
        for place, name in enumerate(("one", "other")):
            key = f"versus-{name}-{on.language}"
            session.mirror(key, pair[place])
            st.selectbox(
                on.t(f"{T}.{name}"),
                values,
                format_func=lambda value: filters.value_words(value, on.language),
                key=key,
                label_visibility="collapsed",
                width=180,
                on_change=take,
                args=(place, key),
            )


def _said(on: Here, row: Compared, value: float | None) -> str:
    if value is None:
        return numbers.MISSING
    if row.measure in RATES:
        return numbers.rate(value)
    return numbers.count(round(value)) if row.measure == "customers" else on.money(value)


def _gap(on: Here, row: Compared) -> str:
    if row.gap is None:
        return numbers.MISSING
    if row.measure in RATES:
        return numbers.points(row.gap)
    sign = "+" if row.gap > 0 else ""
    return sign + _said(on, row, row.gap)


def _interval(row: Compared) -> str:
    return f"{numbers.points(row.low).removesuffix(' pt')} – {numbers.points(row.high)}"


def _means(on: Here, row: Compared) -> str:
    if row.clear is None:
        return on.t(f"{T}.untested")
    return on.t(f"{T}.{'clear' if row.clear else 'chance'}", span=_interval(row))


def _finding(on: Here, rows: list[Compared], pair: Pair) -> str:
    """What differs beyond chance, in one sentence; or that nothing does."""
    who = {name: inert(filters.value_words(value, on.language)) for name, value in _sides(pair)}
    clear = [row for row in rows if row.clear]
    if not clear:
        return on.t(f"{T}.none", **who)
    parts = [f"{on.t(f'{T}.of.{row.measure}')} {_gap(on, row)}" for row in clear]
    return on.t(f"{T}.finding", parts=on.t("finding.comma").join(parts), **who)


def _table(on: Here, rows: list[Compared]) -> pandas.DataFrame:
    return pandas.DataFrame(
        {
            "measure": [on.t(f"{T}.of.{row.measure}") for row in rows],
            "one": [_said(on, row, row.one) for row in rows],
            "other": [_said(on, row, row.other) for row in rows],
            "gap": [_gap(on, row) for row in rows],
            "means": [_means(on, row) for row in rows],
        }
    )
