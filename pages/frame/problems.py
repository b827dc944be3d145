"""Errors at the edge: a sentence for the person, a number, and a local log without data.

The log holds the error's type and where it arose, never its message or a row: what a file says
stays in the file. It lies in the workspace folder and is not sent anywhere.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from logging.handlers import RotatingFileHandler

import streamlit as st

from cs_core.errors import CannotAnswerError, KeizokuError
from cs_core.text import inert, t
from cs_core.workspace import default_home
from pages.frame import session


@lru_cache(maxsize=1)
def _log() -> logging.Logger:
    log = logging.getLogger("keizoku.app")
    log.propagate = False
    try:
        folder = default_home() / "log"
        folder.mkdir(parents=True, exist_ok=True)
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
    if isinstance(error, KeizokuError):
        # A field may quote the file; the sentence goes to the screen as Markdown.
        fields = {name: inert(value) for name, value in error.fields.items()} | words
        return t(f"error.{error.code}", language, **fields)
    return t("trouble.unexpected", language, number=record(error))


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


@contextmanager
def boundary(key: str) -> Iterator[None]:
    """What fails inside becomes a sentence in its place; the rest of the page goes on."""
    try:
        yield
    except Exception as error:
        show(error, key)
