"""The whole workspace in one ZIP file, and back again.

The file holds `state.sqlite` (the current version of every dataset, all settings and mappings;
nothing deleted, no secrets), `datasets/<id>/<version>/…`, and `manifest.json` with the SHA-256 of
each and the names of the settings left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, Any

from cs_core.errors import WorkspaceError
from cs_core.workspace import manifest as manifests
from cs_core.workspace import temporary
from cs_core.workspace.manifest import bring_to_disk
from cs_core.workspace.state import (
    connect,
    is_of_the_file,
    latest_schema,
    migrate,
    schema_of,
    translated,
)
from cs_core.workspace.store import Workspace

FORMAT = 1
SECRETS = ("webhook",)  # settings that open something elsewhere
# A dataset's file is packed to a twentieth at the best; the rest is room for small ones.
MOST_TIMES, AND_BYTES = 100, 64 << 20
MOST_FILES = 100_000


def back_up(workspace: Workspace, target: Path) -> int:
    """Writes everything that counts into `target`, whole or not at all; the number of datasets.

    An existing file of that name is replaced.
    """
    if not target.parent.is_dir():
        raise WorkspaceError("backup_unwritable", file=target.name)
    datasets = workspace.home / "datasets"
    with ExitStack() as stack, translated():
        stack.enter_context(workspace.lock("workspace", shared=True))
        folder = stack.enter_context(_unpacking(workspace))
        copy = folder / "state.sqlite"
        # Both under one hold: what the copied state names must not be removed meanwhile.
        held = [stack.enter_context(closing(workspace.hold(d.name))) for d in workspace.datasets()]
        kept = [item.stored.path.relative_to(datasets).as_posix() for item in held]
        left_out = _copy_state(workspace.state, copy, kept)
        with (
            _partial(target) as stream,
            zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            sums = {copy.name: _add(archive, copy, copy.name)}
            for item in held:
                for path in _files(item.stored.path):
                    name = path.relative_to(workspace.home).as_posix()
                    sums[name] = _add(archive, path, name)
            said = {"format": FORMAT, "files": sums, "left_out": left_out}
            archive.writestr("manifest.json", json.dumps(said))
        return len(held)


@contextmanager
def _partial(target: Path) -> Iterator[IO[bytes]]:
    """A file beside the target that takes its place once it is whole; its owner's alone."""
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(partial, flags, 0o600), "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(target)
        manifests.flush(target.parent)
    except (PermissionError, IsADirectoryError, FileNotFoundError) as error:
        raise WorkspaceError("backup_unwritable", file=target.name) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    """What was imported, and what the version says of itself; not what is derived from it."""
    names = [manifests.FILE] if (folder / manifests.FILE).exists() else []
    return [folder / name for name in (*manifests.sizes(folder), *names)]


@dataclass(frozen=True)
class Restored:
    """How many datasets, and which settings a person has to give again: a backup holds no secrets,
    and those this workspace has stay."""

    datasets: int
    left_out: tuple[str, ...]


def restore(workspace: Workspace, source: Path, *, replace: bool = False) -> Restored:
    """Makes the workspace what it was when `source` was written. Its present datasets are then
    left over: they go from disk when nobody reads them any more.

    Raises WorkspaceError `restore_not_empty` when there are datasets and `replace` is not set,
    `backup_unusable` and `backup_newer` for a file that is not a whole backup of ours.
    """
    with ExitStack() as stack, translated():
        stack.enter_context(workspace.lock("workspace"))
        if workspace.datasets() and not replace:
            raise WorkspaceError("restore_not_empty")
        folder = stack.enter_context(_unpacking(workspace))
        with _archive(source) as (archive, said):
            for name, digest in said["files"].items():
                _extract(archive, name, digest, folder / name)
            state = folder / "state.sqlite"
            moved = _checked_state(state, source)
            asked = tuple(str(name) for name in said.get("left_out", ()))
        made: list[Path] = []
        try:
            for old, new in moved.items():
                unpacked, target = folder / "datasets" / old, workspace.home / "datasets" / new
                (unpacked / manifests.UNFINISHED).touch()
                target.parent.mkdir(mode=0o700, exist_ok=True)
                unpacked.rename(target)
                made.append(target)
                bring_to_disk(target)
            _replace_state(workspace.state, state)
        except BaseException:
            with suppress(WorkspaceError, OSError):
                counts = {found.path for found in workspace.datasets()}
                for target in made:
                    if target not in counts:
                        temporary.discard(workspace.home, target)
            raise
        for target in made:
            with suppress(OSError):
                (target / manifests.UNFINISHED).unlink()
        for directory in moved.values():
            workspace.write_manifests(directory[:16], counts_again=True)
        missing = tuple(name for name in asked if workspace.setting(name) is None)
    with suppress(WorkspaceError, OSError):
        workspace.clean()
    return Restored(len(moved), missing)


