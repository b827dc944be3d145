"""Overview: what changed, and why?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas
import streamlit as st

from cs_core import charts
from cs_core.domain.proportion import SMALL_SAMPLE
from cs_core.reports import findings
from cs_core.text import numbers
from pages.analyse.overview import targets, tiles
from pages.analyse.overview.tiles import Figures
from pages.frame import here, loaders, problems, session
from pages.frame.here import Here
from pages.frame.navigation import page_to
from pages.shared import drill, earlier, formulas, panels, versus
from pages.shared.panels import How

PICKS = "overview"
MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")
TERMS = (
    ("", "opening", "opening_mrr"),
    ("+", "new", "new_mrr"),
    ("+", "reactivation", "reactivation_mrr"),
    ("+", "expansion", "expansion_mrr"),
    ("+", "transferred_in", "transferred_in_mrr"),
    ("-", "contraction", "contraction_mrr"),
    ("-", "churn", "churned_mrr"),
    ("-", "transferred_out", "transferred_out_mrr"),
    ("+", "fx", "fx_mrr"),
)


def page(on: Here) -> None:
    with panels.working(on, on.filters.options()):
        figures = tiles.read(on)
        moves = on.frame("mrr_movements", on.filters.options())
    tiles.draw(on, figures)
    complete = moves[~moves[figures.label].isin(figures.partial)]
    shown = str((complete if len(complete) else moves)[figures.label].iloc[-1])
    if figures.churn and len(complete):
        with problems.boundary("sentences"):
            _sentences(on, figures, complete, shown)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="next"):
        _list(on, moves, figures, shown)
        _doors(on)
    with panels.beside():
        _bridge(on, moves, figures, shown)
        _movements(on, moves, figures, shown)
    versus.card(on)


def _sentences(on: Here, figures: Figures, complete: pandas.DataFrame, shown: str) -> None:
    said = loaders.derived(
        on.dataset,
        "sentences",
        (on.language, on.filters),
        lambda: _said(on, figures, complete, shown),
    )
    with st.container(horizontal=True, key="said"):
        with st.container(
            horizontal=True, vertical_alignment="bottom", width="stretch", key="sentences"
        ):
            st.markdown("\n".join(f"- {line}" for line in said), width="content")
        targets.draw(on)


def _doors(on: Here) -> None:
    """What to do with it: who to call, and whether other tools say otherwise."""
    for key, icon, label in (
        ("this_week", ":material/checklist:", "call"),
        ("churn", ":material/trending_down:", "why"),
        ("definitions", ":material/rule:", "match"),
    ):
        st.page_link(page_to(key), label=on.t(f"page.overview.next.{label}"), icon=icon)


def _said(on: Here, figures: Figures, complete: pandas.DataFrame, shown: str) -> list[str]:
    lost = pandas.concat(
        on.rows_behind(
            "mrr_movements",
            {figures.label: shown, "movement": movement},
            on.filters.options(),
        )
        for movement in ("churn", "contraction")
    )
    return [
        findings.churn_sentence(on, figures.churn[-1], figures.signals.churn_range, shown)
        + "".join(
            findings.change_sentence(on, change, figures.signals.since)
            for change in figures.signals.levels.changes[-1:]
        ),
        findings.mrr_sentence(on, tiles.records(complete)),
        findings.loss_sentence(on, lost, shown),
        *_point(on, figures, complete),
    ]


def _point(on: Here, figures: Figures, complete: pandas.DataFrame) -> list[str]:
    """What one point less churn keeps in a period: a hundredth of those it begins with."""
    customers, mrr = figures.churn[-1]["opening_customers"], complete.iloc[-1]["opening_mrr"]
    if customers < SMALL_SAMPLE or not mrr:
        return []
    kept = on.t(
        "page.overview.point",
        customers=numbers.decimal(customers / 100),
        mrr=numbers.money(mrr / 100, on.currency, on.language),
        n=numbers.count(customers),
        all=numbers.money(mrr, on.currency, on.language),
    )
    return [kept]


def _bridge(on: Here, moves: pandas.DataFrame, figures: Figures, shown: str) -> None:
    row = moves[moves[figures.label] == shown]
    drawing = loaders.drawing(
        on.dataset,
        "bridge",
        (on.look, on.filters, shown),
        lambda: charts.bridge.draw(row, on.look),
    )
    period = numbers.period(shown, on.language)
    start = numbers.money(drawing.facts.get("axis_start"), on.currency, on.language)
    with panels.card(
        "bridge",
        on.t("page.overview.bridge.title"),
        on.t("page.overview.bridge.line", period=period, start=start),
    ):
        panels.chart(
            "bridge",
            drawing,
            picks=PICKS,
            start=lambda mark: (
                {"movement": mark["movement"]}
                if "movement" in mark and mark.get("period", shown) == shown
                else None
            ),
        )
        panels.foot(
            on,
            "bridge",
            lambda: How(
                "mrr_movements",
                on.filters.options(first=shown, last=shown),
                row,
                title=f"{on.t('page.overview.bridge.title')}, {period}",
                formula=_bridge_formula(on, row.iloc[0]),
                lines=(_gross_churn_line(on, row.iloc[0]),),
                n=int(row.iloc[0]["closing_customers"]),
                money=tuple(name for name in row.columns if name.endswith("_mrr")),
            ),
            drawing,
            f"{on.t('page.overview.bridge.title')}, {period}",
        )


def _bridge_formula(on: Here, row: pandas.Series) -> str:
    parts = [
        (sign, on.t(f"chart.movements.{name}"), formulas.figure(row[column], on.currency))
        for sign, name, column in TERMS
        if column in row.index and (row[column] or name in ("opening", *MOVEMENTS))
    ]
    closing = formulas.figure(row["closing_mrr"], on.currency)
    return formulas.signed_sum(
        parts, (on.t("chart.movements.closing"), closing), on.t("panel.rounding")
    )


def _gross_churn_line(on: Here, row: pandas.Series) -> str:
    if not row["opening_mrr"]:
        return ""
    lost = row["churned_mrr"] + row["contraction_mrr"]
    return (
        "$"
        + formulas.ratio(
            (on.t("chart.movements.churn"), on.t("chart.movements.contraction")),
            (on.t("chart.movements.opening"),),
            formulas.figure(lost, on.currency),
            formulas.figure(row["opening_mrr"], on.currency),
            formulas.percent(lost / row["opening_mrr"]),
        )
        + "$  \n"
        + on.t("page.overview.bridge.gross")
    )


def _movements(on: Here, moves: pandas.DataFrame, figures: Figures, shown: str) -> None:
    partial = next((p for p in moves[figures.label] if p in figures.partial), None)
    drawing = loaders.drawing(
        on.dataset,
        "movements",
        (on.look, on.filters),
        lambda: charts.movements.draw(moves, on.look, partial=partial),
    )
    title = on.t(f"page.overview.movements.{on.filters.period}")
    with panels.card("movements", title, on.t("page.overview.movements.line")):
        earlier.remark(on)
        panels.chart(
            "movements",
            drawing,
            picks=PICKS,
            start=lambda mark: (
                {"period": mark.get("period", shown), "movement": mark["movement"]}
                if "movement" in mark
                else None
            ),
        )
        panels.foot(
            on,
            "movements",
            lambda: How(
                "mrr_movements",
                on.filters.options(),
                moves,
                title=title,
                lines=(on.t("page.overview.movements.how"),),
                n=int(moves.iloc[-1]["closing_customers"]),
                money=tuple(name for name in moves.columns if name.endswith("_mrr")),
            ),
            drawing,
            title,
        )


def _list(on: Here, moves: pandas.DataFrame, figures: Figures, shown: str) -> None:
    periods: Sequence[str] = [str(label) for label in reversed(moves[figures.label].tolist())]

    def movement_words(name: str) -> str:
        return on.t(f"chart.movements.{name}")

    choices = [
        drill.Choice("movement", MOVEMENTS, movement_words),
        drill.Choice("period", periods, lambda p: numbers.period(p, on.language), shown),
    ]

    def behind(mark: session.Mark) -> drill.Behind | None:
        movement, period = mark.get("movement"), mark.get("period", shown)
        if movement not in MOVEMENTS or period not in periods:
            return None
        title = on.t(
            "page.overview.list_title",
            movement=movement_words(movement),
            period=numbers.period(period, on.language),
        )
        return drill.Behind(
            "mrr_movements",
            on.filters.options(),
            {figures.label: period, "movement": movement},
            lambda found: drill.ledger_listing(on, title, found),
            choices,
        )

    lost = bool(moves.loc[moves[figures.label] == shown, "churned_mrr"].any())
    begin = {"period": shown, "movement": "churn" if lost else "new"}
    drill.accounts(on, PICKS, on.t("page.overview.list"), behind, begin)


page(here.current())
