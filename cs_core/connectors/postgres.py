"""Tables of a PostgreSQL server as CSV files. The one module that imports psycopg.

All tables of a source are read in one read-only transaction, so that they tell of one moment, and
as text, so that every number is exact. What a server says is never passed on whole: it may hold
what nobody should read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cs_core.connectors.config import DataSource, SourceTable, secret
from cs_core.errors import InputError, UsageError

CONNECT_SECONDS = 15
_OF_STATE = {
    "42P01": "source_no_table",
    "3F000": "source_no_table",  # no such schema
    "42501": "source_no_permission",
}


def read(source: DataSource, folder: Path) -> list[tuple[Path, str]]:
    """The files written under `folder`, each with its canonical table. Raises InputError with what
    is wrong: the server, the password, a table, a permission."""
    try:
        import psycopg
    except ImportError:
        raise UsageError("extra_needed", extra="postgres", package="psycopg") from None
    where, password = source.settings, secret(source.settings)
    place = f"{where['host']}/{where['database']}"
    try:
        connection = psycopg.connect(
            host=where["host"],
            port=where.get("port", 5432),
            dbname=where["database"],
            user=where["user"],
            password=password,
            connect_timeout=CONNECT_SECONDS,
            application_name="keizoku",
        )
    except psycopg.Error as error:
        # A server that is there and refuses begins with its severity.
        refused = "FATAL" in str(error) or "password" in str(error)
        code = "source_refused" if refused else "source_unreachable"
        raise InputError(code, place=place, user=where["user"]) from None
    found = []
    with connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for table in source.tables:
            file = folder / f"{table.table}.csv"
            try:
                _copy(connection, table, file)
            except psycopg.Error as error:
                raise _said(error, place, table) from None
            found.append((file, table.table))
    return found


def _copy(connection: Any, table: SourceTable, file: Path) -> None:
    from psycopg import sql

    select: Any = sql.SQL("SELECT * FROM {}").format(sql.Identifier(*table.given.split(".")))
    if table.is_select:
        select = sql.SQL(table.given.strip().rstrip(";"))
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT CSV, HEADER, ENCODING 'UTF8')").format(select)
    with connection.cursor() as cursor, file.open("wb") as out:
        cursor.execute("SET LOCAL datestyle TO 'ISO, YMD'")
        with cursor.copy(statement) as rows:
            for part in rows:
                out.write(part)


def _said(error: Any, place: str, table: SourceTable) -> InputError:
    state = error.sqlstate
    if state is None or state[:2] in ("08", "57"):
        return InputError("source_lost", place=place)
    code = _OF_STATE.get(state)
    if code is not None:
        return InputError(code, place=place, table=table.given)
    why = error.diag.message_primary or state
    return InputError("source_query", place=place, table=table.table, why=why)
