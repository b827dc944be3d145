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
from typing import Any

from cs_core.domain.proportion import Z95, wilson

Counts = Sequence[tuple[int, int, int]]

# S(t) is a running product; this is far above its rounding error and below any real step.
_ROUNDING = 1e-12
# Expected departures of the smallest group from which the chi-squared tail holds; below it,
# permutations until so many were as extreme, or so many in all.
_EXPECTED = 5
_ENOUGH, _PERMUTATIONS = 50, 999


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


def log_rank(*strata: Sequence[Counts], seed: int = 20_240_401) -> LogRank:
    """Do the groups leave at the same pace? Mantel's log-rank test, hypergeometric variance.

    Each stratum holds the same groups in the same order, an empty one where it has nobody:
    excesses and covariances of the strata are added up, so that who is in which stratum does not
    pass for a difference between groups. A group that was never at risk beside another adds no
    degree of freedom. Where a group expects fewer than five departures the chi-squared tail is
    far from the truth, and p is the share of random permutations of the groups within strata
    whose statistic is as large; seeded, so that it is the same every time.

    Sources: Mantel 1966, Cancer Chemotherapy Reports 50; Neuhaus 1993, Annals of Statistics 21
    (permutation); Besag & Clifford 1991, Biometrika 78 (when to stop permuting).
    """
    import numpy as np

    tables = [_Exits(stratum) for stratum in strata]
    excess, covariance, expected = _added(tables, [table.groups for table in tables])
    df = int(np.linalg.matrix_rank(covariance, tol=1e-9 * max(1.0, covariance.max(initial=0.0))))
    if df == 0:
        return LogRank(None, 0, None)
    chi2 = _quadratic(excess, covariance)
    beside = covariance.diagonal() > 0
    if expected[beside].min() >= _EXPECTED:
        return LogRank(chi2, df, _chi2_tail(chi2, df))
    rng = np.random.default_rng(seed)
    extreme = 0
    for drawn in range(1, _PERMUTATIONS + 1):
        excess, covariance, _ = _added(tables, [table.permuted(rng) for table in tables])
        # Ties are counted against the difference.
        extreme += _quadratic(excess, covariance) >= chi2 * (1 - 1e-9)
        if extreme == _ENOUGH:
            return LogRank(chi2, df, extreme / drawn)
    return LogRank(chi2, df, (1 + extreme) / (1 + _PERMUTATIONS))


class _Exits:
    """One stratum. `groups` is exits x groups: how many of each group left, or were last seen, at
    each tenure at which anybody did."""

    def __init__(self, stratum: Sequence[Counts]) -> None:
        import numpy as np

        found: dict[tuple[int, bool], list[int]] = {}
        for group, counts in enumerate(stratum):
            for tenure, churned, censored in counts:
                for key, number in (((tenure, False), churned), ((tenure, True), censored)):
                    if number:
                        found.setdefault(key, [0] * len(stratum))[group] += number
        keys = sorted(found)
        self.groups = np.array([found[key] for key in keys], dtype=np.int64)
        self.groups = self.groups.reshape(len(keys), len(stratum))
        tenures = np.array([tenure for tenure, _ in keys], dtype=np.int64)
        self.events = np.flatnonzero([not censored for _, censored in keys])
        # At risk just before a tenure: whoever is counted at it or later.
        self.from_row = np.searchsorted(tenures, tenures[self.events])

    def permuted(self, rng: Any) -> Any:
        """The same exits and the same sizes of groups, and nobody's group known."""
        import numpy as np

        left = self.groups.sum(axis=1)
        found = np.empty_like(self.groups)
        for group, size in enumerate(self.groups.sum(axis=0)):
            found[:, group] = rng.multivariate_hypergeometric(left, size, method="marginals")
            left = left - found[:, group]
        return found


def _added(tables: Sequence[_Exits], groups: Sequence[Any]) -> tuple[Any, Any, Any]:
    """Departures beyond those expected, their covariance, and those expected, by group."""
    import numpy as np

    count = groups[0].shape[1]
    excess, expected, covariance = np.zeros(count), np.zeros(count), np.zeros((count, count))
    for table, counted in zip(tables, groups, strict=True):
        at_risk = np.cumsum(counted[::-1], axis=0)[::-1][table.from_row].astype(float)
        churned = counted[table.events]
        everyone, left = at_risk.sum(axis=1), churned.sum(axis=1)
        share = at_risk / everyone[:, None]
        expected += left @ share
        excess += (churned - left[:, None] * share).sum(axis=0)
        spread = left * (everyone - left) / np.maximum(everyone - 1, 1)
        covariance += np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return excess, covariance, expected


def _quadratic(excess: Any, covariance: Any) -> float:
    import numpy as np

    return float(excess @ np.linalg.pinv(covariance, rcond=1e-9, hermitian=True) @ excess)


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
