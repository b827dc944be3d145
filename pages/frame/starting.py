"""How a dataset comes to be there: the sample, the demo company, and switching between them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from cs_core.errors import KeizokuError, WorkspaceError
from cs_core.text import inert, plain, t
from cs_core.workspace import StoredDataset
from pages.frame import loaders, problems, session


def label(name: str, language: str) -> str:
    """A dataset's name in the switcher."""
    if name in (loaders.SAMPLE, loaders.DEMO):
        return t(f"app.{name}", language)
    return plain(name)


def use(name: str) -> None:
    """Shows this dataset from now on; for callbacks. What was filtered belonged to the other."""
    with suppress(WorkspaceError):  # a read-only workspace cannot remember it
        loaders.workspace().set_setting("last_dataset", name)
    session.go(**session.of_dataset(name))


def missing(name: str) -> None:
    st.warning(t("trouble.no_such_dataset", session.language(), name=inert(name)))


def make(name: str) -> None:
    """Puts the sample or the demo company into the workspace."""
    doing = "opening_sample" if name == loaders.SAMPLE else "making_demo"
    with st.spinner(t(f"app.{doing}", session.language())):
        loaders.make_example(name)


def delete(name: str) -> None:
    """Callback: takes a dataset away and shows the next; for seven days it can be brought back."""
    loaders.workspace().delete(name)
    session.remember("just-deleted", name)
    session.remember("just-kept", None)
    # A field that was bound in this run cannot be left open for the frame to settle.
    session.go(**session.of_dataset(usual(loaders.stored())))


def usual(known: Mapping[str, StoredDataset]) -> str:
    """The dataset used last, else the newest; empty without any."""
    if not known:
        return ""
    last = loaders.workspace().setting("last_dataset")
    return last if last in known else max(known, key=lambda name: known[name].created)


def undo(name: str) -> None:
    loaders.workspace().undo(name)
    session.remember("just-deleted", None)
    use(name)


def draw_rename(name: str) -> None:
    """A dataset's other name."""
    language = session.language()
    with st.popover(t("page.data.rename", language), icon=":material/edit:", type="tertiary"):
        new = st.text_input(
            t("page.data.new_name", language), name, max_chars=80, key=f"rename-{name}"
        )
        if st.button(t("page.data.rename", language), key="rename-now", type="primary"):
            try:
                renamed = loaders.workspace().rename(name, new)
            except KeizokuError as error:
                st.error(problems.explain(error), icon=":material/error:")
                return
            session.after_this_run(dataset=renamed.name)


def draw_notices() -> None:
    """What the workspace did of itself, until a person has seen it."""
    notices = loaders.workspace().notices()
    if not notices:
        return
    language = session.language()
    with st.container(border=True, key="notices"):
        for notice in notices:
            words = {name: inert(value) for name, value in notice.fields.items()}
            st.markdown(f":material/info: {t(f'notice.{notice.code}', language, **words)}")
        st.button(t("notice.seen", language), key="notices-seen", on_click=_seen, type="tertiary")


def _seen() -> None:
    loaders.workspace().notices_seen()


def draw_undo() -> None:
    """After a deletion: what was deleted, and a way back."""
    name = session.value("just-deleted")
    if name is None:
        return
    language = session.language()
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="undo"):
        said = t("app.deleted", language, name=inert(label(name, language)))
        st.markdown(f":material/delete: {said}", width="content")
        st.button(
            t("app.undo", language),
            key="undo-delete",
            type="tertiary",
            icon=":material/undo:",
            on_click=undo,
            args=(name,),
        )
