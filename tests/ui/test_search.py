"""One search: what it finds, in either language, and where it leads."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cs_core.text import LANGUAGES, t
from cs_core.workspace import Workspace
from pages.frame.navigation import PAGES
from pages.frame.search import items, search
from tests.ui.hostile import HOSTILE

Opened = Callable[..., AppTest]


def keys(text: str, kind: str, *, with_data: bool = True) -> list[str]:
    return [one.key for one in items.found(text, with_data=with_data) if one.kind == kind]


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("Churn", "churn"),
        ("ＣＨＵＲＮ", "churn"),
        ("解約", "churn"),
        ("ｶｲﾔｸ", "churn"),
        ("kaiyaku", "churn"),
        ("heat map", "retention"),
        ("ltv", "lifetime_value"),
        ("こうしん", "renewals"),
        ("to do", "this_week"),
    ],
)
def test_pages_are_found_in_either_language(text: str, page: str) -> None:
    assert page in keys(text.replace("heat map", "heatmap"), "page")


def test_figures_definitions_and_actions_are_found() -> None:
    assert "nrr" in keys("NRR", "figure")
    assert "=trial" in keys("trial", "definition")
    assert "japanese" in keys("日本語", "action")
    assert keys("no such thing", "page") == []
    usual = items.found("", with_data=True)
    assert {one.kind for one in usual} == {"page", "action"}
    without = items.found("", with_data=False)
    assert {one.key for one in without if one.kind == "page"} == {"data", "learn", "definitions"}


def test_everything_leads_somewhere_and_has_its_words() -> None:
    known = {row.key for row in PAGES}
    for one in items.items():
        assert not one.page or one.page in known
        for language in LANGUAGES:
            assert items.label(one, language).strip()
    assert len({(one.kind, one.key) for one in items.items()}) == len(items.items())


class Browser:
    """What was sent to the browser last, and what a person there does next."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.asked: dict[str, Any] = {}

    def draw(self, *, data: dict[str, Any], key: str, **callbacks: Callable[[], None]) -> None:
        self.data = data
        for name in ("ask", "go"):
            st.button(name, key=f"fake-{name}", on_click=self._press, args=(key, name, callbacks))

    def _press(self, key: str, name: str, callbacks: dict[str, Callable[[], None]]) -> None:
        st.session_state[key] = SimpleNamespace(**{name: self.asked[name]})
        callbacks[f"on_{name}_change"]()

    def do(self, at: AppTest, **asked: Any) -> None:
        self.asked = asked
        for name in asked:
            at.button(key=f"fake-{name}").click().run()
        assert not at.exception
        assert not at.error


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    found = Browser()
    monkeypatch.setattr(search, "_component", lambda: found.draw)
    return found


def test_an_account_is_found_and_opened(small: Workspace, opened: Opened, browser: Browser) -> None:
    at = opened("overview", dataset="small", lang="en")
    browser.do(at, ask="a01")
    accounts = [one for one in browser.data["found"] if one["kind"] == "account"]
    assert accounts
    browser.do(at, go={"kind": "account", "key": accounts[0]["key"]})
    assert at.title[0].value == t("page.account.title", "en")
    assert at.session_state["id"] == accounts[0]["key"]
    assert f"id={accounts[0]['key']}" in accounts[0]["href"]
    # A name that means harm is text, and the address of its account is encoded.
    browser.do(at, ask=HOSTILE[0])
    for one in browser.data["found"]:
        assert " " not in one["href"]


def test_a_page_and_a_language_are_opened_and_nonsense_is_not(
    small: Workspace, opened: Opened, browser: Browser
) -> None:
    at = opened("overview", dataset="small", lang="en")
    browser.do(at, go={"kind": "page", "key": "retention"})
    assert at.title[0].value == t("page.retention.title", "en")
    browser.do(at, go={"kind": "action", "key": "japanese"})
    assert at.title[0].value == t("page.retention.title", "ja")
    for nonsense in ({"kind": "page", "key": "nowhere"}, {"kind": "x"}, "x", None):
        browser.do(at, go=nonsense)
        assert at.title[0].value == t("page.retention.title", "ja")


def test_without_data_no_account_is_looked_for(
    workspace: Workspace, opened: Opened, browser: Browser
) -> None:
    at = opened("overview", lang="en")
    browser.do(at, ask="a")
    assert "account" not in {one["kind"] for one in browser.data["found"]}
