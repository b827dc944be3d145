"""The workspace's small transactional state: one SQLite file in WAL mode, with migrations.

A connection is opened for each use and closed after it: that is safe from any thread, costs
less than a millisecond, and leaves nothing open when a process is killed. Who reads many things
in a row has one connection for them (`reading`).
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from cs_core.errors import WorkspaceError, of_system

MIGRATIONS = Path(__file__).with_name("migrations")
Connection = sqlite3.Connection
# Seconds another process is waited for: a person's click, and the end of a long import.
PATIENCE, LONG_PATIENCE = 3.0, 60.0


@lru_cache(maxsize=1)
def latest_schema() -> int:
    """The number of the newest migration this program knows."""
    return max(int(path.name.split("_")[0]) for path in MIGRATIONS.glob("*.sql"))


@contextmanager
def transaction(path: Path, *, write: bool, patience: float = PATIENCE) -> Iterator[Connection]:
    """One transaction on the state file: all of it or nothing, also when killed or out of disk.
    A state that was emptied or removed meanwhile is made anew; what it listed is found again in
    the folders (`Workspace.clean`). Another writer is waited for `patience` seconds.

    Raises WorkspaceError `workspace_newer`, `workspace_read_only`, `disk_full`,
    `workspace_busy` or `workspace_damaged`.
    """
    with translated(path):
        shared = None if write else _shared(path)
        connection = shared or connect(path, patience)
        try:
            found = schema_of(connection)
            if found > latest_schema():
                raise WorkspaceError("workspace_newer", found=found, known=latest_schema())
            if found < latest_schema():
                migrate(path)
                connection.execute(
                    "INSERT OR IGNORE INTO settings VALUES"
                    """ ('notices', json_array(json_array('emptied', json('{}'), ?)))""",
                    (datetime.now(UTC).isoformat(timespec="seconds"),),
                )
            connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            yield connection
            connection.execute("COMMIT")
        finally:
            if shared is None:
                connection.close()  # rolls back what was not committed
            elif shared.in_transaction:
                shared.execute("ROLLBACK")


class _Reading(threading.local):
    path: Path | None = None
    connection: Connection | None = None


_reading = _Reading()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Inside, this thread's reads of that state share a connection, opened by the first of them.
    Each still sees what was committed before it; writing has its own connection."""
    if _reading.path is not None:
        yield
        return
    _reading.path = path
    try:
        yield
    finally:
        opened, _reading.connection, _reading.path = _reading.connection, None, None
        if opened is not None:
            opened.close()


def _shared(path: Path) -> Connection | None:
    """None outside of `reading`, and for a read within a read."""
    if _reading.path != path:
        return None
    if _reading.connection is None:
        _reading.connection = connect(path)
    return None if _reading.connection.in_transaction else _reading.connection


def needs_migration(path: Path) -> bool:
    """Whether there is a state that an older version wrote."""
    with translated(path), closing(connect(path)) as connection:
        return 0 < schema_of(connection) < latest_schema()


def migrate(path: Path) -> None:
    """Creates the state file, or brings an older one to the newest schema."""
    with translated(path):
        connection = connect(path)
        try:
            found = schema_of(connection)
            if found > latest_schema():
                raise WorkspaceError("workspace_newer", found=found, known=latest_schema())
            if found == latest_schema():
                return
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            # Read again: another process may have migrated while this one waited.
            found = schema_of(connection)
            for script in sorted(MIGRATIONS.glob("*.sql")):
                number = int(script.name.split("_")[0])
                if number > found:
                    for statement in _statements(script.read_text("utf-8")):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        finally:
            connection.close()


def _statements(script: str) -> Iterator[str]:
    # Not executescript(): it would commit what is pending before it starts.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def schema_of(connection: Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def connect(path: Path, patience: float = PATIENCE) -> Connection:
    """For this package only; where the state can only be read, so is what it gives."""
    if not path.exists():
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite gives its other files the permissions of this one.
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    try:
        return _prepared(sqlite3.connect(path, timeout=patience, isolation_level=None))
    except sqlite3.OperationalError:
        # A read-only folder: SQLite cannot make the files that WAL needs beside the state.
        # Without a log there is nothing but the file itself to read, so it may be taken as it is.
        log = path.with_name(path.name + "-wal")
        if _may_write(path) or not path.exists() or (log.exists() and log.stat().st_size):
            raise
        return _prepared(
            sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True, isolation_level=None)
        )


def _prepared(connection: Connection) -> Connection:
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        # What came from a backup must not bring code along in its schema.
        connection.execute("PRAGMA trusted_schema = OFF")
        schema_of(connection)  # touches the file, so that a wrong one fails here
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def translated(state: Path | None = None) -> Iterator[None]:
    """Turns what the disk and SQLite say into the sentences of WorkspaceError. By `state` a disk
    that takes nothing new is told from one that may only be read, which SQLite does not."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        code = _code_of(name)
        if state is not None and name.startswith("SQLITE_CANTOPEN") and _may_write(state):
            code = "disk_failed"
        if code is None:
            raise
        raise WorkspaceError(code) from error
    except OSError as error:
        if (known := of_system(error)) is not None:
            raise known from error
        raise


_CODES = {
    "SQLITE_FULL": "disk_full",
    "SQLITE_READONLY": "workspace_read_only",
    "SQLITE_CANTOPEN": "workspace_read_only",
    "SQLITE_PERM": "workspace_read_only",
    "SQLITE_BUSY": "workspace_busy",
    "SQLITE_LOCKED": "workspace_busy",
    "SQLITE_CORRUPT": "workspace_damaged",
    "SQLITE_NOTADB": "workspace_damaged",
    "SQLITE_IOERR": "disk_failed",
}


def _may_write(state: Path) -> bool:
    return os.access(state.parent, os.W_OK) and (not state.exists() or os.access(state, os.W_OK))


def is_of_the_file(error: sqlite3.Error) -> bool:
    """Whether it is the file that is wrong, and not the disk or somebody else's lock."""
    return _code_of(getattr(error, "sqlite_errorname", "")) in (None, "workspace_damaged")


def _code_of(name: str) -> str | None:
    """`SQLITE_READONLY_DIRECTORY` and its like by their first two words."""
    return _CODES.get("_".join(name.split("_")[:2]))
