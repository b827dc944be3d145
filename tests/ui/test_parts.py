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


def test_a_mood_is_for_what_lies_outside_the_usual() -> None:
    past = [4.0, 6.0] * 8
    assert signals.mood(past, 7.0, "up") == "usual"
    assert signals.mood(past, 16.0, "up") == "good"
    assert signals.mood(past, 16.0, "down") == "bad"
    assert signals.mood(past, -6.0, "down") == "good"
    assert signals.mood(past[:7], 99.0, "up") == "usual"


def test_changes_are_between_neighbours_that_are_known() -> None:
    assert signals.changes([1, 2, None, 4, 5], relative=False) == [1.0, None, None, 1.0]
    assert signals.changes([1, 2, 0, 4], relative=True) == [
        pytest.approx(0.693147, abs=1e-6),
        None,
        None,
    ]
