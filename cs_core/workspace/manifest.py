"""What a kept version says of itself, in its own folder: enough to be found again without the
state, and to see whether it is whole."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cs_core.workspace import derived

FILE = "version.json"
# Stands in a folder from its making until its version counts.
UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Manifest:
    """One version. `counts_since` is when it last became the one that counts, `deleted_at` when
    its dataset was deleted, or None; both in UTC. `files` are the sizes in bytes of all that was
    imported, by path inside the folder; what is derived later is not among them."""

    id: str
    name: str
    version: int
    created: str
    counts_since: str
    sources: list[list[str]]
    options: Mapping[str, Any]
    report: Mapping[str, Any]
    files: Mapping[str, int]
    deleted_at: str | None = None


def sizes(folder: Path) -> dict[str, int]:
    """Every file of a version by its path inside the folder."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(map(path.match, (FILE, UNFINISHED, *derived.PATTERNS)))
    }


def write(folder: Path, manifest: Manifest) -> None:
    """Whole or not at all, and safely on disk."""
    draft = folder / f"{FILE}.draft"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", -1, "utf-8") as to:
        json.dump(asdict(manifest), to, ensure_ascii=False)
        to.flush()
        os.fsync(to.fileno())
    draft.replace(folder / FILE)
    flush(folder)


def read(folder: Path) -> Manifest | None:
    """None where there is none, or it cannot be understood."""
    with suppress(OSError, ValueError, TypeError):
        return Manifest(**json.loads((folder / FILE).read_text("utf-8")))
    return None


def is_whole(folder: Path, manifest: Manifest) -> bool:
    """Whether every file is there in its full length."""
    with suppress(OSError):
        return all((folder / name).stat().st_size == n for name, n in manifest.files.items())
    return False


def bring_to_disk(folder: Path) -> None:
    """Flushes every file and folder, so that a power cut cannot leave a version half written, and
    makes them the owner's alone."""
    for root, _, names in os.walk(folder):
        for path in [Path(root), *(Path(root, name) for name in names)]:
            path.chmod(0o700 if path.is_dir() else 0o600)
            flush(path)
    flush(folder.parent)
    flush(folder.parent.parent)


def flush(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder, and needs no flush of it
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
