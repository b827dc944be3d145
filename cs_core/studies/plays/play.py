"""A play: when which conditions hold together, somebody has something to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cs_core.errors import UsageError
from cs_core.studies.plays.conditions import (
    ColourChange,
    Condition,
    Detractor,
    HealthBelow,
    Overdue,
    OwnerLeft,
    RenewalDue,
    UsageDown,
    condition_of,
)
from cs_core.studies.risk.scores import LOYAL_PLAY, MORE_PLAY, NOTICE_PLAY, PLAYS

# What there is to do: the words of the `play` column of accounts at risk.
ACTIONS = tuple(dict.fromkeys([*PLAYS.values(), NOTICE_PLAY, LOYAL_PLAY, MORE_PLAY]))
MOST_CONDITIONS = 6
LONGEST_REST, LONGEST_DUE = 730, 365
HORIZON_DAYS = 90  # what became of those it fired for is judged so many days later


@dataclass(frozen=True)
class Play:
    """All `conditions` must hold. `owner` is who gets the task, "" for the account's own;
    the task is due `due_days` after it fired, a week before a renewal at the latest. For one
    customer it fires again after `rest_days` days at the earliest; with 0 once the conditions have
    not held for a day."""

    name: str
    conditions: tuple[Condition, ...]
    action: str = "call"
    owner: str = ""
    due_days: int = 7
    rest_days: int = HORIZON_DAYS

    def __post_init__(self) -> None:
        if not 1 <= len(self.conditions) <= MOST_CONDITIONS:
            raise UsageError("play_conditions", limit=MOST_CONDITIONS)
        if self.action not in ACTIONS:
            known = ", ".join(ACTIONS)
            raise UsageError(
                "unknown_option_value", option="action", value=self.action, known=known
            )
        for option, value, high in (
            ("due_days", self.due_days, LONGEST_DUE),
            ("rest_days", self.rest_days, LONGEST_REST),
        ):
            if not isinstance(value, int) or not 0 <= value <= high:
                raise UsageError(
                    "option_out_of_range", option=option, value=value, low=0, high=high
                )

    def as_json(self) -> dict[str, Any]:
        """Without its name, which stands beside it."""
        return {
            "conditions": [condition.as_json() for condition in self.conditions],
            "action": self.action,
            "owner": self.owner,
            "due_days": self.due_days,
            "rest_days": self.rest_days,
        }

    def has(self, kind: type[Condition]) -> bool:
        return any(isinstance(condition, kind) for condition in self.conditions)


def play_of(name: str, kept: Mapping[str, Any]) -> Play:
    """From what `as_json` gave. Raises UsageError for what is no play."""
    return Play(
        name,
        tuple(condition_of(found) for found in kept["conditions"]),
        str(kept["action"]),
        str(kept["owner"]),
        kept["due_days"],
        kept["rest_days"],
    )


# Offered until a person has plays of their own; each is named `plays.offer.<code>`.
OFFERS: Mapping[str, Play] = {
    "turned_red": Play("turned_red", (ColourChange("yellow", "red"),), "call", due_days=3),
    "usage_fell": Play("usage_fell", (UsageDown(40, 28),), "usage_review"),
    "renewal_unwell": Play(
        "renewal_unwell", (RenewalDue(60), HealthBelow(50)), "prepare_renewal", due_days=14
    ),
    "detractor": Play("detractor", (Detractor(14),), "ask_detractor", due_days=2),
    "overdue": Play("overdue", (Overdue(),), "fix_payment", due_days=3, rest_days=30),
    "owner_left": Play("owner_left", (OwnerLeft(30),), "find_owner"),
}
