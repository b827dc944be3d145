"""Small versions of the claims of `tests/bench/truth_trend.py`; a wrong law fails them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench import truth_retention, truth_trend


def test_a_stable_company_is_seldom_coloured() -> None:
    """At 3 %, more than 6 % of these months come seldom; limits that take NRR for a figure of one
    month colour a third of them."""
    for row in truth_trend.tiles_of_a_stable_company(8, 1):
        assert row.observed >= 0.94, row


def test_limits_that_take_a_rolling_figure_for_one_of_a_month_fail_that() -> None:
    """The test above can fail: an individuals chart of NRR (2.66 times the mean moving range)."""
    rng, outside, months = np.random.default_rng(1), 0, 0
    for _ in range(8):
        figures = truth_trend._figures(truth_trend._accounts(rng))
        values = np.cumsum(figures["nrr"][12:])
        for month in range(12, len(values), 3):
            past = values[max(0, month - 24) : month]
            width = 2.66 * np.abs(np.diff(past)).mean()
            outside += abs(values[month] - past.mean()) > width
            months += 1
    assert outside > 0.1 * months


@pytest.mark.parametrize("world", ["constant, 400 customers", "young company, 48 months"])
def test_where_nothing_changed_no_change_is_told(world: str) -> None:
    rng = np.random.default_rng(2)
    told = sum(bool(truth_trend.change_points(*truth_trend.WORLDS[world](rng))) for _ in range(30))
    assert told <= 4


def test_limits_of_nrr_and_grr_hold() -> None:
    """Fails at nine in ten; limits of a plain standard error hold 84 to 91 % in some worlds."""
    held: dict[str, list[float]] = {}
    for row in truth_retention.revenue_retention(100, 3):
        held.setdefault(row.claim, []).append(row.observed)
        assert row.observed >= 0.9, row
    assert all(0.93 <= sum(shares) / len(shares) <= 0.98 for shares in held.values())


def test_limits_of_nrr_and_grr_at_their_edges() -> None:
    """Nobody left or grew: GRR is below 1 by what may not have been seen, and NRR with it."""
    ten = np.full(10, 50.0)
    kept, gone, one = truth_retention.limits(
        [(ten, ten), (ten, 0 * ten), (np.array([50.0]), np.array([75.0]))]
    )
    assert (kept["grr"], kept["grr_high"], kept["nrr_high"]) == (1, 1, 1)
    assert 0.5 < kept["grr_low"] < 0.75
    assert kept["nrr_low"] == pytest.approx(kept["grr_low"])
    assert (gone["nrr"], gone["nrr_low"], gone["grr_low"]) == (0, 0, 0)
    assert 0.25 < gone["grr_high"] < 0.5
    assert one["nrr_low"] <= 1.5 <= one["nrr_high"]
