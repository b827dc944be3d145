"""Where each condition holds: days x customers, from what was known on the day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import singledispatch

import numpy as np

from cs_core.domain.money import MICROS
from cs_core.models.health_score import Rules
from cs_core.studies.plays.conditions import (
    ANY,
    ChanceAbove,
    ColourChange,
    Condition,
    Detractor,
    HealthBelow,
    MrrAtLeast,
    Notice,
    Overdue,
    OwnerLeft,
    RenewalDue,
    SegmentIs,
    UsageDown,
)
from cs_core.studies.plays.daily_health import DailyHealth, daily_health, kept_health
from cs_core.studies.plays.past import NEVER, Cells, Events, Flags, Floats, Past, number

DETRACTOR = 6  # and below
CHANCE_DAYS = 31  # so long a kept probability stands for the days after it


@dataclass(frozen=True)
class KeptChance:
    """A probability as it was kept on a day, for one customer."""

    day: date
    account_id: str
    currency: str
    chance: float


@dataclass
class Evidence:
    """What conditions are answered from. Health is worked out once, when one of them asks."""

    past: Past
    rules: Rules
    kept: Sequence[KeptChance] = ()
    exact: bool = False
    _health: DailyHealth | None = None
    _segments: dict[tuple[str, str], Events] = field(default_factory=dict)
    _chances: Events | None = None

    def prepare(self, conditions: Iterable[Condition]) -> None:
        """Reads and works out what all of them need, before slices are worked on side by side."""
        past = self.past
        for condition in conditions:
            if isinstance(condition, ColourChange | HealthBelow):
                self.health  # noqa: B018
            elif isinstance(condition, UsageDown):
                for metric in self.metrics(condition):
                    past.usage(metric)
                    past.reading_days(metric)
            elif isinstance(condition, SegmentIs):
                self.segment(condition)
            elif isinstance(condition, ChanceAbove):
                self.chances  # noqa: B018
            elif isinstance(condition, RenewalDue):
                past.terms  # noqa: B018
            elif isinstance(condition, Detractor):
                past.answers  # noqa: B018
            elif isinstance(condition, Overdue):
                past.overdue  # noqa: B018
            elif isinstance(condition, OwnerLeft):
                past.departures  # noqa: B018
        past.states, past.requests  # noqa: B018

    @property
    def health(self) -> DailyHealth:
        if self._health is None:
            self._health = (
                daily_health(self.past, self.rules, exact=True)
                if self.exact
                else kept_health(self.past, self.rules)
            )
        return self._health

    def metrics(self, condition: UsageDown) -> list[str]:
        known = self.past.readings
        return [name for name in known if not condition.metric or name == condition.metric]

    def segment(self, condition: SegmentIs) -> Events:
        asked = (condition.column, condition.value)
        if asked not in self._segments:
            self._segments[asked] = self.past.segment(condition.column, condition.value or None)
        return self._segments[asked]

    @property
    def chances(self) -> Events:
        if self._chances is None:
            names = zip(self.past.texts["account_id"], self.past.texts["currency"], strict=True)
            place = {(str(a), str(c)): n for n, (a, c) in enumerate(names)}
            rows = sorted(
                (place[found.account_id, found.currency], number(found.day), found.chance)
                for found in self.kept
                if (found.account_id, found.currency) in place
            )
            who, day = (np.array([row[n] for row in rows], dtype=np.int64) for n in (0, 1))
            chance = np.array([row[2] for row in rows], dtype=np.float64)
            self._chances = Events(who, {"day": day, "chance": chance})
        return self._chances


@dataclass(frozen=True)
class Held:
    """Of which cells a condition holds, and the figure that says how much so; None without one."""

    true: Flags
    value: Floats | None = None


@singledispatch
def holds(condition: Condition, cells: Cells, known: Evidence) -> Held:
    raise NotImplementedError(condition.kind)


@holds.register
def _(condition: ColourChange, cells: Cells, known: Evidence) -> Held:
    health = known.health
    after = health.coloured(condition.after, health.of(cells))
    before = health.of(cells, days_ago=1)
    if condition.before == ANY:
        changed = (before > 0) & ~health.coloured(condition.after, before)
    else:
        changed = health.coloured(condition.before, before)
    return Held(after & changed, health.score_of(cells))


@holds.register
def _(condition: HealthBelow, cells: Cells, known: Evidence) -> Held:
    health = known.health
    return Held(health.below(condition.score, health.of(cells)), health.score_of(cells))


@holds.register
def _(condition: UsageDown, cells: Cells, known: Evidence) -> Held:
    changes = [
        _change(known.past, cells, metric, condition.days) for metric in known.metrics(condition)
    ]
    change = changes[0] if len(changes) == 1 else _mean(changes, len(cells))
    return Held(np.round(change, 9) <= -condition.percent / 100, change)


def _change(past: Past, cells: Cells, metric: str, days: int) -> Floats:
    """Usage a day of the last days against as many before, as a share; NaN where one of the two
    has no day on which anybody has a reading, or there was nothing before."""
    piece, back = cells.piece, 2 * days
    events = piece.events(past.usage(metric))
    every = past.reading_days(metric)
    sums = piece.running(events, events["used"], before=back)
    row = np.arange(len(piece.days))
    now, middle, begin = (cells.until(sums, back, gap, row + back - gap) for gap in (0, days, back))
    ends = [np.searchsorted(every, piece.days - gap, "right") for gap in (0, days, back)]
    few, many = ends[0] - ends[1], ends[1] - ends[2]
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.where((few > 0) & (many > 0), many / few, np.nan)[cells.rows]
        early = middle - begin
        return np.where(early > 0, (now - middle) * scale / early - 1, np.nan)


def _mean(changes: Sequence[Floats], length: int) -> Floats:
    """Over what is known; NaN where nothing is."""
    total, count = np.zeros(length), np.zeros(length)
    for change in changes:
        told = ~np.isnan(change)
        total += np.where(told, change, 0.0)
        count += told
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / count


@holds.register
def _(condition: RenewalDue, cells: Cells, known: Evidence) -> Held:
    left = cells.days_to_renewal()
    return Held(left <= condition.days, left)


@holds.register
def _(condition: Detractor, cells: Cells, known: Evidence) -> Held:
    answers = cells.piece.events(known.past.answers)
    score = cells.last(answers, answers["score"])
    fresh = cells.days - cells.last(answers, answers["day"]) < condition.days
    return Held(fresh & (score <= DETRACTOR), score)


@holds.register
def _(condition: OwnerLeft, cells: Cells, known: Evidence) -> Held:
    gone = cells.piece.events(known.past.departures)
    since = cells.days - cells.last(gone, gone["day"])
    return Held(since < condition.days, since)


@holds.register
def _(condition: Overdue, cells: Cells, known: Evidence) -> Held:
    lines = cells.piece.events(known.past.overdue)
    begin, end = lines["start_day"], lines["end_day"]
    true = cells.of(cells.piece.between(lines.who, begin, end)) > 0
    order = np.lexsort((begin, lines.who))
    since = cells.days - cells.last(lines.where(order), begin[order], "start_day")
    return Held(true, since)


@holds.register
def _(condition: ChanceAbove, cells: Cells, known: Evidence) -> Held:
    scores = cells.piece.events(known.chances)
    chance = cells.last(scores, scores["chance"])
    fresh = cells.days - cells.last(scores, scores["day"]) < CHANCE_DAYS
    return Held(fresh & (chance > condition.percent / 100), chance)


@holds.register
def _(condition: MrrAtLeast, cells: Cells, known: Evidence) -> Held:
    mrr = cells.mrr()
    return Held(mrr >= condition.amount * MICROS, mrr / MICROS)


@holds.register
def _(condition: SegmentIs, cells: Cells, known: Evidence) -> Held:
    stretches = cells.piece.events(known.segment(condition))
    inside = cells.piece.between(stretches.who, stretches["from_day"], stretches["to_day"])
    return Held(cells.of(inside) > 0)


@holds.register
def _(condition: Notice, cells: Cells, known: Evidence) -> Held:
    return Held(cells.of(cells.piece.noticed))


MISSING: Mapping[str, Callable[[Past, Sequence[KeptChance]], bool]] = {
    "usage": lambda past, kept: past.known["usage"] == NEVER,
    "nps": lambda past, kept: past.known["nps"] == NEVER,
    "past_due": lambda past, kept: past.known["past_due"] == NEVER,
    "owners": lambda past, kept: past.known["owners"] == NEVER,
    "terms": lambda past, kept: len(past.terms.who) == 0,
    "notices": lambda past, kept: len(past.requests.who) == 0,
    "scores": lambda past, kept: not kept,
}


def missing(condition: Condition, known: Evidence) -> str | None:
    """The table or column without which the condition holds for nobody, if it is not there."""
    needs = condition.needs
    return needs if needs and MISSING[needs](known.past, known.kept) else None
