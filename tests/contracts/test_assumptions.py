"""What every assumption must be: named in both languages, of effect where it applies, and without
effect on what is drawn for the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cs_core.models.assumptions import Assumptions, Baseline, Spec, specs
from cs_core.models.simulation import Outlook, draw, project_mrr, value
from cs_core.models.survivors import Survivors
from cs_core.text import LANGUAGES, catalogue

# A company in which everything applies, but for what `by_phase` decides between.
PHASED = Assumptions(
    churn=0.03, churn_onboarding=0.06, churn_adoption=0.034, churn_mature=0.019, expansion=0.006,
    contraction=0.002, arpa=100.0, price_change=0.1, price_response=0.5, gross_margin=0.78,
    discount_rate=0.1, annual_share=0.3, annual_free_months=2.0, cac=300.0, new_customers=20.0,
    horizon=36,
)  # fmt: skip
RANGES = {
    spec.name: (0.8 * centre, 1.2 * centre)
    for spec in specs()
    if spec.unit != "flag" and (centre := getattr(PHASED, spec.name)) > 0
}
NOBODY = Survivors((), (), 0)
OUTLOOK = Outlook([(5, 40, 4000.0)], [500_000.0], 100.0, 0.5, 30, NOBODY)
every_assumption = pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.name)


def applies(spec: Spec) -> Assumptions:
    return replace(PHASED, by_phase=spec.name != "churn")


def moved(scenario: Assumptions, spec: Spec) -> Assumptions:
    before = getattr(scenario, spec.name)
    after = not before if spec.unit == "flag" else before * 1.1 if before < 30 else before + 12
    return replace(scenario, **{spec.name: after})


@every_assumption
def test_it_is_named_in_every_language(spec: Spec) -> None:
    for language in LANGUAGES:
        words = catalogue(language)
        for key in (spec.text, f"{spec.text}_help", f"assumption.unit.{spec.unit}"):
            named = words.get(key) or (spec.unit == "flag" and key in words)
            assert named, f"cs_core/text/{language}.toml lacks {key}"


@every_assumption
def test_it_moves_the_value(spec: Spec) -> None:
    scenario = applies(spec)
    other = moved(scenario, spec)
    baseline = Baseline(PHASED)

    def outcome(of: Assumptions) -> object:
        return value(of), project_mrr(baseline, of, OUTLOOK, draws=100).scenario

    assert outcome(other) != outcome(scenario), (
        f"{spec.name} moves nothing: cs_core/models/simulation.py does not use it"
    )


@every_assumption
def test_it_leaves_the_draws_of_others(spec: Spec) -> None:
    scenario = applies(spec)
    baseline = Baseline(PHASED, RANGES)
    before, after = (draw(baseline, of, 200, 0) for of in (scenario, moved(scenario, spec)))
    drawn = [name for name in before if np.size(before[name]) > 1]
    assert len(drawn) > 8
    for name in drawn:
        if name != spec.name:
            assert np.array_equal(before[name], after[name]), f"{spec.name} moves draws of {name}"
