"""Trial and freemium conversion by matured cohorts, by hand."""

from datetime import date
from math import sqrt

import pytest

from cs_core.datasets import open_dataset
from cs_core.domain.policies import Policies
from cs_core.metrics.options import Options

# Started in January: a pays at the trial's end, b left before it, c pays three days late, d is a
# trial that runs on in a second line and then pays, e has no end yet. z had paid before. In
# February f converts, g's trial ends after 20 March. n never had a trial.
TRIALS = """account_id,start_date,trial_end,end_date,status,mrr,plan
a,2024-01-05,2024-01-19,,,100,Pro
b,2024-01-10,2024-01-24,2024-01-20,,100,Basic
c,2024-01-10,2024-01-24,2024-01-24,,100,Basic
c,2024-01-27,,,,100,Pro
d,2024-01-15,2024-01-29,2024-01-29,,100,Pro
d,2024-01-29,2024-02-12,,,200,Team
e,2024-01-20,,,trialing,100,Pro
z,2023-12-01,,2024-01-01,,100,Pro
z,2024-01-03,2024-01-17,,,100,Pro
f,2024-02-01,2024-02-15,,,100,Basic
g,2024-02-25,2024-03-25,,,100,Pro
n,2024-01-02,,,,100,Pro
"""
ACCOUNTS = "account_id,country\na,JP\nb,JP\nc,US\nd,US\ne,JP\nf,US\ng,JP\nn,JP\n"
AS_OF = date(2024, 3, 20)


def dataset(tmp_path, lines, accounts=None):
    files = [tmp_path / "subscriptions.csv"]
    files[0].write_text(lines)
    if accounts:
        files.append(tmp_path / "accounts.csv")
        files[1].write_text(accounts)
    return open_dataset(files)


def rows(found):
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def wilson(count, n):
    """Wilson 1927, equation as in Brown, Cai and DasGupta 2001, (4)."""
    z, p = 1.959963984540054, count / n
    middle, reach = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - reach) / (1 + z * z / n), (middle + reach) / (1 + z * z / n)


def test_trials_by_hand(tmp_path):
    with dataset(tmp_path, TRIALS) as data:
        found = rows(data.run("trials", Options(as_of=AS_OF, first="2024-01")))
    assert [(r["month"], r["started"], r["matured"], r["converted"]) for r in found] == [
        ("2024-01", 5, 4, 2),
        ("2024-02", 2, 1, 1),
        ("2024-03", 0, 0, 0),
    ]
    january, february, march = found
    assert january["conversion_rate"] == 0.5
    assert (january["low"], january["high"]) == pytest.approx(wilson(2, 4), abs=1e-12)
    assert (february["conversion_rate"], february["high"]) == (1.0, 1.0)
    assert february["low"] == pytest.approx(wilson(1, 1)[0], abs=1e-12)
    assert march["conversion_rate"] is march["low"] is march["high"] is None
    assert january["small_sample"] is True
    assert set(january) == {
        *("month", "currency", "started", "matured", "converted", "conversion_rate"),
        *("low", "high", "small_sample", "partial"),
    }


def test_who_never_paid_has_a_segment_too(tmp_path):
    with dataset(tmp_path, TRIALS, ACCOUNTS) as data:
        options = Options(as_of=AS_OF, first="2024-01", last="2024-01")
        by_country = rows(data.run("trials", Options(**{**vars(options), "by": "country"})))
        by_plan = rows(data.run("trials", Options(**{**vars(options), "by": "plan"})))
        only_us = rows(
            data.run("trials", Options(**{**vars(options), "where": (("country", "US"),)}))
        )
        basic = rows(
            data.run("trials", Options(**{**vars(options), "where": (("plan", "Basic"),)}))
        )
    assert {(r["country"], r["started"], r["matured"], r["converted"]) for r in by_country} == {
        ("JP", 3, 2, 1),
        ("US", 2, 2, 1),
    }
    # The plan of the trial's first day: c bought Pro but tried Basic, d moved on to Team.
    assert {(r["plan"], r["started"], r["matured"], r["converted"]) for r in by_plan} == {
        ("Basic", 2, 2, 0),
        ("Pro", 3, 2, 2),
    }
    assert [(r["started"], r["converted"]) for r in only_us] == [(2, 1)]
    assert [(r["started"], r["converted"]) for r in basic] == [(2, 0)]


