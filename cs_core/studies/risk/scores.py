"""Both scores of today's customers, with reasons that add up, in the columns of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from cs_core.domain.money import MICROS, from_micro
from cs_core.models import health_score
from cs_core.models.account_risk import Design, Hazard, loss_interval
from cs_core.models.health_score import Health, Rules
from cs_core.studies.risk.features import DAYS_A_MONTH
from cs_core.studies.risk.rows import Floats, Table
from cs_core.studies.risk.worth import likely, worth_a_call

REASONS = 3
OTHER = "other"
COLUMNS = (
    "account_id",
    "name",
    "mrr",
    "probability",
    "low",
    "high",
    "mrr_at_risk",
    "health",
    "colour",
    "reasons",
    "phase",
    "touch",
    "next_renewal",
    "notice_given",
    "play",
    "currency",
)
# The first reason decides which play is suggested; a reason without one gives the next a turn.
PLAYS = {
    "payment": "fix_payment",
    "owner": "find_owner",
    "renewal": "prepare_renewal",
    "usage": "usage_review",
    "usage_trend": "usage_review",
    "peers": "usage_review",
    "support": "clear_tickets",
    "silence": "call",
    "nps": "ask_detractor",
    "mrr": "value_review",
    "plan": "value_review",
    "tenure": "onboarding_help",
    "returned": "welcome_back",
}
NOTICE_PLAY, LOYAL_PLAY, MORE_PLAY = "win_back", "ask_reference", "offer_more"


@dataclass(frozen=True)
class Present:
    """Today's customers as the statement gave them, with what the model says of them.

    `chance`, `low` and `high` are NaN without a model and for those who have given notice;
    `everybody` is the MRR of all customers, from which touch tiers are cut, and `usual_chance`
    the mean chance of them all.
    """

    as_of: date
    table: Table
    texts: Mapping[str, list[Any]]
    plans: Mapping[int, str]
    given: Mapping[str, list[str | None]]
    model: Hazard | None
    design: Design
    chance: Floats
    low: Floats
    high: Floats
    parts: tuple[str, ...]
    shares: Floats
    scores: Mapping[str, Floats]
    everybody: Floats
    usual_chance: float
    values: Mapping[str, list[Any]] = field(default_factory=dict)

    @property
    def staying(self) -> Any:
        """Who has not given notice."""
        return np.isnan(self.table["days_since_notice"])

    @cached_property
    def at_risk(self) -> Floats:
        """Chance times MRR in whole millionths, half to even; NaN without a chance."""
        found: Floats = np.rint(self.table["mrr"] * self.chance)
        return found

    def __len__(self) -> int:
        return len(self.table["mrr"])

    def chosen(self, held: Any) -> Present:
        """Those of a mask only; what is said of them stays what it is among everybody."""
        places = np.flatnonzero(held)

        def lists(of: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
            return {name: [values[n] for n in places] for name, values in of.items()}

        def columns(of: Mapping[str, Floats]) -> dict[str, Floats]:
            return {name: values[places] for name, values in of.items()}

        return replace(
            self,
            table=columns(self.table),
            texts=lists(self.texts),
            given=lists(self.given),
            values=lists(self.values),
            design=Design(self.design.names, self.design.parts, self.design.values[places]),
            chance=self.chance[places],
            low=self.low[places],
            high=self.high[places],
            shares=self.shares[places],
            scores=columns(self.scores),
        )


def present(
    as_of: date,
    table: Table,
    texts: Mapping[str, list[Any]],
    *,
    plans: Mapping[int, str],
    model: Hazard | None,
    design: Design,
    unknown: Sequence[str] = (),
    given: Mapping[str, list[str | None]] | None = None,
    values: Mapping[str, list[Any]] | None = None,
) -> Present:
    """`unknown` names parts of health that this data cannot know of anybody."""
    nothing = np.full(len(table["mrr"]), np.nan)
    scores = {**health_score.part_scores(table), **dict.fromkeys(unknown, nothing)}
    chance, low, high = nothing, nothing, nothing
    parts: tuple[str, ...] = ()
    shares = np.zeros((len(nothing), 0))
    if model is not None:
        staying = np.isnan(table["days_since_notice"])
        parts, shares = model.contributions(design)
        # Of the contributions, so that what is shown adds up to what is shown.
        chance = np.where(staying, 1 / (1 + np.exp(-model.base - shares.sum(axis=1))), np.nan)
        low, high = (np.where(staying, bound, np.nan) for bound in model.interval(design))
    return Present(
        as_of=as_of,
        table=table,
        texts=texts,
        plans=plans,
        given=given or {},
        model=model,
        design=design,
        chance=chance,
        low=low,
        high=high,
        parts=parts,
        shares=shares,
        scores=scores,
        everybody=table["mrr"],
        usual_chance=float(np.nanmean(chance)) if np.any(~np.isnan(chance)) else 1.0,
        values=values or {},
    )


def health_of(of: Present, rules: Rules) -> Health:
    return health_score.health(of.scores, rules)


@dataclass(frozen=True)
class Ranking:
    """What the rules make of everybody, by place in `Present`, and `order`: the places as they are
    called, by MRR at risk where there is a model, otherwise by health and MRR; those who have
    given notice last. `likely` and `worth` are those of `risk/worth.py`; `ends` names the play of
    who is loyal or ready for more, where nothing worse is expected."""

    health: Health
    phases: list[str]
    touches: list[str | None]
    likely: Any
    worth: Any
    ends: list[str | None]
    order: Any


def ranking(of: Present, rules: Rules) -> Ranking:
    health, table = health_of(of, rules), of.table
    thresholds = health_score.touch_thresholds(of.everybody / MICROS, rules)
    tiers = health_score.touch_tiers(table["mrr"] / MICROS, thresholds)
    stands_out = likely(of)
    calm = of.staying & ~stands_out
    loyal = calm & health_score.loyal(table, health.colours)
    eager = calm & health_score.ready_for_more(table, health.colours)
    ranks = {"red": 0, "yellow": 1, "green": 2}
    no_chance = np.isnan(of.at_risk)
    colours = np.array([ranks.get(colour, 3) for colour in health.colours], dtype=int)
    group = np.where(~of.staying, 2, np.where(no_chance, 1, 0))
    colour = np.where(group == 1, colours, 0)
    amount = np.where(group == 0, of.at_risk, table["mrr"])
    return Ranking(
        health=health,
        phases=health_score.phases(table["days_stayed"]),
        touches=of.given["touch"] if "touch" in of.given else list(tiers),
        likely=stands_out,
        worth=worth_a_call(of, health.colours),
        ends=[
            MORE_PLAY if more else LOYAL_PLAY if stays else None
            for more, stays in zip(eager, loyal, strict=True)
        ],
        # Rows come ordered by account and currency; the sort keeps that among equals.
        order=np.lexsort((-amount, colour, group)),
    )


def described(
    of: Present, ranked: Ranking, places: Sequence[int] | None = None
) -> list[tuple[Any, ...]]:
    """One row a customer with the columns of `COLUMNS`: everybody as ranked, or the given places
    in their order."""
    health, table, staying = ranked.health, of.table, of.staying
    values = part_values(of)
    rows: list[tuple[Any, ...]] = []
    for place in ranked.order.tolist() if places is None else places:
        stays = bool(staying[place])
        reasons = _reasons(of, health, values, place, stays)
        colour = health.colours[place] or None
        phase = ranked.phases[place]
        speaking = _speaking(
            [
                str(reason["part"])
                for reason in reasons[:-1]
                if (reason["contribution"] > 0) == (of.model is not None and stays)
            ],
            new=phase == "onboarding",
            returned=bool(table["earlier_churns"][place] > 0),
            overdue=bool(table["overdue_now"][place] > 0),
        )
        rows.append(
            (
                of.texts["account_id"][place],
                of.texts["name"][place],
                money(table["mrr"][place]),
                _number(of.chance[place]),
                _number(of.low[place]),
                _number(of.high[place]),
                None if np.isnan(of.at_risk[place]) else money(of.at_risk[place]),
                _number(health.score[place]),
                colour,
                reasons,
                phase,
                ranked.touches[place],
                _day(of.as_of, table["days_to_renewal"][place]),
                _day(of.as_of, -table["days_since_notice"][place]),
                _play(speaking, colour, stays, bool(ranked.likely[place]), ranked.ends[place]),
                of.texts["currency"][place],
            )
        )
    return rows


def part_values(of: Present) -> dict[str, Sequence[Any] | Floats]:
    """What people read beside a part: a share for usage and MRR, days for renewal, silence and a
    departed owner, a count for support, for payment the count while one is overdue and otherwise
    the day on which the last one became so (YYYY-MM-DD), the answer for NPS, months for tenure, the
    plan's name, the MRR. NaN or None where it is unknown."""
    table = of.table
    change = table["mrr"] / np.where(table["mrr_before"] > 0, table["mrr_before"], np.nan) - 1
    columns = {
        "usage": table["used_change"],
        "usage_trend": np.exp(table["usage_trend"]) - 1,
        "peers": of.scores["peers"] / 100,
        "support": table["tickets_lately"],
        "silence": table["days_silent"],
        "nps": table["nps_score"],
        "tenure": np.floor(table["days_stayed"] / DAYS_A_MONTH + 1e-9),
        "payment": _overdue(of),
        "owner": table["days_without_owner"],
        "renewal": table["days_to_renewal"],
        "mrr": change,
        "size": table["mrr"] / MICROS,
        "returned": np.where(table["earlier_churns"] > 0, table["earlier_churns"], np.nan),
    }
    plans: list[Any] = [
        None if np.isnan(code) else of.plans.get(int(code)) for code in table["plan_code"]
    ]
    return {**columns, "plan": plans, **of.values}


