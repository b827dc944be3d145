"""Scores as they were on the day: what is kept of them, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cs_core.metrics.options import Options
from cs_core.models.health_score import Rules
from cs_core.studies.risk.learning import Learned
from cs_core.studies.risk.scores import Present, money, ranking
from cs_core.workspace.scores import Score


def is_the_days_own(options: Options) -> bool:
    """Only the plain question is kept: everybody, the usual definitions, as of the data's end."""
    return options == Options(horizon_days=options.horizon_days)


def card(
    learned: Learned, rules: Rules, evaluation: dict[str, Any], version: int
) -> dict[str, Any]:
    """The model card: the data's version, what taught and judged, the parts used, the rules."""
    model = learned.model
    parts = [] if model is None else list(dict.fromkeys(model.parts[n] for n in model.kept))
    return {
        "dataset_version": version,
        "taught": learned.taught,
        "judged": learned.judged,
        "parts": parts,
        "evaluation": evaluation,
        "health": rules.as_json(),
    }


def scores(of: Present, rules: Rules) -> Iterator[Score]:
    """Everybody's scores, in the order of the list."""
    ranked = ranking(of, rules)

    def number(value: Any) -> float | None:
        return None if np.isnan(value) else float(value)

    for place in ranked.order.tolist():
        yield Score(
            account_id=of.texts["account_id"][place],
            currency=of.texts["currency"][place],
            mrr=money(of.table["mrr"][place]),
            health=number(ranked.health.score[place]),
            colour=ranked.health.colours[place] or None,
            probability=number(of.chance[place]),
            low=number(of.low[place]),
            high=number(of.high[place]),
        )
