"""The cubes: the default ledger added up by combination of segment values, cohort and month.

A figure read from one costs the same however many accounts there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cs_core.warehouse.calendars import calendar_parameters
from cs_core.warehouse.duckdb_engine import Engine
from cs_core.warehouse.facts import Facts
from cs_core.warehouse.ledgers import Ledger
from cs_core.warehouse.segments import SegmentColumn
from cs_core.warehouse.shards import Shard, insert, made, shards_of
from cs_core.warehouse.statements import compose

# The cube answers every filter on these columns. Its size is this bound x cohorts x months, not
# the number of accounts.
MAX_COMBINATIONS = 400
WINDOW = 12
# A cube and the relation it holds, for every combination.
CUBES = {
    "bridge_cube": "added_movements",
    "transfer_cube": "added_transfers",
    "churn_cube": "churn_changes",
    "cohort_cube": "cohort_changes",
    "retained_cube": "retention_changes",
}
# What tells the rows of a cube apart; everything else is a sum.
_KEYS = {
    *("segment", "from_segment", "to_segment", "currency_code"),
    *("cohort_index", "period_index", "movement"),
}
_NO_STATES = """
SELECT 0 AS customer_key, CURRENT_DATE AS from_day, CURRENT_DATE AS to_day, 0 AS segment LIMIT 0
"""


def configured(columns: Sequence[SegmentColumn]) -> tuple[int, ...]:
    """The columns of the cube: in order, while their combinations stay within the bound."""
    chosen, product = [], 1
    for column in columns:
        if column.values > 1 and product * column.codes <= MAX_COMBINATIONS:
            chosen.append(column.column_no)
            product *= column.codes
    return tuple(chosen)


def build(ledger: Ledger, facts: Facts) -> None:
    """Adds the default ledger up by combination of configured values, cohort and month."""
    if ledger.first_day is None or ledger.first_day > facts.as_of:
        return  # nobody has paid yet
    engine = ledger.engine
    if not made(engine, "combination_values"):
        _build(ledger, ledger.first_day, facts)
    # They stand for relations of other questions too: none may stay.
    for table in ("calendar", "customer_segments", "combinations"):
        engine.run(f"DROP TABLE IF EXISTS {table}")


def _build(ledger: Ledger, first_day: date, facts: Facts) -> None:
    engine = ledger.engine
    columns = [c for c in facts.columns if c.column_no in facts.configured]
    engine.run(
        "CREATE OR REPLACE TABLE configured_columns"
        " (column_no INTEGER, radix INTEGER, value_count INTEGER)"
    )
    radix = 1
    for column in columns:
        engine.run(
            "INSERT INTO configured_columns VALUES ($column_no, $radix, $value_count)",
            {"column_no": column.column_no, "radix": radix, "value_count": column.codes},
        )
        radix *= column.codes
    parameters = {
        **ledger.parameters,
        **calendar_parameters(
            "month", 1, WINDOW, first_day, facts.as_of, ledger.parameters["left_edge"]
        ),
    }
    flags = set(ledger.flags) | {"segmented" if columns else "whole", "changing"}
    calendar = compose("calendar", ledger.stored, flags)
    engine.run(f"CREATE OR REPLACE TABLE calendar AS {calendar}", parameters)
    stored = set(ledger.stored) | {"calendar", "configured_columns"}
    done = made(engine, "cubes")
    parts: list[Shard | None] = [*shards_of(engine)]
    for shard in parts or [None]:
        number = 0 if shard is None else shard.number
        if number in done:
            continue
        extra = {} if shard is None else shard.only(stored, engine.path, ledger.currency_count)
        read = stored - extra.keys()
        states = _NO_STATES
        if columns:
            states = compose("combination_states", read, flags, extra=extra)
        engine.run(f"CREATE OR REPLACE TABLE customer_segments AS\n{states}", parameters)
        read.add("customer_segments")
        extra["chosen_values"] = "SELECT NULL"
        rows = {
            cube: compose(relation, read, flags, extra=extra) for cube, relation in CUBES.items()
        }
        rows["combinations"] = "SELECT DISTINCT segment FROM customer_segments"
        insert(engine, rows, "cubes", number, parameters)
    for cube in CUBES:
        _add_up(engine, cube)
    combinations = f"SELECT DISTINCT segment FROM {engine.path[0]}.combinations"
    values = compose("combination_values", stored, flags, extra={"combinations": combinations})
    insert(engine, {"combination_values": values}, "combination_values", 0, parameters)


def _add_up(engine: Engine, cube: str) -> None:
    """One row for what is the same in several shards; what was added up before stays as it is."""
    _, columns = engine.run(f"DESCRIBE {cube}")
    keys = ", ".join(name for name, *_ in columns if name in _KEYS)
    sums = ", ".join(
        f"CAST(SUM({name}) AS {kind}) AS {name}" for name, kind, *_ in columns if name not in _KEYS
    )
    engine.run(
        f"CREATE OR REPLACE TABLE {cube} AS"
        f" SELECT {keys}, {sums} FROM {cube} GROUP BY {keys} ORDER BY {keys}"
    )
