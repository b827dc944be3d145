"""How long customers stay: Kaplan-Meier, the log-rank test, and the hazard by tenure.

Assumes that whoever is still a customer (censored) leaves later like the others of the same
tenure. All take counts by tenure, `(tenure, churned, censored)` with tenure in whole days or
months >= 0, in any order; rows of one tenure are added up. Someone censored at a tenure is at
risk at it. The command line draws curves with this module, so numpy is imported only where a
matrix is needed.

Sources: Kaplan & Meier 1958, JASA 53; Greenwood 1926; Kalbfleisch & Prentice, The Statistical
Analysis of Failure Time Data, 2nd ed., section 1.4 (log-log band) and 1.5 (log-rank).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, lgamma, log, sqrt

from cs_core.models.proportion import Z95, wilson

Counts = Sequence[tuple[int, int, int]]

# S(t) is a running product; this is far above its rounding error and below any real step.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Row:
    """One step of a survival curve.

    `survival` is P(T > tenure); `std_error` is Greenwood's, of the survival itself; `low` and
    `high` are the 95 % log-log band, None where survival is 1 or 0. `median` is that of the
    whole curve, the smallest tenure with survival <= 0.5, None when not reached.
    """

    tenure: int
    at_risk: int
    churned: int
    censored: int
    survival: float
    std_error: float
    low: float | None
    high: float | None
    median: int | None


@dataclass(frozen=True)
class LogRank:
    """`chi2` on `df` degrees of freedom; None where the groups were never at risk together."""

    chi2: float | None
    df: int
    p: float | None


@dataclass(frozen=True)
class HazardRow:
    """Share of those at risk at a tenure who left at it, with its 95 % Wilson interval."""

    tenure: int
    at_risk: int
    churned: int
    hazard: float
    low: float | None
    high: float | None


def kaplan_meier(counts: Counts) -> list[Row]:
    """The survival curve, a row at every tenure at which somebody left or was last seen."""
    survival, greenwood = 1.0, 0.0
    steps: list[tuple[int, int, int, int, float, float]] = []
    median = None
    for tenure, at_risk, churned, censored in _at_risk(counts):
        staying = at_risk - churned
        survival *= staying / at_risk
        # Where nobody is left the error's limit is 0, like the survival's.
        greenwood += churned / (at_risk * staying) if staying else 0.0
        if median is None and survival <= 0.5 + _ROUNDING:
            median = tenure
        steps.append((tenure, at_risk, churned, censored, survival, greenwood))
    return [
        Row(
            tenure,
            at_risk,
            churned,
            censored,
            value,
            value * sqrt(spread),
            *_log_log_band(value, spread),
            median,
        )
        for tenure, at_risk, churned, censored, value, spread in steps
    ]


def log_rank(groups: Sequence[Counts]) -> LogRank:
    """Do the groups leave at the same pace? Mantel's log-rank test, hypergeometric variance.

    A group that was never at risk beside another adds no degree of freedom.
    """
    import numpy as np

    tables = [_at_risk(counts) for counts in groups]
    tenures = sorted({row[0] for table in tables for row in table if row[2]})
    if not tenures:
        return LogRank(None, 0, None)
    at_risk = np.zeros((len(tenures), len(groups)))
    churned = np.zeros_like(at_risk)
    for column, table in enumerate(tables):
        seen = [row[0] for row in table]
        # At risk just before a tenure: whoever is counted at it or later.
        first_not_before = np.searchsorted(seen, tenures)
        still = np.array([*(row[1] for row in table), 0])
        at_risk[:, column] = still[first_not_before]
        lost = {row[0]: row[2] for row in table}
        churned[:, column] = [lost.get(tenure, 0) for tenure in tenures]
    everyone, left = at_risk.sum(axis=1), churned.sum(axis=1)
    share = at_risk / everyone[:, None]
    excess = (churned - left[:, None] * share).sum(axis=0)
    spread = left * (everyone - left) / np.maximum(everyone - 1, 1)
    covariance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    df = int(np.linalg.matrix_rank(covariance, tol=1e-9 * max(1.0, covariance.max())))
    if df == 0:
        return LogRank(None, 0, None)
    chi2 = float(excess @ np.linalg.pinv(covariance, rcond=1e-9, hermitian=True) @ excess)
    return LogRank(chi2, df, _chi2_tail(chi2, df))


def hazard(counts: Counts) -> list[HazardRow]:
    """When people leave: a row for every whole tenure from 0 to the longest one seen."""
    table = _at_risk(counts)
    seen = {row[0]: row for row in table}
    rows: list[HazardRow] = []
    remaining = table[0][1] if table else 0
    for tenure in range(table[-1][0] + 1 if table else 0):
        _, at_risk, churned, censored = seen.get(tenure, (tenure, remaining, 0, 0))
        rows.append(
            HazardRow(tenure, at_risk, churned, churned / at_risk, *wilson(churned, at_risk))
        )
        remaining = at_risk - churned - censored
    return rows


def _at_risk(counts: Counts) -> list[tuple[int, int, int, int]]:
    """`(tenure, at risk, churned, censored)` in order of tenure, one row a tenure."""
    totals: dict[int, list[int]] = {}
    for tenure, churned, censored in counts:
        if churned or censored:
            total = totals.setdefault(tenure, [0, 0])
            total[0] += churned
            total[1] += censored
    remaining = sum(churned + censored for churned, censored in totals.values())
    rows = []
    for tenure in sorted(totals):
        churned, censored = totals[tenure]
        rows.append((tenure, remaining, churned, censored))
        remaining -= churned + censored
    return rows


def _log_log_band(survival: float, greenwood: float) -> tuple[float | None, float | None]:
    if not 0 < survival < 1:
        return None, None
    logarithm = log(survival)
    width = exp(Z95 * sqrt(greenwood) / -logarithm)
    return exp(logarithm * width), exp(logarithm / width)


def _chi2_tail(chi2: float, df: int) -> float:
    """P(X >= chi2): the regularised upper gamma function at whole and half shapes, by its
    recurrence Q(a + 1, x) = Q(a, x) + x^a e^-x / Gamma(a + 1)."""
    x = max(chi2, 0.0) / 2
    if x == 0:
        return 1.0
    shape, tail = (0.5, erfc(sqrt(x))) if df % 2 else (1.0, exp(-x))
    while shape < df / 2:
        tail += exp(shape * log(x) - x - lgamma(shape + 1))
        shape += 1
    return min(tail, 1.0)
