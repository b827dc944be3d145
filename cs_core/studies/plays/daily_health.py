"""The health score of every customer on every day, by the rules of `models.health_score`.

The features are those of `sql/risk/`, with the same windows on each day; where those are cut by
months before the anchor, sums up to a day are subtracted from one another here.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_core.models import health_score
from cs_core.models.health_score import NEEDS, Rules
from cs_core.studies.plays.past import (
    BEFORE,
    NEVER,
    Cells,
    Floats,
    Past,
    Slice,
    Wholes,
    month_index,
    months_before,
    number,
)

NPS_DAYS = 365  # an answer counts for a year
OVERDUE_DAYS = 183
KNOWN_MONTHS = 12
UNKNOWN = 0
_PREFIX = "plays-health-"

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class DailyHealth:
    """`codes` are days x customers: how many of `levels` the score has reached, 0 where there is
    no score. Every whole number and both thresholds are levels, so that comparing is exact.
    `scores` are there where they were asked for."""

    rules: Rules
    levels: tuple[float, ...]
    codes: Codes
    scores: Floats | None

    def of(self, cells: Cells, days_ago: int = 0) -> Codes:
        """The codes of some days and customers, or of earlier days; 0 before the first."""
        place = cells.piece.begin + cells.columns
        rows = cells.rows - days_ago
        found = self.codes[np.maximum(rows, 0), place]
        return np.where(rows >= 0, found, np.uint8(UNKNOWN))

    def score_of(self, cells: Cells) -> Floats | None:
        if self.scores is None:
            return None
        found: Floats = self.scores[cells.rows, cells.piece.begin + cells.columns]
        return found

    def below(self, score: float, codes: Codes) -> Any:
        return (codes != UNKNOWN) & (codes <= self.levels.index(score))

    def coloured(self, colour: str, codes: Codes) -> Any:
        green, yellow = self.levels.index(self.rules.green), self.levels.index(self.rules.yellow)
        low, high = {
            "red": (UNKNOWN, yellow),
            "yellow": (yellow, green),
            "green": (green, len(self.levels)),
        }[colour]
        return (codes > low) & (codes <= high)


def kept_health(past: Past, rules: Rules) -> DailyHealth:
    """The same without exact scores; of a kept dataset it is worked out once and then read. The
    file belongs to a version of the data that never changes, and may be deleted at any time."""
    folder = past.warehouse.folder
    if folder is None:
        return daily_health(past, rules)
    said = json.dumps([rules.as_json(), past.days[[0, -1]].tolist(), len(past), _code()])
    path = folder / f"{_PREFIX}{hashlib.sha256(said.encode()).hexdigest()[:16]}.npy"
    try:
        return DailyHealth(rules, _levels(rules), np.load(path, mmap_mode="r"), None)
    except (OSError, ValueError):  # not there yet, or cut short
        made = daily_health(past, rules)
    with suppress(OSError):  # a folder that can only be read keeps nothing, which costs time only
        for old in folder.glob(f"{_PREFIX}*"):
            old.unlink()
        draft = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.draft")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
                np.save(stream, made.codes)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    return made


@lru_cache(maxsize=1)
def _code() -> str:
    """The code that scores: another version may answer otherwise."""
    here = Path(__file__).parent
    files = [here / "past.py", Path(__file__), Path(health_score.__file__)]
    files += sorted((here.parent / "sql" / "plays").glob("*.sql"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _levels(rules: Rules) -> tuple[float, ...]:
    return tuple(sorted({*map(float, range(101)), rules.green, rules.yellow}))


def daily_health(past: Past, rules: Rules, *, exact: bool = False) -> DailyHealth:
    """Scores of all customers on all days; `exact` keeps them beside their codes."""
    levels = _levels(rules)
    shape = (len(past.days), len(past))
    codes = np.zeros(shape, dtype=np.uint8)
    scores = np.full(shape, np.nan) if exact else None
    windows = _Windows(past)
    windows.count_peers()

    def work(piece: Slice) -> None:
        cells = Cells.of_held(piece, piece.active)
        found = score_rows(past, _features(windows, cells), cells.days, rules)
        codes[cells.rows, piece.begin + cells.columns] = _codes(found, levels)
        if scores is not None:
            scores[cells.rows, piece.begin + cells.columns] = found

    past.each(work)
    return DailyHealth(rules, levels, codes, scores)


def score_rows(past: Past, table: dict[str, Floats], day: Wholes, rules: Rules) -> Floats:
    """The score of each row, without the parts of which nobody knew anything by its day."""
    parts = health_score.part_scores(table)
    known = {
        part: np.where(day >= past.known[NEEDS[part]], scores, np.nan) if part in NEEDS else scores
        for part, scores in parts.items()
        if part not in NEEDS or past.known[NEEDS[part]] != NEVER
    }
    return health_score.scored(known, rules)


def _codes(scores: Floats, levels: tuple[float, ...]) -> Codes:
    reached = np.where(np.isnan(scores), -1.0, np.floor(scores)) + 1
    for level in levels:
        if level != int(level):
            reached += scores >= level
    return reached.astype(np.uint8)


class _Windows:
    """Which rows of sums up to a day bound each day's windows, and what is usual among all."""

    def __init__(self, past: Past) -> None:
        self.past = past
        days = past.days
        begin = np.array([number(past.begin)])
        # No history is read from before the month in which the first customer came.
        most = np.maximum(month_index(days) - month_index(begin) + 1, 1)
        self.bounds = [months_before(days, np.minimum(k, most)) for k in range(KNOWN_MONTHS + 2)]
        # The same as rows of sums that begin BEFORE days earlier.
        self.rows = [bound - days[0] + BEFORE for bound in self.bounds]
        self.earliest = months_before(days, most)
        flip = past.known["metric"]
        several = int(np.clip(flip - days[0], 0, len(days)))
        names = sorted(past.readings)
        # (metric, rows of days on which it is told apart from the others)
        self.metrics: list[tuple[str | None, slice]] = []
        if several:
            self.metrics += [
                (name, slice(0, several))
                for name in names
                if several == len(days) or past.readings[name]["day"].min() < flip
            ]
        if several < len(days):
            self.metrics.append((None, slice(several, len(days))))
        self.small = [self._small(metric) for metric, _ in self.metrics]
        # About where logarithms of usage for what is paid lie: squares of what is left are small.
        paid = np.log(np.maximum(past.states["after"], 1)).mean()
        self.middle = [np.log(10 * small.max() + 1e-9) - paid for small in self.small]
        self.level: list[Floats] = []
        self.spread: list[Floats] = []
        self.plans = 1
        if past.plans is not None and len(past.plans.who):
            self.plans = int(past.plans["plan_code"].max()) + 1

    def until(self, cells: Cells, sums: Floats, months: int = 0) -> Floats:
        """Sums up to so many months before each cell's day."""
        return cells.until(sums, BEFORE, months, self.rows[months])

    def months_since(self, first: Any) -> Wholes:
        """Completed months from a day to each day, at most twelve; -1 before it. `first` is one
        day for all, or one for each."""
        months = sum((first <= bound).astype(np.int8) for bound in self.bounds[1:-1])
        return np.where(first <= self.past.days, months, np.int8(-1))

    def _small(self, metric: str | None) -> Floats:
        """A tenth of what a customer with a reading uses in the month up to each day."""
        pieces = self.past.each(partial(self._read, metric))
        count, whole = (np.sum(column, axis=0) for column in zip(*pieces, strict=True))
        small: Floats = 0.1 * np.divide(whole, count, out=np.zeros(len(whole)), where=count > 0)
        return small

    def _read(self, metric: str | None, piece: Slice) -> tuple[Floats, Floats]:
        """How many customers have a reading in the month up to each day, and what they used."""
        cells = Cells.of_held(piece, piece.active)
        read, used = self._month(cells, metric)
        rows, length = cells.rows[read], len(self.past.days)
        whole: Floats = np.bincount(rows, used[read], length).astype(float)
        return np.bincount(rows, minlength=length).astype(float), whole

    def _month(self, cells: Cells, metric: str | None) -> tuple[Any, Floats]:
        """Whether there is a reading in the month up to each cell's day, and what was used."""
        events = cells.piece.events(self.past.usage(metric))
        readings = cells.piece.running(events, np.ones(len(events.who)), before=BEFORE)
        sums = self.sums(cells.piece, metric)
        used = self.until(cells, sums) - self.until(cells, sums, 1)
        return self.until(cells, readings) > self.until(cells, readings, 1), used

    def count_peers(self) -> None:
        """Mean and spread of usage for what is paid, by metric, day and plan."""
        for place, (metric, rows) in enumerate(self.metrics):
            pieces = self.past.each(partial(self._peers, place, metric, rows))
            count, total, squares = (np.sum(column, axis=0) for column in zip(*pieces, strict=True))
            with np.errstate(invalid="ignore", divide="ignore"):
                level = total / count
                variance = (squares - total * level) / (count - 1)
                self.level.append(level + self.middle[place])
                self.spread.append(np.sqrt(np.where(variance > 1e-12, variance, np.nan)))

    def _peers(
        self, place: int, metric: str | None, rows: slice, piece: Slice
    ) -> tuple[Floats, Floats, Floats]:
        held = piece.active.copy()
        held[: rows.start] = held[rows.stop :] = False
        cells = Cells.of_held(piece, held)
        read, used = self._month(cells, metric)
        plan = cells.of(self.plan_codes(piece))
        small = self.small[place][cells.rows]
        chosen = read & (plan >= 0) & (small > 0)
        paid = np.maximum(cells.mrr(), 1)
        said = np.log((used[chosen] + small[chosen]) / paid[chosen]) - self.middle[place]
        at = (cells.rows[chosen] - rows.start) * self.plans + plan[chosen]
        shape = (rows.stop - rows.start, self.plans)
        length = shape[0] * shape[1]
        return (
            np.bincount(at, minlength=length).astype(float).reshape(shape),
            np.bincount(at, said, length).astype(float).reshape(shape),
            np.bincount(at, said * said, length).astype(float).reshape(shape),
        )

    def sums(self, piece: Slice, metric: str | None) -> Floats:
        """What was used up to each day."""
        events = piece.events(self.past.usage(metric))
        return piece.running(events, events["used"], before=BEFORE)

    def plan_codes(self, piece: Slice) -> Wholes:
        plans = self.past.plans
        if plans is None:
            return np.zeros(piece.shape, dtype=np.int64)
        stretches = piece.events(plans)
        if len(stretches.who) == 0:
            return np.full(piece.shape, -1, dtype=np.int64)
        at = piece.latest(stretches, stretches["from_day"])
        found: Wholes = np.where(at >= 0, stretches["plan_code"][at], -1)
        ended = stretches["to_day"][at] <= piece.days[:, None]
        return np.where(ended, -1, found)


