"""Rows and amounts that are not what they look like: set aside, put right, or told with MRR."""

from __future__ import annotations

import pytest

from cs_core.datasets import open_dataset
from tests.core.importers.helpers import records

BILLS = "customer_id,payment_date,{0},amount,interval\n"
MONTHS = "A,2023-0{m}-05,{kind},100,month\nB,2023-0{m}-05,{kind},60,month\n"


def notes(reading):
    return {note.code: note for note in reading.notes}


def aside(reading):
    return [(row.line, row.code) for row in reading.set_aside]


def prices(reading):
    return sorted(row["mrr"] for row in records(reading))


@pytest.mark.parametrize(
    ("header", "kind", "other", "reason"),
    [
        ("type", "payment", "refund", "refund"),
        ("Type", "invoice", "credit_note", "refund"),
        ("status", "paid", "void", "not_billed"),
        ("Invoice status", "paid", "Draft", "not_billed"),
        ("status", "paid", "refunded", "refund"),
        ("区分", "請求", "返金", "refund"),
        ("ステータス", "入金済", "下書き", "not_billed"),
    ],
)
def test_what_is_no_bill_is_not_counted(take, header, kind, other, reason):
    text = BILLS.format(header) + "".join(MONTHS.format(m=m, kind=kind) for m in range(1, 5))
    reading = take(text + f"A,2023-02-10,{other},100,month\n")
    assert aside(reading) == [(10, reason)]
    assert [row["end_date"] for row in records(reading)] == [None, None]


@pytest.mark.parametrize(
    ("header", "text"),
    [("plan", "Setup fee"), ("item", "One-time charge"), ("charge_type", "one_off"),
     ("品目", "初期費用"), ("摘要", "入会金")],
)  # fmt: skip
def test_what_comes_once_is_no_mrr(take, header, text):
    reading = take(
        f"customer_id,{header},start_date,mrr\nA,Pro,2023-01-01,100\nA,{text},2023-01-01,500\n"
        "B,Pro,2023-02-01,100\n",
        shape="intervals",
    )
    assert aside(reading) == [(3, "one_off")]
    assert reading.mrr_aside["one_off"] == 500


@pytest.mark.parametrize("label", ["Total", "合計", "総計"])
def test_a_total_with_a_date_is_nobody(take, label):
    reading = take(
        f"customer_id,month,mrr\nA,2023-01,100\nB,2023-01,50\n{label},2023-01,150\n"
        f"A,2023-02,100\nB,2023-02,60\n{label},2023-02,160\n"
    )
    assert aside(reading) == [(4, "total_row"), (7, "total_row")]
    total = take("customer_id,month,mrr\nA,2023-01,100\nTotal,2023-01,70\n")
    assert not aside(total)  # A company may be called so.


def test_a_state_that_says_it_ended_is_none(take):
    head, rows = "snapshot_date,customer_id,plan,mrr,status\n", []
    for month, last in (("01", 31), ("02", 28), ("03", 31)):
        for who, status in (("A", "canceled" if month == "03" else "active"), ("B", "active")):
            rows.append(f"2023-{month}-{last},{who},Pro,100,{status}\n")
    ends = {row["account_id"]: row["end_date"] for row in records(take(head + "".join(rows)))}
    assert str(ends["A"]) == "2023-03-01"
    assert ends["B"] is None
    # A status of today, written into every row, says nothing of the months before it.
    today = "".join(rows).replace(",A,Pro,100,active", ",A,Pro,100,canceled")
    ends = {row["account_id"]: row["start_date"] for row in records(take(head + today))}
    assert str(ends["A"]) == "2023-01-01"


@pytest.mark.parametrize(
    ("header", "cell", "mrr"),
    [("Monthly price", "$1,200/yr", 100), ("MRR", "1200 per year", 100),
     ("MRR", "30 / quarter", 10), ("月額", "120,000円/年", 10000)],
)  # fmt: skip
def test_an_interval_behind_a_price_counts(take, header, cell, mrr):
    reading = take(f'Customer ID,Start date,{header}\nA,2023-01-01,100/mo\nB,2023-02-01,"{cell}"\n')
    assert sorted([100, mrr]) == prices(reading)
    assert notes(reading)["interval_of_price"].count == 2


def test_a_price_may_say_its_interval_without_a_column_for_it(take):
    reading = take('Customer ID,Start,Price\nA,2023-01-01,$100/mo\nB,2023-02-01,"$1,200/yr"\n')
    assert [row["interval"] for row in records(reading)] == ["month", "year"]


def test_of_a_monthly_and_a_yearly_price_the_one_that_is_paid(take):
    reading = take(
        "customer_id,start_date,billing_cycle,monthly_price,annual_price\n"
        "A,2023-01-01,monthly,100,960\nB,2023-02-01,annual,100,960\n"
    )
    assert prices(reading) == [80, 100]
    alone = take(
        "customer_id,start_date,monthly_price,annual_price\nA,2023-01-01,100,\nB,2023-02-01,,600\n"
    )
    assert prices(alone) == [50, 100]


