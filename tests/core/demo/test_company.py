"""The demo company: the same for the same seed, realistic, and with its truth in the data."""

import csv
import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from cs_core.demo import DemoCompany, make, stripe_export, write
from cs_core.demo.company import AS_OF
from cs_core.demo.tables import _half_even
from cs_core.demo.truth import HAZARD, PLANS
from cs_core.domain.tables import TABLES
from cs_core.errors import UsageError

SAMPLE = Path(__file__).parents[3] / "sample_data" / "demo"
NEVER = np.datetime64("2999-01-01")


@pytest.fixture(scope="module")
def company() -> DemoCompany:
    return make()


@pytest.fixture(scope="module")
def large() -> DemoCompany:
    """Enough accounts for the planted rates to show."""
    return make(accounts=40_000, seed=5)


def months_of(company: DemoCompany):
    return [np.datetime64(total["month"]) for total in company.truth["totals"]]


def mrr_by_month(company: DemoCompany):
    """MRR in yen by month end (complete months) and account, added up from the rows."""
    rows = company.tables["subscriptions"]
    ids, account = np.unique(rows["account_id"], return_inverse=True)
    percent = np.array([int(d.rstrip("%") or 0) for d in rows["discount"]])
    mrr = rows["amount"] * rows["quantity"] * (100 - percent) / 100
    mrr = mrr / np.where(rows["interval"] == "year", 12, 1)
    mrr[rows["status"] == "paused"] = 0
    first = np.where(np.isnat(rows["trial_end"]), rows["start_date"], rows["trial_end"])
    end = np.where(np.isnat(rows["end_date"]), NEVER, rows["end_date"])
    table = []
    for month in months_of(company)[:-1]:
        day = (month + 1).astype("M8[D]") - 1
        on = (first <= day) & (day < end)
        table.append(np.bincount(account[on], mrr[on], len(ids)))
    return np.array(table)


def test_the_checked_in_files_are_what_the_generator_gives(tmp_path):
    written = write(make(), tmp_path)
    kept = sorted(path for path in SAMPLE.rglob("*") if path.is_file())
    assert sorted(p.relative_to(tmp_path) for p in written) == [p.relative_to(SAMPLE) for p in kept]
    for path in kept:
        assert path.read_bytes() == (tmp_path / path.relative_to(SAMPLE)).read_bytes(), path.name


def test_the_seed_decides(company):
    again, other = make(), make(seed=7)
    for name, table in company.tables.items():
        for column, values in table.items():
            assert [str(v) for v in values] == [str(v) for v in again.tables[name][column]]
    assert other.truth["totals"] != company.truth["totals"]


def test_the_columns_are_canonical(company):
    segments = {"country", "industry", "channel", "size", "owner"}
    for name, table in company.tables.items():
        extra = set(table) - set(TABLES[name].by_name)
        assert extra == (segments if name == "accounts" else set())
        assert len({len(values) for values in table.values()}) == 1
    accounts = company.tables["accounts"]["account_id"]
    assert len(set(accounts)) == len(accounts) == 2_000
    assert len(set(company.tables["accounts"]["name"])) == 2_000
    for name, table in company.tables.items():
        if name != "costs":
            assert set(table["account_id"]) <= set(accounts)


def test_nothing_is_dated_after_the_last_day_but_schedules(company):
    latest = []
    for table in company.tables.values():
        for column, values in table.items():
            if values.dtype.kind == "M" and column not in ("trial_end", "term_end"):
                latest.append(np.nanmax(values[~np.isnat(values)]))
    # The data themselves say which day is the last known one, and it is in mid-month.
    assert max(latest) == np.datetime64(AS_OF)
    assert company.truth["as_of"] == AS_OF.isoformat() == "2025-09-17"


def test_lines_are_sound(company):
    rows = company.tables["subscriptions"]
    end = np.where(np.isnat(rows["end_date"]), NEVER, rows["end_date"])
    assert (rows["start_date"] < end).all()
    assert (rows["quantity"] >= 1).all()
    assert (rows["amount"] > 0).all()
    asked = rows["cancel_requested_at"]
    given = ~np.isnat(asked)
    assert (asked[given] <= end[given]).all()
    assert (asked[given] >= rows["start_date"][given]).all()
    # Lines of one subscription follow on one another without a gap or an overlap.
    same = rows["subscription_id"][1:] == rows["subscription_id"][:-1]
    assert same.sum() > 1_500
    assert (rows["start_date"][1:][same] == end[:-1][same]).all()