def test_counting_trials_as_customers_does_not_convert_them(tmp_path):
    with dataset(tmp_path, TRIALS) as data:
        options = Options(as_of=AS_OF)
        counted = Options(
            as_of=AS_OF,
            policies=Policies.of(
                "dbt_mrr", {"trial": "counted", "zero_mrr": "customer", "currency": "historical"}
            ),
        )
        assert data.run("trials", counted).rows == data.run("trials", options).rows
        assert data.run("freemium", counted).rows == data.run("freemium", options).rows


# Began for free in January: a pays after 20 days, b after 60, c never. d began with a free and a
# paid line, t with a trial of a free plan, p paused: none of them began for free.
FREE = """account_id,start_date,trial_end,end_date,status,mrr,plan
a,2024-01-01,,2024-01-21,,0,Free
a,2024-01-21,,,,50,Pro
b,2024-01-10,,2024-03-10,,0,Free
b,2024-03-10,,,,50,Pro
c,2024-01-15,,,,0,Free
d,2024-01-15,,,,0,Free
d,2024-01-15,,,,50,Pro
t,2024-01-15,2024-02-15,,,0,Free
p,2024-01-15,,,paused,0,Free
late,2024-04-01,,,,0,Trial plan
"""


def test_freemium_by_hand(tmp_path):
    with dataset(tmp_path, FREE) as data:
        found = rows(data.run("freemium", Options(as_of=date(2024, 4, 20))))
        by_plan = rows(data.run("freemium", Options(as_of=date(2024, 4, 20), by="plan")))
    got = {
        (r["month"], r["within_days"]): (r["started"], r["matured"], r["converted"]) for r in found
    }
    assert got["2024-01", 30] == (3, 3, 1)
    assert got["2024-01", 90] == (3, 3, 2)  # 15 January + 90 days is 14 April
    assert got["2024-01", 180] == (3, 0, 0)
    assert got["2024-04", 30] == (1, 0, 0)
    assert got["2024-02", 30] == (0, 0, 0)
    ninety = next(r for r in found if (r["month"], r["within_days"]) == ("2024-01", 90))
    assert ninety["conversion_rate"] == pytest.approx(2 / 3, abs=1e-15)
    assert (ninety["low"], ninety["high"]) == pytest.approx(wilson(2, 3), abs=1e-12)
    assert {(r["month"], r["plan"]) for r in by_plan} == {
        ("2024-01", "Free"),
        ("2024-04", "Trial plan"),
    }


def test_segments_sum_to_the_total(tmp_path):
    from cs_core import demo

    demo.write(demo.make(accounts=200, months=18, seed=3), tmp_path)
    with open_dataset(sorted(tmp_path.glob("*.csv"))) as data:
        for metric, keys in (("trials", ["month"]), ("freemium", ["month", "within_days"])):
            total = data.run(metric).frame().set_index(keys)
            for column in ("plan", "country"):
                split = data.run(metric, Options(by=column)).frame()
                added = split.groupby(keys)[["started", "matured", "converted"]].sum()
                whole = total[total["started"] > 0][["started", "matured", "converted"]]
                assert added.astype(int).to_dict() == whole.astype(int).to_dict()
        assert data.run("trials").frame()["started"].sum() > 0


def test_currencies_that_cannot_be_joined_stand_apart(tmp_path):
    lines = """account_id,start_date,trial_end,end_date,mrr,currency,plan
a,2024-01-05,2024-01-19,,100,USD,Pro
b,2024-01-05,2024-01-19,2024-01-10,100,JPY,Basic
b,2024-01-05,2024-01-19,,100,USD,Pro
c,2024-01-07,2024-01-19,2024-01-10,100,JPY,Pro
"""
    with dataset(tmp_path, lines) as data:
        options = Options(as_of=date(2024, 2, 10), first="2024-01", last="2024-01")
        found = {r["currency"]: r for r in rows(data.run("trials", options))}
        by_plan = rows(data.run("trials", Options(**{**vars(options), "by": "plan"})))
    assert (found["USD"]["matured"], found["USD"]["converted"]) == (2, 2)
    assert (found["JPY"]["matured"], found["JPY"]["converted"]) == (2, 0)
    assert {(r["plan"], r["currency"], r["started"]) for r in by_plan} == {
        ("Pro", "USD", 2),
        ("Basic", "JPY", 1),
        ("Pro", "JPY", 1),
    }


def test_nobody_ever_paid(tmp_path):
    lines = "account_id,start_date,trial_end,end_date,mrr\na,2024-01-05,2024-01-19,2024-01-10,100\n"
    with dataset(tmp_path, lines) as data:
        found = rows(data.run("trials", Options(as_of=date(2024, 2, 10), last="2024-01")))
    assert [(r["matured"], r["converted"], r["conversion_rate"]) for r in found] == [(1, 0, 0.0)]
