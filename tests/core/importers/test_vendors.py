"""Vendors whose files have to be worked out: billing periods, monthly states, histories."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from cs_core.errors import InputError
from cs_core.importers import FileReading, Mapping, ReadOptions, read
from cs_core.importers.columns import lines
from tests.core.importers.helpers import accepted_and_not, column, records


def shuffled(text: str) -> str:
    """The same rows with their columns in another order, and two more of somebody's own."""
    header, *rows = csv.reader(io.StringIO(text))
    order = random.Random(len(header)).sample(range(len(header)), len(header))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["own note", *(header[i] for i in order), "社内メモ"])
    for number, row in enumerate(rows):
        writer.writerow([f"n{number}", *(row[i] for i in order), "x"])
    return out.getvalue()


@pytest.fixture(params=["as exported", "shuffled"])
def arrange(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Every vendor's file is read twice: order and extra columns must not matter."""
    return shuffled if request.param == "shuffled" else str


@pytest.fixture
def take_all(tmp_path: Path, arrange):
    """take_all({file name: text}): readings by file name."""

    def take_all_(files: dict[str, str], **options) -> dict[str, FileReading]:
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / name).write_text(arrange(text))
        readings = read([tmp_path / name for name in files], ReadOptions(**options), scratch)
        return {reading.file: reading for reading in readings.files}

    return take_all_


@pytest.fixture
def take(take_all):
    """take(text): the reading of one file."""

    def take_(text: str, name: str = "file.csv", **options) -> FileReading:
        reading = take_all({name: text}, **options)[name]
        accepted_and_not(reading)
        return reading

    return take_


def spans(reading: FileReading) -> list[tuple]:
    found = [
        (r["account_id"], str(r["start_date"]), r["end_date"] and str(r["end_date"]), r["mrr"])
        for r in records(reading, "subscriptions")
    ]
    return sorted(found, key=lambda item: item[:2])


# ---- months -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2024, 1, 31), date(2024, 2, 29), Fraction(1)),
        (date(2024, 1, 15), date(2024, 4, 15), Fraction(3)),
        (date(2023, 3, 1), date(2024, 3, 1), Fraction(12)),
        (date(2024, 1, 1), date(2024, 1, 8), Fraction(12, 52)),
        (date(2024, 1, 1), date(2024, 1, 11), Fraction(120, 365)),
        (date(2024, 1, 1), date(2024, 1, 1), None),
    ],
)
def test_months_in_a_billing_period(start, end, months):
    assert lines.months_between(start, end) == months


def test_an_amount_per_month_is_rounded_half_to_even_at_twelve_places():
    assert lines.per_month(Decimal(500), Fraction(3)) == Decimal("166.666666666667")
    assert lines.per_month(Decimal("0.000000000001"), Fraction(2)) == 0


# ---- Stripe invoices ----------------------------------------------------------------------

INVOICES = (
    "id,Customer,Subscription,Number,Status,Currency,Amount Due,Subtotal,Tax,Total,Amount Paid,"
    "Total Discount Amount,Date (UTC),Paid At (UTC),Period Start (UTC),Period End (UTC)\n"
)
# Stripe's own periods: the first invoice has none, a later one names the period just past.
ARREARS = INVOICES + (
    "in_1,cus_1,sub_1,1,paid,usd,29,29.00,2.9,31.90,31.90,,2024-01-10,,2024-01-10,2024-01-10\n"
    "in_2,cus_1,sub_1,2,paid,usd,29,29.00,2.9,31.90,31.90,,2024-02-10,,2024-01-10,2024-02-10\n"
    "in_3,cus_1,sub_1,3,paid,usd,49,59.00,4.9,53.90,53.90,10.00,2024-03-10,,2024-02-10,2024-03-10\n"
    "in_4,cus_2,,4,paid,usd,99,99.00,0,99,99,,2024-03-11,,2024-03-11,2024-03-11\n"
    "in_5,cus_1,sub_1,5,void,usd,49,59.00,4.9,53.90,0,,2024-03-12,,2024-02-10,2024-03-12\n"
)


def test_invoices_rebuild_the_history_of_a_subscription(take_all):
    reading = take_all({"invoices.csv": ARREARS})["invoices.csv"]
    assert reading.preset == "stripe_invoices"
    # The last invoice pays until 2024-04-10, beyond what the file knows: still running.
    assert spans(reading) == [
        ("cus_1", "2024-01-10", "2024-03-10", 29),
        ("cus_1", "2024-03-10", None, 49),
    ]
    assert [(row.line, row.code) for row in reading.set_aside] == [
        (5, "one_off"),
        (6, "not_billed"),
    ]


