"""Datasets kept on disk: whole versions in folders, and which of them counts in SQLite.

    KEIZOKU_HOME/
      state.sqlite              what there is; see migrations/
      datasets/<id>/<version>/  the files of one import; never changed once it is kept
      locks/                    one file per dataset, and `workspace.lock`

A version is written to a fresh folder nobody refers to, brought safely to disk, and then made
the current one in a single SQLite transaction. Killed at any instant, the dataset is the whole
old version or the whole new one, and the folder left over is removed at the next start.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cs_core.errors import UsageError, WorkspaceError
from cs_core.workspace.locks import Busy, Lock
from cs_core.workspace.names import check_name, dataset_id
from cs_core.workspace.state import Connection, migrate, reading, transaction, translated

DAYS_A_DELETED_DATASET_IS_KEPT = 7
HOME_VARIABLE = "KEIZOKU_HOME"


@dataclass(frozen=True)
class SourceFile:
    """One imported file: its name without a folder, and the SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True)
class StoredDataset:
    """One kept version of a dataset. `path` is its folder; `created` is in UTC."""

    id: str
    name: str
    version: int
    created: datetime
    path: Path
    sources: tuple[SourceFile, ...]
    options: Mapping[str, Any]
    report: Mapping[str, Any]


@dataclass
class NewVersion:
    """A version being made: write into `path`, set `report`, leave the block without an error.

    `previous` is the version it will replace; `stored` is set once the new one counts.
    """

    path: Path
    previous: StoredDataset | None
    sources: tuple[SourceFile, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    stored: StoredDataset | None = None


@dataclass(frozen=True)
class Held:
    """A version somebody reads: it stays on disk until `close()`, whatever is imported."""

    stored: StoredDataset
    _lock: Lock

    def close(self) -> None:
        self._lock.close()


def default_home() -> Path:
    """KEIZOKU_HOME, or the folder for application data under the person's home."""
    if home := os.environ.get(HOME_VARIABLE):
        return Path(home)
    from platformdirs import user_data_path

    return user_data_path("keizoku", appauthor=False)


def source_files(paths: Sequence[Path]) -> tuple[SourceFile, ...]:
    """Name and hash of each file, in the order given."""
    found = []
    for path in paths:
        with path.open("rb") as stream:
            found.append(SourceFile(path.name, hashlib.file_digest(stream, "sha256").hexdigest()))
    return tuple(found)


class Workspace:
    """The datasets, settings and mappings of one folder. Safe to share between threads."""

    def __init__(self, home: Path | None = None) -> None:
        self.home = (home or default_home()).absolute()
        self.state = self.home / "state.sqlite"
        with translated():
            for folder in ("datasets", "locks"):
                (self.home / folder).mkdir(parents=True, exist_ok=True)
            migrate(self.state)
        with suppress(WorkspaceError):  # a read-only workspace can still be read
            self.clean()

    def reading(self) -> AbstractContextManager[None]:
        """For many reads in a row: inside, those of this thread share a connection."""
        return reading(self.state)

    # -- datasets ------------------------------------------------------------------------

    def datasets(self) -> list[StoredDataset]:
        """The current version of every dataset, by name."""
        with transaction(self.state, write=False) as db:
            rows = db.execute(f"{_CURRENT} WHERE deleted_at IS NULL ORDER BY name").fetchall()
        return [self._stored(row) for row in rows]

    def dataset(self, name: str) -> StoredDataset:
        """The current version. Raises UsageError `unknown_dataset`."""
        name = check_name(name)
        with transaction(self.state, write=False) as db:
            row = db.execute(f"{_CURRENT} WHERE name = ? AND deleted_at IS NULL", (name,))
            found = row.fetchone()
        if found is None:
            raise UsageError("unknown_dataset", name=name)
        return self._stored(found)

    def hold(self, name: str) -> Held:
        """The current version, kept on disk until it is closed."""
        while True:
            stored = self.dataset(name)
            # Replaced twice between the two lines, its folder may be gone: look again.
            with suppress(FileNotFoundError, Busy):
                return Held(stored, Lock(stored.path, shared=True, folder=True))
            if not stored.path.exists() and self.dataset(name).version == stored.version:
                raise WorkspaceError("workspace_damaged")

    def unchanged(
        self, name: str, sources: Sequence[SourceFile], options: Mapping[str, Any]
    ) -> StoredDataset | None:
        """The current version if it was made from the same bytes with the same options."""
        with suppress(UsageError):
            stored = self.dataset(name)
            same = stored.sources == tuple(sources)
            if same and stored.options == json.loads(json.dumps(options)):
                return stored
        return None

    @contextmanager
    def new_version(
        self,
        name: str,
        sources: Sequence[SourceFile] = (),
        options: Mapping[str, Any] | None = None,
    ) -> Iterator[NewVersion]:
        """A folder to write a new version into; it counts once the block ends without an error.

        Raises WorkspaceError `import_running` when the dataset is being imported elsewhere.
        """
        name = check_name(name)
        key = self._key(name)
        with ExitStack() as stack, translated():
            stack.enter_context(self.lock("workspace", shared=True))
            stack.enter_context(self.lock(key, name=name))
            with transaction(self.state, write=False) as db:
                found = db.execute("SELECT last_version FROM datasets WHERE id = ?", (key,))
                number = (found.fetchone() or (0,))[0] + 1
            directory = f"{key}/{number}-{os.urandom(3).hex()}"
            path = self.home / "datasets" / directory
            path.mkdir(parents=True)
            try:
                version = NewVersion(path, self._current(name), tuple(sources), options or {})
                yield version
                bring_to_disk(path)
                with transaction(self.state, write=True) as db:
                    _keep(db, key, name, number, directory, version)
            except BaseException:
                # By what the state says: an interrupt may come right after the commit.
                with suppress(WorkspaceError):
                    self._remove_unused(key)
                raise
            version.stored = self.dataset(name)
            self._remove_unused(key)

    def delete(self, name: str) -> None:
        """Takes a dataset out of sight. `undo` brings it back for seven days."""
        stored = self.dataset(name)
        with (
            self.lock("workspace", shared=True),
            self.lock(stored.id, name=stored.name),
            transaction(self.state, write=True) as db,
        ):
            db.execute("UPDATE datasets SET deleted_at = ? WHERE id = ?", (_now(), stored.id))

    def rename(self, name: str, new: str) -> StoredDataset:
        """Gives a dataset another name; everything kept for it stays.

        Raises UsageError `unknown_dataset`, `dataset_name_taken`, `dataset_name_…`.
        """
        stored, new = self.dataset(name), check_name(new)
        with (
            self.lock("workspace", shared=True),
            self.lock(stored.id, name=stored.name),
            transaction(self.state, write=True) as db,
        ):
            taken = db.execute("SELECT id FROM datasets WHERE name = ?", (new,)).fetchone()
            if taken is not None and taken[0] != stored.id:
                raise UsageError("dataset_name_taken", name=new)
            db.execute("UPDATE datasets SET name = ? WHERE id = ?", (new, stored.id))
        return self.dataset(new)

    def can_undo(self, name: str) -> bool:
        """Whether an import before the current one is kept."""
        with transaction(self.state, write=False) as db:
            row = db.execute("SELECT previous FROM datasets WHERE name = ?", (name,)).fetchone()
        return row is not None and row[0] is not None

    def undo(self, name: str) -> StoredDataset:
        """Takes back the last deletion, or else the last import; doing it twice redoes it.

        Raises UsageError `nothing_to_undo` or `unknown_dataset`.
        """
        name = check_name(name)
        key = self._key(name)
        with (
            self.lock("workspace", shared=True),
            self.lock(key, name=name),
            transaction(self.state, write=True) as db,
        ):
            row = db.execute("SELECT deleted_at, previous FROM datasets WHERE id = ?", (key,))
            found = row.fetchone()
            if found is None:
                raise UsageError("unknown_dataset", name=name)
            if found[0] is not None:
                db.execute("UPDATE datasets SET deleted_at = NULL WHERE id = ?", (key,))
            elif found[1] is None:
                raise UsageError("nothing_to_undo", name=name)
            else:
                db.execute(
                    "UPDATE datasets SET current = previous, previous = current WHERE id = ?",
                    (key,),
                )
        return self.dataset(name)

    def scratch(self) -> Path:
        """A folder for whoever holds the lock `workspace`; emptied at the next start."""
        path = self.home / "scratch"
        path.mkdir(exist_ok=True)
        return path

    def clean(self) -> None:
        """Removes datasets deleted long ago, and the folders that killed processes left."""
        with suppress(Busy, OSError):
            if os.listdir(self.home / "scratch"):
                with Lock(self.home / "locks" / "workspace.lock"):
                    shutil.rmtree(self.home / "scratch", ignore_errors=True)
        oldest = (datetime.now(UTC) - timedelta(days=DAYS_A_DELETED_DATASET_IS_KEPT)).isoformat()
        with transaction(self.state, write=False) as db:
            rows = db.execute("SELECT 1 FROM datasets WHERE deleted_at < ?", (oldest,)).fetchall()
        if rows:
            with transaction(self.state, write=True) as db:
                db.execute("DELETE FROM datasets WHERE deleted_at < ?", (oldest,))
        kept = self._directories()
        with translated():
            for key in os.listdir(self.home / "datasets"):
                with suppress(WorkspaceError, FileNotFoundError):
                    found = {f"{key}/{child}" for child in os.listdir(self.home / "datasets" / key)}
                    if not found or found - kept:
                        with self.lock(key, name=key):
                            self._remove_unused(key)

    # -- small state ---------------------------------------------------------------------

    def setting(self, key: str, default: Any = None) -> Any:
        """A remembered choice: anything JSON can hold."""
        with transaction(self.state, write=False) as db:
            found = db.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        return default if found is None else json.loads(found[0])

    def set_setting(self, key: str, value: Any) -> None:
        with transaction(self.state, write=True) as db:
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, _json(value)))

    def mapping(self, signature: str) -> Any:
        """What a person confirmed for a header (see `header_signature`), or None."""
        with transaction(self.state, write=False) as db:
            row = db.execute("SELECT mapping FROM mappings WHERE signature = ?", (signature,))
            found = row.fetchone()
        return None if found is None else json.loads(found[0])

    def save_mapping(self, signature: str, mapping: Any) -> None:
        with transaction(self.state, write=True) as db:
            db.execute(
                "INSERT OR REPLACE INTO mappings VALUES (?, ?, ?)",
                (signature, _json(mapping), _now()),
            )

    # -- inside --------------------------------------------------------------------------

    def _key(self, name: str) -> str:
        """The dataset's folder and lock. A renamed dataset keeps the one of its first name, so a
        new one of that name gets another."""
        with transaction(self.state, write=False) as db:
            held = dict(db.execute("SELECT name, id FROM datasets").fetchall())
        if name in held:
            return str(held[name])
        key = dataset_id(name)
        while key in held.values():
            key = dataset_id(key)
        return key

    def _current(self, name: str) -> StoredDataset | None:
        with suppress(UsageError):
            return self.dataset(name)
        return None

    def _stored(self, row: tuple[Any, ...]) -> StoredDataset:
        key, name, number, created, directory, sources, options, report = row
        return StoredDataset(
            id=key,
            name=name,
            version=number,
            created=datetime.fromisoformat(created),
            path=self.home / "datasets" / directory,
            sources=tuple(SourceFile(*source) for source in json.loads(sources)),
            options=json.loads(options),
            report=json.loads(report),
        )

    def lock(self, key: str, *, name: str | None = None, shared: bool = False) -> Lock:
        """For this package only. Raises WorkspaceError `import_running` for a dataset's lock at
        once, and `workspace_busy` for that of the whole workspace after a second."""
        path = self.home / "locks" / f"{key}.lock"
        until = time.monotonic() + (0.0 if name is not None else 1.0)
        with translated():
            while True:
                try:
                    return Lock(path, shared=shared)
                except Busy as busy:
                    if time.monotonic() < until:
                        time.sleep(0.02)
                        continue
                    if name is None:
                        raise WorkspaceError("workspace_busy") from busy
                    holder = busy.holder or "?"
                    raise WorkspaceError("import_running", name=name, process=holder) from busy

    def _remove_unused(self, key: str) -> None:
        """To be called with the dataset's lock: an import under way is not in the state yet."""
        kept = self._directories()
        folder = self.home / "datasets" / key
        for child in os.listdir(folder):
            if f"{key}/{child}" in kept:
                continue
            with suppress(Busy, OSError), Lock(folder / child, folder=True):
                shutil.rmtree(folder / child, ignore_errors=True)
        with suppress(OSError):
            folder.rmdir()  # only if it is empty

    def _directories(self) -> set[str]:
        """The folders that count, as `<id>/<version>`."""
        with transaction(self.state, write=False) as db:
            rows = db.execute("SELECT directory FROM versions").fetchall()
        return {directory for (directory,) in rows}


