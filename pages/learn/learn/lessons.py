"""One lesson: guess, see, move it, answer, and on to one's own data."""

from __future__ import annotations

from collections.abc import Mapping

import pandas
import streamlit as st

from cs_core.charts import Look
from cs_core.lessons import LESSONS, Figure, Lesson, Outcome, Setting, offline, words
from cs_core.text import t
from pages.frame import session
from pages.frame.address import MOST_SEED, Facts, Guess, L, Opened
from pages.frame.navigation import page_to
from pages.learn.learn import group
from pages.shared import panels

WIDE = ("retention_heatmap",)  # charts that leave out columns where there is little room
KEPT = "learn-kept-"  # what one visitor guessed and answered, by lesson


def _kept(lesson: Lesson) -> dict[str, object]:
    """What the session holds; after a reload, what the address says of the guess."""
    found: dict[str, object] = session.value(f"{KEPT}{lesson.key}") or {}
    said: Guess | None = session.read("guess", Facts())
    if "guess" not in found and said is not None and said.opened.lesson.key == lesson.key:
        found = {**found, **_beside(said)}
    return found


def _beside(guess: Guess) -> dict[str, object]:
    """A guess with what was so when it was made."""
    lesson, values, seed = guess.opened.lesson, guess.opened.values, guess.opened.seed
    outcome = lesson.outcome(values, seed)
    truth: Figure | str = outcome.choice if lesson.choices else outcome.figures[lesson.answer]
    return {"guess": guess.said, "truth": truth, "values": dict(values), "seed": seed}


def _keep(lesson: Lesson, **more: object) -> None:
    session.remember(f"{KEPT}{lesson.key}", {**_kept(lesson), **more})


def is_done(lesson: Lesson) -> bool:
    return _kept(lesson).get("answer") == lesson.right


def draw(opened: Opened[Lesson], look: Look) -> None:
    lesson, language = opened.lesson, look.language
    outcome = lesson.outcome(opened.values, opened.seed)
    filled = words.fields(lesson, opened.values, outcome, language)
    _head(lesson, language, filled)
    kept = _kept(lesson)
    if "guess" not in kept:
        _ask(opened, outcome, look, filled)
        return
    _gap(lesson, kept, language)
    _see(opened, outcome, look, filled)
    _check(lesson, language)
    _onwards(lesson, language)


