"""Small files of every shape: what one row is, how rows join, what is told or asked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cs_core.errors import InputError
from cs_core.importers import ReadOptions, read
from tests.core.importers.helpers import records

STATES = "A,{0}-01,100\nA,{0}-02,100\nA,{0}-03,120\nB,{0}-01,50\nB,{0}-02,50\nC,{0}-03,70\n"


def lines(reading):
    """(account, start, end, MRR) of each line."""
    names = ("account_id", "start_date", "end_date", "mrr")
    return sorted(tuple(row.get(name) for name in names) for row in records(reading))


def notes(reading):
    return {note.code: note for note in reading.notes}


def day(text):
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    "header", ["customer_id,date_month,mrr", "customer_id,start_date,mrr", "顧客ID,対象年月,月額"]
)
def test_states_of_months_join(take, header):
    reading = take(header + "\n" + STATES.format("2024").replace(",2024-", ",2024/"))
    assert lines(reading) == [
        ("A", day("2024-01-01"), day("2024-03-01"), 100),
        ("A", day("2024-03-01"), None, 120),
        ("B", day("2024-01-01"), day("2024-03-01"), 50),
        ("C", day("2024-03-01"), None, 70),
    ]
    assert reading.matrix_until == day("2024-03-31")
    assert notes(reading)["shape_states"].severity == "note"


def test_bills_hold_for_their_interval_and_may_be_late(take):
    reading = take(
        "customer_id,invoice_date,amount,interval\n"
        "A,2024-01-05,10,month\nA,2024-02-07,10,month\nA,2024-03-05,10,month\n"
        "B,2024-01-20,10,month\nB,2024-02-20,10,month\nC,2024-01-02,120,year\n"
        "D,2024-04-12,10,month\n"
    )
    made = {(row["account_id"], row["start_date"], row["end_date"]) for row in records(reading)}
    assert made == {
        ("A", day("2024-01-05"), day("2024-04-05")),
        ("B", day("2024-01-20"), day("2024-03-20")),
        ("C", day("2024-01-02"), None),
        ("D", day("2024-04-12"), None),
    }


def test_events_close_what_was_before_and_plans_may_say_how_often(take):
    reading = take(
        "customer_id,plan_id,plan_name,price,start_date\n"
        "1,0,trial,0.00,2020-08-01\n1,1,basic monthly,9.90,2020-08-08\n"
        "2,3,pro annual,199.00,2020-09-27\n3,1,basic monthly,9.90,2020-09-27\n"
        "3,2,pro monthly,19.90,2020-10-27\n3,4,churn,,2020-11-15\n"
    )
    made = [
        (row["account_id"], row["start_date"], row["end_date"], row["amount"], row["interval"])
        for row in records(reading)
        if row["amount"]
    ]
    assert made == [
        ("1", day("2020-08-08"), None, Decimal("9.90"), "month"),
        ("2", day("2020-09-27"), None, 199, "year"),
        ("3", day("2020-09-27"), day("2020-10-27"), Decimal("9.90"), "month"),
        ("3", day("2020-10-27"), day("2020-11-15"), Decimal("19.90"), "month"),
    ]


def test_a_file_that_does_not_tell_is_a_question_with_what_each_answer_gives(take):
    text = "account_id,start_date,mrr\nA,2024-01-10,5\nA,2024-02-24,7\nB,2024-03-31,1\n"
    with pytest.raises(InputError) as refusal:
        take(text)
    assert refusal.value.code == "shape_unsure"
    readings = refusal.value.fields["readings"]
    assert readings["intervals"] == {"customers": 2, "mrr": "13.00", "churn": 0.0}
    assert readings["events"] == {"customers": 2, "mrr": "8.00", "churn": 0.0}
    assert len(lines(take(text, shape="intervals"))) == 3
    assert lines(take(text, shape="events"))[0][2] == day("2024-02-24")


def test_rows_with_ends_or_ids_of_their_own_add_up(take):
    ended = "account_id,start_date,end_date,mrr\nA,2024-01-10,,5\nA,2024-02-24,2024-03-01,7\n"
    assert len(lines(take(ended))) == 2
    own = "account_id,subscription_id,start_date,mrr\nA,S1,2024-01-10,5\nA,S2,2024-02-24,7\n"
    assert len(lines(take(own))) == 2


def test_a_status_that_says_it_ended_needs_a_day(take):
    reading = take(
        "customer_id,start_date,status,mrr\nC1,2024-01-10,active,1\nC2,2024-01-10,expired,1\n"
        "C3,2024-01-10,lapsed,1\nC4,2024-01-10,draft,1\nC5,2024-01-10,下書き,1\nC6,2024-01-10,unpaid,1\n"
    )
    assert {line[0] for line in lines(reading)} == {"C1", "C6"}
    assert [row.code for row in reading.set_aside] == [
        "left_when_unknown", "left_when_unknown", "never_started", "never_started",
    ]  # fmt: skip
    assert notes(reading)["unpaid_counted"].mrr == 1
    assert reading.mrr_aside["left_when_unknown"] == 2


def test_the_day_of_cancelling_ends_a_line(take):
    reading = take(
        "subscriptions.id,customers.id,subscriptions.mrr,subscriptions.status,"
        "subscriptions.started_at,subscriptions.cancelled_at\n"
        "S1,C1,10,Active,2024-01-01,\nS2,C2,10,Cancelled,2024-01-01,2024-05-15\n"
    )
    assert lines(reading)[1] == ("C2", day("2024-01-01"), day("2024-05-15"), 10)


def test_debts_and_pauses_begin_when_they_began(take):
    reading = take(
        "customer_id,start_date,end_date,status,mrr,current_period_start,paused_at\n"
        "C1,2023-01-01,,past_due,100,2024-06-01,\nC2,2023-01-01,,paused,100,,2024-02-01\n"
    )
    made = [
        (r["account_id"], r["start_date"], r["end_date"], r["status"]) for r in records(reading)
    ]
    assert sorted(made, key=str) == [
        ("C1", day("2023-01-01"), day("2024-06-01"), "active"),
        ("C1", day("2024-06-01"), None, "past_due"),
        ("C2", day("2023-01-01"), day("2024-02-01"), "active"),
        ("C2", day("2024-02-01"), None, "paused"),
    ]


def test_a_discount_that_ends_raises_the_price(take):
    reading = take(
        "customer_id,subscription_id,amount,interval,discount,discount_end_date,start_date\n"
        "C1,S1,100,month,50%,2024-04-01,2024-01-01\nC2,S2,100,month,,,2024-01-01\n"
    )
    made = [
        (r["account_id"], r["start_date"], r["end_date"], r["discount"]) for r in records(reading)
    ]
    assert sorted(made, key=str) == [
        ("C1", day("2024-01-01"), day("2024-04-01"), "50%"),
        ("C1", day("2024-04-01"), None, None),
        ("C2", day("2024-01-01"), None, None),
    ]


@pytest.mark.parametrize(
    "header",
    ["discount_end_date", "promo_end_date", "coupon_ends_at", "support_end_date", "onboarding_end",
     "trial_end", "クーポン終了日", "サポート終了日"],
)  # fmt: skip
def test_what_ends_something_else_is_no_end(take, header):
    text = f"customer_id,start_date,mrr,{header}\nA,2024-01-01,5,2024-03-01\n"
    assert take(text).mapping[header] != "end_date"


@pytest.mark.parametrize(
    ("other", "price"),
    [("Target MRR", "Plan MRR"), ("prev_mrr", "mrr"), ("Lifetime Amount", "MRR"),
     ("Previous ARR", "月額"), ("目標月額", "月額"), ("MRR delta", "MRR")],
)  # fmt: skip
def test_the_price_is_not_its_neighbour(take, other, price):
    reading = take(f"customer_id,start_date,{other},{price}\nA,2024-01-01,150,120\n")
    assert reading.mapping[price] == "mrr"


def test_two_headers_that_fit_equally_are_asked_about(take):
    text = "customer_id,started_at,activated_at,mrr\n"
    text += "A,2024-01-01,2024-02-01,5\nB,2024-01-01,2024-03-01,6\n"
    with pytest.raises(InputError) as refusal:
        take(text)
    assert refusal.value.code == "column_unsure"
    assert set(refusal.value.fields["headers"]) == {"started_at", "activated_at"}
    told = take(text, columns={"start_date": "activated_at"})
    assert told.mapping["activated_at"] == "start_date"


def test_an_almost_empty_column_loses(take):
    rows = "".join(f"{n},,2024-01-{n + 1:02d},5\n" for n in range(1, 20))
    reading = take("customer_id,start_date,started_at,mrr\n0,2024-09-01,,5\n" + rows)
    assert reading.mapping["started_at"] == "start_date"


def test_amounts_for_a_whole_term_are_spread_and_asked_about(take):
    reading = take(
        "Customer,Contract Value,Contract Start,Contract End\n"
        "Alder,12000,2024-01-01,2025-01-01\nBirch,72000,2024-04-01,2027-03-31\n"
    )
    assert [line[3] for line in lines(reading)] == [1000, 2000]
    assert notes(reading)["amount_for_term"].option == "--amount-per"


def test_months_without_a_year_ask_for_it(take):
    text = "Customer,Nov,Dec,Jan\nA,1,1,1\nB,,2,2\n"
    with pytest.raises(InputError) as refusal:
        take(text)
    assert refusal.value.code == "year_unsure"
    assert lines(take(text, year=2023)) == [
        ("A", day("2023-11-01"), None, 1),
        ("B", day("2023-12-01"), None, 2),
    ]


def test_an_envelope_is_its_list(take):
    text = '{\n "object": "list",\n "data": [\n  {"customer_id": "C1", "start_date": "2024-01-01",'
    text += ' "mrr": 1, "plan": {"name": "Pro"}}\n ]\n}'
    reading = take(text, "list.json")
    assert lines(reading) == [("C1", day("2024-01-01"), None, 1)]
    assert reading.mapping["plan.name"] == "plan"


def test_an_object_is_a_row_for_each_of_its_priced_items(tmp_path):
    items = ", ".join(f'{{"mrr": {mrr}}}' for mrr in (1, 2))
    text = f'[{{"customer_id": "C1", "start_date": "2024-01-01", "items": [{items}], '
    text += '"notes": [{"by": "a"}, {"by": "b"}]}]'
    (tmp_path / "list.json").write_text(text)
    [reading] = read([tmp_path / "list.json"], ReadOptions(), tmp_path).files
    assert (reading.rows_read, len(reading.set_aside)) == (2, 0)
    assert lines(reading) == [
        ("C1", day("2024-01-01"), None, 1),
        ("C1", day("2024-01-01"), None, 2),
    ]


def test_words_in_a_row_of_values_are_no_header(take):
    reading = take("Ref,customer_id,Day,Worth\nmonthly,subscription,2024-01-05,9.50\n")
    assert reading.headers == ("Ref", "customer_id", "Day", "Worth")


def test_a_count_stands_beside_its_unit(take):
    reading = take(
        "customer_id,start_date,amount,interval,interval_unit\n"
        "A,2024-01-01,30,3,months\nB,2024-01-01,5,1,months\n"
    )
    assert reading.mapping["interval"] == "interval_count"
    assert reading.mapping["interval_unit"] == "interval"


def test_a_column_of_coupons_that_is_not_used_is_told(take):
    reading = take("customer_id,start_date,mrr,Coupon\nA,2024-01-01,5,HALF\nB,2024-01-01,6,\n")
    note = notes(reading)["unused_discount"]
    assert (note.severity, note.count, note.mrr) == ("warning", 1, 5)


def test_the_missing_column_is_named(take):
    reading = take("order_id,customer_id,order_date,amount\np1,C1,2024-01-05,10\n")
    assert (reading.table, reading.near) == (None, "subscriptions")
    assert notes(reading)["missing_column"].column == "interval"


@pytest.mark.parametrize("words", ["new,upgrade", "新規,変更"])
def test_events_in_which_nobody_leaves_are_events(take, words):
    start, change = words.split(",")
    reading = take(
        f"customer_id,start_date,event,mrr\nA,2024-01-16,{start},10\nA,2024-04-16,{change},20\n"
        f"B,2024-02-16,{start},5\nC,2024-02-16,{start},5\nC,2024-03-16,{change},6\n"
    )
    assert notes(reading)["shape_events"].severity == "note"
    assert lines(reading)[0] == ("A", day("2024-01-16"), day("2024-04-16"), 10)
    assert [end for *_, end, _ in lines(reading)].count(None) == 3
