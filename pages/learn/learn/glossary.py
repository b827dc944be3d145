"""The glossary: each word in both languages, its formula, and one's own figures in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cs_core.domain.periods import period_column_of
from cs_core.lessons.glossary import METRICS, TERMS, Rows, Term, written, yours
from cs_core.text import LANGUAGES, numbers, t
from pages.frame import loaders, session
from pages.frame.here import Here
from pages.frame.navigation import page_to
from pages.shared import panels


def draw(on: Here | None, language: str) -> None:
    period, given = _own(on) if on is not None and on.info.shape == "calendar" else ("", {})
    line = t("page.learn.glossary.line", language)
    if given:
        when = numbers.period(period, language)
        line = t("page.learn.glossary.line_own", language, period=when)
    st.markdown(f":gray[{line}]")
    with st.grid(2, min_column_width=290):
        for term in TERMS:
            with st.container(border=True, height="stretch", key=f"term-{term.key}"):
                _term(term, given, language)


def _own(on: Here) -> tuple[str, Mapping[str, str]]:
    """The last complete period, and what its figures are."""
    period, rows = loaders.derived(
        on.dataset, "glossary", (on.currency, on.filters), lambda: _rows(on)
    )
    return period, written(rows, on.currency, on.language)


def _rows(on: Here) -> tuple[str, Rows]:
    options = on.filters.options(first=None)
    churn = on.frame("churn", options)
    label = period_column_of(churn)
    complete = churn[~churn["partial"].astype(bool)]
    if not len(complete):
        return "", {}
    period = str(complete[label].iloc[-1])
    rows: dict[str, dict[str, Any]] = {}
    for metric in METRICS:
        frame = on.frame(metric, options)
        there = frame[frame[label].astype(str) == period]
        if len(there):
            clean = there.astype(object).where(there.notna(), None)
            rows[metric] = {str(k): v for k, v in clean.iloc[0].items()}
    return period, rows


def _term(term: Term, given: Mapping[str, str], language: str) -> None:
    names = [t(f"glossary.{term.key}.name", one) for one in (language, *_others(language))]
    panels.heading(names[0], " · ".join(names[1:]))
    st.markdown(t(f"glossary.{term.key}.formula", language))
    own = yours(term, given, language)
    if own is not None:
        st.markdown(f"**{t('page.learn.glossary.yours', language)}** {own}")
    with st.container(horizontal=True):
        st.page_link(
            page_to(term.page),
            label=t(f"page.{term.page}.title", language),
            icon=":material/arrow_forward:",
        )
        st.button(
            t(f"lesson.{term.lesson}.title", language),
            key=f"term-lesson-{term.key}",
            icon=":material/school:",
            type="tertiary",
            on_click=session.go,
            kwargs={"lesson": term.lesson},
        )


def _others(language: str) -> list[str]:
    return [one for one in LANGUAGES if one != language]
