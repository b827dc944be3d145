"""The models' facts in words, in the period that is chosen on the page."""

from __future__ import annotations

from collections.abc import Sequence

from cs_core.models.churn_facts import Fact
from cs_core.reports import facts
from cs_core.reports.facts import plainly, points_off, probability
from pages.frame.here import Here

__all__ = ["plainly", "points_off", "probability", "sentence", "span"]


def sentence(here: Here, fact: Fact, periods: Sequence[str]) -> str:
    """In Markdown, its first words bold. `periods` are the labels the fact's indexes mean."""
    return facts.sentence(here, fact, periods, here.filters.period)


def span(here: Here, periods: int) -> str:
    """So many of the chosen periods: 24 months, 13 weeks."""
    return facts.span(here, here.filters.period, periods)
