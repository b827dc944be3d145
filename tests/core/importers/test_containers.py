"""Spreadsheets, archives, Parquet and JSON lines, and the bombs among them."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cs_core.domain.tables import TABLES
from cs_core.errors import InputError
from cs_core.importers import ReadOptions, read
from cs_core.importers.containers import archive, jsonlines
from cs_core.importers.containers.sources import display_name
from tests.core.importers.helpers import column, records

HEAD = ["account_id", "start_date", "mrr"]
CSV = "account_id,start_date,mrr\nA,2024-01-01,1\n"


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(**members: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in members.items():
            container.writestr(name, content)
    return out.getvalue()


def test_cells_of_a_workbook_keep_their_values(take):
    reading = take(
        workbook(
            契約=[
                ["契約一覧 2026年"],
                [],
                ["顧客コード", "会社名", "契約開始日", "契約終了日", "月額料金", "担当"],
                ["00123", "青葉", date(2024, 4, 1), None, 42000, "森"],
                [
                    "00187",
                    "NA",
                    datetime.fromisoformat("2024-06-05T09:30"),
                    date(2025, 3, 31),
                    "9,800",
                    "森",
                ],
                [204, "X", "R6.5.1", "9999-12-31", 98.1, "佐藤"],
                ["合計", None, None, None, 51898.1],
            ]
        ),
        "契約.xlsx",
    )
    assert column(reading, "account_id") == ["00123", "00187", "204"]
    assert column(reading, "mrr") == [42000, 9800, Decimal("98.1")]
    assert column(reading, "end_date") == [None, date(2025, 3, 31), None]
    assert column(reading, "source_line") == [4, 5, 6]
    assert column(reading, "name", "accounts") == ["青葉", "NA", "X"]
    assert [(row.line, row.code) for row in reading.set_aside] == [(7, "total_row")]
    notes = {note.code: note for note in reading.notes}
    assert notes["number_as_text"].examples == [(5, "9,800")]
    assert notes["preamble"].count == 2


def test_every_sheet_with_rows_is_a_table(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(
        workbook(
            subs=[HEAD, ["A", date(2024, 1, 1), 1]],
            empty=[],
            accounts=[["account_id", "name"], ["A", "Acme"]],
        )
    )
    files = read([path], ReadOptions(), tmp_path).files
    assert [(r.file, r.table) for r in files] == [
        ("book.xlsx#subs", "subscriptions"),
        ("book.xlsx#accounts", "accounts"),
    ]


def test_a_matrix_sheet_with_real_dates_as_headers(take):
    reading = take(
        workbook(m=[["Customer", date(2024, 4, 1), date(2024, 5, 1)], ["A", 10, 20]]), "m.xlsx"
    )
    assert (reading.preset, column(reading, "mrr")) == ("mrr_matrix", [10, 20])


def test_a_gzip_file_is_what_it_holds(take):
    for name, content in {
        "a.csv.gz": CSV.encode(),
        "a.gz": CSV.encode(),
        "b.jsonl.gz": b'{"account_id": "A", "start_date": "2024-01-01", "mrr": 1}',
    }.items():
        reading = take(gzip.compress(content), name)
        assert reading.file == name
        assert (column(reading, "account_id"), column(reading, "mrr")) == (["A"], [1])


def sheet_xml(cells: str, before: str = "") -> bytes:
    """A minimal workbook around raw sheet XML."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return zipped(
        **{
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>'
            '<sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": f'{before}<worksheet xmlns="{main}"><sheetData>{cells}'
            "</sheetData></worksheet>",
        }
    )


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (sheet_xml('<row r="1"><c r="A1"/></row><row r="9"><c r="XFD1048576"/></row>'), "far.xlsx",
         "sheet_too_large"),
        (sheet_xml("", '<!DOCTYPE x [<!ENTITY a "b">]>'), "entities.xlsx", "xml_entities"),
        (sheet_xml("<row>" + " " * (60 << 20) + "</row>"), "bomb.xlsx", "unpacks_too_large"),
        (zipped(**{"a.csv": b"0" * (60 << 20)}), "bomb.zip", "unpacks_too_large"),
        (zipped(**{f"f{i}.csv": "a" for i in range(1001)}), "many.zip", "unpacks_too_large"),
        (zipped(**{"inner.zip": zipped(**{"a.csv": CSV})}), "outer.zip", "nested_archive"),
        (zipped(**{"folder/": b""}), "empty.zip", "empty_file"),
        (gzip.compress(b"0" * (60 << 20)), "bomb.csv.gz", "unpacks_too_large"),
        (gzip.compress(zipped(**{"a.csv": CSV})), "outer.zip.gz", "nested_archive"),
        (gzip.compress(gzip.compress(CSV.encode())), "twice.csv.gz", "wrong_type"),
        (gzip.compress(CSV.encode())[:-9], "cut.csv.gz", "corrupt_file"),
        (gzip.compress(b""), "empty.csv.gz", "empty_file"),
        (CSV.encode(), "text.csv.gz", "wrong_type_text"),
        (b"PK\x03\x04 and nothing more", "broken.xlsx", "corrupt_file"),
        (workbook(a=[HEAD, ["A", "2024-01-01", 1]])[:-400], "cut.xlsx", "corrupt_file"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600, "secret.xlsx",
         "encrypted_file"),
        (workbook(a=[]), "blank.xlsx", "empty_file"),
        (workbook(a=[HEAD]), "head.xlsx", "header_only"),
        (b"PAR1 but no footer", "broken.parquet", "corrupt_file"),
        (CSV.encode(), "text.parquet", "wrong_type_text"),
        (CSV.encode(), "text.xlsx", "wrong_type_text"),
        (workbook(a=[HEAD]), "book.csv", "wrong_type"),
        (b"[1, 2]\n", "list.jsonl", "not_json_lines"),
        (b"account_id\n", "x.jsonl", "not_json_lines"),
        (b"[]", "none.json", "empty_file"),
        (b'[{"account_id": "A"}, {"acc', "cut.json", "not_json_lines"),
    ],
    # Archives hold the time of day, and every worker must find the same names.
    ids=lambda given: given if isinstance(given, str) else "content",
)  # fmt: skip
def test_what_is_refused(take, content, name, code):
    with pytest.raises(InputError) as refusal:
        take(content, name)
    assert refusal.value.code == code
    assert refusal.value.fields["file"]


