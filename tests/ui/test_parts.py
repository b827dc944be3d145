"""Parts of the pages that can be tested without a screen."""

from __future__ import annotations

from datetime import date

import pytest

from pages.shared import filters, signals


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (date(2026, 11, 12), "2026-10"),
        (date(2026, 11, 30), "2026-11"),
        (date(2026, 1, 1), "2025-12"),
        (date(2024, 2, 28), "2024-01"),
        (date(2024, 2, 29), "2024-02"),
    ],
)
def test_the_last_complete_month(day: date, month: str) -> None:
    assert filters.last_complete_month(day) == month


def test_a_range_ends_with_the_last_complete_month_and_stays_inside_the_data() -> None:
    span = filters._span("12", date(2020, 5, 3), date(2026, 11, 12))
    assert span == ("2025-11", None)  # November 2025 to October 2026 are twelve months
    assert filters._span("24", date(2026, 5, 3), date(2026, 11, 12)) == ("2026-05", None)
    assert filters._span("all", date(2020, 5, 3), date(2026, 11, 12)) == (None, None)
    assert filters._span("2024-01..2024-06", date(2020, 5, 3), date(2026, 11, 12)) == (
        "2024-01",
        "2024-06",
    )


def test_individuals_range_by_hand() -> None:
    # Mean 5, moving ranges all 2: 5 -/+ 2.66 x 2.
    assert signals.individuals_range([4, 6, 4, 6, 4, 6, 4, 6]) == pytest.approx((-0.32, 10.32))
    assert signals.individuals_range([1, 2, 3]) is None


def test_rate_range_is_the_exact_binomial_one() -> None:
    # Binomial(10, 1/2): P(X <= 0) = 1/1024 < 0.00135 <= 11/1024 = P(X <= 1), and
    # P(X <= 9) = 1023/1024 = 0.99902 >= 0.99865 > 1013/1024 = P(X <= 8).
    past = [(5, 10)] * 8
    assert signals.rate_range(past, 10) == pytest.approx((0.1, 0.9))
    assert signals.rate_range(past[:7], 10) is None
    assert signals.rate_range([(0, 10)] * 8, 10) == (0.0, 0.0)
