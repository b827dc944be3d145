"""Lessons on what a monthly rate says of a longer time."""

from __future__ import annotations

import numpy as np
import pandas

from cs_core.lessons.lesson import Figure, Lesson, Outcome, Picture, Setting, Values

CHURN = Setting("churn", 0.05, 0.005, 0.20, 0.005, digits=1)
LOYAL = Setting("loyal_churn", 0.02, 0.005, 0.10, 0.005, digits=1)
FICKLE = Setting("fickle_churn", 0.20, 0.02, 0.40, 0.01)
YEAR = 12
LONG = 36  # months drawn where a lifetime is the point


def line(key: str, at: list[float] | range, values: list[float]) -> pandas.DataFrame:
    """One line of a chart of lines."""
    return pandas.DataFrame({"line": key, "name": key, "at": list(at), "value": values})


def annual_churn(monthly: float) -> float:
    """The share that has left after twelve months at one monthly rate."""
    return 1 - (1 - monthly) ** YEAR


def _compound(values: Values, _: int) -> Outcome:
    churn = values["churn"]
    months = range(YEAR + 1)
    added = [max(0.0, 1 - churn * month) for month in months]
    real = [(1 - churn) ** month for month in months]
    frame = pandas.concat([line("added", months, added), line("real", months, real)])
    return Outcome(
        {
            "annual": Figure(annual_churn(churn), "rate"),
            "added": Figure(churn * YEAR, "rate", 0),
            "left": Figure(1 - annual_churn(churn), "rate"),
            "second": Figure(churn * (1 - churn), "rate", 2),
        },
        (Picture("lesson_lines", frame, named=("name",)),),
    )


COMPOUND = Lesson(
    "compound", "churn", _compound, (CHURN,), ("times", "power", "same"), "power", "annual"
)


def two_kinds(loyal: float, fickle: float, months: int) -> tuple[list[float], list[float]]:
    """Half leave at one constant monthly rate, half at another: the shares of each half still
    there after 0 … `months` months."""
    return (
        [(1 - loyal) ** month for month in range(months + 1)],
        [(1 - fickle) ** month for month in range(months + 1)],
    )


def _lifetime(values: Values, _: int) -> Outcome:
    loyal, fickle = values["loyal_churn"], values["fickle_churn"]
    mean = (loyal + fickle) / 2
    stayers, leavers = two_kinds(loyal, fickle, LONG)
    months = range(LONG + 1)
    both = [(a + b) / 2 for a, b in zip(stayers, leavers, strict=True)]
    frame = pandas.concat(
        [
            line("formula", months, [(1 - mean) ** month for month in months]),
            line("both", months, both),
        ]
    )
    return Outcome(
        {
            "mean_churn": Figure(mean, "rate"),
            "formula": Figure(1 / mean, "months", 1),
            "truth": Figure((1 / loyal + 1 / fickle) / 2, "months", 1),
            "loyal_months": Figure(1 / loyal, "months", 0),
            "fickle_months": Figure(1 / fickle, "months", 0),
        },
        (Picture("lesson_lines", frame, named=("name",)),),
    )


LIFETIME = Lesson(
    "lifetime",
    "lifetime_value",
    _lifetime,
    (LOYAL, FICKLE),
    ("longer", "shorter", "equal"),
    "longer",
    "truth",
)


def _loyal(values: Values, _: int) -> Outcome:
    stayers, leavers = two_kinds(values["loyal_churn"], values["fickle_churn"], YEAR + 1)
    both = np.add(stayers, leavers)
    rates = 1 - both[1:] / both[:-1]  # of those still there after 0 … 12 months
    months = range(YEAR + 1)
    frame = pandas.concat(
        [
            line("cohort", months, rates.tolist()),
            line("loyal", months, [values["loyal_churn"]] * (YEAR + 1)),
            line("fickle", months, [values["fickle_churn"]] * (YEAR + 1)),
        ]
    )
    return Outcome(
        {
            "first": Figure(float(rates[0]), "rate"),
            "later": Figure(float(rates[YEAR]), "rate"),
            "loyal_share": Figure(stayers[YEAR] / float(both[YEAR]), "rate", 0),
        },
        (Picture("lesson_lines", frame, {"top": None}, named=("name",)),),
    )


FALLING = Lesson(
    "falling",
    "retention",
    _loyal,
    (LOYAL, FICKLE),
    ("loyalty", "sorting", "cannot_tell"),
    "cannot_tell",
    "later",
)


HISTORY = Setting("history", 24, 6, 60, 6, "months")


def stays_of_leavers(churn: float, months: int) -> tuple[float, float]:
    """One customer joins each month for `months` months and leaves at one monthly rate: the mean
    stay of those who have left by then, and the share of all who are still there.

    Who joined `age` months ago can have left after 1 … `age` months.
    """
    stays = range(1, months + 1)
    left = [churn * (1 - churn) ** (stay - 1) * (months - stay + 1) for stay in stays]
    mean = sum(stay * share for stay, share in zip(stays, left, strict=True)) / sum(left)
    return mean, 1 - sum(left) / months


def _leavers(values: Values, _: int) -> Outcome:
    churn, months = values["churn"], round(values["history"])
    mean, still = stays_of_leavers(churn, months)
    truth = 1 / churn
    frame = pandas.DataFrame(
        {"name": ["leavers", "truth"], "value": [mean, truth], "true": [False, True]}
    )
    return Outcome(
        {
            "leavers": Figure(mean, "months", 1),
            "truth": Figure(truth, "months", 0 if truth == round(truth) else 1),
            "still": Figure(still, "rate", 0),
        },
        (Picture("lesson_bars", frame, {"unit": "number"}, named=("name",)),),
    )


LEAVERS = Lesson(
    "leavers",
    "retention",
    _leavers,
    (CHURN, HISTORY),
    ("too_short", "right", "too_long"),
    "too_short",
    "leavers",
)

RENEWED = Setting("renewed", 0.76, 0.40, 0.98, 0.02)


def _renewal(values: Values, _: int) -> Outcome:
    lost = 1 - values["renewed"]
    monthly = lost / YEAR
    frame = pandas.DataFrame(
        {
            "name": ["renewal", "believed", "monthly"],
            "value": [values["renewed"], lost, monthly],
            "true": [False, False, True],
        }
    )
    return Outcome(
        {
            "monthly": Figure(monthly, "rate"),
            "lost": Figure(lost, "rate", 0),
            "kept": Figure(1 - monthly, "rate"),
            "due": Figure(1 / YEAR, "rate"),
        },
        (Picture("lesson_bars", frame, named=("name",)),),
    )


RENEWAL = Lesson(
    "renewal",
    "renewals",
    _renewal,
    (RENEWED,),
    ("worse", "same", "not_comparable"),
    "not_comparable",
    "monthly",
)
