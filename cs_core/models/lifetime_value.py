"""What a customer is worth: several answers side by side, each with what it assumes.

Money is in the reporting currency, margins and rates are in 0 … 1, churn is per month, the
discount rate per year. Payments are at the start of each month, the first at t = 0. `low` and
`high` are 95 % limits: of the finite horizon everything that was observed, of the simple formula
its churn rate alone, of the curve for life its parameters and family and the ARPA; those of the
simulation are P10 and P90 of everything it draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING

from cs_core.domain.proportion import Z95, wilson

if TYPE_CHECKING:
    from cs_core.models.curve_choice import Choice
    from cs_core.models.payments import Payments
    from cs_core.models.retention_curve import Curve
    from cs_core.models.simulation import Simulation

HORIZONS = (12, 24, 36, 60)


@dataclass(frozen=True)
class Estimate:
    """One LTV. `method` is simple, finite_horizon, sbg or simulation; `horizon_months` None means
    for life; `note` holds codes of `model.note` texts, joined by `; `: why a value is missing, or
    what its limits are worth."""

    method: str
    value: float | None
    low: float | None
    high: float | None
    horizon_months: int | None
    note: str | None = None


def simple(arpa: float, margin: float, lost: int, opening: int) -> Estimate:
    """ARPA x margin / monthly churn, churn being lost / opening customers of six months.

    Assumes one churn rate for everybody for ever, and no discounting. No churn gives no value.
    """
    if opening <= 0:
        return Estimate("simple", None, None, None, None, "no_recent_customers")
    if lost <= 0:
        return Estimate("simple", None, None, None, None, "zero_churn")
    low, high = wilson(lost, opening)
    month = arpa * margin
    return Estimate(
        "simple",
        month * (opening / lost),
        None if high is None else month / high,
        None if low is None else month / low,
        None,
        "formula_only",
    )


def timing_conventions(margin: float, retention: float, discount: float) -> dict[str, float | None]:
    """The three closed forms in the literature, which differ only in when payments fall.

    `margin` is the gross margin per period, `retention` r and `discount` d are per period:
    `first_now` m (1 + d) / (1 + d - r), a new customer who pays now (used here); `after_renewal`
    m r / (1 + d - r), an existing customer who has just paid, the next payment a period away;
    `period_end` m / (1 + d - r), payment at the end of each period. None without an end.
    Source: Fader & Hardie 2012, Reconciling and Clarifying CLV Formulas.
    """
    gap = 1 + discount - retention
    if gap <= 0:
        return dict.fromkeys(("first_now", "after_renewal", "period_end"))
    return {
        "first_now": margin * (1 + discount) / gap,
        "after_renewal": margin * retention / gap,
        "period_end": margin / gap,
    }


def finite_horizon(
    payments: Payments, margin: float, discount_rate: float, horizons: Sequence[int] = HORIZONS
) -> list[Estimate]:
    """What customers pay within H months, discounted: the sum over p < H of the mean of payment p
    (`payments`: each customer's own, weighted for censoring) x (1 + d)^(-p/12) x margin.

    Assumes nothing about the future but that it is like the past; null past the longest
    observed payment. The interval is that of the sum on the log scale, from each customer's
    influence on it; where nobody left before the last payment it has no limits.
    """
    if not payments.customers.any():
        return [
            Estimate("finite_horizon", None, None, None, horizon, "nothing_observed")
            for horizon in horizons
        ]
    mean, covariance = payments.means()
    staying = payments.survivors.observed()
    factors = [margin * (1 + discount_rate) ** (-p / 12) for p in range(len(mean))]
    estimates = []
    for horizon in horizons:
        if horizon > len(mean):
            estimates.append(
                Estimate("finite_horizon", None, None, None, horizon, "horizon_unobserved")
            )
            continue
        weights = factors[:horizon]
        total = float(mean[:horizon] @ weights)
        variance = float(weights @ covariance[:horizon, :horizon] @ weights)
        if staying[horizon - 1] == 1:  # as in `survival`: no departure, no limits
            estimates.append(Estimate("finite_horizon", total, None, None, horizon, "no_limits"))
            continue
        width = exp(Z95 * max(variance, 0.0) ** 0.5 / total) if total > 0 else 1.0
        estimates.append(Estimate("finite_horizon", total, total / width, total * width, horizon))
    return estimates


def sbg(
    arpa: float, margin: float, choice: Choice, discount_rate: float, arpa_error: float = 0.0
) -> Estimate:
    """ARPA x margin x discounted expected lifetime of a new customer, for life, by the sBG or the
    family that is clearly more likely (`curve_choice`). `choice` is by month.

    `note` says which family, or why there is no value. The limits hold the choice of family and
    the relative standard error of ARPA, not whether any family is right for months that nobody
    has lived.
    """
    monthly = per_month(discount_rate)
    curve = choice.curve
    if curve is None:
        return Estimate("sbg", None, None, None, None, choice.problems["sbg"])

    def worth(of: Curve) -> float | None:
        return of.residual_lifetime(0, monthly)[0]

    lifetime = worth(curve)
    if lifetime is None:
        return Estimate("sbg", None, None, None, None, "infinite_mean")
    # Nobody stays longer than for ever.
    low, high = choice.limits(worth, (1 + monthly) / monthly if monthly else None, arpa_error)
    month = arpa * margin
    return Estimate(
        "sbg",
        month * lifetime,
        None if low is None else month * low,
        None if high is None else month * high,
        None,
        "; ".join([f"for_life_{curve.model}", *curve.notes[:1]]),
    )


def simulated(simulation: Simulation, horizon: int) -> Estimate:
    """The simulation's median with P10 and P90."""
    return Estimate(
        "simulation", simulation.p50, simulation.p10, simulation.p90, horizon, "as_assumed"
    )


def payback_months(cac: float, arpa: float, margin: float) -> float | None:
    """CAC / (ARPA x margin); None means never."""
    return cac / (arpa * margin) if arpa * margin > 0 else None


def per_month(discount_rate: float) -> float:
    """The monthly rate that compounds to the yearly one."""
    return float((1 + discount_rate) ** (1 / 12) - 1)


@dataclass(frozen=True)
class CohortValue:
    """Customers of one tenure: their expected payments still to come, discounted, and their
    value by the fitted curve and by one constant churn rate, for life; `within` is their value over
    the months of the whole. None where the mean is infinite."""

    tenure: int
    customers: int
    mrr: float
    lifetime: float | None
    value: float | None
    naive: float | None
    within: float


@dataclass(frozen=True)
class BaseValue:
    """The value of today's customers, in all and by tenure: for life, beside one constant churn
    rate, and over the next `months`; `limits` are 95 % limits of the two values."""

    value: float | None
    naive: float | None
    months: int
    within: float
    cohorts: tuple[CohortValue, ...]
    limits: tuple[float, float] | tuple[None, None] = (None, None)
    limits_within: tuple[float, float] | tuple[None, None] = (None, None)


def customer_base_value(
    choice: Choice,
    base: Sequence[tuple[int, int, float]],
    margin: float,
    discount_rate: float,
    churn: float,
    months: int,
) -> BaseValue | None:
    """MRR x margin x discounted expected residual lifetime at each tenure, summed; None without a
    curve.

    `base` holds (tenure in completed months, customers, MRR); who has completed t months has
    paid t + 1 times and is seen just before the next renewal. MRR is held as it is. The naive
    figure gives everybody the same monthly `churn`. Source: Fader & Hardie 2010, Marketing Science
    29(1).
    """
    if choice.curve is None:
        return None
    base = sorted(base)
    monthly = per_month(discount_rate)
    oldest = max((tenure for tenure, _, _ in base), default=0)

    def lifetimes(of: Curve, within: int | None = None) -> list[float | None]:
        found = of.residual_lifetime(oldest + 1, monthly, within)
        return [found[tenure + 1] for tenure, _, _ in base]

    def worth(of: Curve, within: int | None = None) -> float | None:
        values = lifetimes(of, within)
        return _total(
            [
                None if value is None else mrr * margin * value
                for value, (_, _, mrr) in zip(values, base, strict=True)
            ]
        )

    gap = 1 + monthly - (1 - churn)
    constant = (1 - churn) * (1 + monthly) / gap if gap > 0 else None
    whole = sum(mrr for _, _, mrr in base) * margin
    cohorts = tuple(
        CohortValue(
            tenure,
            customers,
            mrr,
            lifetime,
            None if lifetime is None else mrr * margin * lifetime,
            None if constant is None else mrr * margin * constant,
            mrr * margin * (limited or 0.0),
        )
        for (tenure, customers, mrr), lifetime, limited in zip(
            base, lifetimes(choice.curve), lifetimes(choice.curve, months), strict=True
        )
    )
    return BaseValue(
        _total([cohort.value for cohort in cohorts]),
        _total([cohort.naive for cohort in cohorts]),
        months,
        sum(cohort.within for cohort in cohorts),
        cohorts,
        choice.limits(worth, whole * (1 + monthly) / monthly if monthly else None),
        choice.limits(
            lambda of: worth(of, months), whole * sum((1 + monthly) ** -t for t in range(months))
        ),
    )


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
