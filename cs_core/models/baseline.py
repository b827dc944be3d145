"""Assumptions from the person's own figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from cs_core.domain.proportion import Z95, wilson
from cs_core.models.assumptions import CHURN_BY_PHASE, PHASES, Assumptions, Baseline, specs
from cs_core.models.survivors import Survivors

MONTHS = 6


@dataclass(frozen=True)
class Month:
    """One complete month. Money in the reporting currency."""

    opening_customers: int
    lost_customers: int
    new_customers: int
    customers: int
    opening_mrr: float
    mrr: float
    expansion_mrr: float
    contraction_mrr: float
    new_mrr: float = 0.0


def from_figures(
    months: Sequence[Month],
    survivors: Survivors,
    *,
    money: Survivors | None = None,
    mrr_deviation: float | None = None,
    new_variation: float = 0.0,
    annual_share: float = 0.0,
    margin: float | None = None,
    cac: float | None = None,
    keep: Assumptions | None = None,
) -> Baseline:
    """Defaults from complete months, oldest first (the last six count), and survivor counts
    by monthly payments, `money` being the same weighted by what each pays.

    Churn by phase is lost / at risk over the payments of the phase (a phase nobody has reached
    takes the overall rate), overall churn lost / opening of the six months, both with Wilson
    intervals, and `never_seen` where nobody left. Expansion and contraction are shares of opening
    MRR, with the spread of the months. The price is what those who joined in the six months
    started with, on average, and grows from there; `new_variation` is the coefficient of
    variation of first payments. Nobody joined: the ARPA of the last month. `mrr_deviation` is the
    standard deviation of all accounts' MRR. `margin` is the share of MRR that serving customers
    leaves (below 0 it counts as 0), `cac` what winning one cost; None where costs are not known.
    `keep` holds what data cannot
    say (discount rate, horizon, price).
    """
    months = list(months)[-MONTHS:]
    values = (keep or Assumptions()).as_dict()
    ranges: dict[str, tuple[float, float]] = {}
    notes: list[str] = []

    unseen: set[str] = set()

    def share(name: str, count: int, total: int) -> None:
        values[name] = count / total if count else never_seen(total)
        if not count:
            unseen.add(name)
        low, high = wilson(count, total)
        if low is not None and high is not None:
            ranges[name] = (low, high)

    lost, opening = (
        sum(month.lost_customers for month in months),
        sum(month.opening_customers for month in months),
    )
    if 0 <= lost <= opening and opening:
        share("churn", lost, opening)
    else:
        notes.append("no_churn_rate")
    edges = (0, *PHASES, max(len(survivors.at_risk), PHASES[-1]))
    for name, start, end in zip(CHURN_BY_PHASE, edges, edges[1:], strict=False):
        at_risk = int(sum(survivors.at_risk[start:end]))
        if at_risk:
            share(name, int(sum(survivors.lost[start:end])), at_risk)
        else:
            values[name] = values["churn"]
            if "churn" in ranges:
                ranges[name] = ranges["churn"]
            if "churn" in unseen:
                unseen.add(name)
            notes.append("phase_unseen")
    if unseen & set(CHURN_BY_PHASE):
        notes.append("unseen_churn")
    for name in ("expansion", "contraction"):
        rates = [
            getattr(month, f"{name}_mrr") / month.opening_mrr
            for month in months
            if month.opening_mrr > 0
        ]
        if rates:
            values[name] = mean = sum(rates) / len(rates)
            if len(rates) > 2 and mean > 0:
                spread = sum((rate - mean) ** 2 for rate in rates) / (len(rates) - 1)
                half = Z95 * sqrt(spread / len(rates))
                ranges[name] = (max(0.0, mean - half), mean + half)
    arpa, error = 0.0, 0.0
    if months and months[-1].customers > 0:
        last = months[-1]
        values["arpa"] = arpa = last.mrr / last.customers
        if mrr_deviation is not None and arpa > 0:
            error = mrr_deviation / sqrt(last.customers) / arpa
            ranges["arpa"] = _around(arpa, error)
    joined = sum(month.new_customers for month in months)
    brought = sum(month.new_mrr for month in months)
    if joined and brought > 0:
        values["arpa"] = brought / joined
        ranges["arpa"] = _around(values["arpa"], new_variation / sqrt(joined))
    if months:
        values["new_customers"] = joined / len(months)
        if joined:
            half = Z95 * sqrt(joined) / len(months)
            ranges["new_customers"] = (
                max(0.0, values["new_customers"] - half),
                values["new_customers"] + half,
            )
    if cac is None:
        notes.append("no_cac")
    else:
        values["cac"] = cac
    if margin is None:
        notes.append("no_margin")
    elif margin < 0:
        notes.append("no_gross_profit")
    values["gross_margin"] = 1.0 if margin is None else margin
    values["annual_share"] = annual_share
    for spec in specs():
        if spec.unit != "flag":
            values[spec.name] = min(max(values[spec.name], spec.low), spec.high)
    known = money.customers if money else 0.0
    return Baseline(
        Assumptions(**values),
        ranges,
        tuple(dict.fromkeys(notes)),
        frozenset(unseen),
        arpa,
        error,
        _pace(money or survivors, survivors),
        survivors.customers / known if known else 1.0,
    )


def _pace(money: Survivors, survivors: Survivors) -> tuple[float, ...]:
    """By phase; 1 where none of either was seen to leave."""
    found = []
    edges = (0, *PHASES, len(survivors.at_risk))
    for start, end in pairwise(edges):
        rates = []
        for counts in (money, survivors):
            at_risk, lost = sum(counts.at_risk[start:end]), sum(counts.lost[start:end])
            rates.append(lost / at_risk if at_risk else 0.0)
        found.append(float(rates[0] / rates[1]) if all(rates) else 1.0)
    return tuple(found)


def _around(centre: float, error: float) -> tuple[float, float]:
    """95 % limits of an amount by its relative standard error."""
    return max(0.0, centre * (1 - Z95 * error)), centre * (1 + Z95 * error)


def never_seen(total: int) -> float:
    """A rate of which none was seen among `total`: the median of Jeffreys' posterior, the Beta of
    1/2 and total + 1/2 (Brown, Cai & DasGupta 2001, Statistical Science 16(2)). It cannot be 0."""
    from scipy.special import betaincinv

    return float(betaincinv(0.5, total + 0.5, 0.5))
