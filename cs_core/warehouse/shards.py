"""Past memory: what costs memory for each account is made for some of the accounts at a time.

The lines of an account lie in one shard, by a hash of its id, and the accounts of a shard have
numbers that follow one another: `shards (number, first_key, last_key)` in the dataset's file. A
statement that never looks beyond one customer is run shard by shard into the same table, so that
whoever reads the dataset finds what was made all at once. What is made is noted in `made` in the
same transaction: an import that was killed goes on with the shard it was at.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cs_core.warehouse.duckdb_engine import Engine

# Lines of a shard. More lines than FROM are made in shards.
LINES = 500_000
FROM = 3_000_000
# What the engine may hold meanwhile: every processor works on rows of its own.
_PROCESSORS = min(16, max(2, os.cpu_count() or 1))
_MEGABYTES = 80 * _PROCESSORS
MEMORY = f"{_MEGABYTES}MB"
_MADE = "CREATE TABLE IF NOT EXISTS made (relation VARCHAR, number INTEGER)"
# Stored relations of which a shard is a stretch of numbers; True: those of customers, which stand
# beside the ledger, and not of accounts.
_KEYED = {
    "lines": False,
    "account_keys": False,
    "account_values": False,
    "ledger": True,
    "fx_changes": True,
    "changing_values": True,
    "stays": True,
}


def local_day() -> date:
    """Today where the data is: a dataset's days are local days."""
    return date.today()  # noqa: DTZ011


@dataclass(frozen=True)
class Parting:
    """Into how many shards lines are parted, and the folder in which this is done: what is found
    there of an import that was killed is used."""

    count: int
    folder: Path

    @staticmethod
    def of(rows: int, folder: Path | None, lines: int | None) -> Parting | None:
        """The parting of so many rows; None where they are made all at once. `lines` are those
        of a shard, by default LINES beyond FROM rows."""
        if folder is None or rows <= (lines or FROM):
            return None
        return Parting(math.ceil(rows / (lines or LINES)), folder)

    def today(self) -> date:
        """The day on which the import began."""
        noted = self.folder / "today"
        if not noted.exists():
            noted.write_text(local_day().isoformat())
        return date.fromisoformat(noted.read_text())

    def parted(self, engine: Engine, number: int, source: str, key: str) -> list[Path | None]:
        """The rows of `source`, a SELECT, by shard: a pattern of Parquet files for each, None
        where it has none. `key` is the text that is hashed; `number` tells sources apart."""
        folder, draft = (self.folder / f"{name}{number}" for name in ("parts", "draft"))
        if not folder.exists():
            shutil.rmtree(draft, ignore_errors=True)
            quoted = str(draft).replace("'", "''")
            # Rows that wait for their file, of each thread: not half a million. Every file that is
            # open takes some megabytes all the same.
            needed = max(_MEGABYTES, 3 * self.count * _PROCESSORS)
            engine.run(
                f"SET GLOBAL memory_limit = '{needed}MB';"
                " SET partitioned_write_flush_threshold = 65536;"
                f" COPY (SELECT *, hash({key}) % {self.count} AS shard FROM {source})"
                f" TO '{quoted}' (FORMAT parquet, PARTITION_BY (shard));"
                f" SET GLOBAL memory_limit = '{MEMORY}'"
            )
            draft.mkdir(exist_ok=True)  # there may have been no rows
            for part in draft.iterdir():  # `shard=3` would be read as a column
                part.rename(draft / part.name.removeprefix("shard="))
            os.rename(draft, folder)
        parts = [folder / str(shard) for shard in range(self.count)]
        return [part / "*.parquet" if part.exists() else None for part in parts]


@dataclass(frozen=True)
class Shard:
    """The accounts with these numbers."""

    number: int
    first: int
    last: int

    def only(self, stored: Collection[str], path: Sequence[str], currencies: int) -> dict[str, str]:
        """SELECTs of its rows alone, to stand in the place of the stored relations."""
        found = {}
        for name, of_customers in _KEYED.items():
            if name in stored:
                key, times = ("customer_key", currencies) if of_customers else ("account_key", 1)
                found[name] = (
                    f"SELECT * FROM {path[0 if of_customers else -1]}.{name} WHERE {key}"
                    f" BETWEEN {self.first * times} AND {self.last * times + times - 1}"
                )
        return found


def shards_of(engine: Engine, path: tuple[str, ...] | None = None) -> list[Shard]:
    """The shards of a dataset; none where everything is made at once."""
    if "shards" not in engine.tables(path):
        return []
    _, rows = engine.run(
        "SELECT number, first_key, last_key FROM shards WHERE last_key >= first_key"
        " ORDER BY number",
        path=path,
    )
    return [Shard(*row) for row in rows]


def made(engine: Engine, relation: str, path: tuple[str, ...] | None = None) -> set[int]:
    """The shards of which a relation has been made."""
    engine.run(_MADE, path=path)
    _, rows = engine.run(
        "SELECT number FROM made WHERE relation = $relation", {"relation": relation}, path=path
    )
    return {number for (number,) in rows}


def insert(
    engine: Engine,
    statements: Mapping[str, str],
    relation: str,
    number: int,
    parameters: Mapping[str, object] | None = None,
    path: tuple[str, ...] | None = None,
) -> None:
    """Adds a shard's rows to tables, all of them or none. `statements` give the rows of each."""
    engine.run(_MADE, path=path)
    for table, rows in statements.items():
        empty = f"CREATE TABLE IF NOT EXISTS {table} AS SELECT * FROM (\n{rows}\n) AS rows LIMIT 0"
        engine.run(empty, parameters, path=path)
    inserts = ";\n".join(f"INSERT INTO {table}\n{rows}" for table, rows in statements.items())
    noted = f"INSERT INTO made VALUES ('{relation}', {number})"
    engine.run(f"BEGIN;\n{inserts};\n{noted};\nCOMMIT", parameters, path=path)


def store(
    engine: Engine,
    table: str,
    statement: Callable[[Collection[str], Mapping[str, str]], str],
    stored: Collection[str],
    parameters: Mapping[str, object],
    path: tuple[str, ...],
    step: str | None = None,
) -> None:
    """Makes a table, shard by shard where there are shards. `statement` is given the stored
    relations that it may read and SELECTs for others. A `step` adds to a table that is there."""
    shards = shards_of(engine, path)
    if not shards:
        into = f"CREATE TABLE {table} AS" if step is None else f"INSERT INTO {table}"
        engine.run(f"{into}\n{statement(stored, {})}", parameters, path=path)
        return
    done = made(engine, step or table, path)
    for shard in shards:
        if shard.number not in done:
            extra = shard.only(stored, path, int(str(parameters["currency_count"])))
            body = statement(set(stored) - extra.keys(), extra)
            insert(engine, {table: body}, step or table, shard.number, parameters, path)