@contextmanager
def _unpacking(workspace: Workspace) -> Iterator[Path]:
    """A folder for a while. That it cannot be removed afterwards fails nothing: a start will."""
    with TemporaryDirectory(dir=workspace.temporary(), ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _copy_state(source: Path, copy: Path, directories: list[str]) -> list[str]:
    """Writes what belongs into a backup; the names of the secrets that do not."""
    secrets = ", ".join("?" * len(SECRETS))
    with (
        closing(connect(source)) as original,
        closing(sqlite3.connect(copy, isolation_level=None)) as db,
    ):
        original.backup(db)
        marks = ", ".join("?" * len(directories))
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("UPDATE datasets SET previous = NULL")
        db.execute(f"DELETE FROM versions WHERE directory NOT IN ({marks})", directories)
        db.execute("DELETE FROM datasets WHERE id NOT IN (SELECT dataset_id FROM versions)")
        found = db.execute(
            f"SELECT key FROM settings WHERE key IN ({secrets}) AND value <> 'null'", SECRETS
        ).fetchall()
        db.execute(f"DELETE FROM settings WHERE key = 'notices' OR key IN ({secrets})", SECRETS)
        db.execute("DELETE FROM leftovers")
        db.execute("VACUUM")
    return [key for (key,) in found]


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> str:
    archive.write(path, name)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _archive(source: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """The opened ZIP and its manifest; anything odd about it is one clear error."""
    try:
        with zipfile.ZipFile(source) as archive:
            _check_size(archive, source)
            said = json.loads(archive.read("manifest.json"))
            if said["format"] > FORMAT:
                raise WorkspaceError("backup_newer", file=source.name)
            if "state.sqlite" not in said["files"] or not all(map(_is_ours, said["files"])):
                raise WorkspaceError("backup_unusable", file=source.name)
            yield archive, said
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        KeyError,
        AttributeError,
        ValueError,
        TypeError,
        EOFError,
        IsADirectoryError,
        _Mismatch,
    ) as error:
        raise WorkspaceError("backup_unusable", file=source.name) from error
    except FileNotFoundError as error:
        raise WorkspaceError("backup_missing", file=source.name) from error
    except PermissionError as error:
        raise WorkspaceError("backup_unreadable", file=source.name) from error


def _check_size(archive: zipfile.ZipFile, source: Path) -> None:
    """What a ZIP says it unpacks to is what reading it is bounded by."""
    found = archive.infolist()
    most = source.stat().st_size * MOST_TIMES + AND_BYTES
    if len(found) > MOST_FILES or sum(item.file_size for item in found) > most:
        raise WorkspaceError("backup_unusable", file=source.name)


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
        if is_of_the_file(error):
            raise _Mismatch from error
        raise
    except WorkspaceError as error:
        if error.code == "workspace_damaged":
            raise _Mismatch from error
        raise


def _replace_state(state: Path, restored: Path) -> None:
    """All rows of all tables at once, in one transaction of the workspace's own file. What counted
    before is left over from then on; secrets stay."""
    secrets = ", ".join("?" * len(SECRETS))
    with closing(connect(state)) as db:
        db.execute("ATTACH ? AS restored", (str(restored),))
        db.execute("BEGIN IMMEDIATE")
        tables = db.execute(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        db.execute(
            "INSERT OR IGNORE INTO main.leftovers SELECT directory, created FROM main.versions"
        )
        for (table,) in tables:
            if table == "leftovers":
                continue
            kept = f"WHERE key NOT IN ({secrets})" if table == "settings" else ""
            given = SECRETS if kept else ()
            db.execute(f'DELETE FROM main."{table}" {kept}', given)
            db.execute(f'INSERT INTO main."{table}" SELECT * FROM restored."{table}" {kept}', given)
        db.execute("COMMIT")