@pytest.mark.parametrize(
    ("rates", "kept"), [("0.2,0.15", ["20%", "15%"]), ("20,15", ["20%", "15%"])]
)
def test_a_discount_rate_is_a_share(take, rates, kept):
    one, other = rates.split(",")
    reading = take(
        "customer_id,start_date,price,discount_rate,interval\n"
        f"A,2023-01-01,100,{one},month\nB,2023-02-01,100,{other},month\n"
    )
    assert [row["discount"] for row in records(reading)] == ["20%", "15%"]


@pytest.mark.parametrize(
    ("code", "text", "mrr"),
    [
        ("trial_priced", "customer_id,plan,start_date,mrr\nA,Pro,2023-01-01,9\n"
                         "B,Pro Trial,2023-01-01,7\n", 7),
        ("mrr_undivided", "customer_id,plan,start_date,mrr\nA,Pro Monthly,2023-01-01,10\n"
                          "B,Pro Yearly,2023-01-01,120\n", 120),
        ("mrr_undivided", "customer_id,start_date,mrr,interval\nA,2023-01-01,10,month\n"
                          "B,2023-01-01,110,year\n", 110),
        ("amount_per_piece", "customer_id,start_date,amount,quantity,interval\n"
                             "A,2023-01-01,50,5,month\nB,2023-01-01,80,8,month\n"
                             "C,2023-01-01,30,3,month\n", 980),
        ("discount_of_mrr", "顧客ID,開始日,月額,割引率\nA,2023/01/01,100,20%\nB,2023/01/01,5,0%\n",
         100),
        ("unused_test", "customer_id,start_date,mrr,is_test\nA,2023-01-01,9,false\n"
                        "B,2023-01-01,5,true\n", 5),
        ("unused_test", "customer_id,start_date,mrr,livemode\nA,2023-01-01,9,true\n"
                        "B,2023-01-01,5,false\n", 5),
        ("unused_last_paid", "customer_id,start_date,mrr,last_payment_date\n"
                             "A,2023-01-01,9,2023-06-01\nB,2023-01-01,5,2023-03-01\n", 5),
        ("unused_chance", "顧客ID,開始日,月額,確度\nA,2023/01/01,9,100%\nB,2023/01/01,5,20%\n", 14),
        ("ended_though_renewing", "customer_id,start_date,end_date,auto_renew,mrr\n"
                                  "A,2022-01-01,2023-01-01,yes,9\nA,2023-01-01,2023-06-01,no,9\n"
                                  "B,2022-01-01,2023-01-01,yes,5\n", 5),
        ("ids_shortened", "customer_id,start_date,mrr\n1.23457E+11,2023-01-01,9\n", 0),
        ("end_months", "顧客ID,利用開始月,利用終了月,月額\nA,2023年1月,2023年3月,9\n"
                       "B,2023年2月,,5\n", 9),
    ],
)  # fmt: skip
def test_what_may_be_otherwise_is_told_with_its_mrr(take, code, text, mrr):
    note = notes(take(text))[code]
    assert note.severity in ("warning", "question")
    assert note.mrr == mrr


@pytest.mark.parametrize(
    ("told", "end"), [("inclusive", "2023-03-31"), ("exclusive", "2023-03-01")]
)
def test_an_end_given_as_a_month_is_what_the_person_says(take, told, end):
    text = "customer_id,start_month,end_month,mrr\nA,2023-01,2023-03,9\nB,2023-02,,5\n"
    reading = take(text, end_date=told)
    assert "end_months" not in notes(reading)
    assert str(records(reading)[0]["end_date"]) == end


def test_a_status_at_odds_with_its_dates_is_told(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text(
        "customer_id,start_date,end_date,mrr,status\nA,2023-01-01,2023-03-01,100,active\n"
        "B,2023-01-01,,50,active\nC,2022-01-01,2023-01-01,70,active\nC,2023-01-01,,70,active\n"
    )
    with open_dataset(path) as dataset:
        [told] = [p for p in dataset.report["problems"] if p["code"] == "ended_though_active"]
    assert (told["count"], told["mrr_affected"]) == (1, "100.000000")


@pytest.mark.parametrize(
    ("text", "code", "mrr"),
    [
        ("Customer,ARR Jan 2023,ARR Feb 2023\nA,1200,0\n", "amounts_of_year", 100),
        ("単位：千円\n顧客名,2023年1月,2023年2月\nA社,12,0\n", "unit_in_header", 12000),
        ("MRR (in thousands USD)\nCustomer,Jan 2023,Feb 2023,Mar 2023\nA,1.2,1.2,0\n",
         "unit_in_header", 1200),
        ("Customer,2023-01,2023-02,2023-03\nA,1,1,0\nB,0,1,1\n", "matrix_of_ones", 1),
    ],
)  # fmt: skip
def test_what_a_matrix_is_of(take, text, code, mrr):
    reading = take(text)
    assert code in notes(reading)
    assert records(reading)[0]["mrr"] == mrr


def test_deals_that_are_not_won_earn_nothing(take):
    reading = take(
        "案件ID,顧客ID,契約開始日,月額,フェーズ\n1,A,2023/01/01,10,受注\n2,B,2023/01/01,50,提案中\n"
        "3,C,2023/01/01,30,失注\n"
    )
    assert [row["account_id"] for row in records(reading)] == ["A"]
