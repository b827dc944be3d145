"""Lessons: the figures of each, and that nothing in their texts is typed."""

from __future__ import annotations

import re

import pytest

from cs_core.charts import Drawing, Look
from cs_core.lessons import LESSONS, Lesson, words
from cs_core.text import LANGUAGES, catalogue

EVERY = list(LESSONS.values())
# Lengths of time that are the same in every lesson, and lists that are numbered.
ALLOWED = re.compile(r"12か月|12回|12倍|12分の1|\b24か月|1年|1か月|1÷|2つ|1つ|3つ|2社|1社")


def figures(key: str, **moved: float) -> dict[str, float]:
    lesson = LESSONS[key]
    found = lesson.outcome({**lesson.defaults, **moved})
    return {name: figure.value for name, figure in found.figures.items()}


def texts(lesson: Lesson, language: str) -> dict[str, str]:
    prefix = f"lesson.{lesson.key}."
    return {k[len(prefix) :]: v for k, v in catalogue(language).items() if k.startswith(prefix)}


def filled(lesson: Lesson, language: str, **moved: float) -> dict[str, str]:
    values = {**lesson.defaults, **moved}
    return words.fields(lesson, values, lesson.outcome(values), language)


# -- what each lesson comes to ------------------------------------------------------------


def test_five_per_cent_a_month_is_46_a_year() -> None:
    found = figures("compound")
    assert round(found["annual"], 3) == 0.460
    assert round(found["added"], 2) == 0.60


def test_one_divided_by_mean_churn_is_not_the_mean_lifetime() -> None:
    found = figures("lifetime")
    assert round(found["formula"], 1) == 9.1
    assert found["truth"] == pytest.approx(27.5)


def test_a_cohorts_churn_falls_though_nobody_changes() -> None:
    found = figures("falling")
    assert round(found["first"], 2) == 0.11
    assert round(found["later"], 3) == 0.034


# -- texts --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", EVERY, ids=list(LESSONS))
def test_no_number_of_a_lesson_is_typed(lesson: Lesson, language: str) -> None:
    typed = {
        name: text
        for name, text in texts(lesson, language).items()
        if re.search(r"[0-9０-９]", ALLOWED.sub("", re.sub(r"\{\w+\}", "", text)))
    }
    assert typed == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", EVERY, ids=list(LESSONS))
def test_every_lesson_is_whole(lesson: Lesson, language: str) -> None:
    """Every text is there, its fields are figures of the lesson, and none stands over."""
    said = texts(lesson, language)
    expected = {"title", "belief", "question", "finding", "explain", "check.question", "own"}
    expected |= {f"check.{name}" for name in lesson.checks}
    expected |= {f"why.{name}" for name in lesson.checks}
    expected |= {f"choice.{name}" for name in lesson.choices}
    fields = filled(lesson, language)
    outcome = lesson.outcome(lesson.defaults)
    tables = [] if outcome.table is None else [outcome.table]
    expected |= {f"column.{name}" for table in tables for name in table.columns}
    words_used = [
        value
        for picture in outcome.pictures
        for column in picture.named
        for value in picture.frame[column]
    ]
    words_used += [v for table in tables for c in table for v in table[c] if isinstance(v, str)]
    expected |= {f"row.{value}" for value in words_used}
    assert expected <= set(said)
    assert {name for name in set(said) - expected if not name.startswith("row.")} == set()
    for text in said.values():
        text.format(**fields)
    for setting in lesson.settings:
        assert f"lesson.setting.{setting.name}" in catalogue(language)
    assert lesson.right in lesson.checks
    assert bool(lesson.choices) != bool(lesson.answer)
    assert outcome.choice in lesson.choices if lesson.choices else lesson.answer in outcome.figures


@pytest.mark.parametrize("lesson", EVERY, ids=list(LESSONS))
def test_a_lesson_explains_one_thing_in_few_words(lesson: Lesson) -> None:
    explained = {language: texts(lesson, language)["explain"] for language in LANGUAGES}
    assert len(explained["en"].split()) <= 150
    assert len(explained["ja"]) <= 400


@pytest.mark.parametrize("lesson", EVERY, ids=list(LESSONS))
def test_bold_in_japanese_is_seen_as_bold(lesson: Lesson) -> None:
    """Markdown does not end bold between a sign, as % is, and a letter."""
    for text in texts(lesson, "ja").values():
        said = text.format(**filled(lesson, "ja"))
        ends = [m.end() for m in re.finditer(r"\*\*", said)][1::2]
        assert [
            said[e - 4 : e + 2] for e in ends if not _closes(said[e - 3], said[e : e + 1])
        ] == []
        starts = [m.start() for m in re.finditer(r"\*\*", said)][::2]
        assert [said[s : s + 5] for s in starts if not _closes(said[s + 2], said[s - 1 : s])] == []


def _closes(inside: str, outside: str) -> bool:
    return inside.isalnum() or not outside or not outside.isalnum()


# -- pictures and settings ----------------------------------------------------------------


@pytest.mark.parametrize("lesson", EVERY, ids=list(LESSONS))
def test_every_picture_is_drawn_wherever_the_sliders_stand(lesson: Lesson) -> None:
    lowest = {setting.name: setting.low for setting in lesson.settings}
    highest = {setting.name: setting.high for setting in lesson.settings}
    mixed = [
        {one.name: one.high if place % 2 else one.low for place, one in enumerate(lesson.settings)},
        {one.name: one.low if place % 2 else one.high for place, one in enumerate(lesson.settings)},
    ]
    for values in (lesson.defaults, lowest, highest, *mixed):
        for seed in (0, 1, 2) if lesson.chance else (0,):
            outcome = lesson.outcome(values, seed)
            for language in LANGUAGES:
                fields = words.fields(lesson, values, outcome, language)
                assert "—" not in "".join(fields.values())
                for picture in outcome.pictures:
                    made = words.drawing(lesson, picture, Look(language=language), fields)
                    assert isinstance(made, Drawing)
                    assert made.shown["datasets"]


@pytest.mark.parametrize("lesson", EVERY, ids=list(LESSONS))
def test_settings_are_in_their_bounds(lesson: Lesson) -> None:
    for setting in lesson.settings:
        assert setting.low <= setting.default <= setting.high
        steps = (setting.default - setting.low) / setting.step
        assert steps == pytest.approx(round(steps))
