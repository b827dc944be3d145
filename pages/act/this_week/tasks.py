"""All tasks, also those that are over: marking, exporting, and the webhook."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas
import streamlit as st

from cs_core.errors import KeizokuError
from cs_core.reports import webhook
from cs_core.reports.digest import TASK_COLUMNS, task_record
from cs_core.reports.task_calendar import calendar
from cs_core.studies.plays import running
from cs_core.studies.plays.words import reason_words
from cs_core.text import inert, numbers, plain, t
from cs_core.text.spreadsheet import csv_text
from cs_core.workspace import Workspace
from cs_core.workspace.tasks import STATUSES, Task, set_status
from pages.frame import loaders, problems, session
from pages.frame.here import Here
from pages.shared import contacts, filters, panels

T = "page.accounts_at_risk.tasks"
_RESULT = "webhook_last"
_TURN, _MARKED = "task-turn", "task-marked"


def missing(on: Here, ran: running.Ran | None) -> None:
    """Which plays lack a table that the data does not have."""
    for play, tables in (ran.missing if ran is not None else {}).items():
        names = on.t("finding.comma").join(on.t(f"plays.missing.{name}") for name in tables)
        st.markdown(f":small[:orange[{on.t('digest.missing', play=inert(play), tables=names)}]]")


def draw(on: Here) -> None:
    with panels.card("tasks", on.t(f"{T}.title"), on.t(f"{T}.line"), stretch=False):
        every = contacts.tasks(on)
        shown: list[Task] = []
        if every:
            shown = _list(on, every)
        else:
            panels.empty(on.t(f"{T}.none"), on.t(f"{T}.none_advice"))
        with st.container(horizontal=True, gap="medium", key="foot-tasks"):
            if shown:
                _exports(on, shown)
            _draw_webhook(on)


def _list(on: Here, every: Sequence[Task]) -> list[Task]:
    """Those that are shown."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        status = st.segmented_control(
            on.t(f"{T}.status"),
            STATUSES,
            format_func=lambda code: on.t(f"plays.status.{code}"),
            default="open",
            required=True,
            key=f"task-status-{on.language}",
            label_visibility="collapsed",
        )
    owner = session.read("owner", filters.facts(on.dataset))
    chosen = [
        task
        for task in sorted(every, key=lambda task: (task.due, -task.mrr))
        if task.status == status and (owner is None or task.owner == owner)
    ]
    _undo(on)
    if not chosen:
        panels.empty(on.t(f"{T}.empty"))
        return []
    picked = _table(on, chosen, str(status))
    _buttons(on, picked, str(status))
    return chosen


def _table(on: Here, tasks: Sequence[Task], status: str) -> list[Task]:
    as_of = on.dataset.warehouse.facts.as_of
    late = on.t(f"{T}.late")
    shown = pandas.DataFrame(
        {
            "account": [plain(task.name or task.account_id) for task in tasks],
            "why": [_why(on, task) for task in tasks],
            "due": [_due(on, task, as_of, late) for task in tasks],
            "what": [on.t(f"risk.play.{task.action}") for task in tasks],
            "owner": [plain(task.owner) or numbers.MISSING for task in tasks],
            "mrr": [float(task.mrr) for task in tasks],
        }
    ).head(panels.MOST_ROWS)
    text = st.column_config.TextColumn
    mark = numbers.currency_mark(on.currency, on.language)
    digits = numbers.minor_units(on.currency)

    def head(name: str) -> str:
        return on.t(f"{T}.column.{name}", mark=mark)

    event = st.dataframe(
        shown,
        key=f"tasks-{status}-{on.language}-{session.value(_TURN, 0)}",
        hide_index=True,
        height="content" if len(shown) <= panels.LONG_TABLE else panels.TABLE_HEIGHT,
        column_config={
            "account": panels.opening(
                head("account"),
                [task.account_id for task in tasks],
                f"task-open-{status}",
                pinned=True,
                width=150,
            ),
            "due": text(head("due"), width=125),
            "what": text(head("what"), width=150),
            "why": text(head("why"), width=300),
            "owner": text(head("owner"), width=80),
            "mrr": st.column_config.NumberColumn(head("mrr"), format=f"%,.{digits}f", width=90),
        },
        on_select="rerun",
        selection_mode="multi-row",
    )
    return [tasks[place] for place in (event.selection.rows if event else []) if place < len(tasks)]


def _due(on: Here, task: Task, as_of: date, late: str) -> str:
    said = numbers.day(task.due, on.language)
    return f"{said} {late}" if task.status == "open" and task.due < as_of else said


def _why(on: Here, task: Task) -> str:
    said = plain(reason_words(task.reason, on.language, task.currency))
    return said or on.t(f"{T}.by_hand")


def _buttons(on: Here, picked: Sequence[Task], status: str) -> None:
    actions = {"open": ("done", "dismissed"), "done": ("open",), "dismissed": ("open",)}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for place, action in enumerate(actions[status]):
            st.button(
                on.t(f"{T}.mark_{action}"),
                key=f"task-{action}",
                disabled=not picked,
                type="primary" if picked and place == 0 else "secondary",
                on_click=_mark,
                args=(on, [task.id for task in picked], status, action),
            )
        words = on.t(f"{T}.picked", n=len(picked)) if picked else on.t(f"{T}.pick")
        st.markdown(f":small[:gray[{words}]]")


