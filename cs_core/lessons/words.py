"""A lesson in words and charts, for one reader."""

from __future__ import annotations

from collections.abc import Mapping

from cs_core import charts
from cs_core.charts import Drawing, Look
from cs_core.lessons.lesson import Figure, Lesson, Outcome, Picture, Setting, Values
from cs_core.text import numbers, t


def said(figure: Figure, language: str) -> str:
    """The figure as it is written."""
    if figure.unit == "rate":
        return numbers.rate(figure.value, figure.digits)
    if figure.unit == "points":
        return numbers.points(figure.value, figure.digits)
    if figure.unit == "months":
        return numbers.months(figure.value, language, figure.digits)
    return numbers.decimal(figure.value, figure.digits)


def fields(lesson: Lesson, values: Values, outcome: Outcome, language: str) -> dict[str, str]:
    """What the lesson's texts may name: its settings and its figures."""
    given = {
        setting.name: Figure(values[setting.name], setting.unit, _needed(values, setting))
        for setting in lesson.settings
    }
    return {name: said(figure, language) for name, figure in {**given, **outcome.figures}.items()}


def _needed(values: Values, setting: Setting) -> int:
    """5% where nothing stands after the point."""
    shown = values[setting.name] * (100 if setting.unit == "rate" else 1)
    return 0 if abs(shown - round(shown)) < 1e-9 else setting.digits


def text(lesson: Lesson, part: str, language: str, filled: Mapping[str, str]) -> str:
    return t(f"lesson.{lesson.key}.{part}", language, **filled)


def drawing(lesson: Lesson, picture: Picture, look: Look, filled: Mapping[str, str]) -> Drawing:
    """The picture in the reader's language."""
    frame = picture.frame.copy()
    for column in picture.named:
        frame[column] = [
            text(lesson, f"row.{value}", look.language, filled) for value in frame[column]
        ]
    made: Drawing = getattr(charts, picture.chart).draw(frame, look, **picture.options)
    return made
