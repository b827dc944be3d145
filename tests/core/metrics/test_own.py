"""A person's own metrics: asked like ours, kept from everything else, wrong in one sentence."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from cs_core.cli import main
from cs_core.datasets import Dataset, open_dataset
from cs_core.errors import CannotAnswerError, UsageError
from cs_core.metrics.own import own_metrics

HEADER = """-- What does each month add?
-- title: MRR added
-- title_ja: 増えたMRR
-- grain: month x currency
-- unit: money
-- definition: the sum of all changes of the month
-- money: added
"""
BODY = """SELECT DATE_TRUNC('month', date)::DATE AS month, currency, SUM(delta) AS added
FROM ledger
WHERE date BETWEEN $first_day AND $last_day
GROUP BY ALL
ORDER BY month, currency"""
LINES = """account_id,start_date,end_date,mrr,plan
a,2024-01-01,2024-03-01,10,Gold
a,2024-02-01,,0.333333,Silver
b,2024-02-10,2024-02-20,5,Gold
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "own"
    found.mkdir()
    (found / "added.sql").write_text(HEADER + BODY)
    monkeypatch.setenv("KEIZOKU_METRICS", str(found))
    return found


@pytest.fixture
def dataset(tmp_path: Path):
    file = tmp_path / "subscriptions.csv"
    file.write_text(LINES)
    with open_dataset(file) as opened:
        yield opened


def test_it_is_asked_like_ours(folder: Path, dataset: Dataset) -> None:
    rows = dataset.run("added").rows
    assert rows == [
        ("2024-01", "XXX", Decimal("10.000000")),
        ("2024-02", "XXX", Decimal("0.333333")),
        ("2024-03", "XXX", Decimal("-10.000000")),
    ]
    found = dataset.query("added", from_="2024-02", as_of="2024-02-15", exact=True)
    assert list(found["added"]) == [Decimal("5.333333")]
    assert "ledger AS (" in dataset.sql("added")
    compared = dataset.compare("keizoku,stripe", "added")
    assert compared["effect"].iloc[-1] == 0


@pytest.mark.parametrize("view", ["ledger", "lines", "accounts", "stays"])
def test_views_are_those_that_can_be_exported(
    view: str, folder: Path, dataset: Dataset, tmp_path: Path
) -> None:
    import pyarrow.parquet

    others = ", ".join(f"(SELECT COUNT(*) FROM {v}) AS n_{v}" for v in ("ledger", "stays", "lines"))
    (folder / "seen.sql").write_text(HEADER + f"SELECT {view}.*, {others} FROM {view}")
    out = tmp_path / "out.parquet"
    rows = dataset.export(view, out)
    found = dataset.run("seen")
    assert len(found.rows) == rows
    assert list(found.columns[:-3]) == pyarrow.parquet.read_schema(out).names
    assert found.rows[0][-3:] == (5, 2, 3)


def test_on_the_command_line(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("KEIZOKU_METRICS", "")
    file = tmp_path / "subscriptions.csv"
    file.write_text(LINES)
    words = ["added", str(file), "--metrics", str(folder), "--format", "json"]
    assert main(["query", *words]) == 0
    assert json.loads(capsys.readouterr().out)[0]["added"] == "10.000000"
    assert main(["query", *words, "--by", "plan"]) == 2, "what it does not heed is refused"
    assert main(["metrics", "--metrics", str(folder), "--lang", "ja", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [item["title"] for item in listed if item["name"] == "added"] == ["増えたMRR"]


HOSTILE = [
    "COPY ledger TO '/tmp/taken.csv'",
    "SELECT 1; DROP TABLE lines",
    "DROP TABLE lines",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    "ATTACH '/tmp/other.duckdb'",
    "SET enable_external_access = true",
    "INSTALL httpfs",
    "PRAGMA database_list",
    "SELECT 1) AS x, (SELECT 2",
    "SELECT no_such FROM ledger",
    "",
]


@pytest.mark.parametrize("body", HOSTILE)
def test_it_reaches_nothing_else(body: str, folder: Path, dataset: Dataset) -> None:
    (folder / "bad.sql").write_text(HEADER + body)
    before = dataset.run("mrr_movements").rows
    with pytest.raises(UsageError) as caught:
        dataset.run("bad")
    assert "bad.sql" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert dataset.run("mrr_movements").rows == before


def test_it_ends(folder: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "many.sql").write_text(HEADER + "SELECT n FROM RANGE(100001) AS numbers(n)")
    with pytest.raises(UsageError) as caught:
        dataset.run("many")
    assert caught.value.code == "own_too_many_rows"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("churn.sql", HEADER + BODY, "own_name_taken"),
        ("My Metric.sql", HEADER + BODY, "own_name"),
        ("bare.sql", BODY, "own_header"),
        ("other.sql", HEADER + "SELECT $window", "own_parameter"),
        ("bytes.sql", b"\xff\xfe\x00", "own_not_text"),
    ],
)
def test_a_wrong_file_is_named(name: str, text: str | bytes, code: str, folder: Path) -> None:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError) as caught:
        own_metrics()
    assert (caught.value.code, caught.value.fields["file"]) == (code, name)


def test_ours_are_answered_whatever_the_folder_holds(folder: Path, dataset: Dataset) -> None:
    (folder / "bare.sql").write_text(BODY)
    assert dataset.run("churn").rows
    with pytest.raises(UsageError):
        dataset.run("added")


def test_a_folder_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEIZOKU_METRICS", "/nowhere/at/all")
    with pytest.raises(UsageError) as caught:
        own_metrics()
    assert caught.value.code == "own_folder"


def test_without_dates_there_is_no_ledger(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "tenures.csv"
    file.write_text("account_id,tenure_months,churned\n1,3,yes\n2,5,no\n")
    with open_dataset(file) as opened, pytest.raises(CannotAnswerError):
        opened.run("added")


def test_a_report_holds_them_unless_it_is_masked(folder: Path, dataset: Dataset) -> None:
    from cs_core.reports.content import Request
    from cs_core.reports.making import make

    for mask, held in ((False, True), (True, False)):
        request = Request(dataset="x", preset="overview", language="en", mask=mask)
        names = [section.name for section in make(dataset, request).sections]
        assert ("own" in names) is held