def _head(lesson: Lesson, language: str, filled: Mapping[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("page.learn.all", language),
            key="learn-all",
            icon=":material/arrow_back:",
            type="tertiary",
            on_click=session.go,
            kwargs={"lesson": "", "guess": ""},
        )
        place = [*LESSONS].index(lesson.key) + 1
        place_words = t("page.learn.place", language, place=place, whole=len(LESSONS))
        st.markdown(f":small[:gray[{place_words}]]")
    belief = t("page.learn.believed", language, belief=_text(lesson, "belief", language, filled))
    panels.heading(t(f"lesson.{lesson.key}.title", language), belief, level=3)


def _text(lesson: Lesson, part: str, language: str, filled: Mapping[str, str]) -> str:
    return words.text(lesson, part, language, filled)


# -- guess --------------------------------------------------------------------------------


def _ask(opened: Opened[Lesson], outcome: Outcome, look: Look, filled: Mapping[str, str]) -> None:
    """The question and a place for the guess; nothing that gives the answer away."""
    lesson, language = opened.lesson, look.language
    with panels.card("guess", t("page.learn.guess", language), stretch=False):
        st.markdown(_text(lesson, "question", language, filled))
        if outcome.table is not None:
            _table(lesson, outcome.table, language, filled)
        key = f"learn-guess-{lesson.key}"
        if lesson.choices:
            st.radio(
                t("page.learn.your_guess", language),
                lesson.choices,
                index=None,
                format_func=lambda name: _text(lesson, f"choice.{name}", language, filled),
                key=key,
            )
        else:
            unit = outcome.figures[lesson.answer].unit
            st.number_input(
                t(f"page.learn.your_guess_{unit}", language),
                min_value=0.0,
                value=None,
                step=1.0,
                format="%.12g",
                key=key,
                width=280,
                placeholder=t("page.learn.number", language),
            )
        with st.container(horizontal=True):
            st.button(
                t("page.learn.show", language),
                key="learn-show",
                type="primary",
                on_click=_shown,
                args=(opened, key),
            )
            st.button(
                t("page.learn.skip", language),
                key="learn-skip",
                type="tertiary",
                on_click=_guessed,
                args=(opened, None),
            )
        if session.take("learn-missing"):
            st.markdown(f":orange[{t('page.learn.missing', language)}]")


def _shown(opened: Opened[Lesson], key: str) -> None:
    """Callback: what was typed reaches the server with the click itself."""
    guess = session.value(key)
    if guess is None:
        session.remember("learn-missing", True)
    else:
        _guessed(opened, guess)


def _guessed(opened: Opened[Lesson], said: float | str | None) -> None:
    """Callback: keeps the guess beside what was so when it was made, in the address too."""
    kept = _beside(Guess(opened, said))
    truth = kept["truth"]
    if isinstance(truth, Figure) and isinstance(said, float) and truth.unit in ("rate", "points"):
        said = said / 100
    _keep(opened.lesson, **{**kept, "guess": said})
    session.go(guess=Guess(opened, said).encoded())
    group.keep(opened, said)


def _gap(lesson: Lesson, kept: Mapping[str, object], language: str) -> None:
    """The guess beside the answer."""
    guess, truth = kept["guess"], kept["truth"]
    if isinstance(truth, Figure):
        answer = words.said(truth, language)
        own = "" if guess is None else words.said(Figure(guess, truth.unit, truth.digits), language)  # type: ignore[arg-type]
    else:
        values: Mapping[str, float] = kept["values"]  # type: ignore[assignment]
        outcome = lesson.outcome(values, kept["seed"])  # type: ignore[arg-type]
        filled = words.fields(lesson, values, outcome, language)
        answer = _text(lesson, f"choice.{truth}", language, filled)
        own = "" if guess is None else _text(lesson, f"choice.{guess}", language, filled)
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="learn-gap"):
        said = t("page.learn.it_is", language, answer=answer)
        if own:
            said = f"{t('page.learn.you_said', language, guess=own)}  \n{said}"
        st.markdown(said, width="stretch")
        st.button(
            t("page.learn.guess_again", language),
            key="learn-again",
            type="tertiary",
            icon=":material/restart_alt:",
            on_click=forget,
            args=(lesson,),
        )


def forget_all() -> None:
    """Callback: every lesson as if it had not been opened in this browser."""
    session.forget(KEPT)
    session.go(guess="")


def forget(lesson: Lesson) -> None:
    """Callback: the lesson as if it had not been opened."""
    for key in (f"{KEPT}{lesson.key}", f"learn-guess-{lesson.key}", f"learn-check-{lesson.key}"):
        session.remember(key, None)
    session.go(guess="")


# -- see, explain, move -------------------------------------------------------------------


def _see(opened: Opened[Lesson], outcome: Outcome, look: Look, filled: Mapping[str, str]) -> None:
    lesson, language = opened.lesson, look.language
    wide = any(picture.chart in WIDE for picture in outcome.pictures)
    with st.container(border=True, key="card-see"):
        left, right = (
            (st.container(), st.container()) if wide else st.columns([1.7, 1], gap="large")
        )
        with left:
            for place, picture in enumerate(outcome.pictures):
                drawn = words.drawing(lesson, picture, look, filled)
                panels.chart(f"lesson-{lesson.key}-{place}", drawn)
        with right:
            panels.heading(t("page.learn.move", language))
            for setting in lesson.settings:
                slider(opened, setting, language)
            st.markdown(_text(lesson, "finding", language, filled))
            another(opened, language)
        if outcome.table is not None:
            _table(lesson, outcome.table, language, filled)
    with panels.card("why", t("page.learn.why", language), stretch=False):
        st.markdown(_text(lesson, "explain", language, filled))