def test_it_has_everything_a_subscription_business_has(company):
    rows = company.tables["subscriptions"]
    assert set(rows["plan"]) == set(PLANS)
    assert set(rows["interval"]) == {"month", "year"}
    assert {"active", "canceled", "trialing", "past_due", "paused"} == set(rows["status"])
    assert {"voluntary", "involuntary", ""} == set(rows["churn_kind"])
    assert "hard to set up" in rows["cancel_reason"]
    assert "10%" in rows["discount"]
    annual = rows["interval"] == "year"
    assert (~np.isnat(rows["term_end"][annual])).mean() > 0.9
    assert np.isnat(rows["term_end"][~annual]).all()
    plans = {}
    for account, plan in zip(rows["account_id"], rows["plan"], strict=True):
        plans.setdefault(account, set()).add(plan)
    assert sum(len(found) > 1 for found in plans.values()) > 50
    assert any(key.endswith("-2") for key in rows["subscription_id"])
    # Notice given, and still paying on the last day.
    assert (np.isnat(rows["end_date"]) & ~np.isnat(rows["cancel_requested_at"])).sum() >= 5
    names = company.tables["accounts"]["name"]
    assert 1_000 < sum(not name.isascii() for name in names) < 1_500


def test_the_figures_are_realistic(company):
    mrr = mrr_by_month(company)
    active = mrr > 0
    churn = [
        1 - (active[i] & active[i + 1]).sum() / active[i].sum() for i in range(12, len(mrr) - 1)
    ]
    assert 0.02 <= np.mean(churn) <= 0.05
    assert min(churn) > 0.005
    for now in range(30, len(mrr)):
        then = active[now - 12]
        assert 0.90 <= mrr[now][then].sum() / mrr[now - 12][then].sum() <= 1.08
    assert 17e6 <= mrr[-1].sum() <= 25e6


def test_the_totals_are_the_exact_sums_of_the_rows(company):
    rows = company.tables["subscriptions"]
    total = company.truth["totals"][-1]
    expected = Fraction(0)
    accounts = set()
    day = np.datetime64(AS_OF)
    for i in range(len(rows["account_id"])):
        first = rows["start_date"][i] if np.isnat(rows["trial_end"][i]) else rows["trial_end"][i]
        ended = not np.isnat(rows["end_date"][i]) and rows["end_date"][i] <= day
        if first > day or ended or rows["status"][i] == "paused":
            continue
        percent = int(rows["discount"][i].rstrip("%") or 0)
        line = Fraction(int(rows["amount"][i]) * int(rows["quantity"][i]) * (100 - percent), 100)
        line /= 12 if rows["interval"][i] == "year" else 1
        expected += Fraction(round(line * 10**6), 10**6)  # round() is half to even
        accounts.add(rows["account_id"][i])
    assert Fraction(total["mrr"]) == expected
    assert total["customers"] == len(accounts)


def test_half_even():
    # 5/2 and 7/2 lie half-way: to 2 and 4; 8/3 is 2.67.
    assert [_half_even(5, 2), _half_even(7, 2), _half_even(8, 3), _half_even(7, 3)] == [2, 4, 3, 2]


def first_months_lost(company: DemoCompany, first: date, last: date) -> float:
    """Of the monthly customers who first paid in [first, last): the share lost within 3 months."""
    rows = company.tables["subscriptions"]
    paid = np.where(np.isnat(rows["trial_end"]), rows["start_date"], rows["trial_end"])
    monthly = rows["interval"] == "month"
    starts, ends = {}, {}
    for i in np.flatnonzero(monthly):
        if rows["subscription_id"][i].endswith("-1") and rows["end_date"][i] != paid[i]:
            key = rows["account_id"][i]
            starts.setdefault(key, paid[i])
            ends[key] = rows["end_date"][i]
    chosen = [k for k, day in starts.items() if np.datetime64(first) <= day < np.datetime64(last)]
    lost = sum(
        not np.isnat(ends[k]) and ends[k] <= starts[k] + np.timedelta64(95, "D") for k in chosen
    )
    assert len(chosen) > 1_000
    return lost / len(chosen)


