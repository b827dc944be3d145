"""One account's story as a card: MRR, usage, contacts, NPS, scores, plays and what was logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from cs_core import charts
from cs_core.studies import risk
from cs_core.studies.risk import History
from cs_core.text import inert, numbers
from pages.act.accounts_at_risk import list as risk_list
from pages.act.accounts_at_risk.plays import contacts
from pages.frame import loaders
from pages.frame.here import Here
from pages.shared import panels, risk_study
from pages.shared.panels import How
from pages.shared.risk_study import Study

T = "page.accounts_at_risk"


def of_account(on: Here, account: str) -> History:
    asked = risk_study.options(on)
    return loaders.derived(
        on.dataset,
        "risk-history",
        (asked, account),
        lambda: risk.history(on.dataset.warehouse, asked, account),
    )


def _line(on: Here, row: Mapping[str, Any], found: History) -> str:
    if "place" in row:
        return risk_list.account_line(on, row)
    left = [day for day, kind, _ in found.events if kind == "churn"]
    if not left:
        return f":small[{on.t('page.account.not_yet')}]"
    return f":small[{on.t('page.account.left', day=numbers.day(left[-1], on.language))}]"


def card(on: Here, of: Study, row: Mapping[str, Any]) -> None:
    """The time axis of one account, what was logged of it, and what can be done about it."""
    if on.info.shape == "tenure":
        return
    asked = risk_study.options(on)
    account = str(row["account_id"])
    name = inert(row["name"] if isinstance(row["name"], str) else account)
    title = on.t(f"{T}.history.title", name=name)
    with panels.card("history", title, on.t(f"{T}.history.line"), stretch=False):
        found = of_account(on, account)
        story = risk_list.story(on, row, found)
        logged = contacts.events(on, account)
        story = replace(story, events=sorted([*story.events, *logged]))
        st.markdown(_line(on, row, found))
        drawing = loaders.drawing(
            on.dataset,
            "history",
            (asked, account, tuple(story.scores), tuple(logged), on.look),
            lambda: charts.account_history.draw(story, on.look),
        )
        panels.chart(f"history-{account}", drawing)

        def how() -> How:
            return How(
                "accounts",
                asked,
                risk_list.history_table(found, story),
                title=title,
                lines=(
                    on.t(f"{T}.history.how"),
                    *(risk_list.reason_lines(on, of, row) if "place" in row else ()),
                ),
            )

        contacts.draw(on, row)
        panels.foot(on, "history", how, drawing, title)
