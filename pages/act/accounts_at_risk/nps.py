"""NPS on the page of accounts at risk: the score, who gives it, and who leaves after it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

import pandas
import streamlit as st

from cs_core import charts
from cs_core.domain.periods import add_months
from cs_core.metrics.options import Options
from cs_core.text import numbers
from pages.frame import loaders
from pages.frame.here import Here
from pages.shared import filters, panels, risk_study
from pages.shared.panels import How

T = "page.accounts_at_risk.nps"
PERIODS = 12
HORIZON = 90  # days of the finding
MOST_SEGMENTS = 8


def draw(on: Here) -> None:
    """Three cards, or one that says what the table would add."""
    if on.info.shape == "tenure":
        return
    asked = risk_study.options(on)
    if "nps" not in on.info.tables:
        with panels.card("nps", on.t(f"{T}.title"), stretch=False):
            panels.empty(on.t(f"{T}.none"), on.t(f"{T}.none_advice"))
        return
    year = _last_year(on, asked)
    left, middle, right = st.columns([0.4, 0.3, 0.3])
    with left:
        _score(on, asked, year)
    with middle:
        _segments(on, year)
    with right:
        _churn(on, asked)


def _last_year(on: Here, asked: Options) -> Options:
    """The twelve complete months up to as-of, as one fiscal year that ends with them."""
    as_of = asked.as_of or on.info.as_of
    last = filters.last_complete_month(as_of)
    begin = int(add_months(last, 1)[5:])
    options: dict[str, Any] = {"period": "year", "fiscal_start": begin}
    first = add_months(last, -11)
    return on.filters.options(first=first, last=last, **options)


def _month(on: Here, asked: Options) -> str:
    return numbers.period(str(asked.last), on.language)


@dataclass(frozen=True)
class _Card:
    """What a card shows, made once; no `drawing` where there is nothing to draw."""

    drawing: charts.Drawing | None
    how: How
    line: str = ""


def _kept(on: Here, kind: str, key: tuple[Hashable, ...], make: Callable[[], _Card]) -> _Card:
    return loaders.derived(on.dataset, f"nps-{kind}", (*key, on.look), make)


def _score(on: Here, asked: Options, year: Options) -> None:
    card = _kept(on, "score", (asked, year), lambda: _made_score(on, year))
    with panels.card("nps", on.t(f"{T}.title"), card.line):
        _draw(on, card, "nps", stretch=True)


def _draw(on: Here, card: _Card, key: str, *, stretch: bool = False) -> None:
    if card.drawing is None:
        panels.empty(on.t(f"{T}.no_period"))
        return
    panels.chart(key, card.drawing, stretch=stretch)
    panels.foot(on, key, card.how, card.drawing, card.how.title)


def _made_score(on: Here, year: Options) -> _Card:
    whole = on.frame("nps", year)
    known = whole[whole["nps"].notna()]
    line = on.t(f"{T}.line_few")
    lines: tuple[str, ...] = ()
    if not known.empty:
        row = known.to_dict("records")[-1]
        score, low, high = (numbers.decimal(row[name], 0) for name in ("nps", "low", "high"))
        n = numbers.count(row["responses"])
        line = on.t(f"{T}.line", month=_month(on, year), nps=score, low=low, high=high, n=n)
        counts = {name: numbers.count(row[name]) for name in ("promoters", "detractors")}
        lines = (on.t(f"{T}.how_score", nps=score, responses=n, **counts),)
    drawn = [on.filters.options(first=None, last=None, period=p) for p in ("quarter", "month")]
    # Data of a few months says more by month.
    history = drawn[0] if on.frame("nps", drawn[0])["nps"].count() > 1 else drawn[1]
    rows = on.frame("nps", history)
    shown = rows[rows["nps"].notna()].tail(PERIODS)
    drawing = None if shown.empty else charts.nps_history.draw(shown, on.look)
    return _Card(drawing, How("nps", history, rows, title=on.t(f"{T}.title"), lines=lines), line)


def _segments(on: Here, year: Options) -> None:
    known = [name for name in risk_study.segments(on) if name not in risk_study.RANKED]
    line = on.t(f"{T}.segments_line", month=_month(on, year)) if known else ""
    with panels.card("nps-segments", on.t(f"{T}.segments"), line):
        if not known:
            panels.empty(on.t("page.accounts_at_risk.segments.none"))
            return
        by = st.selectbox(
            on.t("page.accounts_at_risk.by"),
            known,
            format_func=lambda name: filters.segment_words(name, on.language),
            key=f"nps-by-{on.language}",
            label_visibility="collapsed",
        )
        card = _kept(on, "segments", (year, by), lambda: _made_segments(on, year, by))
        _draw(on, card, "nps-segments")


def _made_segments(on: Here, year: Options, by: str) -> _Card:
    asked = replace(year, by=by)
    rows, whole = on.frame("nps", asked), on.frame("nps", year)
    scored, all_of_them = rows[rows["nps"].notna()], whole["nps"].dropna()
    drawing = None
    if len(scored) and len(all_of_them):
        named = scored.rename(columns={by: "segment"}).nlargest(MOST_SEGMENTS, "responses")
        drawing = charts.nps_segments.draw(named, on.look, whole=float(all_of_them.iloc[-1]))
    return _Card(drawing, How("nps", asked, rows, title=on.t(f"{T}.segments")))


def _churn(on: Here, asked: Options) -> None:
    with panels.card("nps-churn", on.t(f"{T}.churn"), on.t(f"{T}.churn_line")):
        card = _kept(on, "churn", (asked,), lambda: _made_churn(on, asked))
        if card.drawing is None:
            panels.empty(on.t(f"{T}.few"))
            return
        st.markdown(f":small[{card.line}]")
        _draw(on, card, "nps-churn")


def _made_churn(on: Here, asked: Options) -> _Card:
    rows = on.frame("nps_churn", asked)
    how = How(
        "nps_churn",
        asked,
        rows,
        title=on.t(f"{T}.churn"),
        lines=(on.t(f"{T}.how_churn"),),
        rates=("churn_rate", "low", "high"),
    )
    if rows.empty:
        return _Card(None, how)
    return _Card(charts.nps_churn.draw(rows, on.look), how, _finding(on, rows))


def _finding(on: Here, rows: pandas.DataFrame) -> str:
    """Whether detractors leave more, where the intervals lie apart."""
    near = {
        row["answer_group"]: row for row in rows[rows["horizon_days"] == HORIZON].to_dict("records")
    }
    if not {"promoters", "detractors"} <= set(near):
        return ""
    first, last = near["promoters"], near["detractors"]
    key = "finding" if last["low"] > first["high"] else "same"
    return on.t(
        f"{T}.{key}",
        detractors=numbers.rate(last["churn_rate"]),
        promoters=numbers.rate(first["churn_rate"]),
    )
