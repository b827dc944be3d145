"""Accounts at risk asked of datasets."""

from __future__ import annotations

import csv
import math
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas
import pytest

from cs_core.datasets import Dataset, open_dataset, sample_files
from cs_core.datasets.asking import options_of
from cs_core.metrics.options import Options
from cs_core.metrics.result import Result
from cs_core.studies import risk
from tests.core.studies.risk import simulated


def rows(found: Result) -> list[dict[str, object]]:
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def add_up(found: Result) -> float:
    """The largest distance between the reasons' sum and what they explain."""
    worst = 0.0
    for row in rows(found):
        said = sum(reason["contribution"] for reason in row["reasons"])  # type: ignore[attr-defined]
        chance = row["probability"]
        whole = row["health"] if chance is None else math.log(chance / (1 - chance))  # type: ignore[operator]
        worst = max(worst, abs(said - whole))  # type: ignore[operator]
    return worst


def test_columns_are_those_of_the_contract(sample: Dataset) -> None:
    found = sample.run("accounts")
    assert found.columns == risk.COLUMNS
    assert add_up(found) < 1e-9
    at_risk = [row for row in rows(found) if row["probability"] is not None]
    assert len(at_risk) > 900
    for row in at_risk:
        assert row["low"] < row["probability"] < row["high"]  # type: ignore[operator]
        exact = row["mrr"] * Decimal(row["probability"])  # type: ignore[operator,arg-type]
        assert abs(row["mrr_at_risk"] - exact) < Decimal("0.000001")  # type: ignore[operator]


@pytest.mark.parametrize("without", ["", "usage", "nps", "tickets", "accounts"])
def test_every_account_adds_up_whatever_is_missing(without: str) -> None:
    files = [path for path in sample_files() if path.stem != without]
    with open_dataset(files) as dataset:
        known = risk.known(dataset.warehouse, Options())
        found = risk.listed(dataset.warehouse, Options(), known, risk.Rules())
    assert add_up(found) < 1e-9
    health = risk.health_of(known.present, risk.Rules())
    assert np.abs(health.share.sum(axis=1) - 100).max() < 1e-9
    gone = {
        "usage": {"usage", "peers", "usage_trend"},
        "nps": {"nps"},
        "tickets": {"support", "silence"},
        "accounts": {"owner"},
    }
    for part in gone.get(without, set()):
        assert not health.share[:, health.parts.index(part)].any()


def test_customers_are_those_of_the_bridge(sample: Dataset) -> None:
    last = rows(sample.run("mrr_movements"))[-1]
    found = rows(sample.run("accounts"))
    assert len(found) == last["closing_customers"]
    assert sum(row["mrr"] for row in found) == last["closing_mrr"]  # type: ignore[misc]


def test_mrr_at_risk_by_segment_adds_up_to_the_total(sample: Dataset) -> None:
    whole = rows(sample.run("accounts"))
    total = sum(row["mrr_at_risk"] or 0 for row in whole)  # type: ignore[misc]
    by_plan = rows(sample.run("accounts", Options(by="plan")))
    parts: dict[object, Decimal] = {}
    for row in by_plan:
        parts[row["plan"]] = parts.get(row["plan"], Decimal(0)) + (row["mrr_at_risk"] or 0)  # type: ignore[operator]
    assert len(parts) == 4
    assert sum(parts.values()) == total
    # A filter narrows the list, not what was learned.
    only = rows(sample.run("accounts", options_of(where={"plan": "Team"})))
    assert sum(row["mrr_at_risk"] or 0 for row in only) == parts["Team"]  # type: ignore[misc]


def test_who_has_given_notice_is_apart(sample: Dataset) -> None:
    left = [row for row in rows(sample.run("accounts")) if row["notice_given"] is not None]
    with (Path(__file__).parents[4] / "sample_data/demo/subscriptions.csv").open() as stream:
        lines = list(csv.DictReader(stream))
    as_of = sample.info.as_of.isoformat()
    asked = {
        line["account_id"]: line["cancel_requested_at"]
        for line in lines
        if line["cancel_requested_at"] and (not line["end_date"] or line["end_date"] > as_of)
        and line["start_date"] <= as_of
    }  # fmt: skip
    assert left
    assert {row["account_id"]: row["notice_given"].isoformat() for row in left} == asked  # type: ignore[attr-defined]
    assert {row["probability"] for row in left} == {None}
    assert {row["play"] for row in left} == {"win_back"}


def test_the_same_question_gives_the_same_digits(sample: Dataset) -> None:
    options = Options(as_of=date(2025, 3, 31))
    assert sample.run("accounts", options).rows == sample.run("accounts", options).rows


def test_works_with_subscriptions_alone() -> None:
    path = Path(__file__).parents[4] / "sample_data/demo/subscriptions.csv"
    with open_dataset(path) as dataset:
        found = dataset.run("accounts")
    parts = {reason["part"] for row in rows(found) for reason in row["reasons"]}  # type: ignore[attr-defined]
    assert not parts & {"usage", "usage_trend", "peers", "nps", "support", "silence", "owner"}
    assert {row["colour"] for row in rows(found)} <= {"green", "yellow", "red"}
    assert add_up(found) < 1e-9


