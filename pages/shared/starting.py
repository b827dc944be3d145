"""How a dataset comes to be there: the sample, the demo company, and switching between them."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from cs_core.errors import WorkspaceError
from cs_core.text import inert, plain, t
from pages.shared import loaders, session


def label(name: str, language: str) -> str:
    """A dataset's name in the switcher."""
    if name in (loaders.SAMPLE, loaders.DEMO):
        return t(f"app.{name}", language)
    return plain(name)


def use(name: str) -> None:
    """Shows this dataset from now on; for callbacks. What was filtered belonged to the other."""
    with suppress(WorkspaceError):  # a read-only workspace cannot remember it
        loaders.workspace().set_setting("last_dataset", name)
    session.go(dataset=name, where="", asof="", currency="", by="", range="")


def missing(name: str) -> None:
    st.warning(t("problem.no_such_dataset", session.language(), name=inert(name)))


def ask_sample() -> None:
    """Callback: the frame makes the sample when the URL names it."""
    session.go(dataset=loaders.SAMPLE)


def ask_demo() -> None:
    session.go(dataset=loaders.DEMO)


def make(name: str) -> None:
    """Puts the sample or the demo company into the workspace."""
    doing = "opening_sample" if name == loaders.SAMPLE else "making_demo"
    with st.spinner(t(f"app.{doing}", session.language())):
        loaders.make_example(name)