def slider(opened: Opened[L], setting: Setting, language: str) -> None:
    """A setting; rates are moved in per cent. Where it stands is in the address."""
    scale = 100 if setting.unit == "rate" else 1
    key = f"learn-set-{opened.lesson.key}-{setting.name}-{language}"
    session.mirror(key, round(opened.values[setting.name] * scale, 6))
    st.slider(
        t(f"lesson.setting.{setting.name}", language),
        float(round(setting.low * scale, 6)),
        float(round(setting.high * scale, 6)),
        step=float(round(setting.step * scale, 6)),
        format=f"%.{setting.digits}f" + ("%%" if scale == 100 else ""),
        key=key,
        on_change=lambda: session.go(
            lesson=opened.encoded(**{setting.name: round(session.value(key) / scale, 10)})
        ),
    )


def another(opened: Opened[L], language: str) -> None:
    """Back to the lesson's own settings, and another course of the same company."""
    with st.container(horizontal=True):
        if opened.lesson.chance:
            st.button(
                t("page.learn.another", language),
                key="learn-another",
                icon=":material/casino:",
                on_click=session.go,
                kwargs={"lesson": opened.encoded(seed=(opened.seed + 1) % (MOST_SEED + 1))},
            )
        st.button(
            t("page.learn.reset_settings", language),
            key="learn-reset-settings",
            type="tertiary",
            disabled=opened.encoded() == opened.lesson.key,
            on_click=session.go,
            kwargs={"lesson": opened.lesson.key},
        )


def _table(
    lesson: Lesson, table: pandas.DataFrame, language: str, filled: Mapping[str, str]
) -> None:
    """A table of whole numbers and of words of the lesson."""
    shown = pandas.DataFrame(
        {
            _text(lesson, f"column.{name}", language, filled): [
                _text(lesson, f"row.{value}", language, filled) if isinstance(value, str) else value
                for value in table[name]
            ]
            for name in table.columns
        }
    )
    st.dataframe(shown, hide_index=True, height="content", key=f"learn-table-{lesson.key}")


# -- the question at the end --------------------------------------------------------------


def _check(lesson: Lesson, language: str) -> None:
    """A question with the reason for each wrong answer; its figures are the lesson's own."""
    filled = words.fields(lesson, lesson.defaults, lesson.outcome(lesson.defaults), language)
    with panels.card("check", t("page.learn.check", language), stretch=False):
        key = f"learn-check-{lesson.key}"
        session.mirror(key, _kept(lesson).get("answer"))
        chosen = st.radio(
            _text(lesson, "check.question", language, filled),
            lesson.checks,
            index=None,
            format_func=lambda name: _text(lesson, f"check.{name}", language, filled),
            key=key,
            on_change=lambda: _keep(lesson, answer=session.value(key)),
        )
        if chosen is None:
            return
        right = chosen == lesson.right
        reason = _text(lesson, f"why.{chosen}", language, filled)
        said = f"**{t('page.learn.right' if right else 'page.learn.wrong', language)}** {reason}"
        (st.success if right else st.warning)(
            said, icon=":material/check:" if right else ":material/lightbulb:"
        )


def _onwards(lesson: Lesson, language: str) -> None:
    order = [*LESSONS]
    place = order.index(lesson.key) + 1
    with panels.card("own", t("page.learn.own", language), stretch=False):
        st.markdown(t(f"lesson.{lesson.key}.own", language))
        with st.container(horizontal=True):
            st.page_link(
                page_to(lesson.page),
                label=t(f"page.{lesson.page}.title", language),
                icon=":material/arrow_forward:",
            )
            st.download_button(
                t("page.learn.offline.save", language),
                lambda: offline.render(lesson, language),
                f"{lesson.key}.html",
                "text/html",
                key="learn-file",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )
            if place < len(order):
                following = order[place]
                st.button(
                    t(
                        "page.learn.next",
                        language,
                        title=t(f"lesson.{following}.title", language),
                    ),
                    key="learn-next",
                    type="primary",
                    on_click=session.go,
                    kwargs={"lesson": following, "guess": ""},
                )
