"""What the page of accounts at risk knows: learned once, scored once, coloured by the rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas
import streamlit as st

from cs_core.domain import named_columns
from cs_core.errors import WorkspaceError
from cs_core.metrics.options import Options
from cs_core.models import health_score
from cs_core.studies import risk
from cs_core.studies.risk import Rules, kept
from cs_core.text import numbers
from cs_core.workspace.scores import Score, keep_scores, score_history
from pages.frame import loaders
from pages.frame.here import Here
from pages.shared import filters

COLOURS = health_score.COLOURS
MOST_SEGMENTS = 8  # rows of the heat table; the smallest are added up
# What the rules say of everybody can split the heat table like a column of the data.
RANKED = {
    "=phase": "page.accounts_at_risk.column.phase",
    "=touch": "page.accounts_at_risk.column.touch",
}
NOT_A_SEGMENT = ("status", "cancel_reason", "churn_kind")


@dataclass(frozen=True)
class Study:
    """One run of the page: `frame` has a row a customer in the order of the list, with its
    `place` in `known`, what sorts and filters it, and money in millionths. What is said of single
    customers is made by `rows`, for those that are shown."""

    known: risk.Known
    rules: Rules
    ranked: risk.Ranking
    frame: pandas.DataFrame

    @property
    def learned(self) -> risk.Learned:
        return self.known.learned

    @property
    def present(self) -> risk.Present:
        return self.known.present

    @property
    def predictive(self) -> bool:
        return self.learned.model is not None

    def rows(self, frame: pandas.DataFrame) -> pandas.DataFrame:
        """The columns of the contract, and the owner, for rows of `frame`."""
        places = frame["place"].tolist()
        found = risk.described(self.present, self.ranked, places)
        rows = pandas.DataFrame(found, columns=list(risk.COLUMNS), dtype=object)
        rows["place"] = places
        if "owner" in frame.columns:
            rows["owner"] = frame["owner"].tolist()
        return rows


def options(on: Here) -> Options:
    """The question; the range and period of other pages say nothing here."""
    return on.filters.options(
        first=None, last=None, period="month", fiscal_start=1, horizon_days=filters.horizon()
    )


def segments(on: Here) -> list[str]:
    """Columns the heat table can be split by, phase and touch tier last."""
    found = [s.name for s in on.info.segments if s.name not in NOT_A_SEGMENT and s.values <= 60]
    return [*sorted(found, key=lambda name: name != "plan"), *RANKED]


def segment_name(on: Here, column: str) -> str:
    """A column's name in words."""
    key = RANKED.get(column)
    return filters.segment_words(column, on.language) if key is None else on.t(key)


def owner_column(on: Here) -> str | None:
    return named_columns.owner_column([segment.name for segment in on.info.segments])


@contextmanager
def working(on: Here) -> Iterator[None]:
    """While the past is learned from for the first time: what is being done, at the height of
    what comes."""
    asked = options(on)
    if not loaders.is_new(on.dataset, "risk-known", (asked,)) or risk.is_ready(
        on.dataset.warehouse, asked
    ):
        yield
        return
    place = st.empty()
    with place.container():
        said = on.t("page.accounts_at_risk.working", n=numbers.count(on.info.accounts))
        st.markdown(f":small[:gray[{said}]]")
        left, right = st.columns([0.42, 0.58])
        with left:
            st.skeleton(360)
        with right:
            st.skeleton(360)
        st.skeleton(420)
    yield
    place.empty()


def study(on: Here, rules: Rules) -> Study:
    asked = options(on)
    known = loaders.derived(
        on.dataset, "risk-known", (asked,), lambda: risk.known(on.dataset.warehouse, asked)
    )
    return loaders.derived(
        on.dataset,
        "risk-list",
        (asked, rules, on.currency),
        lambda: _study(on, known, rules),
    )


def _study(on: Here, known: risk.Known, rules: Rules) -> Study:
    of, ranked = known.present, risk.ranking(known.present, rules)
    columns = {
        "account_id": of.texts["account_id"],
        "currency": of.texts["currency"],
        "mrr": of.table["mrr"].astype("int64"),
        "at_risk": of.at_risk,
        "probability": of.chance,
        "health": ranked.health.score,
        "colour": [colour or None for colour in ranked.health.colours],
        "end": ranked.ends,
        "leaving": ~of.staying,
        "worth": ranked.worth,
    }
    frame = pandas.DataFrame(columns)
    frame["place"] = np.arange(len(frame))
    owner = owner_column(on)
    if owner is not None:
        frame["owner"] = segment_of(on, of, owner)
    frame = frame.take(ranked.order)
    if not on.info.joint:
        frame = frame[frame["currency"] == on.currency]
    return Study(known, rules, ranked, frame.reset_index(drop=True))


