"""Contracts due and terms ended, from files small enough to count by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas
import pytest

from cs_core.datasets import Dataset, open_dataset
from cs_core.domain.named_columns import owner_column
from cs_core.studies import renewals

Opened = Callable[[str], Dataset]

TERMS = """\
subscription_id,account_id,plan,start_date,end_date,mrr,\
cancel_requested_at,cancel_reason,term_end
S1,A,Gold,2023-06-01,2024-06-01,100,,,2024-06-01
S1,A,Gold,2024-06-01,,120,,,2025-06-01
S2,B,Gold,2023-04-01,2024-04-01,50,2024-03-10,price,2024-04-01
S3,C,Silver,2023-09-15,,30,2024-05-02,,2024-09-15
S4,D,Silver,2024-05-01,,10,,,2025-05-01
S5,E,Silver,2023-12-01,,7,2024-06-20,,2024-12-01
"""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    datasets: list[Dataset] = []

    def open_text(text: str) -> Dataset:
        path = tmp_path / "subscriptions.csv"
        path.write_text(text)
        datasets.append(open_dataset([path]))
        return datasets[-1]

    yield open_text
    for dataset in datasets:
        dataset.close()


def test_only_the_next_term_within_180_days_is_due(opened: Opened) -> None:
    due = opened(TERMS).query("contracts_due", as_of="2024-06-01", exact=True)

    # S1 renewed that day and ends in a year; S2 is gone; S4 is 334 days off, S5 183.
    assert list(due["account_id"]) == ["C"]
    row = due.iloc[0]
    assert (row["term_end"], row["mrr"], row["contract_plan"]) == (
        date(2024, 9, 15),
        Decimal(30),
        "Silver",
    )
    assert row["notice_day"] == date(2024, 5, 2)


def test_notice_given_after_as_of_is_not_known(opened: Opened) -> None:
    due = opened(TERMS).query("contracts_due", as_of="2024-06-10", exact=True)

    assert list(due["account_id"]) == ["C", "E"]
    assert due["notice_day"].isna().tolist() == [False, True]


def test_without_term_columns_the_billing_interval_is_the_term(opened: Opened) -> None:
    text = """subscription_id,account_id,start_date,amount,interval
S1,A,2023-01-31,1200,year
S2,B,2024-01-15,300,quarter
S3,C,2024-01-15,50,month
S4,D,2024-06-10,300,quarter
"""
    due = opened(text).query("contracts_due", as_of="2024-08-31", exact=True)

    # A's next is 31 January 2025, 153 days on; a month is no term; B's are in January, April …
    found = dict(zip(due["account_id"], due["term_end"], strict=True))
    assert found == {
        "A": date(2025, 1, 31),
        "B": date(2024, 10, 15),
        "D": date(2024, 9, 10),
    }


def test_terms_one_by_one_add_up_to_the_renewal_rate(opened: Opened) -> None:
    dataset = opened(TERMS)

    rates = dataset.query("renewals", as_of="2024-06-30", exact=True).set_index("month")
    terms = dataset.query("ended_terms", as_of="2024-06-30", exact=True)

    assert list(zip(terms["month"], terms["account_id"], terms["renewed"], strict=True)) == [
        ("2024-04", "B", False),
        ("2024-06", "A", True),
    ]
    assert terms["cancel_reason"].tolist()[0] == "price"
    assert [rates.loc[m, "due"] for m in ("2024-04", "2024-05", "2024-06")] == [1, 0, 1]
    assert terms["mrr_before"].tolist() == [Decimal(50), Decimal(100)]
    assert terms["mrr_after"].tolist() == [Decimal(0), Decimal(120)]


def test_losses_of_customers_add_up_to_the_bridge(opened: Opened) -> None:
    text = """subscription_id,account_id,start_date,end_date,mrr
