"""Plays as every page that lists tasks knows them: those that are kept, and running what is on."""

from __future__ import annotations

from contextlib import suppress

from cs_core.errors import KeizokuError, WorkspaceError
from cs_core.studies.plays import running
from cs_core.studies.plays.play import Play, play_of
from cs_core.workspace import StoredDataset
from cs_core.workspace.plays import KeptPlay, kept_plays
from pages.frame import loaders
from pages.frame.here import Here


def stored(on: Here) -> StoredDataset:
    return loaders.workspace().dataset(on.dataset.name)


def kept(on: Here) -> list[tuple[KeptPlay, Play]]:
    """Plays that can be read; one kept by a newer program may not be."""
    found = []
    for one in kept_plays(loaders.workspace(), on.dataset.key):
        with suppress(KeizokuError):
            found.append((one, play_of(one.name, one.rule)))
    return found


def run_today(on: Here) -> running.Ran | None:
    """Runs what is on and has not run for the as-of day; None where nothing had to."""
    as_of = on.dataset.warehouse.facts.as_of
    waiting = [one for one, _ in kept(on) if one.is_on and (one.ran is None or one.ran < as_of)]
    if not waiting:
        return None
    with suppress(WorkspaceError):  # a workspace that can only be read makes no tasks
        return running.run(loaders.workspace(), stored(on), on.dataset)
    return None