def keep(on: Here, of: Study) -> None:
    """Keeps the day's scores as they are, once, where the plain question was asked."""
    asked = options(on)
    if not kept.is_the_days_own(asked):
        return

    def work() -> bool:
        evaluation = risk.evaluation_record(of.learned.evaluation)
        card = kept.card(of.learned, of.rules, evaluation, on.dataset.version)
        scores = kept.scores(of.present, of.rules)
        with suppress(WorkspaceError):  # a workspace that can only be read is still of use
            day, workspace = of.present.as_of, loaders.workspace()
            keep_scores(workspace, on.dataset.key, day, asked.horizon_days, card, scores)
        return True

    loaders.derived(on.dataset, "risk-kept", (asked,), work)


def kept_scores(on: Here, account_id: str, currency: str) -> list[tuple[date, Score]]:
    """What was said of one account on earlier days and on this one."""
    return score_history(
        loaders.workspace(), on.dataset.key, account_id, currency, filters.horizon()
    )


def segment_of(on: Here, of: risk.Present, column: str) -> list[str | None]:
    """The value of a segment column for each customer, by its place."""
    asked = options(on)
    return loaders.derived(
        on.dataset,
        "risk-segment",
        (asked, column),
        lambda: risk.values_of(on.dataset.warehouse, asked, of, column),
    )


def staying(of: Study) -> pandas.DataFrame:
    """Without those who have given notice."""
    return of.frame[~of.frame["leaving"]]


def _values(on: Here, of: Study, column: str) -> Sequence[str | None]:
    """What each customer has in a column, by place."""
    if column == "=phase":
        return [on.t(f"risk.phase.{phase}") for phase in of.ranked.phases]
    if column == "=touch":
        return [None if tier is None else on.t(f"risk.touch.{tier}") for tier in of.ranked.touches]
    return segment_of(on, of.present, column)


def _named(on: Here, of: Study, frame: pandas.DataFrame, by: list[str]) -> list[str]:
    """Which row of the heat table each customer of a frame belongs to."""
    columns = [_values(on, of, column) for column in by]
    return [_joined(on, tuple(c[n] for c in columns)) for n in frame["place"].tolist()]


def cells(on: Here, of: Study, by: list[str]) -> pandas.DataFrame:
    """The heat table's cells, made once."""
    asked = (options(on), of.rules, tuple(by), on.language, on.currency)
    return loaders.derived(on.dataset, "risk-cells", asked, lambda: _cells(on, of, by))


def _cells(on: Here, of: Study, by: list[str]) -> pandas.DataFrame:
    """Segment x colour with sums, as `charts.segment_health` wants it. Two columns are crossed.
    The sums over all cells are those of the list."""
    frame = staying(of)
    frame = frame[frame["colour"].notna()].copy()
    frame["segment"] = _named(on, of, frame, by)
    if frame.empty:
        return frame
    totals = frame.groupby("segment")["mrr"].sum().sort_values(ascending=False, kind="stable")
    order = list(totals.index)
    if len(order) > MOST_SEGMENTS:
        kept = set(order[: MOST_SEGMENTS - 1])
        other = on.t("chart.other")
        frame["segment"] = [s if s in kept else other for s in frame["segment"]]
        order = [*order[: MOST_SEGMENTS - 1], other]
    rows = []
    for segment in order:
        here = frame[frame["segment"] == segment]
        loss = expected_loss(of, here)
        for colour in COLOURS:
            cell = here[here["colour"] == colour]
            rows.append(
                {
                    "segment": segment,
                    "label": segment,
                    "colour": colour,
                    "mrr": total(cell["mrr"]),
                    "accounts": len(cell),
                    "mrr_at_risk": total(cell["at_risk"]) if of.predictive else None,
                    "loss": loss[0] if loss else None,
                    "low": loss[1] if loss else None,
                    "high": loss[2] if loss else None,
                }
            )
    return pandas.DataFrame(rows)


def expected_loss(of: Study, frame: pandas.DataFrame) -> tuple[float, float, float] | None:
    held = np.zeros(len(of.present), dtype=bool)
    held[frame["place"].to_numpy()] = True
    return risk.expected_loss(of.present, held)


def in_segment(on: Here, of: Study, by: list[str], segment: str) -> Any:
    """Which rows of the list belong to a row of the heat table."""
    names = _named(on, of, of.frame, by)
    shown = set(cells(on, of, by)["segment"])
    other = on.t("chart.other")
    return np.array([(name if name in shown else other) == segment for name in names])


def _joined(on: Here, values: tuple[str | None, ...]) -> str:
    return " × ".join(on.t("chart.blank") if value is None else value for value in values)


def total(millionths: pandas.Series) -> Decimal:
    """What a column of money adds up to, exactly."""
    return risk.money(millionths.sum())
