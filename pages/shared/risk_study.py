"""What the page of accounts at risk knows: learned once, scored once, coloured by the rules."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas
import streamlit as st

from cs_core import risk
from cs_core.errors import WorkspaceError
from cs_core.metrics.options import HORIZONS, Options
from cs_core.models import health_score
from cs_core.risk import Learned, Present, Rules, kept
from cs_core.text import numbers
from cs_core.workspace.scores import Score, keep_scores, score_history
from pages.shared import loaders, session
from pages.shared.here import Here

DEFAULT_HORIZON = 90
COLOURS = health_score.COLOURS
OWNERS = ("owner", "account owner", "csm", "担当", "担当者")
MOST_SEGMENTS = 8  # rows of the heat table; the smallest are added up
NOT_A_SEGMENT = ("status", "cancel_reason", "churn_kind")
OTHER, BLANK = "other", ""


@dataclass(frozen=True)
class Study:
    """One run of the page: `frame` has the contract's columns with `key` (customer), `owner` and
    the row's place in `present`, in the order of the list."""

    learned: Learned
    present: Present
    rules: Rules
    frame: pandas.DataFrame

    @property
    def predictive(self) -> bool:
        return self.learned.model is not None


def horizon() -> int:
    asked = session.address("view")
    return int(asked) if asked in map(str, HORIZONS) else DEFAULT_HORIZON


def options(on: Here) -> Options:
    """The question; the range and period of other pages say nothing here."""
    return on.filters.options(
        first=None, last=None, period="month", fiscal_start=1, horizon_days=horizon()
    )


def segments(on: Here) -> list[str]:
    """Columns the heat table can be split by."""
    found = [s.name for s in on.info.segments if s.name not in NOT_A_SEGMENT and s.values <= 60]
    return sorted(found, key=lambda name: name != "plan")


def owner_column(on: Here) -> str | None:
    return next((s.name for s in on.info.segments if s.name.lower() in OWNERS), None)


@contextmanager
def working(on: Here) -> Iterator[None]:
    """While the past is learned from for the first time: what is being done, at the height of
    what comes."""
    if not loaders.is_new(on.dataset, "risk", (options(on),)):
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


def kept_rules(on: Here) -> Rules:
    """The rules saved for this dataset, or the usual ones."""
    kept = loaders.workspace().setting(_setting(on))
    return Rules.of(kept) if kept else Rules()


def keep_rules(on: Here, rules: Rules | None) -> None:
    loaders.workspace().set_setting(_setting(on), rules.as_json() if rules else None)


def _setting(on: Here) -> str:
    return f"health_rules:{on.dataset.name}"


def study(on: Here, rules: Rules) -> Study:
    asked = options(on)
    key: tuple[Hashable, ...] = (asked,)
    warehouse = on.dataset.warehouse
    whole = (on.filters.as_of, on.filters.policies, on.filters.currency, asked.horizon_days)
    learned = loaders.derived(
        on.dataset, "risk-learned", whole, lambda: risk.learn(warehouse, asked)
    )
    present = loaders.derived(
        on.dataset, "risk-present", key, lambda: risk.today(warehouse, asked, learned)
    )
    frame = loaders.derived(
        on.dataset,
        "risk-list",
        (*key, rules, on.currency),
        lambda: _frame(on, present, rules),
    )
    return Study(learned, present, rules, frame)


def keep(on: Here, of: Study) -> None:
    """Keeps the day's scores as they are, once, where the plain question was asked."""
    asked = options(on)
    if not kept.is_the_days_own(asked):
        return

    def work() -> bool:
        dataset = loaders.stored()[on.dataset.name]
        evaluation = risk.evaluation_record(of.learned.evaluation)
        card = kept.card(of.learned, of.rules, evaluation, dataset.version)
        rows = risk.records(of.present, of.rules)
        with suppress(WorkspaceError):  # a workspace that can only be read is still of use
            day, workspace = of.present.as_of, loaders.workspace()
            keep_scores(workspace, dataset.id, day, asked.horizon_days, card, kept.scores(rows))
        return True

    loaders.derived(on.dataset, "risk-kept", (asked,), work)


