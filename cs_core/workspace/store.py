"""Datasets kept on disk: whole versions in folders, and which of them counts in SQLite.

    KEIZOKU_HOME/
      state.sqlite              what there is; see migrations/
      datasets/<id>/<version>/  the files of one import, never changed once it is kept, and
                                version.json, by which it is found again without the state
      building/<id>-…/          an import that is made shard by shard, and gone on with
      locks/                    one file per dataset, and `workspace.lock`
      quarantine/<day>-…/       what no state names and what cannot be told: kept, and said
      temporary/                one folder per process; see temporary.py

A version is written to a fresh folder nobody refers to, marked `unfinished`, brought safely to
disk, and then made the current one in a single SQLite transaction. Killed at any instant, the
dataset is the whole old version or the whole new one.

Nothing is removed because the state does not name it: the state may be lost, emptied or older than
the folders. Removed is what the state lists as left over, and what says itself that it was never
finished. What is whole is adopted, the newest first; the rest goes to `quarantine`.

Whoever changes something takes locks in this order and no other:

1. `workspace`: alone to restore or to bring the state to a newer schema, shared to import, append,
   delete, undo, rename, back up or clean. A program that finds a newer schema stops before it.
2. the dataset's, alone; never two datasets' at once.
3. one SQLite transaction.
4. a version's folder: shared as long as it is read, alone to take it away, never waited for.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cs_core.errors import UsageError, WorkspaceError
from cs_core.workspace import derived, manifest, temporary
from cs_core.workspace.locks import Busy, Lock
from cs_core.workspace.manifest import UNFINISHED, Manifest, bring_to_disk
from cs_core.workspace.names import LONGEST_NAME, check_name, dataset_id
from cs_core.workspace.quarantine import place_in_quarantine
from cs_core.workspace.state import (
    LONG_PATIENCE,
    Connection,
    migrate,
    needs_migration,
    reading,
    transaction,
    translated,
)

DAYS_A_DELETED_DATASET_IS_KEPT = 7
MOST_NOTICES = 50
_NOTICES = "notices"
_BUILDING = "building"
_ID = re.compile("[0-9a-f]{16}")
_VERSION = re.compile("([0-9]+)-[0-9a-f]{6}")
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
class WorkspaceNotice:
    """What the workspace did by itself, to be told to a person: `notice.<code>` with `fields`."""

    code: str
    fields: Mapping[str, Any]
    when: datetime


@dataclass(frozen=True)
class HeldDataset:
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
            self._make_folders()
            if needs_migration(self.state):
                with self.lock("workspace"):
                    migrate(self.state)
            else:
                migrate(self.state)
        temporary.clean(self.home)
        with suppress(WorkspaceError), self.reading():  # a read-only one can still be read
            self.clean()

    def _make_folders(self) -> None:
        for folder in ("", "datasets", "locks"):
            (self.home / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(OSError):  # somebody else's folder, or one that can only be read
            if self.home.stat().st_mode & (0o077 | stat.S_ISVTX) and self.home != Path.home():
                self._make_private()

    def _make_private(self) -> None:
        """What an older version made readable for others becomes its owner's alone."""
        if not self.home.stat().st_mode & stat.S_ISVTX:
            self.home.chmod(0o700)
        for path in self.home.iterdir():
            path.chmod(0o700 if path.is_dir() else 0o600)

    def reading(self) -> AbstractContextManager[None]:
        """For many reads in a row: inside, those of this thread share a connection."""
        return reading(self.state)

    # -- datasets ------------------------------------------------------------------------

    def datasets(self) -> list[StoredDataset]:
        """The current version of every dataset, by name."""
        if self._unknown():
            with suppress(WorkspaceError):
                self.clean()
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

    def hold(self, name: str) -> HeldDataset:
        """The current version, kept on disk until it is closed. Raises UsageError
        `unknown_dataset`, WorkspaceError `data_missing` or `data_damaged`."""
        while True:
            stored = self.dataset(name)
            # Replaced twice between the two lines, its folder may be gone: look again.
            with suppress(FileNotFoundError, Busy):
                held = HeldDataset(stored, Lock(stored.path, shared=True, folder=True))
                said = manifest.read(stored.path)
                if said is not None and not manifest.is_whole(stored.path, said):
                    held.close()
                    raise WorkspaceError("data_damaged")
                return held
            if not stored.path.exists() and self.dataset(name).version == stored.version:
                raise WorkspaceError("data_missing", name=stored.name)

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
            self._make_folders()  # they may have been removed since the start
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.mkdir(mode=0o700)
            try:
                (path / UNFINISHED).touch()
                manifest.flush(path)
                version = NewVersion(path, self._current(name), tuple(sources), options or {})
                yield version
                bring_to_disk(path)
                said = _manifest(key, name, number, version)
                manifest.write(path, said)
                with transaction(self.state, write=True, patience=LONG_PATIENCE) as db:
                    _keep(db, directory, said)
            except BaseException:
                # By what the state says: an interrupt may come right after the commit.
                with suppress(WorkspaceError, OSError):
                    if directory not in self._directories():
                        temporary.discard(self.home, path)
                raise
            # It counts: nothing that fails from here on may say otherwise.
            version.stored = self._stored(_row(directory, said))
            with suppress(WorkspaceError, OSError):
                (path / UNFINISHED).unlink()
                self._remove_leftovers(key)

    def building(
        self, name: str, sources: Sequence[SourceFile], options: Mapping[str, Any], *more: object
    ) -> Path:
        """The folder, which need not exist, of an import too large to be begun anew when it is
        killed: the same for the same import, and alone of its dataset. To be called with the
        dataset's lock. What nobody goes on with is removed after seven days."""
        said = repr(([(s.name, s.sha256) for s in sources], options, more))
        folder = self.home / _BUILDING
        key = self._key(check_name(name))
        own = folder / f"{key}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"
        for other in folder.glob(f"{key}-*"):
            if other != own:
                temporary.discard(self.home, other)
        return own

    def delete(self, name: str) -> None:
        """Takes a dataset out of sight. `undo` brings it back for seven days."""
        stored = self.dataset(name)
        with (
            self.lock("workspace", shared=True),
            self.lock(stored.id, name=stored.name),
            transaction(self.state, write=True) as db,
        ):
            db.execute("UPDATE datasets SET deleted_at = ? WHERE id = ?", (_now(), stored.id))
        self.write_manifests(stored.id)

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
        self.write_manifests(stored.id)
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
        self.write_manifests(key, counts_again=True)
        return self.dataset(name)

    def temporary(self) -> Path:
        """A folder of this process; what is in it when the process ends goes at the next start."""
        return temporary.folder(self.home)

    # -- what is there, and what is not --------------------------------------------------------

    def clean(self) -> None:
        """Makes disk and state agree, without removing what the state merely does not name (see
        above). Raises WorkspaceError `workspace_busy` while a backup is being restored."""
        oldest = (datetime.now(UTC) - timedelta(days=DAYS_A_DELETED_DATASET_IS_KEPT)).isoformat()
        with self.lock("workspace", shared=True):
            self._purge(oldest)
            self._forget_buildings(oldest)
            for key in sorted(self._to_look_at()):
                # An import under way looks after its own folder.
                with suppress(WorkspaceError), self.lock(key, name=key), translated():
                    self._reconcile(key)

    def notices(self) -> list[WorkspaceNotice]:
        """What was done of itself and not yet seen by a person, oldest first."""
        return [
            WorkspaceNotice(code, fields, datetime.fromisoformat(when))
            for code, fields, when in self.setting(_NOTICES, [])
        ]

    def notices_seen(self) -> None:
        self.set_setting(_NOTICES, [])

    def _on_disk(self) -> set[str]:
        """Every version's folder, as `<id>/<version>`."""
        found = set()
        with suppress(FileNotFoundError):
            for key in os.listdir(self.home / "datasets"):
                if _ID.fullmatch(key):
                    with suppress(FileNotFoundError, NotADirectoryError):
                        children = os.listdir(self.home / "datasets" / key)
                        found |= {f"{key}/{child}" for child in children}
        return found

    def _unknown(self) -> bool:
        """Whether there are datasets on disk whose name the state does not know."""
        with transaction(self.state, write=False) as db:
            known = {key for (key,) in db.execute("SELECT id FROM datasets")}
            gone = {directory for (directory,) in db.execute("SELECT directory FROM leftovers")}
        with translated():
            return any(found[:16] not in known for found in self._on_disk() - gone)

    def _to_look_at(self) -> set[str]:
        """The ids of datasets of which disk and state may disagree; on the way, what is kept for
        speed is kept within its bounds."""
        with translated():
            self._make_folders()
            found = self._on_disk()
            empty = {key for key in os.listdir(self.home / "datasets") if _ID.fullmatch(key)}
        named = self._directories()
        with transaction(self.state, write=False) as db:
            gone = {directory for (directory,) in db.execute("SELECT directory FROM leftovers")}
        odd = (found ^ named) | gone
        for directory in found & named:
            path = self.home / "datasets" / directory
            derived.prune(path)
            if (path / UNFINISHED).exists() or not (path / manifest.FILE).exists():
                odd.add(directory)
        return {directory[:16] for directory in odd} | (empty - {name[:16] for name in found})

    def _purge(self, oldest: str) -> None:
        """Forgets datasets that were deleted before that instant."""
        old = "SELECT id FROM datasets WHERE deleted_at < ?1"
        with transaction(self.state, write=False) as db:
            if not db.execute(old, (oldest,)).fetchall():
                return
        with transaction(self.state, write=True) as db:
            db.execute(
                "INSERT OR IGNORE INTO leftovers SELECT directory, ?2 FROM versions"
                f" WHERE dataset_id IN ({old})",
                (oldest, _now()),
            )
            db.execute("DELETE FROM datasets WHERE deleted_at < ?1", (oldest,))

    def _forget_buildings(self, oldest: str) -> None:
        before = datetime.fromisoformat(oldest).timestamp()
        for folder in (self.home / _BUILDING).glob("*-*"):
            with suppress(WorkspaceError, OSError), self.lock(folder.name[:16], name=folder.name):
                if max(file.stat().st_mtime for file in [folder, *folder.iterdir()]) < before:
                    temporary.discard(self.home, folder)

    def _reconcile(self, key: str) -> None:
        """To be called with the dataset's lock: an import under way is not in the state yet."""
        self._remove_leftovers(key)
        folder = self.home / "datasets" / key
        named, found = self._directories(), []
        with suppress(FileNotFoundError):
            found = os.listdir(folder)
        whole: dict[str, Manifest] = {}
        for child in found:
            directory, path = f"{key}/{child}", folder / child
            if directory in named:
                (path / UNFINISHED).unlink(missing_ok=True)
                if not (path / manifest.FILE).exists():
                    self.write_manifests(key)
                continue
            with suppress(OSError):
                path.rmdir()  # there is nothing in it
                continue
            said = manifest.read(path)
            unfinished = (path / UNFINISHED).exists()
            if unfinished and said is None:
                with suppress(Busy, FileNotFoundError), Lock(path, folder=True):
                    temporary.discard(self.home, path)
            elif unfinished or not self._may_be_adopted(directory, said):
                self._set_aside(directory, said)
            elif said is not None:
                whole[directory] = said
        with transaction(self.state, write=True) as db:
            rest = self._adopt(db, key, whole)
            self._forget_missing(db, key)
        for directory in rest:
            self._set_aside(directory, whole[directory])
        self._remove_leftovers(key)
        with suppress(OSError):
            folder.rmdir()  # only if it is empty

    def _may_be_adopted(self, directory: str, said: Manifest | None) -> bool:
        key, child = directory.split("/")
        return (
            said is not None
            and said.id == key
            and _VERSION.fullmatch(child) is not None
            and manifest.is_whole(self.home / "datasets" / directory, said)
        )

    def _adopt(self, db: Connection, key: str, whole: Mapping[str, Manifest]) -> list[str]:
        """Takes versions that the state does not name into it, the oldest first; those that are
        older than what counts, and not wanted for an undo, are returned."""
        rest = []
        for directory in sorted(whole, key=lambda name: _age(whole[name])):
            said = whole[directory]
            row = db.execute(
                "SELECT name, current, previous, last_version FROM datasets WHERE id = ?", (key,)
            ).fetchone()
            if row is None:
                name = _free_name(db, said.name)
                _keep(db, directory, replace(said, name=name))
                db.execute(
                    "UPDATE datasets SET deleted_at = ? WHERE id = ?", (said.deleted_at, key)
                )
            else:
                name, current, previous, last = row
                since = self._counts_since(db, key, current)
                fresh = replace(said, name=name, version=max(said.version, last + 1))
                if since is None or _age(said) > (since, current):
                    _keep(db, directory, fresh)
                elif previous is None:
                    _add_version(db, directory, fresh)
                    db.execute(
                        "UPDATE datasets SET previous = ?1, last_version = ?1 WHERE id = ?2",
                        (fresh.version, key),
                    )
                    continue
                else:
                    rest.append(directory)
                    continue
            _notice(db, "adopted", name=name, created=said.created)
        return rest

    def _counts_since(self, db: Connection, key: str, version: int) -> str | None:
        """When a version that the state names came to count; None if its folder is gone."""
        row = db.execute(
            "SELECT directory, created FROM versions WHERE dataset_id = ? AND version = ?",
            (key, version),
        ).fetchone()
        if row is None or not (self.home / "datasets" / row[0]).is_dir():
            return None
        said = manifest.read(self.home / "datasets" / row[0])
        return str(row[1]) if said is None else said.counts_since

    def _forget_missing(self, db: Connection, key: str) -> None:
        """An undo must not lead to a folder that is gone. The version that counts stays named, so
        that its loss is said."""
        rows = db.execute(
            "SELECT directory, version FROM versions JOIN datasets ON id = dataset_id"
            " WHERE id = ? AND version IS NOT current",
            (key,),
        ).fetchall()
        for directory, version in rows:
            if not (self.home / "datasets" / directory).is_dir():
                db.execute(
                    "UPDATE datasets SET previous = NULL WHERE id = ? AND previous = ?",
                    (key, version),
                )
                db.execute("DELETE FROM versions WHERE directory = ?", (directory,))

    def _set_aside(self, directory: str, said: Manifest | None) -> None:
        """Moves what cannot be adopted into `quarantine`, under the day and its own name."""
        path = self.home / "datasets" / directory
        with suppress(Busy, FileNotFoundError), Lock(path, folder=True):
            target = place_in_quarantine(self.home, directory.replace("/", "-"))
            path.rename(target)
            with transaction(self.state, write=True) as db:
                name = "?" if said is None else said.name
                _notice(db, "set_aside", name=name, place=f"quarantine/{target.name}")

    def _remove_leftovers(self, key: str) -> None:
        """Removes what no longer counts and nobody reads."""
        with transaction(self.state, write=False) as db:
            rows = db.execute(
                "SELECT directory FROM leftovers WHERE directory GLOB ? || '/*'"
                " AND directory NOT IN (SELECT directory FROM versions)",
                (key,),
            ).fetchall()
        gone = []
        for (directory,) in rows:
            path = self.home / "datasets" / directory
            with suppress(Busy), suppress(FileNotFoundError), Lock(path, folder=True):
                temporary.discard(self.home, path)
            if not path.exists():
                gone.append((directory,))
        if gone:
            with transaction(self.state, write=True) as db:
                db.executemany("DELETE FROM leftovers WHERE directory = ?", gone)
            with suppress(OSError):
                (self.home / "datasets" / key).rmdir()  # only if it is empty

    def write_manifests(self, key: str, *, counts_again: bool = False) -> None:
        """For this package only: brings what the folders say of a dataset to what the state says.
        That they say less is no reason to fail: they are read only where the state is lost."""
        with suppress(WorkspaceError, OSError):
            with transaction(self.state, write=False) as db:
                rows = db.execute(
                    f"SELECT {_COLUMNS}, current = version, deleted_at FROM datasets"
                    " JOIN versions ON dataset_id = id WHERE id = ?",
                    (key,),
                ).fetchall()
            for *row, is_current, deleted_at in rows:
                stored = self._stored(tuple(row))
                before = manifest.read(stored.path)
                created = stored.created.isoformat(timespec="seconds")
                since = created if before is None else before.counts_since
                said = Manifest(
                    key,
                    stored.name,
                    stored.version,
                    created,
                    _instant() if counts_again and is_current else since,
                    [[source.name, source.sha256] for source in stored.sources],
                    stored.options,
                    stored.report,
                    manifest.sizes(stored.path) if before is None else before.files,
                    deleted_at,
                )
                manifest.write(stored.path, said)

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
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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

    def _directories(self) -> set[str]:
        """The folders that count, as `<id>/<version>`."""
        with transaction(self.state, write=False) as db:
            rows = db.execute("SELECT directory FROM versions").fetchall()
        return {directory for (directory,) in rows}


