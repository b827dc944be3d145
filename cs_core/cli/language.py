"""The language of the person at the terminal."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping, Sequence
from itertools import pairwise

LANGUAGES = ("en", "ja")
# As programs on Unix read them: the first that is set counts.
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def language_of(words: Sequence[str]) -> str:
    """As asked for, also where the rest of the line makes no sense; else as the system speaks."""
    given = [following for word, following in pairwise(words) if word == "--lang"]
    given += [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    return next((lang for lang in given if lang in LANGUAGES), system_language()[0])


def system_language(environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """The language, and the variable it comes from ("" for the system's own setting)."""
    for name in VARIABLES:
        if value := environment.get(name):
            return _ours(value), name
    return _ours(locale.getlocale()[0] or ""), ""


def _ours(name: str) -> str:
    """`ja_JP.UTF-8`, or `Japanese_Japan` as Windows says it."""
    return "ja" if name.lower().startswith(("ja_", "ja.", "japanese")) or name == "ja" else "en"
