"""What a play can ask of a customer on a day. To add a condition: a class here, how it is
answered in `holds.py`, and its words in both catalogues (`plays.condition.<kind>`).

A field is declared with its default, bounds, step and unit; the form on the page follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar

from cs_core.errors import UsageError

COLOURS = ("green", "yellow", "red")
ANY = "any"
LONGEST_TEXT = 200


def _whole(default: int, low: int, high: int, unit: str, step: int = 1) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "unit": unit, "step": step})


def _one_of(default: str, *known: str) -> Any:
    return field(default=default, metadata={"known": known})


def _text(default: str = "") -> Any:
    return field(default=default, metadata={"text": True})


@dataclass(frozen=True)
class Condition:
    """`kind` is its name; `needs` the table or column without which it cannot be answered."""

    kind: ClassVar[str] = ""
    needs: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for item in fields(self):
            value, said = getattr(self, item.name), item.metadata
            if "low" in said and (
                not isinstance(value, int) or not said["low"] <= value <= said["high"]
            ):
                raise UsageError(
                    "option_out_of_range",
                    option=item.name,
                    value=value,
                    low=said["low"],
                    high=said["high"],
                )
            if "known" in said and value not in said["known"]:
                known = ", ".join(said["known"])
                raise UsageError("unknown_option_value", option=item.name, value=value, known=known)
            if "text" in said and (not isinstance(value, str) or len(value) > LONGEST_TEXT):
                raise UsageError("play_text", option=item.name, limit=LONGEST_TEXT)

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True)
class ColourChange(Condition):
    """On the day the health colour becomes `after`, having been `before` the day before."""

    kind: ClassVar[str] = "colour_change"
    before: str = _one_of("yellow", ANY, *COLOURS)
    after: str = _one_of("red", *COLOURS)


@dataclass(frozen=True)
class HealthBelow(Condition):
    kind: ClassVar[str] = "health_below"
    score: int = _whole(50, 1, 100, "points", 5)


@dataclass(frozen=True)
class UsageDown(Condition):
    """Usage a day of the last `days` days at least `percent` below that of as many days before.
    Only days on which anybody has a reading count; several kinds of usage as the mean of their
    changes, or the one that is named."""

    kind: ClassVar[str] = "usage_down"
    needs: ClassVar[str] = "usage"
    percent: int = _whole(40, 1, 100, "percent", 5)
    days: int = _whole(28, 1, 180, "days", 7)
    metric: str = _text()


@dataclass(frozen=True)
class RenewalDue(Condition):
    """A term of any line ends within `days` days, and has not ended yet."""

    kind: ClassVar[str] = "renewal_due"
    needs: ClassVar[str] = "terms"
    days: int = _whole(60, 1, 365, "days", 15)


@dataclass(frozen=True)
class Detractor(Condition):
    """The last NPS answer is 6 or less and not older than `days` days."""

    kind: ClassVar[str] = "detractor"
    needs: ClassVar[str] = "nps"
    days: int = _whole(14, 1, 365, "days", 7)


@dataclass(frozen=True)
class Overdue(Condition):
    """A line is past due."""

    kind: ClassVar[str] = "overdue"
    needs: ClassVar[str] = "past_due"


@dataclass(frozen=True)
class OwnerLeft(Condition):
    """The contract's owner at the customer left within the last `days` days."""

    kind: ClassVar[str] = "owner_left"
    needs: ClassVar[str] = "owners"
    days: int = _whole(90, 1, 730, "days", 30)


@dataclass(frozen=True)
class ChanceAbove(Condition):
    """The churn probability of the next 90 days, as it was kept on the day, is above `percent`."""

    kind: ClassVar[str] = "chance_above"
    needs: ClassVar[str] = "scores"
    percent: int = _whole(30, 1, 99, "percent", 5)


@dataclass(frozen=True)
class MrrAtLeast(Condition):
    kind: ClassVar[str] = "mrr_at_least"
    amount: int = _whole(1000, 1, 10**12, "money", 100)


@dataclass(frozen=True)
class SegmentIs(Condition):
    kind: ClassVar[str] = "segment_is"
    column: str = _text()
    value: str = _text()


@dataclass(frozen=True)
class Notice(Condition):
    """Every line the account has was asked to end. Without this a play leaves those out."""

    kind: ClassVar[str] = "notice"
    needs: ClassVar[str] = "notices"


KINDS: Mapping[str, type[Condition]] = {
    made.kind: made
    for made in (
        ColourChange,
        HealthBelow,
        UsageDown,
        RenewalDue,
        Detractor,
        Overdue,
        OwnerLeft,
        ChanceAbove,
        MrrAtLeast,
        SegmentIs,
        Notice,
    )
}


def condition_of(kept: Mapping[str, Any]) -> Condition:
    """From what `as_json` gave. Raises UsageError for what is no condition."""
    given = dict(kept)
    kind = str(given.pop("kind", ""))
    if kind not in KINDS:
        raise UsageError("unknown_condition", kind=kind, known=", ".join(KINDS))
    known = {item.name for item in fields(KINDS[kind])}
    return KINDS[kind](**{name: value for name, value in given.items() if name in known})
