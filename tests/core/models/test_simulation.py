"""The laboratory: arithmetic by hand, and properties."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from cs_core.errors import InputError, KeizokuError, UsageError
from cs_core.models import simulation
from cs_core.models.assumptions import (
    Assumptions,
    Baseline,
    read_scenario,
    specs,
    write_scenario,
)
from cs_core.models.baseline import Month, from_figures, never_seen
from cs_core.models.payments import Payments
from cs_core.models.simulation import (
    Outlook,
    point_of_churn,
    project_mrr,
    simulate,
    tornado,
    value,
)
from cs_core.models.survivors import Survivors
from cs_core.text import LANGUAGES, catalogue, sentence

STEADY = Assumptions(by_phase=False, churn=0.04, arpa=100.0, discount_rate=0.0, horizon=24)
PHASED = Assumptions(
    churn_onboarding=0.06, churn_adoption=0.034, churn_mature=0.019, expansion=0.006,
    arpa=61_500.0, gross_margin=0.78, cac=210_000.0, horizon=36, new_customers=20.0,
)  # fmt: skip
BASELINE = Baseline(
    PHASED,
    {
        "churn_onboarding": (0.05, 0.07),
        "churn_adoption": (0.03, 0.04),
        "churn_mature": (0.016, 0.023),
        "arpa": (58_000.0, 65_000.0),
        "new_customers": (15.0, 26.0),
    },
)


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_closed_forms() -> None:
    # 100 (1 - .96^24) / .04
    assert value(STEADY).ltv == pytest.approx(100 * (1 - 0.96**24) / 0.04)
    growing = replace(STEADY, expansion=0.03, contraction=0.01, gross_margin=0.5)
    ratio = 0.96 * 1.02
    assert value(growing).ltv == pytest.approx(50 * (1 - ratio**24) / (1 - ratio))
    discounted = replace(STEADY, discount_rate=0.12)
    ratio = 0.96 / 1.12 ** (1 / 12)
    assert value(discounted).ltv == pytest.approx(100 * (1 - ratio**24) / (1 - ratio))
    assert value(replace(STEADY, churn=0.0)).ltv == pytest.approx(2400)
    assert value(replace(STEADY, churn=1.0)).ltv == pytest.approx(100)


def test_phases_change_after_month_3_and_12() -> None:
    phased = Assumptions(
        churn_onboarding=0.5, churn_adoption=0.0, churn_mature=0.1, discount_rate=0.0, horizon=16
    )
    expected = [1, 0.5, 0.25, 0.125, *[0.0625] * 10, 0.05625, 0.050625]
    assert value(phased).survival == pytest.approx(expected)


def test_lifetime_is_for_life() -> None:
    assert value(STEADY).lifetime == pytest.approx(25)
    assert value(replace(STEADY, churn=0.0)).lifetime is None
    phased = Assumptions(churn_onboarding=0.5, churn_adoption=0.0, churn_mature=0.1)
    # 1 + 1/2 + 1/4 + 1/8, nine months at 1/16, and 1/16 of ten.
    assert value(phased).lifetime == pytest.approx(1.875 + 9 / 16 + 10 / 16)


def test_annual_contracts_pay_at_once_and_leave_at_the_end() -> None:
    annual = replace(STEADY, annual_share=1.0, annual_free_months=2.0)
    assert value(annual).ltv == pytest.approx(1000 + 1000 * 0.96**12)
    half = replace(annual, annual_share=0.5)
    assert value(half).ltv == pytest.approx((value(annual).ltv + value(STEADY).ltv) / 2)


def test_price_and_its_response() -> None:
    assert value(replace(STEADY, price_change=0.1)).ltv == pytest.approx(1.1 * value(STEADY).ltv)
    # A 10 % rise with response 2 makes 4 % churn 4.8 %.
    answered = replace(STEADY, price_change=0.1, price_response=2.0)
    assert value(answered).ltv == pytest.approx(1.1 * value(replace(STEADY, churn=0.048)).ltv)


def test_payback_and_ratio() -> None:
    # Payments of 100, 96, 92.16: 270 is covered by the third.
    paid = value(replace(STEADY, cac=270.0))
    assert paid.payback == 3
    assert paid.ltv_cac == pytest.approx(value(STEADY).ltv / 270)
    assert value(replace(STEADY, cac=2600.0)).payback is None  # 100 / 0.04 is never reached
    assert value(STEADY).payback is None


def test_one_point_of_churn() -> None:
    point = point_of_churn(STEADY)
    worth = 100 * (1 - 0.97**24) / 0.03 - 100 * (1 - 0.96**24) / 0.04
    assert point.points == 0.01
    assert point.worth == pytest.approx(worth)
    # A price rise of that share gives the same.
    raised = value(replace(STEADY, price_change=point.price)).ltv
    assert raised - value(STEADY).ltv == pytest.approx(worth)
    thin = replace(STEADY, gross_margin=0.5)
    better = replace(thin, gross_margin=0.5 + point_of_churn(thin).margin)
    assert value(better).ltv - value(thin).ltv == pytest.approx(point_of_churn(thin).worth)
    assert point_of_churn(replace(STEADY, churn=0.004)).points == 0.001
    assert point_of_churn(replace(STEADY, arpa=0.0)).price is None


def test_tornado_moves_one_lever_by_a_tenth() -> None:
    levers = {lever.name: lever for lever in tornado(PHASED)}
    for name, lever in levers.items():
        for factor, worth in ((0.9, lever.at_minus), (1.1, lever.at_plus)):
            moved = replace(PHASED, **{name: getattr(PHASED, name) * factor})
            assert worth == pytest.approx(value(moved).ltv, rel=1e-12)
    swings = [lever.swing for lever in tornado(PHASED)]
    assert swings == pytest.approx(sorted(swings, reverse=True))
    names = list(levers)
    assert names.index("arpa") + 1 == names.index("gross_margin")  # equal, always in this order
    assert {"arpa", "gross_margin", "churn_mature", "discount_rate", "expansion"} <= set(levers)
    # A margin of 100 % cannot rise.
    full = {lever.name: lever for lever in tornado(STEADY)}
    assert full["gross_margin"].at_plus == pytest.approx(value(STEADY).ltv)
    assert "churn_mature" not in full


def test_unchanged_scenario_is_the_baseline_exactly() -> None:
    result = simulate(BASELINE, replace(PHASED))
    assert result.scenario == result.baseline
    record = result.record()
    assert record["baseline"] == record["scenario"]
    assert set(record) == {"baseline", "scenario", "p10", "p50", "p90", "tornado"}
    assert float(record["p10"]) < float(record["p50"]) < float(record["p90"])


def test_same_seed_same_draws() -> None:
    first, again = simulate(BASELINE, PHASED, seed=3), simulate(BASELINE, PHASED, seed=3)
    assert np.array_equal(first.draws, again.draws)
    assert not np.array_equal(first.draws, simulate(BASELINE, PHASED, seed=4).draws)


def test_draws_have_the_intervals_of_the_data() -> None:
    only = Baseline(STEADY, {"churn": (0.03, 0.053)})
    result = simulate(only, STEADY)
    worst, best = (value(replace(STEADY, churn=churn)).ltv for churn in (0.053, 0.03))
    low, high = np.percentile(result.draws, (2.5, 97.5))
    assert (low, high) == pytest.approx((worst, best), rel=0.01)
    assert result.p50 == pytest.approx(value(STEADY).ltv, rel=0.003)
    assert result.fan[:, -1] == pytest.approx(np.percentile(result.draws, (2.5, 10, 50, 90, 97.5)))
    certain = simulate(Baseline(STEADY), STEADY)
    assert certain.p10 == certain.p90 == pytest.approx(value(STEADY).ltv)


def test_what_was_never_seen_may_still_happen() -> None:
    """Nobody of 100 left: half of what may have gone unseen is the point, and the draws are those
    of Jeffreys' posterior around it."""
    point = never_seen(100)
    nobody = replace(STEADY, churn=point)
    baseline = Baseline(nobody, {"churn": (0.0, 0.037)}, unseen=frozenset({"churn"}))
    result = simulate(baseline, nobody)
    assert result.p10 < result.scenario.ltv < result.p90
    assert result.p50 == pytest.approx(result.scenario.ltv, rel=0.01)
    assert result.draws.max() <= 2400
    likely_most = value(replace(STEADY, churn=beta.ppf(0.9, 0.5, 100.5))).ltv
    assert result.p10 == pytest.approx(likely_most, rel=0.01)
    # Moved to twice as much, the doubt is twice as wide; and moved back, the same draws come again.
    moved = simulate(baseline, replace(nobody, churn=2 * point))
    assert (moved.draws <= result.draws).all()
    assert np.array_equal(simulate(baseline, nobody).draws, result.draws)


