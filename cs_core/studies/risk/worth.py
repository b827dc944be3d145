"""Who is worth a call: the one rule for pages, reports and digests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from cs_core.studies.risk.scores import Present, Ranking

LIKELY = 2.0  # times the mean chance of everybody: from here on the chance stands out


def likely(of: Present) -> Any:
    """Whose chance stands out, by place; nobody's without a model, or once notice was given."""
    return np.nan_to_num(of.chance, nan=-1.0) >= LIKELY * of.usual_chance


def worth_a_call(of: Present, colours: Any) -> Any:
    """Who stays so far and either stands out by chance or is red, by place. Within twice the usual
    chance the order of two customers is mostly noise."""
    return of.staying & (likely(of) | (np.asarray(colours) == "red"))


def to_call(ranked: Ranking) -> list[bool]:
    """`worth_a_call` for each row of the list, in its order."""
    return [bool(ranked.worth[place]) for place in ranked.order]
