"""What the page knows of plays: those that are kept, what they would have found, their tasks."""

from __future__ import annotations

from typing import Any

import pandas

from cs_core.domain.periods import add_months
from cs_core.studies.plays import running
from cs_core.studies.plays.firing import Preview, preview
from cs_core.studies.plays.holds import Evidence
from cs_core.studies.plays.play import OFFERS, Play
from cs_core.studies.risk import Rules
from cs_core.workspace.tasks import Task
from pages.frame import loaders
from pages.frame.here import Here
from pages.shared import contacts, risk_study
from pages.shared.playing import kept, stored


def offers(on: Here) -> dict[str, Play]:
    """Those a person has not taken yet."""
    rules = [one.rule for one, _ in kept(on)]
    return {code: play for code, play in OFFERS.items() if play.as_json() not in rules}


def with_tasks(on: Here, shown: pandas.DataFrame, rows: pandas.DataFrame) -> pandas.DataFrame:
    """The list with what is being done already in the place of what is suggested."""
    found: dict[tuple[str, str], Task] = {}
    for task in contacts.tasks(on):
        if task.status == "open":
            found.setdefault((task.account_id, task.currency), task)
    if not found:
        return shown
    pairs = zip(rows["account_id"], rows["currency"], strict=True)
    return shown.assign(
        play=[
            contacts.open_task_words(on, found[pair]) if pair in found else play
            for pair, play in zip(pairs, shown["play"], strict=True)
        ]
    )


def is_first(on: Here, rules: Rules) -> bool:
    """Whether the past has yet to be laid out, which takes a while."""
    return loaders.is_new(on.dataset, "plays-known", (rules,))


def known(on: Here, rules: Rules) -> Evidence:
    """The past under the usual definitions, whatever the filters: plays run without them."""
    return loaders.derived(
        on.dataset,
        "plays-known",
        (rules,),
        lambda: running.known_of(loaders.workspace(), stored(on), on.dataset, rules),
    )


def previewed(on: Here, rules: Rules, play: Play) -> Preview:
    return loaders.derived(
        on.dataset, "plays-preview", (rules, play), lambda: preview(play, known(on, rules))
    )


def by_month(found: Preview) -> pandas.DataFrame:
    """Firings by month and outcome, as `charts.play_firings` wants them."""
    counts: dict[tuple[str, str], int] = {}
    month, last = f"{found.first:%Y-%m}", f"{found.as_of:%Y-%m}"
    while month <= last:
        counts[month, "stayed"] = 0
        month = add_months(month, 1)
    for one in found.firings:
        outcome = "open" if one.left is None else "left" if one.left else "stayed"
        key = (f"{one.day:%Y-%m}", outcome)
        counts[key] = counts.get(key, 0) + 1
    rows = [{"month": month, "outcome": name, "firings": n} for (month, name), n in counts.items()]
    return pandas.DataFrame(rows)


def owners(on: Here) -> list[str]:
    """Who looks after accounts, as the data says."""
    column = risk_study.owner_column(on)
    if column is None:
        return []
    return [name for name in loaders.segment_values(on.dataset, column) if name]


def firing_table(found: Preview) -> pandas.DataFrame:
    columns = ("day", "account_id", "name", "mrr", "currency", "left")
    rows: list[dict[str, Any]] = [
        {
            "day": one.day,
            "account_id": one.account_id,
            "name": one.name,
            "mrr": one.mrr,
            "currency": one.currency,
            "left": one.left,
        }
        for one in reversed(found.firings)
    ]
    return pandas.DataFrame(rows, columns=list(columns))
