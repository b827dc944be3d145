"""What a column of yes and no, or of states by another name, says of who left."""

from __future__ import annotations

import pytest

from tests.core.importers.helpers import column


def table(header: str, *cells: str, ends: str = "") -> str:
    rows = [f"c{n},2024-01-0{n},10,{cell},{ends}" for n, cell in enumerate(cells, 1)]
    return f"customer_id,start_date,mrr,{header},end_date\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("header", "there", "left"),
    [
        ("is_active", "TRUE", "FALSE"), ("active", "Y", "N"), ("churned", "No", "Yes"),
        ("isCanceled", "false", "true"), ("Deleted", "0", "1"), ("解約フラグ", "0", "1"),
        ("有効フラグ", "1", "0"), ("Still customer?", "yes", "no"), ("active", "active", "lost"),
    ],
)  # fmt: skip
def test_a_flag_of_leaving_is_a_status(take, header, there, left):
    reading = take(table(header, there, left, there))
    assert column(reading, "account_id") == ["c1", "c3"]
    assert [(row.line, row.code) for row in reading.set_aside] == [(3, "left_when_unknown")]
    dated = take(table(header, there, left, ends="2024-03-01"))
    assert column(dated, "account_id") == ["c1", "c2"]


@pytest.mark.parametrize(
    ("header", "one", "other"),
    [
        ("cancel_at_period_end", "true", "false"), ("auto_renew", "true", "false"),
        ("churn_risk", "1", "0"), ("解約予定", "1", "0"), ("is_active", "yes", "maybe"),
    ],
)  # fmt: skip
def test_what_is_yet_to_come_is_no_departure(take, header, one, other):
    assert column(take(table(header, one, other)), "account_id") == ["c1", "c2"]


def test_a_state_under_any_header_is_told(take):
    reading = take(table("Lifecycle", "customer", "former customer"))
    [note] = [note for note in reading.notes if note.code == "unused_end"]
    assert (note.column, note.count, note.examples) == ("Lifecycle", 1, [(3, "former customer")])
