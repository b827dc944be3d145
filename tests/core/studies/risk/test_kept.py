"""Scores stay as they were on the day."""

from __future__ import annotations

import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cs_core.datasets import import_files
from cs_core.metrics.options import Options
from cs_core.studies.risk import kept
from cs_core.workspace import Workspace
from cs_core.workspace.scores import Score, keep_scores, score_cards, score_history

DAY, NEXT = date(2025, 9, 17), date(2025, 9, 18)


def score(health: float) -> Score:
    return Score("A", "JPY", Decimal("10.500000"), health, "yellow", 0.25, 0.1, 0.4)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    path = tmp_path / "subscriptions.csv"
    path.write_text("account_id,start_date,mrr,currency\nA,2024-01-01,10,JPY\n")
    found = Workspace(tmp_path / "home")
    import_files([path], "ours", found)
    return found


def test_a_day_is_kept_once(workspace: Workspace) -> None:
    ours = workspace.dataset("ours").id
    assert keep_scores(workspace, ours, DAY, 90, {"parts": ["usage"]}, [score(50)])
    assert not keep_scores(workspace, ours, DAY, 90, {"parts": []}, [score(99)])
    assert keep_scores(workspace, ours, NEXT, 90, {"parts": ["nps"]}, [score(60)])
    assert score_history(workspace, ours, "A", "JPY", 90) == [(DAY, score(50)), (NEXT, score(60))]
    assert score_history(workspace, ours, "A", "JPY", 30) == []
    cards = score_cards(workspace, ours)
    assert cards == [(DAY, 90, {"parts": ["usage"]}), (NEXT, 90, {"parts": ["nps"]})]


def test_nothing_rewrites_them(workspace: Workspace) -> None:
    ours = workspace.dataset("ours").id
    keep_scores(workspace, ours, DAY, 90, {}, [score(50)])
    connection = sqlite3.connect(workspace.state)
    for statement in ("UPDATE scores SET health = 99", "UPDATE score_days SET card = '{}'"):
        with pytest.raises(sqlite3.IntegrityError, match="never rewritten"):
            connection.execute(statement)
    connection.close()
    import_files([workspace.home.parent / "subscriptions.csv"], "ours", workspace, currency="USD")
    assert score_history(workspace, ours, "A", "JPY", 90) == [(DAY, score(50))]


def test_only_the_plain_question_is_kept() -> None:
    assert kept.is_the_days_own(Options(horizon_days=30))
    assert not kept.is_the_days_own(Options(where=(("plan", "Team"),)))
    assert not kept.is_the_days_own(Options(as_of=DAY))
