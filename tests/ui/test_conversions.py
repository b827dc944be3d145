"""Trials and free starts on the Retention page: shown where there are some."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.text import LANGUAGES, t
from cs_core.workspace import Workspace

Opened = Callable[..., AppTest]
LINES = """account_id,start_date,trial_end,end_date,mrr
a,2024-01-05,2024-01-19,,100
b,2024-01-06,2024-01-20,2024-01-12,100
c,2024-03-25,2024-04-08,,100
f,2024-01-02,,2024-01-30,0
f,2024-01-30,,,100
n,2023-12-02,,,100
"""


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_are_shown_where_the_data_has_them(
    workspace: Workspace, opened: Opened, tmp_path: Path, language: str
) -> None:
    file = tmp_path / "lines.csv"
    file.write_text(LINES)
    datasets.import_files([file], "starts", workspace)
    app = opened("retention", dataset="starts", lang=language, asof="2024-03-31", range="all")
    assert not app.exception
    assert [error.value for error in app.error] == []
    for metric in ("trials", "freemium"):
        assert t(f"page.conversion.{metric}.title", language) in said(app)
    assert t("page.conversion.trials.line", language, share="50.0%", n="2") in said(app)
    assert t("page.conversion.trials.open", language, n="1") in said(app)


def test_nothing_is_shown_without_them(small: Workspace, opened: Opened) -> None:
    app = opened("retention", dataset="small", lang="en")
    assert t("page.conversion.trials.title", "en") not in said(app)
    assert t("page.conversion.freemium.title", "en") not in said(app)
