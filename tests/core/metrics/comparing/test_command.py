"""`python -m cs_core compare` on files and on a stored dataset."""

import json
from pathlib import Path

import pytest

from cs_core.cli import main

FILE = Path(__file__).parents[4] / "sample_data" / "golden" / "three_presets.csv"


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path / "home"))

    def run_words(*words):
        status = main([str(word) for word in words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_words


def test_files_and_dataset_give_the_same_records(run):
    words = ("--presets", "keizoku,baremetrics", "--metric", "churn", "--from", "2024-02")
    status, out, _ = run("compare", FILE, *words)
    assert status == 0
    records = json.loads(out)
    assert set(records[0]) == {
        *("month", "currency", "column", "policy", "effect"),
        *("a", "b"),
    }
    lost = {r["policy"]: r["effect"] for r in records if r["column"] == "lost_customers"}
    assert lost == {
        "same_period_churn": 2,
        "past_due": 0,
        "quick_ratio_includes_reactivation": 0,
    }
    assert records[-1]["policy"] == "residual"
    assert records[-1]["effect"] == 0
    assert sum(r["policy"] == "residual" for r in records) == 1
    assert run("import", FILE, "--dataset", "three")[0] == 0
    assert json.loads(run("compare", "--dataset", "three", *words)[1]) == records


def test_money_is_text_with_six_decimals(run):
    words = ("--presets", "keizoku,profitwell", "--metric", "mrr_movements", "--from", "2024-02")
    records = json.loads(run("compare", FILE, *words)[1])
    new = next(r for r in records if r["column"] == "new_mrr")
    assert new["policy"] == "same_period_churn"
    assert new["effect"] == "-2000.000000"


@pytest.mark.parametrize(
    "words",
    [
        ("--metric", "churn"),
        ("--presets", "keizoku,stripe"),
        ("--presets", "keizoku", "--metric", "churn"),
        ("--presets", "keizoku,stripe,month_end", "--metric", "churn"),
        ("--presets", "keizoku,nobody", "--metric", "churn"),
        ("--presets", "keizoku,stripe", "--metric", "nothing"),
        ("--presets", "keizoku,stripe", "--metric", "churn", "--policy", "trial=counted"),
    ],
)
def test_wrong_usage_is_one_line(run, words):
    for language in ("en", "ja"):
        status, out, err = run("compare", FILE, *words, "--lang", language)
        assert (status, out) == (2, "")
        assert err.count("\n") == 1
    assert run("compare", *words)[0] == 2
