"""Vendors' files and the shapes spreadsheets come in."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest

from cs_core.errors import InputError
from cs_core.importers import Mapping, ReadOptions, read
from cs_core.importers.columns import headers
from tests.core.importers.helpers import column, records

STRIPE = (
    "id,Customer ID,Customer Name,Customer Email,Product,Plan,Quantity,Interval,Amount,Currency,"
    "Status,Cancellation Reason,Created (UTC),Start (UTC),Start Date (UTC),"
    "Current Period Start (UTC),Current Period End (UTC),Trial Start (UTC),Trial End (UTC),"
    "Canceled At (UTC),Cancel At Period End,Ended At (UTC),region (metadata)"
)


def stripe(*rows: dict[str, str], shuffle: bool = False) -> str:
    names = STRIPE.split(",")
    if shuffle:
        random.Random(3).shuffle(names)
    usual = {
        "id": "sub_1", "Customer ID": "cus_1", "Plan": "gold", "Quantity": "1",
        "Interval": "month", "Amount": "29.00", "Currency": "usd", "Status": "active",
        "Start Date (UTC)": "2024-01-05 10:00", "Cancel At Period End": "false",
    }  # fmt: skip
    lines = [",".join({**usual, **row}.get(name, "") for name in names) for row in rows]
    return "\n".join([",".join(names), *lines]) + "\n"


def test_stripe_subscriptions_in_any_column_order(take):
    reading = take(
        stripe(
            {"Customer Name": "Acme", "Quantity": "2", "region (metadata)": "EU", "Product": "p"},
            {
                "id": "sub_2",
                "Status": "canceled",
                "Cancellation Reason": "too_expensive",
                "Trial End (UTC)": "2024-01-19 10:00",
                "Canceled At (UTC)": "2024-03-20 08:00",
                "Cancel At Period End": "true",
                "Ended At (UTC)": "2024-04-05 10:00",
            },
            shuffle=True,
        )
    )
    assert (reading.preset, reading.table) == ("stripe_subscriptions", "subscriptions")
    first, second = records(reading)
    assert first["subscription_id"] == "sub_1"
    assert (first["amount"], first["quantity"], first["interval"]) == (29, 2, "month")
    assert (first["currency"], first["region"], first["auto_renew"]) == ("USD", "EU", True)
    assert second["trial_end"] == date(2024, 1, 19)
    assert second["cancel_requested_at"] == date(2024, 3, 20)
    assert second["end_date"] == date(2024, 4, 5)
    assert (second["cancel_reason"], second["auto_renew"]) == ("too_expensive", False)
    assert column(reading, "name", "accounts") == ["Acme"]


def test_a_past_due_stripe_subscription_starts_anew_when_it_became_due(take):
    reading = take(stripe({"Status": "past_due", "Current Period Start (UTC)": "2024-05-05 10:00"}))
    lines = [
        (r["start_date"], r["end_date"], r["status"], r["source_line"]) for r in records(reading)
    ]
    assert lines == [
        (date(2024, 1, 5), date(2024, 5, 5), "active", 2),
        (date(2024, 5, 5), None, "past_due", 2),
    ]


def test_a_stripe_subscription_never_completed_is_set_aside(take):
    reading = take(stripe({}, {"id": "sub_2", "Status": "incomplete_expired"}))
    assert [(row.line, row.code) for row in reading.set_aside] == [(3, "never_started")]


def test_stripe_cents_are_decided_by_the_values(take):
    cents = take(stripe({"Amount": "2900"}, {"Amount": "4999"}))
    assert column(cents, "amount") == [Decimal("29"), Decimal("49.99")]
    assert "minor_units" in {note.code for note in cents.notes}
    assert column(take(stripe({"Amount": "29.5"}, {"Amount": "4999"})), "amount") == [
        Decimal("29.5"),
        Decimal(4999),
    ]
    assert column(take(stripe({"Amount": "2900", "Currency": "jpy"})), "amount") == [2900]
    with pytest.raises(InputError) as refusal:
        take(stripe({"Amount": "29"}, {"Amount": "71"}))
    assert refusal.value.code == "amount_unit_unsure"


def test_a_given_table_leaves_its_presets(take):
    reading = take(stripe({}), tables={"file.csv": "subscriptions"})
    assert reading.preset == "stripe_subscriptions"


MATRIX = (
    "顧客コード,会社名,業種,2024年4月,2024年5月,2024年6月,2024年8月,合計\n"
    '001,青葉,製造,"1,000","1,000","1,200",,3200\n'
    "002,ミナト,IT,-,500,500,500,1500\n"
    "003,森,IT,100,bad,1,1,\n"
    "002,ミナト,IT,1,,,,1\n"
    '合計,,,"1,001","1,500","1,700",500,\n'
)


def _matrix(*foot, label="Total", count=4):
    rows = [(f"Client {n}", 10 * n, 0 if n == 2 else 7 * n, 5) for n in range(1, count + 1)]
    total = (label, *(sum(row[k] for row in rows) for k in (1, 2, 3)))
    lines = ["Customer,2024-01,2024-02,2024-03", *(",".join(map(str, r)) for r in [*rows, total])]
    return "\n".join([*lines, *foot]) + "\n"


@pytest.mark.parametrize("label", ["Total", "合計", "Grand total:"])
@pytest.mark.parametrize("foot", [(), ("", "Source: finance team"), (",,,", "*estimated,,,", "")])
def test_a_total_is_no_customer_wherever_it_stands(take, label, foot):
    reading = take(_matrix(*foot, label=label))
    assert {r["account_id"] for r in records(reading)} == {f"Client {n}" for n in range(1, 5)}
    assert {row.code for row in reading.set_aside} <= {"total_row", "ragged"}
    above = _matrix(label=label).splitlines()
    first = take("\n".join([above[0], above[-1], *above[1:-1]]) + "\n")
    assert {r["account_id"] for r in records(first)} == {f"Client {n}" for n in range(1, 5)}


def test_a_row_that_is_the_sum_of_the_others_is_asked_about(take):
    text = _matrix("", "Source: finance team", label="All clients")
    asked = take(text)
    note = next(note for note in asked.notes if note.code == "adds_up")
    assert (note.severity, note.option, note.examples) == (
        "question", "--totals", [(6, "All clients")],
    )  # fmt: skip
    assert "All clients" not in {r["account_id"] for r in records(asked)}
    kept = take(text, totals="keep")
    assert "All clients" in {r["account_id"] for r in records(kept)}
    gone = take(text, totals="set-aside")
    assert not [note for note in [*kept.notes, *gone.notes] if note.code == "adds_up"]
    # One account that pays what the other does is no total, nor is a row a yen off in one month.
    assert len(records(take(_matrix(label="B", count=1)))) > 0
    assert take(_matrix(label="B", count=1)).notes == []
    assert take(text.replace("All clients,100", "All clients,101")).notes == []


def test_a_matrix_becomes_intervals(take):
    reading = take(MATRIX)
    assert (reading.preset, reading.rows_read) == ("mrr_matrix", 5)
    assert reading.matrix_until == date(2024, 8, 31)
    lines = [
        (r["source_line"], r["account_id"], r["start_date"], r["end_date"], r["mrr"])
        for r in records(reading)
    ]
    assert lines == [
        (2, "001", date(2024, 4, 1), date(2024, 6, 1), 1000),
        (2, "001", date(2024, 6, 1), date(2024, 8, 1), 1200),
        (3, "002", date(2024, 5, 1), None, 500),
        (5, "002", date(2024, 4, 1), date(2024, 5, 1), 1),
    ]
    assert [(row.line, row.column, row.code) for row in reading.set_aside] == [
        (4, "2024年5月", "unparsable"),
        (6, "顧客コード", "total_row"),
    ]
    assert records(reading, "accounts")[0] == {
        "account_id": "001", "name": "青葉", "業種": "製造", "source_line": 2,
    }  # fmt: skip
    notes = {note.code: note for note in reading.notes}
    assert notes["duplicate_account"].examples == [(3, "002"), (5, "002")]
    assert notes["matrix_month_missing"].examples == [(1, "2024-07")]
    assert notes["dash_as_nothing"].count == 1


@pytest.mark.parametrize(
    "header",
    [
        "2024-04", "2024/04", "2024/4", "2024.04", "202404", "2024年4月", "2024年04月",
        "2024年4月度",
        "令和6年4月", "R6.4", "Apr-24", "Apr 2024", "April 2024", "24-Apr", "2024 Apr", "Apr '24",
        "04/2024", "4/2024", "2024-04-01", "2024-04-30", "MRR 2024-04", "２０２４年４月",
    ],
)  # fmt: skip
def test_months_in_many_spellings(header):
    assert headers.month_of(header) == (2024, 4)


@pytest.mark.parametrize("header", ["2024", "month", "2024-13", "2024-04-15", "Plan 12", "Q1 2024"])
def test_what_names_no_month(header):
    assert headers.month_of(header) is None


def test_a_matrix_in_falling_order_and_with_plans(take):
    reading = take("customer,plan,May-24,Apr-24\nA,gold,20,10\nA,silver,5,5\nB,gold,0,7\n")
    lines = [
        (r["account_id"], r["plan"], r["start_date"].month, r["end_date"], r["mrr"])
        for r in records(reading)
    ]
    assert lines == [
        ("A", "gold", 4, date(2024, 5, 1), 10),
        ("A", "gold", 5, None, 20),
        ("A", "silver", 4, None, 5),
        ("B", "gold", 4, date(2024, 5, 1), 7),
    ]
    assert "duplicate_account" not in {note.code for note in reading.notes}


def test_a_matrix_whose_account_column_is_not_clear_is_asked_about(take):
    text = "x,y,2024-04,2024-05\nA,1,1,2\n"
    with pytest.raises(InputError) as refusal:
        take(text)
    assert refusal.value.code == "mapping_unsure"
    reading = take(text, mapping=Mapping("subscriptions", {"y": "account_id"}))
    assert (reading.preset, column(reading, "account_id")) == ("mrr_matrix", ["1", "1"])


@pytest.mark.shared
def test_telco(take, shared):
    reading = take((shared / "telco" / "Telco-Customer-Churn.csv").read_bytes())
    assert (reading.preset, reading.table, reading.rows_read) == ("tenure", "tenures", 7043)
    churned = column(reading, "churned")
    tenures = column(reading, "tenure_months")
    assert (churned.count(False), churned.count(True)) == (5174, 1869)
    assert float(sum(tenures)) / len(tenures) == pytest.approx(32.371149, abs=5e-7)
    assert tenures.count(0) == 11
    assert "Contract" in reading.tables[0].segments
    assert "TotalCharges" not in reading.tables[0].segments  # it tells the tenure


@pytest.mark.shared
def test_ravenstack_is_joined_and_its_contradictions_are_reported(shared, tmp_path):
    paths = sorted((shared / "ravenstack").glob("*.csv"))
    readings = {r.file: r for r in read(paths, ReadOptions(), tmp_path).files}
    by_part = {name.removeprefix("ravenstack_"): r for name, r in readings.items()}
    assert {name: r.rows_read for name, r in by_part.items()} == {
        "accounts.csv": 500,
        "churn_events.csv": 600,
        "feature_usage.csv": 25000,
        "subscriptions.csv": 5000,
        "support_tickets.csv": 2000,
    }
    assert not any(r.set_aside for r in by_part.values())
    lines = records(by_part["subscriptions.csv"])
    assert sum(row["mrr"] == 0 for row in lines) == 778  # every trial
    assert all((row["is_trial"] == "TRUE") == (row["mrr"] == 0) for row in lines)
    usage = records(by_part["feature_usage.csv"])
    owner = {row["subscription_id"]: row["account_id"] for row in lines}
    assert usage[0]["account_id"] == owner["S-0fcf7d"]
    notes = {name: {n.code: n for n in r.notes} for name, r in by_part.items()}
    assert notes["feature_usage.csv"]["duplicate_event_id"].count == 21
    # A-37f969's event of 2024-06-25, on line 3, has no end of a subscription within 31 days.
    assert notes["churn_events.csv"]["churn_event_without_end"].examples[0] == (3, "A-37f969")
    # A-43a9e3, on line 3, is flagged as churned and has open subscriptions.
    assert notes["accounts.csv"]["account_flag_contradicts"].examples[0] == (3, "A-43a9e3")
    assert "churn_flag_contradicts" not in notes["subscriptions.csv"]
    assert sum(bool(row["cancel_reason"]) for row in lines) > 6  # ends on the very day of an event


@pytest.mark.shared
def test_ravenstack_usage_alone_has_no_accounts(take, shared):
    path = shared / "ravenstack" / "ravenstack_feature_usage.csv"
    lines = path.read_text().splitlines()[:11]
    reading = take("\n".join(lines))
    assert {row.code for row in reading.set_aside} == {"unknown_subscription"}
    assert len(reading.set_aside) == reading.rows_read == 10