_CURRENT = """
    SELECT datasets.id, name, version, created, directory, sources, options, report
    FROM datasets
    JOIN versions ON versions.dataset_id = datasets.id AND versions.version = datasets.current
"""


def _keep(
    db: Connection, key: str, name: str, number: int, directory: str, version: NewVersion
) -> None:
    """Makes a version the current one and forgets all but the one before it."""
    db.execute(
        """
        INSERT INTO datasets (id, name, last_version, current) VALUES (?1, ?2, ?3, ?3)
        ON CONFLICT (id) DO UPDATE
        SET last_version = ?3, previous = current, current = ?3, deleted_at = NULL
        """,
        (key, name, number),
    )
    db.execute(
        "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            key,
            number,
            directory,
            _now(),
            _json([(source.name, source.sha256) for source in version.sources]),
            _json(version.options),
            _json(version.report),
        ),
    )
    db.execute(
        """
        DELETE FROM versions WHERE dataset_id = ?1 AND version NOT IN (
            SELECT current FROM datasets WHERE id = ?1
            UNION ALL SELECT previous FROM datasets WHERE id = ?1 AND previous IS NOT NULL)
        """,
        (key,),
    )


def bring_to_disk(folder: Path) -> None:
    """Flushes every file and folder, so that a power cut cannot leave a version half written."""
    for root, _, names in os.walk(folder):
        for path in [Path(root), *(Path(root, name) for name in names)]:
            _flush(path)
    _flush(folder.parent)
    _flush(folder.parent.parent)


def _flush(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder, and needs no flush of it
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