def _reasons(
    of: Present,
    health: Health,
    values: Mapping[str, Sequence[Any] | Floats],
    place: int,
    staying: bool,
) -> list[dict[str, Any]]:
    """The parts that speak most for leaving, then `other`: together the log-odds of the chance,
    or the health score where there is no chance."""
    said = {part: _value(column[place]) for part, column in values.items()}
    if of.model is not None and staying:
        pieces = _known(said, of.parts, of.shares[place])
        whole = of.model.base + float(of.shares[place].sum())
        chosen = _strongest(pieces, harmful=1)
    else:
        if np.isnan(health.score[place]):
            return []
        pieces = _known(said, health.parts, health.points[place])
        whole = float(health.score[place])
        chosen = _strongest(pieces, harmful=-1)
    named = [{"part": part, "contribution": pieces[part], "value": said[part]} for part in chosen]
    rest = whole - sum(pieces[part] for part in chosen)
    return [*named, {"part": OTHER, "contribution": rest, "value": None}]


def _known(said: Mapping[str, Any], parts: Sequence[str], pieces: Floats) -> dict[str, float]:
    """Contributions of parts that can be named with a value; that of what is unknown is `other`."""
    return {
        part: piece
        for part, piece in zip(parts, pieces.tolist(), strict=True)
        if said[part] is not None
    }


