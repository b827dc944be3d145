"""Retention curves fitted to survivor counts by maximum likelihood, and projected.

Three models of a customer's number of paid periods, T, with S(t) = P(T > t), S(0) = 1:

| model | assumes | S(t) |
|---|---|---|
| geometric | everybody leaves with the same probability theta each period | (1 - theta)^t |
| sbg | theta differs between customers, Beta(alpha, beta), and never changes for one | B(alpha, beta + t) / B(alpha, beta) |
| bdw | as sbg, and the risk of one customer rises (c > 1) or falls (c < 1) with age | B(alpha, beta + t^c) / B(alpha, beta) |

Sources: Fader & Hardie 2007, How to Project Customer Retention, Journal of Interactive Marketing
21(1), 76-90 (sBG, equations 5-7); Fader & Hardie 2010, Customer-Base Valuation in a Contractual
Setting, Marketing Science 29(1), 85-93 (discounted expected residual lifetime, several cohorts);
Fader, Hardie, Liu, Davin & Steenburgh 2018, "How to Project Customer Retention" Revisited,
Journal of Interactive Marketing 43, 1-16 (BdW).
"""  # noqa: E501 - a table

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp, log, log1p
from typing import Any

import numpy as np
import numpy.typing as npt

from cs_core.errors import CannotAnswerError, UsageError
from cs_core.models.proportion import Z95
from cs_core.models.survivors import Survivors

Array = npt.NDArray[np.float64]

MODELS = ("sbg", "bdw", "geometric")
SMALL_SAMPLE = 30

# A parameter at an end of its range stands for the limit there: alpha and beta very large for
# customers who are all alike, very small for some who leave at once and others who never do.
_BOUNDS = {"sbg": ((1e-6, 1e6),) * 2, "bdw": ((1e-5, 1e5),) * 2 + ((0.05, 10.0),)}
# From here on the curve is the geometric one (c = 1) to three digits.
_ALIKE = 1e4
_NAMES = {"geometric": ("theta",), "sbg": ("alpha", "beta"), "bdw": ("alpha", "beta", "c")}

# Half the 95 % quantile of chi-squared with one degree of freedom.
_HALF_CHI2_95 = 1.920729410347062


@dataclass(frozen=True)
class Curve:
    """A fitted model. `parameters` by name; `notes` are codes of `model.note` texts that say
    where the data did not decide them."""

    model: str
    parameters: Mapping[str, float]
    log_likelihood: float
    notes: tuple[str, ...] = ()

    @property
    def mean_churn(self) -> float:
        """E(theta): a new customer's probability of leaving in the first period."""
        p = self.parameters
        return p["theta"] if self.model == "geometric" else p["alpha"] / (p["alpha"] + p["beta"])

    def retention(self, periods: int) -> Array:
        """r(1) … r(periods), with r(t) = S(t) / S(t - 1)."""
        rates: Array = np.exp(_log_retention(self.model, self._values, periods))
        return rates

    def survival(self, periods: int) -> Array:
        """S(0) … S(periods)."""
        logs = _log_retention(self.model, self._values, periods)
        shares: Array = np.exp(np.concatenate([[0.0], np.cumsum(logs)]))
        return shares

    def residual_lifetime(self, paid: int, discount: float = 0.0) -> list[float | None]:
        """Expected payments still to come, by how often the customer has paid: 0 … `paid`.

        0 is a new customer, the payment now included; n one who has paid n times, seen just
        before the n-th renewal: the sum of S(t) / S(n - 1) / (1 + discount)^(t - n) over
        t >= n. `discount` is per period, >= 0. None where the mean is infinite.
        """
        if discount == 0 and not self.finite_mean:
            return [None] * (paid + 1)
        weight = 1 / (1 + discount)
        retention = self.retention(paid + 1)
        value = _residual(self.model, self._values, paid + 1, weight)
        lifetimes = []
        for n in range(paid, 0, -1):
            # D(n) = r(n) (1 + D(n + 1) / (1 + d)); nothing is divided by a vanishing S.
            value = float(retention[n - 1]) * (1 + weight * value)
            lifetimes.append(value)
        return [1 + weight * value, *reversed(lifetimes)]

    @property
    def finite_mean(self) -> bool:
        """Whether the undiscounted lifetime has a mean."""
        p = self.parameters
        return p["theta"] > 0 if self.model == "geometric" else p["alpha"] * p.get("c", 1.0) > 1

    @property
    def _values(self) -> Array:
        return np.array([self.parameters[name] for name in _NAMES[self.model]])


