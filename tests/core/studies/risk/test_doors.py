"""`risk` and `query accounts` on the command line give what Python gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cs_core.cli import main
from cs_core.datasets import open_dataset
from cs_core.metrics.options import Options
from cs_core.models.health_score import WEIGHTS
from cs_core.studies import risk
from cs_core.workspace import Workspace
from cs_core.workspace.scores import score_cards
from tests.core.studies.risk import simulated

SAMPLE = Path(__file__).parents[4] / "sample_data" / "demo"
FILES = [str(SAMPLE / "subscriptions.csv"), str(SAMPLE / "usage.csv")]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main([*words])
    out = capsys.readouterr()
    return status, out.out, out.err


def test_risk(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(capsys, "risk", *FILES, "--horizon-days", "60", "--format", "json")
    assert status == 0
    found = json.loads(out)
    with open_dataset(FILES) as dataset:
        learned, accounts = simulated.assessed(dataset.warehouse, Options(horizon_days=60))
    assert found["accounts"] == accounts.records()
    evaluation = found["evaluation"]
    assert list(evaluation)[:7] == [
        *("auc", "auc_low", "auc_high", "base_rate", "lift_top_decile", "precision_at_20"),
        "predictive",
    ]
    assert evaluation["auc"] == learned.evaluation.auc
    assert evaluation["predictive"] is True
    first = found["accounts"][0]
    assert list(first)[:15] == list(risk.COLUMNS)[:15]
    assert isinstance(first["mrr"], str)
    assert {"part", "contribution", "value"} == set(first["reasons"][0])


def test_saved_rules_of_the_health_score_hold_at_every_door(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path))
    assert said(capsys, "import", *FILES, "--dataset", "ours")[0] == 0
    usual = said(capsys, "query", "accounts", "--dataset", "ours")[1]
    with open_dataset(dataset="ours") as dataset:
        weights = {**dict.fromkeys(WEIGHTS, 0.0), "usage": 10.0}
        dataset.set_setting("health_rules", risk.Rules(tuple(weights.items())).as_json())
        by_python = [row["health"] for row in dataset.run("accounts").records()]
        frames = dataset.query("accounts"), dataset.risk()["accounts"]
        assert frames[0]["health"].equals(frames[1]["health"])
    listed = json.loads(said(capsys, "query", "accounts", "--dataset", "ours")[1])
    judged = json.loads(said(capsys, "risk", "--dataset", "ours")[1])["accounts"]
    assert [row["health"] for row in listed] == by_python
    assert [row["health"] for row in judged] == by_python
    assert by_python != [row["health"] for row in json.loads(usual)]


def test_the_refusal_is_said_in_both_languages(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "subscriptions.csv"
    lines = [f"A{n},2023-{n % 12 + 1:02d}-05,10,USD" for n in range(30)]
    path.write_text("\n".join(["account_id,start_date,mrr,currency", *lines]))
    for language, words in (("en", "0 churns are too few"), ("ja", "解約が0件しかなく")):
        status, out, _ = said(capsys, "risk", str(path), "--lang", language, "--format", "json")
        assert status == 0
        evaluation = json.loads(out)["evaluation"]
        assert evaluation["predictive"] is False
        assert words in evaluation["note"]


def test_an_unknown_horizon_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = said(capsys, "query", "accounts", FILES[0], "--horizon-days", "45")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert "30, 60, 90, 180" in err


def test_sql_shows_what_scores_are_made_of(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(capsys, "sql", "accounts", *FILES)
    assert status == 0
    assert "risk_usage" in out
    assert "-- $horizon_days = 90" in out or "risk_features" in out


def test_asking_a_dataset_keeps_the_days_scores(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path / "home"))
    assert said(capsys, "import", FILES[0], "--dataset", "ours")[0] == 0
    for words in ([], ["--preset", "stripe"], ["--as-of", "2025-01-31"]):
        assert said(capsys, "risk", "--dataset", "ours", *words)[0] == 0
    workspace = Workspace()
    [(day, horizon, card)] = score_cards(workspace, workspace.dataset("ours").id)
    assert (day.isoformat(), horizon) == ("2025-09-17", 90)
    assert card["dataset_version"] == 1
    assert card["evaluation"]["churns"] > 50
