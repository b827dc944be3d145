"""NPS by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_core.datasets import Dataset, open_dataset

SUBSCRIPTIONS = """account_id,start_date,plan,mrr,currency
A,2024-01-05,Small,10,USD
B,2024-01-05,Large,90,USD
"""
ANSWERS = """account_id,responded_at,score
A,2024-01-10,9
B,2024-01-11,10
A,2024-01-12,8
B,2024-01-31,6
A,2024-03-02,0
B,2024-04-10,10
Z,2024-01-10,10
"""


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    (tmp_path / "subscriptions.csv").write_text(SUBSCRIPTIONS)
    (tmp_path / "nps.csv").write_text(ANSWERS)
    return open_dataset([tmp_path / "subscriptions.csv", tmp_path / "nps.csv"])


def test_months(dataset: Dataset) -> None:
    found = dataset.run("nps").records()
    assert list(found[0]) == [
        *("month", "currency", "responses", "promoters", "passives", "detractors"),
        *("nps", "low", "high", "partial"),
    ]
    counts = ["responses", "promoters", "passives", "detractors", "nps"]
    assert [[row["month"], *(row[name] for name in counts)] for row in found] == [
        ["2024-01", 4, 2, 1, 1, 25.0],  # Z never was a customer
        ["2024-02", 0, 0, 0, 0, None],
        ["2024-03", 1, 0, 0, 1, -100.0],
        ["2024-04", 1, 1, 0, 0, None],  # not over: as-of is 10 April
    ]
    # n' = 7, p' = 2.75/7, d' = 1.75/7: 100/7 -+ 195.996 x sqrt((4.5/7 - 1/49)/7)
    assert found[0]["low"] == pytest.approx(-44.15977)
    assert found[0]["high"] == pytest.approx(72.73120)
    # n' = 4, p' = 0.75/4, d' = 1.75/4: -25 -+ 195.9964 x sqrt((0.625 - 0.0625)/4) = 73.49865
    assert found[2]["low"] == pytest.approx(-98.49865)
    assert found[2]["high"] == pytest.approx(48.49865)


def test_segments_add_up(dataset: Dataset) -> None:
    found = dataset.query("nps", by="plan")
    january = found[found["month"] == "2024-01"]
    assert dict(zip(january["plan"], january["nps"], strict=True)) == {"Large": 0.0, "Small": 50.0}
    assert january["responses"].sum() == 4


def test_without_answers(tmp_path: Path) -> None:
    (tmp_path / "subscriptions.csv").write_text(SUBSCRIPTIONS)
    with open_dataset(tmp_path / "subscriptions.csv") as alone:
        assert all(row["nps"] is None for row in alone.run("nps").records())


FOLLOWED = """account_id,start_date,end_date,plan,mrr,currency
A,2023-01-01,2023-05-01,Small,10,USD
B,2023-01-01,2023-06-01,Large,10,USD
C,2023-01-01,,Large,10,USD
D,2023-01-01,2023-01-20,Small,10,USD
D,2023-03-01,,Small,10,USD
E,2023-01-01,2023-12-30,Small,10,USD
"""
FOLLOWED_ANSWERS = """account_id,responded_at,score
A,2023-01-31,3
A,2023-02-01,5
B,2023-02-01,9
C,2023-02-01,10
C,2023-02-01,6
C,2023-10-05,9
D,2023-02-01,0
E,2023-07-02,8
C,2023-07-03,9
"""


def test_who_leaves_after_which_answer(tmp_path: Path) -> None:
    """90 days from 31 January end on 1 May, from 1 February on 2 May. C's two answers of a day
    are an 8. D answered while it was no customer. As of 30 December 180 days from 3 July are
    over on that day, and 90 from 5 October are not."""
    (tmp_path / "subscriptions.csv").write_text(FOLLOWED)
    (tmp_path / "nps.csv").write_text(FOLLOWED_ANSWERS)
    with open_dataset([tmp_path / "subscriptions.csv", tmp_path / "nps.csv"]) as followed:
        found = followed.run("nps_churn").records()
        by_plan = followed.query("nps_churn", by="plan")
    counts = ["horizon_days", "answer_group", "answers", "followed_by_churn"]
    assert [[row[name] for name in counts] for row in found] == [
        [90, "promoters", 2, 0],  # B leaves after 120 days; C in July
        [90, "passives", 2, 0],
        [90, "detractors", 2, 2],
        [180, "promoters", 2, 1],
        [180, "passives", 2, 0],
        [180, "detractors", 2, 2],
    ]
    assert found[3]["churn_rate"] == 0.5
    # Wilson, 1 of 2: (0.5 + z2/4 -+ z sqrt(1/8 + z2/16)) / (1 + z2/2)
    assert found[3]["low"] == pytest.approx(0.09453121)
    assert found[3]["high"] == pytest.approx(0.90546879)
    assert (found[0]["low"], found[2]["high"]) == (0.0, 1.0)
    assert all(row["small_sample"] for row in found)
    large = by_plan[(by_plan["plan"] == "Large") & (by_plan["horizon_days"] == 180)]
    assert dict(zip(large["answer_group"], large["answers"], strict=True)) == {
        "promoters": 2,
        "passives": 1,
    }
