"""What the page works on: the week's list, and what people have written down about it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from cs_core.errors import WorkspaceError
from cs_core.studies import week as studies
from cs_core.studies.week import Book, Entry
from cs_core.workspace.week import Listed, keep_list, kept_marks, list_before
from pages.frame import loaders, session
from pages.frame.here import Here
from pages.shared import contacts, filters, risk_study
from pages.shared.risk_study import Study

PAGE = "this_week"
SNOOZES = (7, 14, 30)  # days
MOST_KEPT = 2000  # of a week's list; nobody calls more


@dataclass(frozen=True)
class Work:
    """`entries` is the whole list of the week; filters narrow what is shown of it."""

    study: Study
    day: date
    days: int
    book: Book
    owners: list[str]
    entries: list[Entry]

    @property
    def week(self) -> date:
        return studies.monday(self.day)


def work(on: Here) -> Work:
    study = risk_study.study(on, on.dataset.health_rules)
    day = on.filters.as_of or contacts.usual_day(on)
    column = risk_study.owner_column(on)
    by_data = risk_study.segment_of(on, study.present, column) if column else []
    book = Book(
        contacts.tasks(on),
        contacts.latest(on),
        kept_marks(loaders.workspace(), on.dataset.key),
        by_data,
    )
    found = studies.queue(study.known, study.ranked, book, day)
    entries = [one for one in found if on.info.joint or one.currency == on.currency]
    owners = sorted({name for name in by_data if name} | filters.named_owners(on.dataset))
    made = Work(study, day, filters.horizon(), book, owners, entries)
    _keep(on, made)
    return made


def _keep(on: Here, of: Work) -> None:
    """The list of the week as it is, once, where the plain question was asked."""
    if on.filters.where or on.filters.as_of or on.filters.currency or not of.entries:
        return
    with suppress(WorkspaceError):  # a workspace that can only be read is still of use
        rows = studies.as_listed(of.entries[:MOST_KEPT])
        loaders.derived(
            on.dataset,
            "week-kept",
            (of.week,),
            lambda: keep_list(loaders.workspace(), on.dataset.key, of.week, rows),
        )


def before(on: Here, of: Work) -> tuple[date, list[Listed], dict[str, str]] | None:
    """The latest earlier list with what became of each account on it; None without one."""
    found = list_before(loaders.workspace(), on.dataset.key, of.week)
    if found is None:
        return None
    week, listed = found
    present, placed = of.study.present, places(on, of.study)
    standing: dict[str, date | None] = {}
    for row in listed:
        if row.account_id in placed:
            ago = present.table["days_since_notice"][placed[row.account_id]]
            given = None if ago != ago else present.as_of - timedelta(days=int(ago))
            standing[row.account_id] = given
    return week, listed, studies.came_of(week, listed, of.book, standing, of.entries)


def places(on: Here, of: Study) -> dict[str, int]:
    """Where each of today's customers stands in what is known."""
    ids = of.present.texts["account_id"]
    asked = (risk_study.options(on),)
    return loaders.derived(
        on.dataset,
        "risk-places",
        asked,
        lambda: {str(account): place for place, account in enumerate(ids)},
    )


def owner(on: Here, of: Work) -> str | None:
    """Whose list is asked for."""
    asked = session.read("owner", filters.facts(on.dataset))
    return asked if asked in of.owners else None
