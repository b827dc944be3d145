"""This week: one list of the accounts somebody in customer success should turn to, and by when.

An account stands on it once, with everything there is to do about it. Done, it stays away until
the next week; snoozed, until its day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from cs_core.studies.due_days import due_day, friday, workday
from cs_core.studies.risk import Known, Ranking, money
from cs_core.workspace.tasks import Task
from cs_core.workspace.week import Listed, Mark

KINDS = ("call", "task", "renewal", "notice", "silent")
RENEWAL_DAYS = 30  # before the end of a term the talk about the next one begins
CALM_DAYS = 14  # after somebody has spoken with them no call is asked for
# Days after which it is time to speak again with those one speaks with, by touch tier.
CADENCE: Mapping[str, int] = {"high": 30, "low": 90}
OUTCOMES = ("left", "notice", "done", "spoken", "again", "calm")


@dataclass(frozen=True)
class Matter:
    """One thing to do about an account: a kind of KINDS, by when, and the task or the day it is
    about (the renewal, the notice, the last contact)."""

    kind: str
    due: date
    day: date | None = None
    task: Task | None = None


@dataclass(frozen=True)
class Entry:
    """An account on the list. `place` is where it stands in `Known`, None for who is no customer
    any more; `probability` and `at_risk` (chance x MRR) are None where nothing can be said."""

    place: int | None
    account_id: str
    name: str | None
    currency: str
    mrr: Decimal
    owner: str
    matters: tuple[Matter, ...]
    probability: float | None = None
    at_risk: Decimal | None = None
    spoken: date | None = None

    @property
    def due(self) -> date:
        return min(matter.due for matter in self.matters)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(kind for kind in KINDS if any(m.kind == kind for m in self.matters))

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(matter.task.id for matter in self.matters if matter.task is not None)


@dataclass(frozen=True)
class Book:
    """What people have written down: open tasks, when each account was last spoken with, marks of
    the list, and who looks after whom by the data (by place in `Known`)."""

    tasks: Sequence[Task] = ()
    spoken: Mapping[str, date] = field(default_factory=dict)
    marks: Sequence[Mark] = ()
    owners: Sequence[str | None] = ()

    @property
    def assigned(self) -> dict[str, str]:
        """Whom accounts were given to on the list; the latest word counts."""
        return {m.account_id: m.owner or "" for m in self.marks if m.mark == "assigned"}


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def queue(found: Known, ranked: Ranking, book: Book, day: date) -> list[Entry]:
    """Everybody to turn to in the week of `day`, what is due first, then the most MRR at risk."""
    hidden = _hidden(book.marks, day)
    assigned, of = book.assigned, found.present
    open_tasks: dict[str, list[Task]] = {}
    for task in book.tasks:
        if task.status == "open":
            open_tasks.setdefault(task.account_id, []).append(task)
    entries, seen = [], set[str]()
    for place, matters in _of_customers(found, ranked, book, open_tasks, day):
        account = str(of.texts["account_id"][place])
        seen.add(account)
        if account in hidden:
            continue
        by_task = next((m.task.owner for m in matters if m.task and m.task.owner), "")
        by_data = book.owners[place] if book.owners else None
        chance, at_risk = of.chance[place], of.at_risk[place]
        entries.append(
            Entry(
                place,
                account,
                of.texts["name"][place],
                of.texts["currency"][place],
                money(of.table["mrr"][place]),
                assigned.get(account) or by_task or by_data or "",
                tuple(matters),
                None if np.isnan(chance) else float(chance),
                None if np.isnan(at_risk) else money(at_risk),
                book.spoken.get(account),
            )
        )
    for account, tasks in open_tasks.items():
        if account in seen or account in hidden:
            continue
        first = tasks[0]
        matters = [Matter("task", task.due, task=task) for task in tasks]
        owner = assigned.get(account) or first.owner
        spoken = book.spoken.get(account)
        entries.append(
            Entry(
                None,
                account,
                first.name,
                first.currency,
                Decimal(0),
                owner,
                tuple(matters),
                spoken=spoken,
            )
        )
    return sorted(entries, key=_order)


def _order(entry: Entry) -> tuple[date, Decimal, Decimal, str]:
    return (entry.due, -(entry.at_risk or Decimal(0)), -entry.mrr, entry.account_id)


def _hidden(marks: Sequence[Mark], day: date) -> set[str]:
    week = monday(day)
    return {
        m.account_id
        for m in marks
        if (m.mark == "done" and m.day >= week)
        or (m.mark == "snoozed" and m.until and m.until > day)
    }


def _of_customers(
    found: Known,
    ranked: Ranking,
    book: Book,
    open_tasks: Mapping[str, Sequence[Task]],
    day: date,
) -> Iterator[tuple[int, list[Matter]]]:
    """Today's customers with something to do about them, by place."""
    of, table = found.present, found.present.table
    ids, week = of.texts["account_id"], monday(day)
    last = friday(day)
    shift = (of.as_of - day).days
    to_renewal = table["days_to_renewal"] + shift
    near = of.staying & (to_renewal >= 0) & (to_renewal <= RENEWAL_DAYS)
    wanted = ranked.worth | near | ~of.staying
    named = {*open_tasks, *book.spoken}
    if named:
        wanted = wanted | np.fromiter((one in named for one in ids), bool, len(ids))
    for place in np.flatnonzero(wanted):
        account = str(ids[place])
        left = None if np.isnan(to_renewal[place]) else int(to_renewal[place])
        spoken = book.spoken.get(account)
        matters = [Matter("task", task.due, task=task) for task in open_tasks.get(account, ())]
        lately = spoken is not None and week - timedelta(days=CALM_DAYS) <= spoken < week
        if ranked.worth[place] and not lately:
            matters.append(Matter("call", _by(day, (last - day).days, left)))
        if near[place]:
            end = day + timedelta(days=int(to_renewal[place]))
            matters.append(Matter("renewal", _by(day, RENEWAL_DAYS, left), end))
        if not of.staying[place]:
            given = of.as_of - timedelta(days=int(table["days_since_notice"][place]))
            matters.append(Matter("notice", last, given))
        if spoken is not None and not matters:
            rest = CADENCE.get(ranked.touches[place] or "")
            if rest is not None and (day - spoken).days > rest:
                matters.append(Matter("silent", last, spoken))
        if matters:
            yield int(place), matters


def _by(day: date, days: int, renewal_days: int | None) -> date:
    return workday(due_day(day, days, renewal_days), day)


def as_listed(entries: Sequence[Entry]) -> list[Listed]:
    return [
        Listed(one.account_id, one.name, one.kinds, one.owner, one.mrr, one.probability)
        for one in entries
    ]


def came_of(
    week: date,
    listed: Sequence[Listed],
    book: Book,
    standing: Mapping[str, date | None],
    now: Sequence[Entry],
) -> dict[str, str]:
    """What became of each account on an earlier list, one of OUTCOMES: the first that holds of
    left, notice given since, done, spoken with since, on the list again, and none of them.
    `standing` has today's customers with the day of their notice."""
    done = {m.account_id for m in book.marks if m.mark == "done" and m.day >= week}
    again = {one.account_id for one in now}
    found = {}
    for row in listed:
        account = row.account_id
        notice = standing.get(account)
        spoken = book.spoken.get(account)
        if account not in standing:
            outcome = "left"
        elif notice is not None and notice >= week:
            outcome = "notice"
        elif account in done:
            outcome = "done"
        elif spoken is not None and spoken >= week:
            outcome = "spoken"
        else:
            outcome = "again" if account in again else "calm"
        found[account] = outcome
    return found
