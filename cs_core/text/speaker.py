"""For whom something is said: a language and a currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cs_core.text import t


class Speaker(Protocol):
    """What a sentence needs of whoever says it; pages and reports are."""

    @property
    def language(self) -> str: ...
    @property
    def currency(self) -> str: ...
    def t(self, key: str, **fields: object) -> str: ...


@dataclass(frozen=True)
class Voice:
    """A speaker outside the app."""

    language: str
    currency: str

    def t(self, key: str, **fields: object) -> str:
        return t(key, self.language, **fields)
