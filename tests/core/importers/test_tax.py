"""Amounts with tax in them: seen, and taken out when the person says so."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cs_core.errors import InputError
from tests.core.importers.helpers import column

HEAD = "account_id,start_date,"


def notes(reading):
    return {note.code: note.count for note in reading.notes}


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("顧客ID,契約開始日,月額（税込）\n1,2024-04-01,1100\n2,2024-04-01,999\n", 2),
        ("顧客ID,契約開始日,月額,税区分\n1,2024-04-01,1100,税込\n2,2024-04-01,999,税抜\n", 1),
        (HEAD + "mrr\nA,2024-01-01,1100\nB,2024-01-01,5500\nC,2024-01-01,10780\n", 3),
    ],
)
def test_tax_is_seen_and_taken_out_at_the_rate_that_is_said(take, text, rows):
    before = take(text, tentative=True)
    assert notes(before)["tax_inclusive"] == rows
    was = column(before, "mrr")
    reading = take(text, tentative=True, tax_rate="10")
    assert notes(reading)["tax_taken_out"] == rows
    now = column(reading, "mrr")
    assert now[0] == was[0] / Decimal("1.1")
    assert sum(a != b for a, b in zip(was, now, strict=True)) == rows
    refused = take(text, tentative=True, tax_rate="0")
    assert not {"tax_inclusive", "tax_taken_out"} & notes(refused).keys()
    assert column(refused, "mrr") == was


@pytest.mark.parametrize(
    "text",
    [
        "顧客ID,契約開始日,月額（税抜）\n1,2024-04-01,1100\n2,2024-04-01,2200\n3,2024-04-01,3300\n",
        HEAD + "mrr\nA,2024-01-01,1000\nB,2024-01-01,5000\nC,2024-01-01,9800\nD,2024-01-01,1100\n",
        HEAD + "mrr\nA,2024-01-01,1100\nB,2024-01-01,1100\n",
    ],
)
def test_amounts_without_tax_are_left_alone(take, text):
    assert "tax_inclusive" not in notes(take(text))


def test_an_impossible_rate_is_refused(take):
    with pytest.raises(InputError, check=lambda error: error.code == "tax_rate"):
        take("顧客ID,契約開始日,月額（税込）\n1,2024-04-01,1100\n", tax_rate="ten")
