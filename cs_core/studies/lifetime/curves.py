"""Retention curves of the person's own customers, how far they can be trusted, and what today's
customers are worth by them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from cs_core.errors import CannotAnswerError
from cs_core.models import lifetime_value
from cs_core.models.assumptions import Assumptions
from cs_core.models.curve_choice import Choice, choose
from cs_core.models.lifetime_value import BaseValue
from cs_core.models.retention_curve import Curve, HeldBack, fit, held_back
from cs_core.models.survivors import Survivors
from cs_core.studies.lifetime.customers import Customers


@dataclass(frozen=True)
class Fits:
    """Retention curves on the data's own survivor counts.

    `choice` is that of the lifetime value of a new customer; `money` that of today's customers,
    where a large one counts for more. `curves` by model has the one constant rate as well. `checks`
    compare the chosen model, fitted to the first `fit_months`, with the later ones.
    """

    choice: Choice
    money: Choice
    curves: Mapping[str, Curve]
    fit_months: int
    checks: tuple[HeldBack, ...]

    @property
    def survivors(self) -> Survivors:
        return self.choice.survivors

    @property
    def chosen(self) -> str | None:
        return self.choice.chosen

    @property
    def problems(self) -> Mapping[str, str]:
        return self.choice.problems

    @property
    def curve(self) -> Curve | None:
        return self.choice.curve

    def errors(self) -> tuple[float, float] | None:
        """Mean absolute errors on the held-back months, as shares: of the model, of the naive."""
        if not self.checks:
            return None
        n = len(self.checks)
        return (
            sum(abs(check.fitted - check.observed) for check in self.checks) / n,
            sum(abs(check.naive - check.observed) for check in self.checks) / n,
        )


SEEN = 20  # customers at risk in a month of tenure for it to judge a fit
FEWEST = 4  # months of tenure that a held-back check needs


def fits(of: Customers) -> Fits:
    """All models, and the check on held-back months."""
    survivors, choice = of.survivors, choose(of.survivors)
    curves = dict(choice.curves)
    with suppress(CannotAnswerError):
        curves["geometric"] = fit(survivors, "geometric")
    chosen = choice.chosen
    seen = next((t for t, n in enumerate(survivors.at_risk) if n < SEEN), len(survivors.at_risk))
    fit_months = round(seen * 2 / 3)
    checks: tuple[HeldBack, ...] = ()
    if chosen and seen >= FEWEST:
        try:
            early = fit(survivors.first(fit_months), chosen)
            checks = tuple(held_back(survivors.first(seen), early, fit_months))
        except CannotAnswerError:
            checks = ()
    return Fits(choice, choose(of.payments.money), curves, fit_months, checks)


def base_value(of: Customers, fits: Fits, scenario: Assumptions) -> BaseValue | None:
    """Today's customers at the scenario's price, margin, discount and horizon: by the curve, and by
    the constant churn of the data. None without a curve."""
    price = 1 + scenario.price_change
    return lifetime_value.customer_base_value(
        fits.money,
        [(tenure, customers, mrr * price) for tenure, customers, mrr in of.base],
        scenario.gross_margin,
        scenario.discount_rate,
        of.churn,
        scenario.horizon,
    )
