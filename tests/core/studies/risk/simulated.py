"""A made-up company whose departures follow usage, or nothing at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cs_core.importers import ReadOptions
from cs_core.metrics.options import Options
from cs_core.metrics.result import Result
from cs_core.studies import risk
from cs_core.studies.risk import learning, rows
from cs_core.warehouse.store import Warehouse

FIRST = np.datetime64("2022-01")
READ = ReadOptions(tables={"subscriptions.parquet": "subscriptions", "usage.parquet": "usage"})


def write(
    folder: Path,
    accounts: int,
    months: int = 30,
    *,
    effect: float,
    monthly: float = 0.025,
    seed: int = 1,
) -> list[Path]:
    """Subscriptions and monthly usage. The chance to leave in the month after a month's end is
    `monthly` x exp(-effect x engagement), and usage shows engagement; no effect, no signal."""
    draw = np.random.default_rng(seed)
    begins = draw.integers(0, months, accounts)
    begins[: accounts // 3] = 0
    engagement = draw.normal(size=accounts)
    ends = np.full(accounts, np.datetime64("NaT"), "M8[D]")
    here = np.zeros(accounts, bool)
    gone = np.zeros(accounts, bool)
    usage = []
    for month in range(months):
        here |= begins == month
        engagement = 0.92 * engagement + 0.39 * draw.normal(size=accounts)
        active = np.flatnonzero(here & ~gone)
        last_day = (FIRST + month + 1).astype("M8[D]") - 1
        value = np.exp(3 + 0.6 * engagement[active] + 0.1 * draw.normal(size=len(active)))
        usage.append((active, np.full(len(active), last_day), value.round(1)))
        leaves = active[draw.random(len(active)) < monthly * np.exp(-effect * engagement[active])]
        ends[leaves] = last_day + draw.integers(1, 28, len(leaves))
        gone[leaves] = True
    ids = np.array([f"A{n:06d}" for n in range(accounts)])
    until = (FIRST + months).astype("M8[D]") - 1
    ends[ends > until] = np.datetime64("NaT")
    price = draw.choice([50, 100, 400], accounts)
    tables = {
        "subscriptions": {
            "account_id": ids,
            "start_date": (FIRST + begins).astype("M8[D]") + draw.integers(0, 27, accounts),
            "end_date": ends,
            "mrr": [int(value) for value in price],
            "currency": np.full(accounts, "USD"),
        },
        "usage": {
            "account_id": ids[np.concatenate([who for who, _, _ in usage])],
            "date": np.concatenate([day for _, day, _ in usage]),
            "metric": np.full(sum(len(who) for who, _, _ in usage), "logins"),
            "value": np.concatenate([value for _, _, value in usage]),
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, columns in tables.items():
        paths.append(folder / f"{name}.parquet")
        pq.write_table(pa.table(columns), paths[-1])
    return paths


def assessed(warehouse: Warehouse, options: Options) -> tuple[risk.Learned, Result]:
    """What the past taught, and the list."""
    known = risk.known(warehouse, options)
    return known.learned, risk.listed(warehouse, options, known, risk.Rules())


def judged_departures(warehouse: Warehouse) -> int:
    """How many different departures follow the months that judge."""
    of = rows.source(warehouse, Options())
    months, _ = learning.split(rows.moments(of), of.horizon_days)
    return rows.churns(of, months[-1].months_ago, months[0].months_ago)
