"""What no state names and what cannot be told: moved aside under the day, kept until a person who
was shown it says that it may go."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from cs_core.errors import UsageError
from cs_core.workspace import manifest, temporary

_FOLDER = "quarantine"


@dataclass(frozen=True)
class InQuarantine:
    """One folder: its `place` inside the workspace, the name of the dataset it was a version of
    (empty where it does not say), since when it lies there, and its size in bytes."""

    place: str
    dataset: str
    since: date
    bytes: int


def place_in_quarantine(home: Path, name: str) -> Path:
    """Where something of that name can be moved to, under today's date."""
    folder = home / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    place = f"{datetime.now(UTC).date().isoformat()}-{name}"
    target = folder / place
    while target.exists():
        target = folder / f"{place}-{os.urandom(3).hex()}"
    return target


def quarantined(home: Path) -> list[InQuarantine]:
    """Everything in quarantine, the oldest first."""
    found = []
    with suppress(FileNotFoundError):
        for path in sorted((home / _FOLDER).iterdir()):
            with suppress(ValueError):  # not of ours
                since = date.fromisoformat(path.name[:10])
                said = manifest.read(path)
                size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
                name = "" if said is None else said.name
                found.append(InQuarantine(f"{_FOLDER}/{path.name}", name, since, size))
    return found


def discard(home: Path, place: str) -> None:
    """Removes one of `quarantined`, for good. Raises UsageError `not_in_quarantine`."""
    known = [one.place for one in quarantined(home)]
    if place not in known:
        raise UsageError("not_in_quarantine", place=place, known=", ".join(known))
    temporary.discard(home, home / place)
