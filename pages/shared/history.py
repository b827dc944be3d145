"""One account's story as a card: MRR, usage, contacts, NPS, scores, plays and what was logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas
import streamlit as st

from cs_core import charts
from cs_core.reports import reasons as risk_words
from cs_core.studies import risk
from cs_core.studies.risk import History
from cs_core.text import inert, numbers, plain
from cs_core.workspace.scores import Score
from pages.frame import loaders
from pages.frame.here import Here
from pages.shared import contacts, filters, panels, risk_study
from pages.shared.panels import How
from pages.shared.risk_study import Study

T = "page.accounts_at_risk"
STORY_DAYS = 548  # a year and a half


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
        return account_line(on, row)
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
        story = _story(on, row, found)
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
                _table(found, story),
                title=title,
                lines=(
                    on.t(f"{T}.history.how"),
                    *(reason_lines(on, of, row) if "place" in row else ()),
                ),
            )

        contacts.draw(on, row)
        panels.foot(on, "history", how, drawing, title)


# -- what it is made of -------------------------------------------------------------------


def account_line(on: Here, row: Mapping[str, Any]) -> str:
    """Phase, touch, health, chance and play in one line."""
    parts = [
        on.t(f"risk.phase.{row['phase']}"),
        on.t(f"risk.touch.{row['touch']}") if isinstance(row["touch"], str) else "",
        f"{on.t(f'{T}.column.health')} {risk_words.health(row['health'], row['colour'])}",
    ]
    if row["probability"] is not None and row["probability"] == row["probability"]:
        chance = numbers.rate(row["probability"], 0)
        span = risk_words.interval(row["low"], row["high"])
        parts.append(on.t(f"{T}.history.chance", days=filters.horizon(), chance=chance, span=span))
    if hasattr(row["next_renewal"], "isoformat"):
        parts.append(
            on.t(f"{T}.history.renewal", day=numbers.day(row["next_renewal"], on.language))
        )
    if isinstance(row["play"], str):
        parts.append(on.t(f"{T}.history.play", play=risk_words.play(on, row["play"])))
    return f":small[{' · '.join(part for part in parts if part)}]"


def _scored(on: Here, kept: Sequence[tuple[date, Score]]) -> list[tuple[date, float, str, str]]:
    """Scores as they were on the day, for the chart."""
    said = []
    for day, score in kept:
        if score.health is None or score.colour is None:
            continue
        words, chance = risk_words.health(score.health, score.colour), score.probability
        if chance is not None:
            leaves = on.t(
                f"{T}.history.chance",
                days=filters.horizon(),
                chance=numbers.rate(chance, 0),
                span=risk_words.interval(score.low, score.high),
            )
            words = f"{words} · {leaves}"
        said.append((day, score.health, score.colour, words))
    return said


def reason_lines(on: Here, of: Study, row: Mapping[str, Any]) -> tuple[str, ...]:
    """Each reason with its signed contribution, what they add up to, and what the health score
    was made of."""
    chance = row["probability"] is not None and row["probability"] == row["probability"]
    said = []
    for item in row["reasons"]:
        words = on.t("risk.part.other") if item["part"] == "other" else risk_words.reason(on, item)
        sign = "+" if item["contribution"] > 0 else ""
        said.append(f"{inert(words)} {sign}{numbers.decimal(item['contribution'], 2)}")
    whole = sum(item["contribution"] for item in row["reasons"])
    key = "sum_chance" if chance else "sum_health"
    fields = {"sum": numbers.decimal(whole, 2), "parts": "; ".join(said)}
    if chance:
        fields["chance"] = numbers.rate(row["probability"])
    return (on.t(f"{T}.history.{key}", **fields), _made_of(on, of, int(row["place"])))


def _made_of(on: Here, of: Study, place: int) -> str:
    """The share of each known part in the health score, and which parts were left out."""
    health, comma = of.ranked.health, on.t("finding.comma")
    shares = dict(zip(health.parts, health.share[place].tolist(), strict=True))
    known = [
        f"{on.t(f'risk.part.{part}')} {numbers.decimal(share, 0)}"
        for part, share in shares.items()
        if share
    ]
    unknown = [on.t(f"risk.part.{part}") for part, share in shares.items() if not share]
    said = on.t(f"{T}.history.weights", parts=comma.join(known))
    if not unknown:
        return said
    return f"{said} {on.t(f'{T}.history.left_out', parts=comma.join(unknown))}"


def _story(on: Here, row: Mapping[str, Any], found: History) -> charts.Story:
    begin = found.mrr[0][0] if found.mrr else found.as_of
    first = max(begin, found.as_of - timedelta(days=STORY_DAYS))
    planned = {day for day, kind, _ in found.events if kind == "plan"}
    events = [
        (day, on.t(f"risk.event.{kind}", plan=plain(detail)))
        for day, kind, detail in found.events
        if kind == "plan" or day not in planned or kind not in ("expansion", "contraction")
    ]
    kept = risk_study.kept_scores(on, str(row["account_id"]), str(row["currency"]))
    return charts.Story(
        first,
        found.as_of,
        found.mrr,
        found.usage,
        found.tickets,
        found.nps,
        events,
        [score for score in _scored(on, kept) if score[0] <= found.as_of],
    )


def _table(found: History, story: charts.Story) -> pandas.DataFrame:
    rows: list[tuple[Any, str, Any]] = [(day, "mrr", value) for day, value in found.mrr]
    rows += [(day, found.metric or "usage", value) for day, value in found.usage]
    rows += [(day, "contacts", count) for day, count in found.tickets]
    rows += [(day, "nps", score) for day, score in found.nps]
    rows += [(day, "health", health) for day, health, _, _ in story.scores]
    rows += [(day, f"{kind} {detail}".strip(), None) for day, kind, detail in found.events]
    rows.sort(key=_first)
    return pandas.DataFrame(rows, columns=["date", "what", "value"])


def _first(row: tuple[Any, str, Any]) -> Any:
    return row[0]
