"""Cutting text into rows and cells, strictly, with every physical line counted."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_core.errors import InputError
from cs_core.importers import ReadOptions, read
from cs_core.importers.containers import delimited, encodings, plain
from tests.core.importers.helpers import column, records

HEAD = "account_id,start_date,mrr\n"


@pytest.mark.shared
def test_csv_spectrum_equals_its_json(shared):
    files = sorted((shared / "csv-spectrum" / "csvs").glob("*.csv"))
    assert len(files) == 12
    for path in files:
        raw = delimited.read(path, path.name, ReadOptions())
        expected = json.loads((shared / "csv-spectrum" / "json" / f"{path.stem}.json").read_text())
        got = [{key: value or "" for key, value in row.items()} for row in raw.records()]
        expected = expected if isinstance(expected, list) else [expected]
        if path.stem == "location_coordinates":  # Its JSON has another phone number than its CSV.
            assert expected[0].pop("Contact Phone Number") == "1234567890"
            assert got[0].pop("Contact Phone Number") == "2095257564"
        assert got == expected, path.name


@pytest.mark.shared
def test_messy_tables_read_or_are_refused_by_name(shared, tmp_path):
    refused = {}
    for path in sorted((shared / "messy-tables").iterdir()):
        try:
            [reading] = read([path], ReadOptions(), tmp_path).files
        except InputError as error:
            refused[path.name] = error.code
        else:
            assert reading.rows_read == len(reading.set_aside) > 0
    assert refused == {
        "begrotingsanalyse-2011.csv": "duplicate_headers",
        "characters.csv": "encoding_unsure",
        "null.csv": "duplicate_headers",
        "small.csv": "header_only",
        "utf8bom.csv": "header_only",
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_is_a_line(take, end):
    reading = take(f"{HEAD}A,2024-01-01,1\n\nB,2024-01-01,2\n".replace("\n", end))
    assert column(reading, "account_id") == ["A", "B"]
    assert column(reading, "source_line") == [2, 4]


def test_lines_inside_quotes_are_counted(take):
    reading = take(f'{HEAD}"A\nB\r\nC",2024-01-01,1\nD,2024-01-01,2\n')
    assert column(reading, "source_line") == [2, 5]
    assert column(reading, "account_id") == ["A\nB\r\nC", "D"]


@pytest.mark.parametrize(
    ("delimiter", "shown"), [(",", ","), ("\t", "tab"), (";", ";"), ("|", "|")]
)
def test_the_delimiter_is_found_and_shown(take, delimiter, shown):
    text = f"{HEAD}A,2024-01-01,5\nB,2024-01-02,6\n".replace(",", delimiter)
    reading = take(text)
    assert reading.delimiter == shown
    assert column(reading, "account_id") == ["A", "B"]


def test_semicolons_with_decimal_commas(take):
    reading = take("account_id;start_date;mrr\nA;2024-01-01;1.200,50\nB;2024-01-01;12,5\n")
    assert column(reading, "mrr") == [Decimal("1200.5"), Decimal("12.5")]


def test_two_delimiters_that_fit_alike_are_asked_about(take):
    text = "aa,bb;cc,dd\n" + "xx,yy;zz,ww\n" * 5
    with pytest.raises(InputError) as refusal:
        take(text)
    assert refusal.value.code == "delimiter_unsure"
    assert take(text, delimiter=";").delimiter == ";"


def test_a_preamble_is_skipped_and_said(take):
    reading = take(f"Export of contracts\nmade on 2024-02-01\n\n{HEAD}A,2024-01-01,1\n")
    assert column(reading, "source_line") == [5]
    [note] = [note for note in reading.notes if note.code == "preamble"]
    assert note.count == 3


def test_rows_of_dates_are_not_taken_for_a_header_of_months(take):
    text = "wer,von,bis\nA,2024-01-01,2024-02-01\nB,2024-03-01,2024-05-01\n"
    assert take(text).rows_read == 2


def test_ragged_rows_are_set_aside_one_by_one(take):
    reading = take(f"{HEAD}A,2024-01-01,1\nB,2024-01-01\nC,2024-01-01,1,extra\nD,2024-01-01,1,\n")
    assert [(row.line, row.code, row.row) for row in reading.set_aside] == [
        (3, "ragged", ("B", "2024-01-01")),
        (4, "ragged", ("C", "2024-01-01", "1", "extra")),
    ]
    assert column(reading, "account_id") == ["A", "D"]  # an empty cell too many is no data


def test_a_stray_quote_costs_its_row_only(take):
    reading = take(f'{HEAD}"A"x,2024-01-01,1\n"B",2024-01-01,1\n')
    assert [(row.line, row.code, row.row) for row in reading.set_aside] == [
        (2, "bad_quote", ('"A"x,2024-01-01,1',))
    ]
    assert column(reading, "source_line") == [3]


def test_an_unclosed_quote_names_its_line(take):
    with pytest.raises(InputError) as refusal:
        take(f'{HEAD}A,2024-01-01,1\n"B,2024-01-01,1\nC,2024-01-01,1\n')
    assert (refusal.value.code, refusal.value.fields["line"]) == ("unclosed_quote", 3)


def test_a_cell_of_five_megabytes_costs_its_row_only(take):
    reading = take(f"{HEAD}A,2024-01-01,1\n{'x' * 5_000_000},2024-01-01,1\nB,2024-01-01,1\n")
    assert [(row.line, row.code) for row in reading.set_aside] == [(3, "cell_too_long")]
    assert column(reading, "account_id") == ["A", "B"]


def test_a_nul_costs_its_row_only(take):
    rows = "".join(f"A{i},2024-01-01,1\n" for i in range(50))
    reading = take(f"{HEAD}{rows}B\0,2024-01-01,1\n")
    assert [(row.line, row.code) for row in reading.set_aside] == [(52, "nul_character")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n \n", "empty_file"),
        (HEAD.encode(), "header_only"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0", "binary_file"),
        (bytes(range(256)) * 40, "binary_file"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "html_page"),
        (b"\xef\xbb\xbf\n <html><head></head></html>", "html_page"),
        (",".join(f"c{i}" for i in range(201)).encode() + b"\n" + b"," * 200, "too_many_columns"),
        (b"account_id,mrr,mrr\nA,1,2\n", "duplicate_headers"),
    ],
)
def test_what_cannot_be_a_table_is_refused(take, content, code):
    with pytest.raises(InputError) as refusal:
        take(content)
    assert refusal.value.code == code


def test_odd_headers_are_kept_as_text(take):
    odd = '"x""; drop table y"'
    reading = take(f"account_id,start_date,mrr,{odd},image,Plan,plan,\nA,2024-01-01,1,a,b,c,d,e\n")
    [row] = records(reading)
    assert row['x"; drop table y'] == "a"
    assert row["image"] == "b"
    assert (row["plan"], row["Plan"]) == ("d", "c")
    assert row["column 8"] == "e"
    codes = {note.code for note in reading.notes}
    assert {"blank_header", "headers_differ_by_case"} <= codes


def test_ids_stay_text_and_na_is_not_missing(take):
    reading = take(f"{HEAD}00123,2024-01-01,1\nNA,2024-01-01,1\nnull,2024-01-01,1\n,2024-01-01,1\n")
    assert column(reading, "account_id") == ["00123", "NA", "null", None]


cells = st.text(
    st.characters(codec="utf-8", exclude_characters='",\r\n\0', exclude_categories=("Cc", "Cs")),
    max_size=8,
)
written = st.one_of(
    cells,
    cells.map(lambda text: f'"{text}"'),
    st.sampled_from(
        ['"a,b"', '"a""b"', '""', '""""', 'a"b', 'ab"', '"a"b', 'a""', '"a" ', ' "a"', '"']
    ),
)


