"""Files that are damaged, or that say more than one reading of them would tell: each is refused in
one sentence, or its rows are set aside; nothing is lost without a word."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cs_core.datasets import check
from cs_core.errors import InputError
from cs_core.importers.reading import ReadOptions

HEAD = "subscription_id,account_id,currency,start_date,end_date,mrr\n"
ROWS = (
    ("s1", "a", "USD", date(2024, 1, 1), None, 10),
    ("s2", "b", "USD", date(2024, 2, 1), None, 5),
)


def put(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def codes(said: dict[str, Any]) -> dict[str, int]:
    for file in said["files"]:
        assert file["rows_read"] == file["rows_accepted"] + file["rows_set_aside"]
    return {p["code"]: p["count"] for p in said["problems"]}


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        check([path])
    return refused.value.code


# ---- workbooks ----------------------------------------------------------------------------


def workbook(path: Path, *, hidden: bool = False, visible: bool = True, cell: Any = 10) -> Path:
    book = openpyxl.Workbook()
    for name, state, wanted in (("old", "hidden", hidden), ("now", "visible", visible)):
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        for row in [HEAD.strip().split(","), *(ROWS if wanted else ())] if wanted else ():
            sheet.append([cell if value == 10 else value for value in row])
    del book["Sheet"]
    book.active = 1
    book.save(path)
    return path


def test_a_hidden_sheet_is_left_out_and_told_of(tmp_path: Path):
    said = check([workbook(tmp_path / "x.xlsx", hidden=True)])
    assert [file["rows_read"] for file in said["files"]] == [2]
    [problem] = [p for p in said["problems"] if p["code"] == "hidden_sheet"]
    assert problem["severity"] == "warning"
    assert [example["value"] for example in problem["examples"]] == ["old"]


def test_rows_on_hidden_sheets_only_are_refused(tmp_path: Path):
    path = workbook(tmp_path / "x.xlsx", hidden=True, visible=False)
    assert refusal(path) == "hidden_sheets_only"


def test_formulas_without_values_are_refused(tmp_path: Path):
    assert refusal(workbook(tmp_path / "x.xlsx", cell="=5+5")) == "formulas_without_values"


@pytest.mark.parametrize(
    ("cell", "refused"),
    [
        ('<c r="F2"><f>5+5</f><v>10</v></c>', False),
        ('<c r="F2" t="str"><f>IF(1,"","")</f><v></v></c>', None),
        ('<c r="F2"><f>5+5</f><v></v></c>', True),
        ('<c r="F2"><f t="shared" si="0"/></c>', True),
    ],
)
def test_a_formula_is_judged_by_whether_its_value_was_kept(
    tmp_path: Path, cell: str, refused: bool | None
):
    """As Excel writes them; a formula that gives an empty text has one."""
    source = workbook(tmp_path / "x.xlsx", cell="=5+5")
    out = io.BytesIO()
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(out, "w") as made:
        for entry in given.infolist():
            text = given.read(entry).decode()
            made.writestr(entry, text.replace('<c r="F2"><f>5+5</f><v /></c>', cell))
    path = put(tmp_path / "y.xlsx", out.getvalue())
    if refused:
        assert refusal(path) == "formulas_without_values"
    else:
        assert codes(check([path])) == ({} if refused is False else {"missing_value": 1})


# ---- JSON ---------------------------------------------------------------------------------

ONE = '{"account_id":"a","start_date":"2024-01-01","mrr":5}'
TWO = '{"account_id":"b","start_date":"2024-01-01","mrr":6}'


@pytest.mark.parametrize("rest", ["then the rest", f"\n[{TWO}]", TWO, "]"])
def test_what_follows_a_list_is_not_passed_over(tmp_path: Path, rest: str):
    assert refusal(put(tmp_path / "x.json", f"[{ONE}]{rest}")) == "json_goes_on"


@pytest.mark.parametrize(
    ("object_", "code", "alone"),
    [
        ('{"account_id":"a","account_id":"z","mrr":5}', "duplicate_key", "json_key_twice"),
        ('{"account_id":"b","a.b":1,"a":{"b":2}}', "duplicate_key", "json_key_twice"),
        ('{"account_id":"c","x":{"y":1,"y":2}}', "duplicate_key", "json_key_twice"),
        ('{"account_id":"\\ud800","mrr":5}', "half_character", "json_half_character"),
        ('{"account_id":"d","\\udc00":5}', "half_character", "json_half_character"),
    ],
)
def test_an_object_that_cannot_be_kept_whole_is_set_aside(
    tmp_path: Path, object_: str, code: str, alone: str
):
    path = put(tmp_path / "x.jsonl", f"{ONE}\n{object_}\n{TWO}\n")
    assert codes(check([path])) == {code: 1}
    assert refusal(put(tmp_path / "y.jsonl", object_ + "\n")) == alone


def test_a_whole_character_written_as_two_halves_is_one(tmp_path: Path):
    line = ONE.replace('"a"', '"\\ud83d\\ude00"')
    assert codes(check([put(tmp_path / "x.jsonl", line + "\n")])) == {}


# ---- text ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["\v", "\x1d"])
def test_line_ends_within_cells_as_databases_export_them_are_text(tmp_path: Path, mark: str):
    rows = "".join(f"s{n},Acme{mark}Inc {n},USD,2024-01-01,,10\n" for n in range(50))
    said = check([put(tmp_path / "x.csv", HEAD + rows)])
    assert codes(said) == {}
    assert said["files"][0]["rows_accepted"] == 50


@pytest.mark.parametrize("blanks", [100_000])
def test_a_cell_of_blanks_is_set_aside_at_once(tmp_path: Path, blanks: int):
    """As slow as the square of its length, these would take hours."""
    gap = " " * blanks
    rows = f"s1,a,USD,2024-01-01{gap}x,,5\ns2,b,USD,2024-01-01,,1{gap}x\ns3,c,USD,2024-01-01,,5\n"
    assert codes(check([put(tmp_path / "x.csv", HEAD + rows)])) == {"unparsable": 2}
    header = HEAD.strip() + f',"a{gap}b"\n'
    path = put(tmp_path / "y.csv", header + "s1,a,USD,2024-01-01,,5,x\n")
    assert codes(check([path])) == {}


# ---- Parquet ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "days",
    [
        pa.array([2**31 - 1, 19_800], pa.int32()).cast(pa.date32()),
        pa.array([-(2**31), 19_800], pa.int32()).cast(pa.date32()),
        pa.array([2**62, 1_700_000_000_000_000], pa.int64()).cast(pa.timestamp("us")),
        pa.array([2**60, 1_700_000_000_000], pa.int64()).cast(pa.timestamp("ms")),
    ],
    ids=str,
)
def test_days_outside_the_calendar_are_set_aside(tmp_path: Path, days: pa.Array):
    table = pa.table({"account_id": ["a", "b"], "start_date": days, "mrr": [1, 2]})
    pq.write_table(table, tmp_path / "x.parquet")
    said = check([tmp_path / "x.parquet"])
    assert codes(said) == {"unparsable": 1}


def test_a_damaged_page_is_told_of(tmp_path: Path):
    path = tmp_path / "x.parquet"
    names = ("subscription_id", "account_id", "currency", "start_date", "end_date", "mrr")
    columns = dict(zip(names, zip(*ROWS, strict=True), strict=True))
    columns["end_date"] = pa.nulls(2, pa.date32())
    pq.write_table(pa.table(columns), path)
    content = bytearray(path.read_bytes())
    content[4:40] = b"\xff" * 36
    path.write_bytes(content)
    assert refusal(path) == "corrupt_file"


# ---- accounts that look like one ----------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    ["ac\u200bme", "acme\u200e", "ac\u200cme", "ACME", "Acme", "\ufeffacme", "ａｃｍｅ", "ＡCme"],
)
def test_ids_that_differ_in_what_is_not_seen_are_asked_about(tmp_path: Path, other: str):
    rows = f"s1,acme,USD,2024-01-01,,10\ns2,{other},USD,2024-02-01,,20\ns3,b,USD,2024-02-01,,5\n"
    file = put(tmp_path / "x.csv", HEAD + rows + "s4,acme,USD,2024-03-01,,1\n")
    said = check([file])
    [problem] = [p for p in said["problems"] if p["code"] == "accounts_alike"]
    assert (problem["severity"], problem["count"]) == ("question", 1)
    assert (problem["option"], problem["answers"]) == ("--same-accounts", ["join", "keep"])
    assert problem["mrr_affected"] == "20.000000"
    assert [(e["line"], e["value"]) for e in problem["examples"]] == [(3, other), (2, "acme")]
    assert codes(check([file], ReadOptions(same_accounts="keep"))) == {}
    assert codes(check([file], ReadOptions(same_accounts="join"))) == {"accounts_joined": 1}


def test_composed_and_decomposed_ids_are_told_of(tmp_path: Path):
    ids = ("caf\u00e9", "cafe\u0301", "cafe")
    rows = "".join(f"s-{name},{name},USD,2024-01-01,,10\n" for name in ids)
    assert codes(check([put(tmp_path / "x.csv", HEAD + rows)])) == {"accounts_alike": 1}
