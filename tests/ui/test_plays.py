"""Plays on the page: what it says is what the core says, and what is clicked is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.reports import webhook
from cs_core.studies.plays import running
from cs_core.studies.plays.firing import preview
from cs_core.studies.plays.play import OFFERS
from cs_core.studies.risk import Rules
from cs_core.text import LANGUAGES, numbers, t
from cs_core.workspace import Workspace
from cs_core.workspace.contacts import contacts
from cs_core.workspace.plays import kept_plays, save_play
from cs_core.workspace.tasks import kept_tasks
from pages.frame.navigation import PAGES
from tests.core.studies.plays import company
from tests.core.studies.plays.test_webhook import receiving
from tests.ui.conftest import APP
from tests.ui.folds import unfold

Opened = Callable[..., AppTest]
PAGE = "accounts_at_risk"
WEEK = "this_week"
T = f"page.{PAGE}"


@pytest.fixture
def played(workspace: Workspace, tmp_path: Path) -> Workspace:
    datasets.import_files(company.made(1).write(tmp_path / "files"), "ours", workspace)
    return workspace


def words(at: AppTest) -> str:
    return "\n".join(str(item.value) for item in [*at.markdown, *at.error, *at.warning])


def at_page(opened: Opened, lang: str = "en", page: str = PAGE) -> AppTest:
    at = opened(page, dataset="ours", lang=lang)
    assert not at.exception
    assert not at.error
    return at


def ours(workspace: Workspace) -> str:
    return workspace.dataset("ours").id


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_offer_is_tried_and_switched_on(played: Workspace, opened: Opened, lang: str) -> None:
    assert t(f"{T}.tasks.none", lang) in words(at_page(opened, lang, WEEK))
    at = at_page(opened, lang)
    at.button(key="play-edit-renewal_unwell").click().run()
    assert not at.error
    stored = played.dataset("ours")
    with datasets.open_dataset(dataset="ours", workspace=played) as dataset:
        known = running.known_of(played, stored, dataset, Rules())
        found = preview(OFFERS["renewal_unwell"], known)
    assert found.firings
    begin = numbers.day(found.first, lang)
    assert t(f"{T}.plays.fired", lang, n=len(found.firings), day=begin) in words(at)
    at.button(key="play-save-on").click().run()
    (kept,) = kept_plays(played, ours(played))
    assert kept.is_on
    assert kept.name == t("plays.offer.renewal_unwell", lang)
    assert dict(kept.rule) == OFFERS["renewal_unwell"].as_json()
    assert kept.ran == company.made(1).end  # it ran when the page was drawn again
    assert "play-edit-renewal_unwell" not in {button.key for button in at.button}


def test_a_changed_condition_changes_the_preview_before_it_is_saved(
    played: Workspace, opened: Opened
) -> None:
    at = at_page(opened)
    at.button(key="play-edit-detractor").click().run()
    before = words(at)
    at.number_input(key="play-detractor-ours-0-detractor-days").set_value(365).run()
    assert words(at) != before
    at.button(key="play-detractor-ours-add").click().run()
    kind = at.selectbox(key="play-detractor-ours-1-kind")
    kind.set_value("segment_is").run()
    assert not at.error
    at.selectbox(key="play-detractor-ours-1-segment_is-column").set_value("country").run()
    at.text_input(key="play-detractor-ours-name").set_value("Japan").run()
    at.button(key="play-save").click().run()
    (kept,) = kept_plays(played, ours(played))
    assert (kept.name, kept.is_on) == ("Japan", False)
    kinds = [condition["kind"] for condition in kept.rule["conditions"]]
    assert kinds == ["detractor", "segment_is"]
    assert kept.rule["conditions"][0]["days"] == 365
    at.button(key=f"play-edit-{kept.id}").click().run()
    at.button(key="play-delete").click().run()
    assert kept_plays(played, ours(played)) == []
    at.button(key="play-restore").click().run()
    assert [one.name for one in kept_plays(played, ours(played))] == ["Japan"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_its_table_a_play_says_which(small: Workspace, opened: Opened, lang: str) -> None:
    at = opened(PAGE, dataset="small", lang=lang)
    at.button(key="play-edit-usage_fell").click().run()
    assert not at.error
    lacks = t(f"{T}.plays.lacks", lang, tables=t("plays.missing.usage", lang))
    assert lacks in words(at)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tasks_are_listed_and_marked(played: Workspace, opened: Opened, lang: str) -> None:
    play = OFFERS["owner_left"]
    rule = {**play.as_json(), "conditions": [{"kind": "mrr_at_least", "amount": 20}]}
    save_play(played, ours(played), "*Large*", rule, is_on=True)
    at = at_page(opened, lang, WEEK)
    tasks = kept_tasks(played, ours(played))
    assert tasks
    table = next(f for f in at.dataframe if "what" in f.value.columns)
    assert len(table.value) == len(tasks)
    assert set(table.value["owner"]) <= {"Mori", "Sato"}
    assert table.value["what"][0] == t("risk.play.find_owner", lang)
    assert "&#42;Large&#42;" in words(at_page(opened, lang))


def test_done_takes_its_tick_along_and_is_taken_back(played: Workspace, opened: Opened) -> None:
    rule = {**OFFERS["owner_left"].as_json(), "conditions": [{"kind": "mrr_at_least", "amount": 1}]}
    save_play(played, ours(played), "All", rule, is_on=True)
    at_page(opened, page=WEEK)
    at = AppTest.from_file(str(APP), default_timeout=60)
    unfold(at)
    at.query_params.update({"dataset": "ours", "lang": "en"})
    at.session_state["tasks-open-en-0"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    at.run()
    script = next(row.script for row in PAGES if row.key == WEEK)
    at.switch_page(str(script.relative_to(APP.parent))).run()

    def done() -> list[str]:
        return [task.id for task in kept_tasks(played, ours(played)) if task.status == "done"]

    assert not at.button(key="task-done").disabled
    at.button(key="task-done").click().run()
    assert len(done()) == 1
    assert at.button(key="task-done").disabled
    assert t(f"{T}.tasks.marked_done", "en", n=1) in words(at)
    at.button(key="task-undo").click().run()
    assert done() == []
    assert "task-undo" not in [button.key for button in at.button]


def test_a_contact_is_logged_deleted_and_brought_back(played: Workspace, opened: Opened) -> None:
    from cs_core.workspace.contacts import log_contact

    at = at_page(opened)
    account = at.dataframe[0].value["account"][0]
    ids = {row["name"]: row["account_id"] for row in company.made(1).accounts}
    log_contact(
        played, ours(played), ids[account], date(2024, 9, 1), "Mori", "promised", "![x](http://e)"
    )
    at.run()
    (entry,) = contacts(played, ours(played))
    assert "![x]" not in words(at)
    assert t("contact.promised", "en") in words(at)
    at.button(key=f"contact-delete-{entry.id}").click().run()
    assert contacts(played, ours(played)) == []
    at.button(key="contact-undo").click().run()
    assert contacts(played, ours(played)) == [entry]


def with_open(popover: str, lang: str = "en", page: str = PAGE) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=60)
    unfold(at)
    at.query_params.update({"dataset": "ours", "lang": lang})
    at.session_state[popover] = True
    at.run()
    script = next(row.script for row in PAGES if row.key == page)
    at.switch_page(str(script.relative_to(APP.parent))).run()
    assert not at.exception
    return at


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_contact_is_written(played: Workspace, lang: str) -> None:
    at = with_open("contact-log", lang)
    at.text_input(key="contact-who").set_value("森")
    at.text_area(key="contact-note").set_value("更新の相談")
    at.button(key="contact-save").click().run()
    (entry,) = contacts(played, ours(played))
    assert (entry.who, entry.note, entry.outcome) == ("森", "更新の相談", "reached")
    assert entry.day == company.made(1).end  # old data: a day that can be seen
    assert "更新の相談" in words(at)


def test_a_task_is_made_by_hand(played: Workspace) -> None:
    at = with_open("task-by-hand")
    owner = next(field for field in at.text_input if str(field.key).endswith("-owner"))
    owner.set_value("Tanaka")
    at.button(key="task-save").click().run()
    (task,) = kept_tasks(played, ours(played))
    at.switch_page("pages/act/this_week/page.py").run()
    assert (task.owner, task.play, task.status) == ("Tanaka", "", "open")
    table = next(f for f in at.dataframe if "what" in f.value.columns)
    assert list(table.value["why"]) == [t(f"{T}.tasks.by_hand", "en")]


def test_an_address_is_saved_tested_and_forgotten(played: Workspace) -> None:
    import time

    with receiving(200) as receiver:
        at = with_open("task-webhook", page=WEEK)
        at.text_input(key="webhook-address").set_value("http://example.test/x")
        at.button(key="webhook-save").click().run()
        assert t("error.webhook_address", "en") in words(at)
        at.text_input(key="webhook-address").set_value(receiver.address)
        at.button(key="webhook-save").click().run()
        assert webhook.saved(played) == receiver.address
        assert receiver.address not in words(at)
        assert receiver.got == []
        at.button(key="webhook-test").click().run()
        until = time.monotonic() + 20
        while (played.setting("webhook_last") or {}).get("code") in (None, "sending"):
            assert time.monotonic() < until
            time.sleep(0.05)
        at.run()
        assert t("webhook.sent", "en") in words(at)
        assert len(receiver.got) == 1
        at.button(key="webhook-forget").click().run()
        assert webhook.saved(played) is None


def test_opening_the_page_sends_nothing(played: Workspace, opened: Opened) -> None:
    with receiving(200) as receiver:
        webhook.save(played, receiver.address)
        at = at_page(opened)
        at.run()
        assert receiver.got == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_list_says_what_is_being_done(played: Workspace, opened: Opened, lang: str) -> None:
    rule = {**OFFERS["owner_left"].as_json(), "conditions": [{"kind": "mrr_at_least", "amount": 1}]}
    save_play(played, ours(played), "All", rule, is_on=True)
    at_page(opened, lang).run()
    at = at_page(opened, lang)
    due = {task.name: task.due for task in kept_tasks(played, ours(played))}
    listed = at.dataframe[0].value
    assert set(listed["account"]) & set(due)
    for name, play in zip(listed["account"], listed["play"], strict=True):
        action, day = t("risk.play.find_owner", lang), numbers.day(due[name], lang)
        assert play == t(f"{T}.tasks.open", lang, action=action, due=day)
