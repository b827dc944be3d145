"""Changes of MRR are added up to what each account pays, or asked about; never taken for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cs_core.errors import InputError
from tests.core.importers.helpers import records

SIGNED = [("A", "2024-01-05", "100"), ("B", "2024-02-01", "200"), ("A", "2024-03-10", "50"),
          ("B", "2024-04-15", "-200"), ("A", "2024-05-10", "-30")]  # fmt: skip
LEVELS = [
    ("A", "2024-01-05", "2024-03-10", 100),
    ("A", "2024-03-10", "2024-05-10", 150),
    ("A", "2024-05-10", None, 120),
    ("B", "2024-02-01", "2024-04-15", 200),
]
KINDS = {
    "english": ("new_biz", "new_biz", "expansion", "churn", "contraction"),
    "sales": ("signup", "signup", "upsell", "lost", "downgrade"),
    "reasons": ("New business", "new", "Upgrade", "churned (voluntary)", "downsell"),
    "japanese": ("新規", "新規獲得", "アップセル", "解約", "ダウングレード"),
}


def lines(reading):
    found = []
    for row in records(reading):
        amount = row["mrr"] if row.get("mrr") is not None else row["amount"]
        end = row["end_date"]
        found.append((row["account_id"], f"{row['start_date']}", end and f"{end}", amount))
    return sorted(found)


def text(header, kinds, *, signed=True):
    rows = [
        f"{who},{day},{kind},{change if signed else change.lstrip('-')}"
        for (who, day, change), kind in zip(SIGNED, kinds, strict=True)
    ]
    return "\n".join([header, *rows, ""])


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("kinds", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize(
    "header",
    [
        "Customer,Date,Type,MRR movement",
        "customer_id,activity_date,activity_type,mrr_change",
        "account_id,start_date,movement_type,mrr",
        "顧客ID,変更日,変更区分,増減額",
    ],
)
def test_changes_are_added_up(take, header, kinds, signed):
    reading = take(text(header, kinds, signed=signed))
    assert lines(reading) == LEVELS
    assert "changes_added_up" in {note.code for note in reading.notes}


def test_amounts_of_what_happened_need_their_interval_and_no_more(take):
    table = text("date,customer_id,type,amount".replace("date,customer_id", "customer_id,date"),
                 KINDS["sales"])  # fmt: skip
    assert take(table).table is None
    assert lines(take(table, amount_per="month")) == LEVELS


def test_what_is_paid_from_then_on_stays_what_it_is(take):
    reading = take(
        "customer_id,event_date,event_type,mrr\nA,2024-01-05,new,100\nA,2024-03-10,upgrade,150\n"
        "A,2024-05-10,downgrade,120\nB,2024-02-01,new,200\nB,2024-04-15,churn,0\n"
    )
    assert lines(reading) == LEVELS


def test_a_stated_level_beside_a_change_is_the_level(take):
    reading = take(
        "Customer,Type,MRR Change,Previous MRR,New MRR,Date\n"
        "A,New,100,0,100,2024-01-05\nA,Expansion,50,100,150,2024-03-10\n"
        "A,Contraction,-30,150,120,2024-05-10\nB,New,200,0,200,2024-02-01\n"
        "B,Churn,-200,200,0,2024-04-15\n"
    )
    assert lines(reading) == LEVELS


def test_a_column_for_each_kind_of_movement(take):
    reading = take(
        "month,customer,new_mrr,expansion_mrr,contraction_mrr,churned_mrr\n2024-01,A,100,0,0,0\n"
        "2024-03,A,0,50,0,0\n2024-02,B,200,0,0,0\n2024-04,B,0,0,0,200\n2024-05,A,0,0,30,0\n"
    )
    assert [line[3] for line in lines(reading)] == [100, 150, 120, 200]
    assert lines(reading)[3][2] == "2024-04-01"
    assert reading.matrix_until == date(2024, 5, 31)


def test_amounts_that_may_be_either_are_asked(take):
    table = "account_id,month,mrr\nA,2024-01,100\nA,2024-03,50\nA,2024-05,-30\nB,2024-05,10\n"
    with pytest.raises(InputError) as refusal:
        take(table)
    assert refusal.value.code == "amounts_unsure"
    assert (refusal.value.fields["level"], refusal.value.fields["change"]) == ("10.00", "130.00")
    assert [line[3] for line in lines(take(table, amount_is="change"))] == [100, 150, 120, 10]
    assert Decimal(-30) in [line[3] for line in lines(take(table, amount_is="level"))]


def test_changes_whose_beginning_is_missing_are_refused_with_their_line(take):
    with pytest.raises(InputError) as refusal:
        take("customer_id,date,type,mrr_change\nA,2024-01-05,new,10\nB,2024-02-01,churn,-20\n")
    assert refusal.value.code == "changes_below_zero"
    assert refusal.value.fields["line"] == 3
    assert refusal.value.fields["account"] == "B"
