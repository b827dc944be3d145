"""The simulator: a company with a truth that can be switched on, beside what its data say."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas
import streamlit as st

from cs_core import charts, datasets
from cs_core.charts import Look
from cs_core.lessons import Figure, words
from cs_core.lessons.simulator import (
    MONTHS,
    REPEATS,
    BesideTruth,
    Repeats,
    Simulated,
    Simulator,
    repeats,
    settled,
    simulate,
)
from cs_core.text import numbers, t
from pages.frame import loaders, session
from pages.frame.address import Opened
from pages.learn.learn import lessons
from pages.shared import panels

TRUTH, REPEATED = "learn-simulator-truth", "learn-simulator-repeated"
DATASET = "simulated"


def draw(opened: Opened[Simulator], look: Look) -> None:
    language = look.language
    company = simulate(opened.values, opened.seed)
    st.markdown(f":gray[{t('page.learn.simulator.line', language, months=MONTHS)}]")
    with st.container(border=True, key="card-simulator-settings"):
        with st.grid(5, min_column_width=150):
            for setting in opened.lesson.settings:
                lessons.slider(opened, setting, language)
        with st.container(horizontal=True, vertical_alignment="center"):
            _switches(language)
            lessons.another(opened, language)
    told = bool(session.value(TRUTH))
    again = _repeats(opened, language) if session.value(REPEATED) else None
    _pictures(company, look, told, again)
    _figures(company, language, told, again)
    _taken_away(company, language)


def _switches(language: str) -> None:
    for key in (TRUTH, REPEATED):
        st.toggle(t(f"page.learn.simulator.{key.rpartition('-')[2]}", language, n=REPEATS), key=key)


def _repeats(opened: Opened[Simulator], language: str) -> Repeats:
    with st.spinner(t("page.learn.simulator.repeating", language, n=REPEATS), show_time=True):
        return repeats(settled(opened.values))


def _pictures(company: Simulated, look: Look, told: bool, again: Repeats | None) -> None:
    with panels.beside():
        for name, frame in zip(("retention", "churn"), company.frames(), strict=True):
            others = again.curves if again is not None and name == "retention" else ()
            with panels.card(name, t(f"page.learn.simulator.{name}", look.language)):
                drawn = charts.estimate_truth.draw(frame, look, truth=told, others=others)
                panels.chart(f"simulator-{name}", drawn)


def _figures(company: Simulated, language: str, told: bool, again: Repeats | None) -> None:
    rows = [_row(one, language, told, again) for one in company.held]
    first = next(iter(rows[0]))
    st.dataframe(
        pandas.DataFrame(rows),
        hide_index=True,
        height="content",
        key="simulator-figures",
        column_config={first: st.column_config.TextColumn(first, pinned=True)},
    )
    st.markdown(f":small[:gray[{t('page.learn.simulator.how', language)}]]")


def _row(one: BesideTruth, language: str, told: bool, again: Repeats | None) -> dict[str, str]:
    def said(value: float | None) -> str:
        return numbers.MISSING if value is None else words.said(Figure(value, one.unit), language)

    def column(name: str) -> str:
        return t(f"page.learn.simulator.column.{name}", language, n=REPEATS)

    limits = numbers.MISSING if one.low is None else f"{said(one.low)} – {said(one.high)}"
    row = {
        column("figure"): t(f"page.learn.simulator.figure.{one.name}", language),
        column("estimate"): said(one.estimate),
        column("limits"): limits,
    }
    if told:
        row[column("truth")] = said(one.truth)
        holds = {None: numbers.MISSING, True: "✓", False: "✗"}[one.holds]
        row[column("inside")] = holds
    if told and again is not None:
        held, asked = again.held.get(one.name, (0, 0))
        row[column("held")] = numbers.rate(held / asked, 0) if asked else numbers.MISSING
    return row


def _taken_away(company: Simulated, language: str) -> None:
    """The whole app runs on this company as on any other."""
    with st.container(horizontal=True):
        st.button(
            t("page.learn.simulator.use", language),
            key="simulator-use",
            icon=":material/database:",
            on_click=_use,
            args=(company,),
        )
        st.download_button(
            t("page.learn.simulator.csv", language),
            company.subscriptions,
            "subscriptions.csv",
            "text/csv",
            key="simulator-csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )


def _use(company: Simulated) -> None:
    """Callback: keeps the company as a dataset, in place of the one simulated before."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "subscriptions.csv"
        path.write_text(company.subscriptions(), "utf-8")
        datasets.import_files([path], DATASET, loaders.workspace())
    session.open_page("overview", **{**session.of_dataset(DATASET), "lesson": ""})
