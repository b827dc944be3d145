"""A figure the person knows, beside what is counted; where they differ, the readings that would
give it, each one press away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import streamlit as st

from cs_core import datasets
from cs_core.datasets import Info, Inspection
from cs_core.datasets.known import FIGURES, KnownFigure
from cs_core.errors import KeizokuError
from cs_core.text import inert, numbers, t
from pages.frame import problems, session
from pages.prepare.data import uploads

# Months offered, from the last one back.
_MONTHS = 36


def draw(
    files: Sequence[Path], checked: Inspection, waiting: Callable[[Any], datasets.Heard]
) -> None:
    """Asks for a figure and says what becomes of it."""
    if checked.info is None or not checked.info.lines:
        return
    language = session.language()
    round_ = uploads.uploader_key()
    with st.container(border=True, key="card-known"):
        st.markdown(f"##### {t('page.data.known_title', language)}")
        with (
            st.form(f"known-{round_}-{language}", border=False),
            st.container(horizontal=True, vertical_alignment="bottom"),
        ):
            figure = st.selectbox(
                t("page.data.known_figure", language),
                FIGURES,
                format_func=lambda name: t(f"known.{name}", language),
                width=180,
            )
            month = st.selectbox(
                t("page.data.known_month", language),
                ["", *_months(checked.info)],
                format_func=lambda value: (
                    numbers.period(value, language) if value else t("known.today", language)
                ),
                width=180,
            )
            value = st.text_input(t("page.data.known_value", language), width=180)
            asked = st.form_submit_button(t("page.data.known_compare", language))
        if asked:
            uploads.know(figure, value, month)
        if (known := uploads.known()) is not None:
            _draw_answer(files, checked, known, waiting)


def _months(info: Info) -> list[str]:
    """Labels of the months of the data, latest first."""
    if info.first is None:
        return []
    last, first = (day.year * 12 + day.month - 1 for day in (info.as_of, info.first))
    shown = range(last, max(first, last - _MONTHS) - 1, -1)
    return [f"{date(n // 12, n % 12 + 1, 1):%Y-%m}" for n in shown]


def _draw_answer(
    files: Sequence[Path],
    checked: Inspection,
    asked: tuple[str, str, str],
    waiting: Callable[[Any], datasets.Heard],
) -> None:
    language = session.language()
    which, value, month = asked
    place = st.empty()
    try:
        name = f"{which}@{month}" if month else which
        found = uploads.search(files, KnownFigure.of(name, value), waiting(place))
    except KeizokuError as error:
        place.empty()
        st.warning(problems.explain(error), icon=":material/edit:")
        return
    place.empty()
    said = t(f"known.{which}", language)
    if month:
        said = t("known.at", language, figure=said, month=numbers.period(month, language))
    values = {name: _shown(found, name, checked, language) for name in ("known", "counted")}
    if found["fits"]:
        text = t("known.fits", language, figure=said, **values)
        st.markdown(f":green[:material/check:] {text}")
        return
    st.markdown(f":orange[:material/help:] {t('known.differs', language, figure=said, **values)}")
    if not found["readings"]:
        st.markdown(t("known.no_reading", language))
    for number, one in enumerate(found["readings"]):
        _draw_reading(number, one, language)


def _shown(found: Mapping[str, Any], which: str, checked: Inspection, language: str) -> str:
    value = Decimal(found[which] or 0)
    if found["figure"] == "customers":
        return numbers.count(int(value))
    return inert(numbers.exact_money(value, uploads.currency(checked), language))


def _draw_reading(number: int, one: Mapping[str, Any], language: str) -> None:
    """A reading with the button that takes it; a policy and another figure are only named."""
    reading = t(f"known.{one['reading']}", language)
    option = one["option"] or ""
    if "change" not in one:
        said = "known.fits_if" if option else "known.may_be"
        st.markdown(t(said, language, reading=reading, option=inert(option)))
        return
    columns = one["change"].get("columns")
    if columns:
        header = inert(next(reversed(columns.values())))
        reading = t("page.data.known_column", language, header=header)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(t("page.data.known_fits_if", language, reading=reading), width="content")
        st.button(
            t("page.data.known_take", language),
            key=f"known-take-{number}",
            on_click=lambda: uploads.choose(**one["change"]),
        )
