"""What the lifetime-value charts draw, checked against figures worked out by hand."""

from __future__ import annotations

import altair
import pandas
import pytest

from cs_core import charts
from cs_core.charts import Look, export

LOOKS = [Look(), Look("dark", "ja"), Look("light", "ja", "USD", projector=True)]
FAN = pandas.DataFrame(
    {
        "month": range(4),
        "scenario": [0.0, 90.0, 170.0, 240.0],
        "baseline": [0.0, 80.0, 150.0, 210.0],
        "low80": [0.0, 85.0, 160.0, 225.0],
        "high80": [0.0, 95.0, 180.0, 255.0],
        "low95": [0.0, 80.0, 150.0, 210.0],
        "high95": [0.0, 99.0, 190.0, 270.0],
    }
)
STAYING = pandas.DataFrame(
    {"month": range(3), "scenario": [1, 0.9, 0.8], "baseline": [1, 0.8, 0.7]}
)
DRAWS = pandas.DataFrame({"value": [1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 5.0]})
LEVERS = pandas.DataFrame(
    [("ARPA", -10_000.0, 10_000.0), ("Churn", -4_000.0, 5_000.0)],
    columns=["name", "worse", "better"],
)
SCENARIOS = pandas.DataFrame(
    [("Baseline", 100.0, 80.0, 120.0, False), ("+8 %", 110.0, 90.0, 130.0, True)],
    columns=["name", "value", "low", "high", "current"],
)
FIT = pandas.DataFrame(
    {
        "age": range(6),
        "observed": [1.0, 0.9, 0.8, 0.75, 0.7, None],
        "at_risk": [100, 90, 80, 75, 70, 0],
        "fitted": [1.0, 0.9, 0.82, 0.76, 0.72, 0.7],
        "naive": [1.0, 0.9, 0.81, 0.73, 0.66, 0.59],
    }
)
BASE = pandas.DataFrame(
    [("0–3", 70_000.0, 50_000.0), ("4+", 90_000.0, 40_000.0)], columns=["name", "value", "naive"]
)
EVERY = {
    "base": lambda look: charts.base_value.draw(BASE, look),
    "fan": lambda look: charts.value_fan.draw(FAN, look, cac=100.0),
    "mrr": lambda look: charts.mrr_projection.draw(FAN, look),
    "staying": lambda look: charts.staying.draw(STAYING, look),
    "spread": lambda look: charts.value_spread.draw(
        DRAWS, look, percentiles={"P10": 1.5, "P50": 3.0, "P90": 4.5}
    ),
    "tornado": lambda look: charts.tornado.draw(LEVERS, look),
    "scenarios": lambda look: charts.scenarios.draw(SCENARIOS, look),
    "fit": lambda look: charts.retention_fit.draw(FIT, look, until=3),
}


@pytest.mark.parametrize("look", LOOKS, ids=["en-light", "ja-dark", "projector"])
@pytest.mark.parametrize("name", EVERY)
def test_every_chart_is_valid_and_has_a_picture(name, look) -> None:
    drawing = EVERY[name](look)
    altair.Chart.from_dict(drawing.standalone())  # validates against the Vega-Lite schema
    svg = export.svg(drawing, width=350).decode()
    assert "NaN" not in svg
    assert "undefined" not in svg
    assert svg.count("<path") > 3, "marks were drawn"


def test_the_specification_does_not_depend_on_the_figures() -> None:
    again = charts.value_fan.draw(FAN * 2 // 1, Look(), cac=50.0)
    moved = FAN.assign(scenario=FAN["scenario"] * 3)
    assert charts.value_fan.draw(moved, Look()).spec is charts.value_fan.draw(FAN, Look()).spec
    assert again.look == Look()


def test_a_projector_has_larger_type() -> None:
    def size(look):
        return charts.staying.draw(STAYING, look).spec["config"]["axis"]["labelFontSize"]

    assert size(Look(projector=True)) == pytest.approx(1.3 * size(Look()))


def test_the_spread_counts_every_draw() -> None:
    marks = charts.value_spread.draw(DRAWS, Look(), percentiles={"P50": 3.0}).frame
    bins = marks[marks["part"] == "bin"]
    assert bins["count"].sum() == len(DRAWS)
    assert (bins["from"].min(), bins["to"].max()) == (1.0, 5.0)
    assert marks[marks["part"] == "mark"]["text"].tolist() == ["P50"]


def test_the_spread_of_a_certain_value_has_a_width() -> None:
    bins = charts.value_spread.draw(DRAWS.assign(value=7.0), Look()).frame
    assert bins["count"].sum() == len(DRAWS)
    assert bins["from"].min() < 7.0 < bins["to"].max()


def test_the_tornado_says_signed_money() -> None:
    marks = charts.tornado.draw(LEVERS, Look()).frame
    assert marks["text"].tolist() == ["−¥10k", "+¥10k", "−¥4,000", "+¥5,000"]
    assert marks["row"].tolist() == ["000", "000", "001", "001"]  # in the order given


def test_dots_only_where_something_was_seen() -> None:
    marks = charts.retention_fit.draw(FIT, Look("light", "ja"), until=3).frame
    ages = marks[marks["part"] == "age"]
    assert ages["observed"].notna().sum() == 5
    assert ages["seen"].tolist() == [True] * 4 + [False] * 2
    labels = marks[marks["part"] == "label"].set_index("slot")["text"]
    assert labels["upper"] == "sBG曲線"
    assert labels["lower"] == "一定の解約率"


def test_the_base_has_two_bars_a_row_in_the_order_of_tenure() -> None:
    marks = charts.base_value.draw(BASE, Look()).frame
    assert marks["row"].tolist() == ["000", "000", "001", "001"]
    assert marks["part"].tolist() == ["value", "naive"] * 2
    assert marks["text"].tolist() == ["¥70k", "¥50k", "¥90k", "¥40k"]