def test_another_assumption_moves_no_draw(monkeypatch) -> None:
    """The draws of one are its own: whatever stands before it in the list of assumptions."""
    before = simulation.draw(BASELINE, PHASED, 100, 0)
    fewer = tuple(spec for spec in specs() if spec.name != "churn_adoption")
    monkeypatch.setattr(simulation, "specs", lambda: fewer)
    after = simulation.draw(BASELINE, PHASED, 100, 0)
    for name in BASELINE.ranges:
        assert np.array_equal(after[name], before[name]) == (name != "churn_adoption")
    assert not np.array_equal(simulation.draw(BASELINE, PHASED, 100, 1)["arpa"], after["arpa"])


def test_individuals_spread_around_the_same_mean() -> None:
    one_by_one = simulate(Baseline(STEADY), STEADY, individuals=True)
    assert one_by_one.draws.mean() == pytest.approx(value(STEADY).ltv, rel=0.02)
    # Customers pay whole months: 100, 200 … 2 400.
    assert set(np.round(one_by_one.draws / 100, 9)) <= set(range(1, 25))
    # A share of .96^23 stays to the last payment.
    assert (one_by_one.draws > 2399).mean() == pytest.approx(0.96**23, abs=0.02)


shares = st.floats(0, 1)
scenarios = st.builds(
    Assumptions,
    by_phase=st.booleans(),
    churn=shares, churn_onboarding=shares, churn_adoption=shares, churn_mature=shares,
    expansion=st.floats(0, 0.3), contraction=st.floats(0, 0.5),
    arpa=st.floats(0, 1e7), price_change=st.floats(-0.9, 2), price_response=st.floats(0, 20),
    gross_margin=shares, discount_rate=st.floats(0, 2), annual_share=shares,
    annual_free_months=st.floats(0, 12), cac=st.floats(0, 1e6), horizon=st.integers(1, 120),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(scenarios, shares)
def test_higher_churn_never_raises_and_higher_margin_never_lowers(scenario, share) -> None:
    worth = value(scenario).ltv
    assert np.isfinite(worth)
    slack = 1e-12 * abs(worth) + 1e-300
    for name in scenario.churns:
        higher = max(getattr(scenario, name), share)
        assert value(replace(scenario, **{name: higher})).ltv <= worth + slack
    margin = max(scenario.gross_margin, share)
    assert value(replace(scenario, gross_margin=margin)).ltv >= worth - slack
    assert (
        value(replace(scenario, discount_rate=scenario.discount_rate + share)).ltv <= worth + slack
    )


@settings(max_examples=20, deadline=None)
@given(shares, shares)
def test_higher_churn_never_raises_any_draw(one, other) -> None:
    low, high = sorted((one, other))
    baseline = Baseline(STEADY, {"churn": (0.03, 0.053)})
    better = simulate(baseline, replace(STEADY, churn=low), draws=200).draws
    worse = simulate(baseline, replace(STEADY, churn=high), draws=200).draws
    assert (worse <= better * (1 + 1e-12)).all()


def outlook(
    base: list[tuple[int, int, float]], starting: float, joined: int = 0, variation: float = 0.0
) -> Outlook:
    """Customers of one tenure pay alike; MRR leaves at the pace customers do."""
    squared = [mrr**2 / customers for _, customers, mrr in base]
    nobody = Survivors((), (), 0.0)
    return Outlook(base, squared, starting, variation, joined, nobody)


def test_projection_by_hand() -> None:
    plain = replace(STEADY, new_customers=10.0, horizon=2)
    path = project_mrr(Baseline(plain), plain, outlook([(0, 20, 3000.0), (40, 5, 1000.0)], 100.0))
    assert path.scenario == pytest.approx((4000, 4000 * 0.96 + 1000, 4000 * 0.96**2 + 1960))
    assert path.customers == pytest.approx((25, 25 * 0.96 + 10, 25 * 0.96**2 + 19.6))
    assert path.baseline == path.scenario
    assert path.low95[0] == path.high95[0] == 4000
    # Each of 20 at 150 and 5 at 200 is there with .96, and ten newcomers are a Poisson number.
    spread = ((20 * 150**2 + 5 * 200**2) * 0.96 * 0.04 + 10 * 100**2) ** 0.5
    assert path.high80[1] - path.low80[1] == pytest.approx(2 * 1.2816 * spread, rel=0.05)
    dearer = replace(plain, price_change=0.5)
    raised = project_mrr(Baseline(plain), dearer, outlook([(0, 20, 3000.0)], 100.0))
    assert raised.scenario[:2] == pytest.approx((3000, 1.5 * (3000 * 0.96 + 1000)))
    assert raised.baseline[1] == pytest.approx(3000 * 0.96 + 1000)
    # Newcomers start at what newcomers pay, not at the ARPA of those who have grown.
    small = project_mrr(Baseline(plain), plain, outlook([(0, 20, 3000.0)], 30.0))
    assert small.scenario[1] == pytest.approx(3000 * 0.96 + 300)
    moved = replace(plain, arpa=200.0)
    assert project_mrr(Baseline(plain), moved, outlook([], 30.0)).scenario[1] == 600


def test_mrr_leaves_at_its_own_pace() -> None:
    """The half who leave are worth a tenth of the MRR: it leaves at a fifth of the pace."""
    phased = Assumptions(churn_onboarding=0.5, churn_adoption=0.5, churn_mature=0.5, horizon=1)
    baseline = Baseline(phased, pace=(0.2, 1.0, 1.0))
    there = outlook([(0, 100, 1000.0)], 0.0)
    assert project_mrr(baseline, phased, there).scenario[1] == pytest.approx(900)


def test_a_customer_is_worth_what_is_still_paid_not_who_is_still_there() -> None:
    phased = replace(PHASED, horizon=6)
    even, slower = value(phased), value(phased, (0.5, 0.25, 1.0))
    assert slower.survival == even.survival
    assert slower.ltv > even.ltv
    assert slower.ltv == pytest.approx(
        value(
            replace(
                phased,
                churn_onboarding=phased.churn_onboarding / 2,
                churn_adoption=phased.churn_adoption / 4,
            )
        ).ltv
    )
    paced = Baseline(phased, BASELINE.ranges, pace=(0.5, 0.25, 1.0))
    assert simulate(paced, phased, draws=200).scenario == slower
    # Where few customers hold the MRR, what is known of its pace is less certain.
    wider = simulate(replace(paced, design_effect=3.0), phased)
    narrow = simulate(paced, phased)
    assert wider.p90 - wider.p10 > narrow.p90 - narrow.p10


def test_projection_ages_the_base_through_the_phases() -> None:
    phased = Assumptions(
        churn_onboarding=0.5, churn_adoption=0.2, churn_mature=0.1, arpa=1.0, horizon=12
    )
    path = project_mrr(Baseline(phased), phased, outlook([(2, 100, 100.0), (12, 10, 10.0)], 1.0))
    young = [100, 50, 25, *(25 * 0.8**k for k in range(1, 10)), 25 * 0.8**9 * 0.9]
    old = [10, 8, *(8 * 0.9**k for k in range(1, 12))]
    assert path.scenario == pytest.approx(np.add(young, old))


def test_projection_band_holds_its_middle() -> None:
    path = project_mrr(BASELINE, PHASED, outlook([(5, 400, 2.4e7)], 61_500.0, 120, 0.5))
    assert path.low95[-1] < path.low80[-1] < path.scenario[-1] < path.high80[-1] < path.high95[-1]
    assert path.low80[0] == path.high80[0] == 2.4e7


def test_every_assumption_is_declared_once_and_has_its_texts() -> None:
    for language in LANGUAGES:
        texts = catalogue(language)
        for spec in specs():
            assert spec.text in texts
            assert f"{spec.text}_help" in texts
            assert f"assumption.unit.{spec.unit}" in texts
    for spec in specs():
        assert spec.low <= spec.default <= spec.high
        assert spec.step > 0


@pytest.mark.parametrize(
    "change",
    [{"churn": 1.2}, {"churn": -0.1}, {"churn": float("nan")}, {"horizon": 0}, {"by_phase": 3}],
)
def test_values_out_of_bounds_get_a_sentence(change) -> None:
    with pytest.raises(UsageError) as caught:
        Assumptions(**change)
    assert all(sentence(caught.value, language) for language in LANGUAGES)


def test_scenario_files_round_trip() -> None:
    scenario = replace(PHASED, churn_mature=0.0123456789, horizon=60, by_phase=False)
    text = write_scenario('Half "the" churn\n', scenario, PHASED)
    assert read_scenario(text, PHASED) == ('Half "the" churn ', scenario)
    assert read_scenario("", PHASED) == (None, PHASED)
    assert not read_scenario("churn = 0.01", PHASED)[1].by_phase
    assert read_scenario("[assumptions]\nchurn_mature = 0.01", STEADY)[1].by_phase


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("churn = ", InputError),
        ("chrun = 0.1", UsageError),
        ('churn = "4%"', UsageError),
        ("churn = true", UsageError),
        ("churn = 2", UsageError),
        ("churn = nan", UsageError),
        ("assumptions = 3", UsageError),
    ],
)
def test_unusable_scenario_files(text, kind) -> None:
    with pytest.raises(KeizokuError) as caught:
        read_scenario(text, STEADY)
    assert isinstance(caught.value, kind)
    assert all(sentence(caught.value, language) for language in LANGUAGES)


