"""The contact log of one account, and a task made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas
import streamlit as st

from cs_core.errors import KeizokuError
from cs_core.studies.due_days import due_day
from cs_core.studies.plays.play import ACTIONS
from cs_core.studies.plays.words import reason_words
from cs_core.text import inert, numbers, plain
from cs_core.text.spreadsheet import csv_bytes
from cs_core.workspace.contacts import (
    OUTCOMES,
    Contact,
    contacts,
    delete_contact,
    log_contact,
    undelete_contact,
)
from cs_core.workspace.tasks import BY_HAND, Task, keep_tasks, kept_tasks
from pages.frame import loaders, problems, session
from pages.frame.here import Here

T = "page.accounts_at_risk.contacts"
STALE_DAYS = 60
ON_AXIS = 2
WEEK = 7
FEW = 5  # entries shown at once; the file has all


def tasks(on: Here) -> list[Task]:
    return kept_tasks(loaders.workspace(), on.dataset.key)


def open_task_words(on: Here, task: Task) -> str:
    """What is to be done by when."""
    due = numbers.day(task.due, on.language)
    return on.t(
        "page.accounts_at_risk.tasks.open", action=on.t(f"risk.play.{task.action}"), due=due
    )


def events(on: Here, account_id: str) -> list[tuple[date, str]]:
    """The latest contacts for the time axis, one a day: what happened has the other labels."""
    found = contacts(loaders.workspace(), on.dataset.key, account_id)
    words = {one.day: on.t(f"{T}.event", outcome=on.t(f"contact.{one.outcome}")) for one in found}
    return sorted(words.items())[-ON_AXIS:]


def latest(on: Here) -> dict[str, date]:
    """When each account was last spoken with."""
    found = contacts(loaders.workspace(), on.dataset.key)
    return {one.account_id: one.day for one in reversed(found)}


def draw(on: Here, row: Mapping[str, Any]) -> None:
    """The entries of an account, and what can be done about it."""
    account = str(row["account_id"])
    found = contacts(loaders.workspace(), on.dataset.key, account)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _draw_form(on, account)
        _draw_task(on, row)
        if found:
            st.download_button(
                on.t(f"{T}.csv"),
                lambda: csv_bytes(_table(contacts(loaders.workspace(), on.dataset.key))),
                file_name=f"{plain(on.info.name)}-contacts.csv",
                mime="text/csv",
                key="save-contacts",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )
    if isinstance(said := session.take("contact-problem"), KeizokuError):
        st.warning(problems.explain(said))
    if isinstance(key := session.take("contact-said"), str):
        st.markdown(f":small[:gray[{on.t(f'{T}.{key}')}]]")
    if isinstance(gone := session.value("contact-gone"), Contact) and gone.account_id == account:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":small[:gray[{on.t(f'{T}.deleted')}]]")
            st.button(
                on.t(f"{T}.undo"),
                key="contact-undo",
                icon=":material/undo:",
                type="tertiary",
                on_click=_undo,
                args=(on, gone),
            )
    for task in tasks(on):
        if (task.account_id, task.status) == (account, "open"):
            words = open_task_words(on, task)
            why = inert(reason_words(task.reason, on.language, task.currency))
            st.markdown(f":small[{words}{' · ' if why else ''}{why}]")
    for entry in found[:FEW]:
        _entry(on, entry)
    if len(found) > FEW:
        st.markdown(f":small[:gray[{on.t(f'{T}.more', n=len(found) - FEW)}]]")


def _entry(on: Here, entry: Contact) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"contact-{entry.id}"
    ):
        who = f" · {inert(entry.who)}" if entry.who else ""
        head = (
            f"**{numbers.day(entry.day, on.language)}** · {on.t(f'contact.{entry.outcome}')}{who}"
        )
        with st.container(gap=None, width="stretch"):
            note = inert(entry.note)
            st.markdown(f":small[{head}]" + (f"  \n:small[{note}]" if note else ""))
        st.button(
            on.t(f"{T}.delete"),
            key=f"contact-delete-{entry.id}",
            icon=":material/delete:",
            type="tertiary",
            on_click=_delete,
            args=(on, entry),
        )


def _draw_form(on: Here, account: str) -> None:
    with st.popover(
        on.t(f"{T}.log"), icon=":material/edit_note:", key="contact-log", on_change="rerun"
    ) as panel:
        if not panel.open:
            return
        if session.value("contact-day") is None:
            session.mirror("contact-day", usual_day(on))
        # A form, so that what was typed goes with the click.
        with st.form("contact-form", border=False):
            left, right = st.columns(2)
            left.date_input(on.t(f"{T}.day"), key="contact-day", format="YYYY-MM-DD")
            right.text_input(on.t(f"{T}.who"), key="contact-who", max_chars=100)
            st.segmented_control(
                on.t(f"{T}.outcome"),
                OUTCOMES,
                format_func=lambda code: on.t(f"contact.{code}"),
                default=OUTCOMES[0],
                required=True,
                key=f"contact-outcome-{on.language}",
            )
            st.text_area(on.t(f"{T}.note"), key="contact-note", max_chars=2000, height=100)
            st.form_submit_button(
                on.t(f"{T}.save"),
                key="contact-save",
                type="primary",
                on_click=_log,
                args=(on, account),
            )


def usual_day(on: Here) -> date:
    """Today; of data that ends long ago (an example, a class) its last day, which can be seen."""
    today, as_of = datetime.now(UTC).date(), on.dataset.warehouse.facts.as_of
    return today if today - as_of <= timedelta(days=STALE_DAYS) else as_of


def _log(on: Here, account: str) -> None:
    """Callback. Who writes stays for the next entry."""
    try:
        log_contact(
            loaders.workspace(),
            on.dataset.key,
            account,
            session.value("contact-day") or usual_day(on),
            session.value("contact-who") or "",
            session.value(f"contact-outcome-{on.language}") or OUTCOMES[0],
            session.value("contact-note") or "",
        )
    except KeizokuError as error:
        session.remember("contact-problem", error)
        return
    session.mirror("contact-note", "")
    session.mirror("contact-log", False)


def _delete(on: Here, entry: Contact) -> None:
    delete_contact(loaders.workspace(), on.dataset.key, entry.id)
    session.remember("contact-gone", entry)


def _undo(on: Here, entry: Contact) -> None:
    undelete_contact(loaders.workspace(), on.dataset.key, entry.id)
    session.remember("contact-gone", None)


def _table(found: list[Contact]) -> pandas.DataFrame:
    columns = ("account_id", "day", "who", "outcome", "note")
    rows = [{name: getattr(entry, name) for name in columns} for entry in found]
    return pandas.DataFrame(rows, columns=list(columns)).rename(columns={"day": "date"})


# -- a task by hand -----------------------------------------------------------------------


def _draw_task(on: Here, row: Mapping[str, Any]) -> None:
    with st.popover(
        on.t(f"{T}.task"), icon=":material/add_task:", key="task-by-hand", on_change="rerun"
    ) as panel:
        if not panel.open:
            return
        suggested = row["play"] if row["play"] in ACTIONS else "call"
        base, own = f"hand-{row['account_id']}", row.get("owner")
        with st.form("task-form", border=False):
            st.selectbox(
                on.t("page.accounts_at_risk.plays.action"),
                ACTIONS,
                index=ACTIONS.index(suggested),
                format_func=lambda code: on.t(f"risk.play.{code}"),
                key=f"{base}-action",
            )
            st.text_input(
                on.t("page.accounts_at_risk.plays.owner"),
                value=own if isinstance(own, str) else "",
                key=f"{base}-owner",
                max_chars=100,
            )
            st.date_input(
                on.t("page.accounts_at_risk.tasks.column.due"),
                value=_due(on, row),
                key=f"{base}-due",
                format="YYYY-MM-DD",
            )
            st.form_submit_button(
                on.t(f"{T}.task_save"),
                key="task-save",
                type="primary",
                on_click=_keep_task,
                args=(on, row, base),
            )


def _due(on: Here, row: Mapping[str, Any]) -> date:
    begin, renewal = usual_day(on), row["next_renewal"]
    days = (renewal - begin).days if isinstance(renewal, date) else None
    return due_day(begin, WEEK, days)


def _keep_task(on: Here, row: Mapping[str, Any], base: str) -> None:
    as_of = on.dataset.warehouse.facts.as_of
    action, owner, due = (session.value(f"{base}-{name}") for name in ("action", "owner", "due"))
    name = row["name"] if isinstance(row["name"], str) else None
    task = Task(
        BY_HAND,
        "",
        str(action),
        str(row["account_id"]),
        str(row["currency"]),
        name,
        Decimal(row["mrr"]),
        [],
        str(owner or "").strip(),
        as_of,
        due if isinstance(due, date) else as_of + timedelta(days=7),
    )
    try:
        made = keep_tasks(loaders.workspace(), on.dataset.key, [task])
    except KeizokuError as error:
        session.remember("contact-problem", error)
        return
    session.mirror("task-by-hand", False)
    key = "task_made" if made else "task_there"
    session.remember("contact-said", key)
