"""Colour, type and size of every chart, in one place; and what a chart must know of its reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cs_core.text import numbers

FONT_SIZE = 12
FAMILY = "Keizoku Sans"  # shipped in fonts/; the app itself uses the page's own font

CATEGORIES = 5  # named segments in one chart; what is left over is drawn in `other`

_TOKENS: Mapping[str, tuple[str, str]] = {
    # name: (light, dark)
    "ground": ("#FFFFFF", "#12181F"),
    "second": ("#F3F5F8", "#1B232D"),
    "sidebar": ("#F3F5F8", "#0E1319"),
    "text": ("#101926", "#E6EBF1"),
    "muted": ("#55606E", "#A7B2BF"),
    "border": ("#DCE1E8", "#2E3945"),
    "primary": ("#1F5FA8", "#6FA8E8"),
    "good_text": ("#0B6F69", "#55CABF"),
    "bad_text": ("#B23A0A", "#FF9A75"),
    "warning_text": ("#8F5200", "#F2B566"),
    "good": ("#0F7F78", "#3DB8AE"),
    "bad": ("#C2410C", "#F0825A"),
    "caution": ("#D9A514", "#E8C04A"),
    "neutral": ("#66717F", "#8B97A5"),
    "new": ("#1F5FA8", "#6FA8E8"),
    "expansion": ("#35A398", "#2C9C92"),
    "reactivation": ("#8DBBE3", "#B9D6F4"),
    "contraction": ("#F0B27A", "#F2C08E"),
    "churn": ("#C2410C", "#F0825A"),
    "other": ("#8A94A0", "#8B97A5"),
}

_RANGES: Mapping[str, tuple[str, str]] = {
    "category": (
        "#1F5FA8 #C97B1E #5FB0A8 #6A1B4D #6B6415",
        "#6FA8E8 #D9931E #A2EED8 #B874A8 #D8C863",
    ),
    "heatmap": (
        "#F1F5FA #DCE7F4 #C3D6EC #A6C2E2 #86ABD6 #6693C8 #487BB8 #2F63A4 #1D4C8A #12366B",
        "#1A2530 #1E3247 #23405F #294F79 #315F93 #3F72AD #5488C4 #709FD8 #93B9E8 #BBD4F4",
    ),
    "diverging": (
        "#8F2F06 #B9501F #D98050 #EFB692 #F7E3D8 #E1EAF4 #B4CDE8 #7AA6D6 #3F79B8 #12487F",
        "#FFB08C #E58259 #B25F41 #7A4636 #40332F #273440 #2F4F70 #4278AE #6FA8E8 #AFD0F5",
    ),
}

THEMES = ("light", "dark")


@dataclass(frozen=True)
class Look:
    """For whom a chart is drawn. `theme` light or dark, `language` en or ja, `currency` an ISO
    4217 code, `projector` for larger type (fonts x 1.3, heights x 1.25)."""

    theme: str = "light"
    language: str = "en"
    currency: str = "JPY"
    projector: bool = False

    def color(self, token: str) -> str:
        """A colour by its name in the table of design tokens, as #RRGGBB."""
        return _TOKENS[token][THEMES.index(self.theme)]

    def colors(self, name: str) -> list[str]:
        """A range of colours: category (5), heatmap (10) or diverging (10)."""
        return _RANGES[name][THEMES.index(self.theme)].split()

    def money(self, value: Decimal | float | int | None, *, signed: bool = False) -> str:
        """Money as this reader writes it, in the dataset's currency."""
        return numbers.money(value, self.currency, self.language, signed=signed)

    def palette(self) -> list[str]:
        """Every colour there is, in the same order in both themes."""
        place = THEMES.index(self.theme)
        ranges = [color for pair in _RANGES.values() for color in pair[place].split()]
        return [*(pair[place] for pair in _TOKENS.values()), *ranges]


DEFAULT = Look()


def config(look: Look) -> dict[str, Any]:
    """The Vega-Lite config shared by all charts. It names neither font nor background: in the app
    both are the page's, in a picture `export` sets them."""
    text, muted, border = look.color("text"), look.color("muted"), look.color("border")
    return {
        "axis": {
            "labelColor": muted,
            "labelFontSize": FONT_SIZE,
            "labelPadding": 6,
            "labelFlush": False,
            "labelOverlap": "greedy",
            "labelLimit": 160,
            "title": None,
            "titleColor": muted,
            "titleFontSize": FONT_SIZE,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "ticks": False,
            "domain": False,
            "grid": False,
            "gridColor": border,
            "gridOpacity": 0.6,
        },
        "axisQuantitative": {"grid": True},
        "legend": {
            "title": None,
            "orient": "top",
            "columns": 3,
            "labelColor": text,
            "labelFontSize": FONT_SIZE,
            "labelLimit": 140,
            "symbolType": "square",
            "symbolSize": 130,
            "symbolStrokeWidth": 0,
            "padding": 0,
            "offset": 10,
            "columnPadding": 14,
            "rowPadding": 6,
        },
        "text": {"color": text, "fontSize": FONT_SIZE},
        "rule": {"color": muted},
        "title": {
            "color": text,
            "subtitleColor": muted,
            "anchor": "start",
            "fontSize": 17,
            # The shipped bold has the letters of labels only; a title can hold any.
            "fontWeight": "normal",
            "subtitleFontSize": 13,
            "offset": 14,
        },
        "view": {"stroke": None},
        "range": {name: look.colors(name) for name in _RANGES},
    }


def enlarge(node: Any) -> Any:
    """The same specification for a projector: every font size x 1.3, every height x 1.25."""
    if isinstance(node, dict):
        return {key: _larger(key, value) for key, value in node.items()}
    if isinstance(node, list):
        return [enlarge(item) for item in node]
    return node


def _larger(key: str, value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if key.lower().endswith("fontsize"):
            return round(value * 1.3, 1)
        if key == "height":
            return round(value * 1.25)
    if key == "height" and isinstance(value, dict) and "step" in value:
        return {"step": round(value["step"] * 1.25)}
    return enlarge(value)
