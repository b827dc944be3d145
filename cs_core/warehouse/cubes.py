"""The cubes: the default ledger added up by combination of segment values, cohort and month.

A figure read from one costs the same however many accounts there are.
"""

from __future__ import annotations

from collections.abc import Sequence

from cs_core.warehouse.calendars import calendar_parameters
from cs_core.warehouse.facts import Facts
from cs_core.warehouse.ledgers import Ledger
from cs_core.warehouse.segments import SegmentColumn
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
    columns = [c for c in facts.columns if c.column_no in facts.configured]
    engine.run(
        "CREATE TABLE configured_columns (column_no INTEGER, radix INTEGER, value_count INTEGER)"
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
            "month", 1, WINDOW, ledger.first_day, facts.as_of, ledger.parameters["left_edge"]
        ),
    }
    flags = set(ledger.flags) | {"segmented" if columns else "whole", "changing"}
    engine.run(f"CREATE TABLE calendar AS {compose('calendar', ledger.stored, flags)}", parameters)
    stored = set(ledger.stored) | {"calendar", "configured_columns"}
    extra = {"chosen_values": "SELECT NULL"}
    if columns:
        body = compose("combination_states", stored, flags)
        engine.run(f"CREATE TABLE customer_segments AS\n{body}", parameters)
    else:
        engine.run(
            "CREATE TABLE customer_segments (customer_key INTEGER, from_day DATE,"
            " to_day DATE, segment INTEGER)"
        )
    stored.add("customer_segments")
    for cube, relation in CUBES.items():
        body = compose(relation, stored, flags, extra=extra)
        order = "segment, period_index" if cube != "transfer_cube" else "period_index"
        engine.run(f"CREATE TABLE {cube} AS\n{body}\nORDER BY {order}", parameters)
    engine.run("CREATE TABLE combinations AS SELECT DISTINCT segment FROM customer_segments")
    body = compose("combination_values", stored | {"combinations"}, flags)
    engine.run(f"CREATE TABLE combination_values AS\n{body}", parameters)
    engine.run("DROP TABLE customer_segments")
    engine.run("DROP TABLE combinations")
    engine.run("DROP TABLE calendar")
