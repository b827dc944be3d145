"""The project's own path in one process: a Parquet file (or a stored dataset) through
`open_dataset`, then bridge, cohorts and retention. Prints the same JSON as `pandas_explode.py`;
the rates are turned back into amounts, so that a wrong last digit would show."""

from __future__ import annotations

import json
import sys
from datetime import date
from decimal import Decimal
from typing import Any

from cs_core import open_dataset
from cs_core.metrics import Options

AS_OF = date(2025, 12, 31)


def month(label: str) -> int:
    return int(label[:4]) * 12 + int(label[5:]) - 1


def cents(value: Decimal) -> int:
    return int(value * 100)


def part(rate: float | None, of: Decimal) -> int:
    return round(float(of) * (rate or 0.0) * 100)


def figures(source: str) -> dict[str, Any]:
    with open_dataset(source) as dataset:
        assert dataset.report["problems"] is not None  # every check of the data runs, too
        options = Options(as_of=AS_OF)
        found = {}
        for metric in ("mrr_movements", "cohorts", "retention"):
            result = dataset.run(metric, options)
            found[metric] = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    return {
        "bridge": [
            [
                month(row["month"]),
                *(
                    cents(row[name])
                    for name in (
                        "new_mrr",
                        "reactivation_mrr",
                        "expansion_mrr",
                        "contraction_mrr",
                        "closing_mrr",
                    )
                ),
                row["new_customers"],
                row["reactivated_customers"],
                row["closing_customers"],
                cents(row["churned_mrr"]),
                row["churned_customers"],
            ]
            for row in found["mrr_movements"]
        ],
        "cohorts": [
            [
                month(row["cohort"]),
                row["age"],
                row["active_customers"],
                cents(row["active_mrr"]),
                part(row["gross_mrr_retention"], row["cohort_mrr"]),
            ]
            for row in found["cohorts"]
            if row["active_customers"]
        ],
        "retention": [
            [
                month(row["month"]),
                row["starting_customers"],
                round(row["customer_retention"] * row["starting_customers"]),
                cents(row["starting_mrr"]),
                part(row["nrr"], row["starting_mrr"]),
                part(row["grr"], row["starting_mrr"]),
            ]
            for row in found["retention"]
            if row["starting_customers"]
        ],
    }


if __name__ == "__main__":
    json.dump(figures(sys.argv[1]), sys.stdout)
