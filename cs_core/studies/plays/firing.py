"""For whom a play fires and when, and what became of them: a play on history.

A play that runs every day on what is known that day fires exactly where this says it would have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from cs_core.domain.money import MICROS
from cs_core.domain.proportion import SMALL_SAMPLE, wilson
from cs_core.studies.plays.conditions import Notice
from cs_core.studies.plays.holds import Evidence, holds, missing
from cs_core.studies.plays.past import Cells, Flags, Floats, Slice, Wholes, day_of
from cs_core.studies.plays.play import HORIZON_DAYS, Play

_LONG = 10**6  # more days than there are


@dataclass(frozen=True)
class Firing:
    """One customer on one day. `values` stand beside the play's conditions: a share for usage and
    chance, points for health, days for renewal, overdue payment and a departed owner, the answer
    for NPS, money for MRR. `renewal_days` are left to the next renewal, None where no term runs.
    `left` says whether a churn followed within 90 days; None where those
    are not over by as-of."""

    day: date
    account_id: str
    currency: str
    name: str | None
    mrr: float
    values: tuple[float | None, ...]
    renewal_days: int | None
    left: bool | None


@dataclass(frozen=True)
class Preview:
    """What a play would have made from `first` on. Rates are of firings whose 90 days are over;
    `base_rate` is what it would have been of customers taken at random on the same days."""

    first: date
    as_of: date
    firings: tuple[Firing, ...]
    judged: int
    left: int
    rate: float | None
    low: float | None
    high: float | None
    base_rate: float | None
    missing: tuple[str, ...]
    matching: int

    @property
    def lift(self) -> float | None:
        """The rate in parts of the base rate; None without either."""
        return self.rate / self.base_rate if self.rate is not None and self.base_rate else None

    @property
    def small_sample(self) -> bool:
        return self.judged < SMALL_SAMPLE

    def record(self) -> dict[str, Any]:
        """As the command line gives it."""
        return {
            "first": self.first.isoformat(),
            "as_of": self.as_of.isoformat(),
            "fired": len(self.firings),
            "judged": self.judged,
            "churned": self.left,
            "rate": self.rate,
            "low": self.low,
            "high": self.high,
            "base_rate": self.base_rate,
            "lift": self.lift,
            "small_sample": self.small_sample,
            "matching_today": self.matching,
            "missing": list(self.missing),
            "firings": [
                {
                    "day": found.day.isoformat(),
                    "account_id": found.account_id,
                    "currency": found.currency,
                    "name": found.name,
                    "churned": found.left,
                }
                for found in self.firings
            ],
        }


def preview(play: Play, known: Evidence) -> Preview:
    """Fires the play on every day of the past, and judges what followed."""
    fired, matching, base = _fired(play, known)
    judged = [found for found in fired if found.left is not None]
    left = sum(1 for found in judged if found.left)
    low, high = wilson(left, len(judged))
    shares = [base[found.day] for found in judged]
    return Preview(
        known.past.first,
        known.past.as_of,
        tuple(fired),
        len(judged),
        left,
        left / len(judged) if judged else None,
        low,
        high,
        sum(shares) / len(shares) if shares else None,
        missing_of(play, known),
        matching,
    )


def firings(play: Play, known: Evidence) -> list[Firing]:
    """Every firing from the first day of `known.past` on, oldest first."""
    return _fired(play, known)[0]


def missing_of(play: Play, known: Evidence) -> tuple[str, ...]:
    """Tables and columns without which the play can fire for nobody."""
    found = (missing(condition, known) for condition in play.conditions)
    return tuple(dict.fromkeys(name for name in found if name))


def _fired(play: Play, known: Evidence) -> tuple[list[Firing], int, Mapping[date, float]]:
    past = known.past
    if missing_of(play, known):
        return [], 0, {}
    known.prepare(play.conditions)
    with_notice = play.has(Notice)

    def work(piece: Slice) -> tuple[list[Firing], int, Wholes, Wholes]:
        staying = piece.active & ~piece.noticed
        cells = Cells.of_held(piece, piece.active if with_notice else staying)
        values: list[Floats | None] = []
        for condition in play.conditions:
            found = holds(condition, cells, known)
            values = [value if value is None else value[found.true] for value in values]
            values.append(found.value if found.value is None else found.value[found.true])
            cells = cells.where(found.true)
        matching = int(np.count_nonzero(cells.rows == len(past.days) - 1))
        leaves = piece.leaves_within(HORIZON_DAYS)
        made = _made(cells, values, leaves, play.rest_days)
        return made, matching, staying.sum(axis=1), (staying & leaves).sum(axis=1)

    pieces = past.each(work)
    customers = np.sum([piece[2] for piece in pieces], axis=0)
    leavers = np.sum([piece[3] for piece in pieces], axis=0)
    base = {
        day_of(day): float(leavers[row] / customers[row]) if customers[row] else 0.0
        for row, day in enumerate(past.days)
    }
    fired = [found for piece in pieces for found in piece[0]]
    fired.sort(key=lambda found: (found.day, found.account_id, found.currency))
    return fired, sum(piece[1] for piece in pieces), base


def _made(
    cells: Cells, values: Sequence[Floats | None], leaves: Flags, rest_days: int
) -> list[Firing]:
    fired = fire(cells.rows, cells.columns, rest_days)
    chosen = cells.where(fired)
    piece, last = cells.piece, int(cells.piece.days[-1])
    texts = piece.past.texts
    ids, names, currencies = texts["account_id"], texts["name"], texts["currency"]
    figures = [
        [None] * len(chosen) if value is None else [_number(one) for one in value[fired].tolist()]
        for value in values
    ]
    terms = len(piece.past.terms.who) > 0
    renewals = chosen.days_to_renewal() if terms else np.full(len(chosen), np.nan)
    return [
        Firing(
            day_of(day),
            str(ids[place]),
            str(currencies[place]),
            names[place],
            mrr / MICROS,
            tuple(figure),
            None if renewal != renewal else int(renewal),
            left if day + HORIZON_DAYS <= last else None,
        )
        for day, place, mrr, left, renewal, *figure in zip(
            chosen.days.tolist(),
            (piece.begin + chosen.columns).tolist(),
            chosen.mrr().tolist(),
            chosen.of(leaves).tolist(),
            renewals.tolist(),
            *figures,
            strict=True,
        )
    ]


def fire(rows: Wholes, columns: Wholes, rest_days: int) -> Flags:
    """Which of the cells (day, customer) in which the conditions hold are those on which the play
    fires. Row 0 is the day before the first on which it runs."""
    order = np.lexsort((rows, columns))
    order = order[rows[order] > 0]
    day, who = rows[order], columns[order]
    fired = np.zeros(len(rows), dtype=np.bool_)
    if rest_days == 0:  # the first day of each stretch
        begins = np.ones(len(order), dtype=np.bool_)
        begins[1:] = (who[1:] != who[:-1]) | (day[1:] != day[:-1] + 1)
        fired[order[begins]] = True
        return fired
    # From each customer's first day on to the first at least so many days later, all at once.
    key = who * _LONG + day
    now = np.flatnonzero(np.diff(who, prepend=-1))
    while len(now):
        fired[order[now]] = True
        following = np.searchsorted(key, key[now] + rest_days)
        inside = following < len(key)
        now, following = now[inside], following[inside]
        now = following[who[following] == who[now]]
    return fired


def _number(value: float) -> float | None:
    return None if value != value else round(value, 6)
