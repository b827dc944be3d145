"""The floor of an import: DuckDB reads every value of a CSV, told all types, and keeps none."""

import sys

import duckdb

TYPES = {
    "account_id": "VARCHAR",
    "subscription_id": "VARCHAR",
    "plan": "VARCHAR",
    "start_date": "DATE",
    "end_date": "DATE",
    "mrr": "DECIMAL(18, 6)",
    "country": "VARCHAR",
    "channel": "VARCHAR",
    "owner": "VARCHAR",
}
found = ", ".join(f"{'SUM' if name == 'mrr' else 'MIN'}({name})" for name in TYPES)
duckdb.connect(config={"threads": "2"}).execute(
    f"SELECT {found} FROM read_csv('{sys.argv[1]}', header = true, auto_detect = false,"
    f" columns = {TYPES})"
).fetchall()