def _features(windows: _Windows, cells: Cells) -> dict[str, Floats]:
    """The columns that `part_scores` reads."""
    piece, past, days = cells.piece, cells.piece.past, cells.days
    nothing = np.full(len(days), np.nan)
    # MRR is no sum of a window, but changes add up to it like one.
    states = piece.events(past.states)
    mrr = piece.running(states, states["delta"], before=BEFORE)
    before = windows.until(cells, mrr, 3)
    table: dict[str, Any] = {
        "mrr": windows.until(cells, mrr),
        "mrr_before": np.where(before > 0, before, np.nan),
        "days_stayed": past.days_stayed(days, piece.columns, cells.columns),
        "days_to_renewal": nothing,
    }
    for name in ("used_change", "usage_trend", "usage_peers", "nps_score", "overdue_now"):
        table[name] = nothing
    for name in ("tickets_now", "tickets_usual", "tickets_urgent", "days_silent"):
        table[name] = nothing
    table["overdue_times"] = table["days_without_owner"] = nothing
    if len(past.terms.who):
        table["days_to_renewal"] = cells.days_to_renewal()
    if past.known["usage"] != NEVER:
        table |= _usage(windows, cells, table["mrr"])
    if past.known["tickets"] != NEVER:
        table |= _tickets(windows, cells)
    if past.known["nps"] != NEVER:
        answers = piece.events(past.answers)
        fresh = days - cells.last(answers, answers["day"]) < NPS_DAYS
        table["nps_score"] = np.where(fresh, cells.last(answers, answers["score"]), np.nan)
    if past.known["past_due"] != NEVER:
        lines = piece.events(past.overdue)
        begin, end = lines["start_day"], lines["end_day"]
        late = np.where(end == NEVER, NEVER, end + OVERDUE_DAYS)
        for name, until in (("overdue_now", end), ("overdue_times", late)):
            table[name] = (cells.of(piece.between(lines.who, begin, until)) > 0).astype(float)
    if past.known["owners"] != NEVER:
        gone = piece.events(past.departures)
        table["days_without_owner"] = days - cells.last(gone, gone["day"])
    return table


