"""The commands end to end: the same figures through each door, in every format."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from cs_core import open_dataset
from cs_core.metrics import catalogue
from cs_core.workspace import Workspace

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "sample_data"
GOLDEN = SAMPLE / "golden"
DEMO = [SAMPLE / "demo" / "subscriptions.csv", SAMPLE / "demo" / "accounts.csv"]
STORY = GOLDEN / "one_customer.csv"


def test_json_has_the_contracts_forms(run):
    records = run("query", "mrr_movements", STORY, "--as-of", "2024-04-30").json
    assert [r["month"] for r in records][:2] == ["2023-01", "2023-02"]
    assert len(records) == 16
    assert records[0]["new_mrr"] == "166.666667"
    assert records[0]["fx_mrr"] == "0.000000"
    assert records[0]["opening_customers"] == 0
    churn = run("query", "churn", STORY, "--as-of", "2024-04-30").json
    assert churn[0]["customer_churn_rate"] is None  # nobody at the start
    assert churn[1]["customer_churn_rate"] == 0
    assert set(churn[0]) >= {"currency", "joined_and_left", "left_and_returned", "partial"}


def test_ranges_take_any_period_label(run):
    def months(*words):
        return [r["month"] for r in run("query", "mrr_movements", STORY, *words).json]

    assert months("--from", "2023-Q2", "--to", "2023-06") == ["2023-04", "2023-05", "2023-06"]
    assert months("--from", "2023-W05", "--to", "2023-W05") == ["2023-01", "2023-02"]
    assert months("--to", "2023") == [f"2023-{m:02d}" for m in range(1, 13)]
    quarters = run(
        "query", "mrr_movements", STORY, "--period", "quarter", "--from", "2023-06", "--to", "2023"
    ).json
    assert [r["period"] for r in quarters] == ["2023-Q2", "2023-Q3", "2023-Q4"]


def test_a_figure_is_the_same_through_each_door(run, tmp_path):
    run("import", *DEMO, "--dataset", "demo").json  # noqa: B018
    for metric in (
        "mrr_movements",
        "churn",
        "retention",
        "cohorts",
        "survival",
        "renewals",
        "kpis",
    ):
        stored = run("query", metric, "--dataset", "demo", "--by", "plan")
        files = run("query", metric, *DEMO, "--by", "plan")
        assert stored.json
        assert stored.out == files.out
        with open_dataset(dataset="demo", workspace=Workspace(tmp_path / "home")) as dataset:
            frame = dataset.query(metric, by="plan", exact=True)
        records = stored.json
        assert list(frame.columns) == list(records[0])
        for row, record in zip(frame.itertuples(index=False), records, strict=True):
            for value, written in zip(row, record.values(), strict=True):
                if isinstance(value, Decimal):
                    assert written == f"{value:.6f}"
                elif value is None or value != value:
                    assert written is None
                else:
                    assert written == value


def test_csv_has_the_same_cells_and_is_inert(run, tmp_path):
    file = tmp_path / "s.csv"
    file.write_text(
        "account_id,start_date,end_date,mrr,plan\n"
        "A,2024-01-05,2024-02-10,100,=1+1\nB,2024-01-05,,50,\n"
    )
    words = ("query", "mrr_movements", file, "--by", "plan", "--as-of", "2024-02-29")
    done = run(*words, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    records = run(*words).json
    assert list(rows[0]) == list(records[0])
    for row, record in zip(rows, records, strict=True):
        for name, value in record.items():
            if name == "plan":
                assert row[name] == {"=1+1": "'=1+1", None: ""}[value]
            else:
                assert row[name] == (str(value).lower() if isinstance(value, bool) else str(value))


def test_a_table_lines_up_also_with_wide_characters(run, tmp_path):
    file = tmp_path / "s.csv"
    file.write_text(
        "account_id,start_date,mrr,plan\nA,2024-01-05,1234567,標準\nB,2024-01-05,50.5,Basic\n",
        encoding="utf-8",
    )
    words = ("query", "mrr_movements", file, "--by", "plan", "--as-of", "2024-01-31")
    lines = run(*words, "--format", "table").out.splitlines()
    assert lines[0].split()[:3] == ["month", "plan", "currency"]
    assert "1,234,567" in lines[3]
    assert "50.5" in lines[2]
    # Two columns of the screen for each of the two characters.
    assert lines[2].index("XXX") == lines[3].index("XXX") + 2


def test_formats_default_to_json_where_nobody_looks(run):
    assert run("metrics").out.startswith("[")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_catalogue_says_what_each_metric_is(run, language):
    records = run("metrics", "--lang", language).json
    assert [r["name"] for r in records] == list(catalogue())
    for record in records:
        first = ["name", "title", "grain", "unit", "definition", "parameters"]
        assert list(record) == [*first, "kind", "heeds", "keys", "absent"]
        assert all(record.values())
        assert (re.search("[ぁ-ん一-龥ァ-ン]", record["definition"]) is not None) == (
            language == "ja"
        )


def test_sql_shows_a_statement_with_and_without_data(run):
    with_data = run("sql", "churn", STORY)
    assert with_data.status == 0
    assert "SELECT" in with_data.out
    assert "$as_of = 2024-04-01" in with_data.out
    without = run("sql", "churn", "--by", "country")
    assert without.status == 0
    assert "SELECT" in without.out


def test_explain_leads_to_the_lines_of_the_file(run):
    for words in (
        ("explain", "mrr_movements", STORY, "--at", "month=2023-06", "movement=contraction"),
        ("explain", "mrr_movements", "--at", "month=2023-06", "movement=contraction", STORY),
        (
            "explain",
            "mrr_movements",
            STORY,
            "--at",
            "month=2023-06",
            "--at",
            "movement=contraction",
        ),
    ):
        records = run(*words).json
        assert len(records) == 1
        assert records[0]["account_id"] == "Acme"
        assert records[0]["delta"] == "-60.000000"
        # Silver ends: line 3 of the file, the header being line 1.
        assert {"file": "one_customer.csv", "line": 3} in records[0]["sources"]


def test_fit_gives_the_published_figures(run, tmp_path):
    # Fader & Hardie 2007, table 1, high end, seven years; residual lifetimes at 10 % as published.
    shares = [100.0, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1]
    file = tmp_path / "high_end.csv"
    file.write_text(
        "age,survivors_pct\n" + "".join(f"{age},{share}\n" for age, share in enumerate(shares))
    )
    found = run("fit", file, "--model", "sbg", "--discount", "0.1", "--periods", "8").json
    assert found["parameters"]["alpha"] == pytest.approx(0.668, abs=0.0035)
    assert found["parameters"]["beta"] == pytest.approx(3.806, abs=0.02)
    assert found["expected_residual_lifetime"]["0"] == pytest.approx(5.922, abs=0.003)
    assert found["expected_residual_lifetime"]["8"] == pytest.approx(7.530, abs=0.003)
    assert found["survival"][0] == 1


def test_check_counts_every_row(run):
    report = run("check", SAMPLE / "messy.csv").json
    (file,) = report["files"]
    assert set(file) == {
        "file",
        "table",
        "preset",
        "encoding",
        "delimiter",
        "rows_read",
        "rows_accepted",
        "rows_set_aside",
        "mapping",
    }
    assert file["delimiter"] == ";"
    # By hand: 17 rows below the header; aside: a start date that says n/a, two ragged, the total,
    # an end before its start and a negative amount.
    assert (file["rows_read"], file["rows_accepted"], file["rows_set_aside"]) == (17, 11, 6)
    found = {p["code"]: [e["line"] for e in p["examples"]] for p in report["problems"]}
    assert found["missing_value"] == [11]
    assert found["ragged"] == [15, 20]
    assert found["total_row"] == [21]
    assert found["end_before_start"] == [14]
    assert found["negative_amount"] == [16]
    japanese = run("check", SAMPLE / "japanese_cp932.csv").json["files"][0]
    assert japanese["encoding"] == "cp932"
    assert japanese["rows_accepted"] == 30
    assert japanese["mapping"]["顧客コード"] == "account_id"


def test_a_table_that_matches_nothing_is_set_aside_whole(run, tmp_path):
    file = tmp_path / "weather.csv"
    file.write_text("colour,taste\nred,sour\nblue,sweet\n")
    done = run("check", file)
    assert done.status == 0
    (found,) = done.json["files"]
    assert found["table"] is None
    assert (found["rows_read"], found["rows_accepted"], found["rows_set_aside"]) == (2, 0, 2)


def test_import_keeps_writes_what_it_set_aside_and_repeats_nothing(run, tmp_path):
    aside = tmp_path / "aside.csv"
    report = run("import", SAMPLE / "messy.csv", "--dataset", "messy", "--set-aside", aside).json
    assert report["dataset"] == "messy"
    assert report["restated"] == []
    with aside.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert sorted(int(row["line"]) for row in rows) == [11, 14, 15, 16, 20, 21]
    again = run("import", SAMPLE / "messy.csv", "--dataset", "messy").json
    assert again["files"] == report["files"]
    assert [d["version"] for d in run("workspace", "list").json] == [1]


def test_a_newer_export_restates(run, tmp_path):
    file = tmp_path / "s.csv"
    lines = "account_id,start_date,end_date,mrr\nA,2024-01-05,,100\nC,2024-04-01,,10\n"
    file.write_text(lines + "B,2024-01-05,,50\n")
    run("import", file, "--dataset", "acme").json  # noqa: B018
    file.write_text(lines + "B,2024-01-05,2024-02-03,50\n")
    report = run("import", file, "--dataset", "acme").json
    assert report["restated"]
    (stored,) = run("workspace", "list").json
    assert stored["version"] == 2


def test_a_mapping_file_says_which_column_is_what(run, tmp_path):
    file = tmp_path / "odd.csv"
    file.write_text("who,since,pays\nA,2024-01-05,100\n")
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        'table = "subscriptions"\n[columns]\nwho = "account_id"\nsince = "start_date"\n'
        'pays = "mrr"\n[constants]\ncurrency = "EUR"\n'
    )
    records = run("query", "mrr_movements", file, "--mapping", mapping).json
    assert [(r["currency"], r["new_mrr"]) for r in records] == [("EUR", "100.000000")]
    mapping.write_text("table = 3\n")
    assert run("check", file, "--mapping", mapping).status == 2


def test_the_workspace_from_the_command_line(run, tmp_path):
    run("import", STORY, "--dataset", "物語").json  # noqa: B018
    before = run("query", "churn", "--dataset", "物語").out
    assert [d["name"] for d in run("workspace", "list").json] == ["物語"]
    assert run("workspace", "backup", tmp_path / "all.zip").status == 0
    assert run("workspace", "delete", "物語").json == []
    assert [d["name"] for d in run("workspace", "undo", "物語").json] == ["物語"]
    assert run("workspace", "restore", tmp_path / "all.zip").status == 2
    assert run("workspace", "restore", tmp_path / "all.zip", "--replace").status == 0
    assert run("query", "churn", "--dataset", "物語").out == before


def test_demo_writes_the_company_and_its_truth(run, tmp_path):
    records = run("demo", "--out", tmp_path / "d", "--accounts", 50, "--months", 6).json
    assert {Path(r["file"]).name for r in records} >= {"subscriptions.csv", "truth.json"}
    truth = json.loads((tmp_path / "d" / "truth.json").read_text("utf-8"))
    files = sorted((tmp_path / "d").glob("*.csv"))
    words = ("--from", truth["first_month"], "--as-of", truth["as_of"])
    rows = run("query", "mrr_movements", *files, *words).json
    assert [(r["month"], r["closing_mrr"], r["closing_customers"]) for r in rows] == [
        (t["month"], t["mrr"], t["customers"]) for t in truth["totals"]
    ]


def python_m(*words, home, **options):
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "KEIZOKU_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_a_query_starts_without_what_takes_long_to_import(run, tmp_path):
    run("import", STORY, "--dataset", "story").json  # noqa: B018
    done = python_m(
        "-X",
        "importtime",
        "-m",
        "cs_core",
        "query",
        "cohorts",
        "--dataset",
        "story",
        home=tmp_path / "home",
    )
    assert json.loads(done.stdout)
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert "duckdb" in imported
    heavy = {"numpy", "pyarrow", "sqlglot", "scipy", "statsmodels", "altair", "pandas._libs"}
    assert not imported & heavy


def test_reading_a_file_does_not_import_pandas_either(tmp_path):
    words = ("-X", "importtime", "-m", "cs_core", "query", "churn", str(STORY))
    done = python_m(*words, home=tmp_path)
    assert json.loads(done.stdout)
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert "pyarrow" in imported
    assert "pandas._libs" not in imported


def test_a_reader_that_stops_early_is_no_error(run, tmp_path):
    run("import", *DEMO, "--dataset", "demo").json  # noqa: B018
    command = f"{sys.executable} -m cs_core query cohorts --dataset demo --by plan | head -c 1"
    done = subprocess.run(
        command,
        shell=True,
        env={**os.environ, "KEIZOKU_HOME": str(tmp_path / "home")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[", "")


def test_a_traceback_only_with_debug(tmp_path):
    for words, traceback in (([], False), (["--debug"], True)):
        done = python_m("-m", "cs_core", "query", "churn", "none.csv", *words, home=tmp_path)
        assert done.returncode == (1 if traceback else 2)
        assert ("Traceback" in done.stderr) == traceback


def test_a_lesson_is_written_by_its_place_or_its_name(run, tmp_path):
    out = tmp_path / "lesson.html"
    assert run("lesson", "3", "--out", out).json == [{"file": str(out), "lesson": "compound"}]
    first = out.read_text("utf-8")
    run("lesson", "compound", "--out", out, "--lang", "ja").json  # noqa: B018
    assert out.read_text("utf-8") != first
    said = run("lesson", "nope", "--out", out)
    assert said.status == 2
    assert "compound" in said.err
