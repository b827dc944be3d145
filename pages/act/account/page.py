"""Account: how is this customer, what happened, and what is to be done?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas
import streamlit as st

from cs_core.domain.money import from_micro
from cs_core.errors import CannotAnswerError
from cs_core.reports import reasons as risk_words
from cs_core.studies import risk
from cs_core.text import inert, numbers, plain
from pages.frame import here, loaders, problems, session
from pages.frame.here import Here
from pages.shared import contacts, filters, history, panels, risk_study
from pages.shared.panels import Tile
from pages.shared.risk_study import Study

T = "page.account"


def page(on: Here) -> None:
    if on.info.shape != "calendar":
        panels.empty(on.t(f"{T}.no_calendar"))
        return
    known = loaders.accounts(on.dataset)
    account = session.address("id")
    if not account:
        panels.empty(on.t(f"{T}.none"), on.t(f"{T}.none_advice"))
        return
    if account not in known.ids:
        panels.empty(on.t(f"{T}.unknown", id=inert(account)), on.t(f"{T}.none_advice"))
        return
    try:
        with risk_study.working(on):
            study = risk_study.study(on, on.dataset.health_rules)
    except CannotAnswerError as error:
        panels.empty(problems.explain(error))
        return
    name = known.names[known.ids.index(account)]
    rows = study.rows(study.frame[study.frame["account_id"] == account])
    found: list[Mapping[str, Any]] = [
        {str(key): value for key, value in row.items()} for row in rows.to_dict("records")
    ]
    for row in found or [_gone(on, account, name)]:
        if "place" in row:
            panels.tiles("account", _tiles(on, study, row))
            _alike(on, study, row)
        history.card(on, study, row)
    _lines(on, account)


def _gone(on: Here, account: str, name: str | None) -> Mapping[str, Any]:
    """Who is no customer on the day: nothing is said of what will be."""
    nothing = dict.fromkeys(("probability", "health", "colour", "next_renewal", "play"))
    return {**nothing, "account_id": account, "name": name, "currency": on.currency, "mrr": 0}


# -- how it stands ------------------------------------------------------------------------


def _tiles(on: Here, of: Study, row: Mapping[str, Any]) -> list[Tile]:
    chance = row["probability"]
    known = chance is not None and chance == chance
    chips = risk_words.chips(on, row["reasons"], known) or [on.t("risk.reason.none")]
    notice, renewal = row["notice_given"], row["next_renewal"]
    days = filters.horizon()
    spoken = contacts.latest(on).get(str(row["account_id"]))
    usual = numbers.rate(of.present.usual_chance, 0)
    return [
        Tile(
            on.t(f"{T}.mrr"),
            numbers.money(row["mrr"], on.currency, on.language),
            note=on.t(f"{T}.contacted", day=numbers.day(spoken, on.language))
            if spoken
            else on.t(f"{T}.not_contacted"),
        ),
        Tile(
            risk_words.column(on, "health"),
            risk_words.health(row["health"], row["colour"]),
            note=inert(on.t("finding.comma").join(chips)),
        ),
        Tile(
            on.t(f"{T}.chance", days=days),
            numbers.rate(chance, 0) if known else numbers.MISSING,
            note=on.t(
                f"{T}.chance_note", span=risk_words.interval(row["low"], row["high"]), usual=usual
            )
            if known
            else on.t(f"{T}.noticed", day=numbers.day(notice, on.language))
            if notice is not None
            else on.t(f"{T}.no_model"),
        ),
        Tile(
            on.t(f"{T}.renewal"),
            numbers.day(renewal, on.language),
            note=on.t(f"{T}.no_renewal") if renewal is None else "",
        ),
    ]


def _alike(on: Here, of: Study, row: Mapping[str, Any]) -> None:
    """What customers of the same plan and phase did."""
    if on.info.lines > loaders.SLOW_FROM:
        return
    asked = risk_study.options(on)
    every = loaders.derived(
        on.dataset, "risk-alike", (asked,), lambda: risk.alike(on.dataset.warehouse, asked)
    )
    code = of.present.table["plan_code"][int(row["place"])]
    plan = None if code != code else int(code)
    found = every.get((plan, str(row["phase"])))
    phase = on.t(f"risk.phase.{row['phase']}")
    whose = phase if plan is None else f"{plain(of.present.plans.get(plan))} · {phase}"
    if found is None:
        st.markdown(f":small[:gray[{on.t(f'{T}.alike_none', whose=inert(whose))}]]")
        return
    words = on.t(
        f"{T}.alike",
        whose=inert(whose),
        n=numbers.count(found.customers),
        left=numbers.count(found.left),
        days=asked.horizon_days,
        rate=numbers.rate(found.left / found.customers, 0),
        span=risk_words.interval(found.low, found.high),
        first=numbers.day(found.first, on.language),
        last=numbers.day(found.last, on.language),
    )
    st.markdown(words)


# -- the lines behind it ------------------------------------------------------------------


def _lines(on: Here, account: str) -> None:
    asked = risk_study.options(on)
    with panels.card("lines", on.t(f"{T}.lines"), on.t(f"{T}.lines_line"), stretch=False):
        names = on.dataset.files
        rows = [
            {
                "source": f"{names[file]}:{line}" if file is not None else "",
                "subscription": subscription,
                "start": start.isoformat(),
                "end": end.isoformat() if end else None,
                "mrr": from_micro(mrr),
                "status": status,
                "reason": reason,
            }
            for file, line, subscription, start, end, mrr, status, reason in risk.lines(
                on.dataset.warehouse, asked, account
            )
        ]
        frame = pandas.DataFrame(rows)
        shown = [name for name in frame.columns if frame[name].notna().any()]
        panels.table(
            on,
            frame[shown],
            key=f"account-lines-{account}",
            names={name: on.t(f"{T}.column.{name}") for name in shown},
            money=("mrr",),
        )


page(here.current())
