"""Which definitions explain another tool's figures: what was pasted, and what is found."""

from decimal import Decimal
from fractions import Fraction

import pytest

from cs_core import demo
from cs_core.datasets import open_dataset
from cs_core.domain.policies import PRESETS, TRIED, Policies
from cs_core.metrics.comparison import idle_policies
from cs_core.metrics.options import Options
from cs_core.metrics.reconciliation import FIGURES, RATES, explain, read_reported


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    demo.write(demo.make(accounts=300, months=24, seed=11), folder)
    with open_dataset(sorted(folder.glob("*.csv"))) as dataset:
        yield dataset


def pasted(dataset, figure, policies, digits=6):
    """What the other tool would show: the figure under its policies, rounded."""
    metric, column = FIGURES[figure]
    rows = dataset.run(metric, Options(policies=policies)).records()
    known = [(row["month"], float(row[column])) for row in rows if row[column] is not None]
    if figure in RATES:
        return "\n".join(f"{month}\t{value * 100:.{digits}f}%" for month, value in known)
    return "\n".join(f"{month}\t{value:.{digits}f}" for month, value in known)


def found(dataset, figure, theirs, ours, digits=6):
    reported = read_reported(pasted(dataset, figure, theirs, digits))
    options = Options(policies=ours)
    return explain(dataset.run, figure, reported, options, idle_policies(dataset.warehouse))


# -- what was pasted ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "month", "value", "half"),
    [
        ("2026-10 4.7%", "2026-10", "0.047", "0.0005"),
        ("2026-10,4.7%", "2026-10", "0.047", "0.0005"),
        ("2026/10/31\t0.0470", "2026-10", "0.0470", "0.00005"),
        ("2026-10-01;1234,5;x", "2026-10", "1234.5", "0.05"),
        ('2026-10,"1,234,567"', "2026-10", "1234567", "0.5"),
        ("2026-10,1,234", "2026-10", "1234", "0.5"),
        ("Oct 2026: $12,345.60", "2026-10", "12345.60", "0.005"),
        ("October 2026 = -3%", "2026-10", "-0.03", "0.005"),
        ("2026年10月 44.3万円", "2026-10", "443000", "500"),
        ("２０２６年１０月　４．７％", "2026-10", "0.047", "0.0005"),
        ("2026-9 (1.5)%", "2026-09", None, None),
        ("2026-13 5", None, None, None),
        ("2026-10", None, None, None),
    ],
)
def test_a_line_is_a_month_and_a_value(line, month, value, half):
    read = read_reported(line)
    if value is None:
        assert not read.values
        assert [problem.code for problem in read.problems] == ["unread"]
    else:
        assert read.values == {month: Fraction(value)}
        assert read.rounding == {month: Fraction(half)}
        assert not read.problems


def test_a_head_and_blank_lines_are_passed_over_and_bad_lines_are_named():
    read = read_reported("Month,Churn\n\n2026-08,4.7\nnothing here\n2026-09,5.1\n2026-08,4.8\n")
    assert sorted(read.values) == ["2026-08", "2026-09"]
    assert [(p.code, p.line) for p in read.problems] == [("unread", 4), ("twice", 6)]
    assert read.values["2026-08"] == Fraction("4.7")


def test_nothing_usable_gives_nothing():
    assert not read_reported("").values
    assert not read_reported("hello\nworld").values


def test_a_comma_for_decimals_is_seen_in_the_whole_column():
    read = read_reported("2026-08;4,75\n2026-09;5,125\n")
    assert read.values == {"2026-08": Fraction("4.75"), "2026-09": Fraction("5.125")}


# -- what explains it ---------------------------------------------------------------------


# The two that only move what cancels out inside a month leave this rate as it is.
SEEN_IN_CHURN = {
    "chartmogul": set(),
    "stripe": {"churn_date", "churn_denominator", "same_period_churn"},
    "baremetrics": {"same_period_churn", "past_due"},
    "profitwell": set(),
    "month_end": set(),
    "dbt_mrr": {"movement_basis", "snapshot_at"},
}


@pytest.mark.parametrize("theirs", SEEN_IN_CHURN)
def test_a_preset_is_recovered_from_its_customer_churn(company, theirs):
    """Every policy of the preset that enters this rate is named, and no other."""
    answer = found(company, "customer_churn_rate", Policies.of(theirs), Policies())
    assert answer.exact
    assert answer.share == 1.0
    assert set(answer.switches) == SEEN_IN_CHURN[theirs]
    assert theirs in answer.presets
    assert all(month.equal for month in answer.months)


