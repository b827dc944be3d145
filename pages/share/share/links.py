"""Links to frozen reports: made here, listed with what became of them, revoked."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from cs_core.reports import sharing
from cs_core.text import inert, numbers
from cs_core.workspace import links as kept
from cs_core.workspace.links import Link
from pages.frame import loaders, problems, session
from pages.frame.here import Here
from pages.frame.server import root
from pages.frame.shared_links import PREFIX
from pages.share.share.report import Made
from pages.shared import panels

DAYS = (7, 30, 90, 365)
_MADE = "share-made"


def form(on: Here, found: Made) -> None:
    with panels.card("share-link", on.t("page.share.link"), on.t("page.share.link_line")):
        left, middle, right = st.columns(3, vertical_alignment="bottom")
        with left:
            days = st.selectbox(
                on.t("page.share.expires"),
                DAYS,
                index=1,
                format_func=lambda n: on.t("page.share.days", n=n),
                key="share-days",
            )
        with middle:
            password = st.text_input(
                on.t("page.share.password"),
                type="password",
                max_chars=200,
                key="share-password",
                autocomplete="new-password",
            )
        with right:
            refreshes = st.checkbox(on.t("page.share.refreshes"), key="share-refreshes")
        st.button(
            on.t("page.share.make"),
            type="primary",
            icon=":material/link:",
            on_click=_make,
            args=(on, found, int(days or kept.DAYS), password, refreshes),
        )
        token = session.value(_MADE)
        if token:
            st.markdown(on.t("page.share.made"))
            st.code(_address(str(token)), language=None)


def _make(on: Here, found: Made, days: int, password: str, refreshes: bool) -> None:
    with problems.boundary("share"):
        token = sharing.share(
            loaders.workspace(),
            on.dataset.key,
            found.report,
            days=days,
            password=password,
            refreshes=refreshes,
        )
        session.remember(_MADE, token)


def _address(token: str) -> str:
    """Where the link is reached: the app's own address as this person sees it."""
    url = st.context.url or ""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0]
    return f"{scheme}://{host}{root()}{PREFIX}{token}"


def listing(on: Here) -> None:
    found = kept.links(loaders.workspace(), on.dataset.key)
    with panels.card("share-links", on.t("page.share.links"), on.t("page.share.links_line")):
        live = [link for link in found if link.live]
        if not live:
            panels.empty(on.t("page.share.no_links"))
            return
        for link in live:
            _line(on, link)
        if len(live) > 1:
            st.button(
                on.t("page.share.revoke_all"),
                key="share-revoke-all",
                type="tertiary",
                icon=":material/link_off:",
                on_click=_revoke,
                args=([link.id for link in live],),
            )


def _line(on: Here, link: Link) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"link-{link.id}"):
        parts = [
            on.t("page.share.opened", n=numbers.count(link.openings)),
            on.t("page.share.until", day=_day(on, link.expires)),
            *([on.t("page.share.protected")] if link.protected else []),
            *([on.t("page.share.follows", day=_day(on, link.frozen))] if link.refreshes else []),
        ]
        if link.last_opened:
            parts.insert(1, on.t("page.share.last", day=_day(on, link.last_opened)))
        said = on.t("filter.separator").join(parts)
        st.markdown(f"**{inert(link.title)}** :small[:gray[{said}]]", width="stretch")
        st.button(
            on.t("page.share.revoke"),
            key=f"share-revoke-{link.id}",
            type="tertiary",
            icon=":material/link_off:",
            on_click=_revoke,
            args=([link.id],),
        )


def _day(on: Here, stamp: str) -> str:
    return numbers.day(datetime.fromisoformat(stamp).date(), on.language)


def _revoke(ids: list[int]) -> None:
    with problems.boundary("share"):
        kept.revoke(loaders.workspace(), ids)
        session.remember(_MADE, None)
