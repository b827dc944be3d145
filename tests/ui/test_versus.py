"""Two groups beside each other on the pages that have segments, as the address names them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.studies.versus import compared
from cs_core.text import LANGUAGES, numbers, t
from cs_core.workspace import Workspace

Opened = Callable[..., AppTest]


@pytest.mark.parametrize(
    ("page", "lang"), [("overview", "en"), ("retention", "ja"), ("churn", LANGUAGES[0])]
)
def test_the_table_is_the_cores(workspace: Workspace, opened: Opened, page: str, lang: str) -> None:
    datasets.import_files(datasets.sample_files(), "ours", workspace)
    at = opened(page, dataset="ours", lang=lang, versus="plan:Team,Starter")
    assert not at.exception
    assert not at.error
    with datasets.open_dataset(dataset="ours", workspace=workspace) as dataset:
        frames = [
            dataset.query(metric, by="plan", exact=True)
            for metric in ("mrr_movements", "churn", "retention")
        ]
    rows = compared(*frames, "plan", ("Team", "Starter"), "month")
    table = next(f for f in at.dataframe if "means" in f.value.columns).value
    assert list(table["measure"]) == [t(f"page.versus.of.{row.measure}", lang) for row in rows]
    assert table["one"][3] == numbers.rate(rows[3].one)
    assert table["gap"][3] == numbers.points(rows[3].gap)
    said = "\n".join(str(item.value) for item in at.markdown)
    key = "finding" if any(row.clear for row in rows) else "none"
    begin = t(f"page.versus.{key}", lang, one="Team", other="Starter", parts="\0").split("\0")[0]
    assert begin in said
    [fold] = [f for f in at.expander if t("page.versus.title", lang) in f.label]
    assert fold.proto.expanded  # what a link names is seen


def test_one_group_and_nonsense_are_told(small: Workspace, opened: Opened) -> None:
    for versus in ("plan:Growth", "plan:Growth,nowhere", "x:y,z", "plan:Growth;country:JP"):
        at = opened("churn", dataset="small", lang="en", versus=versus)
        assert not at.exception
        assert not at.error
        assert "`versus`" in "\n".join(str(item.value) for item in at.markdown)


def test_what_is_folded_is_drawn_when_it_is_opened(small: Workspace, opened: Opened) -> None:
    at = opened("churn", folded=True, dataset="small", lang="en")
    assert not at.exception
    folds = len(at.expander)
    assert folds >= 3
    assert not any("means" in found.value.columns for found in at.dataframe)
    at.session_state["fold-versus"] = True
    at.run()
    assert len(at.expander) == folds
    assert any("means" in found.value.columns for found in at.dataframe)