@pytest.fixture(scope="module")
def restless(tmp_path_factory):
    """Thirty who stay; each month one joins and leaves, one leaves and returns a week later, and
    every other month one who had left before comes back."""
    lines = [f"stays{n},2023-12-01,,100" for n in range(30)]
    for month in range(1, 13):
        day = f"2024-{month:02d}"
        lines.append(f"short{month},{day}-03,{day}-20,{70 + month}")
        lines += [f"back{month},2023-12-01,{day}-08,50", f"back{month},{day}-15,,50"]
        if month % 2 == 0:
            lines += [f"later{month},2023-11-01,2023-12-15,40", f"later{month},{day}-05,,40"]
    file = tmp_path_factory.mktemp("restless") / "lines.csv"
    file.write_text("account_id,start_date,end_date,mrr\n" + "\n".join(lines) + "\n")
    with open_dataset(file) as dataset:
        yield dataset


@pytest.mark.parametrize(
    ("theirs", "figure", "switches"),
    [
        ("chartmogul", "net_mrr_churn_rate", {"net_churn_includes_reactivation"}),
        ("baremetrics", "quick_ratio", {"quick_ratio_includes_reactivation"}),
        ("profitwell", "churned_mrr", {"same_period_churn"}),
        ("month_end", "churned_mrr", {"movement_basis"}),
    ],
)
def test_a_policy_is_recovered_from_the_figure_it_enters(restless, theirs, figure, switches):
    answer = found(restless, figure, Policies.of(theirs), Policies())
    assert answer.exact
    assert set(answer.switches) == switches
    assert theirs in answer.presets
    for name in switches:
        assert getattr(answer.policies, name) == getattr(Policies.of(theirs), name)


def test_two_switches_that_only_help_together_are_found(restless):
    """Returners as new ones, over the start and the new ones: only both raise the denominator."""
    theirs = Policies.of(
        "keizoku", {"reactivation": "as_new", "churn_denominator": "start_plus_new"}
    )
    answer = found(restless, "customer_churn_rate", theirs, Policies())
    assert answer.exact
    assert all(month.equal for month in answer.months)


def test_another_base_than_the_default(company):
    answer = found(company, "customer_churn_rate", Policies.of("dbt_mrr"), Policies.of("stripe"))
    assert answer.exact
    assert {"movement_basis", "snapshot_at", "churn_date", "churn_denominator"} <= set(
        answer.switches
    )


def test_policies_that_are_no_preset_are_recovered(company):
    theirs = Policies.of("keizoku", {"churn_date": "cancel_request", "same_period_churn": "count"})
    answer = found(company, "customer_churn_rate", theirs, Policies(), digits=2)
    assert answer.exact
    assert answer.policies == theirs
    assert answer.switches == ("churn_date", "same_period_churn")
    assert answer.presets == ()


def test_effects_and_what_remains_add_up_to_the_gap(company):
    answer = found(company, "closing_mrr", Policies.of("stripe"), Policies(), digits=0)
    assert answer.exact
    assert answer.switches == ("churn_date",)
    for month in answer.months:
        assert isinstance(month.theirs, Decimal)
        assert month.theirs == month.ours + sum(month.effects.values()) + month.remains
        assert abs(month.remains) <= Decimal("0.5")


def test_equal_figures_need_no_switch(company):
    answer = found(company, "closing_customers", Policies(), Policies(), digits=0)
    assert (answer.exact, answer.switches, answer.share) == (True, (), 1.0)
    assert answer.presets[0] == "keizoku"


def test_what_no_policy_explains_is_said(company):
    """Everything a hundredth too high: no definition does that."""
    rows = company.run("mrr_movements", Options()).records()
    text = "\n".join(f"{row['month']} {row['closing_customers'] * 3 + 500}" for row in rows)
    answer = explain(company.run, "closing_customers", read_reported(text), Options())
    assert not answer.exact
    assert answer.share < 0.2
    for month in answer.months:
        effects = sum(value for value in month.effects.values() if value is not None)
        assert month.theirs == pytest.approx(month.ours + effects + month.remains)


def test_rates_without_a_sign_are_read_in_the_unit_that_fits(company):
    text = pasted(company, "customer_churn_rate", Policies(), digits=2).replace("%", "")
    answer = explain(company.run, "customer_churn_rate", read_reported(text), Options())
    assert (answer.exact, answer.percent, answer.switches) == (True, True, ())


def test_months_without_a_figure_here_are_left_out(company):
    text = pasted(company, "closing_customers", Policies(), digits=0) + "\n1999-01 5"
    answer = explain(company.run, "closing_customers", read_reported(text), Options())
    assert answer.left_out == 1
    assert explain(company.run, "nrr", read_reported("1999-01 90%"), Options()) is None


def test_values_tried_hold_every_preset():
    for preset in PRESETS.values():
        for name, value in preset.policies.items():
            assert value in TRIED[name]
