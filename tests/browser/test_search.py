"""The one search, from any page and by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cs_core.text import t
from tests.browser.conftest import Server, Watched

pytestmark = pytest.mark.browser
Open = Callable[..., Watched]


def test_an_account_and_a_page_are_found_by_keyboard(small: Server, open_page: Open) -> None:
    seen = open_page(f"{small.url}/retention?dataset=small&lang=en")
    seen.settle("Retention")
    press = seen.page.keyboard.press
    options = seen.page.locator("dialog [role=option]")

    press("Control+k")
    seen.page.keyboard.type("a012")
    options.filter(has_text="A012").first.wait_for()
    press("Enter")
    seen.settle("Account")
    assert "id=A012" in seen.page.url
    assert "dataset=small" in seen.page.url

    press("Control+k")
    seen.page.keyboard.type("kaiyaku")
    options.filter(has_text="Churn").first.wait_for()
    press("Enter")
    seen.settle("Churn")

    seen.page.get_by_role("button", name=t("search.label", "en")).click()
    seen.page.keyboard.type("日本語")
    options.filter(has_text="日本語").first.wait_for()
    press("Enter")
    seen.settle(t("page.churn.title", "ja"))
    assert "lang=ja" in seen.page.url
    press("Control+k")
    press("Escape")
    assert seen.page.locator("dialog[open]").count() == 0
    assert seen.dialogs == []
    assert seen.outside(small) == []
    assert seen.console == []
