"""Learn: what do these figures really say?"""

from __future__ import annotations

import streamlit as st

from cs_core.charts import Look
from cs_core.lessons import LESSONS, SIMULATOR, Lesson, words
from cs_core.lessons.simulator import Simulator
from cs_core.text import t
from pages.frame import here, session
from pages.frame.address import Facts, Opened
from pages.frame.here import Here
from pages.learn.learn import glossary, lessons, simulator, teacher
from pages.shared import panels

PARTS = ("lessons", SIMULATOR.key, "glossary", "teacher")


def page(on: Here | None) -> None:
    language = session.language()
    if on is None:
        panels.page_title("learn", language)
    opened: Opened[Lesson] | Opened[Simulator] | None = session.read("lesson", Facts())
    look = Look("dark" if session.dark() else "light", language, "JPY", session.projector())
    if opened is not None and isinstance(opened.lesson, Lesson):
        lessons.draw(Opened(opened.lesson, opened.values, opened.seed), look)
        return
    if opened is not None and isinstance(opened.lesson, Simulator):
        _choice(SIMULATOR.key, language)
        simulator.draw(Opened(opened.lesson, opened.values, opened.seed), look)
        return
    part = session.view("learn")[0] or PARTS[0]
    _choice(part, language)
    if part == "glossary":
        glossary.draw(on, language)
    elif part == "teacher":
        teacher.draw(look)
    else:
        _list(language)


def _choice(part: str, language: str) -> None:
    key = f"learn-part-{language}"
    session.mirror(key, part)
    st.segmented_control(
        t("page.learn.part", language),
        PARTS,
        format_func=lambda name: t(f"page.learn.{name}.title", language),
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=lambda: _go(session.value(key)),
    )


def _go(part: str) -> None:
    """Callback. The simulator's settings are in the address, as a lesson's are."""
    simulated = part == SIMULATOR.key
    session.go(lesson=part if simulated else "", view="" if simulated else part)


def _list(language: str) -> None:
    """Every lesson, in the order in which they are taught."""
    st.markdown(f":gray[{t('page.learn.lessons.line', language)}]")
    with st.grid(3, min_column_width=260):
        for place, lesson in enumerate(LESSONS.values(), 1):
            with st.container(border=True, height="stretch", key=f"lesson-{lesson.key}"):
                _entry(place, lesson, language)


def _entry(place: int, lesson: Lesson, language: str) -> None:
    filled = words.fields(lesson, lesson.defaults, lesson.outcome(lesson.defaults), language)
    belief = words.text(lesson, "belief", language, filled)
    panels.heading(f"{place}. {t(f'lesson.{lesson.key}.title', language)}", belief)
    done = lessons.is_done(lesson)
    st.button(
        t("page.learn.again" if done else "page.learn.open", language),
        key=f"open-{lesson.key}",
        icon=":material/check_circle:" if done else ":material/play_arrow:",
        type="tertiary",
        on_click=session.go,
        kwargs={"lesson": lesson.key},
    )


page(here.possible())
