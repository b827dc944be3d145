"""What is new since the last time: the message for Monday morning, or for cron every day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cs_core.datasets import Dataset
from cs_core.reports import webhook
from cs_core.studies.plays import running
from cs_core.studies.plays.play import HORIZON_DAYS
from cs_core.studies.plays.words import reason_words
from cs_core.text import numbers, plain, t
from cs_core.workspace import StoredDataset, Workspace
from cs_core.workspace.scores import Score, scores_on
from cs_core.workspace.tasks import Task, kept_tasks

RENEWAL_DAYS = 30
MOST_LINES = 10  # of one kind in a message
TASK_COLUMNS = (
    "id",
    "play",
    "action",
    "account_id",
    "name",
    "currency",
    "mrr",
    "reason",
    "owner",
    "fired",
    "due",
    "status",
)


@dataclass(frozen=True)
class Change:
    """An account whose health colour is not what it was; `before` None for one that is new."""

    account_id: str
    name: str | None
    currency: str
    mrr: Decimal
    before: str
    after: str


@dataclass(frozen=True)
class Due:
    """A contract that comes up for renewal."""

    account_id: str
    name: str | None
    currency: str
    mrr: Decimal
    renewal: date


@dataclass(frozen=True)
class Total:
    """MRR of today's customers in one currency, and probability x MRR where there is a model."""

    currency: str
    customers: int
    mrr: Decimal
    at_risk: Decimal | None
    red: Decimal


@dataclass(frozen=True)
class Digest:
    """`since` is the day of the last digest before this day's; None for the first."""

    dataset: str
    as_of: date
    since: date | None
    tasks: list[Task]
    open_tasks: int
    late_tasks: int
    changes: list[Change]
    renewals: list[Due]
    totals: list[Total]
    missing: dict[str, tuple[str, ...]]

    def record(self, language: str) -> dict[str, Any]:
        return {
            "dataset": self.dataset,
            "as_of": self.as_of.isoformat(),
            "since": None if self.since is None else self.since.isoformat(),
            "open_tasks": self.open_tasks,
            "overdue_tasks": self.late_tasks,
            "totals": [
                {
                    "currency": total.currency,
                    "customers": total.customers,
                    "mrr": f"{total.mrr:.6f}",
                    "mrr_at_risk": None if total.at_risk is None else f"{total.at_risk:.6f}",
                    "red_mrr": f"{total.red:.6f}",
                }
                for total in self.totals
            ],
            "new_tasks": [task_record(task, language) for task in self.tasks],
            "colour_changes": [
                {
                    "account_id": change.account_id,
                    "name": change.name,
                    "currency": change.currency,
                    "mrr": f"{change.mrr:.6f}",
                    "before": change.before,
                    "after": change.after,
                }
                for change in self.changes
            ],
            "renewals": [
                {
                    "account_id": due.account_id,
                    "name": due.name,
                    "currency": due.currency,
                    "mrr": f"{due.mrr:.6f}",
                    "renewal": due.renewal.isoformat(),
                }
                for due in self.renewals
            ],
        }


def task_record(task: Task, language: str) -> dict[str, Any]:
    """A task as the command line gives it; its reason in words."""
    return {
        "id": task.id,
        "play": task.play,
        "action": task.action,
        "account_id": task.account_id,
        "name": task.name,
        "currency": task.currency,
        "mrr": f"{task.mrr:.6f}",
        "reason": reason_words(task.reason, language, task.currency),
        "owner": task.owner,
        "fired": task.fired.isoformat(),
        "due": task.due.isoformat(),
        "status": task.status,
    }


def digest(workspace: Workspace, stored: StoredDataset, dataset: Dataset) -> Digest:
    """Runs the plays, keeps the day's scores, and says what is new since the last one that was
    delivered (`delivered`). The same day twice says the same. Raises CannotAnswerError for data
    without dates."""
    ran = running.run(workspace, stored, dataset)
    found = running.listed_today(workspace, stored, dataset, dataset.health_rules)
    since = _last_day(dataset, ran.as_of)
    tasks = kept_tasks(workspace, stored.id)
    waiting = [task for task in tasks if task.status == "open"]
    return Digest(
        stored.name,
        ran.as_of,
        since,
        [
            task
            for task in sorted(waiting, key=lambda task: -task.mrr)
            if task.fired <= ran.as_of and (since is None or task.fired > since)
        ],
        len(waiting),
        sum(1 for task in waiting if task.due < ran.as_of),
        _changes(
            found, {} if since is None else scores_on(workspace, stored.id, since, HORIZON_DAYS)
        ),
        sorted(
            (
                Due(
                    row["account_id"], row["name"], row["currency"], row["mrr"], row["next_renewal"]
                )
                for row in found
                if row["next_renewal"] is not None
                and row["notice_given"] is None
                and row["next_renewal"] <= ran.as_of + timedelta(days=RENEWAL_DAYS)
            ),
            key=lambda due: (due.renewal, -due.mrr, due.account_id),
        ),
        _totals(found),
        ran.missing,
    )