def test_invoices_in_advance_use_their_own_period(take_all):
    text = INVOICES + (
        "in_1,cus_1,sub_1,1,paid,jpy,12000,12000,1200,13200,13200,,2024-01-10,,2024-01-10,2025-01-10\n"
        "in_2,cus_2,sub_2,1,paid,jpy,3000,3000,300,3300,3300,,2024-03-01,,2024-03-01,2024-04-01\n"
    )
    assert spans(take_all({"invoices.csv": text})["invoices.csv"]) == [
        ("cus_1", "2024-01-10", None, 1000),
        ("cus_2", "2024-03-01", None, 3000),
    ]


SUBSCRIPTIONS = (
    "id,Customer ID,Plan,Quantity,Interval,Amount,Currency,Status,Cancellation Reason,"
    "Start Date (UTC),Current Period Start (UTC),Current Period End (UTC),Canceled At (UTC),"
    "Cancel At Period End,Ended At (UTC)\n"
    "sub_1,cus_1,pro,1,month,59.00,usd,canceled,too_expensive,2024-01-10,2024-03-10,2024-04-10,"
    "2024-03-20,true,2024-04-10\n"
    "sub_9,cus_9,pro,1,month,59.00,usd,active,,2024-02-10,2024-03-10,2024-04-10,,false,\n"
)


def test_stripe_files_together_count_nothing_twice(take_all):
    found = take_all({"invoices.csv": ARREARS, "subscriptions.csv": SUBSCRIPTIONS})
    assert spans(found["invoices.csv"]) == [
        ("cus_1", "2024-01-10", "2024-03-10", 29),
        ("cus_1", "2024-03-10", "2024-04-10", 49),
    ]
    [_, last] = records(found["invoices.csv"])
    assert (last["cancel_reason"], last["plan"]) == ("too_expensive", "pro")
    assert last["cancel_requested_at"] == date(2024, 3, 20)
    assert column(found["subscriptions.csv"], "account_id") == ["cus_9"]
    assert not found["subscriptions.csv"].set_aside


def test_stripe_customers_are_accounts(take):
    reading = take(
        "id,Description,Email,Name,Created (UTC),Delinquent,industry (metadata)\n"
        "cus_1,,a@x,Acme,2024-01-01 00:00,false,IT\n"
    )
    assert (reading.preset, reading.table) == ("stripe_customers", "accounts")
    [row] = records(reading)
    told = {"account_id": "cus_1", "name": "Acme", "Delinquent": "false", "industry": "IT"}
    assert {name: row[name] for name in told} == told
    assert row["source_line"] == 2


# ---- ChartMogul ---------------------------------------------------------------------------

CHARTMOGUL = {
    "customers.csv": "Name,Email,Company,Country,State,City,Zip,External ID,Lead created at\n"
    "Ann,a@x,Acme,US,,,,cus_1,2024-01-01\nBob,b@x,,JP,,,,cus_2,\n",
    "plans.csv": "Name,Interval count,Interval unit,Plan ID\n"
    "Gold,1,month,gold\nYearly,1,year,yearly\n",
    "invoices.csv": "Customer external ID,Invoice external ID,Invoiced date,Due date,Currency\n"
    "cus_1,inv_1,2024-01-01,,USD\ncus_1,inv_2,2024-02-01,,USD\ncus_1,inv_3,2024-02-16,,USD\n"
    "cus_2,inv_4,2024-01-15,,JPY\ncus_1,inv_5,2024-03-01,,USD\n",
    "line_items.csv": "Invoice external ID,External ID,Subscription external ID,Type,"
    "Amount in cents,Plan,Service period start,Service period end,Quantity,Proration,Discount code,"
    "Discount amount in cents,Tax amount in cents\n"
    "inv_1,li_1,sub_1,subscription,3190,Gold,2024-01-01,2024-02-01,1,FALSE,,0,290\n"
    "inv_2,li_2,sub_1,subscription,2900,Gold,2024-02-01,2024-03-01,1,FALSE,,0,0\n"
    # On 16 February, 14 of its 29 days being left, Gold 29 becomes Gold 58.
    "inv_3,li_3,sub_1,subscription,-1400,Gold,2024-02-16,2024-03-01,1,TRUE,,0,0\n"
    "inv_3,li_4,sub_1,subscription,2800,Gold,2024-02-16,2024-03-01,2,TRUE,,0,0\n"
    "inv_5,li_7,sub_1,subscription,5800,Gold,2024-03-01,2024-04-01,2,FALSE,,0,0\n"
    "inv_4,li_5,sub_2,subscription,12000,Yearly,2024-01-15,2025-01-15,1,FALSE,,0,0\n"
    "inv_4,li_6,,one_time,9900,,,,1,FALSE,,0,0\n"
    "inv_9,li_8,sub_3,subscription,100,Gold,2024-01-01,2024-02-01,1,FALSE,,0,0\n",
}


