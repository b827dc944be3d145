"""Retention curves of the person's own customers, how far they can be trusted, and what today's
customers are worth by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cs_core.errors import CannotAnswerError
from cs_core.models import lifetime_value
from cs_core.models.assumptions import Assumptions
from cs_core.models.lifetime_value import BaseValue
from cs_core.models.retention_curve import Curve, HeldBack, fit, held_back
from cs_core.models.survivors import Survivors
from cs_core.studies.lifetime.customers import Customers

_BDW_GAIN = 2.0  # of log-likelihood for one more parameter: the 95 % point of chi-squared / 2


@dataclass(frozen=True)
class Fits:
    """Retention curves on the data's own survivor counts.

    `curves` by model, without those that could not be fitted; `problems` say why by model (codes
    of `model.note`). `chosen` is the sBG, or the BdW where it is clearly more likely. `checks`
    compare the chosen model, fitted to the first `fit_months`, with the later ones.
    """

    survivors: Survivors
    curves: Mapping[str, Curve]
    problems: Mapping[str, str]
    chosen: str | None
    fit_months: int
    checks: tuple[HeldBack, ...]

    @property
    def curve(self) -> Curve | None:
        return self.curves.get(self.chosen) if self.chosen else None

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
    """All three models, and the check on held-back months."""
    survivors = of.survivors
    curves: dict[str, Curve] = {}
    problems: dict[str, str] = {}
    for model in ("sbg", "bdw", "geometric"):
        try:
            curves[model] = fit(survivors, model)
        except CannotAnswerError as error:
            problems[model] = error.code.removeprefix("fit.")
    chosen = "sbg" if "sbg" in curves else None
    if (
        chosen
        and "bdw" in curves
        and "shape_at_limit" not in curves["bdw"].notes
        and curves["bdw"].log_likelihood - curves["sbg"].log_likelihood > _BDW_GAIN
    ):
        chosen = "bdw"
    seen = next((t for t, n in enumerate(survivors.at_risk) if n < SEEN), len(survivors.at_risk))
    fit_months = round(seen * 2 / 3)
    checks: tuple[HeldBack, ...] = ()
    if chosen and seen >= FEWEST:
        try:
            early = fit(survivors.first(fit_months), chosen)
            checks = tuple(held_back(survivors.first(seen), early, fit_months))
        except CannotAnswerError:
            checks = ()
    return Fits(survivors, curves, problems, chosen, fit_months, checks)


def base_value(of: Customers, curve: Curve, scenario: Assumptions) -> BaseValue:
    """Today's customers at the scenario's price, margin and discount: by the curve, and by the
    constant churn of the data."""
    price = 1 + scenario.price_change
    return lifetime_value.customer_base_value(
        curve,
        [(tenure, customers, mrr * price) for tenure, customers, mrr in of.base],
        scenario.gross_margin,
        scenario.discount_rate,
        of.churn,
    )
