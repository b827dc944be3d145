"""The usual way, written well: one row per account and month in pandas, then group-bys.

Ids are factorised once, money is whole cents, months are small integers, and the explode is
`numpy.repeat`, not `DataFrame.explode`. Prints the figures as JSON (see `speed.py`).
"""

from __future__ import annotations

import json
import sys
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

FIRST = 2021 * 12
LAST = 2025 * 12 + 11


def month_of(days: pa.ChunkedArray) -> np.ndarray:
    year = pc.year(days).to_numpy(zero_copy_only=False)
    return year * 12 + pc.month(days).to_numpy(zero_copy_only=False) - 1


def figures(path: str) -> dict[str, object]:
    table = pq.read_table(path, columns=["account_id", "start_date", "end_date", "mrr"])
    account, _ = pd.factorize(table["account_id"].to_pandas())
    start = month_of(table["start_date"]).astype(np.int32)
    # Active at the end of a month until the month before the one in which the line ends.
    end = month_of(pc.fill_null(table["end_date"], pa.scalar(date(2026, 1, 1))))
    cents = pc.cast(pc.multiply(table["mrr"], 100), pa.decimal128(20, 2)).cast(pa.int64())
    cents = cents.to_numpy(zero_copy_only=False)
    months = np.maximum(np.minimum(end, LAST + 1) - start, 0).astype(np.int64)
    offset = np.arange(months.sum()) - np.repeat(np.cumsum(months) - months, months)
    exploded = pd.DataFrame(
        {
            "account": np.repeat(account.astype(np.int32), months),
            "month": np.repeat(start, months) + offset.astype(np.int32),
            "mrr": np.repeat(cents, months),
        }
    )
    monthly = exploded.groupby(["account", "month"], sort=True)["mrr"].sum().reset_index()
    del exploded
    same = monthly["account"].eq(monthly["account"].shift())
    next_to = same & monthly["month"].eq(monthly["month"].shift() + 1)
    monthly["before"] = monthly["mrr"].shift(fill_value=0).where(next_to, 0)
    monthly["first"] = monthly["month"].where(~same).ffill().astype(np.int32)
    monthly["first_mrr"] = monthly["mrr"].where(~same).ffill().astype(np.int64)
    return {
        "bridge": bridge(monthly, same),
        "cohorts": cohorts(monthly),
        "retention": retention(monthly),
    }


def bridge(monthly: pd.DataFrame, same: pd.Series) -> list[list[int]]:
    delta = monthly["mrr"] - monthly["before"]
    came = monthly["before"].eq(0)
    stayed_on = monthly["account"].eq(monthly["account"].shift(-1)) & monthly["month"].eq(
        monthly["month"].shift(-1) - 1
    )
    left = ~stayed_on & monthly["month"].lt(LAST)
    parts = pd.DataFrame(
        {
            "month": monthly["month"],
            "new": delta.where(~same, 0),
            "back": delta.where(came & same, 0),
            "up": delta.where(~came & delta.gt(0), 0),
            "down": -delta.where(~came & delta.lt(0), 0),
            "closing": monthly["mrr"],
            "new_n": ~same,
            "back_n": came & same,
            "closing_n": 1,
        }
    )
    by_month = parts.groupby("month").sum()
    lost = monthly[left].groupby("month")["mrr"].agg(["sum", "size"])
    lost.index += 1
    by_month = by_month.join(lost).fillna(0).astype(np.int64)
    return by_month.reset_index().to_numpy().tolist()


def cohorts(monthly: pd.DataFrame) -> list[list[int]]:
    cells = pd.DataFrame(
        {
            "cohort": monthly["first"],
            "age": monthly["month"] - monthly["first"],
            "customers": 1,
            "mrr": monthly["mrr"],
            "capped": np.minimum(monthly["mrr"], monthly["first_mrr"]),
        }
    )
    return cells.groupby(["cohort", "age"]).sum().reset_index().to_numpy().tolist()


def retention(monthly: pd.DataFrame) -> list[list[int]]:
    then = monthly[["account", "month", "mrr"]].copy()
    then["month"] += 12
    then = then[then["month"] <= LAST]
    now = monthly[["account", "month", "mrr"]]
    both = then.merge(now, on=["account", "month"], how="left", suffixes=("", "_now"))
    kept = both["mrr_now"].notna()
    both["mrr_now"] = both["mrr_now"].fillna(0).astype(np.int64)
    parts = pd.DataFrame(
        {
            "month": both["month"],
            "starting": 1,
            "kept": kept,
            "then": both["mrr"],
            "now": both["mrr_now"],
            "capped": np.minimum(both["mrr"], both["mrr_now"]),
        }
    )
    return parts.groupby("month").sum().reset_index().to_numpy().tolist()


if __name__ == "__main__":
    json.dump(figures(sys.argv[1]), sys.stdout)
