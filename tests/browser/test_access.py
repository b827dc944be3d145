"""Nobody is shut out: axe-core finds nothing critical or serious on any page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from cs_core.text import t
from pages.frame.navigation import PAGES
from tests.browser.conftest import Server, Watched
from tests.browser.test_app import link

pytestmark = pytest.mark.browser
GRAVE = ("critical", "serious")


@pytest.mark.parametrize("page", [row.key for row in PAGES])
@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), ("ja", "light")])
def test_axe_finds_nothing_grave(
    small: Server, open_page: Callable[..., Watched], page: str, language: str, theme: str
) -> None:
    watched = open_page(link(small, page, dataset="small", lang=language), theme=theme)
    watched.settle(t(f"page.{page}.title", language))
    watched.unfold(t(f"page.{page}.title", language))
    assert grave(watched) == []
    assert watched.page.evaluate("document.documentElement.lang") == language


@pytest.mark.parametrize("lesson", ["simulator", "simpson", "triangle"])
@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), ("ja", "light")])
def test_axe_finds_nothing_grave_in_an_open_lesson(
    small: Server, open_page: Callable[..., Watched], lesson: str, language: str, theme: str
) -> None:
    watched = open_page(link(small, "learn", lang=language, lesson=lesson), theme=theme)
    watched.settle(t("page.learn.title", language))
    if lesson == "simulator":
        watched.page.get_by_text(t("page.learn.simulator.truth", language)).click()
    else:
        watched.page.get_by_text(t("page.learn.skip", language)).click()
    watched.page.wait_for_selector("canvas, svg.marks", timeout=30_000)
    assert grave(watched) == []


def grave(watched: Watched) -> list[tuple[str, list[str]]]:
    """What axe finds, once all that is drawn late has faded in."""
    watched.page.wait_for_function("() => window.keizokuAccess", timeout=30_000)
    watched.page.wait_for_timeout(1000)
    watched.page.mouse.move(0, 0)  # Over a chart it would raise marks of its own.
    found = Axe().run(watched.page).response["violations"]
    return [(v["id"], [n["target"] for n in v["nodes"]]) for v in found if v["impact"] in GRAVE]