def test_chartmogul_line_items_with_proration(take_all):
    found = take_all(CHARTMOGUL)
    assert {name: (r.preset, r.table) for name, r in found.items()} == {
        name: ("chartmogul", "accounts" if name == "customers.csv" else "subscriptions")
        for name in CHARTMOGUL
    }
    assert spans(found["line_items.csv"]) == [
        ("cus_1", "2024-01-01", "2024-02-16", 29),
        ("cus_1", "2024-02-16", None, 58),
        ("cus_2", "2024-01-15", None, 1000),
    ]
    assert [(row.line, row.code) for row in found["line_items.csv"].set_aside] == [
        (8, "one_off"),
        (9, "unknown_invoice"),
    ]
    assert column(found["customers.csv"], "name") == ["Acme", "Bob"]
    assert not any(r.set_aside for n, r in found.items() if n != "line_items.csv")


EVENTS = (
    "External ID,Subscription external ID,Customer external ID,Plan external ID,Date,"
    "Effective Date,Event Type,Currency,Amount in Cents,Quantity\n"
    "e1,sub_1,cus_1,gold,2024-01-01,2024-01-01,subscription_start,USD,2900,1\n"
    "e2,sub_1,cus_1,yearly,2024-03-01,2024-03-05,subscription_updated,USD,34800,1\n"
    "e3,sub_1,cus_1,yearly,2024-06-01,2024-07-01,subscription_cancellation_scheduled,USD,,\n"
    "e4,sub_1,cus_1,yearly,2024-07-01,2024-07-01,subscription_cancelled,USD,,\n"
    "e5,sub_2,cus_2,nope,2024-01-01,2024-01-01,subscription_start,USD,2900,1\n"
)


def test_chartmogul_events_alone_make_lines(take_all):
    found = take_all({"events.csv": EVENTS, "plans.csv": CHARTMOGUL["plans.csv"]})
    # 2900 cents a month; 34800 cents a year are 29 a month.
    assert spans(found["events.csv"]) == [
        ("cus_1", "2024-01-01", "2024-03-05", 29),
        ("cus_1", "2024-03-05", "2024-07-01", 29),
    ]
    assert [(row.line, row.code) for row in found["events.csv"].set_aside] == [(6, "unknown_plan")]


def test_chartmogul_events_beside_line_items_only_cancel(take_all):
    events = EVENTS.splitlines()[0] + "\n"
    events += "e9,sub_2,cus_2,yearly,2024-05-01,2024-05-01,subscription_cancelled,JPY,,\n"
    found = take_all({**CHARTMOGUL, "events.csv": events})
    assert ("cus_2", "2024-01-15", "2024-05-01", 1000) in spans(found["line_items.csv"])
    assert found["events.csv"].tables == []


# ---- others -------------------------------------------------------------------------------


def test_baremetrics_amounts_are_minor_units(take):
    reading = take(
        "plan_oid,plan_name,plan_currency,plan_amount,plan_interval,plan_interval_count,"
        "customer_oid,customer_name,customer_email,subscription_oid,subscription_started_at,"
        "subscription_canceled_at,subscription_quantity\n"
        "p1,Pro,usd,2999,month,1,c1,Acme,a@x,s1,2024-01-01,2024-06-01,2\n"
        "p2,Pro JP,jpy,3000,year,1,c2,Beta,b@x,s2,1704067200,,1\n"
    )
    first, second = records(reading)
    assert (reading.preset, first["amount"], first["quantity"]) == (
        "baremetrics",
        Decimal("29.99"),
        2,
    )
    assert (first["end_date"], first["plan"], first["currency"]) == (date(2024, 6, 1), "Pro", "USD")
    assert (second["amount"], second["start_date"]) == (3000, date(2024, 1, 1))
    assert column(reading, "name", "accounts") == ["Acme", "Beta"]