def _mark(on: Here, ids: list[str], before: str, status: str) -> None:
    """Callback. The ticks go with the rows they stood on."""
    try:
        set_status(loaders.workspace(), on.dataset.key, ids, status)
    except KeizokuError as error:
        session.remember("play-problem", error)
        return
    session.remember(_TURN, session.value(_TURN, 0) + 1)
    session.remember(_MARKED, (on.dataset.key, tuple(ids), before, status))


def _undo(on: Here) -> None:
    """What was marked last, and back."""
    key, ids, before, status = session.value(_MARKED) or ("", (), "", "")
    if key != on.dataset.key:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="task-marked"):
        said = on.t(f"{T}.marked_{status}", n=numbers.count(len(ids)))
        st.markdown(f":small[:gray[{said}]]", width="content")
        st.button(
            on.t(f"{T}.undo"),
            key="task-undo",
            icon=":material/undo:",
            type="tertiary",
            on_click=_take_back,
            args=(on, ids, before),
        )


def _take_back(on: Here, ids: Sequence[str], before: str) -> None:
    set_status(loaders.workspace(), on.dataset.key, ids, before)
    session.remember(_TURN, session.value(_TURN, 0) + 1)
    session.remember(_MARKED, None)


def _exports(on: Here, tasks: Sequence[Task]) -> None:
    def table() -> bytes:
        records = [task_record(task, on.language) for task in tasks]
        rows = [[record[name] for name in TASK_COLUMNS] for record in records]
        return csv_text(TASK_COLUMNS, rows).encode("utf-8-sig")

    files: list[tuple[str, str, Any]] = [
        ("csv", "text/csv", table),
        ("ics", "text/calendar", lambda: calendar(tasks, on.language)),
    ]
    for kind, mime, made in files:
        st.download_button(
            on.t(f"{T}.{kind}"),
            made,
            file_name=f"{plain(on.info.name)}-tasks.{kind}",
            mime=mime,
            key=f"save-tasks-{kind}",
            icon=":material/download:" if kind == "csv" else ":material/event:",
            type="tertiary",
            on_click="ignore",
        )


# -- the one thing that leaves ------------------------------------------------------------


def _draw_webhook(on: Here) -> None:
    with st.popover(
        on.t(f"{T}.webhook"),
        icon=":material/send:",
        type="tertiary",
        key="task-webhook",
        on_change="rerun",
    ) as panel:
        if not panel.open:
            return
        st.markdown(on.t(f"{T}.webhook_line"))
        address = webhook.saved(loaders.workspace())
        if address is not None:
            st.markdown(on.t(f"{T}.webhook_saved", host=inert(webhook.host_of(address))))
        # A form, so that what was typed goes with the click.
        with st.form("webhook-form", border=False):
            st.text_input(
                on.t(f"{T}.webhook_address"),
                key="webhook-address",
                type="password",
                placeholder="https://hooks.slack.com/services/…",
                max_chars=500,
            )
            if isinstance(said := session.take("webhook-problem"), KeizokuError):
                st.markdown(f":small[:red[{problems.explain(said)}]]")
            st.form_submit_button(
                on.t(f"{T}.webhook_save"),
                key="webhook-save",
                type="primary",
                on_click=_save_address,
            )
        if address is not None:
            with st.container(horizontal=True, gap="small"):
                st.button(
                    on.t(f"{T}.webhook_test"),
                    key="webhook-test",
                    icon=":material/send:",
                    on_click=_test,
                    args=(on, address),
                )
                st.button(
                    on.t(f"{T}.webhook_forget"),
                    key="webhook-forget",
                    type="tertiary",
                    on_click=_forget_address,
                )
        if address is not None:
            _result(on)
        st.markdown(f":small[:gray[{on.t(f'{T}.webhook_cron')}]]")
        name = plain(on.info.name)
        quoted = "'" + name.replace("'", "'\\''") + "'"
        st.code(
            f"python -m cs_core digest --dataset {quoted} --lang {on.language} --webhook saved",
            language="sh",
            wrap_lines=True,
        )


def _save_address() -> None:
    try:
        webhook.save(loaders.workspace(), session.value("webhook-address") or "")
    except KeizokuError as error:
        session.remember("webhook-problem", error)
        return
    session.mirror("webhook-address", "")
    loaders.workspace().set_setting(_RESULT, None)


def _forget_address() -> None:
    webhook.save(loaders.workspace(), None)
    loaders.workspace().set_setting(_RESULT, None)


def _test(on: Here, address: str) -> None:
    """Callback: the message goes its own way; the page does not wait for it."""
    text = t("webhook.test", on.language, dataset=webhook.escaped(on.info.name))
    work = threading.Thread(target=_deliver, args=(loaders.workspace(), address, text), daemon=True)
    loaders.workspace().set_setting(_RESULT, {"code": "sending"})
    work.start()


def _deliver(workspace: Workspace, address: str, text: str) -> None:
    done = webhook.post(address, text)
    workspace.set_setting(
        _RESULT,
        {"code": done.code, "status": done.status, "attempts": done.attempts},
    )


@st.fragment(run_every=1.0)
def _result(on: Here) -> None:
    """What became of the last message, looked up until it is known."""
    found = loaders.workspace().setting(_RESULT)
    if not found:
        return
    if found["code"] == "sending":
        st.markdown(f":small[:gray[:material/hourglass_top: {on.t(f'{T}.webhook_sending')}]]")
        return
    colour = "green" if found["code"] == "sent" else "red"
    words = on.t(f"webhook.{found['code']}", status=found.get("status"))
    tries = found.get("attempts", 1)
    more = "" if tries == 1 else " " + on.t(f"{T}.webhook_tries", n=tries)
    st.markdown(f":small[:{colour}[{words}{more}]]")
