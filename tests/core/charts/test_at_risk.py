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
        [
            (date(2025, 1, 1), 90.0, "green", "before the window"),
            (date(2025, 6, 30), 72.0, "green", "● 72"),
            (date(2025, 9, 17), 38.0, "red", "■ 38 · leaves in 90 days 41%"),
        ],
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


def test_scores_stand_as_they_were_said() -> None:
    marks = charts.account_history.draw(story(), Look()).frame
    scores = marks[marks["lane"] == "score"]
    assert list(scores["value"]) == ["● 72", "■ 38 · leaves in 90 days 41%"]
    assert list(scores["group"]) == ["good", "bad"]
    assert list(scores["top"]) == pytest.approx([0.78 * 0.72, 0.78 * 0.38])


ANSWERS = pandas.DataFrame(
    {
        "month": ["2025-Q1", "2025-Q2", "2025-Q3"],
        "segment": ["Team", None, "Solo"],
        "nps": [12.4, -30.0, None],
        "low": [-2.0, -60.0, None],
        "high": [26.0, 4.0, None],
        "responses": [120, 29, 12],
    }
)
FOLLOWED = pandas.DataFrame(
    {
        "horizon_days": [90, 90, 180],
        "answer_group": ["promoters", "detractors", "promoters"],
        "answers": [200, 20, 150],
        "followed_by_churn": [8, 4, 12],
        "churn_rate": [0.04, 0.2, 0.08],
        "low": [0.02, 0.08, 0.05],
        "high": [0.08, 0.42, 0.13],
        "small_sample": [False, True, False],
    }
)


@pytest.mark.parametrize("look", LOOKS)
def test_nps_in_every_look(look: Look) -> None:
    for drawing in (
        charts.nps_history.draw(ANSWERS, look),
        charts.nps_segments.draw(ANSWERS.head(2), look, whole=3.0),
        charts.nps_churn.draw(FOLLOWED, look),
    ):
        assert export.png(drawing).startswith(b"\x89PNG")


def test_nps_says_its_interval_and_small_samples() -> None:
    marks = charts.nps_history.draw(ANSWERS, Look()).frame
    assert list(marks["nps_text"]) == ["12", "−30"]  # a period without a score is not drawn
    assert list(marks["interval_text"]) == ["−2 – 26", "−60 – 4"]
    assert list(marks["small"]) == [False, True]
    rows = charts.nps_segments.draw(ANSWERS.head(2), Look(), whole=3.0).frame
    assert list(rows["name"]) == ["Team", "(blank)"]
    churn = charts.nps_churn.draw(FOLLOWED, Look()).frame
    assert list(churn["row"]) == ["000", "002", "000"]
    assert list(churn["rate_text"]) == ["4.0%", "20.0%", "8.0%"]
    assert list(churn["of_text"])[1] == "4 of 20"


def test_lanes_are_only_for_what_is_known() -> None:
    alone = Story(date(2025, 1, 1), date(2025, 9, 1), [(date(2025, 1, 1), 5.0)])
    drawing = charts.account_history.draw(alone, Look())
    assert set(drawing.frame["lane"]) == {"mrr"}
    assert drawing.frame["base"].max() == 0
