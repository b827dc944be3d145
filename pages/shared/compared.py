"""What several pages compare by: the segment column chosen, and what others report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import pandas
import streamlit as st

from cs_core import charts
from cs_core.domain.benchmarks import Benchmark
from cs_core.text import numbers
from pages.frame import loaders, session
from pages.frame.here import Here
from pages.shared import filters, panels
from pages.shared.panels import How


def columns(on: Here, leaving_out: Collection[str] = ()) -> list[str]:
    """The segment columns with more than one value and not too many to look at."""
    known = [segment.name for segment in filters.usable_segments(on.dataset)]
    return [name for name in known if name not in leaving_out]


def column(on: Here, leaving_out: Collection[str] = ()) -> str | None:
    """The one to compare by: from the URL, else the plan, else the first."""
    known = columns(on, leaving_out)
    asked = session.read("by", filters.facts(on.dataset)) or ()
    for name in asked:
        if name in known:
            return str(name)
    return "plan" if "plan" in known else known[0] if known else None


def choose(on: Here, by: str, leaving_out: Collection[str] = (), place: str = "") -> None:
    """The choice itself; the same one on each card that shows it."""
    key = f"by-{place}-{on.language}"
    session.mirror(key, by)
    st.selectbox(
        on.t("page.retention.by"),
        columns(on, leaving_out),
        format_func=lambda name: filters.segment_words(name, on.language),
        key=key,
        on_change=lambda: session.go(by=str(session.value(key))),
        label_visibility="collapsed",
        width=150,
    )


def time_of_year(on: Here, label: str) -> str:
    """January or 1月; Q1, week 5: the part of a period label that comes back every year."""
    for mark, grain in (("Q", "quarter"), ("W", "week")):
        if mark in label:
            return on.t(f"filter.of_year.{grain}", n=int(label.partition(mark)[2]))
    return on.t(f"filter.month.{int(label[5:7])}")


def benchmarks(
    on: Here,
    title: str,
    line: str,
    known: Sequence[Benchmark],
    own: tuple[float | None, float | None, float | None],
    how: How,
) -> None:
    """Bands with source and date under one's own figure (rate, low, high)."""
    rate, low, high = own

    def frame() -> pandas.DataFrame:
        rows = [(on.t("benchmark.own"), low, high, rate, True)]
        rows += [
            (on.t(f"benchmark.{item.key}.name"), item.low, item.high, None, False) for item in known
        ]
        return pandas.DataFrame(rows, columns=["name", "from", "to", "rate", "own"])

    with panels.card("benchmarks", title, line, stretch=False):
        drawing = loaders.drawing(
            on.dataset,
            "benchmarks",
            (on.look, on.filters, title, own),
            lambda: charts.benchmarks.draw(frame(), on.look),
        )
        panels.chart("benchmarks", drawing)
        said = "\n".join(f"- :small[:gray[{source_words(on, item)}]]" for item in known)
        st.markdown(said)
        panels.foot(on, "benchmarks", lambda: replace(how, table=frame()), drawing, title)


def source_words(on: Here, item: Benchmark) -> str:
    """A quoted figure with who reports it, when, and whether it could be verified."""
    name, source = (on.t(f"benchmark.{item.key}.{part}") for part in ("name", "source"))
    low = numbers.rate(item.low, 2 if item.low < 0.01 else 0)
    high = numbers.rate(item.high, 2 if item.high < 0.01 else 0)
    value = high if item.low == item.high else f"{low.rstrip('%')}–{high}"
    key = "benchmark.primary" if item.primary else "benchmark.unverified"
    return on.t(key, name=name, value=value, source=source)
