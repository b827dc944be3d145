"""Scores of accounts as they were on the day, with the model's card. Kept once, never rewritten."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from cs_core.workspace.state import transaction
from cs_core.workspace.store import Workspace


@dataclass(frozen=True)
class Score:
    """One account on one day. Chances are shares of 1; None where there was no model or rule."""

    account_id: str
    currency: str
    mrr: Decimal
    health: float | None
    colour: str | None
    probability: float | None
    low: float | None
    high: float | None


def keep_scores(
    workspace: Workspace,
    dataset_id: str,
    day: date,
    horizon_days: int,
    card: Mapping[str, Any],
    scores: Iterable[Score],
) -> bool:
    """Keeps a day's scores; False, and nothing changes, where that day has been kept before."""
    key = (dataset_id, day.isoformat(), horizon_days)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with transaction(workspace.state, write=True) as db:
        made = db.execute(
            "INSERT OR IGNORE INTO score_days VALUES (?, ?, ?, ?, ?)",
            (*key, now, json.dumps(card, ensure_ascii=False)),
        )
        if made.rowcount == 0:
            return False
        db.executemany(
            "INSERT INTO scores VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    *key,
                    score.account_id,
                    score.currency,
                    str(score.mrr),
                    score.health,
                    score.colour,
                    score.probability,
                    score.low,
                    score.high,
                )
                for score in scores
            ),
        )
    return True


def score_history(
    workspace: Workspace, dataset_id: str, account_id: str, currency: str, horizon_days: int
) -> list[tuple[date, Score]]:
    """What was said of one account, oldest day first."""
    with transaction(workspace.state, write=False) as db:
        rows = db.execute(
            "SELECT day, account_id, currency, mrr, health, colour, probability, low, high"
            " FROM scores WHERE dataset_id = ? AND account_id = ? AND currency = ?"
            " AND horizon_days = ? ORDER BY day",
            (dataset_id, account_id, currency, horizon_days),
        ).fetchall()
    return [
        (date.fromisoformat(day), Score(account, code, Decimal(mrr), *rest))
        for day, account, code, mrr, *rest in rows
    ]


def score_cards(workspace: Workspace, dataset_id: str) -> list[tuple[date, int, dict[str, Any]]]:
    """Day, horizon and model card of everything kept, oldest first."""
    with transaction(workspace.state, write=False) as db:
        rows = db.execute(
            "SELECT day, horizon_days, card FROM score_days WHERE dataset_id = ?"
            " ORDER BY day, horizon_days",
            (dataset_id,),
        ).fetchall()
    return [(date.fromisoformat(day), horizon, json.loads(card)) for day, horizon, card in rows]


def scores_on(
    workspace: Workspace, dataset_id: str, day: date, horizon_days: int
) -> dict[tuple[str, str], Score]:
    """What was said of every account on a day, by account and currency; empty where that day was
    not kept."""
    with transaction(workspace.state, write=False) as db:
        rows = db.execute(
            "SELECT account_id, currency, mrr, health, colour, probability, low, high FROM scores"
            " WHERE dataset_id = ? AND day = ? AND horizon_days = ?",
            (dataset_id, day.isoformat(), horizon_days),
        ).fetchall()
    return {
        (account, code): Score(account, code, Decimal(mrr), *rest)
        for account, code, mrr, *rest in rows
    }


def kept_chances(
    workspace: Workspace, dataset_id: str, horizon_days: int
) -> list[tuple[date, str, str, float]]:
    """Day, account, currency and churn probability of everything kept."""
    with transaction(workspace.state, write=False) as db:
        rows = db.execute(
            "SELECT day, account_id, currency, probability FROM scores WHERE dataset_id = ?"
            " AND horizon_days = ? AND probability IS NOT NULL ORDER BY day",
            (dataset_id, horizon_days),
        ).fetchall()
    return [(date.fromisoformat(day), account, code, chance) for day, account, code, chance in rows]
