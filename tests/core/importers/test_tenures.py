"""Tenures are in months, whatever they are counted in; where nothing tells, the person is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_core.datasets import open_dataset
from cs_core.errors import InputError
from cs_core.importers import ReadOptions


def tenures(path: Path, head: str, *rows: str, unit: str | None = None) -> list[int]:
    path.write_text("\n".join([head, *rows]) + "\n")
    with open_dataset(path, read=ReadOptions(tenure_unit=unit)) as dataset:
        return sorted(int(v) for v in dataset.query("survival", unit="month")["tenure"])


@pytest.mark.parametrize(
    ("head", "first", "second", "months"),
    [
        ("customer_id,tenure_years,churned", "2", "1.5", [18, 24]),
        ("customer_id,Tenure (weeks),churned", "26", "13", [3, 6]),
        ("customer_id,tenure in days,churned", "365", "730", [12, 24]),
        ("顧客ID,継続年数,解約", "2", "3", [24, 36]),
        ("顧客ID,継続月数,解約", "2", "3", [2, 3]),
        ("customer_id,tenure_months,churned", "2", "3", [2, 3]),
        ("customerID,tenure,Churn", "60", "3", [3, 60]),
    ],
)
def test_a_header_or_the_values_say_the_unit(tmp_path, head, first, second, months):
    assert tenures(tmp_path / "x.csv", head, f"A,{first},1", f"B,{second},1") == months


@pytest.mark.parametrize(("in_all", "months"), [(20, [2, 3]), (240, [24, 36])])
def test_what_was_paid_in_all_tells_the_unit(tmp_path, in_all, months):
    head = "client_id,tenure,exited,monthly fee,total paid"
    rows = f"A,2,1,10,{in_all}", f"B,3,1,10,{in_all * 3 // 2}"
    assert tenures(tmp_path / "x.csv", head, *rows) == months


def test_a_bank_without_a_unit_is_asked_and_answered(tmp_path):
    head = "CustomerId,Surname,CreditScore,Age,Tenure,Balance,Exited,EstimatedSalary"
    rows = "15634602,Hargrave,619,42,2,0,1,101348.88", "15647311,Hill,608,41,8,83807.86,1,112542.58"
    with pytest.raises(InputError) as raised:
        tenures(tmp_path / "bank.csv", head, *rows)
    assert raised.value.code == "tenure_unsure"
    assert raised.value.fields["option"] == "--tenure-unit"
    assert tenures(tmp_path / "bank.csv", head, *rows, unit="year") == [24, 96]
