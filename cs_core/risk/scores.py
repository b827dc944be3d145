"""Both scores of today's customers, with reasons that add up, in the columns of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np

from cs_core.models import health_score
from cs_core.models.account_risk import Design, Hazard, loss_interval
from cs_core.models.health_score import Health, Rules
from cs_core.risk.features import DAYS_A_MONTH
from cs_core.risk.rows import Floats, Table

MICRO = Decimal("0.000001")
REASONS = 3
LIKELY = 1.5  # times the mean chance: from here on a play is suggested whatever the colour
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
    "returned": "call",
}
NOTICE_PLAY, LOYAL_PLAY, MORE_PLAY = "win_back", "ask_reference", "offer_more"


@dataclass(frozen=True)
class Present:
    """Today's customers as the statement gave them, with what the model says of them.

    `chance`, `low` and `high` are NaN without a model and for those who have given notice.
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
    values: Mapping[str, list[Any]] = field(default_factory=dict)

    @property
    def staying(self) -> Any:
        """Who has not given notice."""
        return np.isnan(self.table["days_since_notice"])

    def __len__(self) -> int:
        return len(self.table["mrr"])


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
        values=values or {},
    )


def health_of(of: Present, rules: Rules) -> Health:
    return health_score.health(of.scores, rules)


def records(of: Present, rules: Rules) -> list[tuple[Any, ...]]:
    """One row a customer, in the order of `COLUMNS`: by MRR at risk where there is a model,
    otherwise by health and MRR; those who have given notice last."""
    health = health_of(of, rules)
    table = of.table
    phases = health_score.phases(table["days_stayed"])
    tiers, _ = health_score.touch_tiers(table["mrr"] / 1e6, rules)
    loyal = health_score.loyal(table, health.colours)
    more = health_score.ready_for_more(table, health.colours)
    values = part_values(of)
    staying = of.staying
    usual = LIKELY * float(np.nanmean(of.chance)) if np.any(~np.isnan(of.chance)) else 1.0
    rows: list[tuple[Any, ...]] = []
    for place in range(len(of)):
        mrr = Decimal(int(table["mrr"][place])) * MICRO
        chance = _number(of.chance[place])
        reasons = _reasons(of, health, values, place, bool(staying[place]))
        colour = health.colours[place] or None
        stays = bool(staying[place])
        speaking = [
            str(reason["part"])
            for reason in reasons[:-1]
            if (reason["contribution"] > 0) == (of.model is not None and stays)
            and (reason["part"] != "tenure" or phases[place] == "onboarding")
        ]
        likely = chance is not None and chance > usual
        play = _play(speaking, colour, stays, likely, bool(loyal[place]), bool(more[place]))
        rows.append(
            (
                of.texts["account_id"][place],
                of.texts["name"][place],
                mrr,
                chance,
                _number(of.low[place]),
                _number(of.high[place]),
                None if chance is None else _money(mrr * Decimal(chance)),
                _number(health.score[place]),
                colour,
                reasons,
                phases[place],
                of.given["touch"][place] if "touch" in of.given else tiers[place],
                _day(of.as_of, table["days_to_renewal"][place]),
                _day(of.as_of, -table["days_since_notice"][place]),
                play,
                of.texts["currency"][place],
            )
        )
    order = sorted(range(len(rows)), key=lambda i: _rank(rows[i]))
    return [rows[i] for i in order]


def _rank(row: tuple[Any, ...]) -> tuple[Any, ...]:
    found = dict(zip(COLUMNS, row, strict=True))
    if found["notice_given"] is not None:
        return (2, -found["mrr"], found["account_id"], found["currency"])
    if found["mrr_at_risk"] is not None:
        return (0, -found["mrr_at_risk"], found["account_id"], found["currency"])
    colours = {"red": 0, "yellow": 1, "green": 2, None: 3}
    return (1, colours[found["colour"]], -found["mrr"], found["account_id"], found["currency"])


def part_values(of: Present) -> dict[str, list[Any]]:
    """What people read beside a part: a share for usage and MRR, days for renewal, silence and a
    departed owner, a count for support and payment, the answer for NPS, months for tenure, the
    plan's name, the MRR. None where it is unknown."""
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
        "payment": table["overdue_times"],
        "owner": table["days_without_owner"],
        "renewal": table["days_to_renewal"],
        "mrr": change,
        "size": table["mrr"] / 1e6,
        "returned": np.where(table["earlier_churns"] > 0, table["earlier_churns"], np.nan),
    }
    found: dict[str, list[Any]] = {
        part: [_number(value) for value in column] for part, column in columns.items()
    }
    found["plan"] = [
        None if np.isnan(code) else of.plans.get(int(code)) for code in table["plan_code"]
    ]
    return {**found, **of.values}


def _reasons(
    of: Present, health: Health, values: Mapping[str, list[Any]], place: int, staying: bool
) -> list[dict[str, Any]]:
    """The parts that speak most for leaving, then `other`: together the log-odds of the chance,
    or the health score where there is no chance."""
    if of.model is not None and staying:
        pieces = _known(values, place, of.parts, of.shares[place])
        whole = of.model.base + float(of.shares[place].sum())
        chosen = _strongest(pieces, harmful=1)
    else:
        if np.isnan(health.score[place]):
            return []
        pieces = _known(values, place, health.parts, health.points[place])
        whole = float(health.score[place])
        chosen = _strongest(pieces, harmful=-1)
    said = [
        {"part": part, "contribution": pieces[part], "value": values[part][place]}
        for part in chosen
    ]
    rest = whole - sum(pieces[part] for part in chosen)
    return [*said, {"part": OTHER, "contribution": rest, "value": None}]


def _known(
    values: Mapping[str, list[Any]], place: int, parts: Sequence[str], pieces: Floats
) -> dict[str, float]:
    """Contributions of parts that can be named with a value; that of what is unknown is `other`."""
    return {
        part: piece
        for part, piece in zip(parts, pieces.tolist(), strict=True)
        if values[part][place] is not None
    }


def _strongest(pieces: Mapping[str, float], harmful: int) -> list[str]:
    """Up to three parts: those that speak for leaving, the strongest first, then those against."""
    order = sorted(pieces, key=lambda part: (-harmful * pieces[part], part))
    speaking = [part for part in order if harmful * pieces[part] > 1e-12][:REASONS]
    against = [part for part in reversed(order) if harmful * pieces[part] < -1e-12]
    return [*speaking, *against[: REASONS - len(speaking)]]


def _play(
    speaking: Sequence[str],
    colour: str | None,
    staying: bool,
    likely: bool,
    loyal: bool,
    more: bool,
) -> str | None:
    if not staying:
        return NOTICE_PLAY
    if not likely and (more or loyal):
        return MORE_PLAY if more else LOYAL_PLAY
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
    return loss_interval(of.model, design, of.table["mrr"][held] / 1e6)


def _money(value: Decimal) -> Decimal:
    return value.quantize(MICRO, ROUND_HALF_EVEN)


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _day(as_of: date, days: Any) -> date | None:
    return None if np.isnan(days) else as_of + timedelta(days=int(days))
