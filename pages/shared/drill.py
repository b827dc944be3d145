"""The list under the cards: the accounts and file lines behind a picked mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas
import streamlit as st

from cs_core.metrics.options import Options
from cs_core.text import numbers, plain
from cs_core.text.spreadsheet import csv_bytes
from pages.frame import problems, session
from pages.frame.here import Here
from pages.shared import panels

Labels = dict[str, str]
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


@dataclass(frozen=True)
class Choice:
    """One part of a mark, as a selectbox: its field, its options, how they are said, and which
    one holds while the mark does not name it."""

    field: str
    options: Sequence[str]
    words: Callable[[str], str]
    default: str | None = None


@dataclass(frozen=True)
class Listing:
    """What the list shows: a heading, the columns in order with their names, which of them are
    money, and the accounts of the rows, which their names open."""

    heading: str
    frame: pandas.DataFrame
    names: Mapping[str, str]
    money: tuple[str, ...]
    accounts: Sequence[str] = ()


def accounts(
    here: Here,
    name: str,
    choices: Sequence[Choice],
    *,
    metric: str,
    options: Options,
    at: Callable[[session.Mark], Mapping[str, str] | None],
    listing: Callable[[session.Mark, pandas.DataFrame], Listing],
    label: str,
) -> None:
    """Head with the choice and “Clear selection”, then the list. The mark picked on a chart and
    the choice made here are the same thing. `at` says which cell a mark is, `listing` how the
    ledger rows behind it are shown."""
    mark = session.picked(name) or {}
    cell = at(mark) if mark else None
    with st.container(border=True, key=f"list-{name}"):
        with st.container(horizontal=True, vertical_alignment="center", key=f"list-head-{name}"):
            heading: Any = st if cell is None else st.empty()
            heading.markdown(f"##### {label}", width="content")
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
        if cell is None:
            st.markdown(f":small[:gray[{here.t('panel.none_chosen')}]]")
            return
        with problems.boundary(f"list-{name}"):
            found = here.rows_behind(metric, cell, options)
            listed = listing(mark, found)
            heading.markdown(f"##### {listed.heading}", width="content")
            _draw_list(here, name, listed, found)


def _draw_choice(here: Here, name: str, choice: Choice, mark: dict[str, str], label: str) -> None:
    key = f"choose-{name}-{choice.field}-{here.language}"
    value = mark.get(choice.field, choice.default)
    session.mirror(key, value if value in choice.options else None)
    st.selectbox(
        f"{label}: {here.t(f'panel.choose.{choice.field}')}",
        choice.options,
        index=None if choice.default is None else 0,
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


def column_names(here: Here, columns: Sequence[str]) -> Labels:
    mark = numbers.currency_mark(here.currency, here.language)
    return {
        name: here.t(f"panel.column.{_LABELS.get(name, name)}", currency=mark) for name in columns
    }


def ledger_listing(here: Here, what: str, found: pandas.DataFrame) -> Listing:
    """“Churned, Oct 2026: 16 accounts, ¥211k” and its ledger rows, the largest change first."""
    accounts = int(found["account_id"].nunique()) if len(found) else 0
    total = abs(sum(found["delta"], start=0)) if len(found) else 0
    key = "panel.one_account" if accounts == 1 else "panel.accounts"
    heading = here.t(
        "panel.sum",
        what=what,
        accounts=here.t(key, n=numbers.count(accounts)),
        money=numbers.money(total, here.currency, here.language),
    )
    ordered = found.iloc[found["delta"].abs().argsort(kind="stable")[::-1]]
    frame = readable(ordered)[list(COLUMNS)]
    ids = ordered["account_id"].tolist()
    return Listing(heading, frame, column_names(here, COLUMNS), ("mrr_before", "delta"), ids)


def _draw_list(here: Here, name: str, listed: Listing, found: pandas.DataFrame) -> None:
    if found.empty:
        st.markdown(f":small[:gray[{here.t('panel.none_behind')}]]")
        return
    panels.table(
        here,
        listed.frame,
        key=f"list-table-{name}",
        names=listed.names,
        money=listed.money,
        pinned="name",
        accounts=listed.accounts,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            here.t("panel.csv"),
            lambda: csv_bytes(readable(found)),
            file_name=f"{plain(here.info.name)}-{name}.csv",
            mime="text/csv",
            key=f"save-list-{name}",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
        if len(listed.frame) > panels.MOST_ROWS:
            words = here.t(
                "panel.showing",
                n=numbers.count(panels.MOST_ROWS),
                all=numbers.count(len(listed.frame)),
            )
            st.markdown(f":small[:gray[{words}]]", width="content")


def readable(found: pandas.DataFrame) -> pandas.DataFrame:
    """The rows with a name for every account, its id where it has none, and `file:line`."""
    shown = found.copy()
    shown["name"] = found["name"].where(found["name"].notna(), found["account_id"])
    shown["sources"] = [_source(value) for value in found["sources"]]
    return shown


def _source(lines: Any) -> str:
    return "; ".join(
        f"{line['file']}:{line['line']}" for line in (lines if lines is not None else ())
    )
