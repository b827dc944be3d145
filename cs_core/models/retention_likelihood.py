"""The numerics of the retention curves: likelihood, gradient, maximum, expected lifetimes.

Parameters are arrays in the order of `NAMES`; `at_risk` and `lost` are by period of age.
"""

from __future__ import annotations

from math import exp, log, log1p
from typing import Any

import numpy as np
import numpy.typing as npt

from cs_core.models.assumptions import CHURN_BY_PHASE, PHASES

Array = npt.NDArray[np.float64]

NAMES = {
    "geometric": ("theta",),
    "sbg": ("alpha", "beta"),
    "bdw": ("alpha", "beta", "c"),
    "phases": CHURN_BY_PHASE,
}
# A parameter at an end of its range stands for the limit there: alpha and beta very large for
# customers who are all alike, very small for some who leave at once and others who never do.
BOUNDS = {"sbg": ((1e-6, 1e6),) * 2, "bdw": ((1e-5, 1e5),) * 2 + ((0.05, 10.0),)}
# From here on the curve is the geometric one (c = 1) to three digits.
_ALIKE = 1e4


def log_retention(model: str, values: Array, periods: int) -> Array:
    """log r(1) … log r(periods)."""
    if model == "geometric":
        return np.full(periods, log1p(-values[0]) if values[0] < 1 else -np.inf)
    if model == "phases":
        return np.log1p(-values[np.searchsorted(PHASES, np.arange(periods), side="right")])
    if model == "sbg":
        alpha, beta = values
        logs: Array = np.log1p(-alpha / (alpha + beta + np.arange(periods)))
        return logs
    from scipy.special import betaln

    alpha, beta, c = values
    logs = np.diff(betaln(alpha, beta + np.arange(periods + 1.0) ** c))
    return np.minimum(logs, 0.0)


def log_likelihood(model: str, values: Array, at_risk: Array, lost: Array) -> float:
    """Of the renewals: who was at risk in a period was lost or kept, so
    sum of lost log(1 - r) + kept log r, which telescopes to the usual form in S(t)."""
    logs = log_retention(model, values, len(at_risk))
    kept = at_risk - lost
    # 0 log 0 is 0; a lost customer where nobody can leave is as unlikely as can be told.
    leaving = np.log(np.maximum(-np.expm1(logs), 1e-300))
    return float(lost @ leaving + kept[kept > 0] @ logs[kept > 0])


def gradient(model: str, values: Array, at_risk: Array, lost: Array) -> Array:
    """Of the log-likelihood, in the logarithms of the parameters."""
    kept = at_risk - lost
    ages = np.arange(len(at_risk) + 1.0)
    if model == "sbg":
        alpha, beta = values
        common = at_risk / (alpha + beta + ages[:-1])
        by_alpha = lost.sum() - alpha * common.sum()
        by_beta = beta * (kept / (beta + ages[:-1]) - common).sum()
        return np.array([by_alpha, by_beta])
    from scipy.special import digamma

    alpha, beta, c = values
    powers = ages**c
    logs = np.minimum(log_retention(model, values, len(at_risk)), -1e-300)
    weight = kept - lost * np.exp(logs) / -np.expm1(logs)
    both = digamma(alpha + beta + powers)
    shift = digamma(beta + powers) - both
    growth = shift * powers * np.log(np.maximum(ages, 1.0))
    return np.array(
        [
            weight @ np.diff(-both) * alpha,
            weight @ np.diff(shift) * beta,
            weight @ np.diff(growth) * c,
        ]
    )


def climb(
    model: str,
    at_risk: Array,
    lost: Array,
    start: Array,
    bounds: list[tuple[float, float]],
    free: npt.NDArray[np.bool_],
) -> Array:
    """The top of the likelihood over the free parameters, in logarithms, from `start`."""
    from scipy.optimize import minimize

    scale = at_risk[0]

    def downhill(position: Array) -> tuple[float, Array]:
        point = start.copy()
        point[free] = position
        values = np.exp(point)
        height = log_likelihood(model, values, at_risk, lost)
        return -height / scale, -gradient(model, values, at_risk, lost)[free] / scale

    best = minimize(
        downhill,
        start[free],
        jac=True,
        method="L-BFGS-B",
        bounds=[bound for bound, kept in zip(bounds, free, strict=True) if kept],
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 2000, "maxls": 50},
    )
    top = start.copy()
    top[free] = best.x
    return top


