"""The estimators side by side, and a scenario file simulated, on the person's own customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cs_core.domain.money import rounded
from cs_core.errors import CannotAnswerError
from cs_core.metrics.options import Options
from cs_core.metrics.result import Result
from cs_core.models import lifetime_value
from cs_core.models.assumptions import Assumptions, read_scenario
from cs_core.models.curve_choice import choose
from cs_core.models.lifetime_value import HORIZONS, Estimate
from cs_core.models.simulation import DRAWS, Projection, Simulation, project_mrr, simulate
from cs_core.studies.costs import Ask
from cs_core.studies.lifetime.customers import Customers, read

COLUMNS = ("value", "low", "high", "horizon_months", "note")
# What was not in the data, said beside every value that rests on it.
_ABOUT = ("no_margin", "no_gross_profit", "costs_of_all")


def lifetimes(of: Customers, discount_rate: float) -> list[Estimate]:
    """The estimators that read retention from the data, per unit of the customers' own ARPA and at
    full margin: `priced` makes values of them."""
    if of.dated:
        simple = lifetime_value.simple(1.0, 1.0, of.lost, of.opening)
    else:
        simple = Estimate("simple", None, None, None, None, "needs_dates")
    own = of.baseline.arpa if of.priced else 1.0
    finite = lifetime_value.finite_horizon(of.payments, 1 / own, discount_rate, HORIZONS)
    sbg = lifetime_value.sbg(1.0, 1.0, choose(of.survivors), discount_rate, of.baseline.arpa_error)
    return [simple, *finite, sbg]


def priced(estimate: Estimate, month: float) -> Estimate:
    """An estimate of `lifetimes` at a monthly margin in money."""

    def times(value: float | None) -> float | None:
        return None if value is None else month * value

    return replace(
        estimate,
        value=times(estimate.value),
        low=times(estimate.low),
        high=times(estimate.high),
    )


def estimates(
    of: Customers,
    scenario: Assumptions,
    simulation: Simulation,
    units: Sequence[Estimate] | None = None,
) -> list[Estimate]:
    """All four side by side at the price, margin and discount of the scenario. The first three
    take retention and today's ARPA from the data, as far as the scenario moves prices; the
    simulation takes all from the scenario."""
    month = price(of, scenario) * scenario.gross_margin
    found = [priced(unit, month) for unit in units or lifetimes(of, scenario.discount_rate)]
    found.append(lifetime_value.simulated(simulation, scenario.horizon))
    if not of.priced and not scenario.arpa:
        return [replace(e, value=None, low=None, high=None, note="no_price") for e in found]
    return found


def price(of: Customers, scenario: Assumptions) -> float:
    """ARPA as the formulas take it: today's, moved as far as the scenario moves its price."""
    start = of.baseline.assumptions.arpa
    own = of.baseline.arpa * scenario.arpa / start if start else scenario.arpa
    return own * (1 + scenario.price_change)


def ltv(
    ask: Ask, options: Options, dated: bool = True, *, draws: int = DRAWS, seed: int = 0
) -> Result:
    """One row per method, horizon, segment value and currency; `note` holds codes of
    `model.note` texts, joined by `; `. `low` and `high` are 95 % limits, of the simulation P10
    and P90."""
    rows: list[tuple[Any, ...]] = []
    statements: list[str] = []
    for group in read(ask, options, dated):
        statements = list(group.statements)
        scenario = group.baseline.assumptions
        simulation = simulate(group.baseline, scenario, draws=draws, seed=seed)
        about = [n for n in _ABOUT if n in group.baseline.notes]
        for found in estimates(group, scenario, simulation):
            notes = [found.note] if found.note else []
            rows.append(
                (
                    found.method,
                    *((group.segment,) if options.by else ()),
                    group.currency,
                    *map(_money, (found.value, found.low, found.high)),
                    found.horizon_months,
                    "; ".join([*notes, *(about if found.value is not None else [])]) or None,
                )
            )
    return Result(
        ("method", *((options.by,) if options.by else ()), "currency", *COLUMNS),
        rows,
        ";\n\n".join(dict.fromkeys(statements)),
        {"draws": draws, "seed": seed},
    )


def projection(of: Customers, scenario: Assumptions) -> Projection:
    """MRR of the months to come."""
    return project_mrr(of.baseline, scenario, of.outlook)


def _money(value: float | None) -> Decimal | None:
    return None if value is None else rounded(value)


def simulation_of(
    groups: Sequence[Customers],
    currency: str,
    scenario: str,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Simulation:
    """A scenario file (its text) on the data's own baseline; where several currencies stand side
    by side, in that one."""
    group = groups[0] if len(groups) == 1 else next(g for g in groups if g.currency == currency)
    before = group.baseline.assumptions
    _, assumptions = read_scenario(scenario, before)
    if not group.priced and assumptions.arpa == before.arpa:
        raise CannotAnswerError("needs_prices")
    return simulate(group.baseline, assumptions, draws=draws, seed=seed)
