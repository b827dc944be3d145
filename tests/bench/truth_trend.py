"""Claims about churn over time, on simulated companies in which nothing, or one thing, changes.

`stated` is how often chance alone may say otherwise, or for the planted change how often it must
be found; `observed` is how often it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from cs_core.models.survival import log_rank
from cs_core.models.trend import change_points, expected_rates, p_chart, usual_range
from tests.bench.truth import Row, claim

Array = npt.NDArray[np.float64]
Counts = tuple[Array, Array] | tuple[Array, Array, Array]

MONTHS = 36
EDGES = (1, 2, 3, 4, 7, 13, 25)  # first months of the phases of tenure


@claim
def change_of_churn(companies: int, seed: int) -> Iterator[Row]:
    """No change is told where there is none."""
    for name, world in WORLDS.items():
        rng = np.random.default_rng(seed)
        told = sum(bool(change_points(*world(rng))) for _ in range(companies))
        yield Row("no change of churn", name, companies, 0.97, 1 - told / companies)


@claim
def doubled_churn(companies: int, seed: int) -> Iterator[Row]:
    """3 % of 400 customers doubles after two years: told within two months of the date."""
    rng, rates = np.random.default_rng(seed), [0.03] * 24 + [0.06] * 12
    found = sum(
        any(abs(change.index - 24) <= 2 for change in change_points([400] * 36, lost))
        for lost in (rng.binomial(400, rates) for _ in range(companies))
    )
    yield Row(
        "doubling found within two months", "400 customers", companies, 0.9, found / companies
    )


@claim
def groups_alike(companies: int, seed: int) -> Iterator[Row]:
    """The log-rank test at 5 % where all groups leave alike."""
    for groups, customers in ((3, 300), (10, 100), (30, 300)):
        rng, told = np.random.default_rng(seed), 0
        for _ in range(companies):
            life, seen = rng.exponential(20, customers), rng.uniform(0, 36, customers)
            tenure = np.minimum(life, seen).astype(int)
            left, group = (life <= seen).astype(int), rng.integers(0, groups, customers)
            counts = [
                [(int(t), int(x), int(1 - x)) for t, x in zip(tenure[own], left[own], strict=True)]
                for own in (group == one for one in range(groups))
            ]
            p = log_rank(counts).p
            told += p is not None and p < 0.05
        world = f"{groups} groups of {customers} customers in all"
        yield Row("log-rank p above 0.05", world, companies, 0.95, 1 - told / companies)


@claim
def tiles_of_a_stable_company(companies: int, seed: int) -> Iterator[Row]:
    """None of eight figures is outside its usual range, every third month from the 24th on."""
    for name, world in STABLE.items():
        rng = np.random.default_rng(seed)
        inside, months = 0, 0
        for _ in range(companies):
            figures = _figures(_accounts(rng, **world))
            for month in range(24, 60, 3):
                inside += not _outside(figures, month)
                months += 1
        yield Row("no tile of eight coloured", name, months, 0.97, inside / months)


def _constant(rng: np.random.Generator) -> Counts:
    return np.full(MONTHS, 400), rng.binomial(400, 0.03, MONTHS)


def _growing(rng: np.random.Generator) -> Counts:
    opening = np.round(100 * 1.04 ** np.arange(MONTHS)).astype(int)
    return opening, rng.binomial(opening, 0.03)


def _seasonal(months: int) -> Callable[[np.random.Generator], Counts]:
    def drawn(rng: np.random.Generator) -> Counts:
        turn = 2 * np.pi * np.arange(months) / 12 + rng.uniform(0, 2 * np.pi)
        return np.full(months, 400), rng.binomial(400, 0.03 * (1 + 0.5 * np.sin(turn)))

    return drawn


def _swinging(customers: int) -> Callable[[np.random.Generator], Counts]:
    def drawn(rng: np.random.Generator) -> Counts:
        swing = [rng.normal(0, 0.2)]
        for _ in range(MONTHS - 1):
            swing.append(0.6 * swing[-1] + rng.normal(0, 0.16))
        return np.full(MONTHS, customers), rng.binomial(customers, 0.03 * np.exp(swing))

    return drawn


def _young(months: int) -> Callable[[np.random.Generator], Counts]:
    """Forty join a month; who has stayed longer leaves more rarely, in every month alike."""

    def drawn(rng: np.random.Generator) -> Counts:
        at_risk, lost = np.zeros((months, len(EDGES))), np.zeros((months, len(EDGES)))
        stayed = np.array([40])
        for month in range(months):
            tenure = np.arange(len(stayed))
            chance = np.array([0.12, 0.08, 0.04, 0.015])[
                np.searchsorted([1, 3, 12], tenure, side="right")
            ]
            left = rng.binomial(stayed, chance)
            phase = np.searchsorted(EDGES, tenure + 1, side="right") - 1
            np.add.at(at_risk[month], phase, stayed)
            np.add.at(lost[month], phase, left)
            stayed = np.concatenate([[rng.poisson(40)], stayed - left])
        opening, left = at_risk.sum(axis=1).astype(int), lost.sum(axis=1).astype(int)
        return opening, left, expected_rates(at_risk, lost)

    return drawn


WORLDS: dict[str, Callable[[np.random.Generator], Counts]] = {
    "constant, 400 customers": _constant,
    "growing 4 % a month": _growing,
    "season of 50 %, 24 months": _seasonal(24),
    "season of 50 %, 48 months": _seasonal(48),
    "swings (0.6, sd 0.2), 400 customers": _swinging(400),
    "swings (0.6, sd 0.2), 5 000 customers": _swinging(5000),
    "young company, 24 months": _young(24),
    "young company, 48 months": _young(48),
}
STABLE: dict[str, dict[str, float]] = {
    "300 customers": {},
    "2 000 customers": {"customers": 2000, "joining": 60},
    "80 customers": {"customers": 80, "joining": 2.4},
    "300 customers, sizes far apart": {"sizes": 1.5},
    "300 customers, 1 % leave": {"leaving": 0.01, "joining": 3},
}


def _accounts(
    rng: np.random.Generator,
    customers: int = 300,
    leaving: float = 0.03,
    joining: float = 9,
    sizes: float = 0.8,
) -> Array:
    """Accounts x months of MRR; three years before the first shown make it stable."""
    months, before = 60, 36
    found = np.zeros((customers + int(joining * (months + before) * 2) + 50, months + before + 1))
    found[:customers, 0] = rng.lognormal(3, sizes, customers)
    used = customers
    for month in range(1, months + before + 1):
        now = found[:used, month - 1].copy()
        moved = (now > 0) & (rng.random(used) < 0.03)
        now[moved] *= np.exp(rng.normal(0.05, 0.3, int(moved.sum())))
        now[rng.random(used) < leaving] = 0
        found[:used, month] = now
        came = rng.poisson(joining)
        found[used : used + came, month] = rng.lognormal(3, sizes, came)
        used += came
    return found[:used, before:]


def _figures(mrr: Array) -> dict[str, Array]:
    """What each tile is judged by, by month from 1 on: values, or changes of what rolls."""
    here = mrr > 0
    total, customers = mrr.sum(axis=0), here.sum(axis=0)
    change = np.diff(mrr, axis=1)
    lost = (here[:, :-1] & ~here[:, 1:]).sum(axis=0)
    down = np.where(change < 0, -change, 0).sum(axis=0)
    up = np.where((change > 0) & here[:, :-1], change, 0).sum(axis=0)
    kept, capped = np.full(len(total), np.nan), np.full(len(total), np.nan)
    worth = np.full(len(total), np.nan)
    for month in range(12, len(total)):
        then = mrr[:, month - 12]
        now = np.where(then > 0, mrr[:, month], 0)
        kept[month] = now.sum() / then.sum()
        capped[month] = np.minimum(now, then).sum() / then.sum()
    for month in range(6, len(total)):
        rate = lost[month - 6 : month].sum() / customers[month - 6 : month].sum()
        worth[month] = total[month] / customers[month] / rate if rate else np.nan
    return {
        "mrr": np.diff(np.log(total)),
        "customers": np.diff(np.log(customers)),
        "arpa": np.diff(np.log(total / customers)),
        "ltv": np.diff(np.log(worth)),
        "nrr": np.diff(kept),
        "grr": np.diff(capped),
        "net": (down - up) / total[:-1],
        "lost": lost,
        "opening": customers[:-1],
    }


def _outside(figures: dict[str, Array], month: int) -> bool:
    for name, values in figures.items():
        if name in ("lost", "opening"):
            continue
        past = [float(value) for value in values[:month] if not np.isnan(value)]
        usual, now = usual_range(past), float(values[month])
        if usual and not np.isnan(now) and not usual[0] <= now <= usual[1]:
            return True
    until = slice(0, month + 1)
    chart = p_chart(figures["opening"][until].tolist(), figures["lost"][until].tolist())
    return chart.points[-1].outside is not None