def _tickets(windows: _Windows, cells: Cells) -> dict[str, Any]:
    tickets = cells.piece.events(cells.piece.past.tickets)
    contacts = cells.piece.running(tickets, tickets["contacts"], before=BEFORE)
    urgent = cells.piece.running(tickets, tickets["urgent"], before=BEFORE)
    month, year = (windows.until(cells, contacts, k) for k in (1, 12))
    last = cells.last(tickets, tickets["day"])
    return {
        "tickets_now": windows.until(cells, contacts) - month,
        "tickets_usual": np.round((month - year) / 11.0, 9),
        "tickets_urgent": windows.until(cells, urgent) - windows.until(cells, urgent, 3),
        "days_silent": np.where(last > windows.bounds[12][cells.rows], cells.days - last, np.nan),
    }


def _usage(windows: _Windows, cells: Cells, mrr: Floats) -> dict[str, Any]:
    """Means over metrics of what is known of each."""
    names = ("used_change", "usage_trend", "usage_peers")
    total = {name: np.zeros(len(cells.rows)) for name in names}
    count = {name: np.zeros(len(cells.rows)) for name in names}
    plan = cells.of(windows.plan_codes(cells.piece))
    for place, (metric, rows) in enumerate(windows.metrics):
        here = (cells.rows >= rows.start) & (cells.rows < rows.stop)
        found = _usage_of(windows, cells, plan, mrr, place, metric, rows)
        for name, values in zip(names, found, strict=True):
            known = here & ~np.isnan(values)
            total[name] += np.where(known, values, 0.0)
            count[name] += known
    with np.errstate(invalid="ignore", divide="ignore"):
        return {name: np.round(total[name] / count[name], 9) for name in names}


