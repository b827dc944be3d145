"""The ledger of one set of policies: made from the lines, and described for questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from cs_core.warehouse import segments as segment_tables
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
        body = compose(table, stored, recipe.flags, instead=recipe.instead)
        engine.run(f"CREATE TABLE {table} AS\n{body}", recipe.parameters, path=path)
        stored.add(table)
    # What was there before the data begins opens its first period.
    first_day = "GREATEST(MIN(day), $left_edge)" if "left_edge" in recipe.flags else "MIN(day)"
    engine.run(
        f"CREATE TABLE ledger_facts AS"
        f" SELECT {first_day} AS first_day, COUNT(*) AS ledger_rows FROM ledger",
        recipe.parameters,
        path=path,
    )
    engine.run(
        "CREATE TABLE changing_values (column_no INTEGER, customer_key INTEGER,"
        " from_day DATE, to_day DATE, value_code INTEGER)",
        path=path,
    )
    return described(engine, path, recipe)


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
    body = compose("stays", ledger.stored, ledger.flags, instead=ledger.instead)
    ledger.engine.run(f"CREATE TABLE stays AS\n{body}", ledger.parameters, path=ledger.path)
    ledger.stored.add("stays")


def add_changing(ledger: Ledger, column: SegmentColumn) -> None:
    """Stores the value states of a column that can change, unless they are there."""
    if not column.changing or column.column_no in ledger.changing:
        return
    assert column.line_column is not None
    flags = ledger.flags | {"with_value"}
    # The name is one made in staging, `segment_<n>`.
    body = compose("line_value_states", ledger.stored, flags, instead=ledger.instead)
    segment_tables.add_changing_column(
        ledger.engine,
        column.column_no,
        body.replace("line_value", column.line_column),
        ledger.parameters,
        ledger.path,
    )
    ledger.changing.add(column.column_no)


def _without_cubes(stored: set[str]) -> set[str]:
    return {name for name in stored if not name.endswith("_cube")} - {"combination_values"}