def test_the_onboarding_problem_shows_and_goes(large):
    before = first_months_lost(large, date(2022, 7, 1), date(2023, 1, 1))
    during = first_months_lost(large, date(2023, 7, 1), date(2023, 11, 1))
    after = first_months_lost(large, date(2024, 8, 1), date(2025, 2, 1))
    assert during > 2 * before
    assert during > 2 * after
    assert abs(before - after) < 0.03


def test_the_planted_order_of_hazards_shows(large):
    """Among mature monthly customers, cheaper plans leave more often, as planted."""
    assert (np.diff(HAZARD, axis=1) < 0).all()
    rows = large.tables["subscriptions"]
    left, months = dict.fromkeys(PLANS, 0), dict.fromkeys(PLANS, 0.0)
    end = np.where(np.isnat(rows["end_date"]), np.datetime64(AS_OF), rows["end_date"])
    for plan in PLANS[:3]:
        chosen = (rows["plan"] == plan) & (rows["interval"] == "month")
        left[plan] = int((rows["churn_kind"][chosen] != "").sum())
        days = (end - rows["start_date"])[chosen].astype(int).sum()
        months[plan] = days / 30.4
    rates = [left[plan] / months[plan] for plan in PLANS[:3]]
    assert rates[0] > 1.2 * rates[1] > 1.2 * 1.2 * rates[2]


def test_usage_is_lower_before_people_leave(company):
    usage, rows = company.tables["usage"], company.tables["subscriptions"]
    end = np.where(np.isnat(rows["end_date"]), NEVER, rows["end_date"])
    lines, leaves = {}, {}
    for i, account in enumerate(rows["account_id"]):
        lines.setdefault(account, []).append((rows["start_date"][i], end[i], rows["quantity"][i]))
        if rows["churn_kind"][i] == "voluntary":
            leaves[account] = rows["end_date"][i]
    last, rest = [], []
    for i in np.flatnonzero(usage["metric"] == "active_users"):
        account, day = usage["account_id"][i], usage["date"][i]
        licences = [quantity for first, after, quantity in lines[account] if first <= day < after]
        if len(licences) == 1 and licences[0] >= 3:
            soon = account in leaves and day < leaves[account] <= day + 31
            (last if soon else rest).append(usage["value"][i] / licences[0])
    assert len(last) > 200
    assert np.mean(last) < np.mean(rest) - 0.05


def test_the_stripe_form_has_one_row_a_subscription_in_its_last_state(company, tmp_path):
    rows, export = company.tables["subscriptions"], stripe_export(company)
    assert len(export["id"]) == len(set(export["id"])) == len(set(rows["subscription_id"]))
    open_now = np.isnat(rows["end_date"]).sum()
    assert (export["Ended At (UTC)"] == "").sum() == open_now
    assert (export["Status"] == "canceled").sum() == len(export["id"]) - open_now
    header = next(csv.reader((SAMPLE / "stripe" / "subscriptions.csv").open(encoding="utf-8")))
    assert header[:4] == ["id", "Customer ID", "Customer Name", "Customer Email"]
    assert "Current Period End (UTC)" in header
    for name in ("Start (UTC)", "Ended At (UTC)", "Trial End (UTC)"):
        assert all(text == "" or int(text[11:13]) < 15 for text in export[name])


def test_other_sizes(tmp_path):
    tiny = make(accounts=1, months=1, seed=0)
    paths = write(tiny, tmp_path)
    assert json.loads((tmp_path / "truth.json").read_text())["accounts"] == 1
    assert all(path.stat().st_size > 0 for path in paths)
    assert len(make(accounts=500, months=6).truth["totals"]) == 6
    for wrong in ({"accounts": 0}, {"months": 0}, {"seed": -1}, {"accounts": 10**9}):
        with pytest.raises(UsageError, check=lambda error: error.code == "option_out_of_range"):
            make(**wrong)
