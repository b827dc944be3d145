"""A lesson as a file: no request, the core's figures, done by keyboard, open to everybody."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from cs_core.lessons import LESSONS, Lesson, words
from cs_core.lessons.offline import constants, render
from cs_core.text import LANGUAGES, t
from tests.browser.conftest import Watched
from tests.browser.test_access import GRAVE

pytestmark = pytest.mark.browser
SETTINGS = 200
ASKED = """([key, asked, constants]) => asked.map(([values, seed]) => {
    const { figures, choice } = MODELS[key](values, seed, constants);
    return { figures, choice: choice ?? "" };
})"""


def written(lesson: Lesson, language: str, folder: Path) -> str:
    path = folder / f"{lesson.key}-{language}.html"
    path.write_text(render(lesson, language), "utf-8")
    return path.as_uri()


def somewhere(lesson: Lesson, dice: random.Random) -> tuple[dict[str, float], int]:
    """Settings as the sliders give them."""
    values = {}
    for one in lesson.settings:
        steps = round((one.high - one.low) / one.step)
        values[one.name] = round(one.low + dice.randint(0, steps) * one.step, 6)
    return values, dice.randint(0, 9999) if lesson.chance else 0


@pytest.mark.parametrize("key", LESSONS)
def test_the_pages_arithmetic_is_the_cores(
    tmp_path: Path, open_page: Callable[..., Watched], key: str
) -> None:
    """At 200 settings drawn at random, of which each lesson gets its share."""
    lesson = LESSONS[key]
    dice = random.Random(key)
    slow = {"red_ones": 10}  # 2 000 slices each, in the core
    asked = [somewhere(lesson, dice) for _ in range(slow.get(key, SETTINGS))]
    watched = open_page(written(lesson, "en", tmp_path))
    found = watched.page.evaluate(ASKED, [key, asked, constants(key)])
    for (values, seed), there in zip(asked, found, strict=True):
        here = lesson.outcome(values, seed)
        assert there["choice"] == here.choice, values
        assert set(there["figures"]) == set(here.figures)
        for name, figure in here.figures.items():
            got = there["figures"][name]
            assert math.isclose(got, figure.value, rel_tol=1e-9, abs_tol=1e-12), (name, values)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", LESSONS)
def test_a_lesson_is_done_by_keyboard_without_a_request(
    tmp_path: Path, open_page: Callable[..., Watched], key: str, language: str
) -> None:
    lesson = LESSONS[key]
    dark, narrow = language == "ja", language == "ja"
    watched = open_page(
        written(lesson, language, tmp_path),
        width=390 if narrow else 1280,
        theme="dark" if dark else "light",
    )
    page = watched.page
    press(page, "#skip")
    page.keyboard.press("Enter")
    said = words.fields(lesson, lesson.defaults, lesson.outcome(lesson.defaults), language)
    for part in ("finding", "explain"):
        expected = words.text(lesson, part, language, said).replace("**", "")
        assert squeezed(page.inner_text(f"#{part}")) == squeezed(expected)
    press(page, f"#set-{lesson.settings[0].name}")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    wrong = next(name for name in lesson.checks if name != lesson.right)
    press(page, "input[name=check]")
    page.check(f"input[name=check][value={wrong}]")
    assert t("page.learn.wrong", language) in page.inner_text("#verdict")
    reason = words.text(lesson, f"why.{wrong}", language, said)
    assert squeezed(reason) in squeezed(page.inner_text("#verdict"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page).response["violations"] if key in ("triangle", "simpson") else []
    assert [v["id"] for v in found if v["impact"] in GRAVE] == []
    assert [r for r in watched.requests if not r.startswith("file:")] == []
    assert watched.console == []


def press(page: Any, selector: str) -> None:
    """Tab until there."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({json.dumps(selector)})"):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_a_guess_stands_beside_the_answer(
    tmp_path: Path, open_page: Callable[..., Watched]
) -> None:
    page = open_page(written(LESSONS["compound"], "en", tmp_path)).page
    page.click("#show")
    assert page.is_visible("#missing")
    page.fill("#number", "60")
    page.keyboard.press("Enter")
    assert "60.0%" in page.inner_text("#gap")
    assert "46.0%" in page.inner_text("#gap")
