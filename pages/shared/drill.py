"""The list under the cards: the accounts and file lines behind a picked mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas
import streamlit as st

from cs_core.metrics.options import Options
from cs_core.reports.inert import csv_bytes
from cs_core.text import inert, numbers, plain
from pages.shared import loaders, panels, problems, session
from pages.shared.here import Here

COLUMNS = ("name", "plan", "mrr_before", "delta", "date", "cancel_reason", "sources")
_LABELS = {
    "name": "account",
    "plan": "plan",
    "mrr_before": "before",
    "mrr_after": "after",
    "delta": "delta",
    "date": "date",
    "movement": "movement",
    "cancel_reason": "reason",
    "sources": "source",
}


class Choice:
    """One part of a mark, as a selectbox: its field, its options, how they are said, and which
    one holds while the mark does not name it."""

    def __init__(
        self,
        field: str,
        options: Sequence[str],
        words: Callable[[str], str],
        default: str | None = None,
    ) -> None:
        self.field, self.options, self.words, self.default = field, list(options), words, default


def accounts(
    here: Here,
    name: str,
    choices: Sequence[Choice],
    *,
    metric: str,
    options: Options,
    at: Callable[[dict[str, str]], Mapping[str, str] | None],
    title: Callable[[dict[str, str]], str],
    label: str,
) -> None:
    """Head with the choice, count, sum and “Clear selection”, then the list. The mark picked on a
    chart and the choice made here are the same thing. `at` says which cell a mark is."""
    mark = session.picked(name) or {}
    with st.container(border=True, key=f"list-{name}"):
        with st.container(horizontal=True, vertical_alignment="center", key=f"list-head-{name}"):
            heading = st.empty()
            for choice in choices:
                _draw_choice(here, name, choice, mark, label)
            if mark:
                st.button(
                    here.t("panel.clear"),
                    key=f"clear-{name}",
                    icon=":material/close:",
                    type="tertiary",
                    on_click=session.pick,
                    args=(name, None),
                )
        cell = at(mark) if mark else None
        if cell is None:
            heading.markdown(f"##### {label}", width="content")
            st.markdown(f":small[:gray[{here.t('panel.none_chosen')}]]")
            return
        with problems.boundary(f"list-{name}"):
            found = loaders.rows_behind(here.dataset, metric, cell, options)
            heading.markdown(f"##### {summary(here, title(mark), found)}", width="content")
            _draw_list(here, name, found)


def _draw_choice(here: Here, name: str, choice: Choice, mark: dict[str, str], label: str) -> None:
    key = f"choose-{name}-{choice.field}-{here.language}"
    value = mark.get(choice.field, choice.default)
    session.mirror(key, value if value in choice.options else None)
    st.selectbox(
        f"{label}: {choice.field}",
        choice.options,
        index=None if choice.default is None else choice.options.index(choice.default),
        required=choice.default is not None,
        format_func=choice.words,
        key=key,
        placeholder=here.t(f"panel.choose.{choice.field}"),
        label_visibility="collapsed",
        width=190,
        on_change=_choose,
        args=(name, choice.field, key),
    )


def _choose(name: str, field: str, key: str) -> None:
    mark = dict(session.picked(name) or {})
    chosen = session.value(key)
    if chosen is None:
        mark.pop(field, None)
    else:
        mark[field] = str(chosen)
    session.pick(name, mark)


def summary(here: Here, what: str, found: pandas.DataFrame) -> str:
    """“Churned, Oct 2026: 16 accounts, ¥211k”."""
    accounts = int(found["account_id"].nunique()) if len(found) else 0
    total = abs(sum(found["delta"], start=0)) if len(found) else 0
    key = "panel.one_account" if accounts == 1 else "panel.accounts"
    return here.t(
        "panel.sum",
        what=what,
        accounts=here.t(key, n=numbers.count(accounts)),
        money=numbers.money(total, here.currency, here.language),
    )


def _draw_list(here: Here, name: str, found: pandas.DataFrame) -> None:
    if found.empty:
        st.markdown(f":small[:gray[{here.t('panel.none_behind')}]]")
        return
    ordered = found.iloc[found["delta"].abs().argsort(kind="stable")[::-1]]
    panels.table(
        here,
        readable(ordered),
        key=f"list-table-{name}",
        names={
            column: here.t(
                f"panel.column.{_LABELS[column]}",
                currency=numbers.currency_mark(here.currency, here.language),
            )
            for column in COLUMNS
        },
        money=("mrr_before", "delta"),
        pinned="name",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            here.t("panel.csv"),
            lambda: csv_bytes(readable(ordered, every=True)),
            file_name=f"{plain(here.info.name)}-{name}.csv",
            mime="text/csv",
            key=f"save-list-{name}",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
        if len(found) > panels.MOST_ROWS:
            words = here.t(
                "panel.showing",
                n=numbers.count(panels.MOST_ROWS),
                all=numbers.count(len(found)),
            )
            st.markdown(f":small[:gray[{words}]]", width="content")


def readable(found: pandas.DataFrame, *, every: bool = False) -> pandas.DataFrame:
    """The list's columns; an account without a name goes by its id, and where a row comes from
    is `file:line`."""
    shown = found.copy()
    named = found["name"].notna()
    shown["name"] = found["name"].where(named, found["account_id"])
    shown["sources"] = [_source(value, every) for value in found["sources"]]
    return shown if every else shown[list(COLUMNS)]


def _source(lines: Any, every: bool) -> str:
    said = [f"{line['file']}:{line['line']}" for line in (lines if lines is not None else ())]
    return "; ".join(said) if every else said[0] + (" …" if len(said) > 1 else "") if said else ""


def inert_name(row: Mapping[str, Any]) -> str:
    """An account's name inside a sentence."""
    return inert(row["name"] if row["name"] is not None else row["account_id"])
