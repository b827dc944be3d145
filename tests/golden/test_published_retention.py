"""The retention curves against the figures their authors printed, by the command line's door.

Fader & Hardie 2007, How to Project Customer Retention, and 2014, A Spreadsheet-Literate
Non-Statistician's Guide to the Beta-Geometric Model: one cohort. Fader & Hardie 2007, Fitting the
sBG Model to Multi-Cohort Data (brucehardie.com/notes/017): cohort by period. Fader, Hardie, Liu,
Davin & Steenburgh 2018, "How to Project Customer Retention" Revisited: the BdW and the sBG on
the first four renewals, with the likelihood-ratio test between them.
"""

from __future__ import annotations

import json

import pytest
from scipy.stats import chi2

from cs_core.cli import main

REGULAR = (1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173)
HIGH_END = (1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394)
COHORT = (10_000, 8_000, 6_480, 5_307, 4_391)


def by_age(survivors: tuple[int, ...]) -> str:
    return "age,survivors\n" + "".join(f"{age},{n}\n" for age, n in enumerate(survivors))


# Five cohorts, one a year from 2003, each lasting like the others, as of 2007.
CALENDAR = "cohort,2003,2004,2005,2006,2007\n" + "".join(
    ",".join([str(2003 + n), *[""] * n, *map(str, COHORT[: 5 - n])]) + "\n" for n in range(5)
)
AGES = "cohort,0,1,2,3,4\n" + "".join(
    ",".join([str(2003 + n), *map(str, COHORT[: 5 - n]), *[""] * n]) + "\n" for n in range(5)
)


@pytest.fixture
def fitted(tmp_path, capsys):
    """`fit` on a file of this text."""

    def run(text: str, model: str, *words: str) -> dict:
        path = tmp_path / "survivors.csv"
        path.write_text(text, "utf-8")
        assert main(["fit", str(path), "--model", model, *words, "--format", "json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.parametrize("table", [CALENDAR, AGES], ids=["calendar columns", "age columns"])
def test_several_cohorts_by_period(fitted, table) -> None:
    found = fitted(table, "sbg")
    assert {name: round(value, 2) for name, value in found["parameters"].items()} == {
        "alpha": 3.80,
        "beta": 15.19,
    }
    # The table was made from the curve, rounded to whole customers.
    assert [round(10_000 * share) for share in found["survival"]] == list(COHORT)


def test_four_renewals_by_the_spreadsheet_guide(fitted) -> None:
    found = fitted(by_age(REGULAR[:5]), "sbg", "--periods", "12")
    assert {name: round(value, 3) for name, value in found["parameters"].items()} == {
        "alpha": 0.764,
        "beta": 1.296,
    }


@pytest.mark.parametrize(
    ("survivors", "model", "parameters", "log_likelihood"),
    [
        (REGULAR, "sbg", {"alpha": 0.764, "beta": 1.296}, -1401.6),
        (REGULAR, "bdw", {"alpha": 0.523, "beta": 0.894, "c": 1.196}, -1401.4),
        (HIGH_END, "sbg", {"alpha": 1.281, "beta": 7.790}, -1225.1),
        (HIGH_END, "bdw", {"alpha": 0.259, "beta": 1.722, "c": 1.584}, -1222.7),
    ],
)
def test_duration_dependence(fitted, survivors, model, parameters, log_likelihood) -> None:
    found = fitted(by_age(survivors), model, "--fit-periods", "4")
    assert found["parameters"] == pytest.approx(parameters, abs=1e-3)
    assert round(found["log_likelihood"], 1) == log_likelihood
    assert [check["age"] for check in found["held_back"]] == list(range(5, 13))


def test_only_the_high_end_needs_duration_dependence(fitted) -> None:
    """2 x the gain in log-likelihood: 0.35 (p 0.553) for regular, 4.77 (p 0.029) for high end."""
    for survivors, ratio, p in ((REGULAR, 0.35, 0.553), (HIGH_END, 4.77, 0.029)):
        sbg, bdw = (
            fitted(by_age(survivors), model, "--fit-periods", "4")["log_likelihood"]
            for model in ("sbg", "bdw")
        )
        assert round(2 * (bdw - sbg), 2) == ratio
        assert round(float(chi2.sf(2 * (bdw - sbg), 1)), 3) == p


def test_heterogeneity_hides_behind_the_dip(fitted) -> None:
    """The polarization index 1 / (alpha + beta + 1) of the high end: 0.099 by the sBG, 0.335 by
    the BdW; the mean of theta 0.141 and 0.131."""
    for model, index, mean in (("sbg", 0.099, 0.141), ("bdw", 0.335, 0.131)):
        found = fitted(by_age(HIGH_END), model, "--fit-periods", "4")
        alpha, beta = found["parameters"]["alpha"], found["parameters"]["beta"]
        assert round(1 / (alpha + beta + 1), 3) == index
        assert round(found["mean_churn"], 3) == mean


def test_the_bdw_projects_the_high_end_better(fitted) -> None:
    """From four renewals, eight ahead: the paper's reason to have it."""
    errors = {}
    for model in ("sbg", "bdw"):
        found = fitted(by_age(HIGH_END), model, "--fit-periods", "4")
        errors[model] = sum(
            abs(check["fitted"] - check["observed"]) for check in found["held_back"]
        )
    assert errors["bdw"] < errors["sbg"] / 2
