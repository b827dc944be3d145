"""The language that the system speaks to a person."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping

# As programs on Unix read them: the first that is set counts.
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def system_language(environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """The language, and the variable it comes from ("" for the system's own setting)."""
    for name in VARIABLES:
        if value := environment.get(name):
            return _ours(value), name
    return _ours(locale.getlocale()[0] or ""), ""


def _ours(name: str) -> str:
    """`ja_JP.UTF-8`, or `Japanese_Japan` as Windows says it."""
    return "ja" if name.lower().startswith(("ja_", "ja.", "japanese")) or name == "ja" else "en"
