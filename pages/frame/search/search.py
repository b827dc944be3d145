"""One search for everything, in a field of the frame and under Ctrl+K; each result leads to an
address. It runs beside the page: looking for something does not draw the page anew."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from cs_core.text import plain, t
from cs_core.workspace import StoredDataset
from pages.frame import loaders, problems, session
from pages.frame.navigation import PAGES
from pages.frame.search import items
from pages.frame.search.items import Item

KEY = "search-all"
_TEXT, _LEAVE = "search-text", "search-leave"
MOST_ACCOUNTS, MOST_LETTERS = 8, 100
MANY = 50_000  # accounts; so many are laid out before anybody looks for one
_HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        "keizoku-search",
        html='<div class="search"></div>',
        css=(_HERE / "search.css").read_text("utf-8"),
        js=(_HERE / "search.js").read_text("utf-8"),
    )


@st.fragment
def draw(chosen: StoredDataset | None) -> None:
    """The field, and what is found; without a dataset no accounts."""
    if (left := session.take(_LEAVE)) is not None:
        page, fields = left
        session.remember(session.OPEN, page or None)
        session.after_this_run(**fields)
    text = str(session.value(_TEXT, ""))
    with problems.boundary("search"):
        found = _found(text, chosen)
        _component()(
            data={
                "text": text,
                "found": found,
                "words": {
                    name: t(f"search.{name}", session.language())
                    for name in ("label", "hint", "none", "keys")
                },
            },
            key=KEY,
            on_ask_change=_ask,
            on_go_change=_go,
        )


def _ask() -> None:
    """Callback: what has been typed so far."""
    asked = getattr(session.value(KEY), "ask", None)
    session.remember(_TEXT, str(asked or "")[:MOST_LETTERS])


def _go() -> None:
    """Callback: a result was chosen. Only what can be found leads anywhere."""
    asked = getattr(session.value(KEY), "go", None)
    if not isinstance(asked, dict):
        return
    kind, key = str(asked.get("kind")), str(asked.get("key"))
    session.remember(_TEXT, "")
    if kind == "account":
        session.remember(_LEAVE, ("account", {"id": key}))
        return
    item = next((one for one in items.items() if (one.kind, one.key) == (kind, key)), None)
    if item is None:
        return
    fields = dict(item.fields)
    if item.key == "projector" and session.projector():
        fields["projector"] = ""
    if item.page:
        fields = {"view": "", "lesson": "", **fields}
    session.remember(_LEAVE, (item.page, fields))


def _found(text: str, chosen: StoredDataset | None) -> list[dict[str, Any]]:
    language = session.language()
    rows = [_row(one, language, chosen) for one in items.found(text, with_data=chosen is not None)]
    if chosen is not None and text.strip():
        rows += _accounts(text, chosen)
    return rows


def _row(item: Item, language: str, chosen: StoredDataset | None) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "group": t(f"search.kind.{item.kind}", language),
        "key": item.key,
        "label": plain(items.label(item, language)),
        "note": plain(items.note(item, language)),
        "href": _address(item.page, chosen, **item.fields) if item.page else "",
    }


def _accounts(text: str, chosen: StoredDataset) -> list[dict[str, Any]]:
    language = session.language()
    with loaders.opened(chosen) as dataset:
        if loaders.info(dataset).shape != "calendar":
            return []
        known = loaders.accounts(dataset)
    return [
        {
            "kind": "account",
            "group": t("search.kind.account", language),
            "key": known.ids[place],
            "label": plain(known.names[place] or known.ids[place]),
            "note": plain(known.ids[place]) if known.names[place] else "",
            "href": _address("account", chosen, id=known.ids[place]),
        }
        for place in known.find(text, MOST_ACCOUNTS)
    ]


def _address(page: str, chosen: StoredDataset | None, **fields: str) -> str:
    """For who opens it in another tab."""
    row = next(row for row in PAGES if row.key == page)
    named = {"dataset": chosen.name} if chosen else {}
    return f"/{'' if row.default else page}?{urlencode({**named, **fields})}"


def prepare(chosen: StoredDataset, accounts: int) -> None:
    """Lays many accounts out before somebody looks for one, beside the page."""
    if accounts < MANY or session.value("search-prepared") == chosen.id:
        return
    session.remember("search-prepared", chosen.id)
    threading.Thread(target=_lay_out, args=(chosen,), daemon=True).start()


def _lay_out(chosen: StoredDataset) -> None:
    with loaders.opened(chosen) as dataset:
        loaders.accounts(dataset)
