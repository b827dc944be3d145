"""The floor: DuckDB reads every value of the columns the figures need, and does nothing else."""

import sys

import duckdb

# The path as a literal: with a parameter DuckDB would import pandas first.
duckdb.connect(config={"threads": "2"}).execute(
    "SELECT MIN(account_id), MIN(start_date), MIN(end_date), SUM(mrr), MIN(plan), MIN(country),"
    f" MIN(channel), MIN(owner) FROM read_parquet('{sys.argv[1]}')"
).fetchall()
