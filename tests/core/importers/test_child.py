"""Reading in a bounded child: the same answer, or a refusal, and the parent unmoved."""

from __future__ import annotations

import io
import resource
import zipfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cs_core.errors import InputError, WorkspaceError
from cs_core.importers import Mapping, ReadOptions, read
from cs_core.importers.bounded.child import MEMORY, read_in_child

TEXT = "account_id,start_date,mrr,会社名\nA,2024-01-01,1,青葉\nB,soon,2,\nC,2024-01-01,１２,森\n"


def test_a_child_says_what_reading_here_says(tmp_path: Path):
    path = tmp_path / "subs.csv"
    path.write_text(TEXT)
    matrix = tmp_path / "matrix.csv"
    matrix.write_text("Customer,2024-01,2024-02\nA,1,2\n")
    here = read([path, matrix], ReadOptions(), tmp_path)
    there = read_in_child([path, matrix], ReadOptions(), tmp_path)
    assert there == here
    assert there.files[1].matrix_until == date(2024, 2, 29)


def test_options_reach_the_child(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("a;b;c\nA;01/02/2024;3\n")
    mapping = Mapping("subscriptions", {"a": "account_id", "b": "start_date", "c": "mrr"})
    options = ReadOptions(mapping=mapping, date_order="dmy", delimiter=";")
    assert read_in_child([path], options, tmp_path) == read([path], options, tmp_path)


def test_a_refusal_comes_back_as_it_is(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text('a,b\n"1,2\n')
    with pytest.raises(InputError) as refusal:
        read_in_child([path], ReadOptions(), tmp_path)
    assert refusal.value.code == "unclosed_quote"
    assert refusal.value.fields == {"file": "x.csv", "line": 2}


def repeated_strings() -> bytes:
    """Under a megabyte of XLSX: one long shared string, told to stand in 400 000 cells."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    row = "".join(f'<c r="{chr(65 + i)}{{0}}" t="s"><v>0</v></c>' for i in range(20))
    rows = "".join(f'<row r="{n}">{row.replace("{0}", str(n))}</row>' for n in range(1, 20_001))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
        container.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        container.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>'
            '<sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        container.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" '
            f'Type="{rel}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        )
        container.writestr(
            "xl/sharedStrings.xml",
            f'<sst xmlns="{main}" count="1" uniqueCount="1"><si><t>{"x" * 32_000}</t></si></sst>',
        )
        container.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
        )
    return out.getvalue()


def test_a_workbook_that_needs_gigabytes_kills_only_the_child(tmp_path: Path):
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(repeated_strings())
    assert path.stat().st_size < 3 << 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError) as refusal:
        read_in_child([path], ReadOptions(), tmp_path)
    assert refusal.value.code == "too_much_memory"
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 50_000  # kilobytes


def test_time_is_bounded(tmp_path: Path):
    path = tmp_path / "subs.csv"
    path.write_text(TEXT)
    with pytest.raises(InputError) as refusal:
        read_in_child([path], ReadOptions(), tmp_path, seconds=0.01)
    assert refusal.value.code == "takes_too_long"


def test_who_waits_hears_how_far_it_is_and_can_stop_it(tmp_path: Path):
    path = tmp_path / "subs.csv"
    path.write_text(
        "account_id,start_date,mrr\n" + 'A,2024-01-01,1\n"a\nb",2024-01-01,1\n' * 90_000
    )
    heard: list[float] = []
    read_in_child([path], ReadOptions(), tmp_path, heard=heard.append)
    assert heard == sorted(heard)
    assert any(0 < share < 1 for share in heard)

    def stop(share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        read_in_child([path], ReadOptions(), tmp_path, heard=stop)


def test_a_file_beyond_the_cap_is_not_opened(tmp_path: Path):
    path = tmp_path / "subs.csv"
    path.write_text(TEXT)
    with pytest.raises(InputError) as refusal:
        read_in_child([path], ReadOptions(), tmp_path, max_bytes=10)
    assert refusal.value.code == "file_too_large"


def test_the_largest_upload_fits_into_the_child(tmp_path: Path):
    path = tmp_path / "subs.csv"
    rows = (
        f"acct-{n % 270_000:06},sub-{n:07},Enterprise,2024-0{n % 9 + 1}-11,2025-04-19,"
        f"{n % 4000}.09,JP,partner,owner {n % 40}\n"
        for n in range(700_000)
    )
    head = "account_id,subscription_id,plan,start_date,end_date,mrr,country,channel,owner\n"
    path.write_text((head + "".join(rows))[: 50 << 20].rsplit("\n", 1)[0] + "\n")
    # With a quarter to spare: machines differ.
    [reading] = read_in_child(
        [path], ReadOptions(), tmp_path, memory=MEMORY * 3 // 4, seconds=120
    ).files
    assert reading.rows_read > 600_000
    assert reading.set_aside == []


def test_too_little_memory_for_a_typed_file_is_not_called_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "typed.parquet"
    day = pa.array([date(2024, 1, 1)])
    columns = {"account_id": ["a"], "start_date": day, "end_date": day, "mrr": [1.0]}
    pq.write_table(pa.table(columns), path)

    def scarce(*_: object, **__: object) -> None:
        raise pa.ArrowMemoryError("malloc of size 64 failed")

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", scarce)
    with pytest.raises(MemoryError):
        read([path], ReadOptions(), tmp_path)


def test_a_full_disk_is_said_as_one_from_the_child(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text(TEXT)
    (tmp_path / "progress").symlink_to("/dev/full")
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "disk_full"):
        read_in_child([path], ReadOptions(), tmp_path)