def _strongest(pieces: Mapping[str, float], harmful: int) -> list[str]:
    """Up to three parts: those that speak for leaving, the strongest first, then those against."""
    order = sorted(pieces, key=lambda part: (-harmful * pieces[part], part))
    speaking = [part for part in order if harmful * pieces[part] > 1e-12][:REASONS]
    against = [part for part in reversed(order) if harmful * pieces[part] < -1e-12]
    return [*speaking, *against[: REASONS - len(speaking)]]


def _overdue(of: Present) -> Any:
    ago = of.table["days_since_overdue"]
    over = ~np.isnan(ago) & ~(of.table["overdue_now"] > 0)
    found = of.table["overdue_times"].astype(object)
    found[over] = (np.datetime64(of.as_of) - ago[over].astype("m8[D]")).astype(str)
    return found


def _speaking(parts: Sequence[str], *, new: bool, returned: bool, overdue: bool) -> list[str]:
    """The parts that ask for a play. How long somebody stays does so only at first, and then of
    who came back as a return; a payment only while it is overdue."""
    found = [
        "returned" if part == "tenure" and returned else part
        for part in parts
        if (part != "tenure" or new) and (part != "payment" or overdue)
    ]
    return [*found, "returned"] if new and returned else found


def _play(
    speaking: Sequence[str], colour: str | None, staying: bool, likely: bool, end: str | None
) -> str | None:
    if not staying:
        return NOTICE_PLAY
    if end is not None:
        return end
    if not likely and colour == "green":
        return None
    return next((PLAYS[part] for part in speaking if part in PLAYS), None)


def expected_loss(of: Present, chosen: Any) -> tuple[float, float, float] | None:
    """What is expected to go with those of the chosen who leave, and its 95 % interval, in the
    reporting currency; None without a model. Those who have given notice are not in it."""
    if of.model is None:
        return None
    held = np.asarray(chosen, dtype=bool) & of.staying
    design = Design(of.design.names, of.design.parts, of.design.values[held])
    return loss_interval(of.model, design, of.table["mrr"][held] / MICROS)


def money(millionths: Any) -> Decimal:
    return from_micro(int(millionths))


def _value(value: Any) -> Any:
    return _number(value) if isinstance(value, float) else value


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _day(as_of: date, days: Any) -> date | None:
    return None if np.isnan(days) else as_of + timedelta(days=int(days))
