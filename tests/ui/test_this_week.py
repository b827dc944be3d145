"""The page of the week: what it lists is what the core lists, and what is done is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.metrics.options import Options
from cs_core.studies import risk, week
from cs_core.text import LANGUAGES, numbers, t
from cs_core.workspace import Workspace
from cs_core.workspace.contacts import contacts
from cs_core.workspace.tasks import BY_HAND, Task, keep_tasks, kept_tasks
from cs_core.workspace.week import Listed, keep_list, kept_marks, list_before
from pages.act.this_week import queue
from tests.ui.hostile import HOSTILE

Opened = Callable[..., AppTest]
PAGE = "this_week"
T = f"page.{PAGE}"


def words(at: AppTest) -> str:
    return "\n".join(str(item.value) for item in [*at.markdown, *at.error, *at.warning])


@pytest.fixture
def ours(workspace: Workspace) -> Workspace:
    datasets.import_files(datasets.sample_files(), "ours", workspace)
    return workspace


class Browser:
    """What was sent to the browser last, and what a person there does next."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.asked: dict[str, Any] = {}

    def draw(self, *, data: dict[str, Any], key: str, on_act_change: Callable[[], None]) -> None:
        self.data = data

        def press() -> None:
            st.session_state[key] = SimpleNamespace(act=self.asked)
            on_act_change()

        st.button("act", key="act", on_click=press)

    @property
    def ids(self) -> list[str]:
        return [row["id"] for row in self.data["rows"]]

    def act(self, at: AppTest, action: str, *places: int, **more: Any) -> None:
        accounts = [self.ids[place] for place in places]
        self.asked = {"action": action, "accounts": accounts, **more}
        at.button(key="act").click().run()
        assert not at.exception
        assert not at.error


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    found = Browser()
    monkeypatch.setattr(queue, "_component", lambda: found.draw)
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_list_is_the_cores_under_its_owner(
    ours: Workspace, opened: Opened, browser: Browser, lang: str
) -> None:
    at = opened(PAGE, dataset="ours", lang=lang, owner="Baker")
    assert not at.exception
    assert not at.error
    with datasets.open_dataset(dataset="ours", workspace=ours) as dataset:
        known = risk.known(dataset.warehouse, Options())
        ranked = risk.ranking(known.present, dataset.health_rules)
        owners = risk.values_of(dataset.warehouse, Options(), known.present, "owner")
        day, key = dataset.info.as_of, dataset.key
    entries = week.queue(known, ranked, week.Book(owners=owners), day)
    his = [one for one in entries if one.owner == "Baker"]
    assert browser.ids == [one.account_id for one in his]
    shown = [row["chance"] for row in browser.data["rows"]]
    assert shown == [
        "" if one.probability is None else numbers.rate(one.probability, 0) for one in his
    ]
    assert t(f"{T}.finding", lang, n=len(his)) in words(at)
    calls = [one for one in his if "call" in one.kinds]
    leavers = sum(one.probability or 0 for one in calls)
    assert leavers >= 2
    assert {"en": f"About {leavers:.0f} of", "ja": f"約{leavers:.0f}社"}[lang] in words(at)
    at = opened(PAGE, dataset="ours", lang=lang, owner="Baker", view=".renewal.30")
    assert browser.ids == [one.account_id for one in his if "renewal" in one.kinds]
    # The list of the week is kept whole, as it was.
    found = list_before(ours, key, day + timedelta(days=7))
    assert found is not None
    assert len(found[1]) == len(entries)


