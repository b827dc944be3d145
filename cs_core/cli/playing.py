"""The commands about plays: what they would have done, what they gave people to do, the digest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_core.cli.arguments import Arguments
from cs_core.errors import KeizokuError, UsageError

if TYPE_CHECKING:
    from cs_core.datasets import Dataset
    from cs_core.studies.plays.play import Play
    from cs_core.workspace import StoredDataset, Workspace
    from cs_core.workspace.plays import KeptPlay

STATUSES = {"done": "done", "dismiss": "dismissed", "reopen": "open"}


class UndeliveredError(KeizokuError):
    """The result is there and is written; that it could not be sent is told after it. Exit 2."""

    def __init__(self, result: Any, **fields: object) -> None:
        super().__init__("webhook_failed", **fields)
        self.result = result


@dataclass(frozen=True)
class Delivered:
    """A result that counts as delivered once it is written: then `mark` is called."""

    result: Any
    mark: Callable[[], None]


def plays(arguments: Arguments, language: str) -> Any:
    actions = {"list": _list, "preview": _preview, "run": _run, "on": _switch, "off": _switch}
    action, *words = _with_action(arguments, actions)
    if action not in actions:
        raise UsageError("unknown_action", command="plays", action=action, known=", ".join(actions))
    if action in ("on", "off") and not words:
        raise UsageError("word_needed", command=f"plays {action}", word="NAME")
    arguments.no_more_words(1 if action in ("list", "run") else 2)
    return actions[action](arguments, language)


def _list(arguments: Arguments, language: str) -> Any:
    from cs_core.studies.plays.words import rule_words

    with _opened(arguments) as (workspace, stored, dataset):
        currency = dataset.info.reporting_currency
        return [
            {
                "name": name,
                "on": kept is not None and kept.is_on,
                "rule": rule_words(play, language, currency),
                "action": play.action,
                "owner": play.owner,
                "due_days": play.due_days,
                "rest_days": play.rest_days,
                "since": None if kept is None or kept.since is None else kept.since.isoformat(),
                "offered": kept is None,
            }
            for name, play, kept in _known(workspace, stored)
        ]


def _preview(arguments: Arguments, language: str) -> Any:
    from cs_core.studies.plays import running
    from cs_core.studies.plays.firing import preview

    with _opened(arguments) as (workspace, stored, dataset):
        asked = arguments.words[1] if len(arguments.words) > 1 else None
        known = _known(workspace, stored)
        chosen = [_named(known, asked)] if asked else known
        of = running.known_of(workspace, stored, dataset, dataset.health_rules)
        records = [{"name": name, **preview(play, of).record()} for name, play, _ in chosen]
    if not asked:  # each firing only of the one that is asked for
        for record in records:
            record.pop("firings")
        return records
    return records[0]


def _run(arguments: Arguments, language: str) -> Any:
    from cs_core.reports.digest import task_record
    from cs_core.studies.plays import running

    with _opened(arguments) as (workspace, stored, dataset):
        ran = running.run(workspace, stored, dataset)
    return {
        "as_of": ran.as_of.isoformat(),
        "made": [task_record(task, language) for task in ran.made],
        "missing": [{"play": name, "missing": list(lacks)} for name, lacks in ran.missing.items()],
    }


def _switch(arguments: Arguments, language: str) -> Any:
    from cs_core.text import t
    from cs_core.workspace.plays import save_play

    with _opened(arguments) as (workspace, stored, _):
        name, play, kept = _named(_known(workspace, stored), arguments.words[1])
        label = t(f"plays.offer.{name}", language) if kept is None else kept.name
        save_play(
            workspace,
            stored.id,
            label,
            play.as_json() if kept is None else kept.rule,
            is_on=arguments.words[0] == "on",
            play_id=None if kept is None else kept.id,
        )
    return _list(arguments, language)


def _known(workspace: Workspace, stored: StoredDataset) -> list[tuple[str, Play, KeptPlay | None]]:
    """Kept plays, then those that are offered: a rule that is kept already is not."""
    from cs_core.studies.plays.play import OFFERS, play_of
    from cs_core.text import LANGUAGES, t
    from cs_core.workspace.plays import kept_plays

    kept = kept_plays(workspace, stored.id)
    rules = [found.rule for found in kept]
    codes = {
        (t(f"plays.offer.{code}", language), json.dumps(play.as_json(), sort_keys=True)): code
        for code, play in OFFERS.items()
        for language in LANGUAGES
    }
    found: list[tuple[str, Play, KeptPlay | None]] = []
    for one in kept:
        # An offer that was switched on keeps the name under which it was offered here.
        name = codes.get((one.name, json.dumps(one.rule, sort_keys=True)), one.name)
        found.append((name, play_of(name, one.rule), one))
    return found + [
        (code, play, None) for code, play in OFFERS.items() if play.as_json() not in rules
    ]


def _named(
    known: list[tuple[str, Play, KeptPlay | None]], name: str
) -> tuple[str, Play, KeptPlay | None]:
    for found in known:
        if name == found[0] or (found[2] is not None and name == found[2].name):
            return found
    names = ", ".join(found[0] for found in known)
    raise UsageError("unknown_play", name=name, known=names)


def tasks(arguments: Arguments, language: str) -> Any:
    from cs_core.reports.digest import task_record
    from cs_core.workspace.tasks import kept_tasks, set_status

    known = ("list", "export", *STATUSES)
    action, *words = _with_action(arguments, known)
    if action not in known:
        raise UsageError("unknown_action", command="tasks", action=action, known=", ".join(known))
    if action != "list" and not words:
        word = "FILE" if action == "export" else "ID"
        raise UsageError("word_needed", command=f"tasks {action}", word=word)
    workspace, stored = _stored(arguments)
    if action in STATUSES:
        changed = set_status(workspace, stored.id, words, STATUSES[action])
        return [task_record(task, language) for task in changed]
    arguments.no_more_words(1 if action == "list" else 2)
    status, owner = arguments.choice("--status"), arguments.text("--owner")
    chosen = [
        task
        for task in kept_tasks(workspace, stored.id)
        if (status is None or task.status == status) and (owner is None or task.owner == owner)
    ]
    records = [task_record(task, language) for task in chosen]
    if action == "list":
        return records
    path = Path(words[0])
    if path.suffix.lower() == ".ics":
        from cs_core.reports.task_calendar import calendar

        path.write_bytes(calendar(chosen, language))
    elif path.suffix.lower() == ".csv":
        from cs_core.reports.digest import TASK_COLUMNS
        from cs_core.text.spreadsheet import csv_text

        rows = [[record[name] for name in TASK_COLUMNS] for record in records]
        path.write_bytes(csv_text(TASK_COLUMNS, rows).encode("utf-8-sig"))
    else:
        raise UsageError("export_kind", file=path.name)
    return [{"file": str(path), "tasks": len(chosen)}]


def contacts(arguments: Arguments, language: str) -> Any:
    from cs_core.workspace.contacts import contacts as logged

    arguments.no_more_words(0)
    workspace, stored = _stored(arguments)
    return [
        {
            "account_id": contact.account_id,
            "date": contact.day.isoformat(),
            "who": contact.who,
            "outcome": contact.outcome,
            "note": contact.note,
        }
        for contact in logged(workspace, stored.id)
    ]


def digest(arguments: Arguments, language: str) -> Any:
    from cs_core.cli.commands import Text
    from cs_core.reports import digest as digests
    from cs_core.reports import webhook
    from cs_core.text import t

    arguments.no_more_words(0)
    address = arguments.text("--webhook")
    with _opened(arguments) as (workspace, stored, dataset):
        if address == "saved":
            address = webhook.saved(workspace)
            if address is None:
                raise UsageError("webhook_none")
        if address is not None:
            webhook.check_address(address)
        found = digests.digest(workspace, stored, dataset)
    record = found.record(language)
    result = Text(digests.text(found, language)) if arguments.form == "table" else record

    def mark() -> None:
        digests.delivered(workspace, stored, found)

    if address is None:
        return Delivered(result, mark)
    done = webhook.post(address, digests.text(found, language, message=True))
    reason = t(f"webhook.{done.code}", language, status=done.status)
    record["webhook"] = {"sent": done.sent, "attempts": done.attempts, "status": done.status}
    if not done.sent:
        raise UndeliveredError(result, host=webhook.host_of(address), reason=reason)
    mark()
    return result


def _with_action(arguments: Arguments, known: Iterable[str]) -> list[str]:
    if not arguments.words:
        raise UsageError("word_needed", command=arguments.command, word=", ".join(known))
    return arguments.words


@contextmanager
def _opened(arguments: Arguments) -> Iterator[tuple[Workspace, StoredDataset, Dataset]]:
    from cs_core.datasets import open_dataset

    workspace, stored = _stored(arguments)
    with open_dataset(dataset=stored.name, workspace=workspace) as dataset:
        yield workspace, stored, dataset


def _stored(arguments: Arguments) -> tuple[Workspace, StoredDataset]:
    from cs_core.workspace import Workspace

    workspace = Workspace()
    return workspace, workspace.dataset(arguments.needed("--dataset"))
