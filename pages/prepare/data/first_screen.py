"""What somebody sees who has no data yet: bring a file, or look at one that is there."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cs_core.text import t
from pages.frame import loaders, session, starting
from pages.prepare.data import uploads

TYPES = ("csv", "tsv", "txt", "xlsx", "xls", "parquet", "json", "jsonl", "zip", "gz")


def draw() -> None:
    language = session.language()
    starting.draw_undo()
    with st.container(key="first-screen"):
        with st.container(gap=None):
            st.title(t("page.data.first.title", language), anchor=False)
            st.markdown(f":gray[{t('page.data.first.line', language)}]")
        st.space("small")
        st.markdown(f"##### {t('page.data.first.drop', language)}")
        uploader()
        st.space("small")
        draw_examples()


def uploader() -> None:
    """The box for files; below it, until there are any, which it takes."""
    language = session.language()
    with st.container(key="bring"):
        brought = st.file_uploader(
            t("page.data.first.drop", language),
            TYPES,
            accept_multiple_files=True,
            key=uploads.uploader_key(),
            label_visibility="collapsed",
        )
        if not brought:
            st.markdown(f":small[:gray[{t('page.data.first.types', language)}]]")


def draw_examples(names: Sequence[str] = (loaders.SAMPLE, loaders.DEMO)) -> None:
    """The sample and the demo company, one click away."""
    for name, column in zip(names, st.columns(2), strict=False):
        with column.container(border=True, height="stretch"):
            _offer(name)


def _offer(name: str) -> None:
    language = session.language()
    icon = ":material/grid_view:" if name == loaders.SAMPLE else ":material/school:"
    st.markdown(f"##### {icon} {t(f'app.{name}', language)}")
    st.markdown(f":small[:gray[{t(f'page.data.first.{name}', language)}]]")
    st.button(
        t(f"page.data.first.open_{name}", language),
        key=f"open-{name}",
        type="primary" if name == loaders.SAMPLE else "secondary",
        on_click=starting.use,
        args=(name,),
    )
