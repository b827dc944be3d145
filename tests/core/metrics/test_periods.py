"""Period labels and the days they hold."""

from datetime import date

import pytest

from cs_core.domain.periods import Periods, days_of_label
from cs_core.errors import UsageError


@pytest.mark.parametrize(
    ("grain", "fiscal", "day", "label", "first", "last"),
    [
        ("month", 4, date(2024, 2, 29), "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("week", 1, date(2021, 1, 3), "2020-W53", date(2020, 12, 28), date(2021, 1, 3)),
        ("week", 1, date(1969, 12, 31), "1970-W01", date(1969, 12, 29), date(1970, 1, 4)),
        ("quarter", 1, date(2024, 2, 29), "2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        # Quarters and years of April start there and bear the year they start in.
        ("quarter", 4, date(2024, 2, 29), "2023-Q4", date(2024, 1, 1), date(2024, 3, 31)),
        ("year", 4, date(2024, 3, 31), "2023", date(2023, 4, 1), date(2024, 3, 31)),
        ("year", 12, date(2024, 12, 1), "2024", date(2024, 12, 1), date(2025, 11, 30)),
    ],
)
def test_periods(grain, fiscal, day, label, first, last):
    periods = Periods(grain, fiscal)
    index = periods.index(day)
    assert periods.label(index) == label
    assert (periods.first_day(index), periods.last_day(index)) == (first, last)
    assert days_of_label(label, fiscal) == (first, last)
    assert periods.index(last) == index == periods.index(first)
    assert periods.index(last) + 1 == periods.index(date.fromordinal(last.toordinal() + 1))


@pytest.mark.parametrize(
    "label", ["", "2024-13", "2023-W53", "2024-Q5", "24-01", "2024-1", "２０２４"]
)
def test_what_is_no_label(label):
    with pytest.raises(UsageError) as caught:
        days_of_label(label)
    assert caught.value.code == "unknown_period_label"
