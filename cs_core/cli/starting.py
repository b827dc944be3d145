"""`keizoku` without a word: the app in a browser."""

from __future__ import annotations

import runpy
import sys
from importlib.util import find_spec

from cs_core.datasets.bundled import APP
from cs_core.errors import UsageError


def start() -> int:
    """Serves the app until it is stopped. Its settings stand beside its script, so they hold
    whatever the current folder is; `STREAMLIT_SERVER_PORT` and the like still override them."""
    from cs_core.cli import INTERRUPTED, say
    from cs_core.cli.language import language_of

    if find_spec("streamlit") is None:
        return say(UsageError("app_not_installed"), language_of(()))
    sys.argv = ["streamlit", "run", str(APP)]
    try:
        runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0
