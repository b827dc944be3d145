"""What must hold for any company, whatever its figures are (docs/definitions.md, section 2)."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from cs_core.datasets import Dataset, open_dataset
from cs_core.metrics.options import Options
from tests.properties.companies import Company, Line, read_as, write
from tests.properties.comparing import ORACLES, answered, differences, settled
from tests.properties.strategies import CORNERS, companies, policies

drawn = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=15,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
Rows = dict[Any, dict[str, Any]]
MRR_IN = ["opening", "new", "reactivation", "expansion", "fx", "transferred_in"]
MRR_OUT = ["contraction", "churned", "transferred_out"]


@contextmanager
def opened(company: Company) -> Iterator[Dataset]:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_dataset(write(company, Path(folder), "parquet"), read=read_as(company)) as dataset,
    ):
        yield dataset


def asked(dataset: Dataset, metric: str, **options: Any) -> Rows:
    """The rows; nothing to check where nobody has paid by as-of."""
    rows = answered(dataset, metric, Options(**options))
    assume(rows is not None)
    assert rows is not None
    return rows


def columns_of(company: Company) -> list[str]:
    found = ["plan"] if any(line.plan for line in company.lines) else []
    return found + (["country"] if company.accounts else [])


def ledger(dataset: Dataset) -> list[tuple[Any, ...]]:
    found = dataset.rows_behind("mrr_movements", {})
    wanted = ["account_id", "date", "currency", "movement", "mrr_before", "mrr_after"]
    return sorted(tuple(row[found.columns.index(name)] for name in wanted) for row in found.rows)


@drawn
@given(
    company=companies(),
    chosen=policies(),
    period=st.sampled_from(["month", "week", "quarter", "year"]),
    split=st.booleans(),
)
def test_bridges_close(company: Company, chosen: Any, period: str, split: bool) -> None:
    column = columns_of(company)[0] if split and columns_of(company) else None
    with opened(company) as dataset:
        rows = asked(dataset, "mrr_movements", period=period, policies=chosen, by=column)
    closing: dict[Any, tuple[int, int]] = {}
    for key, row in sorted(rows.items(), key=lambda item: item[0][0]):
        mrr = sum(row.get(f"{name}_mrr", 0) for name in MRR_IN)
        mrr -= sum(row.get(f"{name}_mrr", 0) for name in MRR_OUT)
        customers = row["opening_customers"] + row["new_customers"] + row["reactivated_customers"]
        customers += row.get("transferred_in_customers", 0)
        customers -= row["churned_customers"] + row.get("transferred_out_customers", 0)
        assert (mrr, customers) == (row["closing_mrr"], row["closing_customers"]), key
        opening = (row["opening_mrr"], row["opening_customers"])
        assert opening == closing.get(key[1:], (0, 0)), key
        closing[key[1:]] = (mrr, customers)
        movements = ["opening", "closing", "new", "reactivation", "expansion", *MRR_OUT]
        assert all(row.get(f"{name}_mrr", 0) >= 0 for name in movements), key


@settings(drawn, max_examples=6)
@given(company=companies(), chosen=policies(), data=st.data())
def test_segments_add_up_and_filters_pick_their_rows(
    company: Company, chosen: Any, data: Any
) -> None:
    assume(columns_of(company))
    column = data.draw(st.sampled_from(columns_of(company)))
    with opened(company) as dataset:
        for metric in ("mrr_movements", "churn", "cohorts", "retention", "survival", "renewals"):
            whole = asked(dataset, metric, policies=chosen)
            parts = asked(dataset, metric, policies=chosen, by=column)
            counted = [
                name
                for row in whole.values()
                for name, value in row.items()
                if type(value) is int and name not in ("window_months", "median")
            ]
            if metric == "survival":
                counted = ["churned", "censored"]
            for key, row in whole.items():
                own = [r for k, r in parts.items() if (*k[:-2], k[-1]) == key]
                for name in set(counted):
                    assert sum(r[name] for r in own) == row[name], (metric, key, name)
                for what in ("mrr", "customers") if metric == "mrr_movements" else ():
                    ways = [
                        sum(r.get(f"transferred_{way}_{what}", 0) for r in own)
                        for way in ("in", "out")
                    ]
                    assert ways[0] == ways[1]
            for value in dataset.segment_values(column):
                only = asked(dataset, metric, policies=chosen, where=((column, value),))
                picked = {(*k[:-2], k[-1]): r for k, r in parts.items() if k[-2] == value}
                assert differences(only, picked, breakdown=True) == [], (metric, value)


@settings(drawn, max_examples=6)
@given(company=companies(rich=False), data=st.data())
def test_row_order_and_splitting_change_nothing(company: Company, data: Any) -> None:
    shuffled = company.with_lines(tuple(data.draw(st.permutations(company.lines))))
    cut = company.with_lines(
        tuple(part for line in company.lines for part in data.draw(parts(line)))
    )
    with opened(company) as first, opened(shuffled) as second, opened(cut) as third:
        for metric in ORACLES:
            rows = asked(first, metric)
            assert asked(second, metric) == rows, metric
            if metric != "renewals":  # the cut lines have no billing interval
                assert asked(third, metric) == rows, metric
        assert ledger(first) == ledger(second) == ledger(third)


@st.composite
def parts(draw: Any, line: Line) -> Sequence[Line]:
    """The line cut in two side by side, or one after the other, with the same MRR in sum."""
    mrr = Fraction(line.monthly(discounted=True), 1_000_000)
    bare = Line(line.account, line.start, line.end, mrr, plan=line.plan)
    where = draw(st.sampled_from(["uncut", "beside", "after"]))
    if where == "beside":
        share = Fraction(round(mrr * 1_000_000 * Fraction(draw(st.integers(0, 7)), 7)), 1_000_000)
        return [replace(bare, mrr=share), replace(bare, mrr=mrr - share)]
    if where == "after":
        last = line.end or date(2024, 12, 31)
        middle = date.fromordinal(
            draw(st.integers(line.start.toordinal(), max(last, line.start).toordinal()))
        )
        # A line cannot know of an end after the last day there is.
        if middle <= default_as_of_line(line):
            return [replace(bare, end=middle), replace(bare, start=middle)]
    return [bare]


def default_as_of_line(line: Line) -> date:
    """The latest day a line names: cut there or earlier, the default as-of stays."""
    return line.end or line.start


@drawn
@given(company=companies(), chosen=policies())
def test_rates_stay_within_their_bounds(company: Company, chosen: Any) -> None:
    with opened(company) as dataset:
        kept = asked(dataset, "retention", window=1, policies=chosen)
        for key, row in kept.items():
            if row["grr"] is not None:
                assert row["grr"] <= min(1.0, row["nrr"]), key
            if row["customer_retention"] is not None:
                assert 0 <= row["customer_retention"] <= 1, key
        plain = replace(chosen, churn_denominator="start", same_period_churn="separate")
        lost = asked(dataset, "churn", policies=plain)
        same = replace(plain, currency="constant")
        for key, row in asked(dataset, "retention", window=1, policies=same).items():
            if row["customer_retention"] is not None:
                rate = lost[key]["customer_churn_rate"]
                assert row["customer_retention"] + rate == pytest.approx(1, abs=1e-15), key


@drawn
@given(company=companies(), chosen=policies())
def test_cohorts_add_up_to_the_customers_there_are(company: Company, chosen: Any) -> None:
    chosen = settled("cohorts", Options(policies=replace(chosen, currency="constant"))).policies
    with opened(company) as dataset:
        bridge = asked(dataset, "mrr_movements", policies=chosen)
        cells = asked(dataset, "cohorts", policies=chosen)
        complete = {key[0] for key, row in asked(dataset, "churn").items() if not row["partial"]}
    months = sorted({key[0] for key in bridge})
    sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for (cohort, age, currency), row in cells.items():
        month = months[months.index(cohort) + age]
        sums[month, currency][0] += row["active_customers"]
        sums[month, currency][1] += row["active_mrr"]
        assert 0 <= row["active_customers"] <= row["cohort_customers"]
        if row["gross_mrr_retention"] is not None:
            assert 0 <= row["gross_mrr_retention"] <= 1
            assert row["gross_mrr_retention"] <= row["net_mrr_retention"]
    for key, row in bridge.items():
        if key[0] in complete:
            assert sums[key] == [row["closing_customers"], row["closing_mrr"]], key


@drawn
@given(
    company=companies(),
    chosen=policies(),
    as_of=st.sampled_from(CORNERS),
    metric=st.sampled_from(sorted(ORACLES)),
)
def test_nothing_dated_later_changes_anything(
    company: Company, chosen: Any, as_of: date, metric: str
) -> None:
    def known(day: date | None) -> date | None:
        return day if day is not None and day <= as_of else None

    past = tuple(
        replace(line, end=known(line.end), requested=known(line.requested))
        for line in company.lines
        if line.start <= as_of
    )
    currencies = [{line.currency for line in lines} for lines in (past, company.lines)]
    assume(past and currencies[0] == currencies[1])
    reporting = "USD" if company.rates else None
    with opened(company) as whole, opened(company.with_lines(past)) as earlier:
        asked_then = {"as_of": as_of, "policies": chosen, "currency": reporting}
        rows = asked(whole, metric, **asked_then)
        assert asked(earlier, metric, **asked_then) == rows


@drawn
@given(company=companies(), chosen=policies())
def test_reasons_and_hazard_count_whom_bridge_and_survival_count(
    company: Company, chosen: Any
) -> None:
    with opened(company) as dataset:
        bridge = asked(dataset, "mrr_movements", policies=chosen)
        reasons = dataset.run("churn_reasons", Options(policies=chosen)).records()
        for (month, currency), row in bridge.items():
            own = [r for r in reasons if (r["month"], r["currency"]) == (month, currency)]
            assert sum(r["churned_customers"] for r in own) == row["churned_customers"]
            mrr = sum(round(Fraction(r["churned_mrr"]) * 1_000_000) for r in own)
            assert mrr == row["churned_mrr"]
        stays = asked(dataset, "survival", policies=chosen)
        hazard = dataset.run("hazard", Options(policies=chosen)).records()
        left = {(row["tenure"], row["currency"]): row for row in hazard if row["churned"]}
        for key, row in stays.items():
            if row["churned"]:
                found = (left[key]["at_risk"], left[key]["churned"])
                assert found == (row["at_risk"], row["churned"])
