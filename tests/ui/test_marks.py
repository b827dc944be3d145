"""A mark of a chart and the list behind it say the same; all marks: `tests/bench/marks.py`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.domain.policies import Policies
from cs_core.metrics.options import Options
from cs_core.workspace import Workspace
from tests.ui import marks

Opened = Callable[..., AppTest]
FIRST = "2023-09"  # of the last 24 complete months of the sample


@pytest.fixture
def ours(workspace: Workspace) -> Workspace:
    datasets.import_files(datasets.sample_files(), "ours", workspace)
    return workspace


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> marks.Drawn:
    found = marks.Drawn()
    found.watch(monkeypatch)
    return found


@pytest.mark.parametrize("page", marks.OF_PAGE)
def test_a_mark_and_its_list_are_the_same(
    ours: Workspace, opened: Opened, drawn: marks.Drawn, page: str
) -> None:
    at = opened(page, dataset="ours", lang="en")
    assert not at.exception
    assert not at.error
    with datasets.open_dataset(dataset="ours", workspace=ours) as dataset:
        assert marks.wrong(drawn, page, dataset, Options(first=FIRST), every=9) == []


def test_under_another_tools_definitions_too(
    ours: Workspace, opened: Opened, drawn: marks.Drawn
) -> None:
    opened("churn", dataset="ours", lang="en", policies="stripe")
    options = Options(first=FIRST, policies=Policies.of("stripe"))
    with datasets.open_dataset(dataset="ours", workspace=ours) as dataset:
        assert marks.wrong(drawn, "churn", dataset, options, every=12) == []


def test_a_segments_mark_is_its_last_year(
    ours: Workspace, opened: Opened, drawn: marks.Drawn
) -> None:
    opened("churn", dataset="ours", lang="en", by="plan")
    with datasets.open_dataset(dataset="ours", workspace=ours) as dataset:
        tried = list(marks.groups(drawn, dataset, "plan"))
    assert len(tried) > 2
    assert [one for one in tried if one[1] != one[2]] == []


def test_a_mark_that_means_nothing_opens_nothing(ours: Workspace, opened: Opened) -> None:
    for mark in ("churn;period:1999-01", "churn;what:x", "overview;movement:opening", "x;y:z"):
        at = opened("churn", dataset="ours", lang="en", mark=mark)
        assert not at.exception
        assert not at.error
        assert not [box for box in at.selectbox if str(box.key).startswith("choose-churn")]
