"""The menu. A page is one row here, one script, and the texts `page.<key>.*`."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from cs_core.text import t
from pages.frame import session

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = ("prepare", "analyse", "plan", "act", "share", "learn")


@dataclass(frozen=True)
class PageRow:
    """`filters` names the parts of the filter bar the page uses; the default page answers at
    `/`, the others at `/<key>`."""

    key: str
    section: str
    icon: str
    filters: frozenset[str] = frozenset()
    needs_data: bool = True
    default: bool = False

    @cached_property
    def script(self) -> Path:
        return ROOT / "pages" / self.section / self.key / "page.py"


ALL_FILTERS = frozenset({"period", "range", "segments", "as_of", "policies"})
PAGES = (
    PageRow("data", "prepare", ":material/database:", needs_data=False),
    PageRow("overview", "analyse", ":material/monitoring:", ALL_FILTERS, default=True),
    PageRow("retention", "analyse", ":material/grid_on:", ALL_FILTERS),
    PageRow("churn", "analyse", ":material/trending_down:", ALL_FILTERS),
    PageRow(
        "lifetime_value",
        "plan",
        ":material/savings:",
        frozenset({"segments", "as_of", "policies"}),
    ),
    PageRow(
        "this_week",
        "act",
        ":material/checklist:",
        frozenset({"horizon", "segments", "as_of", "policies"}),
    ),
    PageRow(
        "accounts_at_risk",
        "act",
        ":material/emergency_home:",
        frozenset({"horizon", "segments", "as_of", "policies"}),
    ),
    PageRow(
        "account",
        "act",
        ":material/person_search:",
        frozenset({"horizon", "as_of", "policies"}),
    ),
    PageRow("renewals", "act", ":material/event_repeat:", ALL_FILTERS),
    PageRow("share", "share", ":material/ios_share:", ALL_FILTERS),
    PageRow("learn", "learn", ":material/school:", needs_data=False),
    PageRow("definitions", "learn", ":material/rule:", ALL_FILTERS, needs_data=False),
)


class Menu:
    """The pages of this run, and the one that was asked for."""

    def __init__(self, *, with_data: bool) -> None:
        language = session.language()
        self.pages = {row.key: _page(row, language, with_data) for row in PAGES}
        aliases = {row.key: _alias(row) for row in PAGES if row.default}
        sections: dict[str, list[st.Page]] = {}
        for row in PAGES:
            heading = t(f"nav.{row.section}", language)
            sections.setdefault(heading, []).append(self.pages[row.key])
        sections[t(f"nav.{PAGES[0].section}", language)] += aliases.values()
        self.current = st.navigation(
            sections, position="hidden" if session.embedded() else "sidebar", expanded=True
        )
        self.row = next(
            row for row in PAGES if self.current in (self.pages[row.key], aliases.get(row.key))
        )


def _page(row: PageRow, language: str, with_data: bool) -> st.Page:
    return _fresh(
        row.script,
        t(f"page.{row.key}.title", language),
        row.icon,
        "" if row.default else row.key,
        row.default,
        with_data or not row.needs_data,
    )


def page_to(key: str) -> st.Page:
    """A page for a link on another page."""
    row = next(row for row in PAGES if row.key == key)
    return _page(row, session.language(), True)


def _alias(row: PageRow) -> st.Page:
    """The default page answers at `/`; somebody who types its name finds it too."""
    return _fresh(row.script, row.key, None, row.key, False, False)


def _fresh(*page: Any) -> st.Page:
    """A run marks the page that it may call, so each has its own."""
    return copy(_made(*page))


@lru_cache(maxsize=64)
def _made(
    script: Path, title: str, icon: str | None, address: str, default: bool, visible: bool
) -> st.Page:
    """Making one looks its file up on disk."""
    return st.Page(
        script,
        title=title,
        icon=icon,
        url_path=address,
        default=default,
        visibility="visible" if visible else "hidden",
    )
