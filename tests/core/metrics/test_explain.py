"""A figure opens to its ledger rows and the lines of the file."""

from pathlib import Path

import pytest

from cs_core.datasets import open_dataset
from cs_core.errors import UsageError
from cs_core.metrics.options import Options

GOLDEN = Path(__file__).parents[3] / "sample_data" / "golden" / "one_customer.csv"


@pytest.fixture
def dataset():
    with open_dataset(GOLDEN) as opened:
        yield opened


@pytest.mark.parametrize(
    ("month", "movement", "before", "after", "line"),
    [
        ("2023-01", "new", "0.000000", "166.666667", 2),
        ("2023-03", "expansion", "166.666667", "226.666667", 3),
        ("2023-06", "contraction", "226.666667", "166.666667", 3),
        ("2024-01", "churn", "166.666667", "0.000000", 2),
        ("2024-04", "reactivation", "0.000000", "150.000000", 4),
    ],
)
def test_one_customer(dataset, month, movement, before, after, line):
    [row] = dataset.rows_behind("mrr_movements", {"month": month}).records()
    assert (row["movement"], row["mrr_before"], row["mrr_after"]) == (movement, before, after)
    assert row["account_id"] == "Acme"
    assert {"file": "one_customer.csv", "line": line} in row["sources"]


def test_a_segment_value_has_its_own_rows(dataset):
    """Gold stays the larger plan all along, so Silver's line is an expansion of Gold."""
    rows = [
        row
        for month in ("2023-01", "2023-03", "2023-06", "2024-01", "2024-04")
        for row in dataset.rows_behind(
            "mrr_movements", {"month": month, "plan": "Gold"}, options=Options(by="plan")
        ).records()
    ]
    assert len(rows) == 5


def test_what_cannot_be_pointed_at(dataset):
    with pytest.raises(UsageError) as caught:
        dataset.rows_behind("mrr_movements", {"colour": "red"})
    assert caught.value.code == "unknown_point"
