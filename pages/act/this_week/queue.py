"""The list of the week as it goes to the browser, and what comes back from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from cs_core.reports import reasons as risk_words
from cs_core.studies import risk
from cs_core.studies.plays.words import reason_words
from cs_core.studies.week import Entry, Matter
from cs_core.text import numbers, plain
from cs_core.workspace.contacts import OUTCOMES
from pages.act.this_week import actions
from pages.act.this_week.work import SNOOZES, Work
from pages.frame import session
from pages.frame.here import Here

T = "page.this_week"
FIRST, MOST = 20, 500  # rows seen at once, and sent at all
ROW, AROUND = 46, 70  # pixels of a row, and of what is around them
KEY = "week-queue"
_HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        "keizoku-queue",
        html='<div class="queue"></div>',
        css=(_HERE / "queue.css").read_text("utf-8"),
        js=(_HERE / "queue.js").read_text("utf-8"),
    )


def draw(on: Here, of: Work, entries: Sequence[Entry]) -> None:
    shown = entries[:MOST]

    def act() -> None:
        asked = getattr(session.value(KEY), "act", None)
        if asked is not None:
            actions.act(on, of, dict(asked))

    _component()(data=_data(on, of, shown), key=KEY, on_act_change=act)
    if len(entries) > MOST:
        said = on.t("panel.showing", n=numbers.count(MOST), all=numbers.count(len(entries)))
        st.markdown(f":small[:gray[{said}]]")


def _data(on: Here, of: Work, shown: Sequence[Entry]) -> dict[str, Any]:
    words = {
        name: on.t(f"{T}.queue.{name}", mark=numbers.currency_mark(on.currency, on.language))
        for name in _WORDS
    }
    words |= {"more": on.t(f"{T}.queue.more", n="{n}"), "keys": on.t(f"{T}.queue.keys")}
    words |= {
        f"col_{name}": on.t(
            f"{T}.column.{name}",
            mark=numbers.currency_mark(on.currency, on.language),
            days=of.days,
        )
        for name in ("name", "due", "why", "chance", "risk", "owner", "spoken")
    }
    return {
        "rows": _rows(on, of, shown),
        "first": FIRST,
        "words": words,
        "owners": of.owners,
        "snoozes": [{"days": days, "label": on.t(f"{T}.queue.snooze_{days}")} for days in SNOOZES],
        "outcomes": [{"code": code, "label": on.t(f"contact.{code}")} for code in OUTCOMES],
        "undo": actions.can_undo(on),
        "said": actions.said(on),
    }


_WORDS = (
    "done",
    "snooze",
    "assign",
    "log",
    "undo",
    "save",
    "owner",
    "outcome",
    "note",
    "ticked",
    "toolbar",
)


def _rows(on: Here, of: Work, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    places = [one.place for one in entries if one.place is not None]
    described = risk.described(of.study.present, of.study.ranked, places)
    named = {
        place: dict(zip(risk.COLUMNS, row, strict=True))
        for place, row in zip(places, described, strict=True)
    }
    return [_row(on, of, one, named.get(one.place)) for one in entries]  # type: ignore[arg-type]


def _row(on: Here, of: Work, one: Entry, row: dict[str, Any] | None) -> dict[str, Any]:
    address = {"id": one.account_id, "dataset": on.dataset.name, "lang": on.language}
    interval = ""
    if row is not None and one.probability is not None:
        interval = risk_words.interval(row["low"], row["high"])
    return {
        "id": one.account_id,
        "name": plain(one.name or one.account_id),
        "href": f"account?{urlencode(address)}",
        "due": _day(on, of, one),
        "late": one.due < of.day,
        "why": [_matter(on, of, one, matter, row) for matter in one.matters],
        "chance": "" if one.probability is None else numbers.rate(one.probability, 0),
        "range": interval,
        "risk": "" if one.at_risk is None else on.money(one.at_risk),
        "mrr": on.t(f"{T}.queue.of_mrr", mrr=on.money(one.mrr)) if one.mrr else "",
        "owner": plain(one.owner),
        "spoken": "" if one.spoken is None else numbers.day(one.spoken, on.language),
    }


def _day(on: Here, of: Work, one: Entry) -> str:
    if one.due == of.day:
        return on.t(f"{T}.today")
    return numbers.day(one.due, on.language)


def _matter(
    on: Here, of: Work, one: Entry, matter: Matter, row: dict[str, Any] | None
) -> dict[str, str]:
    """The kind in a word, and what it is about."""
    kind, text = on.t(f"{T}.kind.{matter.kind}"), ""
    if matter.kind == "call" and row is not None:
        chance = one.probability is not None
        chips = risk_words.chips(on, row["reasons"], chance) or [on.t("risk.reason.none")]
        mark = risk_words.health(row["health"], row["colour"])
        text = " · ".join([mark, *chips])
    elif matter.task is not None:
        why = plain(reason_words(matter.task.reason, on.language, matter.task.currency))
        text = " · ".join(filter(None, [on.t(f"risk.play.{matter.task.action}"), why]))
    elif matter.day is not None:
        days = abs((matter.day - of.day) // timedelta(days=1))
        day = numbers.day(matter.day, on.language)
        text = on.t(f"{T}.about.{matter.kind}", day=day, n=days)
    return {"kind": kind, "text": plain(text)}
