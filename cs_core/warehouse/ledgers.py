"""The ledger of one set of policies: made from the lines, and described for questions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from cs_core.warehouse import shards
from cs_core.warehouse.duckdb_engine import Engine
from cs_core.warehouse.recipes import Recipe
from cs_core.warehouse.segments import SegmentColumn
from cs_core.warehouse.statements import compose

# What belongs to one ledger says nothing of another that lies further down the path.
_OWN = {"ledger", "ledger_facts", "changing_values", "fx_changes", "stays"}


@dataclass
class Ledger:
    """The ledger of one set of policies: which engine and schemas hold it, and its extent.

    `currency_count` is 1 when an account is one customer; `first_day` is None when nobody ever
    paid. `cube` is true when the cubes stand beside it.
    """

    engine: Engine
    path: tuple[str, ...]
    flags: frozenset[str]
    instead: Mapping[str, str]
    parameters: Mapping[str, object]
    stored: set[str]
    currency_count: int
    reporting_currency: str
    first_day: date | None
    rows: int
    cube: bool
    changing: set[int] = field(default_factory=set)


def make(engine: Engine, path: tuple[str, ...], recipe: Recipe) -> Ledger:
    """Builds the ledger in the first schema of the path."""
    stored = _without_cubes(engine.tables(path)) - _OWN
    tables = ["ledger"]
    if "historical" in recipe.flags:
        tables.append("fx_changes")
    for table in tables:
        shards.store(engine, table, _composing(table, recipe), stored, recipe.parameters, path)
        stored.add(table)
    # What was there before the data begins opens its first period.
    first_day = "GREATEST(MIN(day), $left_edge)" if "left_edge" in recipe.flags else "MIN(day)"
    engine.run(
        f"CREATE OR REPLACE TABLE ledger_facts AS"
        f" SELECT {first_day} AS first_day, COUNT(*) AS ledger_rows FROM ledger",
        recipe.parameters,
        path=path,
    )
    engine.run(
        "CREATE TABLE IF NOT EXISTS changing_values (column_no INTEGER, customer_key INTEGER,"
        " from_day DATE, to_day DATE, value_code INTEGER)",
        path=path,
    )
    # What there is of values that change, of an import that was killed, is gone on with.
    return replace(described(engine, path, recipe), changing=set())


def described(engine: Engine, path: tuple[str, ...], recipe: Recipe) -> Ledger:
    """The ledger that stands in the first schema of the path."""
    _, rows = engine.run("SELECT first_day, ledger_rows FROM ledger_facts", path=path)
    first_day, count = rows[0]
    stored = engine.tables(path)
    if recipe.key != "default":
        stored = _without_cubes(stored)
        if "historical" not in recipe.flags:
            stored.discard("fx_changes")
    _, changing = engine.run("SELECT DISTINCT column_no FROM changing_values", path=path)
    return Ledger(
        engine=engine,
        path=path,
        flags=recipe.flags,
        instead=recipe.instead,
        parameters=recipe.parameters,
        stored=stored,
        currency_count=int(str(recipe.parameters["currency_count"])),
        reporting_currency=recipe.reporting_currency,
        first_day=first_day,
        rows=int(count),
        cube=recipe.key == "default" and "bridge_cube" in stored,
        changing={int(number) for (number,) in changing},
    )


def add_stays(ledger: Ledger) -> None:
    """Stores `stays`: tenures are then counted without going through the ledger."""
    stays, stored = _composing("stays", ledger), ledger.stored
    shards.store(ledger.engine, "stays", stays, stored, ledger.parameters, ledger.path)
    ledger.stored.add("stays")


def add_changing(ledger: Ledger, column: SegmentColumn) -> None:
    """Stores the value states of a column that can change, unless they are there."""
    if not column.changing or column.column_no in ledger.changing:
        return
    assert column.line_column is not None
    flags = ledger.flags | {"with_value"}
    # The name is one made in staging, `segment_<n>`.
    states = _composing("line_value_states", ledger, flags)
    line_column = column.line_column
    shards.store(
        ledger.engine,
        "changing_values",
        lambda stored, extra: states(stored, extra).replace("line_value", line_column),
        ledger.stored,
        {**ledger.parameters, "column_no": column.column_no},
        ledger.path,
        step=f"changing_values {column.column_no}",
    )
    ledger.changing.add(column.column_no)


def _composing(
    relation: str, of: Recipe | Ledger, flags: Collection[str] | None = None
) -> Callable[[Collection[str], Mapping[str, str]], str]:
    """Its statement, given the stored relations and SELECTs in the place of others."""
    flags = of.flags if flags is None else flags
    return lambda stored, extra: compose(relation, stored, flags, of.instead, extra)


def _without_cubes(stored: set[str]) -> set[str]:
    return {name for name in stored if not name.endswith("_cube")} - {"combination_values"}
