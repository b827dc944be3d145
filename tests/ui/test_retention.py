"""The Retention page by weeks: the same cohorts as the core's, and a way back to longer periods."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import open_dataset
from cs_core.text import LANGUAGES, numbers, t
from cs_core.workspace import Workspace

Opened = Callable[..., AppTest]


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_cohorts_of_weeks_are_those_of_the_core(
    small: Workspace, opened: Opened, language: str
) -> None:
    with open_dataset(dataset="small", workspace=small) as dataset:
        core = dataset.query("cohorts", period="week", exact=True)
    weeks = [str(label) for label in core["cohort"].unique()]

    mark = f"retention;cohort:{weeks[-1]}"
    app = opened("retention", dataset="small", lang=language, period="week", range="all", mark=mark)

    assert not app.exception
    assert t("page.retention.each.week", language) in said(app)
    offered = [numbers.period(label, language) for label in reversed(weeks)]
    assert offered in [box.options for box in app.selectbox]


def test_half_a_year_of_weeks_is_shown_unless_another_range_is_asked(
    small: Workspace, opened: Opened
) -> None:
    app = opened("retention", dataset="small", lang="en", period="week")

    ranges = next(box for box in app.selectbox if box.label == t("filter.range.label", "en"))
    assert ranges.value == "6"
    assert not app.exception


def test_small_weeks_lead_to_months(small: Workspace, opened: Opened) -> None:
    app = opened("retention", dataset="small", lang="en", period="week", range="all")

    app.button(key="show-longer").click().run()

    assert not app.exception
    assert app.query_params["period"] in ("month", ["month"])


def test_what_the_command_line_remarks_stands_on_the_page(small: Workspace, opened: Opened) -> None:
    with open_dataset(dataset="small", workspace=small) as dataset:
        known = dataset.info.as_of
    later = known + timedelta(days=30)

    app = opened("retention", dataset="small", lang="en", asof=later.isoformat())

    assert f"until {known}; what lies after it, up to {later}" in said(app)
