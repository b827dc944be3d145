"""Dates, numbers and words in every form, decided by the whole column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cs_core.errors import InputError
from cs_core.importers import Mapping
from cs_core.importers.cells import dates, numbers, words
from tests.core.importers.helpers import column, records

APRIL = date(2024, 4, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2024-04-01", "2024/4/1", "2024.4.1", "20240401", "2024年4月1日", "令和6年4月1日", "R6.4.1",
        "R6/4/1", "r06.04.01", "２０２４年４月１日",
        "2024年4月", "2024-04", "202404", "April 1, 2024",
        "1 April 2024", "Apr 1, 2024", "1-Apr-24", "Apr 2024", "2024-04-01T09:30:00Z",
        "2024-04-01 09:30:00+09:00", "2024-04-01 09:30:00.123 UTC", "2024/4/1 9:30",
        "2024-04-01T23:59:59.999999", "2024年4月1日(月)", "2024/04/01 (月)", "1711929600",
        "1711929600000", "45383", "45383.75", " 2024-04-01 ",
    ],
)  # fmt: skip
def test_the_first_of_april_in_every_form(text):
    assert dates.readings(text) == {"*": APRIL}


def test_eras_turn_where_history_says():
    # Reiwa began on 2019-05-01; Heisei 31 is the same year.
    assert dates.readings("令和元年5月1日") == {"*": date(2019, 5, 1)}
    assert dates.readings("平成31年4月30日") == {"*": date(2019, 4, 30)}
    assert dates.readings("S64.1.7") == {"*": date(1989, 1, 7)}


@pytest.mark.parametrize("text", ["2024-02-30", "13/13/2024", "soon", "NA", "0", "12", "1e5", ""])
def test_what_is_no_date(text):
    assert not dates.readings(text)


def start(take, *texts, **options):
    rows = "".join(f"A{i},{text},1\n" for i, text in enumerate(texts))
    return take(f"account_id,start_date,mrr\n{rows}", **options)


def test_the_column_decides_day_or_month_first(take):
    assert column(start(take, "1/4/2024", "25/12/2024"), "start_date") == [
        APRIL,
        date(2024, 12, 25),
    ]
    assert column(start(take, "4/1/2024", "12/25/2024"), "start_date") == [
        APRIL,
        date(2024, 12, 25),
    ]
    assert start(take, "4/1/2024", "12/25/2024").date_order == "mdy"


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (("1/4/2024", "2/4/2024"), "ambiguous_dates"),
        (("01/02/03",), "ambiguous_dates"),
        (("25/12/24", "12/25/24"), "contradictory_dates"),
    ],
)
def test_what_the_column_cannot_decide_is_asked(take, texts, code):
    with pytest.raises(InputError) as refusal:
        start(take, *texts)
    assert refusal.value.code == code
    assert refusal.value.fields["option"] == "--date-order"


def test_the_persons_order_is_used_and_misfits_are_set_aside(take):
    reading = start(take, "1/4/2024", "12/25/2024", date_order="dmy")
    assert column(reading, "start_date") == [APRIL]
    assert [(row.value, row.code) for row in reading.set_aside] == [("12/25/2024", "unparsable")]


def test_an_order_that_fits_no_value_of_a_column_does_not_spoil_it(take):
    reading = start(take, "25/12/2024", "13/1/2025", date_order="ymd")
    assert column(reading, "start_date") == [date(2024, 12, 25), date(2025, 1, 13)]


def test_the_same_day_either_way_needs_no_answer(take):
    assert column(start(take, "1/1/2024", "2/2/2024"), "start_date") == [
        date(2024, 1, 1),
        date(2024, 2, 2),
    ]


def test_times_of_day_are_left_off(take):
    reading = start(
        take, "2024-04-01 09:30:15.5 UTC", "2024-04-01T23:59:59+09:00", "2024-04-01 25:00"
    )
    assert column(reading, "start_date") == [APRIL] * 2
    assert [row.value for row in reading.set_aside] == ["2024-04-01 25:00"]


def test_unambiguous_forms_may_mix(take):
    reading = start(take, "2024-04-01", "2024/4/1", "令和6年4月1日", "45383")
    assert column(reading, "start_date") == [APRIL] * 4


def test_open_ends_and_impossible_days(take):
    reading = take(
        "account_id,start_date,end_date,mrr\n"
        "A,2024-04-01,9999-12-31,1\n"
        "B,2024-04-01,2201-01-01,1\n"
        "C,2024-04-01,2200-12-31,1\n"
        "D,0001-01-01,,1\n"
        "E,9999-12-31,,1\n"
    )
    assert column(reading, "end_date") == [None, None, date(2200, 12, 31)]
    assert [(row.line, row.column, row.code) for row in reading.set_aside] == [
        (5, "start_date", "date_out_of_range"),
        (6, "start_date", "date_out_of_range"),
    ]
    [note] = [note for note in reading.notes if note.code == "open_end"]
    assert (note.column, note.count, note.examples[0]) == ("end_date", 2, (2, "9999-12-31"))


def exact(text: str, comma: bool = False) -> Decimal | None:
    written = numbers.take_apart(text)
    return None if written is None else numbers.value(written, comma)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1200", "1200"), ("1,200", "1200"), ("1,234.50", "1234.50"), ("¥1,200", "1200"),
        ("￥100", "100"), ("\\1,200", "1200"), ("1,200円", "1200"), ("$99", "99"), ("-$99", "-99"),
        ("$-99", "-99"), ("(50)", "-50"), ("(1,200)", "-1200"), ("△1,200", "-1200"),
        ("▲50", "-50"), ("−50", "-50"), ("50-", "-50"), ("１２００", "1200"),
        ("１，２００", "1200"),
        ("120万円", "1200000"), ("1.5万", "15000"), ("1億2000万円", "120000000"),
        ("12万3,456円", "123456"),
        ("3千円", "3000"), ("99 ", "99"), (" 99", "99"), ("USD 1,200.50", "1200.50"),
        ("1,200 EUR", "1200"), ("1 200", "1200"), ("1'200.50", "1200.50"), ("12,34,567", "1234567"),
        ("1e5", "100000"), ("$29/mo", "29"), ("+5", "5"), ("0.1", "0.1"),
    ],
)  # fmt: skip
def test_numbers_in_every_form(text, value):
    assert exact(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "value"), [("1.200,50 €", "1200.50"), ("12,5", "12.5"), ("1.200", "1200")]
)
def test_numbers_with_decimal_commas(text, value):
    assert exact(text, comma=True) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    ["NaN", "inf", "-Infinity", "1e309", "1e-9999999", "12,5", "1,2,3", "abc", "1.2.3", "要相談"],
)
def test_what_is_no_number(text):
    assert exact(text) is None


def test_thirteenth_place_rounds_half_to_even():
    assert exact("0.0000000000005") == Decimal("0E-12")
    assert exact("0.0000000000015") == Decimal("0.000000000002")


def mrr(take, *texts):
    rows = "".join(f'A{i},2024-04-01,"{text}"\n' for i, text in enumerate(texts))
    return take(f"account_id,start_date,mrr\n{rows}")


def test_a_column_with_both_conventions_and_open_values_is_refused(take):
    with pytest.raises(InputError) as refusal:
        mrr(take, "1.234,50", "1,234.50", "1,234")
    assert refusal.value.code == "mixed_decimals"


def semicolons(take, *texts, **options):
    rows = "".join(f"A{i};2024-04-01;{text};{rest}\n" for i, (text, rest) in enumerate(texts))
    return take(f"account_id;start_date;mrr;weight\n{rows}", **options)


def test_thousands_or_decimals_between_semicolons_are_told_by_the_other_cells_or_asked(take):
    assert column(semicolons(take, ("1.200", "0,5"), ("3.400", "1")), "mrr") == [1200, 3400]
    assert column(semicolons(take, ("1,200", "0.5"), ("3,400", "1")), "mrr") == [1200, 3400]
    assert column(semicolons(take, ("1200", "x"), ("3.40", "x")), "mrr") == [1200, Decimal("3.4")]
    with pytest.raises(InputError) as refusal:
        semicolons(take, ("1.200", "x"))
    assert (refusal.value.code, refusal.value.fields["value"]) == ("decimal_unsure", "1.200")
    columns = {"account_id": "account_id", "start_date": "start_date", "mrr": "mrr"}
    told = Mapping("subscriptions", columns, {"decimal": ","})
    assert column(semicolons(take, ("1.200", "x"), mapping=told), "mrr") == [1200]
    assert column(semicolons(take, ("1.200", "x"), decimal=","), "mrr") == [1200]
    told = Mapping("subscriptions", columns, {"decimal": "."})
    assert column(semicolons(take, ("1.200", "x"), mapping=told), "mrr") == [Decimal("1.2")]


def test_between_commas_a_point_marks_decimals(take):
    assert column(mrr(take, "1.200", "3.400"), "mrr") == [Decimal("1.2"), Decimal("3.4")]


def test_one_decimal_comma_decides_the_column(take):
    assert column(mrr(take, "1.234", "12,5"), "mrr") == [Decimal(1234), Decimal("12.5")]
    assert column(mrr(take, "1,234", "12.5"), "mrr") == [Decimal(1234), Decimal("12.5")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("要相談", "unparsable"), ("1e309", "unparsable"), ("inf", "unparsable"),
        ("20%", "unparsable"), ("100000000001", "too_large"),
    ],
)  # fmt: skip
def test_amounts_that_cannot_be_set_their_row_aside(take, text, code):
    reading = mrr(take, "5", text)
    [row] = reading.set_aside
    assert (row.line, row.column, row.value, row.code) == (3, "mrr", text, code)
    assert row.row == ("A1", "2024-04-01", text)
    assert column(reading, "mrr") == [Decimal(5)]


@pytest.mark.parametrize("text", ["NaN", "NA", "\\N", "null", "ー", "なし"])
def test_a_spelling_of_nothing_is_missing_and_asked_about(take, text):
    reading = mrr(take, "5", text)
    assert column(reading, "mrr") == [Decimal(5), None]
    [note] = [note for note in reading.notes if note.code == "nothing_spelled"]
    assert (note.severity, note.count, note.option) == ("question", 1, "--nothing")
    [row] = take(
        f"account_id,start_date,mrr\nA0,2024-04-01,5\nA1,2024-04-01,{text}\n", nothing=("",)
    ).set_aside
    assert row.code == "unparsable"


def test_a_blank_amount_is_missing_not_unparsable(take):
    assert column(mrr(take, "5", "", " "), "mrr") == [Decimal(5), None, None]


def test_quantities_have_their_own_bound(take):
    reading = take(
        "account_id,start_date,amount,interval,quantity\n"
        "A,2024-04-01,10,month,1000000\nB,2024-04-01,10,month,1000001\n"
    )
    assert [(row.value, row.code) for row in reading.set_aside] == [("1000001", "too_large")]


def test_currency_is_taken_from_the_sign_and_said(take):
    reading = mrr(take, "¥1,200", "$99", "5")
    assert column(reading, "currency") == ["JPY", "USD", None]
    assert column(mrr(take, "¥1,200", "99", ""), "currency") == ["JPY", "JPY", None]
    assert "currency_from_sign" in {note.code for note in reading.notes}


@pytest.mark.parametrize(
    ("header", "by", "code"),
    [
        ("MRR (EUR)", 1, "EUR"), ("mrr_usd", 1, "USD"), ("MRR ($k)", 1000, "USD"),
        ("MRR in thousands", 1000, None), ("MRR (USD millions)", 1_000_000, "USD"),
        ("MRR '000", 1000, None), ("月額(円)", 1, "JPY"), ("月額(百万円)", 1_000_000, "JPY"),
        ("Monthly price", 1, None), ("MRR", 1, None),
    ],
)  # fmt: skip
def test_a_header_says_currency_and_unit_of_its_amounts(take, header, by, code):
    reading = take(f"account_id,start_date,{header}\nA,2024-04-01,7\n")
    assert column(reading, "mrr") == [7 * by]
    told = {note.code for note in reading.notes}
    assert ("unit_in_header" in told) == (by > 1)
    assert ("currency_from_header" in told) == (code is not None)
    if code:
        assert column(reading, "currency") == [code]


def test_a_header_like_a_column_it_was_not_taken_for_does_not_stand_for_it(take):
    """An ARR is by the year, however it is billed."""
    reading = take("account_id,start_date,ARR,interval\nA,2024-04-01,120,month\n")
    assert (column(reading, "amount"), column(reading, "interval")) == ([120], ["year"])
    assert column(reading, "interval (file)") == ["month"]


def test_full_width_digits_are_said(take):
    [note] = [n for n in mrr(take, "１２００", "5").notes if n.code == "full_width_number"]
    assert (note.column, note.count, note.examples) == ("mrr", 1, [(2, "１２００")])


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("month", ("month", 1)), ("Monthly", ("month", 1)), ("毎月支払", ("month", 1)),
        ("年払い", ("year", 1)), ("annual", ("year", 1)), ("半年", ("month", 6)),
        ("every 6 months", ("month", 6)), ("3ヶ月", ("month", 3)), ("12ヶ月契約", ("month", 12)),
        ("四半期", ("quarter", 1)), ("2 years", ("year", 2)), ("１２か月", ("month", 12)),
    ],
)  # fmt: skip
def test_billing_intervals(text, unit):
    assert words.interval(text) == unit


def test_an_interval_with_a_count_gives_both_columns(take):
    reading = take(
        "account_id,start_date,amount,interval\nA,2024-04-01,600,半年\nB,2024-04-01,9,月\n"
    )
    assert [(row["interval"], row["interval_count"]) for row in records(reading)] == [
        ("month", 6),
        ("month", 1),
    ]


def test_an_unknown_interval_matters_only_where_it_is_needed(take):
    needed = take(
        "account_id,start_date,amount,interval\nA,2024-04-01,6,カード\nB,2024-04-01,9,月\n"
    )
    assert [row.column for row in needed.set_aside] == ["interval"]
    spare = take("account_id,start_date,mrr,interval\nA,2024-04-01,6,カード\nB,2024-04-01,9,月\n")
    assert column(spare, "interval") == [None, "month"]
    assert "unreadable_left_empty" in {note.code for note in spare.notes}


def test_discounts_keep_money_and_percentages_apart(take):
    reading = take(
        "account_id,start_date,amount,interval,discount\n"
        'A,2024-04-01,6000,month,20%\nB,2024-04-01,9000,month,"1,200"\nC,2024-04-01,9,month,\n'
    )
    assert column(reading, "discount") == ["20%", "1200", None]


def test_states_and_flags_in_both_languages(take):
    reading = take(
        "顧客ID,契約開始日,月額,契約状態,自動更新\n"
        "1,2024-04-01,1,契約中,有\n2,2024-04-01,1,解約済み,なし\n3,2024-04-01,1,休止中,\n"
        "4,2024-04-01,1,その他,○\n"
    )
    assert column(reading, "status") == ["active", "paused", "その他"]
    assert column(reading, "auto_renew") == [True, None, True]
    [aside] = reading.set_aside
    assert (aside.line, aside.value, aside.code) == (3, "解約済み", "left_when_unknown")


def test_a_total_at_the_foot_is_set_aside(take):
    reading = take("顧客ID,契約開始日,月額\n1,2024-04-01,10\n2,2024-04-01,5\n合計,,15\n")
    assert [(row.line, row.code) for row in reading.set_aside] == [(4, "total_row")]


@pytest.mark.parametrize(
    ("header", "column_name", "value"),
    [
        ("monthly_price_cents", "mrr", Decimal("49.9")),
        ("月額", "mrr", Decimal(4990)),
        ("利用料金(月)", "mrr", Decimal(4990)),
        ("Price / month", "mrr", Decimal(4990)),
        ("$ per month", "mrr", Decimal(4990)),
        ("月額(千円)", "mrr", Decimal(4_990_000)),
    ],
)
def test_a_header_says_in_what_its_price_is(take, header, column_name, value):
    reading = take(f"customer_id,start_date,{header}\na,2024-01-01,4990\n", tentative=True)
    assert column(reading, column_name) == [value]


def test_a_monthly_price_of_each_counts_as_often_as_there_are(take):
    text = "顧客ID,契約開始日,月額単価,ライセンス数\n1,2024-04-01,500,10\n"
    [row] = records(take(text))
    assert (row["amount"], row["interval"], row["quantity"]) == (500, "month", 10)
    assert column(take(text.replace(",ライセンス数", ",備考")), "mrr") == [500]


def test_a_ditto_mark_is_nobody(take):
    reading = take(
        "会社名,契約番号,契約開始日,月額\n青葉,K1,2024/1/1,5\n〃,K2,2024/1/1,6\n", tentative=True
    )
    assert [(row.line, row.column, row.code) for row in reading.set_aside] == [
        (3, "会社名", "ditto")
    ]


def test_notes_below_the_totals_are_no_rows(take):
    text = "顧客ID,契約開始日,月額\n1,2024-04-01,5\n2,2024-04-01,6\n合計,,11\n2件,,\n出力: 4/30,,\n"
    reading = take(text)
    assert [(row.line, row.code) for row in reading.set_aside] == [
        (4, "total_row"), (5, "total_row"), (6, "total_row"),
    ]  # fmt: skip


def test_a_unit_in_the_cells_is_not_multiplied_again(take):
    reading = take("顧客ID,契約開始日,月額(万円)\n1,2024-04-01,1.5万円\n2,2024-04-01,2万円\n")
    assert column(reading, "mrr") == [15000, 20000]