def month(**change: float) -> Month:
    plain = Month(100, 4, 6, 102, 10_000.0, 10_200.0, 300.0, 100.0)
    return replace(plain, **change)


def seen(by_last: dict[int, tuple[int, int]]) -> Survivors:
    """Survivors by the last payment made: how many missed the next, for how many it is to come."""
    customers = np.zeros((max(by_last) + 1, 2))
    for last, (lost, not_due) in by_last.items():
        customers[last] = not_due, lost
    return Payments.alike(customers).survivors


def test_baseline_from_the_persons_own_figures() -> None:
    survivors = seen({0: (5, 0), 3: (5, 10), 6: (4, 20), 20: (3, 53)})
    months = [month(lost_customers=50)] + [month()] * 6
    result = from_figures(months, survivors, mrr_deviation=50.0, cac=200.0)
    a = result.assumptions
    assert a.churn == 24 / 600  # the seventh month back is not looked at
    # At risk at 0: 100, at 1 and 2: 95 each, at 3, where 10 are not due: 85; then 80 at 4 and 5,
    # 60 at 6, 56 at 7-12; 56 at 13-19 and the three who left at 20.
    assert a.churn_onboarding == pytest.approx(10 / (100 + 2 * 95 + 85))
    assert a.churn_adoption == pytest.approx(4 / (2 * 80 + 60 + 6 * 56))
    assert a.churn_mature == pytest.approx(3 / (7 * 56 + 3))
    assert (a.expansion, a.contraction) == pytest.approx((0.03, 0.01))
    assert (a.arpa, a.cac, a.new_customers, a.gross_margin) == (100.0, 200.0, 6.0, 1.0)
    assert result.ranges["arpa"] == pytest.approx((90.297, 109.703), abs=1e-3)
    joined = [replace(one, new_mrr=300.0) for one in months]
    begun = from_figures(joined, survivors, mrr_deviation=50.0, new_variation=0.6)
    # 36 newcomers of six months brought 1 800; the formulas' ARPA stays that of all.
    assert (begun.assumptions.arpa, begun.arpa) == (50.0, 100.0)
    assert begun.ranges["arpa"] == pytest.approx((50 * 0.804, 50 * 1.196), abs=1e-2)
    assert result.notes == ("no_margin",)
    assert (result.pace, result.design_effect) == ((1.0, 1.0, 1.0), 1.0)
    # In months 4 to 12 the four who leave are worth half of what four customers are on average.
    lost = tuple(n / 2 if 4 <= month < 13 else n for month, n in enumerate(survivors.lost))
    weighed = from_figures(months, survivors, money=replace(survivors, lost=lost, customers=40.0))
    assert weighed.pace == pytest.approx((1.0, 0.5, 1.0))
    assert weighed.design_effect == pytest.approx(survivors.customers / 40)
    served = from_figures([month()], survivors, margin=0.8)
    assert served.assumptions.gross_margin == 0.8
    assert served.notes == ("no_cac",)
    loyal = from_figures([month()], seen({0: (5, 0), 3: (5, 10), 20: (0, 80)}), margin=0.8, cac=1.0)
    assert loyal.notes == ("unseen_churn",)
    # Half of Jeffreys' posterior lies below: Beta(1/2, 560 + 1/2).
    assert loyal.assumptions.churn_mature == pytest.approx(beta.ppf(0.5, 0.5, 560.5))
    one = replace(loyal.assumptions, churn_onboarding=0.0, churn_adoption=0.0)
    alone = simulate(replace(loyal, assumptions=one), one)
    assert alone.p10 < alone.scenario.ltv < alone.p90
    assert alone.p50 == pytest.approx(alone.scenario.ltv, rel=0.01)
    burnt = from_figures([month()], survivors, margin=-0.25)
    assert burnt.assumptions.gross_margin == 0
    assert burnt.notes == ("no_cac", "no_gross_profit")


