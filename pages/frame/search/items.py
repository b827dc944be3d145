"""What can be found besides accounts: pages, things to do, figures, lessons and definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from cs_core.domain.policies import VALUES
from cs_core.lessons import LESSONS
from cs_core.lessons.glossary import TERMS
from cs_core.text import LANGUAGES, t
from cs_core.text.folding import folded, readings
from pages.frame.navigation import PAGES

KINDS = ("page", "action", "figure", "definition", "lesson", "account")


@dataclass(frozen=True)
class Item:
    """`page` is where it leads, with these fields of the address; an empty one stays where one
    is. `needs_data` is whether it says something only beside a dataset."""

    kind: str
    key: str
    page: str
    fields: Mapping[str, str] = field(default_factory=dict)
    needs_data: bool = True


# Where each action is done.
ACTIONS = (
    Item("action", "import", "data", needs_data=False),
    Item("action", "call", "this_week"),
    Item("action", "report", "share"),
    Item("action", "match", "definitions"),
    Item("action", "assume", "lifetime_value"),
    Item("action", "teach", "learn", {"view": "teacher"}, needs_data=False),
    Item("action", "english", "", {"lang": "en"}, needs_data=False),
    Item("action", "japanese", "", {"lang": "ja"}, needs_data=False),
    Item("action", "projector", "", {"projector": "1"}, needs_data=False),
)
# Of a kind so many at most, so that none hides the others.
MOST = {"page": 5, "action": 4, "figure": 4, "definition": 4, "lesson": 3}


@lru_cache(maxsize=1)
def items() -> tuple[Item, ...]:
    return (
        *(Item("page", row.key, row.key, needs_data=row.needs_data) for row in PAGES),
        *ACTIONS,
        *(Item("figure", term.key, term.page) for term in TERMS),
        *(
            Item("definition", term.key, "learn", {"view": "glossary"}, needs_data=False)
            for term in TERMS
        ),
        *(Item("definition", f"={name}", "definitions", needs_data=False) for name in VALUES),
        *(Item("lesson", key, "learn", {"lesson": key}, needs_data=False) for key in LESSONS),
    )


def label(item: Item, language: str) -> str:
    if item.kind == "page":
        return t(f"page.{item.key}.title", language)
    if item.kind == "action":
        return t(f"search.action.{item.key}", language)
    if item.kind == "lesson":
        return t(f"lesson.{item.key}.title", language)
    if item.key.startswith("="):
        return t(f"filter.policy.{item.key[1:]}.title", language)
    return t(f"glossary.{item.key}.name", language)


def note(item: Item, language: str) -> str:
    """What stands beside it: a page's question, or where it leads."""
    if item.kind == "page":
        return t(f"page.{item.key}.question", language)
    return t(f"page.{item.page}.title", language) if item.page else ""


@lru_cache(maxsize=256)
def _words(item_key: tuple[str, str]) -> str:
    """In every language, as texts are compared: somebody may look for either."""
    item = next(one for one in items() if (one.kind, one.key) == item_key)
    said = [label(item, language) for language in LANGUAGES]
    if item.kind == "page":
        said += [note(item, language) for language in LANGUAGES]
        said += [t(f"search.also.{item.key}", language) for language in LANGUAGES]
    if item.kind in ("page", "figure", "definition"):
        said.append(item.key.strip("=").replace("_", " "))
    return folded(" ".join(said))


def found(text: str, *, with_data: bool) -> list[Item]:
    """Everything that holds each word of the text, kind by kind; what begins with it first."""
    asked = readings(text)
    if not asked[0]:
        usual = [one for one in items() if one.kind in ("page", "action")]
        return [one for one in usual if with_data or not one.needs_data]
    chosen: list[Item] = []
    for kind in KINDS[:-1]:
        held = [
            one
            for one in items()
            if one.kind == kind
            and (with_data or not one.needs_data)
            and any(_holds(_words((one.kind, one.key)), reading) for reading in asked)
        ]
        held.sort(key=lambda one: not _words((one.kind, one.key)).startswith(asked[0]))
        chosen += held[: MOST[kind]]
    return chosen


def _holds(words: str, asked: str) -> bool:
    return all(word in words for word in asked.split())
