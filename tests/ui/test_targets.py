"""Targets: kept with the dataset, said on the tile, never for what they do not fit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from cs_core.workspace import Workspace
from pages.analyse.overview import targets

Opened = Callable[..., AppTest]


@pytest.fixture
def aimed(small: Workspace) -> Workspace:
    small.set_setting(
        f"targets:{small.dataset('small').id}",
        {
            "mrr.JPY": 200_000.0,
            "customers": 30.0,
            "customer_churn_rate.month": 0.02,
            "nrr": 1.05,
            "grr": 0.305,
        },
    )
    return small


def notes(at: AppTest) -> list[str]:
    said = [element.value for element in at.markdown]
    return [text for text in said if "target" in text or "目標" in text]


def test_a_target_is_said_on_its_tile(aimed: Workspace, opened: Opened) -> None:
    said = notes(opened("overview", dataset="small", lang="en"))

    assert any("target ¥200k · below" in text for text in said)
    assert any("target 30 · met" in text for text in said)
    assert any("target 2% · " in text for text in said)
    assert any("target 105% · below" in text for text in said)
    assert any("target 30.5% · met" in text for text in said)


def test_a_target_in_japanese(aimed: Workspace, opened: Opened) -> None:
    said = notes(opened("overview", dataset="small", lang="ja"))

    assert any("目標 20.0万円・未達" in text for text in said)
    assert any("目標 30社・達成" in text for text in said)


def test_totals_have_no_target_among_a_part_of_the_customers(
    aimed: Workspace, opened: Opened
) -> None:
    said = notes(opened("overview", dataset="small", lang="en", where="plan:Growth"))

    assert any("target 105%" in text for text in said)
    assert not any("¥200k" in text or "target 30 " in text for text in said)


def test_a_monthly_churn_target_is_none_of_a_quarter(aimed: Workspace, opened: Opened) -> None:
    said = notes(opened("overview", dataset="small", lang="en", period="quarter"))

    assert any("target 105%" in text for text in said)
    assert not any("target 2%" in text for text in said)


def test_what_others_report_stands_beside_the_churn_rate(small: Workspace, opened: Opened) -> None:
    at = opened("overview", dataset="small", lang="en")

    churn = next(metric for metric in at.metric if metric.label == "Customer churn")
    assert "Sansan" in churn.help
    assert "quoted, unverified" in churn.help


def test_the_form_keeps_what_is_typed_and_forgets_what_is_emptied(
    small: Workspace, opened: Opened
) -> None:
    at = opened("overview", dataset="small", lang="en")
    at.session_state["targets"] = True
    at.run()
    field = next(item for item in at.number_input if item.label == "NRR, 12 months (%)")
    field.set_value(104.5).run()
    assert small.setting(f"targets:{small.dataset('small').id}") == {"nrr": pytest.approx(1.045)}
    assert any("target 104.5%" in text for text in notes(at))
    next(item for item in at.number_input if item.label == field.label).set_value(None).run()
    assert small.setting(f"targets:{small.dataset('small').id}") == {}


def test_every_target_has_a_tile() -> None:
    assert set(targets.RATES) | set(targets.MONEY) | {"customers"} == set(targets.FIGURES)
