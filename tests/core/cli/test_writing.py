"""Rows in order, the first of them, and into files; files by pattern, as streams, in sentences."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

ROOT = Path(__file__).parents[3]
FILE = ROOT / "sample_data" / "golden" / "nrr.csv"
MESSY = ROOT / "sample_data" / "messy.csv"


def test_sort_and_top(run):
    every = run("query", "mrr_movements", FILE).json
    by_mrr = sorted(every, key=lambda row: float(row["closing_mrr"]), reverse=True)
    found = run("query", "mrr_movements", FILE, "--sort", "closing_mrr:desc", "--top", "2").json
    assert [row["closing_mrr"] for row in found] == [row["closing_mrr"] for row in by_mrr[:2]]
    churn = run("query", "churn", FILE, "--sort", "customer_churn_rate").json
    rates = [row["customer_churn_rate"] for row in churn]
    known = [rate for rate in rates if rate is not None]
    assert rates == [*sorted(known), *[None] * (len(rates) - len(known))]


@pytest.mark.parametrize(
    "words", [["--sort", "nope"], ["--sort", "month:up"], ["--top", "0"], ["--top", "few"]]
)
def test_wrong_order(run, words):
    done = run("query", "churn", FILE, *words)
    assert (done.status, done.out) == (2, "")
    assert words[1] in done.err


def test_files_hold_numbers_and_run_nothing(run, tmp_path):
    data = tmp_path / "in.csv"
    data.write_text("account_id,start_date,mrr,plan\n=1+1,2024-01-01,10.5,=cmd\nB,2024-01-01,2,x\n")
    words = ["query", "mrr_movements", data, "--by", "plan", "--to", "2024-01"]
    rows = run(*words).json
    for suffix in ("csv", "xlsx", "parquet"):
        path = tmp_path / f"out.{suffix}"
        assert run(*words, "--out", path).json == [{"file": str(path), "rows": len(rows)}]
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    heads, *cells = sheet.iter_rows()
    place = [cell.value for cell in heads].index("closing_mrr")
    assert [row[place].value for row in cells] == [float(row["closing_mrr"]) for row in rows]
    plans = [row[1] for row in cells]
    assert {cell.data_type for cell in plans} == {"s"}  # "f" would be a formula
    assert {cell.value for cell in plans} == {"=cmd", "x"}
    table = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert table.schema.field("closing_mrr").type == pyarrow.decimal128(38, 6)
    assert [f"{v:.6f}" for v in table["closing_mrr"].to_pylist()] == [
        row["closing_mrr"] for row in rows
    ]
    assert "'=cmd" in (tmp_path / "out.csv").read_text("utf-8-sig")


@pytest.mark.parametrize("name", ["out.doc", "nowhere/out.csv"])
def test_a_file_that_cannot_be_written(run, tmp_path, name):
    done = run("query", "churn", FILE, "--out", tmp_path / name)
    assert (done.status, done.out) == (2, "")
    assert Path(name).name in done.err


def test_csv_is_one_table(run):
    done = run("check", MESSY, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["file"] for row in rows] == ["messy.csv"]
    assert "problems" in done.err
    problems = run("check", MESSY, "--part", "problems", "--format", "csv")
    codes = [row["code"] for row in csv.DictReader(io.StringIO(problems.out))]
    assert codes == [item["code"] for item in run("check", MESSY).json["problems"]]
    assert run("check", MESSY, "--part", "nothing").status == 2


@pytest.mark.parametrize("language", ["en", "ja"])
def test_sentences_for_a_person(run, language):
    said = run("check", MESSY, "--format", "table", "--lang", language).out
    problems = run("check", MESSY).json["problems"]
    for problem in problems:
        assert problem["code"] not in said
    assert "129.9" in said  # the MRR at stake in the row whose date cannot be read
    assert "--set-aside" in said
    assert ("MRR at stake" in said) == (language == "en")
    clean = run("import", FILE, "--dataset", "a", "--format", "table", "--lang", language).out
    assert "--set-aside" not in clean
    assert "problems" not in clean
    assert "restated" not in clean


def test_patterns_and_streams(run, monkeypatch, tmp_path):
    wanted = run("query", "churn", FILE).json
    assert run("query", "churn", FILE.parent / "nr?.csv").json == wanted
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FILE.read_bytes())))
    assert run("query", "churn", "-").json == wanted
    assert run("check", tmp_path / "*.csv").status == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_is_read(tmp_path):
    command = [sys.executable, "-m", "cs_core", "query", "churn", "/dev/stdin"]
    done = subprocess.run(
        command, cwd=ROOT, input=FILE.read_bytes(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_language_of_the_system(run, monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    assert "見つかりません" in run("query", "churn", "none.csv").err
    assert "no file" in run("query", "churn", "none.csv", "--lang", "en").err
    monkeypatch.setenv("LC_ALL", "C")
    assert "no file" in run("query", "churn", "none.csv").err


def test_settings_say_where_they_come_from(run, tmp_path, monkeypatch):
    monkeypatch.setenv("STREAMLIT_SERVER_PORT", "9000")
    found = {row["setting"]: row for row in run("config").json}
    assert found["home"]["value"] == str(tmp_path / "home")
    assert found["home"]["source"] == "KEIZOKU_HOME"
    assert found["server.port"] == {
        "setting": "server.port",
        "value": "9000",
        "source": "STREAMLIT_SERVER_PORT",
    }
    assert found["server.address"]["value"] == "127.0.0.1"


def test_version(run):
    from cs_core import __version__

    assert run("--version").out == run("-V").out == f"keizoku {__version__}\n"


def test_an_offered_play_keeps_its_name(run):
    run("import", ROOT / "sample_data" / "demo" / "subscriptions.csv", "--dataset", "a")
    for action, is_on in (("on", True), ("off", False), ("on", True)):
        listed = run("plays", action, "overdue", "--dataset", "a").json
        found = {row["name"]: row["on"] for row in listed}
        assert found["overdue"] is is_on
    assert "list" in run("plays").err
    assert "export" in run("tasks").err