@pytest.mark.shared
def test_telco_out_of_fold(shared: Path) -> None:
    with open_dataset(shared / "telco" / "Telco-Customer-Churn.csv") as dataset:
        learned, found = simulated.assessed(dataset.warehouse, Options())
    assert learned.evaluation.auc is not None
    # Published logistic regressions on these data reach about 0.845; 0.90 would be a leak.
    assert 0.82 <= learned.evaluation.auc <= 0.86
    assert len(found.rows) == 7043 - 1869
    assert add_up(found) < 1e-9


def test_a_planted_signal_is_found(tmp_path: Path) -> None:
    paths = simulated.write(tmp_path, 2_800, effect=1.2)
    with open_dataset(paths, read=simulated.READ) as dataset:
        learned, found = simulated.assessed(dataset.warehouse, Options())
        departures = simulated.judged_departures(dataset.warehouse)
    judged = learned.evaluation
    assert judged.predictive
    assert judged.auc is not None
    assert judged.auc >= 0.75
    assert departures >= 300
    assert judged.slope is not None
    assert 0.8 <= judged.slope <= 1.2
    first = [row["reasons"][0]["part"] for row in rows(found)[:20]]  # type: ignore[index]
    assert first.count("peers") + first.count("usage") + first.count("usage_trend") >= 18


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_without_a_signal_nothing_is_predicted(tmp_path: Path, seed: int) -> None:
    with open_dataset(
        simulated.write(tmp_path, 600, effect=0.0, seed=seed), read=simulated.READ
    ) as dataset:
        learned, found = simulated.assessed(dataset.warehouse, Options())
    assert not learned.evaluation.predictive
    assert learned.evaluation.why == "no_better_than_chance"
    assert all(row["probability"] is None and row["mrr_at_risk"] is None for row in rows(found))
    assert add_up(found) < 1e-9


def test_few_churns_are_refused_and_health_ranks(tmp_path: Path) -> None:
    with open_dataset(
        simulated.write(tmp_path, 60, effect=1.0, monthly=0.018), read=simulated.READ
    ) as dataset:
        learned, found = simulated.assessed(dataset.warehouse, Options())
    assert 0 < learned.evaluation.churns < 50
    assert learned.evaluation.why == "too_few_churns"
    assert learned.evaluation.auc is None
    colours = [row["colour"] for row in rows(found)]
    assert colours == sorted(colours, key=["red", "yellow", "green"].index)  # type: ignore[arg-type]


def test_months_that_teach_are_over_when_those_that_judge_begin(sample: Dataset) -> None:
    learned = risk.known(sample.warehouse, Options()).learned
    assert learned.judged is not None
    assert learned.taught is not None
    last_taught = date.fromisoformat(learned.taught[1])
    first_judged = date.fromisoformat(learned.judged[0])
    assert (first_judged - last_taught).days >= 90


def everybody_left(folder: Path) -> list[Path]:
    """The sample, each of whose subscriptions has ended by its last day."""
    folder.mkdir()
    paths = []
    for path in sample_files():
        kept = pandas.read_csv(path, dtype=str, keep_default_na=False)
        if path.stem == "subscriptions":
            last = kept["start_date"].max()
            kept["end_date"] = [end or last for end in kept["end_date"]]
            kept[["term_start", "term_end"]] = ""
        paths.append(folder / path.name)
        kept.to_csv(paths[-1], index=False)
    return paths


def test_nobody_is_scored_where_everybody_has_left(tmp_path: Path) -> None:
    with open_dataset(everybody_left(tmp_path / "gone")) as dataset:
        known = risk.known(dataset.warehouse, Options())
        assert known.learned.model is not None
        assert risk.listed(dataset.warehouse, Options(), known, risk.Rules()).rows == []


def test_a_payment_is_overdue_or_was_on_a_day(sample: Dataset) -> None:
    known = risk.known(sample.warehouse, Options())
    of = known.present
    now = of.table["overdue_now"]
    said = risk.scores.part_values(of)["payment"]
    over = [day for day, late in zip(said, now, strict=True) if isinstance(day, str) and not late]
    assert over
    assert all(date.fromisoformat(day) < of.as_of for day in over)
    assert not [1 for value, late in zip(said, now, strict=True) if late and isinstance(value, str)]


@pytest.mark.parametrize(
    ("parts", "asked", "speaks"),
    [
        (["payment", "usage"], {"overdue": True}, ["payment", "usage"]),
        (["payment", "usage"], {}, ["usage"]),
        (["tenure", "usage"], {"new": True}, ["tenure", "usage"]),
        (["tenure", "usage"], {}, ["usage"]),
        (["tenure", "usage"], {"new": True, "returned": True}, ["returned", "usage", "returned"]),
        (["payment"], {"new": True, "returned": True}, ["returned"]),
    ],
)
def test_what_asks_for_a_play(parts: list[str], asked: dict[str, bool], speaks: list[str]) -> None:
    known = {"new": False, "returned": False, "overdue": False, **asked}
    assert risk.scores._speaking(parts, **known) == speaks
    assert risk.scores.PLAYS["returned"] == "welcome_back"
