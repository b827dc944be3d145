"""A workspace of its own for every test of the screen, with a small company in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.workspace import Workspace
from tests.ui.folds import unfold
from tests.ui.hostile import write_subscriptions

APP = Path(__file__).resolve().parents[2] / "app.py"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path / "home"))
    st.cache_resource.clear()
    st.cache_data.clear()
    yield Workspace()
    st.cache_resource.clear()


@pytest.fixture
def subscriptions(tmp_path: Path) -> Path:
    path = tmp_path / "subscriptions.csv"
    write_subscriptions(path)
    return path


@pytest.fixture
def small(workspace: Workspace, subscriptions: Path) -> Workspace:
    datasets.import_files([subscriptions], "small", workspace)
    return workspace


@pytest.fixture
def opened() -> Callable[..., AppTest]:
    """Opens the app at a page, as a link with these fields in it would, with all that is folded
    on it opened unless asked otherwise."""

    def open_at(page: str = "overview", folded: bool = False, **address: str) -> AppTest:
        at = AppTest.from_file(str(APP), default_timeout=60)
        if not folded:
            unfold(at)
        for name, value in address.items():
            at.query_params[name] = value
        at.run()
        if page != "overview":
            from pages.frame.navigation import PAGES

            row = next(row for row in PAGES if row.key == page)
            at.switch_page(str(row.script.relative_to(APP.parent))).run()
        return at

    return open_at
