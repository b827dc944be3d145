"""The drawer: who is behind a picked mark, and which lines of the files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas
import streamlit as st

from cs_core.domain.periods import Periods, days_of_label
from cs_core.metrics.options import Options
from cs_core.text import numbers, plain
from cs_core.text.spreadsheet import csv_bytes
from pages.frame import problems, session
from pages.frame.here import Here
from pages.shared import panels

Labels = dict[str, str]
_AGAIN = "drawer-again"
TALL = 640  # pixels of a long list
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


def drawer(
    here: Here,
    name: str,
    label: str,
    begin: session.Mark | None,
    draw: Callable[[session.Mark], None] | None,
) -> None:
    """Beside the page while a mark of the group is picked; closed, the mark is picked no more. The
    button on the page opens it with `begin`, for who does not click on charts. What is chosen in
    it is a run of the page: the chart follows."""
    mark = session.picked(name)
    if begin:
        st.button(
            label,
            key=f"open-{name}",
            icon=":material/right_panel_open:",
            type="tertiary",
            on_click=session.pick,
            args=(name, begin),
        )
    if not mark or draw is None:
        return

    @st.dialog(
        label,
        width="medium",
        position="right",
        on_dismiss=lambda: session.pick(name, None),
    )
    def show() -> None:
        if session.value(session.OPEN) is not None or session.take(_AGAIN):
            st.rerun()  # what was chosen in here concerns the whole page
        with problems.boundary(f"list-{name}"), st.container(key=f"list-{name}"):
            draw(session.picked(name) or {})

    show()


@dataclass(frozen=True)
class Behind:
    """What stands behind a mark: a metric's cell under a question, which of its rows (`narrow`),
    and the choices in the list's head."""

    metric: str
    options: Options
    at: Mapping[str, str]
    listing: Callable[[pandas.DataFrame], Listing]
    choices: Sequence[Choice] = ()
    narrow: Callable[[pandas.DataFrame], pandas.DataFrame] = lambda found: found


def accounts(
    here: Here,
    name: str,
    label: str,
    behind: Callable[[session.Mark], Behind | None],
    begin: session.Mark | None = None,
) -> None:
    """A drawer with the ledger rows behind a mark; none for a mark that has none. The mark picked
    on a chart and the choice made in the drawer are the same thing."""

    def draw(mark: session.Mark) -> None:
        found = behind(mark)
        if found is not None:
            _draw_behind(here, name, label, mark, found)

    mark = session.picked(name)
    drawer(here, name, label, begin, draw if mark and behind(mark) is not None else None)


def _draw_behind(here: Here, name: str, label: str, mark: session.Mark, of: Behind) -> None:
    if of.choices:
        with st.container(horizontal=True, vertical_alignment="center", key=f"list-head-{name}"):
            for choice in of.choices:
                draw_choice(here, name, choice, mark, label)
    found = of.narrow(here.rows_behind(of.metric, of.at, of.options))
    listed = of.listing(found)
    st.markdown(f"#### {listed.heading}")
    _draw_list(here, name, listed, found)


def draw_choice(here: Here, name: str, choice: Choice, mark: Mapping[str, str], label: str) -> None:
    """A part of the mark as a selectbox, for keyboard and phone."""
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
    session.remember(_AGAIN, True)


def column_names(here: Here, columns: Sequence[str]) -> Labels:
    mark = numbers.currency_mark(here.currency, here.language)
    return {
        name: here.t(f"panel.column.{_LABELS.get(name, name)}", currency=mark) for name in columns
    }


def within(
    here: Here, found: pandas.DataFrame, first: str | None, last: str | None
) -> pandas.DataFrame:
    """The rows of the periods from one to another."""
    start = here.filters.fiscal_start
    grain = Periods(here.filters.period, start)

    def place(label: str | None, unknown: int) -> int:
        return unknown if label is None else grain.index(days_of_label(label, start)[0])

    at = [grain.index(day) for day in found["date"]]
    low, high = place(first, min(at, default=0)), place(last, max(at, default=0))
    return found[[low <= one <= high for one in at]]


def ledger_listing(here: Here, what: str, found: pandas.DataFrame) -> Listing:
    """“Churned, Oct 2026: 16 accounts, ¥211k” and its ledger rows, the largest change first."""
    accounts = int(found["account_id"].nunique()) if len(found) else 0
    total = abs(sum(found["delta"], start=0)) if len(found) else 0
    key = "panel.one_account" if accounts == 1 else "panel.accounts"
    whose = here.t(key, n=numbers.count(accounts))
    if len(found) != accounts:  # somebody is in it more than once
        whose = here.t("panel.changes", n=numbers.count(len(found)), accounts=whose)
    heading = here.t(
        "panel.sum",
        what=what,
        accounts=whose,
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
        tall=TALL,
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
