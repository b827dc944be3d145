"""A PostgreSQL server of a test's own, on a free port of this machine, gone with the test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

PASSWORD = "a-word-nobody-may-see"


def _binary(name: str) -> str | None:
    """Debian keeps the server's programs off the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = [str(folder / name) for folder in folders if (folder / name).exists()]
    return found[0] if found else shutil.which(name)


@contextmanager
def server() -> Iterator[dict[str, str]]:
    """Host, port, database, user and password of a running server; skips where there is none."""
    initdb, postgres = _binary("initdb"), _binary("postgres")
    if initdb is None or postgres is None:
        pytest.skip("no PostgreSQL server is installed")
    pytest.importorskip("psycopg")
    # The server refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="keizoku-pg-") as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
        free.close()
        home, secret = Path(folder) / "data", Path(folder) / "secret"
        secret.write_text(PASSWORD)
        if user:
            shutil.chown(folder, user)
            shutil.chown(secret, user)
        made = [initdb, "-D", str(home), "-U", "reader", "--pwfile", str(secret), "-A", "md5"]
        subprocess.run(
            [*made, "-E", "UTF8", "--no-sync"], check=True, capture_output=True, user=user
        )
        run = [postgres, "-D", str(home), "-p", port, "-k", folder, "-h", "127.0.0.1", "-F"]
        process = subprocess.Popen(
            run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=user
        )
        where = {"host": "127.0.0.1", "port": port, "database": "postgres", "user": "reader"}
        try:
            _await(where)
            yield {**where, "password": PASSWORD}
        finally:
            process.terminate()
            process.wait(20)


def connect(where: dict[str, str]) -> Any:
    import psycopg

    given = {**where, "dbname": where["database"]}
    del given["database"]
    return psycopg.connect(**given, autocommit=True)


def _await(where: dict[str, str]) -> None:
    import time

    import psycopg

    for _ in range(200):
        try:
            connect({**where, "password": PASSWORD}).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


def copy(local: duckdb.DuckDBPyConnection, server: Any, tables: Iterable[str]) -> None:
    """Tables of a DuckDB connection, with their rows, in the server."""
    for table in tables:
        columns = local.execute(f"DESCRIBE {table}").fetchall()
        listed = ", ".join(f'"{c[0]}" {c[1].replace("VARCHAR", "TEXT")}' for c in columns)
        server.execute(f"CREATE TABLE {table} ({listed})")
        with server.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as into:
            for row in local.execute(f"FROM {table}").fetchall():
                into.write_row(row)
