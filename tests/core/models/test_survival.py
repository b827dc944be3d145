"""Survival figures: hand-worked, published, and equal to statsmodels to 1e-9."""

from __future__ import annotations

import csv
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cs_core.domain.proportion import difference, wilson
from cs_core.models.survival import hazard, kaplan_meier, log_rank

# Remission in weeks under 6-MP, Freireich et al. 1963: (week, relapsed, censored).
SIX_MP = [
    (6, 3, 1), (7, 1, 0), (9, 0, 1), (10, 1, 1), (11, 0, 1), (13, 1, 0), (16, 1, 0), (17, 0, 1),
    (19, 0, 1), (20, 0, 1), (22, 1, 0), (23, 1, 0), (25, 0, 1), (32, 0, 2), (34, 0, 1), (35, 0, 1),
]  # fmt: skip
PLACEBO = [(1, 2, 0), (2, 2, 0), (3, 1, 0), (4, 2, 0), (5, 2, 0), (8, 4, 0), (11, 2, 0),
           (12, 2, 0), (15, 1, 0), (17, 1, 0), (22, 1, 0), (23, 1, 0)]  # fmt: skip


def lives(path: Path, time: str, event: str, group: str | None = None) -> dict[str, list]:
    """Counts `(tenure, churned, censored)` by the values of a column."""
    groups: dict[str, list[tuple[int, int, int]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            left = row[event] in {"1", "Yes"}
            key = row[group] if group else "all"
            groups.setdefault(key, []).append((int(row[time]), int(left), int(not left)))
    return groups


def at(rows: list, tenure: int) -> float:
    return [row.survival for row in rows if row.tenure <= tenure][-1]


def test_hand_worked_curve() -> None:
    # 5 customers: one leaves at 1, one seen to 2, one leaves at 3, two open at 4.
    rows = kaplan_meier([(1, 1, 0), (2, 0, 1), (3, 1, 0), (4, 0, 2)])
    assert [row.at_risk for row in rows] == [5, 4, 3, 2]
    assert [row.survival for row in rows] == pytest.approx([4 / 5, 4 / 5, 8 / 15, 8 / 15])
    # Greenwood at 3: S sqrt(1/(5*4) + 1/(3*2)).
    assert rows[2].std_error == pytest.approx(8 / 15 * math.sqrt(1 / 20 + 1 / 6), abs=1e-15)
    assert {row.median for row in rows} == {None}


def test_published_six_mp_curve_and_log_rank() -> None:
    rows = kaplan_meier(SIX_MP)
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert {t: round(at(rows, t), 3) for t in published} == published
    assert rows[0].median == 23
    result = log_rank([SIX_MP, PLACEBO])
    assert result.chi2 == pytest.approx(16.79, abs=0.005)
    assert result.df == 1


def test_ends_of_the_curve() -> None:
    nobody_left = kaplan_meier([(3, 0, 4)])
    assert (nobody_left[0].survival, nobody_left[0].low, nobody_left[0].high) == (1.0, None, None)
    everybody_left = kaplan_meier([(2, 2, 0), (5, 2, 0)])
    last = everybody_left[-1]
    assert (last.survival, last.std_error, last.low, last.high) == (0.0, 0.0, None, None)
    assert last.median == 2  # S(2) is exactly one half
    assert kaplan_meier([]) == []


def test_order_and_splitting_of_counts_do_not_matter() -> None:
    split = [(6, 1, 0), (6, 2, 1), (8, 0, 0), *reversed(SIX_MP[1:])]
    assert kaplan_meier(split) == kaplan_meier(SIX_MP)


def test_log_rank_without_comparison_is_null() -> None:
    assert log_rank([SIX_MP]).p is None
    assert log_rank([[(1, 0, 3)], [(2, 0, 4)]]).chi2 is None
    # A third group last seen before anybody left adds nothing.
    beside = log_rank([SIX_MP, PLACEBO, [(0, 0, 5)]])
    assert beside.df == 1
    assert beside.chi2 == pytest.approx(log_rank([SIX_MP, PLACEBO]).chi2, rel=1e-12)


@pytest.mark.parametrize("groups", [2, 3, 4, 5])
def test_log_rank_equals_statsmodels(groups: int) -> None:
    from statsmodels.duration.survfunc import survdiff

    rng = np.random.default_rng(groups)
    tenure = rng.integers(0, 15, 40 * groups)
    left = rng.integers(0, 2, 40 * groups)
    group = np.repeat(np.arange(groups), 40)
    expected = survdiff(tenure, left, group)
    counts = [
        [
            (int(t), int(s), int(1 - s))
            for t, s in zip(tenure[group == g], left[group == g], strict=True)
        ]
        for g in range(groups)
    ]
    result = log_rank(counts)
    assert (result.chi2, result.p) == pytest.approx(expected, rel=1e-9)
    assert result.df == groups - 1


@pytest.mark.shared
def test_lung(shared: Path) -> None:
    from statsmodels.duration.survfunc import SurvfuncRight

    groups = lives(shared / "survival" / "lung.csv", "time", "status", "sex")
    assert {sex: kaplan_meier(counts)[0].median for sex, counts in groups.items()} == {
        "1": 270,
        "2": 426,
    }
    result = log_rank(list(groups.values()))
    assert result.chi2 == pytest.approx(10.3267, abs=5e-5)
    assert result.p == pytest.approx(0.00131, abs=5e-6)
    for counts in groups.values():
        times, status = zip(*((time, left) for time, left, _ in counts), strict=True)
        expected = SurvfuncRight(np.array(times), np.array(status))
        rows = {row.tenure: row for row in kaplan_meier(counts)}
        for time, value, error in zip(
            expected.surv_times, expected.surv_prob, expected.surv_prob_se, strict=True
        ):
            assert rows[time].survival == pytest.approx(value, abs=1e-9)
            assert rows[time].std_error == pytest.approx(error, abs=1e-9)


@pytest.mark.shared
def test_aml(shared: Path) -> None:
    groups = lives(shared / "survival" / "aml.csv", "time", "status", "x")
    rows = kaplan_meier(groups["Maintained"])
    published = [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184]
    assert [round(row.survival, 3) for row in rows if row.churned] == published
    result = log_rank(list(groups.values()))
    assert result.chi2 == pytest.approx(3.4, abs=0.05)
    assert result.p == pytest.approx(0.0653, abs=5e-5)
    # R's survfit(conf.type = "log-log"), maintained arm at 9 weeks: 0.5081 to 0.9867.
    assert (rows[0].low, rows[0].high) == pytest.approx((0.5081, 0.9867), abs=5e-5)


@pytest.mark.shared
def test_telco(shared: Path) -> None:
    (path,) = (shared / "telco").glob("*.csv")
    rows = kaplan_meier(lives(path, "tenure", "Churn")["all"])
    published = {12: 0.8432, 24: 0.7887, 36: 0.7485, 60: 0.6644, 72: 0.5928}
    assert {t: round(at(rows, t), 4) for t in published} == published
    assert rows[-1].median is None


def test_hazard_has_a_row_for_every_tenure() -> None:
    rows = hazard([(1, 2, 1), (3, 1, 4)])
    assert [(row.tenure, row.at_risk, row.churned) for row in rows] == [
        (0, 8, 0), (1, 8, 2), (2, 5, 0), (3, 5, 1),
    ]  # fmt: skip
    assert rows[1].hazard == 0.25
    # Wilson for 1 of 5, worked by hand: (0.2 + z2/10 -+ z sqrt(.16/5 + z2/100)) / (1 + z2/5).
    assert (rows[3].low, rows[3].high) == pytest.approx((0.036224, 0.624465), abs=1e-6)
    assert hazard([]) == []


def test_wilson() -> None:
    # Newcombe 1998, table I, method 3: 81/263, 15/148, 0/20, 1/29.
    for count, total, low, high in (
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):  # fmt: skip
        assert wilson(count, total) == pytest.approx((low, high), abs=5e-5)
    assert wilson(0, 20)[0] == 0.0
    assert wilson(20, 20)[1] == 1.0
    assert wilson(0, 0) == (None, None)
    assert wilson(3, 2) == (None, None)


def test_difference_of_shares() -> None:
    # Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10.
    for counts, low, high in (
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ):
        assert difference(*counts)[1:] == pytest.approx((low, high), abs=5e-5)
    assert difference(1, 2, 0, 0) == (None, None, None)


def test_curves_need_no_heavy_import() -> None:
    script = (
        "import sys, cs_core.models.survival as s; s.kaplan_meier([(1, 1, 1)]);"
        "s.hazard([(1, 1, 1)]);"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'scipy', 'pandas')))"
    )
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", script], cwd=root, check=False).returncode == 0


