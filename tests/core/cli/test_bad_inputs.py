"""Every bad input a person may bring: what it is answered with, in both languages, word for word.

A refusal is one line on standard error, status 2, and what was there before is as it was. A row
that cannot be used is set aside with its line and reason, and the rest is used.
"""

from __future__ import annotations

import errno
import io
import os
import sqlite3
import tomllib
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cs_core.text import t
from cs_core.workspace import Workspace
from cs_core.workspace.names import dataset_id
from tests.core.importers.test_child import repeated_strings
from tests.core.importers.test_containers import sheet_xml

HEAD = "account_id,start_date,mrr\n"
BEFORE = HEAD + "OLD,2023-01-01,7\n"
SENTENCES = tomllib.loads((Path(__file__).parent / "bad_inputs.toml").read_text("utf-8"))


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def hundred_million_rows(path: Path) -> None:
    """A few hundred kilobytes of Parquet."""
    ones = pa.table({"account_id": pa.array(["A"] * 1_000_000).dictionary_encode()})
    with pq.ParquetWriter(path, ones.schema) as writer:
        for _ in range(100):
            writer.write_table(ones, row_group_size=1_000_000)


# What is refused: by its name in bad_inputs.toml, the bytes or who writes them.
REFUSED: dict[str, tuple[str, bytes | Callable[[Path], None]]] = {
    "empty": ("empty.csv", b""),
    "blank": ("blank.csv", b"\n\n  \n"),
    "header_only": ("header.csv", HEAD.encode()),
    "every_row": ("ragged.csv", (HEAD + "A,2024-01-01\nB,2024-01-01,2,3\n").encode()),
    "unclosed_quote": ("unclosed.csv", (HEAD + 'A,2024-01-01,1\n"B,2024-01-01,2\n').encode()),
    "binary": ("binary.csv", bytes(range(256)) * 50),
    "html": ("login.csv", b"<!DOCTYPE html><html><body>Sign in</body></html>\n"),
    "wide": ("wide.csv", f"{','.join(f'c{i}' for i in range(201))}\n{'1,' * 200}1\n".encode()),
    "duplicate_headers": ("twice.csv", b"account_id,start_date,mrr,mrr\nA,2024-01-01,1,2\n"),
    "mixed_dates": ("mixed.csv", (HEAD + "A,13/01/2024,1\nB,01/13/2024,2\n").encode()),
    "ambiguous_dates": ("order.csv", (HEAD + "A,01/02/03,1\nB,04/05/06,2\n").encode()),
    "xlsx_bomb": ("bomb.xlsx", lambda path: path.write_bytes(repeated_strings())),  # type: ignore[dict-item]
    "xlsx_entities": ("entities.xlsx", sheet_xml("", '<!DOCTYPE x [<!ENTITY a "b">]>')),
    "xlsx_encrypted": (
        "secret.xlsx",
        b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600,
    ),
    "xlsx_corrupt": ("cut.xlsx", workbook(["account_id"], ["A"])[:300]),
    "parquet_rows": ("many.parquet", hundred_million_rows),
    "parquet_footer": ("footer.parquet", b"PAR1" + b"\0" * 100 + b"PAR1"),
    "not_subscriptions": ("colours.csv", b"colour,weight\nred,1\nblue,2\n"),
}


def content(run: Any) -> str:
    """Everything the stored dataset says of itself."""
    answered = run("explain", "mrr_movements", "--dataset", "d", "--at", "month=2023-01")
    assert answered.status == 0, answered.err
    return str(answered.out)


def refused(run: Any, name: str, *words: object) -> None:
    """Refused in both languages with the sentence written down for it; nothing else is said."""
    for language in ("en", "ja"):
        done = run(*words, "--lang", language)
        assert (done.status, done.out) == (2, "")
        assert done.err == SENTENCES[name][language] + "\n"