def test_what_streams_out_counts_not_what_is_declared(tmp_path, monkeypatch):
    """A ZIP that declares less than it holds is stopped while it streams."""
    path = tmp_path / "liar.zip"
    path.write_bytes(zipped(**{"a.csv": b"0" * (60 << 20)}))
    honest = archive.open_zip

    def lying(*args):
        monkeypatch.setattr(archive, "_SMALL", 1 << 40)
        opened = honest(*args)
        monkeypatch.undo()
        return opened

    monkeypatch.setattr(archive, "open_zip", lying)
    with pytest.raises(InputError) as refusal:
        archive.members(path, "liar.zip", tmp_path)
    assert refusal.value.code == "unpacks_too_large"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\u202evsc.csv", "avsc.csv"),
        ("a\u200b\u0007b.csv", "ab.csv"),
        ("\u202e", "file"),
    ],
)
def test_names_of_files_are_shown_without_what_cannot_be_seen(name, shown):
    assert display_name(Path("somewhere") / ".." / name) == shown


def test_members_of_a_zip_are_read_one_by_one(tmp_path):
    path = tmp_path / "all.zip"
    path.write_bytes(
        zipped(
            **{
                "data/../../subs.csv": CSV,
                "__MACOSX/._subs.csv": "x",
                "accounts.csv": "account_id,name\nA,Acme\n",
            }
        )
    )
    files = read([path], ReadOptions(), tmp_path).files
    assert [(r.file, r.table) for r in files] == [
        ("subs.csv", "subscriptions"),
        ("accounts.csv", "accounts"),
    ]
    assert not (tmp_path.parent / "subs.csv").exists()


def test_typed_parquet_is_used_where_it_lies(tmp_path):
    path = tmp_path / "subs.parquet"
    data = pa.table(
        {
            "plan": ["a", "b"],
            "account_id": ["A", "B"],
            "start_date": pa.array([date(2024, 1, 1)] * 2),
            "mrr": pa.array([Decimal("1.5"), None], pa.decimal128(20, 6)),
            "name": ["Acme", "Beta"],
            "region": ["x", "y"],
            "end_date": pa.array([date(2024, 2, 1), None]),
        }
    )
    pq.write_table(data, path)
    [reading] = read([path], ReadOptions(), tmp_path / "nowhere").files
    subscriptions, accounts = reading.tables
    assert subscriptions.path == accounts.path == path
    assert subscriptions.columns == {
        "plan": 0, "account_id": 1, "start_date": 2, "mrr": 3, "end_date": 6,
    }  # fmt: skip
    assert subscriptions.segments == {"region": 5}
    assert accounts.columns == {"account_id": 1, "name": 4}
    assert (reading.rows_read, reading.set_aside) == (2, [])


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_typed_parquet_is_the_table_it_is_written_for(tmp_path, table):
    kinds = {"date": pa.date32(), "flag": pa.bool_(), "number": pa.float64(), "amount": pa.int64()}
    columns = {
        column.name: pa.nulls(1, kinds.get(column.kind, pa.string())) for column in table.columns
    }
    path = tmp_path / "export.parquet"
    pq.write_table(pa.table(columns), path)
    [reading] = read([path], ReadOptions(), tmp_path).files
    assert reading.table == table.name


