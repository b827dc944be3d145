"""The language of the person at the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cs_core.text import LANGUAGES
from cs_core.text.system import system_language


def language_of(words: Sequence[str]) -> str:
    """As asked for, also where the rest of the line makes no sense; else as the system speaks."""
    given = [following for word, following in pairwise(words) if word == "--lang"]
    given += [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    return next((lang for lang in given if lang in LANGUAGES), system_language()[0])
