"""RavenStack: contradictory data is imported, its contradictions said, its bridge closed."""

import csv
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from cs_core.datasets import Dataset, open_dataset
from cs_core.metrics.options import Options

pytestmark = pytest.mark.shared


@pytest.fixture
def ravenstack(published: Path) -> Dataset:
    return open_dataset(sorted((published / "ravenstack").glob("*.csv")))


def mrr_on(lines: list[dict[str, str]], day: date) -> dict[str, int]:
    """Each account's MRR on a day."""
    totals: dict[str, int] = defaultdict(int)
    for line in lines:
        if line["start_date"] <= str(day) and not (
            line["end_date"] and line["end_date"] <= str(day)
        ):
            totals[line["account_id"]] += int(line["mrr_amount"])
    return totals


def test_december_closes_exactly_from_its_opening(ravenstack: Dataset, published: Path) -> None:
    with (published / "ravenstack" / "ravenstack_subscriptions.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    wanted = dict.fromkeys(["new", "reactivation", "expansion", "contraction", "churned"], 0)
    past: set[str] = set()  # who had been a customer before the day
    for back in range(400, 31, -1):
        past |= {k for k, v in mrr_on(lines, date(2025, 1, 1) - timedelta(days=back)).items() if v}
    past |= {
        line["account_id"]
        for line in lines
        if line["start_date"] < "2023-12-01" and int(line["mrr_amount"])
        if line["end_date"] != line["start_date"]
    }
    before = mrr_on(lines, date(2024, 11, 30))
    opening = sum(before.values())
    past |= {account for account, mrr in before.items() if mrr}
    for day in range(1, 32):
        after = mrr_on(lines, date(2024, 12, day))
        for account in before.keys() | after.keys():
            was, now = before.get(account, 0), after.get(account, 0)
            if now > was:
                kind = "expansion" if was else "reactivation" if account in past else "new"
                wanted[kind] += now - was
            elif now < was:
                wanted["contraction" if now else "churned"] += was - now
        past |= {account for account, mrr in after.items() if mrr}
        before = after
    with ravenstack as dataset:
        rows = dataset.run("mrr_movements", Options(first="2024-12", last="2024-12")).records()
    [row] = rows
    assert {kind: row[f"{kind}_mrr"] for kind in wanted} == {
        kind: f"{amount}.000000" for kind, amount in wanted.items()
    }
    assert row["opening_mrr"] == f"{opening}.000000"
    assert row["closing_mrr"] == f"{sum(before.values())}.000000"
    gained = wanted["new"] + wanted["reactivation"] + wanted["expansion"]
    assert sum(before.values()) == opening + gained - wanted["contraction"] - wanted["churned"]
    assert row["closing_customers"] == sum(1 for mrr in before.values() if mrr) == 500


def test_its_contradictions_are_reported(ravenstack: Dataset, published: Path) -> None:
    with ravenstack as dataset:
        report = dataset.report
    read = {item["file"]: (item["rows_read"], item["rows_set_aside"]) for item in report["files"]}
    assert {name.removeprefix("ravenstack_"): count for name, count in read.items()} == {
        "accounts.csv": (500, 0),
        "churn_events.csv": (600, 0),
        "feature_usage.csv": (25000, 0),
        "subscriptions.csv": (5000, 0),
        "support_tickets.csv": (2000, 0),
    }
    found = {problem["code"]: problem["count"] for problem in report["problems"]}
    with (published / "ravenstack" / "ravenstack_subscriptions.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert found["zero_amount"] == sum(1 for line in lines if line["mrr_amount"] == "0")
    assert found["zero_length"] == sum(1 for x in lines if x["start_date"] == x["end_date"])
    with (published / "ravenstack" / "ravenstack_feature_usage.csv").open(encoding="utf-8") as file:
        ids = [line["usage_id"] for line in csv.DictReader(file)]
    assert found["duplicate_event_id"] == len(ids) - len(set(ids))
    contradictions = {"account_flag_contradicts", "churn_event_without_end"}
    assert contradictions | {"usage_outside_subscription"} <= found.keys()
