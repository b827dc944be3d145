"""A bare DuckDB that holds the canonical tables of a dataset, and nothing of ours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import duckdb

from cs_core.datasets import Dataset
from cs_core.domain.periods import days_of_label
from cs_core.domain.policies import PRESETS, TRIED, Policies
from cs_core.metrics.catalogue import catalogue
from cs_core.metrics.options import PERIODS, Options

STATED = sorted(name for name, about in catalogue().items() if not about.study)


def questions(metric: str) -> list[Options]:
    """Every preset, and every value of every policy, each with another split and period in turn."""
    heeded = catalogue()[metric].parameters
    policies = [Policies.of(preset) for preset in PRESETS]
    policies += [
        Policies.of("keizoku", {name: value})
        for name, values in TRIED.items()
        for value in values
        if value != getattr(Policies(), name)
    ]
    ways = list(
        product(
            PERIODS if "period" in heeded else ("month",),
            (None, "plan", "country") if "by" in heeded else (None,),
        )
    )
    asked = [Options(period=period, by=by) for period, by in ways]
    for number, found in enumerate(policies):
        period, by = ways[number % len(ways)]
        asked.append(Options(policies=found, period=period, by=by))
    if "where" in heeded:
        asked.append(Options(where=(("plan", "Team"), ("country", "JP")), by=asked[-1].by))
    if "from" in heeded:
        asked.append(Options(first="2024-06", last="2025-Q1", fiscal_start=4, period="quarter"))
    if "unit" in heeded:
        asked.append(Options(unit="day", spells="all"))
    return asked


@contextmanager
def bare(dataset: Dataset, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    for table in dataset.warehouse.facts.given:
        file = folder / f"{table}.parquet"
        dataset.export(table, file)
        connection.execute(f"CREATE TABLE {table} AS FROM '{file}'")
    try:
        yield connection
    finally:
        connection.close()


def rows_of(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in rows]


def expected(dataset: Dataset, metric: str, options: Options) -> list[dict[str, Any]]:
    """The rows of `query`, with the first day of each period in its label's place."""
    found = []
    for row in dataset.run(metric, options).mappings():
        for name in ("month", "period", "cohort"):
            if isinstance(row.get(name), str):
                row[name] = days_of_label(row[name], options.fiscal_start)[0]
        found.append(row)
    return found


def differences(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[Any]:
    """What is not the same: text, days, counts and money exactly, fractions to 1e-12."""
    if len(ours) != len(theirs):
        return [f"{len(ours)} rows and {len(theirs)}"]
    if ours and set(ours[0]) != set(theirs[0]):
        return [set(ours[0]) ^ set(theirs[0])]
    pairs = zip(sorted(ours, key=_place), sorted(theirs, key=_place), strict=True)
    return [(a, b) for a, b in pairs if any(not _same(value, b[name]) for name, value in a.items())]


def _place(row: Mapping[str, Any]) -> tuple[str, ...]:
    """A float's last digit must not decide where a row stands."""
    return tuple(
        f"{name}={value}" for name, value in sorted(row.items()) if not isinstance(value, float)
    )


def _same(ours: Any, theirs: Any) -> bool:
    if ours is None or theirs is None or isinstance(ours, str | bool | date):
        return bool(ours == theirs)
    if isinstance(ours, float):
        return math.isclose(ours, float(theirs), rel_tol=1e-12, abs_tol=1e-12)
    return Decimal(ours) == Decimal(theirs)
