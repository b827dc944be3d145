"""Errors at the edge: a sentence for the person, a number, and a local log without data.

The log holds the error's type and where it arose, never its message or a row: what a file says
stays in the file. It lies in the workspace folder and is not sent anywhere.
"""

from __future__ import annotations

import logging
import os
import secrets
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from logging.handlers import RotatingFileHandler
from typing import Any

import streamlit as st
from streamlit.runtime.state.session_state import SessionState

from cs_core.errors import CannotAnswerError, KeizokuError, disk_error
from cs_core.text import inert, t
from cs_core.workspace import default_home
from pages.frame import session

_TOLD = "told-in-callback"


@lru_cache(maxsize=1)
def _log() -> logging.Logger:
    log = logging.getLogger("keizoku.app")
    log.propagate = False
    try:
        folder = default_home() / "log"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(folder / "app.log", os.O_WRONLY | os.O_CREAT, 0o600))
        log.addHandler(RotatingFileHandler(folder / "app.log", maxBytes=1_000_000, backupCount=3))
    except OSError:
        log.addHandler(logging.NullHandler())  # a read-only workspace can still be read
    return log


def record(error: BaseException) -> str:
    """Writes where the error arose to the local log; the number to show with it."""
    number = secrets.token_hex(2).upper()
    where = "".join(traceback.format_tb(error.__traceback__))
    what = error.code if isinstance(error, KeizokuError) else type(error).__qualname__
    _log().error("error %s: %s\n%s", number, what, where)
    return number


def explain(error: BaseException, **words: str) -> str:
    """The sentence for an error: what is wrong and what to do; with a number if it is our fault.
    `words` stand in place of the error's own fields."""
    language = session.language()
    error = disk_error(error) or error
    if isinstance(error, KeizokuError):
        # A field may quote the file; the sentence goes to the screen as Markdown.
        fields = {name: inert(value) for name, value in error.fields.items()} | words
        return t(f"error.{error.code}", language, **fields)
    number = record(error)
    kept = any(isinstance(handler, RotatingFileHandler) for handler in _log().handlers)
    return t("trouble.unexpected" if kept else "trouble.unlogged", language, number=number)


def show(error: BaseException, retry_key: str) -> None:
    """The error state of a card or page, with a way to try again; calm where nothing is wrong
    but the data has no answer."""
    if isinstance(error, CannotAnswerError):
        st.info(explain(error), icon=":material/inbox:")
        return
    st.error(explain(error), icon=":material/error:")
    st.button(
        t("trouble.retry", session.language()), key=f"retry-{retry_key}", icon=":material/refresh:"
    )


def guard_callbacks() -> None:
    """Puts every callback of every widget inside the boundary, here, where Streamlit runs them:
    what fails in one is said, in words, where the page then begins (`draw_told`), and the page is
    drawn as things are. Without it Streamlit shows its own box, in English, in place of the page.
    """
    run = SessionState._run_callback_and_record_rerun
    if hasattr(run, "__wrapped__"):
        return

    @wraps(run)
    def guarded(state: SessionState, votes: Any, callback: Callable[[], None]) -> None:
        def told() -> None:
            try:
                callback()
            except Exception as error:
                session.remember(_TOLD, explain(error))

        run(state, votes, told)

    SessionState._run_callback_and_record_rerun = guarded  # type: ignore[method-assign,assignment]


def draw_told() -> None:
    """What went wrong in the callback before this run, once."""
    if said := session.take(_TOLD):
        st.error(said, icon=":material/error:")


@contextmanager
def boundary(key: str) -> Iterator[None]:
    """What fails inside becomes a sentence in its place; the rest of the page goes on."""
    try:
        yield
    except Exception as error:
        show(error, key)
