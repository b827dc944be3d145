"""Troubles of the disk on the screen: in words, in the visitor's language, with the page around."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cs_core.text import t
from cs_core.workspace import Workspace
from pages.prepare.data import uploads


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_click_while_another_process_writes_is_said_in_words(opened, small, lang) -> None:
    at = opened("data", dataset="small", lang=lang)
    button = next(b for b in at.button if b.label == t("page.data.delete", lang))
    with closing(sqlite3.connect(small.state, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        button.click().run()
    assert not at.exception
    assert t("error.workspace_busy", lang) in [error.value for error in at.error]
    assert [found.name for found in small.datasets()] == ["small"]
    at.run()
    assert not at.error


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_was_found_again_is_said_until_it_is_seen(opened, small, lang) -> None:
    small.state.write_bytes(b"")
    Workspace(small.home)
    at = opened("data", dataset="small", lang=lang)
    said = [text.value for text in at.markdown if "small" in text.value and "info" in text.value]
    assert len(said) == 1
    at.button(key="notices-seen").click().run()
    assert small.notices() == []


def test_a_file_name_too_long_for_the_disk_keeps_its_ending(tmp_path: Path) -> None:
    for name in ("x" * 300 + ".csv", "継" * 200 + ".xlsx", "a.csv"):
        short = uploads._name(name)
        (tmp_path / short).write_text("")
        assert Path(short).suffix == Path(name).suffix
        assert name.startswith(Path(short).stem)