def test_other_parquet_is_converted_like_text(tmp_path):
    path = tmp_path / "export.parquet"
    data = pa.table(
        {
            "Customer ID": pa.array([7, 8]),
            "Start Date": pa.array(
                list(map(datetime.fromisoformat, ["2024-01-01T05:00", "2024-02-01"]))
            ),
            "Monthly Fee": ["¥1,200", "要相談"],
        }
    )
    pq.write_table(data, path)
    [reading] = read([path], ReadOptions(), tmp_path).files
    assert records(reading) == [
        {"account_id": "7", "start_date": date(2024, 1, 1), "mrr": 1200, "currency": "JPY",
         "source_line": 2}
    ]  # fmt: skip
    assert [(row.line, row.value) for row in reading.set_aside] == [(3, "要相談")]


def test_a_hundred_million_rows_are_refused_by_the_metadata(tmp_path: Path):
    path = tmp_path / "bomb.parquet"
    block = pa.table({"x": pa.array([0], pa.int8()).take(pa.array([0] * 10_000_000, pa.int32()))})
    with pq.ParquetWriter(path, block.schema) as writer:
        for _ in range(10):
            writer.write_table(block, row_group_size=10_000_000)
    with pytest.raises(InputError) as refusal:
        read([path], ReadOptions(), tmp_path)
    assert refusal.value.code == "too_many_rows"
    assert refusal.value.fields["count"] == 100_000_000


def test_json_lines_keep_numbers_and_flatten_objects(take):
    lines = [
        {"account_id": "A", "start_date": "2024-01-01", "mrr": 12.10, "meta": {"region": "EU"}},
        {"account_id": 7, "start_date": "2024-01-01", "mrr": 3, "tags": ["a", "b"]},
    ]
    text = "\n".join([json.dumps(lines[0]), "", "not json", json.dumps(lines[1])])
    reading = take(text, "data.jsonl")
    assert column(reading, "mrr") == [Decimal("12.1"), 3]
    assert column(reading, "meta.region") == ["EU", None]
    assert column(reading, "tags") == [None, '["a", "b"]']
    assert column(reading, "source_line") == [1, 4]
    assert [(row.line, row.code, row.row) for row in reading.set_aside] == [
        (3, "bad_json", ("not json",))
    ]


def test_an_old_workbook_is_read_like_a_new_one(take):
    reading = take((Path(__file__).parent / "contracts.xls").read_bytes(), "契約.xls")
    assert (reading.table, reading.rows_read, reading.set_aside) == ("subscriptions", 3, [])
    assert column(reading, "account_id") == ["00123", "00187", "204"]
    assert column(reading, "mrr") == [42000, 9800, Decimal("98.1")]
    assert column(reading, "start_date") == [date(2024, 4, 1), date(2024, 6, 5), date(2024, 5, 1)]
    assert column(reading, "end_date") == [None, date(2025, 3, 31), None]
    assert column(reading, "name", "accounts") == ["青葉製作所", "㈱髙橋①", "ミナト"]
    with pytest.raises(InputError, check=lambda error: error.code.startswith("wrong_type")):
        take((Path(__file__).parent / "contracts.xls").read_bytes(), "契約.csv")


def test_a_list_of_objects_is_read_like_json_lines(take):
    rows = [
        {"account_id": "001", "start_date": "2024-01-05", "mrr": 10.50, "plan": {"name": "Pro"}},
        {"account_id": "002", "start_date": "2024-02-05", "mrr": 12, "plan": {"name": "Team"}},
    ]
    for text in (json.dumps(rows), json.dumps(rows, indent=2), "\n" + json.dumps(rows)):
        reading = take(text, "data.json")
        assert column(reading, "account_id") == ["001", "002"]
        assert column(reading, "mrr") == [Decimal("10.5"), 12]
        assert reading.rows_read == 2
    spread = json.dumps([rows[0], 5, rows[1]], indent=1)
    reading = take(spread, "data.json")
    assert [(row.line, row.code, row.row) for row in reading.set_aside] == [(2, "bad_json", ("5",))]
    assert column(reading, "source_line") == [1, 3]
    assert take(json.dumps(rows), "data.txt").table == "subscriptions"
    with pytest.raises(InputError) as refusal:
        take(json.dumps(rows, indent=1)[:-20], "data.json")
    assert refusal.value.fields["line"] == 10


def test_a_key_that_comes_late_is_empty_before(take, monkeypatch):
    monkeypatch.setattr(jsonlines, "CHUNK_ROWS", 2)
    rows = [{"account_id": f"A{n}", "start_date": "2024-01-05", "mrr": n} for n in range(7)]
    rows[5]["plan"] = "Pro"
    reading = take("\n".join(json.dumps(row) for row in rows), "data.jsonl")
    assert column(reading, "account_id") == [f"A{n}" for n in range(7)]
    assert column(reading, "plan") == [None] * 5 + ["Pro", None]