def _last_day(dataset: Dataset, as_of: date) -> date | None:
    """The day of the last delivered digest before as-of."""
    kept = dataset.setting("digest", {})
    day, since = (kept.get(field) for field in ("day", "since"))
    if day is not None and day < as_of.isoformat():
        since = day
    return None if since is None else date.fromisoformat(since)


def delivered(workspace: Workspace, stored: StoredDataset, of: Digest) -> None:
    """Remembers that a digest has reached its reader: the next tells what came after it. One that
    has not is told again, with all that is new by then."""
    key = f"digest:{stored.id}"
    day = workspace.setting(key, {}).get("day")
    if day is None or day < of.as_of.isoformat():
        workspace.set_setting(key, {"day": of.as_of.isoformat(), "since": day})


def _changes(found: Sequence[dict[str, Any]], before: dict[tuple[str, str], Score]) -> list[Change]:
    worse = {"red": 0, "yellow": 1, "green": 2}
    changes = []
    for row in found:
        earlier = before.get((row["account_id"], row["currency"]))
        colour = None if earlier is None else earlier.colour
        if colour is None or row["colour"] is None or colour == row["colour"]:
            continue
        changes.append(
            Change(
                row["account_id"], row["name"], row["currency"], row["mrr"], colour, row["colour"]
            )
        )
    return sorted(changes, key=lambda c: (worse[c.after], -c.mrr, c.account_id))


def _totals(found: Sequence[dict[str, Any]]) -> list[Total]:
    totals = []
    for currency in sorted({row["currency"] for row in found}):
        here = [row for row in found if row["currency"] == currency]
        risks = [row["mrr_at_risk"] for row in here if row["mrr_at_risk"] is not None]
        totals.append(
            Total(
                currency,
                len(here),
                sum((row["mrr"] for row in here), start=Decimal(0)),
                sum(risks, start=Decimal(0)) if risks else None,
                sum((row["mrr"] for row in here if row["colour"] == "red"), start=Decimal(0)),
            )
        )
    return totals


# -- in words -----------------------------------------------------------------------------


def text(of: Digest, language: str, *, message: bool = False) -> str:
    """The digest to read; with `message` for Slack, where names from files do nothing."""
    safe = webhook.escaped if message else plain

    def said(key: str, /, **fields: object) -> str:
        return t(f"digest.{key}", language, **fields)

    def head(key: str, /, **fields: object) -> str:
        return f"*{said(key, **fields)}*" if message else said(key, **fields)

    lines = [head("title", dataset=safe(of.dataset), day=numbers.day(of.as_of, language))]
    lines += [_total_words(total, language) for total in of.totals]
    news = [
        said(
            "task",
            name=safe(task.name or task.account_id),
            action=t(f"risk.play.{task.action}", language),
            play=safe(task.play),
            reason=safe(reason_words(task.reason, language, task.currency)),
            owner=safe(task.owner) or said("nobody"),
            due=numbers.day(task.due, language),
        )
        for task in of.tasks
    ]
    late = said("late", n=of.late_tasks) if of.late_tasks else ""
    lines += ["", head("tasks", n=len(of.tasks), open=of.open_tasks) + late]
    lines += _cut(news, language)
    if of.since is not None:
        day = numbers.day(of.since, language)
        lines += ["", head("changes", n=len(of.changes), day=day)]
        lines += _cut(
            (
                said(
                    "change",
                    name=safe(change.name or change.account_id),
                    before=t(f"plays.colour.{change.before}", language),
                    after=t(f"plays.colour.{change.after}", language),
                    mrr=numbers.money(change.mrr, change.currency, language),
                )
                for change in of.changes
            ),
            language,
        )
    lines += ["", head("renewals", n=len(of.renewals), days=RENEWAL_DAYS)]
    lines += _cut(
        (
            said(
                "renewal",
                name=safe(due.name or due.account_id),
                day=numbers.day(due.renewal, language),
                mrr=numbers.money(due.mrr, due.currency, language),
            )
            for due in of.renewals
        ),
        language,
    )
    for play, tables in of.missing.items():
        names = t("finding.comma", language).join(t(f"plays.missing.{n}", language) for n in tables)
        lines += ["", said("missing", play=safe(play), tables=names)]
    return "\n".join(lines)


def _total_words(total: Total, language: str) -> str:
    def money(value: Decimal) -> str:
        return numbers.money(value, total.currency, language)

    key = "total" if total.at_risk is None else "total_at_risk"
    return t(
        f"digest.{key}",
        language,
        customers=numbers.count(total.customers),
        mrr=money(total.mrr),
        red=money(total.red),
        risk=money(total.at_risk or Decimal(0)),
        days=HORIZON_DAYS,
    )


def _cut(lines: Iterable[str], language: str) -> list[str]:
    every = list(lines)
    shown = [f"• {line}" for line in every[:MOST_LINES]]
    if len(every) > MOST_LINES:
        shown.append(f"• {t('digest.more', language, n=len(every) - MOST_LINES)}")
    return shown