def _usage_of(
    windows: _Windows,
    cells: Cells,
    plan: Wholes,
    mrr: Floats,
    place: int,
    metric: str | None,
    rows: slice,
) -> tuple[Floats, Floats, Floats]:
    sums = windows.sums(cells.piece, metric)
    now = windows.until(cells, sums)
    month, quarter, half, year = (
        windows.until(cells, sums, k) for k in (1, 3, 6, KNOWN_MONTHS + 1)
    )
    months = _months_known(windows, cells, metric)
    small = windows.small[place][cells.rows]
    told = (small > 0) & (months >= 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        used_before = month - year
        usual = used_before / np.minimum(KNOWN_MONTHS, months)
        known = told & (months >= 1) & (used_before > 0)
        change = np.where(known, (now - month) / usual - 1, np.nan)
        earlier = (quarter - half) / np.minimum(3, months - 2)
        ratio = np.log(((now - quarter) / 3 + small) / (earlier + small))
        trend = np.where(told & (months >= 3), ratio, np.nan)
        day = np.clip(cells.rows - rows.start, 0, rows.stop - rows.start - 1)
        level, spread = windows.level[place][day, plan], windows.spread[place][day, plan]
        said = np.log((now - month + small) / np.maximum(mrr, 1))
        peers = np.where(told & (plan >= 0), (said - level) / spread, np.nan)
    return change, trend, peers


def _months_known(windows: _Windows, cells: Cells, metric: str | None) -> Wholes:
    """How many months before each day the first reading lies, at most twelve; -1 where there is
    none yet."""
    events = cells.piece.events(windows.past.usage(metric))
    begins = np.flatnonzero(np.diff(events.who, prepend=-1))
    first = np.full(cells.piece.shape[1], NEVER)
    first[events.who[begins]] = events["day"][begins]
    whens, where = np.unique(first, return_inverse=True)
    known = np.stack([windows.months_since(when) for when in whens], axis=1)
    found: Wholes = known[cells.rows, where[cells.columns]]
    for column in np.flatnonzero(first <= windows.earliest.max()):
        # Readings from before the first customer drop out as the months go by.
        own = events["day"][events.who == column]
        at = np.searchsorted(own, windows.earliest, "right")
        when = np.where(at < len(own), own[np.minimum(at, len(own) - 1)], NEVER)
        here = cells.columns == column
        found[here] = windows.months_since(when)[cells.rows[here]]
    return found
