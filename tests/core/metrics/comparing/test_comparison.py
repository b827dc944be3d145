"""The difference of two definitions is attributed policy by policy, and nothing is left over."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import permutations
from math import fsum

import pytest

from cs_core import demo
from cs_core.datasets import Dataset, open_dataset
from cs_core.domain.policies import PRESETS, TRIED, Policies
from cs_core.metrics.comparison import RESIDUAL, compare, idle_policies, switched
from cs_core.metrics.options import Options

GOLDEN = "sample_data/golden"


def golden(name: str) -> str:
    from pathlib import Path

    return str(Path(__file__).parents[4] / GOLDEN / name)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    demo.write(demo.make(accounts=120, months=18, seed=5), folder)
    with open_dataset(sorted(folder.glob("*.csv"))) as dataset:
        yield dataset


def preset_pairs():
    return list(permutations(PRESETS, 2))


def test_policies_are_switched_in_table_order():
    a, b = Policies.of("dbt_mrr"), Policies.of("stripe")
    assert switched(a, b) == (
        "movement_basis",
        "snapshot_at",
        "churn_date",
        "churn_denominator",
        "same_period_churn",
    )
    assert switched(a, a) == ()


@pytest.mark.parametrize(("a", "b"), preset_pairs(), ids="-".join)
def test_nothing_is_left_between_any_two_presets(company, a, b):
    for metric in ("churn", "mrr_movements"):
        found = compare(company.run, metric, Options(), Policies.of(a), Policies.of(b))
        assert found.residual() == 0
        last = found.result().records()[-1]
        assert last["policy"] == RESIDUAL
        assert last["effect"] == 0


@pytest.mark.parametrize("metric", ["kpis", "retention", "cohorts", "survival", "churn_reasons"])
def test_every_kind_of_metric_can_be_compared(company, metric):
    a, b = Policies.of("keizoku"), Policies.of("stripe")
    found = compare(company.run, metric, Options(by="plan"), a, b)
    assert found.residual() == 0
    assert "plan" in found.keys
    assert any(record["effect"] not in (None, 0, 0.0) for record in found.result().records())


def test_effects_add_up_to_the_difference(company):
    a, b = Policies.of("dbt_mrr"), Policies.of("baremetrics")
    for metric in ("mrr_movements", "churn"):
        theirs = {p: company.run(metric, Options(policies=p)).frame() for p in (a, b)}
        found = compare(company.run, metric, Options(), a, b)
        joined = theirs[a].merge(theirs[b], on=["month", "currency"], suffixes=("_a", "_b"))
        assert len(joined) >= 15
        for record in joined.to_dict("records"):
            row = (record["month"], record["currency"])
            for column in found.columns:
                before, after = record[f"{column}_a"], record[f"{column}_b"]
                effects = [found.effects(row, column)[name] for name in found.policies]
                if isinstance(before, Decimal):
                    assert sum(effects) == after - before
                elif before == before and after == after:
                    assert fsum(effects) == pytest.approx(after - before, abs=1e-15)


def test_three_presets_by_hand():
    """100 at the start, 10 join, 8 leave, 2 of whom had joined: 6/100 becomes 8/110 in two
    switches, first the denominator (6/110), then the two (8/110)."""
    with open_dataset(golden("three_presets.csv")) as dataset:
        options = Options(as_of=date(2024, 2, 29))
        a, b = Policies.of("keizoku"), Policies.of("stripe")
        found = compare(dataset.run, "churn", options, a, b)
    row = next(row for row in found.rows if row[0] == "2024-02")
    effects = found.effects(row, "customer_churn_rate")
    assert effects["churn_date"] == 0
    assert effects["churn_denominator"] == pytest.approx(6 / 110 - 6 / 100, abs=1e-15)
    assert effects["same_period_churn"] == pytest.approx(2 / 110, abs=1e-15)
    assert effects[RESIDUAL] == 0


class Wrong:
    """A dataset whose figures depend on how often it was asked."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset, self.asked = dataset, 0

    def run(self, metric, options):
        self.asked += 1
        found = self.dataset.run(metric, options)
        rows = [(*row[:2], row[2] + self.asked, *row[3:]) for row in found.rows]
        return replace(found, rows=rows)


def test_the_residual_is_measured():
    with open_dataset(golden("three_presets.csv")) as dataset:
        wrong = Wrong(dataset)
        found = compare(wrong.run, "churn", Options(), Policies(), Policies.of("profitwell"))
    assert found.columns[0] == "opening_customers"
    assert found.residual() == 1
    assert found.result().records()[-1]["effect"] == 1


def test_a_month_without_a_row_had_nothing(tmp_path):
    """A trial from 2 January that pays from 16 February: without trials January has no row."""
    file = tmp_path / "trial.csv"
    file.write_text("account_id,start_date,trial_end,mrr\nt1,2024-01-02,2024-02-16,100\n")
    with open_dataset(file) as dataset:
        counted = Policies.of("keizoku", {"trial": "counted"})
        options = Options(as_of=date(2024, 3, 31))
        found = compare(dataset.run, "mrr_movements", options, counted, Policies())
    january = next(row for row in found.rows if row[0] == "2024-01")
    assert found.effects(january, "new_mrr")["trial"] == Decimal("-100")
    assert found.effects(january, "closing_customers")["trial"] == -1
    assert found.residual() == 0


def test_a_figure_that_goes_and_comes_back_still_adds_up(company):
    found = compare(
        company.run, "churn", Options(), Policies.of("dbt_mrr"), Policies.of("baremetrics")
    )
    for row in found.rows:
        for column in found.columns:
            first, last = found.figure(row, column, 0), found.figure(row, column, -1)
            effects = found.effects(row, column)
            if first is None or last is None:
                assert None in effects.values() or all(v == 0 for v in effects.values())
            else:
                known = [value for value in effects.values() if value is not None]
                assert fsum(known) == pytest.approx(last - first, abs=1e-12)


def test_idle_policies_change_nothing(company):
    """What is called idle must not change a single figure; the demo company has cause for most."""
    idle = idle_policies(company.warehouse)
    assert "currency" in idle
    assert not idle & {"churn_date", "end_date", "trial"}
    with open_dataset(golden("one_customer.csv")) as dataset:
        idle = idle_policies(dataset.warehouse)
        assert {"churn_date", "discounts", "paused", "past_due", "trial"} <= idle
        for name in idle:
            for value in TRIED[name]:
                for metric in ("mrr_movements", "churn"):
                    options = Options(policies=Policies.of("keizoku", {name: value}))
                    assert dataset.run(metric, options).rows == dataset.run(metric).rows


def test_idle_switches_are_not_asked_again():
    with open_dataset(golden("three_presets.csv")) as dataset:
        asked = []

        def ask(metric, options):
            asked.append(options.policies)
            return dataset.run(metric, options)

        a, b = Policies.of("keizoku"), Policies.of("stripe")
        found = compare(ask, "churn", Options(), a, b, idle=idle_policies(dataset.warehouse))
        assert found.policies == ("churn_date", "churn_denominator", "same_period_churn")
        assert found.residual() == 0
        assert len(asked) == 4
