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
        *("nps", "low", "high"),
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
