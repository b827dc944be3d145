"""Charts of accounts at risk: what is drawn, and that it can be read in every look."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas
import pytest

from cs_core import charts
from cs_core.charts import Look, Story, export

LOOKS = [Look(theme, language) for theme in ("light", "dark") for language in ("en", "ja")]


def cells(loss: float | None = 120_000.0) -> pandas.DataFrame:
    rows = []
    for segment, mrr in (("Team", 900_000), ("Solo", 90_000)):
        for colour, part in (("green", 6), ("yellow", 3), ("red", 0)):
            rows.append(
                {
                    "segment": segment,
                    "label": segment,
                    "colour": colour,
                    "mrr": Decimal(mrr * part) / 10,
                    "accounts": part,
                    "mrr_at_risk": Decimal(mrr * part) / 100,
                    "loss": loss,
                    "low": None if loss is None else 0.001 * loss,
                    "high": None if loss is None else 2 * loss,
                }
            )
    return pandas.DataFrame(rows)


def story(first: date = date(2025, 1, 10)) -> Story:
    return Story(
        first,
        date(2025, 9, 17),
        [(date(2024, 1, 5), 100.0), (date(2025, 5, 1), 250.0)],
        [(date(2025, month, 28), 10.0 * month) for month in range(1, 9)],
        [(date(2025, 3, 3), 2)],
        [(date(2025, 4, 4), 9.0), (date(2025, 8, 8), 3.0)],
        [(date(2025, 5, 1), "expansion")],
    )


BANDS = pandas.DataFrame(
    {
        "predicted": [0.02, 0.2],
        "happened": [0.03, 0.15],
        "low": [0.01, 0.1],
        "high": [0.05, 0.2],
        "rows": [900, 100],
    }
)


@pytest.mark.parametrize("look", LOOKS)
def test_pictures_in_every_look(look: Look) -> None:
    for drawing in (
        charts.segment_health.draw(cells(), look),
        charts.calibration.draw(BANDS, look),
        charts.account_history.draw(story(), look),
    ):
        assert export.png(drawing).startswith(b"\x89PNG")
        assert "vl_convert" not in str(drawing.spec)


def test_a_cell_says_mrr_and_accounts_and_is_empty_without_any() -> None:
    marks = charts.segment_health.draw(cells(), Look()).frame
    at = marks.set_index(["segment", "health"])
    assert at.loc[("Team", "green"), "amount"] == "¥540k"
    assert at.loc[("Team", "green"), "count"] == "6 accounts"
    assert at.loc[("Team", "red"), "amount"] == ""
    assert at.loc[("Team", "red"), "fill"] == "transparent"
    # Tinted within each colour: the larger MRR is the stronger.
    assert at.loc[("Team", "green"), "fill"] != at.loc[("Solo", "green"), "fill"]


def test_the_loss_says_its_unit_once() -> None:
    english = charts.segment_health.draw(cells(), Look()).frame
    japanese = charts.segment_health.draw(cells(380_000.0), Look(language="ja")).frame
    assert set(english[english["health"] == "loss"]["count"]) == {"¥0–240k"}
    assert set(japanese[japanese["health"] == "loss"]["count"]) == {"0円–76.0万円"}


def test_without_a_model_there_is_no_loss() -> None:
    drawing = charts.segment_health.draw(cells(None), Look())
    assert "loss" not in set(drawing.frame["health"])
    domain = drawing.spec["encoding"]["x"]["scale"]["domain"]
    assert domain == ["green", "yellow", "red"]


def test_mrr_before_the_window_reaches_into_it() -> None:
    marks = charts.account_history.draw(story(), Look()).frame
    mrr = marks[marks["lane"] == "mrr"]
    assert list(mrr["at"]) == [0, 111, 250]
    assert list(mrr["value"]) == ["¥100", "¥250", "¥250"]


def test_lanes_are_only_for_what_is_known() -> None:
    alone = Story(date(2025, 1, 1), date(2025, 9, 1), [(date(2025, 1, 1), 5.0)])
    drawing = charts.account_history.draw(alone, Look())
    assert set(drawing.frame["lane"]) == {"mrr"}
    assert drawing.frame["base"].max() == 0
