"""What the lifetime-value page computes, kept by dataset, filters and scenario."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import lru_cache

from cs_core.models.assumptions import Assumptions
from cs_core.models.lifetime_value import BaseValue, Estimate
from cs_core.models.simulation import (
    Projection,
    Simulation,
    Value,
    simulate,
)
from cs_core.models.simulation import value as computed
from cs_core.studies import lifetime
from cs_core.studies.lifetime import Customers, Fits
from pages.frame import loaders, session
from pages.frame.address import MADE_GROUPS
from pages.frame.here import Here
from pages.plan.lifetime_value.scenarios import Laboratory
from pages.shared import filters

value = lru_cache(maxsize=256)(computed)  # each run asks for three scenarios, mostly the same


def customers(on: Here) -> Customers | None:
    """Those in view, in the chosen currency; None where nobody ever was."""
    options = on.filters.options()

    def read() -> list[Customers]:
        return lifetime.read(
            lambda metric, asked: loaders.result(on.dataset, metric, asked),
            options,
            on.info.shape == "calendar",
        )

    groups = loaders.derived(on.dataset, "lifetime", (options,), read)
    found = [group for group in groups if group.currency == on.currency] or groups[:1]
    return found[0] if found and (found[0].payments.customers.any() or found[0].base) else None


@dataclass(frozen=True)
class Study:
    """Everything about one scenario; the baseline is taken over the scenario's horizon."""

    of: Customers
    lab: Laboratory
    individuals: bool
    simulation: Simulation
    base: Value
    key: Hashable

    @property
    def scenario(self) -> Assumptions:
        return self.lab.scenario

    @property
    def now(self) -> Value:
        return self.simulation.scenario

    @property
    def changed(self) -> bool:
        own = replace(self.lab.baseline.assumptions, horizon=self.scenario.horizon)
        return self.scenario != own


def study(on: Here, of: Customers, lab: Laboratory, individuals: bool) -> Study:
    own = replace(lab.baseline.assumptions, horizon=lab.scenario.horizon)
    return Study(
        of,
        lab,
        individuals,
        simulated(on, of, lab.scenario, individuals),
        value(own, of.baseline.pace),
        (on.filters, on.currency, lab.scenario, individuals),
    )


def simulated(
    on: Here, of: Customers, scenario: Assumptions, individuals: bool = False
) -> Simulation:
    return loaders.derived(
        on.dataset,
        "simulation",
        (on.filters, on.currency, scenario, individuals),
        lambda: simulate(of.baseline, scenario, individuals=individuals),
    )


def projection(on: Here, found: Study) -> Projection:
    return loaders.derived(
        on.dataset,
        "projection",
        found.key,  # type: ignore[arg-type]
        lambda: lifetime.projection(found.of, found.scenario),
    )


def estimates(on: Here, found: Study) -> list[Estimate]:
    """The four side by side. The simulation's is the scenario's."""
    discount = found.scenario.discount_rate
    units = loaders.derived(
        on.dataset,
        "lifetimes",
        (on.filters, on.currency, discount),
        lambda: lifetime.lifetimes(found.of, discount),
    )
    simulation = simulated(on, found.of, found.scenario)
    return lifetime.estimates(found.of, found.scenario, simulation, units)


def fits(on: Here, of: Customers) -> Fits:
    return loaders.derived(on.dataset, "fits", (on.filters, on.currency), lambda: lifetime.fits(of))


MONTHS_AT_MOST = 120


def staying(scenario: Assumptions) -> tuple[float, ...]:
    """Shares still there after 0 … horizon completed months."""
    longer = min(scenario.horizon + 1, MONTHS_AT_MOST)
    return value(replace(scenario, horizon=longer)).survival


def base_value(on: Here, found: Study, of_fits: Fits) -> BaseValue | None:
    if not found.of.base:
        return None
    return loaders.derived(
        on.dataset,
        "base-value",
        found.key,  # type: ignore[arg-type]
        lambda: lifetime.base_value(found.of, of_fits, found.scenario),
    )


def segment_column(on: Here) -> str | None:
    """The column the estimates are split by; none unless the address names it."""
    asked = session.read("by", filters.facts(on.dataset)) or ()
    return next((name for name in asked if name not in MADE_GROUPS), None)