@pytest.fixture
def kept(run: Any, tmp_path: Path) -> Any:
    """A dataset `d` is there before; afterwards it must be the same."""
    before = tmp_path / "before.csv"
    before.write_text(BEFORE)
    assert run("import", before, "--dataset", "d").status == 0
    was = content(run)
    yield run
    assert content(run) == was


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused_with_its_sentence(kept: Any, tmp_path: Path, name: str):
    file, made = REFUSED[name]
    path = tmp_path / file
    path.write_bytes(made) if isinstance(made, bytes) else made(path)
    refused(kept, name, "import", path, "--dataset", "d")


def test_a_mapping_for_other_columns(kept: Any, tmp_path: Path):
    (tmp_path / "m.toml").write_text('table = "subscriptions"\n[columns]\nkunde = "account_id"\n')
    (tmp_path / "subs.csv").write_text(BEFORE)
    words = ("import", tmp_path / "subs.csv", "--dataset", "d", "--mapping", tmp_path / "m.toml")
    refused(kept, "mapping_absent", *words)


def test_a_dataset_name_with_a_slash(kept: Any, tmp_path: Path):
    refused(kept, "slash", "import", tmp_path / "before.csv", "--dataset", "a/b")


def test_two_imports_into_one_dataset_at_once(kept: Any, tmp_path: Path):
    (tmp_path / "new.csv").write_text(HEAD + "NEW,2024-01-01,1\n")
    with Workspace().lock(dataset_id("d")):
        for language in ("en", "ja"):
            done = kept("import", tmp_path / "new.csv", "--dataset", "d", "--lang", language)
            assert done.status == 2
            expected = SENTENCES["import_running"][language].replace("{process}", str(os.getpid()))
            assert done.err == expected + "\n"


def test_a_workspace_written_by_a_newer_version(kept: Any, tmp_path: Path, monkeypatch: Any):
    home = tmp_path / "newer"
    monkeypatch.setenv("KEIZOKU_HOME", str(home))
    Workspace()
    with sqlite3.connect(home / "state.sqlite") as state:
        [known] = state.execute("PRAGMA user_version").fetchone()
        state.execute("PRAGMA user_version = 999")
    for language in ("en", "ja"):
        done = kept("import", tmp_path / "before.csv", "--dataset", "d", "--lang", language)
        assert (done.status, done.out) == (2, "")
        expected = SENTENCES["newer"][language].replace("{known}", str(known))
        assert done.err == expected + "\n"
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path / "home"))


def test_a_full_disk(kept: Any, tmp_path: Path, monkeypatch: Any):
    from cs_core.datasets import making

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "new.csv").write_text(HEAD + "NEW,2024-01-01,1\n")
    monkeypatch.setattr(making, "write_set_aside", full)
    refused(kept, "disk_full", "import", tmp_path / "new.csv", "--dataset", "d")


def test_a_workspace_that_cannot_be_written(kept: Any, tmp_path: Path, monkeypatch: Any):
    made = Path.mkdir

    def refuse(path: Path, *words: Any, **more: Any) -> None:
        if path.parent.parent.name == "datasets":
            raise OSError(errno.EROFS, "Read-only file system")
        made(path, *words, **more)

    (tmp_path / "new.csv").write_text(HEAD + "NEW,2024-01-01,1\n")
    monkeypatch.setattr(Path, "mkdir", refuse)
    refused(kept, "read_only", "import", tmp_path / "new.csv", "--dataset", "d")
    monkeypatch.undo()
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path / "home"))


