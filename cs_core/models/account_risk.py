"""The chance that a customer leaves soon: a discrete-time hazard model, and an honest test of it.

A logistic regression on customer-months (Singer & Willett 1993): each row is what was known of a
customer at a month's end, its outcome whether it left within the horizon. It stays finite on
small data through a log-F(m, m) prior on the effect of one standard deviation of each feature,
put in as one pseudo-observation a feature (Greenland & Mansournia 2015). Intervals use the
covariance clustered by account, because one departure is seen from several months.

Units: features any, NaN where unknown; chances are shares of 1; log-odds natural.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaincinv

from cs_core.domain.proportion import wilson

FEWEST_CHURNS = 50
PRIOR = 20.0  # pseudo-trials for each feature and month of horizon: within 0.4-2.5 with 95 %
RAREST = 0.002  # a feature in which fewer rows differ from the rest says nothing
WIDEST = 4.0  # standard deviations beyond which a feature's value is cut
CALLED = 20
_Z = NormalDist().inv_cdf(0.975)

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Design:
    """Features of customer-months: `names` and, for each, the `part` it explains. `values` is
    rows x features, NaN where unknown."""

    names: tuple[str, ...]
    parts: tuple[str, ...]
    values: Floats


@dataclass(frozen=True)
class Hazard:
    """A fitted model. `kept` are the features that vary; a row's log-odds are `base` plus
    `weights` times its features, put in standard deviations from `means`, unknown ones at 0.
    `covariance` is that of (base, weights)."""

    names: tuple[str, ...]
    parts: tuple[str, ...]
    kept: tuple[int, ...]
    unknown: tuple[int, ...]
    means: Floats
    deviations: Floats
    base: float
    weights: Floats
    covariance: Floats

    def standardised(self, design: Design) -> Floats:
        """Rows x kept features; then one 0/1 column for each feature whose absence counts."""
        chosen = design.values[:, self.kept]
        gaps = np.isnan(design.values[:, self.unknown]).astype(float)
        whole = np.concatenate([chosen, gaps], axis=1)
        scaled = (whole - self.means) / self.deviations
        return np.clip(np.where(np.isnan(scaled), 0.0, scaled), -WIDEST, WIDEST)

    def log_odds(self, design: Design) -> Floats:
        # Not a matrix product: its last digits depend on where the arrays lie in memory.
        found: Floats = self.base + (self.standardised(design) * self.weights).sum(axis=1)
        return found

    def chance(self, design: Design) -> Floats:
        found: Floats = np.round(expit(self.log_odds(design)), 12)
        return found

    def contributions(self, design: Design) -> tuple[tuple[str, ...], Floats]:
        """Parts, and for each row their signed share of its log-odds; what is left over to the
        log-odds is `base`, the average customer's."""
        pieces = self.standardised(design) * self.weights
        places = (*self.kept, *self.unknown)
        owners = [self.parts[place] for place in places]
        parts = tuple(dict.fromkeys(owners))
        shares = np.zeros((len(pieces), len(parts)))
        for column, owner in enumerate(owners):
            shares[:, parts.index(owner)] += pieces[:, column]
        return parts, shares

    def interval(self, design: Design) -> tuple[Floats, Floats]:
        """95 % interval of each chance, from the uncertainty of the weights."""
        rows = with_one(self.standardised(design))
        spread = np.sqrt(np.einsum("ij,jk,ik->i", rows, self.covariance, rows))
        centre = self.log_odds(design)
        low, high = (np.round(expit(centre + side * _Z * spread), 12) for side in (-1, 1))
        return low, high