def maximise(model: str, at_risk: Array, lost: Array) -> Array:
    bounds = [(log(low), log(high)) for low, high in BOUNDS[model]]
    churn = min(max(lost[0] / at_risk[0], 0.01), 0.9)
    shapes: tuple[tuple[float, ...], ...] = (
        ((),) if model == "sbg" else ((0.5,), (1.0,), (1.6,), (3.0,))
    )
    tops = []
    for spread in (1.0, 30.0):
        for shape in shapes:
            start = np.log([churn * spread, (1 - churn) * spread, *shape])
            everything = np.ones(len(start), dtype=bool)
            tops.append(np.exp(climb(model, at_risk, lost, start, bounds, everything)))
    return max(tops, key=lambda values: log_likelihood(model, values, at_risk, lost))


def limits(model: str, values: Array) -> list[str]:
    """Codes for parameters that ran to, or along, an end of their range."""
    if model in ("geometric", "phases"):
        return []
    codes = []
    if max(values[:2]) > _ALIKE:
        codes.append("no_heterogeneity")
    if min(values[:2]) < BOUNDS[model][0][0] * 1.01:
        codes.append("all_or_nothing")
    if model == "bdw" and not 0.051 < values[2] < 9.9:
        codes.append("shape_at_limit")
    return codes


def residual(model: str, values: Array, n: int, weight: float) -> float:
    """Sum of S(t) / S(n - 1) * weight^(t - n) over t >= n, for n >= 1; it must be finite."""
    if model == "geometric":
        return float((1 - values[0]) / (1 - (1 - values[0]) * weight))
    if model == "phases":
        early = np.exp(log_retention(model, values, max(PHASES[-1], n - 1)))[n - 1 :]
        value = residual("geometric", values[-1:], n, weight)
        for stay in early[::-1]:
            value = float(stay) * (1 + weight * value)
        return value
    if model == "sbg":
        alpha, beta = values
        if weight == 1:
            return float((beta + n - 1) / (alpha - 1))
        stay = (beta + n - 1) / (alpha + beta + n - 1)
        return float(stay * _gauss(beta + n, alpha + beta + n, weight))
    return _bdw_residual(values, n, weight)


def _gauss(b: float, c: float, z: float) -> float:
    """2F1(1, b; c; z) for 0 < b <= c and 0 <= z < 1, by Gauss's continued fraction, which unlike
    the series does not slow down as z nears 1 (Lentz's algorithm; DLMF 15.7.5)."""
    fraction, above, below = 1.0, 1.0, 0.0
    for step in range(1, 1_000_000):
        n, odd = divmod(step, 2)
        if step == 1:
            term = b / c
        elif odd:
            term = (b + n) * (c + n - 1) / ((c + 2 * n - 1) * (c + 2 * n))
        else:
            term = n * (c - b + n - 1) / ((c + 2 * n - 2) * (c + 2 * n - 1))
        below = 1 / (1 - term * z * below)
        above = 1 - term * z / above
        change = above * below
        fraction *= change
        if abs(change - 1) < 1e-16:
            break
    return 1 / fraction


def _bdw_residual(values: Array, n: int, weight: float) -> float:
    """The first 2 000 terms added up, the rest by Euler-Maclaurin (DLMF 2.10.1)."""
    from scipy.integrate import quad
    from scipy.special import betaln, digamma

    alpha, beta, c = values
    origin = betaln(alpha, beta + (n - 1.0) ** c)

    def term(t: Any) -> Any:
        return np.exp(betaln(alpha, beta + t**c) - origin + (t - n) * log(weight))

    last = n + 2000.0
    head = float(term(np.arange(n, last)).sum())
    edge = float(term(last))
    if edge == 0:
        return head
    # t = last * e^u turns a power-law tail into an exponential one. Undiscounted, what lies past
    # the range is the power law t^(-alpha c) itself.
    reach = log1p(800 / (-log(weight) * last)) if weight < 1 else 30 / c
    tail = quad(
        lambda u: term(last * exp(u)) * exp(u), 0, reach, epsabs=0, epsrel=1e-10, limit=500
    )[0]
    if weight == 1:
        tail += term(last * exp(reach)) * exp(reach) / (alpha * c - 1)
    power = last**c
    slope = (digamma(beta + power) - digamma(alpha + beta + power)) * c * power / last + log(weight)
    return float(head + last * tail + edge / 2 - edge * slope / 12)
