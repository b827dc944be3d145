"""Who is worth a call is one rule: red, or at least twice the mean chance, and no notice given."""

from __future__ import annotations

import numpy as np

from cs_core import datasets
from cs_core.metrics.options import Options
from cs_core.studies import risk


def test_who_is_worth_a_call_is_counted_by_hand() -> None:
    with datasets.open_dataset(datasets.sample_files()) as dataset:
        found = risk.known(dataset.warehouse, Options())
        ranked = risk.ranking(found.present, dataset.health_rules)
        rows = risk.listed(dataset.warehouse, Options(), found, dataset.health_rules)
    listed = [dict(zip(rows.columns, row, strict=True)) for row in rows.rows]
    mean = np.mean([row["probability"] for row in listed if row["probability"] is not None])
    by_hand = [
        row["notice_given"] is None and (row["colour"] == "red" or row["probability"] >= 2 * mean)
        for row in listed
    ]
    assert risk.to_call(ranked) == by_hand
    assert 0 < sum(by_hand) < len(by_hand) / 4