def recalibrated(hazard: Hazard, design: Design, left: Whole, account: Whole) -> Hazard:
    """The same ranking with chances that fit these rows, the latest whose outcome is known: their
    log-odds are put through a logistic regression of the outcome on them, so that base and
    weights are still what the log-odds are made of. What these rows leave open of the level and
    the slope, clustered by account like the rest, comes on top of the weights' own covariance.

    Sources: Cox 1958, Biometrika 45; Van Calster et al. 2019, BMC Medicine 17.
    """
    slope, intercept = calibration(hazard.chance(design), left)
    if slope is None or intercept is None or slope <= 0:
        return hazard
    # Of (base, weights) by (intercept, slope).
    moved = np.zeros((1 + len(hazard.weights), 2))
    moved[0, 0] = 1.0
    moved[:, 1] = (hazard.base, *hazard.weights)
    rows = with_one(hazard.log_odds(design)[:, None])
    chance = expit(rows @ np.array([intercept, slope]))
    bread = np.linalg.inv((rows * (chance * (1 - chance))[:, None]).T @ rows)
    scores = _by_account(rows * (left - chance)[:, None], account)
    open_yet = moved @ bread @ (scores.T @ scores) @ bread @ moved.T
    return replace(
        hazard,
        base=round(intercept + slope * hazard.base, 9),
        weights=np.round(slope * hazard.weights, 9),
        covariance=np.round(slope**2 * hazard.covariance + open_yet, 9),
    )


def with_one(rows: Floats) -> Floats:
    return np.concatenate([np.ones((len(rows), 1)), rows], axis=1)


def fit(
    design: Design,
    left: Whole,
    account: Whole,
    *,
    months: float,
    kept_leavers: float = 1.0,
    kept_stayers: float = 1.0,
) -> Hazard | None:
    """Fits the model. `left` is 1 or 0 a row, `account` whose row it is, `months` the horizon in
    months, `kept_*` the shares at which leavers and stayers were sampled: their odds come off
    exactly as an offset (Prentice & Pyke 1979). None where a row of each kind is missing or
    nothing varies."""
    if left.sum() == 0 or left.sum() == len(left):
        return None
    kept, unknown = _telling(design)
    draft = Hazard(
        design.names,
        design.parts,
        kept,
        unknown,
        np.zeros(0),
        np.zeros(0),
        0.0,
        np.zeros(0),
        np.zeros((0, 0)),
    )
    chosen = design.values[:, kept]
    gaps = np.isnan(design.values[:, unknown]).astype(float)
    whole = np.concatenate([chosen, gaps], axis=1)
    if whole.shape[1] == 0:
        return None
    # Kept short, so that the last digits of a sum do not reach the scores.
    means: Floats = np.asarray(np.nanmean(whole, axis=0)).round(9)
    deviations = np.nanstd(whole, axis=0)
    deviations = np.where(deviations > 1e-6, np.round(deviations, 9), deviations)
    hazard = replace(draft, means=means, deviations=deviations)
    rows = with_one(hazard.standardised(design))
    count = rows.shape[1] - 1
    pseudo = np.concatenate([np.zeros((count, 1)), np.eye(count)], axis=1)
    prior = PRIOR * max(months, 1.0)
    offset = log(kept_leavers / kept_stayers)
    model = _regression(
        np.concatenate([left.astype(float), np.full(count, 0.5)]),
        np.concatenate([rows, pseudo]),
        offset=np.concatenate([np.full(len(left), offset), np.zeros(count)]),
        freq_weights=np.concatenate([np.ones(len(left)), np.full(count, prior)]),
        hasconst=True,  # or ranks would be worked out, which takes longer than the fit
    )
    # After its three first steps of least squares, Newton's cost a third of those and end at the
    # same place.
    found = model.fit(method="newton", maxiter=60, tol=1e-10, disp=False)
    if not (found.mle_retvals["converged"] and np.all(np.isfinite(found.params))):
        found = model.fit(maxiter=200)
    # Threads add up in varying order: nine decimals are the same on every run.
    beta = np.round(np.asarray(found.params), 9)
    bread = np.asarray(found.cov_params())
    residual = left - expit(rows @ beta + offset)
    scores = _by_account(rows * residual[:, None], account)
    meat = scores.T @ scores
    covariance = np.round(bread @ meat @ bread, 9)
    return replace(hazard, base=float(beta[0]), weights=beta[1:], covariance=covariance)