def test_each_act_is_kept_and_taken_back(ours: Workspace, opened: Opened, browser: Browser) -> None:
    key = ours.dataset("ours").id
    at = opened(PAGE, dataset="ours", lang="en")
    first = browser.ids[0]
    with datasets.open_dataset(dataset="ours", workspace=ours) as dataset:
        day = dataset.info.as_of
    by_hand = Task(BY_HAND, "", "call", first, "JPY", None, Decimal(1), [], "Mori", day, day)
    keep_tasks(ours, key, [by_hand])
    at.run()
    before = browser.ids
    place = before.index(first)
    assert browser.data["rows"][place]["owner"] == "Mori"

    browser.act(at, "done", place)
    assert first not in browser.ids
    assert [task.status for task in kept_tasks(ours, key)] == ["done"]
    browser.act(at, "undo")
    assert browser.ids == before
    assert [task.status for task in kept_tasks(ours, key)] == ["open"]
    assert kept_marks(ours, key) == []
    assert browser.data["said"] == t(f"{T}.said.undone", "en")

    browser.act(at, "snooze", 1, 2, days=14)
    assert browser.ids == [a for a in before if a not in before[1:3]]
    assert [mark.until for mark in kept_marks(ours, key)] == [day + timedelta(days=14)] * 2
    browser.act(at, "undo")
    browser.act(at, "assign", 3, owner=HOSTILE[0][:90])
    assert browser.data["rows"][browser.ids.index(before[3])]["owner"] == HOSTILE[0][:90]
    browser.act(at, "undo")
    browser.act(at, "log", 4, outcome="promised", note="stays")
    [entry] = contacts(ours, key)
    assert (entry.account_id, entry.note, entry.day) == (before[4], "stays", day)
    assert browser.data["rows"][4]["spoken"] == numbers.day(day, "en")
    browser.act(at, "undo")
    assert contacts(ours, key) == []
    assert not browser.data["undo"]


def test_what_a_browser_makes_up_is_not_done(
    ours: Workspace, opened: Opened, browser: Browser
) -> None:
    key = ours.dataset("ours").id
    at = opened(PAGE, dataset="ours", lang="en")
    before = browser.ids
    for asked in (
        {"action": "done", "accounts": ["nobody"]},
        {"action": "done", "accounts": "A"},
        {"action": "snooze", "accounts": before[:1], "days": 10**9},
        {"action": "assign", "accounts": before[:1], "owner": " "},
        {"action": "assign", "accounts": before[:1], "owner": "x" * 200},
        {"action": "log", "accounts": before[:1], "outcome": "gone", "note": "x"},
        {"action": "erase", "accounts": before[:1]},
    ):
        browser.asked = asked
        at.button(key="act").click().run()
        assert not at.exception
    assert browser.ids == before
    assert kept_marks(ours, key) == []
    assert contacts(ours, key) == []


def test_a_row_opens_its_account(ours: Workspace, opened: Opened, browser: Browser) -> None:
    at = opened(PAGE, dataset="ours", lang="en")
    account = browser.ids[7]
    browser.act(at, "open", 7)
    assert at.title[0].value == t("page.account.title", "en")
    assert at.session_state["id"] == account


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_came_of_last_weeks_list(
    ours: Workspace, opened: Opened, browser: Browser, lang: str
) -> None:
    at = opened(PAGE, dataset="ours", lang=lang)
    assert t(f"{T}.before.none", lang) in words(at)
    stored = ours.dataset("ours")
    here = browser.ids[0]
    rows = [
        Listed(here, "![x](y)", ("call",), "Baker", Decimal(5), 0.5),
        Listed("gone", None, ("call",), "", Decimal(7), 0.25),
    ]
    keep_list(ours, stored.id, date(2025, 9, 8), rows)
    at = opened(PAGE, dataset="ours", lang=lang)
    left = t(f"{T}.before.left", lang, n=1, mrr=numbers.money(Decimal(7), "JPY", lang))
    assert left in words(at)
    table = next(f for f in at.dataframe if "outcome" in f.value.columns)
    assert list(table.value["outcome"]) == [
        t(f"{T}.outcome.left", lang),
        t(f"{T}.outcome.again", lang),
    ]


def test_hostile_names_are_sent_as_text(small: Workspace, opened: Opened, browser: Browser) -> None:
    key = small.dataset("small").id
    day = date(2025, 1, 1)
    hostile = [
        Task(BY_HAND, "", "call", f"h{n}", "JPY", name, Decimal(1), [], "", day, day)
        for n, name in enumerate(HOSTILE)
    ]
    keep_tasks(small, key, hostile)
    at = opened(PAGE, dataset="small", lang="en")
    assert not at.exception
    names = [row["name"] for row in browser.data["rows"]]
    assert len([name for name in names if name]) >= len(HOSTILE)
    said = "\n".join(element.value for element in at.markdown)
    assert [name for name in HOSTILE if name in said] == []