def fit(survivors: Survivors, model: str) -> Curve:
    """The maximum-likelihood curve of one or several cohorts together.

    Raises CannotAnswerError when nobody left, or when there are fewer periods than parameters.
    """
    if model not in MODELS:
        raise UsageError(
            "unknown_option_value", option="model", value=model, known=", ".join(MODELS)
        )
    at_risk, lost = _arrays(survivors)
    informative = int(np.count_nonzero(at_risk))
    needed = len(_NAMES[model])
    if informative == 0:
        raise CannotAnswerError("fit.nothing_observed")
    if lost.sum() == 0:
        raise CannotAnswerError("fit.nobody_left")
    if informative < needed:
        raise CannotAnswerError("fit.too_few_periods", model=model, n=needed, found=informative)
    if model == "geometric":
        values = np.array([lost.sum() / at_risk.sum()])
    else:
        values = _maximise(model, at_risk, lost)
    notes = list(survivors.notes)
    if survivors.customers < SMALL_SAMPLE:
        notes.append("small_sample")
    if at_risk[informative - 1] == lost[informative - 1]:
        notes.append("everybody_left")
    notes += _limits(model, values)
    return Curve(
        model,
        dict(zip(_NAMES[model], map(float, values), strict=True)),
        _log_likelihood(model, values, at_risk, lost),
        tuple(notes),
    )


def profile_interval(
    survivors: Survivors, curve: Curve, name: str
) -> tuple[float | None, float | None]:
    """95 % profile-likelihood interval of one parameter; an end the data leave open is None.

    Source: Venzon & Moolgavkar 1988, Applied Statistics 37.
    """
    from scipy.optimize import brentq

    at_risk, lost = _arrays(survivors)
    model, index = curve.model, _NAMES[curve.model].index(name)
    start = np.log(curve._values)
    bounds = [(log(low), log(high)) for low, high in _BOUNDS.get(model, ((1e-12, 1.0),))]
    warm = start.copy()

    def shortfall(position: float) -> float:
        nonlocal warm
        fixed = warm.copy()
        fixed[index] = position
        if len(fixed) > 1:
            fixed = _climb(model, at_risk, lost, fixed, bounds, free=np.arange(len(fixed)) != index)
        warm = fixed
        height = _log_likelihood(model, np.exp(fixed), at_risk, lost)
        return curve.log_likelihood - height - _HALF_CHI2_95

    # Along a ridge without end the range would be mistaken for the data's own limit.
    open_end = {"no_heterogeneity": 1.0, "all_or_nothing": -1.0}
    unbounded = {open_end[note] for note in curve.notes if note in open_end and name != "c"}
    ends: list[float | None] = []
    for limit, direction in zip(bounds[index], (-1.0, 1.0), strict=True):
        inside, step, warm = start[index], 0.1, start.copy()
        end = None
        while end is None and inside != limit and direction not in unbounded:
            outside = inside + direction * step
            outside = max(outside, limit) if direction < 0 else min(outside, limit)
            if shortfall(outside) > 0:
                end = exp(brentq(shortfall, *sorted((inside, outside)), xtol=1e-8))
            inside, step = outside, step * 1.6
        ends.append(end)
    return ends[0], ends[1]


def lifetime_interval(
    survivors: Survivors, curve: Curve, discount: float = 0.0
) -> tuple[float, float] | tuple[None, None]:
    """95 % interval of a new customer's expected lifetime, by the delta method on its logarithm
    from the observed information; nulls where the mean is infinite."""
    (centre,) = curve.residual_lifetime(0, discount)
    if centre is None:
        return None, None
    at_risk, lost = _arrays(survivors)
    model, position, step = curve.model, np.log(curve._values), 1e-4
    if model == "geometric":
        theta = curve.parameters["theta"]
        information = np.array([[at_risk.sum() * theta / max(1 - theta, 1e-12)]])
    else:
        slopes = [
            _gradient(model, np.exp(position + shift), at_risk, lost)
            - _gradient(model, np.exp(position - shift), at_risk, lost)
            for shift in np.eye(len(position)) * step
        ]
        information = -(np.array(slopes) + np.array(slopes).T) / (4 * step)
    sensitivity = np.array(
        [
            log(_lifetime(model, np.exp(position + shift), discount, centre))
            - log(_lifetime(model, np.exp(position - shift), discount, centre))
            for shift in np.eye(len(position)) * step
        ]
    ) / (2 * step)
    # Directions the data say nothing about are those that do not move the lifetime either.
    covariance = np.linalg.pinv(information, rcond=1e-9, hermitian=True)
    width = Z95 * max(float(sensitivity @ covariance @ sensitivity), 0.0) ** 0.5
    return centre * exp(-width), centre * exp(width)


def _lifetime(model: str, values: Array, discount: float, fallback: float) -> float:
    capped = np.minimum(values, 1.0) if model == "geometric" else values
    curve = Curve(model, dict(zip(_NAMES[model], map(float, capped), strict=True)), 0.0)
    return curve.residual_lifetime(0, discount)[0] or fallback


@dataclass(frozen=True)
class HeldBack:
    """One age the fit did not see: shares of the first customers seen, fitted, and by the
    constant churn of the same first periods."""

    age: int
    observed: float
    fitted: float
    naive: float


def held_back(survivors: Survivors, curve: Curve, periods: int) -> list[HeldBack]:
    """How the curve fitted to the first `periods` does on the later ones."""
    observed = survivors.observed()
    fitted = curve.survival(len(observed) - 1)
    naive = fit(survivors.first(periods), "geometric").survival(len(observed) - 1)
    return [
        HeldBack(age, observed[age], float(fitted[age]), float(naive[age]))
        for age in range(periods + 1, len(observed))
    ]


