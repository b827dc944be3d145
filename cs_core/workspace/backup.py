"""The whole workspace in one ZIP file, and back again.

The file holds `state.sqlite` (the current version of every dataset, all settings and mappings;
nothing deleted), `datasets/<id>/<version>/…`, and `manifest.json` with the SHA-256 of each.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from cs_core.errors import WorkspaceError
from cs_core.workspace.state import latest_schema, migrate, schema_of, translated
from cs_core.workspace.store import Workspace, bring_to_disk

FORMAT = 1


def back_up(workspace: Workspace, target: Path) -> int:
    """Writes everything that counts into `target`, whole or not at all; the number of datasets.

    An existing file of that name is replaced.
    """
    if not target.parent.is_dir():
        raise WorkspaceError("backup_unwritable", file=target.name)
    datasets = workspace.home / "datasets"
    with ExitStack() as stack, translated():
        stack.enter_context(workspace.lock("workspace", shared=True))
        folder = Path(stack.enter_context(TemporaryDirectory(dir=workspace.scratch())))
        copy = folder / "state.sqlite"
        # Both under one hold: what the copied state names must not be removed meanwhile.
        held = [stack.enter_context(closing(workspace.hold(d.name))) for d in workspace.datasets()]
        kept = [item.stored.path.relative_to(datasets).as_posix() for item in held]
        _copy_state(workspace.state, copy, kept)
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        try:
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                sums = {copy.name: _add(archive, copy, copy.name)}
                for item in held:
                    for path in sorted(p for p in item.stored.path.rglob("*") if p.is_file()):
                        name = path.relative_to(workspace.home).as_posix()
                        sums[name] = _add(archive, path, name)
                archive.writestr("manifest.json", json.dumps({"format": FORMAT, "files": sums}))
            with partial.open("rb") as stream:
                os.fsync(stream.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return len(held)


def restore(workspace: Workspace, source: Path, *, replace: bool = False) -> int:
    """Makes the workspace what it was when `source` was written; the number of datasets.

    Raises WorkspaceError `restore_not_empty` when there are datasets and `replace` is not set,
    `backup_unusable` and `backup_newer` for a file that is not a whole backup of ours.
    """
    with ExitStack() as stack, translated():
        stack.enter_context(workspace.lock("workspace"))
        if workspace.datasets() and not replace:
            raise WorkspaceError("restore_not_empty")
        folder = Path(stack.enter_context(TemporaryDirectory(dir=workspace.scratch())))
        with _archive(source) as (archive, sums):
            for name, digest in sums.items():
                _extract(archive, name, digest, folder / name)
            state = folder / "state.sqlite"
            moved = _checked_state(state, source)
        try:
            for old, new in moved.items():
                target = workspace.home / "datasets" / new
                target.parent.mkdir(exist_ok=True)
                (folder / "datasets" / old).rename(target)
                bring_to_disk(target)
            _replace_state(workspace.state, state)
        finally:
            workspace.clean()  # the old folders, or after a failure the new ones
        return len(moved)


def _copy_state(source: Path, copy: Path, directories: list[str]) -> None:
    with (
        closing(sqlite3.connect(source)) as original,
        closing(sqlite3.connect(copy, isolation_level=None)) as db,
    ):
        original.backup(db)
        marks = ", ".join("?" * len(directories))
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("UPDATE datasets SET previous = NULL")
        db.execute(f"DELETE FROM versions WHERE directory NOT IN ({marks})", directories)
        db.execute("DELETE FROM datasets WHERE id NOT IN (SELECT dataset_id FROM versions)")
        db.execute("VACUUM")


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> str:
    archive.write(path, name)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _archive(source: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, str]]]:
    """The opened ZIP and the manifest's file sums; anything odd about it is one clear error."""
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = json.loads(archive.read("manifest.json"))
            if manifest["format"] > FORMAT:
                raise WorkspaceError("backup_newer", file=source.name)
            sums = manifest["files"]
            if "state.sqlite" not in sums or not all(map(_is_ours, sums)):
                raise WorkspaceError("backup_unusable", file=source.name)
            yield archive, sums
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, _Mismatch) as error:
        raise WorkspaceError("backup_unusable", file=source.name) from error
    except FileNotFoundError as error:
        raise WorkspaceError("backup_missing", file=source.name) from error


class _Mismatch(Exception):  # noqa: N818 - never leaves this file
    """A file in the ZIP is not the one that was put there."""


def _is_ours(name: str) -> bool:
    """No name may lead out of the folder it is unpacked into."""
    parts = PurePosixPath(name).parts
    return name == "state.sqlite" or (
        len(parts) > 3 and parts[0] == "datasets" and ".." not in parts and "\\" not in name
    )


def _extract(archive: zipfile.ZipFile, name: str, digest: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as packed, target.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked, 1 << 20)
    with target.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
            raise _Mismatch


def _checked_state(state: Path, source: Path) -> dict[str, str]:
    """Brings the state of an older backup to today's schema, and gives every folder a fresh
    name, so that it can lie beside the one it replaces: old name -> new name."""
    try:
        with closing(sqlite3.connect(state, isolation_level=None)) as db:
            db.execute("PRAGMA trusted_schema = OFF")
            if schema_of(db) > latest_schema():
                raise WorkspaceError("backup_newer", file=source.name)
            if db.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise _Mismatch
            migrate(state)
            rows = db.execute(
                "SELECT directory, id, version FROM datasets JOIN versions ON id = dataset_id"
            ).fetchall()
            moved = {}
            for old, key, version in rows:
                if not re.fullmatch("[0-9a-f]{16}/[0-9]+-[0-9a-f]{6}", old) or old[:16] != key:
                    raise _Mismatch
                if not (state.parent / "datasets" / old).is_dir():
                    raise _Mismatch
                moved[old] = f"{key}/{version}-{os.urandom(3).hex()}"
                db.execute(
                    "UPDATE versions SET directory = ? WHERE directory = ?", (moved[old], old)
                )
            return moved
    except sqlite3.Error as error:
        raise _Mismatch from error


def _replace_state(state: Path, restored: Path) -> None:
    """All rows of all tables at once, in one transaction of the workspace's own file."""
    with closing(sqlite3.connect(state, timeout=10, isolation_level=None)) as db:
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("ATTACH ? AS restored", (str(restored),))
        db.execute("BEGIN IMMEDIATE")
        tables = db.execute(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        for (table,) in tables:
            db.execute(f'DELETE FROM main."{table}"')
            db.execute(f'INSERT INTO main."{table}" SELECT * FROM restored."{table}"')
        db.execute("COMMIT")
