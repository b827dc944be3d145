"""Words, numbers, dates and money in English and Japanese. `t(key, language, **fields)`."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files

from cs_core.errors import KeizokuError
from cs_core.text.inert import inert, plain

__all__ = ["LANGUAGES", "catalogue", "inert", "plain", "sentence", "t"]

LANGUAGES = ("en", "ja")


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> dict[str, str]:
    """Every sentence of one language by its dotted key."""
    nested = tomllib.loads(files(__package__).joinpath(f"{language}.toml").read_text("utf-8"))
    flat: dict[str, str] = {}

    def walk(prefix: str, table: dict[str, object]) -> None:
        for key, value in table.items():
            if isinstance(value, dict):
                walk(f"{prefix}{key}.", value)
            else:
                flat[prefix + key] = str(value)

    walk("", nested)
    return flat


def t(key: str, language: str, /, **fields: object) -> str:
    """The sentence for a key. Raises KeyError for one that no catalogue holds."""
    text = catalogue(language)[key]
    return text.format(**fields) if fields else text


def sentence(error: KeizokuError, language: str) -> str:
    """What is wrong, where, and what to do, in one line."""
    said = t(f"error.{error.code}", language, **error.fields)
    if meant := error.fields.get("nearest"):
        said += t("error.did_you_mean", language, nearest=meant)
    return said
