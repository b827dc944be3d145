"""A figure that a person knows: met, or offered the readings that would give it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from cs_core.cli import main
from cs_core.datasets import open_dataset
from cs_core.datasets.known import KnownFigure, compared, search
from cs_core.errors import UsageError
from cs_core.importers import ReadOptions

LINES = (
    "customer_id,start_date,end_date,mrr,product_fee,status\nA,2023-01-01,,1200,100,active\n"
    "B,2023-02-01,2023-05-31,600,50,canceled\nC,2023-02-01,2023-06-30,600,55,canceled\n"
    "D,2023-06-01,,300,30,trialing\n"
)
BILLS = "customer_id,invoice_date,amount,interval\n" + "".join(
    f"{who},2023-0{month}-0{day},{amount},month\n"
    for who, day, amount in (("A", 5, 110), ("B", 7, 220))
    for month in range(1, 7)
)
MATRIX = "Customer,2023-01,2023-02,2023-03\nA,12,12,24\nB,6,6,\n"


@pytest.fixture
def asked(tmp_path):
    def ask(text, name, value, **read):
        path = tmp_path / "file.csv"
        path.write_text(text)
        options = ReadOptions(**read)
        with open_dataset([path], read=options) as dataset:
            return compared(dataset, KnownFigure.of(name, value), [path], options)

    return ask


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        (LINES, "mrr", "1200"), (LINES, "mrr", "¥1,200"), (LINES, "mrr", "1200.4"),
        (LINES, "customers", "1"), (LINES, "customers@2023-04", "3"),
        (LINES, "mrr@2023-04", "2400"), (BILLS, "mrr", "330"), (MATRIX, "mrr@2023-01", "18"),
    ],
)  # fmt: skip
def test_a_figure_that_is_met_needs_no_other_reading(asked, text, name, value):
    found = asked(text, name, value)
    assert (found["fits"], found["readings"]) == (True, [])


@pytest.mark.parametrize(
    ("text", "name", "value", "reading"),
    [
        (LINES, "mrr@2023-04", "200", "--amount-per year"),
        (LINES, "mrr@2023-04", "800", "--amount-per quarter"),
        (LINES, "mrr", "12", "--amount-unit minor"),
        (LINES, "mrr", "1200000", "--amount-unit thousand"),
        (LINES, "mrr", "1090.91", "--tax-rate 10"),
        (LINES, "mrr", "1111.11", "--tax-rate 8"),
        (LINES, "mrr", "100", '--column mrr="product_fee"'),
        (LINES, "customers", "2", "--end-date inclusive"),
        (LINES, "mrr", "1500", "--policy trial=counted"),
        (BILLS, "mrr", "1980", "--shape intervals"),
        (BILLS, "mrr", "300", "--tax-rate 10"),
        (MATRIX, "mrr@2023-01", "1.5", "--amount-per year"),
        (MATRIX, "mrr@2023-01", "18000", "--amount-unit thousand"),
    ],
)
def test_the_reading_that_fits_is_found_and_gives_the_figure(asked, text, name, value, reading):
    found = asked(text, name, value)
    assert reading in [one["option"] for one in found["readings"]]
    for one in found["readings"]:
        assert abs(Decimal(one["counted"]) - Decimal(value)) <= Decimal(value) / 1000
        if "change" in one:
            assert asked(text, name, value, **one["change"])["fits"]


@pytest.mark.parametrize(
    ("value", "code"), [("14400", "year"), ("1320", "tax_10"), ("1.2", "thousands")]
)
def test_what_no_reading_gives_may_be_another_figure(asked, value, code):
    text = LINES.replace("mrr", "MRR")
    readings = asked(text, "mrr", value)["readings"]
    assert [one["reading"] for one in readings if one["option"] is None] == [f"factor.{code}"]


def test_what_nothing_gives_is_said(asked):
    assert asked(LINES, "mrr", "777")["readings"] == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("churn", "1", "known_figure"), ("mrr@May", "1", "known_month"), ("mrr", "x", "known_number"),
     ("mrr", "-5", "known_number")],
)  # fmt: skip
def test_what_is_no_figure_is_refused(name, value, code):
    with pytest.raises(UsageError) as refusal:
        KnownFigure.of(name, value)
    assert refusal.value.code == code


def test_at_the_command_line_in_both_forms(tmp_path, capsys):
    path = tmp_path / "file.csv"
    path.write_text(LINES)
    words = ["check", str(path), "--known"]
    assert main([*words, "mrr=12", "--known", "customers=1", "--format", "json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["known"]
    assert first["readings"] == [
        {"reading": "amount_unit.minor", "option": "--amount-unit minor", "counted": "12.000000"}
    ]
    assert second == {"figure": "customers", "month": None, "known": "1.000000",
                      "counted": "1.000000", "fits": True, "readings": []}  # fmt: skip
    assert main([*words, "mrr@2023-04=200", "--format", "table", "--lang", "ja"]) == 0
    assert "金額は1年分と見れば" in capsys.readouterr().out


def test_in_a_bounded_process(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text(LINES)
    found = search([path], tmp_path, ReadOptions(), KnownFigure("mrr", Decimal(12)))
    assert found["readings"][0]["change"] == {"amount_unit": "minor"}
