"""This week: whom should we turn to, and by when?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pandas
import streamlit as st

from cs_core.errors import CannotAnswerError
from cs_core.studies.week import KINDS, OUTCOMES, Entry
from cs_core.text import inert, numbers, plain
from cs_core.text.spreadsheet import csv_bytes
from cs_core.workspace.tasks import set_status
from cs_core.workspace.week import take_back
from pages.act.this_week import actions, queue, tasks
from pages.act.this_week import work as week_work
from pages.act.this_week.work import Work
from pages.frame import here, loaders, problems, session
from pages.frame.address import SILENT_DAYS
from pages.frame.here import Here
from pages.shared import panels, playing, risk_study

T = "page.this_week"
PAGE = week_work.PAGE
MOST_AWAY = 20  # shown; each can be brought back


def page(on: Here) -> None:
    if on.info.shape != "calendar":
        panels.empty(on.t(f"{T}.no_calendar"))
        return
    ran = playing.run_today(on)
    try:
        with risk_study.working(on):
            of = week_work.work(on)
    except CannotAnswerError as error:
        panels.empty(problems.explain(error))
        return
    risk_study.keep(on, of.study)
    entries = _filtered(on, of)
    tasks.missing(on, ran)
    with panels.card("week", on.t(f"{T}.list", day=numbers.day(of.week, on.language))):
        st.markdown(_finding(on, of, entries))
        if entries:
            with panels.reserved("week", queue.ROW * min(len(entries), queue.FIRST) + queue.AROUND):
                queue.draw(on, of, entries)
            _save(on, of, entries)
        else:
            key = "calm" if not of.entries else "none"
            panels.empty(on.t(f"{T}.{key}"), on.t(f"{T}.{key}_advice"))
            if actions.can_undo(on):
                st.button(
                    on.t(f"{T}.queue.undo"),
                    key="week-undo",
                    icon=":material/undo:",
                    on_click=actions.undo,
                    args=(on,),
                )
    panels.folded("before", on.t(f"{T}.before.title"), lambda: _before(on, of))
    panels.folded("away", on.t(f"{T}.away.title"), lambda: _away(on, of))
    panels.folded("tasks", on.t("page.accounts_at_risk.tasks.title"), lambda: tasks.draw(on))


# -- whose, which, and since when nobody has spoken with them -----------------------------


def _filtered(on: Here, of: Work) -> list[Entry]:
    asked = session.view(PAGE)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="week-bar"):
        owner = _owner(on, of)
        silent = _silent(on, asked[2])
        found = [one for one in of.entries if owner is None or one.owner == owner]
        if silent is not None:
            since = of.day - timedelta(days=int(silent))
            found = [one for one in found if one.spoken is None or one.spoken < since]
        kind = _kind(on, asked[1], found)
    return [one for one in found if kind is None or kind in one.kinds]


def _owner(on: Here, of: Work) -> str | None:
    chosen = week_work.owner(on, of)
    if not of.owners:
        return None
    key = f"week-owner-{on.language}"
    session.mirror(key, chosen)
    st.selectbox(
        on.t("page.accounts_at_risk.list.owner"),
        of.owners,
        index=None,
        format_func=plain,
        key=key,
        placeholder=on.t("page.accounts_at_risk.list.every_owner"),
        label_visibility="collapsed",
        width=180,
        on_change=lambda: session.go(owner=session.value(key) or ""),
    )
    return chosen


def _silent(on: Here, asked: str | None) -> str | None:
    """For how many days nobody has spoken with them."""
    key = f"week-silent-{on.language}"
    session.mirror(key, asked)
    chosen: str | None = st.selectbox(
        on.t(f"{T}.silent_label"),
        SILENT_DAYS,
        index=None,
        format_func=lambda days: on.t(f"{T}.silent", n=days),
        key=key,
        placeholder=on.t(f"{T}.silent_label"),
        label_visibility="collapsed",
        width=230,
        on_change=lambda: session.choose(PAGE, 2, session.value(key) or ""),
    )
    return chosen


def _kind(on: Here, asked: str | None, found: Sequence[Entry]) -> str | None:
    key = f"week-kind-{on.language}"
    session.mirror(key, asked or "all")
    counts = {kind: sum(kind in one.kinds for one in found) for kind in KINDS}
    counts["all"] = len(found)
    shown = [kind for kind in ("all", *KINDS) if counts[kind] or kind in ("all", asked)]
    st.segmented_control(
        on.t(f"{T}.kinds"),
        shown,
        format_func=lambda kind: f"{on.t(f'{T}.kinds_{kind}')} {numbers.count(counts[kind])}",
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=lambda: session.choose(
            PAGE, 1, "" if session.value(key) == "all" else session.value(key)
        ),
    )
    return asked


def _finding(on: Here, of: Work, entries: Sequence[Entry]) -> str:
    """How many, how many of them late, and what is expected to go with those to be called."""
    late = sum(one.due < of.day for one in entries)
    said = on.t(f"{T}.finding", n=numbers.count(len(entries)))
    if late:
        said += on.t(f"{T}.finding_late", n=numbers.count(late))
    places = [one.place for one in entries if "call" in one.kinds]
    frame = of.study.frame
    calls = frame[frame["place"].isin(places)]
    loss = risk_study.expected_loss(of.study, calls) if len(calls) else None
    if loss is not None:
        expected, low, high = (on.money(round(v)) for v in loss)
        leavers = float(calls["probability"].sum())
        said += on.t(
            f"{T}.finding_loss",
            calls=numbers.count(len(calls)),
            leavers=numbers.decimal(leavers, 0 if leavers >= 2 else 1),  # people are whole
            days=of.days,
            expected=expected,
            low=low,
            high=high,
        )
    return said


def _save(on: Here, of: Work, entries: Sequence[Entry]) -> None:
    def table() -> bytes:
        rows = [
            {
                "account_id": one.account_id,
                "name": one.name,
                "due": one.due.isoformat(),
                "kinds": "; ".join(on.t(f"{T}.kind.{kind}") for kind in one.kinds),
                "mrr": one.mrr,
                "currency": one.currency,
                "probability": None if one.probability is None else round(one.probability, 4),
                "mrr_at_risk": one.at_risk,
                "owner": one.owner,
                "contacted": one.spoken.isoformat() if one.spoken else None,
            }
            for one in entries
        ]
        return csv_bytes(pandas.DataFrame(rows))

    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="foot-week"):
        with st.popover(
            on.t("panel.how"), icon=":material/function:", type="tertiary", key="how-week"
        ):
            for line in ("how_rule", "how_due", "how_order", "how_away"):
                st.markdown(on.t(f"{T}.{line}", days=of.days))
        st.download_button(
            on.t("panel.csv"),
            table,
            file_name=f"{plain(on.info.name)}-week.csv",
            mime="text/csv",
            key="save-week",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )


# -- what came of the last list, and who is away ------------------------------------------


def _before(on: Here, of: Work) -> None:
    found = week_work.before(on, of)
    if found is None:
        panels.empty(on.t(f"{T}.before.none"), on.t(f"{T}.before.none_advice"))
        return
    week, listed, became = found
    chosen = week_work.owner(on, of)
    rows = [row for row in listed if chosen is None or row.owner == chosen]
    counts = {name: [row for row in rows if became[row.account_id] == name] for name in OUTCOMES}
    parts = [
        on.t(
            f"{T}.before.{name}",
            n=numbers.count(len(held)),
            mrr=on.money(sum((row.mrr for row in held), start=Decimal(0))),
        )
        for name, held in counts.items()
        if held
    ]
    day = numbers.day(week, on.language)
    head = on.t(f"{T}.before.line", day=day, n=numbers.count(len(rows)))
    st.markdown(head + on.t("finding.comma").join(parts))
    rows.sort(key=lambda row: (OUTCOMES.index(became[row.account_id]), -row.mrr))
    frame = pandas.DataFrame(
        {
            "name": [row.name or row.account_id for row in rows],
            "outcome": [on.t(f"{T}.outcome.{became[row.account_id]}") for row in rows],
            "mrr": [row.mrr for row in rows],
            "probability": [row.probability for row in rows],
            "owner": [row.owner for row in rows],
        }
    )
    panels.table(
        on,
        frame,
        key="week-before",
        names=_names(on),
        money=("mrr",),
        rates=("probability",),
        pinned="name",
        accounts=[row.account_id for row in rows],
    )


def _names(on: Here) -> dict[str, str]:
    mark = numbers.currency_mark(on.currency, on.language)
    return {
        name: on.t(f"{T}.before.column.{name}", mark=mark)
        for name in ("name", "outcome", "mrr", "probability", "owner")
    }


def _away(on: Here, of: Work) -> None:
    """Who was marked done this week or snoozed, and the way back."""
    away = [
        mark
        for mark in of.book.marks
        if (mark.mark == "done" and mark.day >= of.week)
        or (mark.until is not None and mark.until > of.day)
    ]
    if not away:
        panels.empty(on.t(f"{T}.away.none"))
        return
    placed, names = week_work.places(on, of.study), of.study.present.texts["name"]
    for mark in reversed(away[-MOST_AWAY:]):
        place = placed.get(mark.account_id)
        name = mark.account_id if place is None else names[place] or mark.account_id
        day = numbers.day(mark.until or mark.day, on.language)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            said = on.t(f"{T}.away.{mark.mark}", who=inert(name), day=day)
            st.markdown(f":small[{said}]", width="stretch")
            st.button(
                on.t(f"{T}.away.back"),
                key=f"week-back-{mark.id}",
                icon=":material/undo:",
                type="tertiary",
                on_click=_back,
                args=(on, mark.id, mark.tasks),
            )


def _back(on: Here, mark: str, closed: tuple[str, ...]) -> None:
    if closed:
        set_status(loaders.workspace(), on.dataset.key, closed, "open")
    take_back(loaders.workspace(), on.dataset.key, [mark])


page(here.current())
