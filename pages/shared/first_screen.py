"""What somebody sees who has no data yet: bring a file, or look at one that is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from cs_core.text import t
from pages.shared import session, starting

Kind = Literal["primary", "secondary"]
TYPES = ("csv", "tsv", "xlsx", "xls", "parquet", "jsonl", "zip")


def draw() -> None:
    language = session.language()
    with st.container(key="first-screen"):
        with st.container(gap=None):
            st.title(t("page.data.first.title", language), anchor=False)
            st.markdown(f":gray[{t('page.data.first.line', language)}]")
        st.space("small")
        st.markdown(f"##### {t('page.data.first.drop', language)}")
        uploader()
        st.markdown(f":small[:gray[{t('page.data.first.types', language)}]]")
        st.space("small")
        draw_examples()


def uploader() -> None:
    st.file_uploader(
        t("page.data.first.drop", session.language()),
        TYPES,
        accept_multiple_files=True,
        key="upload",
        label_visibility="collapsed",
    )


def draw_examples() -> None:
    """The sample and the demo company, one click away."""
    language = session.language()
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        _offer(language, "sample", ":material/grid_view:", "primary", starting.ask_sample)
    with right.container(border=True, height="stretch"):
        _offer(language, "demo", ":material/school:", "secondary", starting.ask_demo)


def _offer(language: str, name: str, icon: str, kind: Kind, act: Callable[[], None]) -> None:
    st.markdown(f"##### {icon} {t(f'app.{name}', language)}")
    st.markdown(f":small[:gray[{t(f'page.data.first.{name}', language)}]]")
    st.button(
        t(f"page.data.first.open_{name}", language), key=f"open-{name}", type=kind, on_click=act
    )