S1,A,2024-01-01,2024-03-05,100
S2,A,2024-01-01,2024-03-20,20
S3,B,2024-01-01,2024-03-09,120
S4,C,2024-01-01,2024-03-31,7
S5,C,2024-01-01,,1
"""
    dataset = opened(text)

    losses = dataset.query("mrr_losses", as_of="2024-04-30", exact=True)

    # A loses 100 and then 20: one customer who lost 120, as B did.
    assert losses[["month", "lost_mrr", "customers"]].to_numpy().tolist() == [
        ["2024-03", Decimal(120), 2],
        ["2024-03", Decimal(7), 1],
    ]
    march = (
        dataset.query("mrr_movements", as_of="2024-04-30", exact=True)
        .set_index("month")
        .loc["2024-03"]
    )
    assert march["churned_mrr"] + march["contraction_mrr"] == Decimal(247)


def test_past_rate_takes_the_last_year_of_complete_periods() -> None:
    """24 months of 10 due: 5 renewed in the first year, 8 in the second, a partial one after."""
    rows = [
        {
            "month": f"{2023 + i // 12}-{i % 12 + 1:02d}",
            "due": 0 if i == 24 else 10,  # nothing in the month in progress: it is no month yet
            "renewed": 5 if i < 12 else 8,
            "renewal_rate": None if i == 24 else 0.5,
            "due_mrr": Decimal(100),
            "renewed_mrr": Decimal(90),
        }
        for i in range(25)
    ]
    found = renewals.past_rate(pandas.DataFrame(rows), "month", date(2025, 1, 30))

    assert (found.due, found.renewed, found.rate, found.rate_mrr) == (120, 96, 0.8, 0.9)
    assert (found.first, found.last) == ("2024-01", "2024-12")
    # Wilson by hand: (0.8 + 0.016006) / 1.032012 = 0.790694, and 0.071061 to either side.
    assert found.low == pytest.approx(0.719633, abs=2e-6)
    assert found.high == pytest.approx(0.861755, abs=2e-6)


def test_eighty_of_a_hundred_terms_renewed_is_eighty_per_cent() -> None:
    rows = pandas.DataFrame(
        [
            {
                "month": "2024-01",
                "due": 100,
                "renewed": 80,
                "renewal_rate": 0.8,
                "due_mrr": Decimal(0),
                "renewed_mrr": Decimal(0),
            }
        ]
    )
    found = renewals.past_rate(rows, "month", date(2024, 1, 31))
    assert found.rate == 0.8
    assert found.rate_mrr is None


def test_where_nothing_is_due_the_list_is_empty_with_its_columns() -> None:
    due = pandas.DataFrame({"term_end": [], "mrr": []}, dtype=object)
    soon = renewals.within(due, date(2024, 6, 1), 30)
    assert (list(soon.columns), len(soon)) == (["term_end", "mrr"], 0)


def test_the_period_in_progress_has_what_ended_and_what_is_to_come() -> None:
    past = pandas.DataFrame(
        [{"month": "2024-06", "due": 2, "due_mrr": Decimal(30), "renewed_mrr": Decimal(20)}]
    )
    due = pandas.DataFrame(
        {
            "term_end": [date(2024, 6, 28), date(2024, 8, 1)],
            "mrr": [Decimal(5), Decimal(7)],
        }
    )
    found = renewals.calendar(past, due, "month", 1)

    assert list(found["month"]) == ["2024-06", "2024-06", "2024-08"]
    assert list(found["due_mrr"]) == [Decimal(30), Decimal(5), Decimal(7)]
    assert found["renewed_mrr"].isna().tolist() == [False, True, True]


def test_owner_columns_are_known_by_their_words() -> None:
    assert owner_column(["plan", "Account_Owner"]) == "Account_Owner"
    assert owner_column(["country", "accounts.担当者"]) == "accounts.担当者"
    assert owner_column(["plan", "ownership"]) is None


def test_owners_add_up_with_the_largest_first() -> None:
    due = pandas.DataFrame(
        {
            "owner": ["Aoki", None, "Baker", "Aoki"],
            "mrr": [Decimal(10), Decimal(40), Decimal(30), Decimal(25)],
            "notice_day": [date(2024, 1, 1), None, None, None],
        }
    )
    found = renewals.by_owner(due, "owner")

    assert found["owner"].isna().tolist() == [True, False, False]
    assert found["owner"].tolist()[1:] == ["Aoki", "Baker"]
    assert found["mrr"].tolist() == [Decimal(40), Decimal(35), Decimal(30)]
    assert found["notice_mrr"].tolist()[1] == Decimal(10)
