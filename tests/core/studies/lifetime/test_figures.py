"""Assumptions and estimates from data, against figures worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from scipy.stats import beta

from cs_core.domain.proportion import wilson
from cs_core.errors import CannotAnswerError
from cs_core.metrics.options import Options
from cs_core.models.assumptions import Assumptions, Baseline
from cs_core.models.payments import Payments
from cs_core.models.simulation import simulate, value
from cs_core.studies import lifetime
from tests.core.studies.lifetime.conftest import HEADER

JUNE = Options(as_of=date(2024, 6, 30))


def only(dataset, options=JUNE):
    (found,) = lifetime.read(dataset.run, options, dataset.info.shape == "calendar")
    return found


def test_baseline_by_hand(company) -> None:
    found = only(company)
    # Six complete months, January to June: opening 0, 10, 10, 9, 8, 7; one lost in each of three.
    assert (found.lost, found.opening) == (3, 44)
    assumed = found.baseline.assumptions
    assert assumed.churn == pytest.approx(3 / 44)
    assert found.baseline.ranges["churn"] == pytest.approx(wilson(3, 44))
    assert assumed.arpa == pytest.approx(100)
    assert assumed.gross_margin == pytest.approx(0.9)
    assert assumed.cac == pytest.approx(600 / 10)  # six months of 100, ten customers won
    assert assumed.new_customers == pytest.approx(10 / 6)
    assert assumed.annual_share == 0
    # One made payments 0 and 1 and left on the day of the next, one three, one four; seven six.
    assert found.survivors.at_risk == (10, 10, 9, 8, 7, 0)
    assert found.survivors.lost == (0, 1, 1, 1, 0, 0)
    assert assumed.churn_onboarding == pytest.approx(3 / 37)
    assert assumed.churn_adoption == pytest.approx(beta.ppf(0.5, 0.5, 7.5))  # none of seven
    assert found.base == ((5, 7, 700.0),)
    assert found.baseline.notes == ("phase_unseen", "unseen_churn")


def test_simple_by_hand_and_as_in_kpis(company) -> None:
    rows = {r["method"]: r for r in company.run("ltv", JUNE).records() if not r["horizon_months"]}
    assert rows["simple"]["value"] == f"{Decimal(100 * 44) * Decimal('0.9') / 3:.6f}"
    kpis = company.run("kpis", JUNE).records()[-1]
    assert float(rows["simple"]["value"]) == pytest.approx(float(kpis["ltv"]), abs=1e-6)


def test_finite_horizon_by_hand(made) -> None:
    """Eight customers; four leave after exactly twelve months, the others are seen for two years.
    Nobody leaves sooner, so twelve payments are made by all, and half make the next twelve: who
    leaves on the day of a payment has not made it."""
    rows = [f"A{n},,2022-01-01,,10,month,JPY" for n in range(4)]
    rows += [f"B{n},,2022-01-01,2023-01-01,10,month,JPY" for n in range(4)]
    dataset = made(subscriptions=HEADER + "\n".join(rows) + "\n")
    result = dataset.run("ltv", Options(as_of=date(2024, 1, 31)))
    found = {r["horizon_months"]: r for r in result.records() if r["method"] == "finite_horizon"}
    discount = [1.1 ** (-t / 12) for t in range(24)]
    assert float(found[12]["value"]) == pytest.approx(10 * sum(discount[:12]), abs=1e-6)
    by_hand = 10 * (sum(discount[:12]) + 0.5 * sum(discount[12:]))
    assert float(found[24]["value"]) == pytest.approx(by_hand, abs=1e-6)
    assert found[36]["value"] is None
    assert "horizon_unobserved" in found[36]["note"]
    # Nobody leaves before the last payment; and without costs the margin is 100 %. Both are said.
    assert (found[12]["low"], found[12]["note"]) == (None, "no_limits; no_margin")
    assert found[24]["note"] == "no_margin"


def test_payments_by_hand(made) -> None:
    """Anniversaries of the last day of a month are clamped; a missed payment counts once due."""
    lines = (
        ("on the day", "2024-01-31", "2024-02-29", (0, True)),
        ("a day later", "2024-01-31", "2024-03-01", (1, True)),
        ("on the third day due", "2024-01-31", "2024-04-30", (2, True)),
        ("in the first month", "2024-03-10", "2024-03-20", (0, True)),
        ("next not yet due", "2024-06-05", "2024-06-20", (0, False)),
        ("open since 30 May", "2024-05-30", "", (1, False)),
        ("open since the day after", "2024-05-31", "", (1, False)),
        ("open since 1 June", "2024-06-01", "", (0, False)),
        ("left on the as-of day", "2024-05-30", "2024-06-30", (0, True)),
    )
    rows = "".join(f"{name},,{start},{end},10,month,USD\n" for name, start, end, _ in lines)
    dataset = made(subscriptions=HEADER + rows)
    counted = {}
    for row in dataset.run("payments", JUNE).records():
        assert float(row["mrr_change"]) == 10 * row["customers"]
        counted[row["last_payment"], row["lost"]] = row["customers"]
    expected = [outcome for *_, outcome in lines]
    assert counted == {outcome: expected.count(outcome) for outcome in expected}


def test_each_customers_own_payments(made) -> None:
    """What is paid on the anniversary counts: growth between two counts at the second, what comes
    and goes between them never, and what comes after the last payment not yet."""
    rows = "A,,2024-01-15,,10,month,USD\nA,,2024-02-20,,5,month,USD\n"
    rows += "A,,2024-03-20,2024-04-10,7,month,USD\n"
    rows += "A,,2024-06-20,,90,month,USD\nB,,2024-01-15,2024-03-15,20,month,USD\n"
    (group,) = lifetime.read(made(subscriptions=HEADER + rows).run, JUNE)
    mean, _ = group.payments.means()
    # A: 10, 10, 15, 15, 15, 15; B: 20, 20.
    assert mean == pytest.approx([15, 15, 7.5, 7.5, 7.5, 7.5])
    assert group.payments.products[1, 2] == pytest.approx(150)
    assert group.payments.products[0, 0] == pytest.approx(500)


def test_half_leave_on_their_first_anniversary(made) -> None:
    rows = [f"a{n},,2024-01-01,{'2024-02-01' if n < 50 else ''},100,month,USD" for n in range(100)]
    dataset = made(subscriptions=HEADER + "\n".join(rows) + "\n")
    found = dataset.run("ltv", Options(as_of=date(2024, 12, 31))).records()
    (year,) = (r for r in found if r["horizon_months"] == 12)
    by_hand = 100 * (1 + 0.5 * sum(1.1 ** (-t / 12) for t in range(1, 12)))
    assert float(year["value"]) == pytest.approx(by_hand, abs=1e-6)
    assert round(by_hand, 2) == 624.57


def test_columns_and_methods(company) -> None:
    result = company.run("ltv", JUNE)
    assert result.columns == (
        "method", "currency", "value", "low", "high", "horizon_months", "note",
    )  # fmt: skip
    assert [row[0] for row in result.rows] == [
        "simple", *["finite_horizon"] * 4, "sbg", "simulation",
    ]  # fmt: skip
    by_plan = company.run("ltv", Options(as_of=JUNE.as_of, by="plan"))
    assert by_plan.columns[:3] == ("method", "plan", "currency")
    # One plan: its figures are those of all; only the costs are said to be those of all.
    values = [row[3:6] for row in by_plan.rows]
    assert values == [row[2:5] for row in result.rows]
    assert "costs_of_all" in by_plan.rows[0][-1]
    assert company.query("ltv", as_of="2024-06-30").shape == (7, 7)


def test_a_segment_is_the_same_through_by_and_where(company) -> None:
    by = company.run("ltv", Options(as_of=JUNE.as_of, by="plan"))
    where = company.run("ltv", Options(as_of=JUNE.as_of, where=(("plan", "Basic"),)))
    assert [row[3:6] for row in by.rows] == [row[2:5] for row in where.rows]


def test_the_baseline_is_the_scenario_with_nothing_changed(company) -> None:
    found = only(company)
    scenario = found.baseline.assumptions
    simulation = simulate(found.baseline, scenario, draws=200)
    assert simulation.scenario == simulation.baseline == value(scenario)
    text = "[assumptions]\n"
    again = lifetime.simulation_of([found], "USD", text, draws=200)
    assert again.record()["scenario"] == again.record()["baseline"]


def test_nobody_left(made) -> None:
    rows = "".join(f"A{n},,2024-01-01,,10,month,USD\n" for n in range(5))
    dataset = made(subscriptions=HEADER + rows)
    notes = {r["method"]: r["note"] for r in dataset.run("ltv", JUNE).records()}
    assert notes["simple"] == "zero_churn"
    assert notes["sbg"] == "nobody_left"
    found = only(dataset)
    assert value(found.baseline.assumptions).lifetime > 12  # half of what may have gone unseen
    simulated = simulate(found.baseline, found.baseline.assumptions)
    assert simulated.p10 < simulated.scenario.ltv < simulated.p90
    fits = lifetime.fits(found)
    assert fits.chosen is None
    assert fits.problems["sbg"] == "nobody_left"


def test_everybody_left(made) -> None:
    rows = "".join(f"A{n},,2024-01-01,2024-0{n}-01,10,month,USD\n" for n in (2, 3, 4))
    dataset = made(subscriptions=HEADER + rows)
    found = only(dataset)
    assert found.base == ()
    assert found.baseline.assumptions.arpa == 10  # of the last month that had customers
    assert "arpa_of_past" in found.baseline.notes
    for row in dataset.run("ltv", JUNE).rows:
        assert row[2] is None or 0 <= row[2] < 1000
    assert lifetime.fits(found).curve is not None


def test_one_customer_and_no_complete_month(made) -> None:
    dataset = made(subscriptions=HEADER + "A,,2024-06-03,,10,month,USD\n")
    found = only(dataset, Options(as_of=date(2024, 6, 10)))
    assert found.months == ()
    assert found.baseline.assumptions.arpa == 10
    assert {"arpa_of_today", "no_churn_rate"} <= set(found.baseline.notes)
    rows = dataset.run("ltv", Options(as_of=date(2024, 6, 10))).records()
    assert {r["method"]: r["note"] for r in rows}["simple"] == "no_recent_customers"


def test_annual_contracts_are_counted_once(made) -> None:
    rows = "A,,2024-01-01,,120,year,USD\nA,,2024-01-01,,12,year,USD\nB,,2024-01-01,,10,month,USD\n"
    found = only(made(subscriptions=HEADER + rows))
    assert found.baseline.assumptions.annual_share == 0.5
    assert found.baseline.assumptions.annual_free_months == 0  # what they get off is in the ARPA


def test_several_currencies_stay_apart(made) -> None:
    rows = (
        "A,,2024-01-01,,10,month,USD\nB,,2024-01-01,,1000,month,JPY\nC,,2024-02-01,,30,month,USD\n"
    )
    dataset = made(subscriptions=HEADER + rows)
    found = {g.currency: g for g in lifetime.read(dataset.run, JUNE)}
    assert found["USD"].baseline.assumptions.arpa == 20
    assert found["JPY"].baseline.assumptions.arpa == 1000
    simulated = lifetime.simulation_of(list(found.values()), "JPY", "arpa = 500\n", draws=100)
    assert simulated.scenario.ltv == pytest.approx(simulated.baseline.ltv / 2)


TENURES = "customerID,tenure,Churn,MonthlyCharges\n" + "".join(
    f"C{n},{n % 6 + 1},{'Yes' if n % 3 == 0 else 'No'},{20 + n}\n" for n in range(30)
)


def test_tenures_without_dates(made) -> None:
    dataset = made(telco=TENURES)
    found = only(dataset, Options())
    open_accounts = [n for n in range(30) if n % 3]
    assert found.customers == 20
    assert found.baseline.assumptions.arpa == pytest.approx(sum(20 + n for n in open_accounts) / 20)
    # Ten left, having paid as many times as they stayed months; every payment after the first
    # could have been missed, and of those still there the next is not due.
    at_risk = sum(n % 6 + 1 for n in range(30))
    assert found.churn == pytest.approx(10 / at_risk)
    rows = {r["method"]: r for r in dataset.run("ltv").records()}
    assert rows["simple"]["value"] is None
    assert rows["simple"]["note"] == "needs_dates"
    assert rows["sbg"]["value"] is not None


def test_tenures_without_prices(made) -> None:
    text = "\n".join(line.rsplit(",", 1)[0] for line in TENURES.splitlines()) + "\n"
    text = text.replace("tenure", "tenure_months", 1)  # Without prices nothing else says the unit.
    dataset = made(telco=text)
    found = only(dataset, Options())
    assert not found.priced
    assert all(r["value"] is None for r in dataset.run("ltv").records())
    with pytest.raises(CannotAnswerError):
        lifetime.simulation_of([found], "XXX", "churn = 0.1\n")
    assert lifetime.simulation_of([found], "XXX", "arpa = 10\n", draws=100).scenario.ltv > 0


def test_held_back_months_are_those_the_fit_did_not_see() -> None:
    """A cohort whose churn halves: a constant rate must do worse on the held-back months."""
    customers, left = np.zeros((14, 2)), 1000.0
    for payment in range(13):
        customers[payment, 1] = lost = round(left * (0.2 if payment < 4 else 0.05))
        left -= lost
    customers[13, 0] = left
    group = lifetime.Customers(
        None, "USD", (), Payments.alike(customers), (), Baseline(Assumptions()), True, True
    )
    fits = lifetime.fits(group)
    assert fits.fit_months == 9  # two thirds of thirteen
    assert [check.age for check in fits.checks] == [10, 11, 12, 13]
    model, naive = fits.errors()
    assert model < naive