def test_baseline_of_a_company_with_nothing_yet() -> None:
    for months, survivors in (
        ([], Survivors((), (), 0.0)),
        ([month(opening_customers=0, customers=0, mrr=0.0)], seen({0: (0, 3)})),
    ):
        result = from_figures(months, survivors)
        assert {"no_churn_rate", "phase_unseen", "no_margin"} <= set(result.notes)
        assert np.isfinite(value(result.assumptions).ltv)
        simulate(result, result.assumptions, draws=200)


def test_the_mature_leave_at_the_pace_of_their_year() -> None:
    """All three years lose 60 of their months: the first 1 in 10, the others 1 in 20 and 40."""
    at_risk = (100.0,) * 13 + (50.0,) * 12 + (100.0,) * 12 + (200.0,) * 12
    lost = (3.0,) * 13 + (5.0,) * 36
    usual, drawn = simulation._years(Survivors(at_risk, lost, 300.0), 4_000, 1)
    first, second, third = usual[:, 0]
    assert first > second > third
    # 180 of 4 200; by ten departures less apart than seen.
    assert first < (60 / 600) / (180 / 4_200)
    weight = np.array([600, 1_200, 2_400]) / 4_200
    assert usual[:, 0] @ weight == pytest.approx(1)
    assert np.allclose(weight @ drawn, 1)
    assert drawn.mean(axis=1) == pytest.approx(usual[:, 0], rel=0.02)
    nobody = Survivors(at_risk, (0.0,) * len(lost), 300.0)
    assert simulation._years(nobody, 10, 1)[0].tolist() == [[1.0]]