_COLUMNS = "datasets.id, name, version, created, directory, sources, options, report"
_CURRENT = f"""
    SELECT {_COLUMNS}
    FROM datasets
    JOIN versions ON versions.dataset_id = datasets.id AND versions.version = datasets.current
"""


def _manifest(key: str, name: str, number: int, version: NewVersion) -> Manifest:
    return Manifest(
        key,
        name,
        number,
        _now(),
        _instant(),
        [[source.name, source.sha256] for source in version.sources],
        version.options,
        version.report,
        manifest.sizes(version.path),
    )


def _row(directory: str, said: Manifest) -> tuple[Any, ...]:
    """A version as it stands in the state."""
    texts = (_json(said.sources), _json(said.options), _json(said.report))
    return (said.id, said.name, said.version, said.created, directory, *texts)


def _keep(db: Connection, directory: str, said: Manifest) -> None:
    """Makes a version the current one and forgets all but the one before it."""
    db.execute(
        """
        INSERT INTO datasets (id, name, last_version, current) VALUES (?1, ?2, ?3, ?3)
        ON CONFLICT (id) DO UPDATE
        SET last_version = ?3, previous = current, current = ?3, deleted_at = NULL
        """,
        (said.id, said.name, said.version),
    )
    _add_version(db, directory, said)
    forgotten = """
        FROM versions WHERE dataset_id = ?1 AND version NOT IN (
            SELECT current FROM datasets WHERE id = ?1
            UNION ALL SELECT previous FROM datasets WHERE id = ?1 AND previous IS NOT NULL)
        """
    db.execute(
        f"INSERT OR IGNORE INTO leftovers SELECT directory, ?2 {forgotten}", (said.id, _now())
    )
    db.execute(f"DELETE {forgotten}", (said.id,))


def _add_version(db: Connection, directory: str, said: Manifest) -> None:
    key, _, number, *rest = _row(directory, said)
    created, _, *texts = rest
    db.execute(
        "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?)",
        (key, number, directory, created, *texts),
    )


def _age(said: Manifest) -> tuple[str, int]:
    """By which of two versions the later one is found."""
    return said.counts_since, said.version


def _free_name(db: Connection, name: str) -> str:
    """The name, or with a number where another dataset has it by now."""
    taken = {found for (found,) in db.execute("SELECT name FROM datasets")}
    number = 2
    found = name
    while found in taken:
        end = f" ({number})"
        found, number = name[: LONGEST_NAME - len(end)] + end, number + 1
    return found


def _notice(db: Connection, code: str, **fields: Any) -> None:
    row = db.execute("SELECT value FROM settings WHERE key = ?", (_NOTICES,)).fetchone()
    kept = [] if row is None else json.loads(row[0])
    kept.append([code, fields, _now()])
    db.execute(
        "INSERT OR REPLACE INTO settings VALUES (?, ?)", (_NOTICES, _json(kept[-MOST_NOTICES:]))
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _instant() -> str:
    """To the microsecond: tells which of two versions came to count later."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
