"""The teacher's side: plans, what to project, and a clean start for the next group."""

from __future__ import annotations

import streamlit as st

from cs_core.charts import Look
from cs_core.lessons import LESSONS, offline
from cs_core.text import t
from pages.frame import session
from pages.learn.learn import group, lessons
from pages.shared import panels


def draw(look: Look) -> None:
    language = look.language
    group.draw(look)
    with panels.beside():
        for plan in ("short", "long"):
            title = t(f"page.learn.teacher.{plan}", language)
            with panels.card(f"plan-{plan}", title):
                st.markdown(t(f"page.learn.teacher.{plan}_plan", language))
    with panels.card("room", t("page.learn.teacher.room", language), stretch=False):
        st.markdown(t("page.learn.teacher.link", language))
        st.download_button(
            t("page.learn.teacher.course", language),
            lambda: offline.course(LESSONS.values(), language),
            f"lessons-{language}.zip",
            "application/zip",
            key="learn-course",
            icon=":material/download:",
            on_click="ignore",
        )
        with st.container(horizontal=True):
            st.toggle(
                t("page.learn.teacher.projector", language),
                value=session.projector(),
                key="learn-projector",
                on_change=lambda: session.go(
                    projector="1" if session.value("learn-projector") else ""
                ),
            )
            st.button(
                t("page.learn.teacher.reset", language),
                key="learn-reset",
                icon=":material/restart_alt:",
                on_click=lessons.forget_all,
            )