def fit_record(
    survivors: Survivors,
    model: str,
    *,
    fit_periods: int | None = None,
    periods: int | None = None,
    discount: float = 0.0,
    note: Callable[[str], str] = str,
) -> dict[str, Any]:
    """What `fit` prints. Curves reach to `periods`, or to the last age in the file if later;
    residual lifetimes one renewal further. `note` turns a code into a sentence."""
    _within("fit-periods", fit_periods, 1, max(survivors.periods, 1))
    _within("periods", periods, 1, 1200)
    _within("discount", discount, 0, 1)
    seen = survivors if fit_periods is None else survivors.first(fit_periods)
    curve = fit(seen, model)
    last = max(survivors.periods, periods or 0)
    survival = curve.survival(last)
    retention = curve.retention(last)
    lifetimes = curve.residual_lifetime(last + 1, discount)
    notes = [*curve.notes, *(("infinite_mean",) if lifetimes[0] is None else ())]
    return {
        "model": model,
        "parameters": dict(curve.parameters),
        "log_likelihood": curve.log_likelihood,
        "survival": [float(value) for value in survival],
        "retention": [
            float(value) if before > 0 else None
            for value, before in zip(retention, survival[:-1], strict=True)
        ],
        "expected_residual_lifetime": {str(n): value for n, value in enumerate(lifetimes)},
        "mean_churn": curve.mean_churn,
        "fit_periods": seen.periods,
        "held_back": [vars(row) for row in held_back(survivors, curve, seen.periods)],
        "notes": [note(code) for code in notes],
    }


def _within(option: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise UsageError("option_out_of_range", option=option, value=value, low=low, high=high)


def _arrays(survivors: Survivors) -> tuple[Array, Array]:
    periods = survivors.periods
    return np.array(survivors.at_risk[:periods]), np.array(survivors.lost[:periods])


def _log_retention(model: str, values: Array, periods: int) -> Array:
    """log r(1) … log r(periods)."""
    if model == "geometric":
        return np.full(periods, log1p(-values[0]) if values[0] < 1 else -np.inf)
    if model == "sbg":
        alpha, beta = values
        logs: Array = np.log1p(-alpha / (alpha + beta + np.arange(periods)))
        return logs
    from scipy.special import betaln

    alpha, beta, c = values
    logs = np.diff(betaln(alpha, beta + np.arange(periods + 1.0) ** c))
    return np.minimum(logs, 0.0)


def _log_likelihood(model: str, values: Array, at_risk: Array, lost: Array) -> float:
    """Of the renewals: who was at risk in a period was lost or kept, so
    sum of lost log(1 - r) + kept log r, which telescopes to the usual form in S(t)."""
    logs = _log_retention(model, values, len(at_risk))
    kept = at_risk - lost
    # 0 log 0 is 0; a lost customer where nobody can leave is as unlikely as can be told.
    leaving = np.log(np.maximum(-np.expm1(logs), 1e-300))
    return float(lost @ leaving + kept[kept > 0] @ logs[kept > 0])


def _gradient(model: str, values: Array, at_risk: Array, lost: Array) -> Array:
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
    logs = np.minimum(_log_retention(model, values, len(at_risk)), -1e-300)
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


def _climb(
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
        height = _log_likelihood(model, values, at_risk, lost)
        return -height / scale, -_gradient(model, values, at_risk, lost)[free] / scale

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


def _maximise(model: str, at_risk: Array, lost: Array) -> Array:
    bounds = [(log(low), log(high)) for low, high in _BOUNDS[model]]
    churn = min(max(lost[0] / at_risk[0], 0.01), 0.9)
    shapes: tuple[tuple[float, ...], ...] = (
        ((),) if model == "sbg" else ((0.5,), (1.0,), (1.6,), (3.0,))
    )
    tops = []
    for spread in (1.0, 30.0):
        for shape in shapes:
            start = np.log([churn * spread, (1 - churn) * spread, *shape])
            everything = np.ones(len(start), dtype=bool)
            tops.append(np.exp(_climb(model, at_risk, lost, start, bounds, everything)))
    return max(tops, key=lambda values: _log_likelihood(model, values, at_risk, lost))


def _limits(model: str, values: Array) -> list[str]:
    """Codes for parameters that ran to, or along, an end of their range."""
    if model == "geometric":
        return []
    codes = []
    if max(values[:2]) > _ALIKE:
        codes.append("no_heterogeneity")
    if min(values[:2]) < _BOUNDS[model][0][0] * 1.01:
        codes.append("all_or_nothing")
    if model == "bdw" and not 0.051 < values[2] < 9.9:
        codes.append("shape_at_limit")
    return codes


def _residual(model: str, values: Array, n: int, weight: float) -> float:
    """Sum of S(t) / S(n - 1) * weight^(t - n) over t >= n, for n >= 1; it must be finite."""
    if model == "geometric":
        return float((1 - values[0]) / (1 - (1 - values[0]) * weight))
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
