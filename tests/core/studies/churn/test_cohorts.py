"""A cohort against the earlier ones, from counts small enough to add up by hand."""

from __future__ import annotations

import pandas
import pytest

from cs_core.studies import cohorts

ROWS = [
    ("2024-01", 0, 40, 40, False),
    ("2024-01", 1, 40, 30, False),
    ("2024-01", 2, 40, 28, False),
    ("2024-02", 0, 60, 60, False),
    ("2024-02", 1, 60, 50, False),
    ("2024-02", 2, 60, 44, True),
    ("2024-03", 0, 56, 56, False),
    ("2024-03", 1, 56, 20, False),
    ("2024-04", 0, 9, 9, True),
]
COLUMNS = ["cohort", "age", "cohort_customers", "active_customers", "partial"]
FRAME = pandas.DataFrame(ROWS, columns=COLUMNS)


def test_earlier_cohorts_are_added_up_at_the_same_age() -> None:
    found = cohorts.against_earlier(FRAME, "2024-03")

    assert found[["age", "kept", "began", "earlier_kept", "earlier_began"]].values.tolist() == [
        [1, 20, 56, 80, 100]
    ]
    assert found.loc[0, "difference"] == pytest.approx(20 / 56 - 0.8)
    assert found.loc[0, "high"] < 0


def test_newcombe_s_own_example() -> None:
    """56 of 70 against 48 of 80: 0.20, from 0.0524 to 0.3339 (Newcombe 1998, table II, a)."""
    rows = [("a", 1, 80, 48, False), ("b", 1, 70, 56, False)]

    found = cohorts.against_earlier(pandas.DataFrame(rows, columns=COLUMNS), "b")

    assert found.loc[0, "difference"] == pytest.approx(0.2)
    assert found.loc[0, "low"] == pytest.approx(0.0524, abs=5e-5)
    assert found.loc[0, "high"] == pytest.approx(0.3339, abs=5e-5)


def test_cells_in_progress_are_not_compared() -> None:
    assert cohorts.against_earlier(FRAME, "2024-02")["age"].tolist() == [1]


def test_what_can_be_compared_has_an_age_and_an_earlier_cohort() -> None:
    assert cohorts.comparable(FRAME) == ["2024-03", "2024-02"]
    assert cohorts.proposed(FRAME) == "2024-03"
    assert cohorts.comparable(FRAME[FRAME["cohort"] == "2024-01"]) == []
    assert cohorts.proposed(FRAME.head(0)) is None


def test_a_cohort_with_enough_customers_and_ages_is_proposed_before_a_newer_one() -> None:
    rows = [(c, age, 50, 40, False) for c in ("a", "b") for age in range(8)]
    rows += [("c", age, 50, 40, False) for age in range(3)]

    assert cohorts.proposed(pandas.DataFrame(rows, columns=COLUMNS)) == "b"


def test_where_all_are_small_an_old_one_is_proposed_before_a_newer_one() -> None:
    rows = [(f"c{n}", age, 11, 9, False) for n in range(9) for age in range(9 - n)]
    assert cohorts.proposed(pandas.DataFrame(rows, columns=COLUMNS)) == "c2"
