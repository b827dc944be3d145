"""Scores as they were on the day: what is kept of them, and when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cs_core.metrics.options import Options
from cs_core.models.health_score import Rules
from cs_core.risk.learning import Learned
from cs_core.risk.scores import COLUMNS
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


def scores(rows: Iterable[tuple[Any, ...]]) -> list[Score]:
    """From rows in the order of `COLUMNS`."""
    at = {name: COLUMNS.index(name) for name in Score.__dataclass_fields__}
    return [Score(**{name: row[place] for name, place in at.items()}) for row in rows]
