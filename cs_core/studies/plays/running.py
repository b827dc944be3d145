"""Running the plays of a dataset for its as-of day: what fires becomes tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cs_core.datasets import Dataset
from cs_core.domain.named_columns import owner_column
from cs_core.errors import CannotAnswerError, WorkspaceError
from cs_core.metrics.options import Options
from cs_core.models.health_score import Rules
from cs_core.studies import risk
from cs_core.studies.due_days import due_day
from cs_core.studies.plays.conditions import ChanceAbove
from cs_core.studies.plays.firing import Firing, firings, missing_of
from cs_core.studies.plays.holds import Evidence, KeptChance
from cs_core.studies.plays.past import MOST_DAYS, Past
from cs_core.studies.plays.play import HORIZON_DAYS, Play, play_of
from cs_core.studies.risk import kept as kept_risk
from cs_core.studies.risk.rows import segment_values
from cs_core.workspace import StoredDataset, Workspace
from cs_core.workspace.plays import KeptPlay, kept_plays
from cs_core.workspace.scores import keep_scores, kept_chances
from cs_core.workspace.tasks import Task, keep_tasks, kept_tasks


@dataclass(frozen=True)
class Ran:
    """`made` are the new tasks; `missing` the plays that lack a table, with what they lack."""

    as_of: date
    made: list[Task]
    missing: dict[str, tuple[str, ...]]


def known_of(
    workspace: Workspace,
    stored: StoredDataset,
    dataset: Dataset,
    rules: Rules,
    *,
    since: date | None = None,
) -> Evidence:
    """What plays are answered from: the whole past, or from a day on with exact scores. Raises
    CannotAnswerError for data without dates, or with no customers."""
    _check(dataset)
    chances = [KeptChance(*row) for row in kept_chances(workspace, stored.id, HORIZON_DAYS)]
    past = Past(dataset.warehouse, since=since)
    return Evidence(past, rules, chances, exact=since is not None)


def run(workspace: Workspace, stored: StoredDataset, dataset: Dataset) -> Ran:
    """Makes the tasks of every play that is on, for each day since it last ran up to as-of; the
    first time for the as-of day only. Doing it again makes nothing new."""
    _check(dataset)
    rules = dataset.health_rules
    on = [kept for kept in kept_plays(workspace, stored.id) if kept.is_on]
    plays = {kept.id: play_of(kept.name, kept.rule) for kept in on}
    if any(play.has(ChanceAbove) for play in plays.values()):
        listed_today(workspace, stored, dataset, rules)
    as_of = dataset.warehouse.facts.as_of
    tasks: list[Task] = []
    ran: list[tuple[str, date, date]] = []
    missing: dict[str, tuple[str, ...]] = {}
    for since, group in _by_start(on, as_of).items():
        known = known_of(workspace, stored, dataset, rules, since=since)
        owners = _owners(dataset, known.past)
        for kept in group:
            if kept.ran is not None and kept.ran >= as_of:
                continue
            play = plays[kept.id]
            if lacking := missing_of(play, known):
                missing[play.name] = lacking
            fired = _new(workspace, stored, kept, firings(play, known))
            tasks += [_task(kept, play, found, owners) for found in fired]
            ran.append((kept.id, since, as_of))
    return Ran(as_of, keep_tasks(workspace, stored.id, tasks, ran), missing)


def _check(dataset: Dataset) -> None:
    if dataset.warehouse.facts.shape == "tenure":
        raise CannotAnswerError("plays_need_dates")


def _by_start(on: Iterable[KeptPlay], as_of: date) -> dict[date, list[KeptPlay]]:
    """Plays by the day they run from: how long one rests depends on all it did before."""
    groups: dict[date, list[KeptPlay]] = {}
    for kept in on:
        begin = max(kept.since or as_of, as_of - timedelta(days=MOST_DAYS - 1))
        groups.setdefault(min(begin, as_of), []).append(kept)
    return groups


def _new(
    workspace: Workspace, stored: StoredDataset, kept: KeptPlay, fired: Sequence[Firing]
) -> list[Firing]:
    if kept.ran is not None:
        return [found for found in fired if found.day > kept.ran]
    # A play that begins anew leaves alone whom it has an open task for.
    waiting = {
        (task.account_id, task.currency)
        for task in kept_tasks(workspace, stored.id)
        if task.play_id == kept.id and task.status == "open"
    }
    return [found for found in fired if (found.account_id, found.currency) not in waiting]


def _task(
    kept: KeptPlay, play: Play, found: Firing, owners: dict[tuple[str, str], str | None]
) -> Task:
    reason = [
        [condition.as_json(), value]
        for condition, value in zip(play.conditions, found.values, strict=True)
    ]
    return Task(
        kept.id,
        play.name,
        play.action,
        found.account_id,
        found.currency,
        found.name,
        Decimal(str(round(found.mrr, 6))),
        reason,
        play.owner or owners.get((found.account_id, found.currency)) or "",
        found.day,
        due_day(found.day, play.due_days, found.renewal_days),
    )


def _owners(dataset: Dataset, past: Past) -> dict[tuple[str, str], str | None]:
    column = owner_column([segment.name for segment in dataset.info.segments])
    if column is None:
        return {}
    found = segment_values(dataset.warehouse, Options(), column)
    pairs = zip(past.texts["account_id"], past.texts["currency"], past.keys.tolist(), strict=True)
    return {(str(account), str(currency)): found.get(key) for account, currency, key in pairs}


def listed_today(
    workspace: Workspace, stored: StoredDataset, dataset: Dataset, rules: Rules
) -> list[dict[str, Any]]:
    """Accounts at risk of the as-of day with the columns of the contract; their scores are kept if
    that day has not been kept before."""
    options = Options(horizon_days=HORIZON_DAYS)
    found = risk.known(dataset.warehouse, options)
    evaluation = risk.evaluation_record(found.learned.evaluation)
    card = kept_risk.card(found.learned, rules, evaluation, stored.version)
    with suppress(WorkspaceError):  # a workspace that can only be read still answers
        scores = kept_risk.scores(found.present, rules)
        keep_scores(workspace, stored.id, found.present.as_of, HORIZON_DAYS, card, scores)
    accounts = risk.listed(dataset.warehouse, options, found, rules)
    return list(accounts.mappings())
