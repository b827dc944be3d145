"""Two groups side by side, against sums made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cs_core import datasets
from cs_core.domain.proportion import difference
from cs_core.studies.versus import MEASURES, Compared, compared

PAIR = ("Starter", "Enterprise")


def test_every_measure_is_that_of_the_data() -> None:
    with datasets.open_dataset(datasets.sample_files()) as dataset:
        frames = [
            dataset.query(metric, by="plan", exact=True)
            for metric in ("mrr_movements", "churn", "retention")
        ]
    moves, churn, retention = frames
    rows = compared(moves, churn, retention, "plan", PAIR, "month")
    found = {row.measure: row for row in rows}
    assert tuple(found) == MEASURES
    for place, plan in enumerate(PAIR):
        end = moves[(moves["plan"] == plan) & (moves["month"] == "2025-08")].iloc[0]
        year = churn[(churn["plan"] == plan) & churn["month"].between("2024-09", "2025-08")]
        kept = retention[(retention["plan"] == plan) & (retention["month"] == "2025-08")].iloc[0]
        side = [getattr(found[name], ("one", "other")[place]) for name in MEASURES]
        by_hand = [
            end["closing_customers"],
            float(end["closing_mrr"]),
            float(end["closing_mrr"]) / end["closing_customers"],
            year["lost_customers"].sum() / year["opening_customers"].sum(),
            kept["customer_retention"],
            kept["nrr"],
            kept["grr"],
        ]
        assert side == pytest.approx(by_hand)
    # Starter customers leave more often; of money and counts nothing is tested.
    assert found["churn"].clear
    assert found["churn"].gap
    assert found["churn"].gap > 0
    assert [row.clear for row in rows[:3]] == [None, None, None]
    one, other = (
        churn[(churn["plan"] == p) & churn["month"].between("2024-09", "2025-08")] for p in PAIR
    )
    counts = [
        int(side[c].sum()) for side in (one, other) for c in ("lost_customers", "opening_customers")
    ]
    assert (found["churn"].low, found["churn"].high) == difference(*counts)[1:]


def test_the_other_way_round_is_the_same_difference() -> None:
    with datasets.open_dataset(datasets.sample_files()) as dataset:
        frames = [
            dataset.query(metric, by="plan", exact=True)
            for metric in ("mrr_movements", "churn", "retention")
        ]
    there = compared(*frames, "plan", PAIR, "month")
    back = compared(*frames, "plan", (PAIR[1], PAIR[0]), "month")
    for row, turned in zip(there, back, strict=True):
        assert row.gap == pytest.approx(-(turned.gap or 0))
        if row.low is not None:
            assert (row.low, row.high) == pytest.approx((-(turned.high or 0), -(turned.low or 0)))


def test_a_group_of_nobody_has_no_rates() -> None:
    with datasets.open_dataset(datasets.sample_files()) as dataset:
        frames = [
            dataset.query(metric, by="plan", exact=True)
            for metric in ("mrr_movements", "churn", "retention")
        ]
    rows = compared(*frames, "plan", ("Starter", "nobody"), "month")
    assert [row.other for row in rows[2:]] == [None] * 5
    assert [row.clear for row in rows] == [None] * 7
    assert compared(frames[0].iloc[:0], *frames[1:], "plan", PAIR, "month") == []
    assert replace(Compared("churn", 0.1, 0.2), low=-0.2, high=0.0).clear is False
