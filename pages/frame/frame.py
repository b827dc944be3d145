"""The frame around every page: menu, dataset, language, title, filter bar, error boundary."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from cs_core.reports.sections import OF_PAGE
from cs_core.text import t
from cs_core.workspace import StoredDataset
from pages.frame import here, loaders, problems, remarks, session, starting
from pages.frame.navigation import Menu, page_to
from pages.frame.search import search
from pages.prepare.data import bring
from pages.shared import filters

STATIC = Path(__file__).with_name("static")
_STYLE = (STATIC / "style.css").read_text("utf-8")
_ACCESS = (STATIC / "access.js").read_text("utf-8")
SIDEBAR_WIDTH = 232
_DARK = ' button[kind="primary"], button[kind="primary"] * { color: #0B1420; }'
_PROJECTOR = " html { font-size: 19px; }"


def draw() -> None:
    """One run for one visitor."""
    problems.guard_callbacks()
    st.set_page_config(
        page_title=t("app.name", session.language()),
        page_icon=str(STATIC / "icon.svg"),
        layout="wide",
        # As wide as style.css has it, from the first paint on.
        initial_sidebar_state="collapsed" if session.projector() else SIDEBAR_WIDTH,
    )
    st.html(f"<style>{_STYLE}{_DARK * session.dark()}{_PROJECTOR * session.projector()}</style>")
    with st.container(key="unseen"):
        session.bind_address()
        language = session.language()
        said = {"language": language, "choose": t("page.data.first.choose", language)}
        said["top"] = str(session.value("to-top", 0))
        _access()(data=said, key="access", on_refused_change=lambda: None)
    session.uploads().begin()
    with problems.boundary("frame"), loaders.workspace().reading():
        _draw_page(loaders.stored())
    session.free_uploads()


@lru_cache(maxsize=1)
def _access() -> ComponentRenderer:
    """Mends for screen readers what Streamlit's and Vega's own markup leaves unsaid."""
    return st.components.v2.component("keizoku-access", js=_ACCESS)


def _draw_page(known: dict[str, StoredDataset]) -> None:
    language = session.language()
    chosen = _chosen(known)
    menu = Menu(with_data=chosen is not None)
    if isinstance(asked := session.take(session.OPEN), str):
        # Without fields: those that are bound stay what they are, and may not be cleared.
        st.switch_page(menu.pages[asked], query_params={})
    session.settle_address(lang=language, dataset=chosen.name if chosen else "")
    st.logo(str(STATIC / f"logo_{language}.svg"), size="medium")
    if not session.embedded():
        _draw_sidebar(known, chosen)
        with st.container(key="search"):
            search.draw(chosen)
    if session.uploads().refused:
        st.error(t("trouble.too_much_uploaded", language), icon=":material/error:")
    problems.draw_told()
    starting.draw_notices()
    if chosen is None:
        here.leave()
        bring.draw_first_screen() if menu.row.needs_data else menu.current.run()
        return
    with loaders.opened(chosen) as dataset:
        holds = filters.current(dataset)
        search.prepare(chosen, loaders.info(dataset).accounts)
        here.enter(dataset, holds)
        with st.container(key="title", gap=None):
            _draw_title(menu)
        if menu.row.filters:
            filters.draw(dataset, holds, menu.row.filters)
            remarks.draw(dataset, holds)
        filters.draw_left_out(dataset)
        with problems.boundary("page"):
            menu.current.run()


def _draw_title(menu: Menu) -> None:
    language, key = session.language(), menu.row.key
    st.title(t(f"page.{key}.title", language), anchor=False)
    question = f":gray[{t(f'page.{key}.question', language)}]"
    if key not in OF_PAGE:
        st.markdown(question)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(question, width="stretch")
        st.page_link(
            page_to("share"),
            label=t("page.share.this_view", language),
            icon=":material/ios_share:",
            query_params={"view": f"page.{key}"},
        )


def _chosen(known: dict[str, StoredDataset]) -> StoredDataset | None:
    """The dataset in the URL. The sample and the demo company are made when it names them."""
    name = session.address("dataset") or starting.usual(known)
    if name in (loaders.SAMPLE, loaders.DEMO) and name not in known:
        starting.make(name)
        known.update(loaders.stored())
    if name and name not in known:
        starting.missing(name)
    return known.get(name)


def _draw_sidebar(known: dict[str, StoredDataset], chosen: StoredDataset | None) -> None:
    language = session.language()
    with st.sidebar:
        if chosen is not None:
            key = f"dataset-choice-{language}"
            session.mirror(key, chosen.name)
            st.selectbox(
                t("app.dataset", language),
                list(known),
                format_func=lambda name: starting.label(name, language),
                key=key,
                icon=":material/folder:",
                label_visibility="collapsed",
                on_change=_switch_dataset,
                args=(key,),
            )
        session.mirror("language-choice", language)
        st.segmented_control(
            t("app.language", language),
            ["en", "ja"],
            format_func={"en": "English", "ja": "日本語"}.__getitem__,
            key="language-choice",
            required=True,
            label_visibility="collapsed",
            width="stretch",
            on_change=lambda: session.go(lang=session.value("language-choice")),
        )
        _draw_projector(language)


def _draw_projector(language: str) -> None:
    """Larger type for a room."""
    session.mirror("projector-choice", session.projector())
    st.toggle(
        t("app.projector", language),
        key="projector-choice",
        on_change=lambda: session.go(projector="1" if session.value("projector-choice") else ""),
    )


def _switch_dataset(key: str) -> None:
    starting.use(session.value(key))
