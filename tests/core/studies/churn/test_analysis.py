"""Churn read together: hand-made frames in, facts worked out by hand out."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_core.domain.policies import Policies
from cs_core.models import churn_facts
from cs_core.models.mix_shift import mix_shift
from cs_core.models.seasonality import season_test
from cs_core.models.trend import decompose
from cs_core.studies import churn, leavers

KEIZOKU = Policies()


def months(count: int, first: int = 2024 * 12) -> list[str]:
    return [f"{index // 12}-{index % 12 + 1:02d}" for index in range(first, first + count)]


def frames(
    rows: list[tuple[str, int, int]], **more: Any
) -> tuple[pandas.DataFrame, pandas.DataFrame]:
    """Frames of `churn` and `mrr_movements`; each customer pays 10, and 1 joins a month."""
    rates = pandas.DataFrame(
        {
            "month": label,
            "currency": "JPY",
            "opening_customers": opening,
            "lost_customers": lost,
            "customer_churn_rate": lost / opening if opening else None,
            "partial": False,
            **more,
        }
        for label, opening, lost in rows
    )
    moves = pandas.DataFrame(
        {
            "month": label,
            "opening_mrr": Decimal(10 * opening),
            "churned_mrr": Decimal(10 * lost),
            "contraction_mrr": Decimal(0),
            "new_customers": 1,
            "closing_customers": opening - lost,
            **{k: v for k, v in more.items() if k != "partial"},
        }
        for label, opening, lost in rows
    )
    return rates, moves


def joined(
    *parts: tuple[pandas.DataFrame, pandas.DataFrame],
) -> tuple[pandas.DataFrame, pandas.DataFrame]:
    return pandas.concat(p[0] for p in parts), pandas.concat(p[1] for p in parts)


def test_only_complete_periods_from_the_first_with_customers_enter() -> None:
    rates, moves = frames([("2024-01", 0, 0), ("2024-02", 10, 1), ("2024-03", 10, 2)])
    rates.loc[2, "partial"] = True

    found = churn.series(rates, moves, KEIZOKU)

    assert found.periods == ("2024-02",)
    assert (found.base, found.lost, found.rates) == ((10,), (1,), (0.1,))


def test_the_denominator_is_the_policies() -> None:
    rates, moves = frames([("2024-01", 100, 8)])

    found = churn.series(rates, moves, Policies(churn_denominator="start_plus_new"))

    assert found.base == (101,)  # one customer joins in the month


def test_a_period_that_lost_more_than_it_began_with_has_no_limits() -> None:
    rates, moves = frames([("2024-01", 100, 5), ("2024-02", 2, 3), ("2024-03", 100, 5)])

    found = churn.customer_trend(churn.series(rates, moves, KEIZOKU))

    assert found.points[1].low is None
    assert found.points[0].high is not None


def test_each_level_has_limits_of_its_own_and_the_change_its_date() -> None:
    """24 months at 3 %, then 24 at 9 %, without any noise: one change, and nothing outside."""
    rows = [(label, 400, 12 if i < 24 else 36) for i, label in enumerate(months(48))]

    found = churn.customer_trend(churn.series(*frames(rows), KEIZOKU))

    assert [found.series.periods[c.index] for c in found.changes] == ["2026-01"]
    assert (found.changes[0].before, found.changes[0].after) == (0.03, 0.09)
    assert set(found.centres[:24]) == {0.03}
    assert set(found.centres[24:]) == {0.09}
    assert [p.outside for p in found.points] == [None] * 48
    assert found.ahead == ("2028-01", "2028-02", "2028-03", "2028-04", "2028-05", "2028-06")
    fact = churn_facts.trend_fact(found.chart, found.changes)
    assert (fact.key, fact.fields["until"]) == ("rose", 23)


def test_where_nobody_is_left_nothing_is_forecast() -> None:
    rows = [(f"2024-{n:02}", 60, 3) for n in range(1, 13)] + [("2025-01", 40, 40)]
    trend = churn.customer_trend(churn.series(*frames(rows), Policies()))
    assert trend.forecast is not None
    assert trend.forecast.steps == ()
    assert trend.forecast.notes == ("nobody_is_left",)
    # The last ones can leave in the month in progress, too.
    rates, moves = frames([*rows[:-1], ("2025-01", 40, 39), ("2025-02", 1, 1)])
    rates["partial"] = rates["month"] == "2025-02"
    trend = churn.customer_trend(churn.series(rates, moves, Policies()))
    assert trend.forecast is not None
    assert trend.forecast.notes == ("nobody_is_left",)
    stays = churn.customer_trend(
        churn.series(*frames([*rows[:-1], ("2025-01", 40, 39)]), Policies())
    )
    assert stays.forecast is not None
    assert stays.forecast.steps


def test_what_is_drawn_is_the_range_and_what_is_learnt_from_is_all() -> None:
    rows = [(label, 400, 12) for label in months(36)]
    found = churn.customer_trend(churn.series(*frames(rows), KEIZOKU))

    drawn = churn.limits_frame(found, "2026-07")

    assert list(drawn["month"]) == months(6, 2026 * 12 + 6)
    assert list(drawn["denominator"]) == [400] * 6
    assert found.chart.centre == pytest.approx(0.03)


def test_one_account_that_leaves_with_much_mrr_is_within_its_chance() -> None:
    """Ten accounts in twelve months of which one carries half: whoever leaves, the limits are
    wide; where all pay alike a month that loses half of everything is outside."""
    rows = [(label, 100, 1) for label in months(12)]
    rates, moves = frames(rows)
    moves.loc[11, "churned_mrr"] = Decimal(500)
    series = churn.series(rates, moves, KEIZOKU)
    small = [(label, Decimal(10), 1) for label in months(11)]

    def outside(last: tuple[str, Decimal, int]) -> str | None:
        losses = pandas.DataFrame([*small, last], columns=["month", "lost_mrr", "customers"])
        return churn.mrr_trend(series, losses).points[11].outside

    assert outside(("2024-12", Decimal(500), 1)) is None
    assert outside(("2024-12", Decimal(10), 50)) == "above"


# -- rates or mix ---------------------------------------------------------------------------


def test_stretches_meet_at_the_change_or_halve_what_there_is() -> None:
    rows = [(label, 100, 3) for label in months(24)]
    of = churn.series(*frames(rows), KEIZOKU)

    assert leavers.stretches(of, 18) == (range(12, 18), range(18, 24))
    assert leavers.stretches(of, 22) == (range(16, 22), range(22, 24))
    assert leavers.stretches(of, None) == (range(12, 18), range(18, 24))
    assert leavers.stretches(churn.series(*frames(rows[:3]), KEIZOKU), None) == (
        range(1, 2),
        range(2, 3),
    )
    assert leavers.stretches(churn.series(*frames(rows[:1]), KEIZOKU), None) is None


def _planted_paradox() -> leavers.Comparison:
    """Large customers leave at 2 %, then 1 %; small ones at 10 %, then 9 %. Half of them are small
    before, nine in ten after: 6.0 % becomes 8.2 %."""
    before, after = months(6), months(6, 2024 * 12 + 6)
    large = [(m, 500, 10) for m in before] + [(m, 100, 1) for m in after]
    small = [(m, 500, 50) for m in before] + [(m, 900, 81) for m in after]
    whole = [(m, 1000, 60) for m in before] + [(m, 1000, 82) for m in after]
    of = churn.series(*frames(whole), KEIZOKU)
    split = joined(frames(large, size="large"), frames(small, size="small"))
    found = leavers.compare(of, None, *split, "size", KEIZOKU)
    assert found is not None
    return found


def test_a_planted_paradox_is_named() -> None:
    found = _planted_paradox()

    assert found.shift is not None
    assert (found.shift.before, found.shift.after) == (Fraction(60, 1000), Fraction(82, 1000))
    assert found.shift.rate == Fraction(-1, 100)  # a point less in both, whatever the weights
    assert found.shift.mix == Fraction(32, 1000)
    assert churn_facts.mix_fact(found.shift).key == "simpson_rise"


def test_what_is_shown_adds_up_to_the_change_exactly() -> None:
    rates = {f"value {i}": (100 + i, 1 + i % 7) for i in range(60)}
    after = {f"value {i}": (90 + 3 * i, 2 + i % 5) for i in range(5, 60)}
    shift = mix_shift(rates, after)
    assert shift is not None

    rows = leavers.shown_parts(shift)

    assert [row.kind for row in rows] == ["value"] * 6 + ["other", "total"]
    assert rows[-2].others == 54
    assert sum(row.rate + row.mix for row in rows[:-1]) == shift.after - shift.before


amounts = st.tuples(st.integers(0, 10**12), st.integers(0, 10**6))


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), amounts, min_size=1),
    st.dictionaries(st.sampled_from("abcdefgh"), amounts, min_size=1),
)
def test_the_split_is_exact_whatever_the_data(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]
) -> None:
    shift = mix_shift(before, after)
    if shift is None:
        return
    parts = leavers.shown_parts(shift, most=2)
    assert sum(part.rate for part in parts[:-1]) == shift.rate
    assert sum(part.rate + part.mix for part in parts[:-1]) == shift.after - shift.before


def test_money_is_split_in_exact_fractions() -> None:
    found = _money_comparison()
    assert found.shift is not None
    assert found.shift.before == Fraction(1, 3)
    assert found.shift.rate + found.shift.mix == found.shift.after - found.shift.before


def _money_comparison() -> leavers.Comparison:
    rates, moves = frames([("2024-01", 3, 1), ("2024-02", 3, 2)], plan="A")
    moves["churned_mrr"] = [Decimal("10.000000"), Decimal("20.000001")]
    of = churn.series(*frames([("2024-01", 3, 1), ("2024-02", 3, 2)]), KEIZOKU)
    found = leavers.compare(of, None, rates, moves, "plan", KEIZOKU, money=True)
    assert found is not None
    return found


# -- who leaves -----------------------------------------------------------------------------


def test_a_value_outside_its_limits_is_always_shown() -> None:
    """Sixty values of 50 customers; one loses 20 of 100 over the year, the others 1 of 50."""
    labels = months(2)
    parts = []
    for i in range(60):
        lost = 10 if i == 41 else 1
        parts.append(frames([(m, 50, lost) for m in labels], region=f"R{i:02d}"))
    whole = [(m, 3000, 69) for m in labels]
    of = churn.series(*frames(whole), KEIZOKU)

    found = leavers.segment_rates(of, *joined(*parts), "region", KEIZOKU)

    assert len(found) == 11
    assert list(found[found["outside"]]["segment"]) == ["R41"]
    rest = found.iloc[-1]
    assert (rest["kind"], rest["others"]) == ("other", 50)
    assert found["base"].sum() == 6000
    assert found["lost"].sum() == 138


def test_reasons_keep_every_customer_and_say_how_many_stand_in_the_rest() -> None:
    rows = [("2024-01", f"reason {i}", "voluntary", 20 - i, Decimal(i)) for i in range(12)]
    rows.append(("2024-01", None, None, 7, Decimal(70)))
    found = pandas.DataFrame(
        rows, columns=["month", "cancel_reason", "churn_kind", "churned_customers", "churned_mrr"]
    )

    by_customers, by_mrr = leavers.reasons(found), leavers.reasons(found, money=True)

    assert by_customers["customers"].sum() == sum(20 - i for i in range(12)) + 7
    assert list(by_customers["kind"]) == ["value"] * 8 + ["other", "blank"]
    assert by_customers.iloc[8]["others"] == 4
    assert by_customers.iloc[0]["reason"] == "reason 0"
    assert by_mrr.iloc[0]["reason"] == "reason 11"


# -- seasons --------------------------------------------------------------------------------


def _tested(rates: list[float], n: int) -> float:
    parts = decompose(rates)
    assert parts is not None
    season = season_test(rates, parts.trend, parts.seasonal, [n] * len(rates))
    assert season is not None
    return season.p


def test_noise_has_no_season_though_stl_gives_it_one() -> None:
    """Two years of a constant 3 % of 400: STL's seasonal part takes most of it up, and the test
    still says so at its nominal rate."""
    rng = np.random.default_rng(4)
    found = [_tested(list(rng.binomial(400, 0.03, 36) / 400), 400) for _ in range(100)]
    # Nominal 3 in 100; 9 or more has a probability below 0.4 % (binomial).
    assert sum(p <= 0.03 for p in found) < 9


def test_a_planted_season_is_found_with_its_month() -> None:
    """5 % in each January and 3 % otherwise, of 2 000."""
    rng = np.random.default_rng(5)
    rates = [rng.binomial(2000, 0.05 if i % 12 == 0 else 0.03) / 2000 for i in range(48)]
    parts = decompose(rates)
    assert parts is not None

    season = season_test(rates, parts.trend, parts.seasonal, [2000] * 48)

    assert season is not None
    assert season.found
    assert max(range(12), key=season.effects.__getitem__) == 0


def test_less_than_two_years_have_no_season() -> None:
    assert season_test([0.03] * 23, [0.03] * 23, [0.0] * 23, [100] * 23) is None


def test_the_wild_first_months_of_a_company_are_no_season() -> None:
    rows = [(label, 5 if i < 4 else 400, 3 if i < 4 else 12) for i, label in enumerate(months(40))]
    of = churn.series(*frames(rows), KEIZOKU)
    found = churn.customer_trend(of)

    frame = churn.seasons_frame(found)

    assert len(frame) == 36
    assert frame["month"].iloc[0] == "2024-05"


def hazard(*rows: tuple[int, int]) -> pandas.DataFrame:
    """(customers at risk, churned) by month of tenure."""
    return pandas.DataFrame(
        {"tenure": tenure, "at_risk": n, "churned": x, "hazard": x / n}
        for tenure, (n, x) in enumerate(rows)
    )


def test_a_month_of_tenure_is_a_peak_only_beyond_chance() -> None:
    # The last month has the highest rate; one month in 33 has 2 of 10 by chance.
    even = hazard((100, 0), (100, 3), (97, 3), (90, 3), (10, 2))
    assert leavers.peak(even) is None
    yearly = leavers.peak(hazard((100, 0), (100, 3), (97, 30), (60, 3), (10, 4)))
    assert yearly is not None
    assert (yearly["tenure"], yearly["churned"]) == (2, 30)
    assert leavers.mean_hazard(even) == 11 / 397
