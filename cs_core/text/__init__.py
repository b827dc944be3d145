"""Words, numbers, dates and money in English and Japanese. `t(key, language, **fields)`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from cs_core.text.inert import inert, plain

if TYPE_CHECKING:
    from cs_core.errors import KeizokuError

__all__ = ["LANGUAGES", "catalogue", "inert", "plain", "reading", "sentence", "t"]

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
    fields = dict(error.fields)
    if isinstance(readings := fields.get("readings"), dict):
        each = [reading(name, given, language) for name, given in readings.items()]
        fields["readings"] = t("reading.between", language).join(each)
    if isinstance(rivals := fields.get("headers"), dict):
        each = [t("reading.header", language, header=h, values=v) for h, v in rivals.items()]
        fields["headers"] = t("reading.between", language).join(each)
    said = t(f"error.{error.code}", language, **fields)
    given = fields.get("give")
    more_said = list(given) if isinstance(given, tuple) else []
    for more in [*more_said, *(["suggestion"] if fields.get("suggestion") else [])]:
        if f"error.{more}" in catalogue(language):
            said += t(f"error.{more}", language, **fields)
    if meant := error.nearest:
        said += t("error.did_you_mean", language, nearest=meant)
    return said


def reading(name: str, given: Mapping[str, Any], language: str, sentence_of: str = "one") -> str:
    """What one way of reading a file gives: customers, MRR and monthly churn. `sentence_of`: "one"
    for a word in a sentence, "named" for a sentence that says what a row is."""
    from cs_core.text import numbers

    return t(
        f"reading.{sentence_of}",
        language,
        shape=name,
        customers=numbers.count(given["customers"]),
        mrr=f"{Decimal(given['mrr']):,f}",
        churn=numbers.rate(given["churn"]),
    )
