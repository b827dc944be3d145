"""Something moves on a terminal while one has to wait."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SILENT_SECONDS = 1.0
_ERASE = "\r\033[K"


@contextmanager
def progress(language: str) -> Iterator[None]:
    """After a second says on standard error, if that is a terminal, for how long it has been going
    on; takes it away at the end."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    ticking = threading.Thread(target=_tick, args=(done, language), daemon=True)
    ticking.start()
    try:
        yield
    finally:
        done.set()
        ticking.join()


def _tick(done: threading.Event, language: str) -> None:
    from cs_core.text import t

    began = time.monotonic()
    wait = SILENT_SECONDS
    while not done.wait(wait):
        seconds = int(time.monotonic() - began)
        sys.stderr.write(_ERASE + t("cli.working", language, seconds=seconds))
        sys.stderr.flush()
        wait = 0.5
    if wait != SILENT_SECONDS:
        sys.stderr.write(_ERASE)
        sys.stderr.flush()
