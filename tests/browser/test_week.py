"""Monday's list of one owner, worked through by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from cs_core.text import t
from cs_core.workspace import Workspace
from cs_core.workspace.contacts import contacts
from cs_core.workspace.week import kept_marks
from tests.browser.conftest import Server, Watched

pytestmark = pytest.mark.browser
Open = Callable[..., Watched]
DAY = date(2025, 9, 17)  # the last of the sample


def test_a_list_is_worked_through_by_keyboard(sample: Server, open_page: Open) -> None:
    seen = open_page(f"{sample.url}/this_week?dataset=sample&lang=en&owner=Baker")
    rows = seen.page.locator(".queue tbody tr")
    rows.first.wait_for(timeout=60_000)
    seen.settle("This week")
    workspace = Workspace(sample.home)
    key = workspace.dataset("sample").id
    names = rows.locator("td.name").all_inner_texts()
    status = seen.page.locator(".queue [role=status]")
    press = seen.page.keyboard.press

    def current() -> str:
        return str(seen.page.locator(".queue tr:focus td.name").inner_text())

    assert current() == names[0]  # nothing has to be clicked first
    press("d")
    status.get_by_text(names[0]).wait_for()
    assert [mark.mark for mark in kept_marks(workspace, key)] == ["done"]
    assert current() == names[1]
    press("ArrowDown")
    press("s")
    press("2")
    status.get_by_text(names[2]).wait_for()
    assert kept_marks(workspace, key)[-1].until == DAY + timedelta(days=14)
    press("n")
    seen.page.keyboard.press("Tab")
    seen.page.keyboard.type("They stay.")
    press("Enter")
    status.get_by_text(names[3]).wait_for()
    assert [entry.note for entry in contacts(workspace, key)] == ["They stay."]
    for _ in range(2):
        press("u")
        status.get_by_text(t("page.this_week.said.undone", "en")).wait_for()
        seen.settle("This week")
    press("u")
    seen.settle("This week")
    assert kept_marks(workspace, key) == []
    assert contacts(workspace, key) == []
    assert rows.locator("td.name").all_inner_texts() == names
    chosen = current()
    press("Enter")
    seen.settle(t("page.account.title", "en"))
    assert "id=A" in seen.page.url
    seen.page.get_by_text(chosen).first.wait_for()
    assert seen.console == []