# What is read, or read in part: rows read, used, and the reason, line and value of the rest.
TAKEN: dict[str, tuple[str, bytes, int, int, list[tuple[str, int]]]] = {
    "byte order mark": ("bom.csv", ("\ufeff" + BEFORE).encode(), 1, 1, []),
    "CP932": (
        "a.csv",
        "顧客ID,契約開始日,月額,会社名\nソ1,2024/4/1,9,㈱髙橋①\n".encode("cp932"),
        1,
        1,
        [],
    ),
    "UTF-16": ("a.csv", BEFORE.encode("utf-16"), 1, 1, []),
    "semicolons": ("a.csv", HEAD.replace(",", ";").encode() + b"A;2024-01-01;1.200,50\n", 1, 1, []),
    "carriage returns": (
        "a.csv",
        (BEFORE + "B,2024-01-01,2\n").replace("\n", "\r").encode(),
        2,
        2,
        [],
    ),
    "ragged rows": (
        "a.csv",
        (HEAD + "A,2024-01-01\nB,2024-01-01,2\nC,2024-01-01,3,4\n").encode(),
        3,
        1,
        [("ragged", 2), ("ragged", 4)],
    ),
    "NUL": (
        "a.csv",
        (HEAD + "A\0,2024-01-01,1\n" + "B,2024-01-01,2\n" * 400).encode(),
        401,
        400,
        [("nul_character", 2)],
    ),
    "5 MB cell": (
        "a.csv",
        (HEAD + "A,2024-01-01,1\n" + "x" * (5 << 20) + ",2024-01-01,1\n").encode(),
        2,
        1,
        [("cell_too_long", 3)],
    ),
    "case": ("a.csv", b"account_id,start_date,mrr,Plan,plan\nA,2024-01-01,1,a,b\n", 1, 1, []),
    "blank header": ("a.csv", b"account_id,start_date,mrr,\nA,2024-01-01,1,x\n", 1, 1, []),
    "SQL header": (
        "a.csv",
        b'account_id,start_date,mrr,"""; drop table lines"\nA,2024-01-01,1,x\n',
        1,
        1,
        [],
    ),
    "tooltip headers": (
        "a.csv",
        b"account_id,start_date,mrr,image,url,href\nA,2024-01-01,1,http://e,b,c\n",
        1,
        1,
        [],
    ),
    "far dates": (
        "a.csv",
        b"account_id,start_date,end_date,mrr\nA,2024-01-01,9999-12-31,1\nB,0001-01-01,,2\n",
        2,
        1,
        [("date_out_of_range", 3)],
    ),
    "money": (
        "a.csv",
        (HEAD + 'A,2024-01-01,"$1,234.50"\nB,2024-01-01,$99\nC,2024-01-01,(50)\n').encode(),
        3,
        2,
        [("negative_amount", 4)],
    ),
    "yen": ("a.csv", (HEAD + "A,2024-01-01,￥100\n").encode(), 1, 1, []),
    "no numbers": (
        "a.csv",
        (
            HEAD + "A,2024-01-01,1e309\nB,2024-01-01,NaN\nC,2024-01-01,inf\nD,2024-01-01,5\n"
        ).encode(),
        4,
        1,
        [("unparsable", 2), ("unparsable", 4), ("missing_value", 3)],
    ),
    "text NA": ("a.csv", (HEAD + "NA,2024-01-01,1\nnull,2024-01-01,2\n").encode(), 2, 2, []),
    "leading zeros": (
        "a.csv",
        (HEAD + "00123,2024-01-01,1\n123,2024-01-01,1\n").encode(),
        2,
        2,
        [],
    ),
    "negative MRR": (
        "a.csv",
        (HEAD + "A,2024-01-01,-5\nB,2024-01-01,5\n").encode(),
        2,
        1,
        [("negative_amount", 2)],
    ),
    "end before start": (
        "a.csv",
        b"account_id,start_date,end_date,mrr\nA,2024-02-01,2024-01-01,5\nB,2024-02-01,,5\n",
        2,
        1,
        [("end_before_start", 2)],
    ),
    "account twice in a matrix": ("a.csv", b"Customer,2024-01,2024-02\nA,1,2\nA,3,4\n", 2, 2, []),
    "a single month": ("a.csv", b"Customer,2024-01\nA,1\nB,5\n", 2, 2, []),
    "direction mark": ("a\u202evsc.csv", BEFORE.encode(), 1, 1, []),
    "hostile names": (
        "a.csv",
        (
            HEAD + '![x](http://e/x.png),2024-01-01,1\n"=HYPERLINK(""http://e"")",2024-01-01,2\n'
            "</script><script>alert(1)</script>,2024-01-01,3\n"
        ).encode(),
        3,
        3,
        [],
    ),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_can_be_used_is_and_the_rest_is_set_aside(run: Any, tmp_path: Path, name: str):
    file, made, read, used, aside = TAKEN[name]
    path = tmp_path / file
    path.write_bytes(made)
    out = tmp_path / "aside.csv"
    found = run("import", path, "--dataset", "d", "--set-aside", out).json
    [item] = found["files"]
    assert (item["rows_read"], item["rows_accepted"]) == (read, used)
    assert item["rows_set_aside"] == read - used
    lines = out.read_text("utf-8-sig").splitlines()[1:]
    assert [line.split(",")[1:5:3] for line in lines] == [[str(at), code] for code, at in aside]
    for code in {code for code, _ in aside}:
        assert t(f"problem.{code}", "en") != t(f"problem.{code}", "ja")
    assert "\u202e" not in item["file"]
    assert run("query", "mrr_movements", "--dataset", "d").status == 0


def test_detections_are_shown(run: Any, tmp_path: Path):
    for name, encoding, delimiter in [
        ("CP932", "cp932", ","), ("UTF-16", "utf-16", ","), ("semicolons", "utf-8", ";"),
    ]:  # fmt: skip
        path = tmp_path / TAKEN[name][0]
        path.write_bytes(TAKEN[name][1])
        [item] = run("check", path).json["files"]
        assert (item["encoding"], item["delimiter"]) == (encoding, delimiter)


def test_figures_of_repeated_accounts_in_a_matrix_are_the_sum(run: Any, tmp_path: Path):
    path = tmp_path / "m.csv"
    path.write_bytes(TAKEN["account twice in a matrix"][1])
    found = run("query", "mrr_movements", path).json
    assert [row["closing_mrr"] for row in found] == ["4.000000", "6.000000"]
    assert [problem["code"] for problem in run("check", path).json["problems"]] == [
        "duplicate_account",
        "there_before_the_data",
    ]


def test_amounts_and_days_beyond_belief_in_typed_files(run: Any, tmp_path: Path):
    days = pa.array([date(2024, 1, 1)] * 4 + [date(1, 1, 1)])
    ends = pa.array([date(9999, 12, 31)] * 5)
    for amounts in (
        pa.array([Decimal(9) * 10**20, Decimal("-1e20"), Decimal(5), None, Decimal(5)]),
        pa.array([2**62, -(2**62), 5, None, 5]),
        pa.array([1e300, float("-inf"), 5.0, float("nan"), 5.0]),
    ):
        path = tmp_path / "typed.parquet"
        columns = {"account_id": list("ABCDE"), "start_date": days, "end_date": ends}
        pq.write_table(pa.table({**columns, "mrr": amounts}), path)
        found = run("import", path, "--dataset", "d").json
        assert found["files"][0]["rows_accepted"] == 1
        assert {problem["code"] for problem in found["problems"]} == {
            "too_large", "negative_amount", "missing_value", "date_out_of_range",
        }  # fmt: skip
        closing = run("query", "mrr_movements", "--dataset", "d").json[-1]["closing_mrr"]
        assert closing == "5.000000"


def test_a_note_in_an_archive_is_left_alone_and_told_of(run: Any, tmp_path: Path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("subs.csv", BEFORE)
        archive.writestr("readme.txt", "hello")
    found = run("check", path).json
    assert [(item["file"], item["rows_accepted"]) for item in found["files"]] == [
        ("subs.csv", 1),
        ("readme.txt", 0),
    ]
    assert [problem["code"] for problem in found["problems"]] == ["not_a_table"]


@pytest.mark.parametrize("content", [b"x" * 3_000_000, b",,,\n,,,\n", b"PK\x05\x06" + b"\0" * 18])
def test_what_holds_no_table_is_refused_in_one_sentence(run: Any, tmp_path: Path, content: bytes):
    path = tmp_path / ("none.zip" if content.startswith(b"PK") else "none.csv")
    path.write_bytes(content)
    done = run("check", path)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert path.name in done.err
