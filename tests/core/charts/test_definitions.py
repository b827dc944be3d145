"""The charts of two definitions and of conversion."""

from decimal import Decimal

import pandas
import pytest

from cs_core import charts
from cs_core.charts.theme import Look

NAMES = ("Ours", "Theirs")


def test_two_definitions_have_a_mark_a_period_each_and_no_figure_is_no_mark():
    figures = {"2024-01": (None, 0.02), "2024-02": (0.06, 0.0727)}
    drawing = charts.side_by_side.draw(figures, names=NAMES, kind="rate")
    values = drawing.frame.set_index(["period", "series"])["value"]
    assert values["2024-02", "b"] == 0.0727
    assert pandas.isna(values["2024-01", "a"])
    assert drawing.frame["who"].tolist() == [*NAMES, *NAMES]


def test_the_waterfall_goes_from_one_end_to_the_other():
    effects = {"churn_date": 0.0, "churn_denominator": -0.005, "same_period_churn": 0.0175}
    words = {name: name for name in effects}
    drawing = charts.attribution.draw(
        (0.06, 0.0725), effects, names=NAMES, words=words, kind="rate"
    )
    marks = drawing.frame.set_index("part")
    assert marks.index.tolist() == ["a", "churn_denominator", "same_period_churn", "b"]
    assert marks.loc["same_period_churn", "end"] == pytest.approx(0.0725)
    assert marks["label"].tolist() == ["6.00%", "−0.50 pt", "+1.75 pt", "7.25%"]


def test_money_and_counts_are_said_in_their_own_way():
    look = Look("light", "ja", "JPY")
    ends, effects = (Decimal(443_000), Decimal(400_000)), {"trial": Decimal(-43_000)}
    money = charts.attribution.draw(
        ends, effects, look, names=NAMES, words={"trial": "x"}, kind="money"
    )
    assert money.frame["label"].tolist() == ["44.3万円", "−4.3万円", "40.0万円"]
    count = charts.attribution.draw(
        (7, 9), {"trial": 2}, names=NAMES, words={"trial": "x"}, kind="count"
    )
    assert count.frame["label"].tolist() == ["7", "+2", "9"]


def test_conversion_leaves_out_what_has_not_matured():
    frame = pandas.DataFrame(
        [
            ("2024-01", 30, 40, 40, 10, 0.25, 0.14, 0.4, False),
            ("2024-02", 30, 40, 0, 0, None, None, None, True),
            ("2024-01", 90, 40, 20, 10, 0.5, 0.3, 0.7, True),
        ],
        columns=[
            *("month", "within_days", "started", "matured", "converted"),
            *("conversion_rate", "low", "high", "small_sample"),
        ],
    )
    drawing = charts.conversion_rate.draw(frame)
    assert drawing.frame[["period", "series"]].to_numpy().tolist() == [
        ["2024-01", "30"],
        ["2024-01", "90"],
    ]
    assert drawing.frame["of_text"].tolist() == ["10 of 40", "10 of 20"]
    alone = charts.conversion_rate.draw(frame.drop(columns="within_days").head(1))
    assert alone.frame["series"].tolist() == ["0"]
