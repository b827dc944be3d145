"""A lesson as a file: what the page knows. Its arithmetic is held against the core in a browser."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest

from cs_core.lessons import LESSONS, Lesson
from cs_core.lessons.draws import Draws
from cs_core.lessons.offline import course, data, render
from cs_core.text import LANGUAGES, catalogue


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", list(LESSONS.values()), ids=list(LESSONS))
def test_the_file_is_whole_and_asks_nobody(lesson: Lesson, language: str) -> None:
    page = render(lesson, language)
    held = re.search(r'<script type="application/json" id="lesson">(.*?)</script>', page)
    assert held is not None
    assert json.loads(held[1]) == json.loads(json.dumps(data(lesson, language)))
    assert (
        catalogue(language)[f"lesson.{lesson.key}.explain"] in json.loads(held[1])["texts"].values()
    )
    addresses = set(re.findall(r"https?://[^\s\"'<]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # a name, not asked for
    assert not re.search(r"\b(src|href)=", page)
    assert "default-src &#x27;none&#x27;" in page
    assert f"{lesson.key}(v" in page  # its model
    assert len(page) < 60_000


def test_a_course_is_every_lesson_in_order() -> None:
    packed = course(LESSONS.values(), "ja")
    assert packed == course(LESSONS.values(), "ja")
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        assert files.namelist() == [f"{n:02}-{key}.html" for n, key in enumerate(LESSONS, 1)]
        assert files.read("03-compound.html").decode() == render(LESSONS["compound"], "ja")


def test_draws_are_those_of_mulberry32() -> None:
    """The state of seed 0 steps on; the values are those of the published C program."""
    draws = Draws(0)
    draws._state = 12345
    assert [round(draws.uniform() * 2**32 - 0.5) for _ in range(3)] == [
        4207900869,
        1317490944,
        2079646450,
    ]


def test_draws_have_the_mean_and_spread_they_should() -> None:
    draws = Draws(1)
    lost = [draws.binomial(200, 0.04) for _ in range(4_000)]
    assert sum(lost) / len(lost) == pytest.approx(8, abs=0.15)
    normal = [draws.normal() for _ in range(4_000)]
    assert sum(x * x for x in normal) / len(normal) == pytest.approx(1, abs=0.07)
    assert Draws(1).uniform() == Draws(1).uniform() != Draws(2).uniform()