def test_chargebee_months_are_joined(take):
    rows = [
        ("2024-01", "10.50"), ("2024-02", "10.50"), ("2024-03", "21.00"), ("2024-05", "21.00"),
        ("2024-06", "0"),
    ]  # fmt: skip
    text = (
        "id,customer_id,subscription_id,reporting_month,status,billing_currency_code,"
        "mrr_billing_currency,mrr_previous_billing_currency,exchange_rate\n"
    )
    text += "".join(f"{i},c1,s1,{m},active,EUR,{v},0,1\n" for i, (m, v) in enumerate(rows))
    text += "9,c2,s2,2024-06,active,EUR,5.00,0,1\n"
    reading = take(text)
    assert reading.preset == "chargebee_mrr"
    assert spans(reading) == [
        ("c1", "2024-01-01", "2024-03-01", Decimal("10.5")),
        ("c1", "2024-03-01", "2024-04-01", 21),
        ("c1", "2024-05-01", "2024-06-01", 21),
        ("c2", "2024-06-01", None, 5),
    ]
    assert reading.matrix_until == date(2024, 6, 30)


RECURLY = (
    "uuid,account_code,email,plan_code,state,quantity,unit_amount,activated_at,canceled_at,"
    "expires_at,modified_at\n"
    "u1,acme,a@x,gold-annual,active,2,1200.00,2024-01-05 10:00:00 UTC,,,2024-01-05\n"
    "u2,beta,b@x,silver,canceled,1,30.00,2024-01-05 10:00:00 UTC,2024-03-01 09:00:00 UTC,"
    "2024-03-05 10:00:00 UTC,2024-03-01\n"
)


def test_recurly_intervals_come_from_the_plan_or_are_said_to_be_assumed(take):
    reading = take(RECURLY)
    first, second = records(reading)
    assert (first["interval"], first["amount"], first["quantity"]) == ("year", 1200, 2)
    assert (second["interval"], second["status"]) == ("month", "canceled")
    assert second["cancel_requested_at"] == date(2024, 3, 1)
    assert second["end_date"] == date(2024, 3, 5)
    [note] = [note for note in reading.notes if note.code == "interval_assumed"]
    assert (note.severity, note.count, note.examples) == ("warning", 1, [(3, "silver")])


def test_constants_add_to_a_preset(take):
    reading = take(RECURLY, mapping=Mapping("subscriptions", {}, {"interval": "quarter"}))
    assert (reading.preset, column(reading, "interval")) == ("recurly", ["quarter", "quarter"])


@pytest.mark.shared
def test_recurly_seeds(shared, tmp_path):
    paths = sorted((shared / "recurly").glob("*.csv"))
    found = {r.file: r for r in read(paths, ReadOptions(), tmp_path).files}
    assert len(found) == 18
    assert all(r.table or len(r.set_aside) == r.rows_read for r in found.values())
    history = found["subscription_history_data.csv"]
    assert (history.preset, history.rows_read, history.set_aside) == ("fivetran_recurly", 5, [])
    lines_ = [(str(r["start_date"]), r["end_date"], r["mrr"]) for r in records(history)]
    # Two history rows of the subscription of 2015-02-11 tell of the same price: one line.
    assert sorted(lines_, key=str) == [
        ("2015-02-11", None, 99),
        ("2015-02-13", None, 5596),
        ("2019-03-26", date(2019, 3, 26), 99),
        ("2019-03-26", date(2019, 3, 26), 99),
    ]
    accounts = found["account_history_data.csv"]
    assert len(records(accounts)) == 4  # five rows, one account twice
    assert found["transaction_data.csv"].table is None


@pytest.mark.shared
def test_recharge_seeds(shared, tmp_path):
    paths = sorted((shared / "recharge").glob("*.csv"))
    found = {r.file: r for r in read(paths, ReadOptions(), tmp_path).files}
    assert len(found) == 18
    [first, second] = records(found["subscription_history_data.csv"])
    assert (first["amount"], first["interval"], first["interval_count"]) == (
        Decimal("18.45"),
        "day",
        28,
    )
    assert (first["start_date"], first["end_date"]) == (date(2022, 6, 5), date(2022, 9, 7))
    assert (second["interval_count"], second["end_date"]) == (45, None)
    assert records(found["subscription_data.csv"]) == []  # the history tells the same
    assert not found["subscription_data.csv"].set_aside
    assert column(found["customer_data.csv"], "name") == ["First01 Last01", "First02 Last02"]