def kept_scores(on: Here, account_id: str, currency: str) -> list[tuple[date, Score]]:
    """What was said of one account on earlier days and on this one."""
    dataset = loaders.stored()[on.dataset.name]
    return score_history(loaders.workspace(), dataset.id, account_id, currency, horizon())


def _frame(on: Here, present: Present, rules: Rules) -> pandas.DataFrame:
    records = risk.records(present, rules)
    frame = pandas.DataFrame(records, columns=list(risk.COLUMNS))
    pairs = zip(present.texts["account_id"], present.texts["currency"], strict=True)
    place = {pair: n for n, pair in enumerate(pairs)}
    frame["place"] = [
        place[pair] for pair in zip(frame["account_id"], frame["currency"], strict=True)
    ]
    keys = present.table.get("customer_key", np.arange(len(present), dtype=float))
    frame["key"] = [int(keys[n]) for n in frame["place"]]
    owner = owner_column(on)
    if owner is not None:
        frame["owner"] = segment_of(on, frame, owner)
    if not on.info.joint:
        frame = frame[frame["currency"] == on.currency].reset_index(drop=True)
    return frame


def segment_of(on: Here, frame: pandas.DataFrame, column: str) -> list[str | None]:
    """The value of a segment column for each row."""
    if on.info.shape == "tenure":
        values = dict(
            loaders.derived(on.dataset, "risk-values", (column,), lambda: _given(on, column))
        )
        return [values.get(account) for account in frame["account_id"]]
    asked = options(on)
    found = loaders.derived(
        on.dataset,
        "risk-segment",
        (asked, column),
        lambda: risk.segment_values(on.dataset.warehouse, asked, column),
    )
    return [found.get(key) for key in frame["key"]]


def _given(on: Here, column: str) -> dict[str, str | None]:
    from cs_core.risk import tenures

    everybody = tenures.read(on.dataset.warehouse)
    return dict(zip(everybody.ids, everybody.columns.get(column, ()), strict=False))


def staying(of: Study) -> pandas.DataFrame:
    """Without those who have given notice."""
    return of.frame[of.frame["notice_given"].isna()]


def cells(on: Here, of: Study, by: list[str]) -> pandas.DataFrame:
    """Segment x colour with sums, as `charts.segment_health` wants it. Two columns are crossed.
    The sums over all cells are those of the list."""
    frame = staying(of)
    frame = frame[frame["colour"].notna()].copy()
    columns = [segment_of(on, frame, column) for column in by]
    frame["segment"] = [_joined(on, values) for values in zip(*columns, strict=True)]
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
        held = np.zeros(len(of.present), dtype=bool)
        held[here["place"].to_numpy(dtype=int)] = True
        loss = risk.expected_loss(of.present, held)
        for colour in COLOURS:
            cell = here[here["colour"] == colour]
            rows.append(
                {
                    "segment": segment,
                    "label": segment,
                    "colour": colour,
                    "mrr": sum(cell["mrr"], start=Decimal(0)),
                    "accounts": len(cell),
                    "mrr_at_risk": total(cell["mrr_at_risk"]) if of.predictive else None,
                    "loss": loss[0] if loss else None,
                    "low": loss[1] if loss else None,
                    "high": loss[2] if loss else None,
                }
            )
    return pandas.DataFrame(rows)


def in_cell(on: Here, of: Study, by: list[str], segment: str, colour: str | None) -> Any:
    """Which rows of the list belong to a cell, or to a whole row of the heat table."""
    frame = of.frame
    columns = [segment_of(on, frame, column) for column in by]
    names = [_joined(on, values) for values in zip(*columns, strict=True)]
    shown = set(cells(on, of, by)["segment"])
    other = on.t("chart.other")
    places = np.array([(name if name in shown else other) == segment for name in names])
    if colour:
        places &= (frame["colour"] == colour).to_numpy()
    return places & frame["notice_given"].isna().to_numpy()


def _joined(on: Here, values: tuple[str | None, ...]) -> str:
    return " × ".join(on.t("chart.blank") if value is None else value for value in values)


def total(values: pandas.Series) -> Decimal:
    return sum((value for value in values if isinstance(value, Decimal)), start=Decimal(0))
