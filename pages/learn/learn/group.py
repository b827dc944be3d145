"""What the group guessed, on the teacher's screen: dots, or bars of choices, and what is so."""

from __future__ import annotations

import pandas
import streamlit as st

from cs_core import charts
from cs_core.charts import Drawing, Look
from cs_core.lessons import Figure, Lesson, words
from cs_core.text import t
from cs_core.workspace import guesses
from pages.frame import loaders, problems
from pages.frame.address import FIELDS, Facts, Opened
from pages.shared import panels


def draw(look: Look) -> None:
    language = look.language
    kept = guesses.kept_guesses(loaders.workspace())
    asked = {text: lesson for text in kept if (lesson := _opened(text)) is not None}
    with panels.card("group", t("page.learn.group.title", language), stretch=False):
        if not asked:
            panels.empty(t("page.learn.group.nobody", language))
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            shown = st.selectbox(
                t("page.learn.group.of", language),
                [*asked],
                format_func=lambda text: _name(asked[text], language),
                key=f"learn-group-{language}",
            )
            st.button(
                t("page.learn.group.refresh", language),
                key="learn-group-refresh",
                type="tertiary",
                icon=":material/refresh:",
            )
            st.button(
                t("page.learn.group.clear", language),
                key="learn-group-clear",
                type="tertiary",
                icon=":material/delete:",
                on_click=_clear,
            )
        said = kept[shown or next(iter(asked))]
        st.markdown(f":gray[{t('page.learn.group.count', language, n=len(said))}]")
        panels.chart("learn-group", _drawn(asked[shown or next(iter(asked))], said, look))


def _opened(text: str) -> Opened[Lesson] | None:
    opened, whole = FIELDS["lesson"].of(text, Facts())
    return opened if whole and isinstance(opened.lesson, Lesson) else None


def _name(opened: Opened[Lesson], language: str) -> str:
    title = t(f"lesson.{opened.lesson.key}.title", language)
    settings = opened.encoded().partition(";")[2]
    return f"{title} ({settings})" if settings else title


def _drawn(opened: Opened[Lesson], said: list[str], look: Look) -> Drawing:
    lesson, language = opened.lesson, look.language
    outcome = lesson.outcome(opened.values, opened.seed)
    if lesson.choices:
        filled = words.fields(lesson, opened.values, outcome, language)
        frame = pandas.DataFrame(
            {
                "name": [
                    words.text(lesson, f"choice.{name}", language, filled)
                    for name in lesson.choices
                ],
                "value": [said.count(name) for name in lesson.choices],
                "true": [name == outcome.choice for name in lesson.choices],
            }
        )
        return charts.lesson_bars.draw(frame, look, unit="number", digits=0)
    answer: Figure = outcome.figures[lesson.answer]
    frame = pandas.DataFrame({"value": [float(one) for one in said]})
    return charts.guess_dots.draw(frame, look, truth=answer.value, unit=answer.unit)


def keep(opened: Opened[Lesson], said: float | str | None) -> None:
    """Adds a guess to the group's, without a name; for callbacks."""
    if said is not None:
        with problems.boundary("learn"):
            guesses.keep_guess(loaders.workspace(), opened.encoded(), str(said))


def _clear() -> None:
    with problems.boundary("learn"):
        guesses.clear_guesses(loaders.workspace())
