"""Segment columns: dictionary-coded values per account, and values that change over time.

`segment_values (column_no, value_code, value)` is the dictionary, code 0 the blank value.
`account_values (column_no, account_key, value_code)` holds columns an account has once;
`changing_values (column_no, customer_key, from_day, to_day, value_code)` those whose value can
change. A subscriptions column that has one value in all lines of every account is stored as the
account's own: on every day it is the same value, and that is cheaper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cs_core.warehouse.duckdb_engine import Engine
from cs_core.warehouse.shards import shards_of
from cs_core.warehouse.staging import LineSegment


@dataclass(frozen=True)
class SegmentColumn:
    """A column figures can be split by. `name` is what people say; `line_column` its column in
    `lines`, None for a column of `accounts`; `values` counts the distinct ones, blank included."""

    column_no: int
    name: str
    line_column: str | None
    changing: bool
    values: int

    @property
    def codes(self) -> int:
        """Value codes run from 0, the blank value whether or not it occurs, to `values`."""
        return self.values + 1


def segment_names(
    line_segments: Sequence[LineSegment], account_columns: Sequence[str]
) -> list[str]:
    """The names by which columns are asked for: where both tables have one, the bare name is the
    subscriptions' and `accounts.NAME` the other."""
    own = [segment.name for segment in line_segments]
    return own + [f"accounts.{name}" if name in own else name for name in account_columns]


def create_tables(engine: Engine) -> None:
    engine.run_script(
        [
            "CREATE OR REPLACE TABLE segment_values"
            " (column_no INTEGER, value_code INTEGER, value VARCHAR)",
            "CREATE OR REPLACE TABLE account_values"
            " (column_no INTEGER, account_key INTEGER, value_code INTEGER)",
        ]
    )


def add_account_column(engine: Engine, column_no: int, name: str) -> int:
    """Codes one column of `accounts`; returns how many values it has, the blank one included."""
    bare = name.removeprefix("accounts.")
    texts = (
        "SELECT account_keys.account_key, MIN(accounts_columns.value) AS value FROM account_keys"
        " LEFT JOIN accounts_columns ON account_keys.account_id = accounts_columns.key"
        " AND accounts_columns.name = $name GROUP BY account_keys.account_key"
    )
    values = f"SELECT DISTINCT value FROM ({texts}) AS texts"
    count = _add_dictionary(engine, column_no, values, {"name": bare})
    _add_codes(engine, column_no, texts, {"name": bare})
    return count


def add_line_columns(engine: Engine, columns: Mapping[int, str]) -> dict[int, tuple[bool, int]]:
    """Codes columns of `lines`, given by number; for each whether it changes, and how many values
    it has."""
    if not columns:
        return {}
    parts = ", ".join(
        f"MIN({name}) AS {name}, MIN({name}) <> MAX({name})"
        f" OR (COUNT({name}) > 0 AND COUNT({name}) < COUNT(*)) AS {name}_changes"
        for name in columns.values()
    )
    account_values = "memory.main.account_line_values"
    shards = shards_of(engine)
    stretches = [f" WHERE account_key BETWEEN {s.first} AND {s.last}" for s in shards] or [""]

    def gather(stretch: str) -> None:
        engine.run(
            f"CREATE OR REPLACE TABLE {account_values} AS"
            f" SELECT account_key, {parts} FROM lines{stretch} GROUP BY account_key"
        )

    counts = {
        number: _add_dictionary(engine, number, f"SELECT DISTINCT {name} AS value FROM lines", {})
        for number, name in columns.items()
    }
    any_of = ", ".join(f"COALESCE(BOOL_OR({name}_changes), FALSE)" for name in columns.values())
    changing: set[int] = set()
    for stretch in stretches:
        gather(stretch)
        _, [changes] = engine.run(f"SELECT {any_of} FROM {account_values}")
        changing |= {number for number, one in zip(columns, changes, strict=True) if one}
        for number in columns.keys() - changing:
            texts = f"SELECT account_key, {columns[number]} AS value FROM {account_values}"
            _add_codes(engine, number, texts, {})
    engine.run(f"DROP TABLE {account_values}")
    for number in changing:  # as a later shard showed
        engine.run("DELETE FROM account_values WHERE column_no = $number", {"number": number})
    return {number: (number in changing, counts[number]) for number in columns}


def _add_codes(
    engine: Engine, column_no: int, texts: str, parameters: Mapping[str, object]
) -> None:
    engine.run(
        f"INSERT INTO account_values SELECT $column_no, texts.account_key,"
        f" COALESCE(segment_values.value_code, 0) FROM ({texts}) AS texts"
        f" LEFT JOIN segment_values ON segment_values.column_no = $column_no"
        f" AND segment_values.value = texts.value",
        {**parameters, "column_no": column_no},
    )


def _add_dictionary(
    engine: Engine, column_no: int, values: str, parameters: Mapping[str, object]
) -> int:
    engine.run(
        "INSERT INTO segment_values SELECT $column_no, CASE WHEN value IS NULL THEN 0"
        " ELSE ROW_NUMBER() OVER (PARTITION BY value IS NULL ORDER BY value) END, value"
        f" FROM ({values}) AS distinct_values",
        {**parameters, "column_no": column_no},
    )
    _, rows = engine.run(
        "SELECT COUNT(*) FROM segment_values WHERE column_no = $column_no", {"column_no": column_no}
    )
    return int(rows[0][0])
