"""Learning from the past: which months teach, which later ones judge, and how many rows of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from cs_core.models.account_risk import (
    FEWEST_CHURNS,
    Evaluation,
    Hazard,
    Whole,
    evaluate,
    fit,
    recalibrated,
)
from cs_core.studies.risk import features, rows
from cs_core.studies.risk.rows import Moment, Source, Table

JUDGED_MONTHS = 6
TAUGHT_MONTHS = 24  # what is older says little of today's customers
MOST_JUDGED = 200_000  # rows
MOST_LEAVERS, MOST_STAYERS = 20_000, 40_000  # rows a model is fitted on


@dataclass(frozen=True)
class Learned:
    """What the past taught. `model` is fitted on all of it, its chances recalibrated on the months
    that judge, the latest known; it is None where it may not be used;
    `evaluation` is of a model fitted on the earlier months only. `judged` and `taught` are the
    first and last moments (labels YYYY-MM-DD) of each."""

    model: Hazard | None
    evaluation: Evaluation
    plans: tuple[int, ...] = ()
    judged: tuple[str, str] | None = None
    taught: tuple[str, str] | None = None


def learn(of: Source) -> Learned:
    """Fits on all past months whose outcome is known, and judges on the later ones."""
    past = rows.moments(of)
    if not past:
        return Learned(None, Evaluation(why="too_short"))
    judged, taught = split(past, of.horizon_days)
    churns = rows.churns(of, past[-1].months_ago, past[0].months_ago)
    if churns < FEWEST_CHURNS:
        return Learned(None, Evaluation(why="too_few_churns", churns=churns))
    if not taught:
        return Learned(None, Evaluation(why="too_short", churns=churns))
    first = _fitted(of, taught)
    if first is None:
        return Learned(None, Evaluation(why="too_few_churns", churns=churns))
    model, plans = first
    unseen = rows.past_rows(of, judged[-1].months_ago, judged[0].months_ago)
    evaluation = evaluate(
        model.chance(features.design(unseen, plans, of.plans, of.horizon_days)),
        outcome(unseen),
        unseen["customer_number"].astype(np.int64),
        unseen["months_ago"].astype(np.int64),
        churns=churns,
    )
    days = (_span(judged), _span(taught))
    if not evaluation.predictive:
        return Learned(None, evaluation, plans, *days)
    last = _fitted(of, _recent(past))
    if last is None:
        return Learned(None, replace(evaluation, predictive=False), plans, *days)
    latest = features.design(unseen, last[1], of.plans, of.horizon_days)
    account = unseen["customer_number"].astype(np.int64)
    model = recalibrated(last[0], latest, outcome(unseen), account)
    return Learned(model, evaluation, last[1], *days)


def split(past: Sequence[Moment], horizon_days: int) -> tuple[list[Moment], list[Moment]]:
    """The months that judge and those that teach, latest first. The outcomes of those that teach
    are all over when the first that judges begins."""
    most = min(JUDGED_MONTHS, max(1, len(past) // 3))
    judged: list[Moment] = []
    for moment in past[:most]:
        if judged and sum(m.customers for m in judged) + moment.customers > MOST_JUDGED:
            break
        judged.append(moment)
    begin = judged[-1].day
    taught = [m for m in past if m.day + timedelta(days=horizon_days) <= begin]
    return judged, _recent(taught)


def outcome(table: Table) -> Whole:
    return table["left_within"].astype(np.int64)


def _recent(past: Sequence[Moment]) -> list[Moment]:
    return list(past[:TAUGHT_MONTHS])


def _fitted(of: Source, taught: Sequence[Moment]) -> tuple[Hazard, tuple[int, ...]] | None:
    leavers = sum(moment.leavers for moment in taught)
    stayers = sum(moment.customers for moment in taught) - leavers
    kept_leavers = _share(MOST_LEAVERS, leavers)
    kept_stayers = _share(MOST_STAYERS, stayers)
    table = rows.past_rows(
        of, taught[-1].months_ago, taught[0].months_ago, kept_leavers, kept_stayers
    )
    plans = features.common_plans(table, of.plans)
    model = fit(
        features.design(table, plans, of.plans, of.horizon_days),
        outcome(table),
        table["customer_number"].astype(np.int64),
        months=of.horizon_days / features.DAYS_A_MONTH,
        kept_leavers=kept_leavers,
        kept_stayers=kept_stayers,
    )
    return None if model is None else (model, plans)


def _share(most: int, count: int) -> float:
    """A sampling share the statement can keep exactly: whole ten thousandths."""
    return 1.0 if count <= most else max(1, most * rows.WHOLE // count) / rows.WHOLE


def _span(moments: Sequence[Moment]) -> tuple[str, str]:
    return moments[-1].day.isoformat(), moments[0].day.isoformat()