def test_recharge_history_gives_each_price_its_time(take):
    reading = take(
        "subscription_id,updated_at,customer_id,created_at,cancelled_at,price,quantity,status,"
        "cancellation_reason,order_interval_unit,charge_interval_frequency,product_title\n"
        "1,2024-03-01 08:00:00,c,2024-01-01,,20,1,ACTIVE,,month,1,Tea\n"
        "1,2024-01-01 08:00:00,c,2024-01-01,,10,1,ACTIVE,,month,1,Tea\n"
        "1,2024-05-01 08:00:00,c,2024-01-01,2024-05-01,20,1,CANCELLED,price,month,1,Tea\n"
    )
    lines_ = sorted(
        (str(r["start_date"]), str(r["end_date"]), r["amount"]) for r in records(reading)
    )
    assert lines_[:2] == [("2024-01-01", "2024-03-01", 10), ("2024-03-01", "2024-05-01", 20)]
    assert lines_[2:] in ([], [("2024-05-01", "2024-05-01", 20)])


def test_dbt_line_items(take):
    head = (
        "header_id,line_item_id,line_item_index,record_type,created_at,currency,quantity,"
        "unit_amount,discount_amount,tax_amount,billing_type,subscription_id,subscription_plan,"
        "subscription_period_started_at,subscription_period_ended_at,customer_id,customer_company\n"
    )
    reading = take(
        head + "h1,1,1,line_item,2024-01-01,usd,2,15,6,3,,s1,pro,2024-01-01,2024-02-01,c1,Acme\n"
        "h2,1,1,line_item,2024-02-01,usd,2,15,6,3,,s1,pro,2024-02-01,2024-03-01,c1,Acme\n"
        "h2,,0,header,2024-02-01,usd,,,,,,,,,,c1,Acme\n"
        "h3,1,1,line_item,2024-02-01,usd,1,99,0,0,one_time,,,,,c1,Acme\n"
    )
    assert reading.preset == "fivetran_line_items"
    assert spans(reading) == [("c1", "2024-01-01", None, 24)]
    assert [(row.line, row.code) for row in reading.set_aside] == [
        (4, "not_billed"),
        (5, "one_off"),
    ]
    assert column(reading, "name", "accounts") == ["Acme"]


def test_zendesk_tickets_find_their_account_by_name(take_all):
    found = take_all(
        {
            "tickets.csv": "Id,Requester,Requester email,Organization,Subject,Status,Priority,"
            "Created at,Updated at,Solved at,Satisfaction Score\n"
            "1,Ann,a@x,Acme,Help,Solved,High,2024-04-01 10:00,2024-04-02,2024-04-03 09:00,Good\n"
            "2,Bob,b@x,Other,Help,Open,Low,2024-04-05 10:00,2024-04-05,,Offered\n",
            "accounts.csv": "account_id,name\nA-1,ACME\n",
        }
    )
    tickets = found["tickets.csv"]
    assert (tickets.preset, tickets.table) == ("zendesk_tickets", "tickets")
    first, second = records(tickets)
    assert (first["account_id"], second["account_id"]) == ("A-1", "Other")
    assert (first["opened_at"], first["closed_at"]) == (date(2024, 4, 1), date(2024, 4, 3))
    assert (first["priority"], first["satisfaction"]) == ("High", 1)
    assert second["satisfaction"] is None


@pytest.mark.parametrize(
    ("text", "preset"),
    [
        ("Record ID,Company name,Company owner,Create Date,Industry\n77,Acme,Kim,2024-01-01,IT\n",
         "hubspot_companies"),
        ("Account Name,Account ID,Account Owner,Type,Industry\nAcme,77,Kim,Customer,IT\n",
         "salesforce_accounts"),
        ("Id,Name,OwnerId,Industry,CreatedDate,BillingCountry\n77,Acme,5,IT,2024-01-01,US\n",
         "salesforce_accounts"),
    ],
)  # fmt: skip
def test_accounts_of_crms(take, text, preset):
    reading = take(text)
    assert (reading.preset, reading.table) == (preset, "accounts")
    [row] = records(reading)
    assert (row["account_id"], row["name"], row["Industry"]) == ("77", "Acme", "IT")


def test_recurly_needs_its_amounts(take):
    reading = take(RECURLY.replace("30.00", "free"))
    assert [(row.column, row.code) for row in reading.set_aside] == [("unit_amount", "unparsable")]


def test_stripe_amount_units_can_be_told(take):
    text = SUBSCRIPTIONS.replace("59.00", "71")
    with pytest.raises(InputError):
        take(text)
    told = Mapping("subscriptions", {}, {"amount_unit": "minor"})
    assert column(take(text, mapping=told), "amount") == [Decimal("0.71")] * 2
    told = Mapping("subscriptions", {}, {"amount_unit": "major"})
    assert column(take(text, mapping=told), "amount") == [71, 71]
    assert column(take(text, amount_unit="minor"), "amount") == [Decimal("0.71")] * 2
