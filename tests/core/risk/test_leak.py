"""What is dated after the as-of date changes no score, no reason and no evaluation."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from cs_core.datasets import open_dataset
from cs_core.metrics.options import Options
from tests.core.risk import simulated

SAMPLE = Path(__file__).parents[3] / "sample_data" / "demo"
AS_OF = date(2024, 11, 15)
# Column that dates a row, and those that only say what happens later.
DATED = {
    "subscriptions": ("start_date", ("end_date", "cancel_requested_at")),
    "usage": ("date", ()),
    "nps": ("responded_at", ()),
    "tickets": ("opened_at", ("closed_at",)),
}
# What a line was for is written when it ends.
AFTERWARDS = {"end_date": ("cancel_reason", "churn_kind"), "closed_at": ("satisfaction",)}

Row = dict[str, str]


def changed(name: str, rows: list[Row], draw: random.Random) -> list[Row]:
    """The same table with everything dated after as-of shuffled, moved, altered or left out."""
    if name == "accounts":
        for row in rows:
            if row["contract_owner_left_at"] > AS_OF.isoformat():
                row["contract_owner_left_at"] = later(draw)
        return rows
    dated_by, ends = DATED[name]
    kept = [row for row in rows if row[dated_by] <= AS_OF.isoformat()]
    future = [row for row in rows if row[dated_by] > AS_OF.isoformat()]
    accounts = [row["account_id"] for row in future]
    draw.shuffle(accounts)
    for row, account in zip(future, accounts, strict=True):
        row["account_id"] = account
        row["subscription_id" if name == "subscriptions" else "metric"] = f"later-{draw.random()}"
        if name == "subscriptions":
            row["start_date"] = later(draw)
            row["end_date"] = row["cancel_requested_at"] = row["trial_end"] = row["term_end"] = ""
            row["status"] = draw.choice(["active", "past_due"])
        elif name == "usage":
            row["metric"] = draw.choice(["logins", "active_users", "a new one"])
            row["value"] = str(draw.randrange(100_000))
        elif name == "nps":
            row["score"] = str(draw.randrange(11))
    future = [row for row in future if draw.random() < 0.8]
    for row in kept:
        for end in ends:
            if row.get(end, "") > AS_OF.isoformat():
                row[end] = later(draw) if draw.random() < 0.5 else ""
                for column in AFTERWARDS.get(end, ()):
                    row[column] = "4" if column == "satisfaction" and draw.random() < 0.5 else ""
    mixed = kept + future
    draw.shuffle(mixed)
    return mixed


def later(draw: random.Random) -> str:
    return (AS_OF + timedelta(days=draw.randrange(1, 300))).isoformat()


def write(folder: Path, tables: dict[str, list[Row]]) -> list[Path]:
    paths = []
    for name, rows in tables.items():
        paths.append(folder / f"{name}.csv")
        with paths[-1].open("w", newline="", encoding="utf-8") as stream:
            columns = [c for c in rows[0] if c != "metric" or name == "usage"]
            writer = csv.DictWriter(stream, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    return paths


def read(name: str, few: Callable[[str], bool]) -> list[Row]:
    with (SAMPLE / f"{name}.csv").open(encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if few(row["account_id"])]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_future_is_not_seen(tmp_path: Path, seed: int) -> None:
    def few(account: str) -> bool:
        return account < "A01200"

    answers = []
    for part in ("as it was", "changed"):
        draw = random.Random(seed)
        tables = {name: read(name, few) for name in ("accounts", *DATED)}
        if part == "changed":
            tables = {name: changed(name, rows, draw) for name, rows in tables.items()}
        (tmp_path / part).mkdir()
        with open_dataset(write(tmp_path / part, tables)) as dataset:
            learned, found = simulated.assessed(dataset.warehouse, Options(as_of=AS_OF))
        answers.append((learned.evaluation, found.rows))
    (before, then), (after, now) = answers
    assert before.predictive  # or the test would compare health alone
    assert now == then
    assert after == before


@pytest.mark.shared
def test_ravenstack(shared: Path, tmp_path: Path) -> None:
    as_of = date(2024, 6, 30)
    answers = []
    for part in ("as it was", "changed"):
        (tmp_path / part).mkdir()
        paths = []
        draw = random.Random(4)
        for source in sorted((shared / "ravenstack").glob("*.csv")):
            paths.append(tmp_path / part / source.name)
            with source.open(encoding="utf-8") as stream:
                rows = list(csv.DictReader(stream))
            if part == "changed":
                rows = later_ravenstack(source.stem, rows, as_of, draw)
            with paths[-1].open("w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        with open_dataset(paths) as dataset:
            answers.append(dataset.run("accounts", Options(as_of=as_of)).rows)
    assert answers[0] == answers[1]
    assert len(answers[0]) > 300


def later_ravenstack(table: str, rows: list[Row], as_of: date, draw: random.Random) -> list[Row]:
    day = as_of.isoformat()
    if table.endswith("feature_usage"):
        for row in rows:
            if row["usage_date"] > day:
                row["usage_count"] = str(draw.randrange(500))
    elif table.endswith("support_tickets"):
        return [row for row in rows if row["submitted_at"] <= day or draw.random() < 0.5]
    elif table.endswith("subscriptions"):
        for row in rows:
            if row["end_date"] > day and row["start_date"] <= day:
                row["end_date"] = ""
    return rows
