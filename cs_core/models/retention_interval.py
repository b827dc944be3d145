"""95 % intervals of what a retention curve was fitted with."""

from __future__ import annotations

from math import exp, log

import numpy as np

from cs_core.domain.proportion import Z95
from cs_core.models.retention_curve import Curve
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


def lifetime_interval(
    survivors: Survivors, curve: Curve, discount: float = 0.0
) -> tuple[float, float] | tuple[None, None]:
    """95 % interval of a new customer's expected lifetime, by the delta method on its logarithm
    from the observed information; nulls where the mean is infinite."""
    (centre,) = curve.residual_lifetime(0, discount)
    if centre is None:
        return None, None
    at_risk, lost = survivors.arrays()
    model, position, step = curve.model, np.log(curve.values), 1e-4
    if model == "geometric":
        theta = curve.parameters["theta"]
        information = np.array([[at_risk.sum() * theta / max(1 - theta, 1e-12)]])
    else:
        slopes = [
            gradient(model, np.exp(position + shift), at_risk, lost)
            - gradient(model, np.exp(position - shift), at_risk, lost)
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
    curve = Curve(model, dict(zip(NAMES[model], map(float, capped), strict=True)), 0.0)
    return curve.residual_lifetime(0, discount)[0] or fallback
