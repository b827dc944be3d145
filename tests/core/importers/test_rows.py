"""rows read = rows accepted + rows set aside, whatever the file; and every code has its words."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs_core.errors import InputError
from cs_core.importers import Mapping, ReadOptions, read
from cs_core.importers.columns import mapping
from tests.core.importers.helpers import accepted_and_not, column

ROOT = Path(__file__).resolve().parents[3]

ids = st.sampled_from(["A", "B", "", "00123", "NA", "名", 'q"q', "a,b", "x\ny"])
days = st.sampled_from(
    ["2024-01-01", "2024/2/3", "", "soon", "9999-12-31", "令和6年4月1日", "45383"]
)
money = st.sampled_from(["1", "1,200", "(5)", "", "NaN", "1e309", "￥3", "１２", "-1"])
rows = st.lists(st.tuples(ids, days, days, money), min_size=1, max_size=25)
ragged = st.lists(st.sampled_from(["1", "1,2", "a,b,c,d,e", '"x"y,1,2,3', ",,,", ""]), max_size=4)


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if re.search('[",\n]', cell) else cell


@given(rows, ragged, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8", "cp932", "utf-16"]))
@settings(max_examples=1000, deadline=None)
def test_a_thousand_files_lose_no_row(tmp_path_factory, table, odd, end, codec):
    folder = tmp_path_factory.mktemp("rows")
    lines = ["account_id,start_date,end_date,mrr"]
    lines += [",".join(quoted(cell) for cell in row) for row in table]
    lines[2:2] = odd
    path = folder / "file.csv"
    path.write_bytes(end.join(lines).encode(codec))
    blank = sum(not "".join(row) for row in table) + sum(not text.strip(",") for text in odd)
    count = len(table) + len(odd) - blank
    # A single 名 is too little to tell CP932 by, so the encoding is given.
    if count == 0:
        with pytest.raises(InputError, check=lambda error: error.code == "header_only"):
            read([path], ReadOptions(encoding=codec), folder)
        return
    [reading] = read([path], ReadOptions(encoding=codec, shape="intervals"), folder).files
    accepted_and_not(reading)
    assert reading.rows_read == count


def codes(*patterns: str) -> set[str]:
    source = "\n".join(
        path.read_text() for path in sorted((ROOT / "cs_core" / "importers").rglob("*.py"))
    )
    return {code for pattern in patterns for code in re.findall(pattern, source)}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_code_has_its_sentence(language):
    catalogue = tomllib.loads((ROOT / "cs_core" / "text" / f"{language}.toml").read_text())
    errors = codes(r'InputError\(\s*"(\w+)"', r'code = "(\w+)" if .* else "\w+"')
    assert len(errors) > 35
    assert not {code for code in errors if code not in catalogue["error"]} - {"cell_too_long"}
    problems = codes(
        r'Note\(\s*"(\w+)"',
        r'_note\(\s*"(\w+)"',
        r'SetAside\([^()]*"(\w+)",\s*\(',
        r'Bad\("(\w+)"\)',
        r'job\.bad[^\n]*"(\w+)"\)+\n',
        r'"(\w+)" if \(?kind',
        r'else "(\w+)" if',
        r'set_all_aside\("(\w+)"\)',
    )
    problems |= {"ragged", "bad_quote", "cell_too_long", "nul_character"}  # passed as arguments
    assert {"unparsable", "too_large", "one_off", "not_billed", "total_row"} <= problems
    assert not {code for code in problems if code not in catalogue["problem"]}


def test_a_mapping_survives_toml(tmp_path: Path):
    odd = Mapping(
        "subscriptions",
        {'顧客"コード"\n': "account_id", "a.b": "", "\x7f": "x"},
        {"currency": "JPY"},
    )
    path = tmp_path / "m.toml"
    path.write_text(mapping.dump(odd))
    assert mapping.load(path) == odd


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not toml [", "mapping_file"),
        ("table = 3\n", "mapping_file"),
        ('table = "subscriptions"\ncolumns = 1\n', "mapping_file"),
        ('table = "subscriptions"\n[columns]\na = 1\n', "mapping_file"),
        ('table = "nonsense"\n', "mapping_table"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text, code):
    path = tmp_path / "m.toml"
    path.write_text(text)
    with pytest.raises(InputError) as refusal:
        mapping.load(path)
    assert refusal.value.code == code


def test_what_was_understood_can_be_kept_as_a_mapping(take):
    text = "顧客ID,契約開始日,月額,担当\n1,2024-04-01,5,森\n"
    reading = take(text)
    kept = mapping.of_reading(reading)
    assert kept == Mapping(
        "subscriptions",
        {"顧客ID": "account_id", "契約開始日": "start_date", "月額": "mrr", "担当": "担当"},
    )
    assert take(text, mapping=kept).mapping == reading.mapping


def test_a_kept_mapping_knows_what_the_header_said_of_every_row(take, tmp_path):
    text = "顧客ID,契約開始日,年額\n1,2024-04-01,1200\n"
    first = take(text)
    path = tmp_path / "m.toml"
    path.write_text(mapping.dump(mapping.of_reading(first)), "utf-8")
    again = take(text, mapping=mapping.load(path))
    assert column(first, "interval") == column(again, "interval") == ["year"]
