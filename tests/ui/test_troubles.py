"""Troubles of the disk on the screen: in words, in the visitor's language, with the page around."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

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


FAILING = """
import streamlit as st
from pages.frame import problems

def fail(*given):
    raise RuntimeError("what only the log may hold")

problems.guard_callbacks()
problems.draw_told()
st.button("click", key="button", on_click=fail)
st.selectbox("choose", ["a", "b"], key="box", on_change=lambda: fail())
with st.form("form"):
    st.text_input("text", key="text")
    st.form_submit_button("send", on_click=fail, args=(1,))
@st.fragment
def part():
    st.checkbox("part", key="part", on_change=fail)
part()
st.write("the page goes on")
"""
TOUCHES: dict[str, Callable[[AppTest], object]] = {
    "button": lambda at: at.button(key="button").click(),
    "box": lambda at: at.selectbox(key="box").select("b"),
    "form": lambda at: at.button[1].click(),
    "part": lambda at: at.checkbox(key="part").check(),
}


@pytest.mark.parametrize("touched", TOUCHES)
def test_whatever_fails_in_any_callback_is_said_in_words(small, touched) -> None:
    at = AppTest.from_string(FAILING).run()
    TOUCHES[touched](at)
    at.run()
    assert not at.exception
    (said,) = [error.value for error in at.error]
    assert t("trouble.unexpected", "en", number="####")[:20] in said
    assert "only the log" not in said
    assert at.markdown[0].value == "the page goes on"
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
