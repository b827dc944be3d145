"""The headline row, by hand.

Ten accounts pay 100 from January; one leaves on 10 March and one on 10 May, two join on 5 April.
"""

from datetime import date

import pytest

from cs_core.datasets import open_dataset
from cs_core.metrics.options import Options


@pytest.fixture
def rows(tmp_path):
    ends = {0: "2024-03-10", 1: "2024-05-10"}
    lines = [f"a{n},2024-01-01,{ends.get(n, '')},100" for n in range(10)]
    lines += [f"b{n},2024-04-05,,100" for n in range(2)]
    (tmp_path / "subscriptions.csv").write_text(
        "\n".join(["account_id,start_date,end_date,mrr", *lines]), "utf-8"
    )
    (tmp_path / "costs.csv").write_text(
        "month,sales_and_marketing,cost_of_service\n2024-04-01,500,200\n", "utf-8"
    )
    with open_dataset(sorted(tmp_path.glob("*.csv"))) as dataset:
        result = dataset.run("kpis", Options(as_of=date(2024, 6, 15)))
    return {row["month"]: row for row in result.records()}


def test_money_and_customers(rows):
    april = rows["2024-04"]
    assert (april["mrr"], april["arr"], april["customers"], april["arpa"]) == (
        "1100.000000",
        "13200.000000",
        11,
        "100.000000",
    )


def test_rates(rows):
    assert rows["2024-03"]["customer_churn_rate"] == pytest.approx(1 / 10)
    assert rows["2024-03"]["quick_ratio"] == 0  # nothing gained, 100 lost
    assert rows["2024-04"]["quick_ratio"] is None  # nothing lost
    assert rows["2024-05"]["net_mrr_churn_rate"] == pytest.approx(100 / 1100)


def test_unit_economics(rows):
    """Six months to April hold 0 + 10 + 10 + 9 opening customers and one lost: churn 1 / 29.
    Margin 1 - 200 / 1100 = 9 / 11, so LTV = 100 x 9 / 11 x 29; CAC = 500 / 2."""
    april = rows["2024-04"]
    assert float(april["ltv"]) == pytest.approx(100 * 9 / 11 * 29, abs=1e-6)
    assert april["cac"] == "250.000000"
    assert april["ltv_cac"] == pytest.approx(100 * 9 / 11 * 29 / 250)
    assert april["payback_months"] == pytest.approx(250 / (100 * 9 / 11))


def test_nothing_lost_gives_no_simple_ltv(rows):
    assert rows["2024-02"]["ltv"] is None


def test_unfinished_month_has_amounts_and_no_rates(rows):
    june = rows["2024-06"]
    assert june["mrr"] == "1000.000000"
    rates = ("customer_churn_rate", "net_mrr_churn_rate", "nrr", "grr", "quick_ratio", "ltv")
    assert [june[name] for name in rates] == [None] * 6
