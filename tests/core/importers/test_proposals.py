"""Headers nobody wrote a preset for: what they are taken to mean, and when a person is asked."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cs_core.errors import InputError
from cs_core.importers import Mapping, ReadOptions, read
from cs_core.importers.columns import headers
from tests.core.importers.helpers import column, records

SHAPE_FILES = Path(__file__).parent / "shapes"

# Eight ways in which billing systems and Japanese spreadsheets head their columns: header,
# a value, and the canonical column that is right (None: a segment or nothing).
SHAPES = {
    "erp": [
        ("Contract No.", "K-1", "subscription_id"),
        ("Cust. No.", "1001", "account_id"),
        ("Company", "Acme", "name"),
        ("Valid From", "2024-04-01", "start_date"),
        ("Valid To", "2025-04-01", "end_date"),
        ("Net Amount", "1200.00", "amount"),
        ("Billing Cycle", "annual", "interval"),
        ("Ccy", "EUR", "currency"),
        ("Qty", "3", "quantity"),
        ("Sales Region", "North", None),
    ],
    "billing_camel": [
        ("currentTermEnd", "2025-04-01", "term_end"),
        ("planCode", "pro-m", "plan"),
        ("customerCode", "c-9", "account_id"),
        ("unitAmount", "49.50", "amount"),
        ("intervalUnit", "months", "interval"),
        ("intervalLength", "1", "interval_count"),
        ("activatedAt", "2024-04-01T10:00:00Z", "start_date"),
        ("expiresAt", "2024-09-01T10:00:00Z", "end_date"),
        ("subscriptionState", "active", "status"),
        ("currencyCode", "USD", "currency"),
    ],
    "crm": [
        ("Account Name", "Acme", "name"),
        ("Account ID", "001A", "account_id"),
        ("Contract Start Date", "04/13/2024", "start_date"),
        ("Contract End Date", "04/13/2025", "end_date"),
        ("Renewal Date", "04/13/2025", "term_end"),
        ("ACV", "$12,000", "amount"),
        ("Product Name", "Suite", "plan"),
        ("Auto Renewal", "Yes", "auto_renew"),
        ("Owner", "Kim", None),
    ],
    "warehouse": [
        ("sub_key", "s1", "subscription_id"),
        ("acct_id", "77", "account_id"),
        ("started_on", "2024-04-01", "start_date"),
        ("churned_at", "2024-10-01", "end_date"),
        ("monthly_recurring_revenue", "99.9", "mrr"),
        ("plan_name", "basic", "plan"),
        ("churn_reason", "price", "cancel_reason"),
        ("country_code", "JP", None),
    ],
    "keiyaku": [
        ("契約番号", "K001", "subscription_id"),
        ("得意先コード", "0012", "account_id"),
        ("得意先名", "青葉製作所", "name"),
        ("契約開始日", "2024年4月1日", "start_date"),
        ("解約日", "2025年3月31日", "end_date"),
        ("解約理由", "価格", "cancel_reason"),
        ("月額利用料(税抜)", "¥42,000", "mrr"),
        ("サービス名", "グロース", "plan"),
        ("業種", "製造", None),
        ("営業担当", "森", None),
    ],
    "saas_ja": [
        ("会社名", "青葉", "name"),
        ("企業ID", "C-1", "account_id"),
        ("利用開始日", "R6.4.1", "start_date"),
        ("利用終了日", "", "end_date"),
        ("解約申込日", "", "cancel_requested_at"),
        ("料金プラン", "スターター", "plan"),
        ("契約金額", "12万円", "amount"),
        ("支払種別", "年払い", "interval"),
        ("ライセンス数", "5", "quantity"),
        ("更新日", "2025/4/1", "term_end"),
        ("自動更新", "有", "auto_renew"),
        ("従業員数", "120", None),
    ],
    "kaiin": [
        ("会員番号", "00045", "account_id"),
        ("氏名", "山田", "name"),
        ("入会日", "2024/04/01", "start_date"),
        ("退会日", "", "end_date"),
        ("退会理由", "", "cancel_reason"),
        ("コース", "ゴールド", "plan"),
        ("月会費", "9,800", "mrr"),
        ("ステータス", "休会中", "status"),
    ],
    "nengaku": [
        ("顧客No", "7", "account_id"),
        ("取引先名", "ミナト", "name"),
        ("契約日", "2024.4.1", "start_date"),
        ("契約満了日", "2025.3.31", "term_end"),
        ("年額料金", "1,200,000", "amount"),
        ("数量", "1", "quantity"),
        ("通貨", "JPY", "currency"),
        ("契約状況", "契約中", "status"),
    ],
}


def shaped(shape: str) -> str:
    columns = sorted(SHAPES[shape], key=lambda item: item[1] + item[0])  # any order
    lines = [",".join(f'"{cell}"' for cell in cells) for cells in zip(*columns, strict=True)][:2]
    return "\n".join(lines) + "\n"


def test_at_least_95_percent_of_the_needed_columns_are_proposed_rightly(take):
    right = wrong = 0
    misses = []
    for shape, columns in SHAPES.items():
        reading = take(shaped(shape), f"{shape}.csv")
        assert reading.table == "subscriptions", shape
        for name, _, target in columns:
            if target is None:
                continue
            if reading.mapping.get(name) == target:
                right += 1
            else:
                wrong += 1
                misses.append((shape, name, reading.mapping.get(name)))
    assert right / (right + wrong) >= 0.95, misses


@pytest.mark.parametrize("file", sorted(SHAPE_FILES.glob("*.toml")), ids=lambda path: path.stem)
def test_at_least_95_percent_are_proposed_rightly_in_other_systems_files(take, file):
    misses, needed = [], 0
    for name, shape in tomllib.loads(file.read_text("utf-8")).items():
        reading = take(shape["text"], f"{name}.txt", tentative=True)
        assert (reading.table, reading.set_aside) == ("subscriptions", [])
        found = {item.target: item.header for item in reading.columns if not item.segment}
        needed += len(shape["needed"])
        wrong = [c for c, header in shape["needed"].items() if found.get(c) != header]
        misses += [(name, column, found.get(column)) for column in wrong]
    assert len(misses) <= 0.05 * needed, misses


def test_in_a_file_of_our_own_names_only_plan_is_the_plan(take):
    rows = "A,2024-01-01,1,gold,CA\nB,2024-01-01,2,silver,NY\n"
    reading = take(f"account_id,start_date,mrr,tier,state\n{rows}")
    assert reading.mapping["tier"] == "tier"
    assert reading.mapping["state"] == "state"
    assert column(reading, "tier") == ["gold", "silver"]
    reading = take(f"customer id,start date,mrr,tier,state\n{rows}", tentative=True)
    assert reading.mapping["tier"] == "plan"
    assert reading.mapping["state"] == "state"
    [tier] = [found for found in reading.columns if found.header == "tier"]
    assert tier.confidence < 0.75


def test_cells_propose_what_headers_do_not_say_and_a_person_is_asked(take):
    text = (
        "customer id,first day,final day,x,y\n"
        "1,2024-01-05,2024-02-01,9.50,a\n2,2024-01-06,,12.00,b\n3,2024-03-01,,9.50,a\n"
    )
    reading = take(text, tentative=True)
    assert reading.table is None  # Two needed columns without a name are too many to guess.
    text = text.replace(",x,", ",mrr,")
    reading = take(text, tentative=True)
    assert reading.mapping["first day"] == "start_date"
    assert reading.mapping["final day"] == "end_date"
    with pytest.raises(InputError) as refusal:
        take(text)
    assert (refusal.value.code, refusal.value.fields["header"]) == ("mapping_unsure", "first day")


def test_a_segment_is_never_taken_for_a_needed_column(take):
    for shape, columns in SHAPES.items():
        reading = take(shaped(shape), f"{shape}.csv")
        for name, _, target in columns:
            if target is None:
                assert reading.mapping[name] == name


def test_a_proposal_shows_confidence_and_three_examples(take):
    reading = take(
        "顧客コード,契約開始日,月額,担当\n"
        "00123,2024-04-01,1,森\n00187,2024-04-02,2,森\n00204,2024-04-03,3,佐藤\n9,2024-04-04,4,森\n"
    )
    by_header = {found.header: found for found in reading.columns}
    assert by_header["顧客コード"].target == "account_id"
    assert by_header["顧客コード"].examples == ("00123", "00187", "00204")
    assert by_header["顧客コード"].confidence > 0.9 > by_header["担当"].confidence > 0
    assert by_header["担当"].segment


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("dt_start_subscr", "start_date"),
        ("Cust #", "account_id"),
        ("Acct Number", "account_id"),
        ("svc_end_dt", "end_date"),
        ("MRR (USD)", "mrr"),
        ("monthly_amt_jpy", "mrr"),
        ("ご契約開始年月日", "start_date"),
        ("ご利用開始日【必須】", "start_date"),
        ("お客様番号", "account_id"),
        ("月額（円）", "mrr"),
        ("税抜月額", "mrr"),
        ("Plan Unit Price", "amount"),
        ("Contract Effective Date", "start_date"),
        ("契約期間（自）", "start_date"),
        ("契約期間（至）", "end_date"),
        ("Product Rate Plan Name", "plan"),
        ("会員No.", "account_id"),
    ],
)
def test_abbreviations_courtesy_and_remarks_do_not_matter(header, column):
    assert headers.confidence(header, "subscriptions", column) >= 0.8


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("trial start", "start_date"),
        ("billing country", "interval"),
        ("plan price", "plan"),
        ("tax amount", "amount"),
        ("月額支払日", "mrr"),
        ("担当者コード", "account_id"),
        ("parent account id", "account_id"),
        ("discount code", "discount"),
        ("US state", "end_date"),
    ],
)
def test_like_sounding_headers_are_not_confused(header, column):
    assert headers.confidence(header, "subscriptions", column) < 0.75


def test_a_name_with_the_wrong_contents_is_not_trusted(take):
    with pytest.raises(InputError) as refusal:
        take("customer id,start date,mrr\n1,soon,10\n2,later,20\n")
    assert refusal.value.code == "mapping_unsure"
    assert refusal.value.fields["header"] == "start date"


def test_weak_names_are_asked_about(take):
    with pytest.raises(InputError) as refusal:
        take("email,created at,mrr\na@x,2024-04-01,10\n")
    assert refusal.value.code == "mapping_unsure"
    assert refusal.value.fields["option"] == "--mapping"


def test_a_tentative_reading_shows_what_is_not_sure_for_a_person_to_confirm(take):
    reading = take("email,created at,mrr\na@x,2024-04-01,10\n", tentative=True)
    assert reading.mapping == {"email": "account_id", "created at": "start_date", "mrr": "mrr"}
    assert [found.confidence for found in reading.columns] == [0.7, 0.7, 1.0]
    assert column(reading, "account_id") == ["a@x"]


def test_a_file_that_came_near_shows_what_was_found(take):
    reading = take("顧客ID,契約開始日,プラン名\n1,2024-04-01,x\n")
    assert (reading.table, reading.mapping) == (None, {})
    assert [found.target for found in reading.columns] == ["account_id", "start_date", "plan"]


def test_a_table_that_matches_nothing_known_is_set_aside_whole(take):
    reading = take("colour,weight\nred,1\nblue,2\n")
    assert (reading.table, reading.tables, reading.rows_read) == (None, [], 2)
    assert [(row.line, row.code, row.row) for row in reading.set_aside] == [
        (2, "unknown_table", ("red", "1")),
        (3, "unknown_table", ("blue", "2")),
    ]


def test_what_is_missing_is_said(take):
    reading = take("account_id,start_date,plan\nA,2024-04-01,x\n")
    assert reading.table is None
    [note] = [note for note in reading.notes if note.code == "missing_column"]
    assert note.column == "mrr"


def test_a_mapping_decides_everything(take):
    mapping = Mapping(
        "subscriptions",
        {"k": "account_id", "von": "start_date", "betrag": "amount", "wer": "owner", "rest": ""},
        {"interval": "month", "currency": "EUR"},
    )
    reading = take("k,von,betrag,wer,rest\n7,2024-04-01,12,Kim,x\n", mapping=mapping)
    [row] = records(reading)
    assert (row["account_id"], row["interval"], row["currency"]) == ("7", "month", "EUR")
    assert row["owner"] == "Kim"
    assert "rest" not in row


def test_a_mapping_is_for_the_files_that_have_its_columns(tmp_path):
    (tmp_path / "subs.csv").write_text("k,von,betrag\n7,2024-04-01,12\n")
    (tmp_path / "accounts.csv").write_text("account_id,name\n7,Acme\n")
    mapping = Mapping("subscriptions", {"k": "account_id", "von": "start_date", "betrag": "mrr"})
    paths = [tmp_path / "subs.csv", tmp_path / "accounts.csv"]
    files = read(paths, ReadOptions(mapping=mapping), tmp_path).files
    assert [found.table for found in files] == ["subscriptions", "accounts"]


@pytest.mark.parametrize(
    ("columns", "constants", "code"),
    [
        ({"nope": "account_id"}, {}, "mapping_columns_absent"),
        ({"a": "account_id", "b": "start_date"}, {}, "mapping_incomplete"),
        ({"a": "account_id", "b": "account_id"}, {}, "mapping_twice"),
        ({"a": "account_id"}, {"nonsense": "1"}, "mapping_target"),
        (
            {"a": "account_id", "b": "start_date", "c": "amount"},
            {"interval": "now and then"},
            "mapping_constant",
        ),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(take, columns, constants, code):
    with pytest.raises(InputError) as refusal:
        take("a,b,c\n1,2024-04-01,3\n", mapping=Mapping("subscriptions", columns, constants))
    assert refusal.value.code == code


def test_a_given_table_must_fit(take):
    reading = take("顧客ID,日付,スコア\n1,2024-04-01,9\n", tables={"file.csv": "nps"})
    assert (reading.table, column(reading, "score")) == ("nps", [9])
    with pytest.raises(InputError) as refusal:
        take("顧客ID,日付\n1,2024-04-01\n", tables={"file.csv": "nps"})
    assert refusal.value.code == "missing_columns"


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("account_id,date,metric,value\nA,2024-04-01,logins,3\n", "usage"),
        ("account_id,responded_at,score,comment\nA,2024-04-01,9,ok\n", "nps"),
        ("account_id,opened_at,closed_at,priority\nA,2024-04-01,,high\n", "tickets"),
        ("month,sales_and_marketing,cost_of_service\n2024-04,100,50\n", "costs"),
        ("currency,month,rate\nUSD,2024-04,151.35\n", "fx_rates"),
        ("account_id,tenure_months,churned\nA,12,no\n", "tenures"),
        ("account_id,name,industry\nA,Acme,IT\n", "accounts"),
        ("対象年月,広告宣伝費,売上原価\n2024年4月,100,50\n", "costs"),
        ("顧客ID,回答日,推奨度,コメント\n1,2024-04-01,9,良い\n", "nps"),
        ("顧客ID,日付,指標,値\n1,2024-04-01,ログイン,3\n", "usage"),
    ],
)
def test_every_canonical_table_is_known_by_its_columns(take, text, table):
    assert take(text).table == table


def test_extra_columns_become_segments_and_the_name_goes_to_accounts(take):
    reading = take(
        "account_id,start_date,mrr,会社名,地域\n"
        "A,2024-04-01,1,青葉,東\nA,2024-04-01,2,青葉工業,東\nB,2024-04-01,1,,西\n"
    )
    assert column(reading, "地域") == ["東", "東", "西"]
    assert records(reading, "accounts") == [
        {"account_id": "A", "name": "青葉", "source_line": 2},
        {"account_id": "B", "name": None, "source_line": 4},
    ]
    [note] = [note for note in reading.notes if note.code == "conflicting_account_values"]
    assert note.examples == [(3, "青葉工業")]


def test_yearly_prices_bring_their_interval(take):
    reading = take("顧客ID,契約開始日,年額\n1,2024-04-01,1200\n")
    assert [(row["amount"], row["interval"]) for row in records(reading)] == [(1200, "year")]


def test_two_end_dates_are_told_apart(take):
    reading = take(
        "顧客ID,契約開始日,契約終了日,解約日,月額\n1,2024-04-01,2025-03-31,2024-09-30,5\n"
    )
    assert reading.mapping["解約日"] == "end_date"
    assert reading.mapping["契約終了日"] == "term_end"


def test_canceled_at_is_the_request_where_an_end_is_there_too(take):
    reading = take(
        "account_id,start_date,mrr,canceled at,ended at\nA,2024-04-01,1,2024-05-02,2024-06-01\n"
    )
    assert reading.mapping["canceled at"] == "cancel_requested_at"
    assert reading.mapping["ended at"] == "end_date"


def test_tax_inclusive_amounts_are_suspected(take):
    reading = take("顧客ID,契約開始日,月額料金(税込)\n1,2024-04-01,1100\n")
    assert "tax_inclusive" in {note.code for note in reading.notes}
