"""Made-up subscriptions for the benchmarks: text ids, plan changes, five years, seeded.

An account's lines follow one another, now and then with a gap; a change falls on a random day,
and an account changes at most once in a calendar month. So the sum of its movements in a month is
the difference of two month ends, and a plain month-end explode must give the same figures.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

DRAWN_ACCOUNTS = 0.35  # per row drawn; gives 0.45 accounts per subscription
FIRST_MONTH, MONTHS = np.datetime64("2021-01"), 60
PLANS = ("Starter", "Team", "Business", "Enterprise")
COUNTRIES = ("JP", "US", "DE", "SG", "FR")
CHANNELS = ("organic", "paid", "partner", "referral")
OWNERS = 40  # together with the others too many combinations for a cube


def write(path: Path, subscriptions: int, seed: int = 1) -> None:
    """`subscriptions` rows in one Parquet file, in no order."""
    draw = np.random.default_rng(seed)
    drawn = int(subscriptions * 1.6) + 100  # some start after the last month and are left out
    account = np.sort(draw.integers(0, int(drawn * DRAWN_ACCOUNTS) + 1, drawn))
    first = np.r_[True, account[1:] != account[:-1]]
    # Months from the account's first start to each line's start and end.
    length = 1 + draw.geometric(0.09, drawn)
    gap = np.where(draw.random(drawn) < 0.08, draw.integers(1, 6, drawn), 0)
    before = np.cumsum(length + gap) - (length + gap)
    begins = np.maximum.accumulate(np.where(first, np.arange(drawn), 0))
    start = draw.integers(0, MONTHS, drawn)[begins] + before - before[begins]
    end = start + length
    kept = np.flatnonzero(start < MONTHS)[:subscriptions]
    if len(kept) < subscriptions:
        raise ValueError("too few rows were drawn")
    account, start, end, gap = account[kept], start[kept], end[kept], gap[kept]
    count = len(kept)

    day = draw.integers(0, 28, count)
    start_day = (FIRST_MONTH + start).astype("M8[D]") + day
    end_day = (FIRST_MONTH + end).astype("M8[D]") + draw.integers(0, 28, count)
    follows = np.r_[account[1:] == account[:-1], False] & (gap == 0)
    # A line with a successor ends on the day the next one starts.
    end_day[:-1] = np.where(follows[:-1], start_day[1:], end_day[:-1])
    stays = np.r_[account[1:] != account[:-1], True] & (draw.random(count) < 0.4)
    is_open = (end >= MONTHS) | stays

    step = np.where(np.r_[True, account[1:] != account[:-1]], draw.integers(0, 4, count), 0)
    moved = np.cumsum(draw.integers(-1, 2, count)) + step
    plan = np.clip(moved - np.minimum.accumulate(moved), 0, None) % len(PLANS)
    licences = 1 + draw.geometric(0.2, count)
    cents = np.array([98_000, 198_050, 298_075, 498_033])[plan] * licences // 10

    order = draw.permutation(count)
    names = draw.integers(0, 2**31, int(account[-1]) + 1)  # an account's own attributes
    mine = names[account]

    def chosen(values: tuple[str, ...], number: np.ndarray) -> pa.Array:
        return pa.array(values).take(pa.array((number % len(values))[order]))

    width = len(str(int(account[-1])))
    numbers = pc.utf8_lpad(pc.cast(pa.array(account[order]), pa.string()), width, "0")
    serial = pc.utf8_lpad(pc.cast(pa.array(np.arange(count)[order]), pa.string()), width + 1, "0")
    table = pa.table(
        {
            "account_id": pc.binary_join_element_wise("acct-", numbers, ""),
            "subscription_id": pc.binary_join_element_wise("sub-", serial, ""),
            "plan": chosen(PLANS, plan),
            "start_date": pa.array(start_day[order]),
            "end_date": pa.array(end_day[order], mask=is_open[order]),
            "mrr": _decimals(cents[order]),
            "country": chosen(COUNTRIES, mine),
            "channel": chosen(CHANNELS, mine // 7),
            "owner": chosen(tuple(f"owner {n:02d}" for n in range(OWNERS)), mine // 31),
        }
    )
    pq.write_table(table, path, row_group_size=122_880)


def _decimals(cents: np.ndarray) -> pa.Array:
    """Whole cents as DECIMAL(16, 2): the same integers, 128 bits wide."""
    wide = np.zeros((len(cents), 2), np.int64)
    wide[:, 0] = cents
    buffers = [None, pa.py_buffer(wide)]
    return pa.Array.from_buffers(pa.decimal128(16, 2), len(cents), buffers)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