@given(
    st.integers(2, 4).flatmap(
        lambda n: st.lists(st.lists(written, min_size=n, max_size=n), min_size=1, max_size=12)
    ),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=500, deadline=None)
def test_the_quick_way_cuts_as_the_strict_one(tmp_path_factory, rows, end):
    path = tmp_path_factory.mktemp("plain") / "t.csv"
    names = [f"h{i}" for i in range(len(rows[0]))]
    path.write_bytes(end.join(",".join(row) for row in [names, *rows]).encode() + end.encode())
    quick = plain.read(path, "t", "utf-8", ",", 1, names)
    if quick is None:  # Not that plain.
        return
    dialect = delimited.Dialect(",", header=tuple(names))
    strict = delimited._rows(path, "t", encodings.Encoding("utf-8", 1.0), dialect, names)
    assert list(quick.records()) == list(strict.records())
    assert quick.lines.to_pylist() == strict.lines.to_pylist()
    assert quick.rows_read == strict.rows_read
    assert not strict.set_aside


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a,b\n1,2\n,\n3,\n", [2, 4]),  # line 3 holds no value: not a row
        ('"a","b"\r\n"x, ""y""","2"\r\n', [2]),
        ("a,b\n1,2\n\n3,4\n", None),
        ('a,b\n"1\n2",3\n', None),
        ('a,b\n"1"x,3\n', None),
        ("a,b\n1\n", None),
        ("a,b\r1,2\r", None),
    ],
)
def test_the_quick_way_is_taken_for_plain_files_only(tmp_path: Path, text, lines):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    raw = plain.read(path, "t", "utf-8", ",", 1, ["a", "b"])
    assert (raw and raw.lines.to_pylist()) == lines


def test_the_quick_way_decodes_cp932(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes("a|b\nソ|表\n".encode("cp932"))  # both end in 0x5C
    raw = plain.read(path, "t", "cp932", "|", 1, ["a", "b"])
    assert raw is not None
    assert list(raw.records()) == [{"a": "ソ", "b": "表"}]


def test_quoted_cells_after_a_space_are_quoted(take):
    reading = take('"customer id", "start date", "mrr"\n"a", "2024-01-01", "5"\n')
    assert reading.headers == ("customer id", "start date", "mrr")
    assert (
        take('account_id,start_date,mrr,n\na,2024-01-01,5, "x" y\nb,2024-01-01,5,z\n').set_aside
        == []
    )


def test_headers_in_two_rows_are_read_together(take):
    text = "顧客,,契約,,\nコード,名称,開始日,終了日,月額\n1,甲,2024/1/1,,5000\n"
    assert take(text).headers == ("顧客コード", "名称", "開始日", "終了日", "月額")
    above = "出力日,2024/6/30,,\n顧客ID,契約開始日,月額,備考\n1,2024/1/1,5,x\n"
    assert take(above).headers == ("顧客ID", "契約開始日", "月額", "備考")


def test_a_single_ragged_row_is_set_aside_and_not_denied(take):
    reading = take("account_id,start_date,mrr\n1\n")
    assert [(row.line, row.code) for row in reading.set_aside] == [(2, "ragged")]