def test_strata_are_not_taken_for_a_difference() -> None:
    """Two regions leave at the same pace within each currency; only the currencies differ."""
    long, short = [(20, 5, 5), (30, 5, 5)], [(1, 5, 1), (2, 5, 1)]
    twice = [(t, 2 * c, 2 * k) for t, c, k in short]
    apart = log_rank([long, short])
    assert apart.p is not None
    assert apart.p <= 0.001
    stratified = log_rank([long, [(20, 5, 5), (30, 5, 5)]], [short, twice])
    assert stratified.chi2 == pytest.approx(0, abs=1e-9)
    assert stratified.df == 1
    assert stratified.p is not None
    assert stratified.p > 0.9
    # Who has nobody in a stratum is compared in the others.
    assert log_rank([long, short], [long, []]) == apart


def test_many_small_groups_alarm_as_often_as_said() -> None:
    """Fifteen groups of 75 customers in all: the chi-squared tail alarms in a fifth."""
    from scipy.stats import chi2

    draw, told, tail, tries = np.random.default_rng(11), 0, 0, 60
    for _ in range(tries):
        life, seen = draw.exponential(20, 75), draw.uniform(0, 36, 75)
        tenure = np.minimum(life, seen).astype(int)
        left, group = (life <= seen).astype(int), draw.integers(0, 15, 75)
        counts = [
            [(int(t), int(x), int(1 - x)) for t, x in zip(tenure[own], left[own], strict=True)]
            for own in (group == g for g in range(15))
        ]
        found = log_rank(counts)
        assert found.chi2 is not None
        assert found.p is not None
        told += found.p < 0.05
        tail += chi2.sf(found.chi2, found.df) < 0.05
    assert log_rank(counts) == found
    assert told <= 0.1 * tries < tail
