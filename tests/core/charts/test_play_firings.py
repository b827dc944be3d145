"""Firings of a play by month: every look can be drawn, and sums are what was given."""

from __future__ import annotations

import pandas
import pytest

from cs_core import charts
from cs_core.charts import Look, export

FRAME = pandas.DataFrame(
    [
        {"month": "2025-01", "outcome": "stayed", "firings": 3},
        {"month": "2025-01", "outcome": "left", "firings": 2},
        {"month": "2025-02", "outcome": "stayed", "firings": 0},
        {"month": "2025-03", "outcome": "open", "firings": 4},
    ]
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_drawn(theme: str, language: str) -> None:
    drawing = charts.play_firings.draw(FRAME, Look(theme, language, "JPY"))
    assert list(drawing.frame["firings"]) == [3, 2, 0, 4]
    assert list(drawing.frame["order"]) == [1, 0, 1, 2]
    assert export.png(drawing).startswith(b"\x89PNG")
    assert charts.play_firings(FRAME, Look(theme, language, "JPY")).to_dict()
