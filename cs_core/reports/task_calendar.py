"""Tasks as a calendar file (RFC 5545) that Google Calendar, Outlook and Apple Calendar take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from cs_core.studies.plays.words import reason_words
from cs_core.text import numbers, plain, t
from cs_core.workspace.tasks import Task


def calendar(tasks: Sequence[Task], language: str) -> bytes:
    """One all-day entry a task on the day it is due, under an id that stays the same, so that
    reading the file again changes entries instead of doubling them. Entries and not to-dos, which
    most calendars leave out."""
    made = Calendar()
    made.add("prodid", "-//Keizoku//Tasks//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", t("plays.task.calendar", language))
    for task in tasks:
        made.add_component(_entry(task, language))
    found: bytes = made.to_ical()
    return found


def _entry(task: Task, language: str) -> Event:
    def said(key: str, /, **fields: object) -> str:
        return t(f"plays.task.{key}", language, **fields)

    action = t(f"risk.play.{task.action}", language)
    lines = [
        said("reason", reason=plain(reason_words(task.reason, language, task.currency)))
        if task.reason
        else "",
        said("play", play=plain(task.play)) if task.play else "",
        said("owner", owner=plain(task.owner)) if task.owner else "",
        said("mrr", mrr=numbers.money(task.mrr, task.currency, language)),
    ]
    entry = Event()
    entry.add("uid", f"task-{task.id}@keizoku")
    entry.add("dtstamp", task.made or datetime.now(UTC))
    entry.add("dtstart", task.due)
    entry.add("dtend", task.due + timedelta(days=1))
    entry.add("summary", said("summary", action=action, name=plain(task.name or task.account_id)))
    entry.add("description", "\n".join(line for line in lines if line))
    entry.add("transp", "TRANSPARENT")
    entry.add("status", "CANCELLED" if task.status == "dismissed" else "CONFIRMED")
    return entry
