"""What can be done about accounts on the list: each act is one step that can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cs_core.errors import KeizokuError
from cs_core.text import numbers, plain
from cs_core.workspace.contacts import delete_contact, log_contact
from cs_core.workspace.tasks import set_status
from cs_core.workspace.week import Mark, keep_marks, take_back
from pages.act.this_week.work import SNOOZES, Work
from pages.frame import loaders, problems, session
from pages.frame.here import Here

T = "page.this_week"
_STEPS = "week-steps"
MOST_STEPS = 20


@dataclass(frozen=True)
class Step:
    """What an act left behind, and the sentence that said so."""

    dataset: str
    said: str
    marks: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()


def _steps(on: Here) -> list[Step]:
    return [step for step in session.value(_STEPS, []) if step.dataset == on.dataset.key]


def can_undo(on: Here) -> bool:
    return bool(_steps(on))


def said(on: Here) -> str:
    """What was done last, in plain text."""
    words = session.value("week-said")
    return words if isinstance(words, str) else ""


def act(on: Here, of: Work, asked: dict[str, Any]) -> None:
    """Callback. What the browser sends is checked: accounts that are on the list, known acts."""
    action = asked.get("action")
    known = {one.account_id: one for one in of.entries}
    given = asked.get("accounts")
    accounts = [a for a in given if a in known] if isinstance(given, list) else []
    try:
        if action == "undo":
            undo(on)
        elif not accounts:
            return
        elif action == "open":
            session.open_page("account", id=accounts[0])
        elif action == "done":
            done(on, of, accounts)
        elif action == "snooze" and asked.get("days") in SNOOZES:
            snooze(on, of, accounts, int(asked["days"]))
        elif action == "assign":
            assign(on, of, accounts, str(asked.get("owner") or "").strip())
        elif action == "log":
            log(on, of, accounts, str(asked.get("outcome")), str(asked.get("note") or ""))
    except KeizokuError as error:
        session.remember("week-said", plain(problems.explain(error)))


def _whose(on: Here, of: Work, accounts: Sequence[str]) -> str:
    """One by name, several by number."""
    if len(accounts) > 1:
        return on.t("panel.accounts", n=numbers.count(len(accounts)))
    name = next(one.name for one in of.entries if one.account_id == accounts[0])
    return plain(name or accounts[0])


def _keep(on: Here, step: Step) -> None:
    session.remember(_STEPS, [*session.value(_STEPS, []), step][-MOST_STEPS:])
    session.remember("week-said", step.said)


def done(on: Here, of: Work, accounts: Sequence[str]) -> None:
    tasks = tuple(key for one in of.entries if one.account_id in set(accounts) for key in one.tasks)
    closed = {one.account_id: one.tasks for one in of.entries}
    marks = [Mark(account, "done", of.day, tasks=closed[account]) for account in accounts]
    if tasks:
        set_status(loaders.workspace(), on.dataset.key, tasks, "done")
    ids = tuple(keep_marks(loaders.workspace(), on.dataset.key, marks))
    words = on.t(f"{T}.said.done", who=_whose(on, of, accounts))
    _keep(on, Step(on.dataset.key, words, ids, tasks))


def snooze(on: Here, of: Work, accounts: Sequence[str], days: int) -> None:
    until = of.day + timedelta(days=days)
    marks = [Mark(account, "snoozed", of.day, until) for account in accounts]
    ids = tuple(keep_marks(loaders.workspace(), on.dataset.key, marks))
    day = numbers.day(until, on.language)
    words = on.t(f"{T}.said.snoozed", who=_whose(on, of, accounts), day=day)
    _keep(on, Step(on.dataset.key, words, ids))


def assign(on: Here, of: Work, accounts: Sequence[str], owner: str) -> None:
    if not owner:
        return
    marks = [Mark(account, "assigned", of.day, owner=owner) for account in accounts]
    ids = tuple(keep_marks(loaders.workspace(), on.dataset.key, marks))
    words = on.t(f"{T}.said.assigned", who=_whose(on, of, accounts), owner=plain(owner))
    _keep(on, Step(on.dataset.key, words, ids))


def log(on: Here, of: Work, accounts: Sequence[str], outcome: str, note: str) -> None:
    who = {one.account_id: one.owner for one in of.entries}
    kept = tuple(
        log_contact(
            loaders.workspace(), on.dataset.key, account, of.day, who[account], outcome, note
        ).id
        for account in accounts
    )
    words = on.t(f"{T}.said.logged", who=_whose(on, of, accounts))
    _keep(on, Step(on.dataset.key, words, contacts=kept))


def undo(on: Here) -> None:
    steps = _steps(on)
    if not steps:
        return
    last = steps[-1]
    workspace = loaders.workspace()
    if last.tasks:
        set_status(workspace, on.dataset.key, last.tasks, "open")
    take_back(workspace, on.dataset.key, last.marks)
    for contact in last.contacts:
        delete_contact(workspace, on.dataset.key, contact)
    session.remember(_STEPS, [one for one in session.value(_STEPS, []) if one is not last])
    session.remember("week-said", on.t(f"{T}.said.undone"))
