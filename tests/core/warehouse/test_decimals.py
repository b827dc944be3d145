"""Exact money: whatever the width of a Parquet decimal, its millionths are its own."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cs_core.datasets import open_dataset


@pytest.mark.parametrize(
    ("width", "scale", "amount"),
    [
        (9, 2, "9999999.99"),
        (16, 2, "99999999999.99"),
        (16, 2, "0.01"),
        (18, 0, "123456789"),
        (18, 6, "123456.654321"),
        (18, 2, "1234567890.55"),
        (38, 6, "999999999.999999"),
        (38, 12, "1.000000500001"),
    ],
)
def test_a_decimal_is_staged_exactly(tmp_path, width, scale, amount):
    file = tmp_path / "lines.parquet"
    columns = {
        "account_id": pa.array(["a"]),
        "start_date": pa.array([date(2024, 1, 5)]),
        "mrr": pa.array([Decimal(amount)], pa.decimal128(width, scale)),
    }
    pq.write_table(pa.table(columns), file)
    with open_dataset(file) as dataset:
        (found,) = dataset.query("mrr_movements", exact=True)["closing_mrr"]
    assert found == Decimal(amount).quantize(Decimal("0.000001"))
