"""Retention curves fitted to survivor counts by maximum likelihood, and projected.

Four models of a customer's number of paid periods, T, with S(t) = P(T > t), S(0) = 1:

| model | assumes | S(t) |
|---|---|---|
| geometric | everybody leaves with the same probability theta each period | (1 - theta)^t |
| sbg | theta differs between customers, Beta(alpha, beta), and never changes for one | B(alpha, beta + t) / B(alpha, beta) |
| bdw | as sbg, and the risk of one customer rises (c > 1) or falls (c < 1) with age | B(alpha, beta + t^c) / B(alpha, beta) |
| phases | everybody leaves with the same probability, which differs by phase of tenure (of months) | product of (1 - churn of the phase) |

Sources: Fader & Hardie 2007, How to Project Customer Retention, Journal of Interactive Marketing
21(1), 76-90 (sBG, equations 5-7); Fader & Hardie 2010, Customer-Base Valuation in a Contractual
Setting, Marketing Science 29(1), 85-93 (discounted expected residual lifetime, several cohorts);
Fader, Hardie, Liu, Davin & Steenburgh 2018, "How to Project Customer Retention" Revisited,
Journal of Interactive Marketing 43, 1-16 (BdW).
"""  # noqa: E501 - a table

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cs_core.domain.proportion import SMALL_SAMPLE
from cs_core.errors import CannotAnswerError, UsageError
from cs_core.models.assumptions import PHASES
from cs_core.models.retention_likelihood import (
    NAMES,
    Array,
    limits,
    log_likelihood,
    log_retention,
    maximise,
    residual,
)
from cs_core.models.survivors import Survivors

MODELS = ("sbg", "bdw", "geometric")  # of any survivor counts; phases are of months


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
        return float(1 - self.retention(1)[0])

    def retention(self, periods: int) -> Array:
        """r(1) … r(periods), with r(t) = S(t) / S(t - 1)."""
        rates: Array = np.exp(log_retention(self.model, self.values, periods))
        return rates

    def survival(self, periods: int) -> Array:
        """S(0) … S(periods)."""
        logs = log_retention(self.model, self.values, periods)
        shares: Array = np.exp(np.concatenate([[0.0], np.cumsum(logs)]))
        return shares

    def residual_lifetime(
        self, paid: int, discount: float = 0.0, within: int | None = None
    ) -> list[float | None]:
        """Expected payments still to come, by how often the customer has paid: 0 … `paid`; for
        life, or `within` so many payments.

        0 is a new customer, the payment now included; n one who has paid n times, seen just
        before the n-th renewal: the sum of S(t) / S(n - 1) / (1 + discount)^(t - n) over
        t >= n. `discount` is per period, >= 0. None where the mean is infinite.
        """
        weight = 1 / (1 + discount)
        if within is not None:
            logs = np.concatenate(
                [[0.0, 0.0], np.cumsum(log_retention(self.model, self.values, paid + within))]
            )  # of S(-1), which makes payment 0 certain, S(0), S(1) …
            begin, t = np.arange(paid + 1)[:, None], np.arange(within)[None, :]
            shares = np.exp(logs[begin + t + 1] - logs[begin]) * weight**t
            return [float(value) for value in shares.sum(axis=1)]
        if discount == 0 and not self.finite_mean:
            return [None] * (paid + 1)
        retention = self.retention(paid + 1)
        value = residual(self.model, self.values, paid + 1, weight)
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
        if self.model in ("geometric", "phases"):
            return bool(self.values[-1] > 0)
        return p["alpha"] * p.get("c", 1.0) > 1

    @property
    def values(self) -> Array:
        return np.array([self.parameters[name] for name in NAMES[self.model]])


def fit(survivors: Survivors, model: str) -> Curve:
    """The maximum-likelihood curve of one or several cohorts together.

    Raises CannotAnswerError when nobody left, or when there are fewer periods than parameters.
    """
    if model not in (*MODELS, "phases"):
        raise UsageError(
            "unknown_option_value", option="model", value=model, known=", ".join(MODELS)
        )
    at_risk, lost = survivors.arrays()
    informative = int(np.count_nonzero(at_risk))
    needed = len(NAMES[model])
    if informative == 0:
        raise CannotAnswerError("fit.nothing_observed")
    if lost.sum() == 0:
        raise CannotAnswerError("fit.nobody_left")
    if informative < needed:
        raise CannotAnswerError("fit.too_few_periods", model=model, n=needed, found=informative)
    if model == "geometric":
        values = np.array([lost.sum() / at_risk.sum()])
    elif model == "phases":
        lost_by_phase, at_risk_by_phase = by_phase(lost), by_phase(at_risk)
        if not lost_by_phase.all():  # a phase without departures has no end
            raise CannotAnswerError("fit.too_few_periods", model=model, n=needed, found=informative)
        values = lost_by_phase / at_risk_by_phase
    else:
        values = maximise(model, at_risk, lost)
    notes = list(survivors.notes)
    if survivors.customers < SMALL_SAMPLE:
        notes.append("small_sample")
    if at_risk[informative - 1] == lost[informative - 1]:
        notes.append("everybody_left")
    notes += limits(model, values)
    return Curve(
        model,
        dict(zip(NAMES[model], map(float, values), strict=True)),
        log_likelihood(model, values, at_risk, lost),
        tuple(notes),
    )


def by_phase(periods: Array) -> Array:
    """Sums over the months of each phase of tenure."""
    return np.array([part.sum() for part in np.split(periods, PHASES)])


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