def _regression(outcome: Floats, rows: Floats, **more: Any) -> Any:
    """A logistic regression yet to be fitted."""
    # Imported here: it takes a second, and whoever reads kept scores needs none of it.
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    return GLM(outcome, rows, family=Binomial(), **more)


def _telling(design: Design) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Features with something to tell, and those whose absence also does."""
    kept, unknown = [], []
    for place in range(len(design.names)):
        column = design.values[:, place]
        gaps = np.isnan(column)
        seen = column[~gaps]
        if len(seen) < 2:
            continue
        _, counts = np.unique(seen, return_counts=True)
        if len(seen) - counts.max() >= max(5, RAREST * len(column)):
            kept.append(place)
        if 0.02 <= gaps.mean() <= 0.98:
            unknown.append(place)
    # Features of one table are absent together: one column says so.
    distinct: dict[bytes, int] = {}
    for place in unknown:
        distinct.setdefault(np.isnan(design.values[:, place]).tobytes(), place)
    return tuple(kept), tuple(distinct.values())


def _by_account(rows: Floats, account: Whole) -> Floats:
    _, place = np.unique(account, return_inverse=True)
    added = np.zeros((int(place.max()) + 1, rows.shape[1]))
    for column in range(rows.shape[1]):
        added[:, column] = np.bincount(place, weights=rows[:, column], minlength=len(added))
    return added


# -- how far it can be trusted ---------------------------------------------------------------


@dataclass(frozen=True)
class Band:
    """Customers of about the same predicted chance: their mean, the share that left, its 95 %
    Wilson interval, and how many rows they are."""

    predicted: float
    happened: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True)
class Evaluation:
    """How a model did on rows it had not seen. `lift_top_decile` is the rate among the tenth with
    the highest chance over the base rate; `precision_at_20` the share that left of the 20 highest
    of each month; `slope` and `intercept` those of outcome on predicted log-odds (1 and 0 are
    perfect). `why` names why it is not predictive, None when it is."""

    auc: float | None = None
    auc_low: float | None = None
    auc_high: float | None = None
    base_rate: float | None = None
    lift_top_decile: float | None = None
    precision_at_20: float | None = None
    predictive: bool = False
    why: str | None = "too_few_churns"
    churns: int = 0
    rows: int = 0
    slope: float | None = None
    intercept: float | None = None
    bands: tuple[Band, ...] = ()


def evaluate(
    chance: Floats,
    left: Whole,
    account: Whole,
    month: Whole,
    *,
    churns: int,
    seed: int = 20_240_229,
) -> Evaluation:
    """Judges chances of unseen rows. The AUC's interval is a percentile bootstrap over accounts,
    because the months of one account are not independent."""
    leavers = int(left.sum())
    if leavers == 0 or leavers == len(left):
        return Evaluation(why="nobody_left" if leavers == 0 else "too_few_churns", churns=churns)
    area = auc(chance, left)
    low, high = _auc_interval(chance, left, account, seed)
    base = leavers / len(left)
    slope, intercept = calibration(chance, left)
    predictive = low > 0.5
    return Evaluation(
        auc=area,
        auc_low=low,
        auc_high=high,
        base_rate=base,
        lift_top_decile=_top_decile(chance, left) / base,
        precision_at_20=_precision(chance, left, month),
        predictive=predictive,
        why=None if predictive else "no_better_than_chance",
        churns=churns,
        rows=len(left),
        slope=slope,
        intercept=intercept,
        bands=_bands(chance, left),
    )


def auc(chance: Floats, left: Whole, weight: Floats | None = None) -> float:
    """The chance that of a leaver and a stayer the leaver was ranked higher; ties count half
    (Mann & Whitney 1947). NaN without both."""
    order = np.argsort(chance, kind="stable")
    weights = np.ones(len(chance)) if weight is None else weight
    return _weighted_auc(weights[order], left[order].astype(float), _tie_starts(chance[order]))


def _tie_starts(ordered: Floats) -> Whole:
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


def _weighted_auc(weight: Floats, left: Floats, starts: Whole) -> float:
    leavers = np.add.reduceat(weight * left, starts)
    stayers = np.add.reduceat(weight * (1 - left), starts)
    pairs = leavers.sum() * stayers.sum()
    below = np.cumsum(stayers) - stayers
    return float((leavers * (below + stayers / 2)).sum() / pairs) if pairs > 0 else float("nan")


def _auc_interval(chance: Floats, left: Whole, account: Whole, seed: int) -> tuple[float, float]:
    draws = 1000 if len(chance) <= 20_000 else 200
    order = np.argsort(chance, kind="stable")
    starts = _tie_starts(chance[order])
    happened = left[order].astype(float)
    _, place = np.unique(account, return_inverse=True)
    accounts = int(place.max()) + 1
    place = place[order]
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        times = np.bincount(draw.integers(0, accounts, accounts), minlength=accounts)
        found.append(_weighted_auc(times[place].astype(float), happened, starts))
    values = np.array(found)
    low, high = np.quantile(values[~np.isnan(values)], [0.025, 0.975])
    return float(low), float(high)


def _top_decile(chance: Floats, left: Whole) -> float:
    count = max(1, round(len(chance) / 10))
    return float(left[np.argsort(-chance, kind="stable")[:count]].mean())


def _precision(chance: Floats, left: Whole, month: Whole) -> float:
    shares = []
    for one in np.unique(month):
        here = month == one
        first = np.argsort(-chance[here], kind="stable")[:CALLED]
        shares.append(float(left[here][first].mean()))
    return float(np.mean(shares))


def calibration(chance: Floats, left: Whole) -> tuple[float | None, float | None]:
    """Slope and intercept of a logistic regression of the outcome on the predicted log-odds
    (Cox 1958)."""
    bounded = np.clip(chance, 1e-9, 1 - 1e-9)
    predicted = np.log(bounded / (1 - bounded))
    if np.ptp(predicted) < 1e-6:
        return None, None
    found = _regression(left.astype(float), with_one(predicted[:, None])).fit()
    return float(found.params[1]), float(found.params[0])


def _bands(chance: Floats, left: Whole, count: int = 6) -> tuple[Band, ...]:
    """Groups with about as many leavers each, so that every point says something."""
    order = np.argsort(chance, kind="stable")
    reached = np.cumsum(left[order]) / left.sum()
    edges = [int(np.searchsorted(reached, step / count)) + 1 for step in range(1, count)]
    found = []
    for group in np.split(order, sorted(set(edges))):
        if len(group) == 0:
            continue
        low, high = wilson(float(left[group].sum()), len(group))
        assert low is not None
        assert high is not None
        found.append(
            Band(float(chance[group].mean()), float(left[group].mean()), low, high, len(group))
        )
    return tuple(found)


def loss_interval(
    hazard: Hazard, design: Design, amounts: Sequence[float] | Floats
) -> tuple[float, float, float]:
    """What is expected to go with those who leave, and where the loss lies with 95 %: chance times
    amount, added up; the interval holds the uncertainty of the weights (delta method) and the
    chance of each departure. A few large amounts lean it to the right: it is that of a gamma with
    this mean and variance, which is never below 0."""
    money = np.asarray(amounts, dtype=float)
    if len(money) == 0:
        return 0.0, 0.0, 0.0
    chance = hazard.chance(design)
    slope = (money * chance * (1 - chance)) @ with_one(hazard.standardised(design))
    variance = float(slope @ hazard.covariance @ slope)
    variance += float((money**2 * chance * (1 - chance)).sum())
    expected = float((money * chance).sum())
    if not expected or not variance:
        return expected, expected, expected
    low, high = gammaincinv(expected**2 / variance, [0.025, 0.975]) * variance / expected
    return expected, float(low), min(float(high), float(money.sum()))
