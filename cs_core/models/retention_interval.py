"""95 % intervals of what a retention curve was fitted with."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log

import numpy as np

from cs_core.domain.proportion import Z95
from cs_core.models.retention_curve import Curve, by_phase
from cs_core.models.retention_likelihood import (
    BOUNDS,
    NAMES,
    Array,
    climb,
    gradient,
    log_likelihood,
)
from cs_core.models.survivors import Survivors

# Half the 95 % quantile of chi-squared with one degree of freedom.
_HALF_CHI2_95 = 1.920729410347062
_WELL_INSIDE = (0.1, 10.0)


def profile_interval(
    survivors: Survivors, curve: Curve, name: str
) -> tuple[float | None, float | None]:
    """95 % profile-likelihood interval of one parameter; an end the data leave open is None.

    Source: Venzon & Moolgavkar 1988, Applied Statistics 37.
    """
    from scipy.optimize import brentq

    at_risk, lost = survivors.arrays()
    model, index = curve.model, NAMES[curve.model].index(name)
    start = np.log(curve.values)
    bounds = [(log(low), log(high)) for low, high in BOUNDS.get(model, ((1e-12, 1.0),))]
    free = np.arange(len(start)) != index
    # From a corner of the range, where the likelihood is flat, a climb takes the corner for the
    # top; from further in it finds the top, wherever the search for the end has been before.
    inner = np.clip(start, *np.log(_WELL_INSIDE))
    origins = [start] if np.array_equal(start, inner) else [start, inner]

    def height(position: float, origin: Array) -> float:
        point = origin.copy()
        point[index] = position
        if free.any():
            point = climb(model, at_risk, lost, point, bounds, free)
        return log_likelihood(model, np.exp(point), at_risk, lost)

    def shortfall(position: float) -> float:
        top = max(height(position, origin) for origin in origins)
        return curve.log_likelihood - top - _HALF_CHI2_95

    # Along a ridge without end the range would be mistaken for the data's own limit.
    open_end = {"no_heterogeneity": 1.0, "all_or_nothing": -1.0}
    unbounded = {open_end[note] for note in curve.notes if note in open_end and name != "c"}
    ends: list[float | None] = []
    for limit, direction in zip(bounds[index], (-1.0, 1.0), strict=True):
        inside, step = start[index], 0.1
        end = None
        while end is None and inside != limit and direction not in unbounded:
            outside = inside + direction * step
            outside = max(outside, limit) if direction < 0 else min(outside, limit)
            if shortfall(outside) > 0:
                end = exp(brentq(shortfall, *sorted((inside, outside)), xtol=1e-8))
            inside, step = outside, step * 1.6
        ends.append(end)
    return ends[0], ends[1]


def log_spread(survivors: Survivors, curve: Curve, worth: Callable[[Curve], float | None]) -> float:
    """Standard error of the logarithm of anything that follows from a fitted curve, by the delta
    method from the observed information. `worth` must be above 0."""
    at_risk, lost = survivors.arrays()
    model, position, step = curve.model, np.log(curve.values), 1e-4
    if model in ("geometric", "phases"):
        parts = by_phase if model == "phases" else np.sum
        information = np.diag(
            np.atleast_1d(parts(at_risk)) * curve.values / np.maximum(1 - curve.values, 1e-12)
        )
    else:
        slopes = [
            gradient(model, np.exp(position + shift), at_risk, lost)
            - gradient(model, np.exp(position - shift), at_risk, lost)
            for shift in np.eye(len(position)) * step
        ]
        information = -(np.array(slopes) + np.array(slopes).T) / (4 * step)

    def height(at: Array) -> float:
        values = np.minimum(np.exp(at), 1.0) if model in ("geometric", "phases") else np.exp(at)
        names = NAMES[model]
        moved = Curve(model, dict(zip(names, map(float, values), strict=True)), 0.0)
        return log(worth(moved) or worth(curve) or 1.0)

    sensitivity = np.array(
        [
            height(position + shift) - height(position - shift)
            for shift in np.eye(len(position)) * step
        ]
    ) / (2 * step)
    # Directions the data say nothing about are those that do not move the lifetime either.
    covariance = np.linalg.pinv(information, rcond=1e-9, hermitian=True)
    variance = float(sensitivity @ covariance @ sensitivity)
    return float(max(variance, 0.0) ** 0.5)


def lifetime_interval(
    survivors: Survivors, curve: Curve, discount: float = 0.0
) -> tuple[float, float] | tuple[None, None]:
    """95 % interval of a new customer's expected lifetime if the curve is of the right family;
    nulls where the mean is infinite."""
    (centre,) = curve.residual_lifetime(0, discount)
    if centre is None:
        return None, None
    width = Z95 * log_spread(survivors, curve, lambda of: of.residual_lifetime(0, discount)[0])
    return centre * exp(-width), centre * exp(width)
