"""`config`: every setting, its value and where it came from."""

from __future__ import annotations

import os
import sys
import tomllib
from typing import Any

from cs_core.cli.arguments import Arguments
from cs_core.text import t
from cs_core.text.system import system_language


def config(arguments: Arguments, language: str) -> Any:
    """One record a setting: `setting`, `value`, `source`: a variable, an option, a file, or what
    is usual, in words."""
    from cs_core.datasets.bundled import APP
    from cs_core.metrics.own import VARIABLE
    from cs_core.workspace.store import HOME_VARIABLE, default_home

    def source(name: str) -> str:
        return t(f"cli.source.{name}", language)

    arguments.no_more_words(0)
    home = HOME_VARIABLE if os.environ.get(HOME_VARIABLE) else source("usual")
    chosen, variable = arguments.text("--lang"), system_language()[1]
    form, terminal = arguments.text("--format"), sys.stdout.isatty()
    stream = source("terminal" if terminal else "no_terminal")
    settings = [
        ("home", str(default_home()), home),
        ("lang", language, "--lang" if chosen else variable or source("system")),
        ("format", form or ("table" if terminal else "json"), "--format" if form else stream),
    ]
    own = os.environ.get(VARIABLE)
    settings.append(("metrics", own or "", VARIABLE if own else source("usual")))
    file = APP.parent / ".streamlit" / "config.toml"
    server = tomllib.loads(file.read_text("utf-8"))["server"]
    for name in ("address", "port"):
        over = f"STREAMLIT_SERVER_{name.upper()}"
        value = os.environ.get(over)
        settings.append(
            (f"server.{name}", value or str(server[name]), over if value else str(file))
        )
    return [dict(zip(("setting", "value", "source"), row, strict=True)) for row in settings]
