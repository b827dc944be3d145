"""Figures that must say the same as another one, on companies small enough to count by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cs_core.datasets import check, open_dataset
from cs_core.domain.policies import PRESETS, Policies
from cs_core.errors import CannotAnswerError
from cs_core.importers import ReadOptions
from cs_core.metrics.options import Options

PRICED = "subscription_id,account_id,start_date,end_date,amount,interval,currency"
MRR = "subscription_id,account_id,start_date,end_date,mrr,currency"


def written(folder: Path, **tables: list[str]) -> list[Path]:
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return [folder / f"{name}.csv" for name in tables]


def rows(paths: list[Path], metric: str, read: ReadOptions | None = None, **options: Any) -> Any:
    with open_dataset(paths, read=read) as dataset:
        return dataset.run(metric, Options(**options)).records()


@pytest.mark.parametrize("open_after", [False, True])
@pytest.mark.parametrize(("end", "how"), [("2024-03-31", "inclusive"), ("2024-04-01", "exclusive")])
@pytest.mark.parametrize("churn_date", ["service_end", "cancel_request"])
def test_yearly_contracts_are_due_on_the_first_day_after_them(
    tmp_path, end, how, open_after, churn_date
):
    """Ten contracts of a year end, six of them go on: in a line of their own, or in the same."""
    lines = [PRICED]
    for n in range(10):
        goes_on = n < 6
        lines.append(f"s{n},a{n},2023-04-01,{'' if goes_on and open_after else end},1200,year,JPY")
        if goes_on and not open_after:
            lines.append(f"s{n},a{n},2024-04-01,,1200,year,JPY")
    found = rows(
        written(tmp_path, subscriptions=lines),
        "renewals",
        ReadOptions(end_date=how),
        as_of=date(2024, 7, 31),
        first="2024-04",
        last="2024-04",
        policies=Policies.of("keizoku", {"churn_date": churn_date}),
    )
    assert [(row["due"], row["renewed"], row["due_mrr"]) for row in found] == [
        (10, 6, "1000.000000")
    ]


def test_the_base_of_today_is_the_closing_mrr_at_the_rates_of_each_month(tmp_path):
    paths = written(
        tmp_path,
        subscriptions=[MRR, "s1,a1,2024-01-01,,100,USD", "s2,a2,2024-01-01,,1000,JPY"],
        fx_rates=["currency,month,rate", "USD,2024-01,100", "USD,2024-02,150"],
    )
    asked = {"as_of": date(2024, 2, 29), "currency": "JPY"}
    asked["policies"] = Policies.of("keizoku", {"currency": "historical"})
    base = rows(paths, "customer_base", **asked)
    assert [row["mrr"] for row in base] == ["16000.000000"]
    assert rows(paths, "mrr_movements", **asked)[-1]["closing_mrr"] == "16000.000000"


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_reasons_are_those_of_the_bridge(tmp_path, preset):
    reasons = [
        f"{MRR},cancel_reason",
        "x0,a0,2024-01-01,,10,USD,",
        "x1,a1,2024-01-01,2024-03-10,10,USD,price",
        "x2,a2,2024-03-05,2024-03-20,10,USD,trial",
        "x3,a0,2024-04-05,,10,USD,",
    ]
    paths = written(tmp_path, subscriptions=reasons)
    policies = Policies.of(preset)
    bridge = rows(paths, "mrr_movements", policies=policies)
    found = rows(paths, "churn_reasons", policies=policies)
    by_month: dict[str, list[Any]] = {row["month"]: [0, 0.0] for row in bridge}
    for row in found:
        by_month[row["month"]][0] += row["churned_customers"]
        by_month[row["month"]][1] += float(row["churned_mrr"])
    assert by_month == {
        row["month"]: [row["churned_customers"], float(row["churned_mrr"])] for row in bridge
    }
    assert {row["cancel_reason"] for row in found} >= {"price"}


@pytest.mark.parametrize("same_period_churn", ["separate", "count", "ignore"])
def test_who_joined_and_left_adds_up_over_segments(tmp_path, same_period_churn):
    paths = written(
        tmp_path,
        subscriptions=[MRR, "x1,a1,2024-01-01,,10,USD", "x2,a2,2024-03-05,2024-03-20,10,USD"],
        accounts=["account_id,region", "a1,JP", "a2,US"],
    )
    policies = Policies.of("keizoku", {"same_period_churn": same_period_churn})
    whole = rows(paths, "churn", policies=policies)
    parts = rows(paths, "churn", by="region", policies=policies)
    assert sum(row["joined_and_left"] for row in whole) == 1
    assert [(r["month"], r["region"]) for r in parts if r["joined_and_left"]] == [("2024-03", "US")]


def test_hazard_by_day_counts_days(tmp_path):
    lines = [MRR, "x1,a1,2024-01-01,2024-01-11,10,USD", "x2,a2,2024-01-01,,10,USD"]
    paths = written(tmp_path, subscriptions=lines)
    asked = {"as_of": date(2024, 2, 15)}
    by_day = rows(paths, "hazard", unit="day", **asked)
    assert [row["tenure"] for row in by_day if row["churned"]] == [10]
    assert len(by_day) == 46
    assert [row["tenure"] for row in rows(paths, "hazard", **asked)] == [0, 1]


@pytest.mark.parametrize(
    ("lines", "affected"),
    [
        ([MRR, "x1,a1,2024-01-01,,10,USD", "x2,a2,2024-01-01,,-50,USD"], "50.000000"),
        (
            [PRICED, "x1,a1,2024-01-01,,1,year,USD", "x2,a2,2024-01-01,,-1200,year,USD"],
            "100.000000",
        ),
        ([PRICED, "x1,a1,2024-01-01,,1,week,USD", "x2,a2,2024-01-01,,-3,week,USD"], "13.000000"),
    ],
)
def test_what_negative_amounts_would_have_earned_is_told(tmp_path, lines, affected):
    (problem,) = check(written(tmp_path, subscriptions=lines))["problems"]
    assert (problem["code"], problem["mrr_affected"]) == ("negative_amount", affected)


def test_amounts_that_are_too_large_are_the_reason_given(tmp_path):
    paths = written(tmp_path, subscriptions=[MRR, "s1,a1,2024-01-01,,1000000000000,JPY"])
    with pytest.raises(CannotAnswerError) as raised:
        rows(paths, "kpis")
    assert raised.value.code == "only_too_large"
