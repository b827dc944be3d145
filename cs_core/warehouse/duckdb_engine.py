"""DuckDB behind one owner object: a cursor per call, nothing reachable but its own tables."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from cs_core.errors import CannotAnswerError, UsageError, WorkspaceError
from cs_core.warehouse.statements import bound

# Before any data: nothing is fetched, nothing of the process is reachable from a statement.
_SAFE = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "preserve_insertion_order": "false",
    "max_temp_directory_size": "20GB",
}
# What the system says inside a message of DuckDB.
_CODES = {
    "disk_full": (errno.ENOSPC, errno.EDQUOT),
    "workspace_read_only": (errno.EACCES, errno.EPERM, errno.EROFS),
    "disk_failed": (errno.EIO,),
}
QUERY_SECONDS = 30.0
# Rows of a stream that are made Python's at a time.
_AT_ONCE = 10_000
_BATCH = 100_000
BUILD_SECONDS = 3600.0


class Engine:
    """Owns one DuckDB instance. `run` may be called from any thread.

    `file` is a dataset's file, opened read-only; without one the instance is in memory. What does
    not fit into memory goes to a folder inside `temporary` (by default the system's) that nobody
    else can read, removed when the engine closes.

    Readers are counted: an engine that is closed lets those that are reading finish, and whoever
    asks it afterwards is given WorkspaceError `handle_closed`, never part of the rows.
    """

    name = "duckdb"

    def __init__(
        self,
        file: Path | None = None,
        *,
        memory: str = "4GB",
        seconds: float = QUERY_SECONDS,
        temporary: Path | None = None,
    ) -> None:
        spill = tempfile.mkdtemp(prefix="keizoku-", dir=temporary)
        self._remove_spill = weakref.finalize(self, shutil.rmtree, spill, ignore_errors=True)
        self._connection = duckdb.connect(
            ":memory:",
            config={
                **_SAFE,
                "memory_limit": memory,
                "temp_directory": spill,
                "max_execution_time": str(int(seconds * 1000)),
            },
        )
        self._seconds = seconds
        self._lock = threading.Lock()
        self._readers = 0
        self._closed = False
        # Where unqualified names are looked up, first to last; new tables go into the first.
        self.path: tuple[str, ...] = ()
        if file is not None:
            try:
                self.attach(file, "dataset")
            except BaseException:
                self.close()
                raise
            self.path = ("dataset",)

    def attach(self, file: Path, alias: str, *, read_only: bool = True) -> None:
        """Attaches a database file under an alias chosen by the caller's code, never by data."""
        quoted = str(file).replace("'", "''")
        mode = " (READ_ONLY)" if read_only else ""
        with translated(self._seconds):
            self._connection.execute(f"ATTACH '{quoted}' AS {alias}{mode}")

    def lock(self, seconds: float | None = None) -> None:
        """No statement run from here on can reach a file, the network or the settings, nor take
        longer than `seconds`."""
        if seconds is not None:
            self._seconds = seconds
            self._connection.execute(f"SET max_execution_time = {int(seconds * 1000)}")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def run(
        self,
        statement: str,
        parameters: Mapping[str, object] | None = None,
        *,
        path: tuple[str, ...] | None = None,
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Column names and rows. `parameters` give the values of the statement's `$name`s."""
        with self._executed(statement, parameters, path) as cursor:
            if cursor.description is None:
                return (), []
            return tuple(item[0] for item in cursor.description), cursor.fetchall()

    def stream(self, statement: str, parameters: Mapping[str, object]) -> Iterator[tuple[Any, ...]]:
        """The rows one by one, few of them in memory at a time."""
        with self._executed(statement, parameters, None) as cursor:
            while rows := cursor.fetchmany(_AT_ONCE):
                yield from rows

    def guest(
        self,
        statement: str,
        parameters: Mapping[str, object],
        *,
        file: str,
        most: int,
        path: tuple[str, ...] | None = None,
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Runs what a person wrote in `file`: one SELECT of at most so many rows. Only a locked
        engine may be asked. Raises UsageError with what is wrong."""
        with self._placed(path) as cursor:
            text = bound(statement, parameters) if parameters else statement
            try:
                found = cursor.extract_statements(text)
                if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT:
                    raise UsageError("own_not_a_select", file=file)
                cursor.execute(text)
                rows = cursor.fetchmany(most + 1)
            except (duckdb.InterruptException, duckdb.OutOfMemoryException):
                raise  # as for any question
            except duckdb.Error as error:
                # The first line says what; the others draw the place in the whole statement.
                why = str(error).splitlines()[0]
                raise UsageError("own_statement", file=file, why=why) from error
            if len(rows) > most:
                raise UsageError("own_too_many_rows", file=file, most=most)
            return tuple(item[0] for item in cursor.description or ()), rows

    @contextmanager
    def batches(
        self,
        statement: str,
        parameters: Mapping[str, object] | None = None,
        *,
        path: tuple[str, ...] | None = None,
    ) -> Iterator[Any]:
        """The same as Arrow record batches, one in memory at a time."""
        with self._placed(path) as cursor:
            text = bound(statement, parameters) if parameters else statement
            yield cursor.sql(text).to_arrow_reader(_BATCH)

    def arrays(
        self,
        statement: str,
        parameters: Mapping[str, object] | None = None,
        *,
        path: tuple[str, ...] | None = None,
    ) -> dict[str, Any]:
        """The same as one NumPy array a column, masked where it has NULLs: a tenth of the memory
        of rows, for models."""
        with self._executed(statement, parameters, path) as cursor:
            found: dict[str, Any] = cursor.fetchnumpy()
            return found

    @contextmanager
    def _executed(
        self,
        statement: str,
        parameters: Mapping[str, object] | None,
        path: tuple[str, ...] | None,
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._placed(path) as cursor:
            cursor.execute(bound(statement, parameters) if parameters else statement)
            yield cursor

    @contextmanager
    def _placed(self, path: tuple[str, ...] | None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that looks names up along `path`; what it raises has its sentence."""
        path = path or self.path
        with self._cursor() as cursor:
            if path:
                cursor.execute(f"SET search_path = '{','.join(path)}'")
            with translated(self._seconds):
                yield cursor

    def run_script(self, statements: Sequence[str]) -> None:
        for statement in statements:
            self.run(statement)

    def tables(self, path: tuple[str, ...] | None = None) -> set[str]:
        """The names of the stored relations that a path reaches."""
        schemas = path or self.path or ("main",)
        _, rows = self.run(
            "SELECT database_name, schema_name, table_name FROM duckdb_tables()"
            " UNION ALL SELECT database_name, schema_name, view_name FROM duckdb_views()"
            " WHERE NOT internal"
        )
        return {
            name
            for database, schema, name in rows
            if (schema if database == "memory" else database) in schemas
        }

    def close(self) -> None:
        """Nobody begins to read any more; what is held is let go of when the last has finished."""
        with self._lock:
            self._closed = True
            self._end()

    def _end(self) -> None:
        if self._closed and self._readers == 0:
            self._connection.close()
            self._remove_spill()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        # Making a cursor is not thread-safe; using different cursors at once is.
        with self._lock:
            if self._closed:
                raise WorkspaceError("handle_closed")
            cursor = self._connection.cursor()
            self._readers += 1
        try:
            with cursor:
                yield cursor
        finally:
            with self._lock:
                self._readers -= 1
                self._end()


@contextmanager
def translated(seconds: float) -> Iterator[None]:
    """Turns what can happen to a sound statement into the sentences for it."""
    try:
        yield
    except duckdb.InterruptException as error:
        raise CannotAnswerError("query_too_long", seconds=int(seconds)) from error
    except duckdb.OutOfMemoryException as error:
        raise CannotAnswerError("query_out_of_memory") from error
    except (duckdb.IOException, duckdb.SerializationException, duckdb.FatalException) as error:
        raise WorkspaceError(_code_of(str(error)) or "data_damaged") from error
    except duckdb.TransactionException as error:  # a commit that could not be written
        if code := _code_of(str(error)):
            raise WorkspaceError(code) from error
        raise


def _code_of(said: str) -> str | None:
    """What the system says in it of the disk."""
    for code, numbers in _CODES.items():
        if any(os.strerror(number) in said for number in numbers):
            return code
    return None
