"""What a lesson is made of. Everything in it that is a number is computed.

A lesson asks for a guess, shows what is so, and lets the person move what it depends on. Its texts
are `lesson.<key>.*`; they hold no digits, only fields, which `words.fields` fills.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, Protocol

import pandas

Unit = Literal["rate", "count", "months", "number", "points"]
Values = Mapping[str, float]


@dataclass(frozen=True)
class Figure:
    """A number and how it is written: `rate` a share of 1, `points` a difference of two, `months`
    a length of time; `digits` after the point."""

    value: float
    unit: Unit
    digits: int = 1


@dataclass(frozen=True)
class Setting:
    """What the person can move. `name` is its text `lesson.setting.<name>`."""

    name: str
    default: float
    low: float
    high: float
    step: float
    unit: Unit = "rate"
    digits: int = 0


class Movable(Protocol):
    """What has settings that a person moves and an address holds. With `chance` it draws by a
    seed."""

    @property
    def key(self) -> str: ...
    @property
    def settings(self) -> tuple[Setting, ...]: ...
    @property
    def chance(self) -> bool: ...
    @property
    def defaults(self) -> dict[str, float]: ...


@dataclass(frozen=True)
class Picture:
    """A chart of `cs_core.charts`, its frame, and its options. The values of the columns `named`
    are keys: `lesson.<key>.row.<value>` is what the reader sees."""

    chart: str
    frame: pandas.DataFrame
    options: Mapping[str, Any] = field(default_factory=dict)
    named: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What is so under some settings. `choice` answers a lesson that asks for a choice; `table`
    is shown before the guess: what the guess is made from."""

    figures: Mapping[str, Figure]
    pictures: tuple[Picture, ...] = ()
    choice: str = ""
    table: pandas.DataFrame | None = None


@dataclass(frozen=True)
class Lesson:
    """`page` of the app is where the same is seen on one's own data.

    `answer` is the figure that is guessed; with `choices`, one of them is guessed instead.
    `checks` are the answers to the question at the end, `right` the one that is. A lesson with
    `chance` draws by its seed: another seed is another course of the same company.
    """

    key: str
    page: str
    compute: Callable[[Values, int], Outcome]
    settings: tuple[Setting, ...]
    checks: tuple[str, ...]
    right: str
    answer: str = ""
    choices: tuple[str, ...] = ()
    chance: bool = False

    @property
    def defaults(self) -> dict[str, float]:
        return {setting.name: setting.default for setting in self.settings}

    def outcome(self, values: Values, seed: int = 0) -> Outcome:
        """The same for the same values and seed; kept, as a page asks for it in every run."""
        return _outcome(self, tuple(values[setting.name] for setting in self.settings), seed)


@lru_cache(maxsize=512)
def _outcome(lesson: Lesson, values: tuple[float, ...], seed: int) -> Outcome:
    names = (setting.name for setting in lesson.settings)
    return lesson.compute(dict(zip(names, values, strict=True)), seed)
