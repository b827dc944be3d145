"""Charts as pictures, with no network and with a font that has Japanese.

Without a shipped font a machine with none draws boxes, and nothing reports an error.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import vl_convert

from cs_core.charts.drawing import Drawing, Spec
from cs_core.charts.theme import FAMILY

FONTS = Path(str(files("cs_core.charts") / "fonts"))
WIDTH = 900  # pixels of a saved picture before `scale`


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Makes the shipped family known to the converter, once per process."""
    vl_convert.register_font_directory(str(FONTS))


def png(
    drawing: Drawing, *, width: int = WIDTH, scale: float = 2.0, title: str = "", subtitle: str = ""
) -> bytes:
    """The chart as PNG, `width * scale` pixels wide, on the theme's ground."""
    register_fonts()
    picture: bytes = vl_convert.vegalite_to_png(
        _document(drawing, width, title, subtitle), scale=scale, allowed_base_urls=[]
    )
    return picture


def svg(drawing: Drawing, *, width: int = WIDTH, title: str = "", subtitle: str = "") -> bytes:
    """The chart as SVG text in UTF-8. Letters stay letters, in the shipped family, then in the
    reader's own Japanese fonts; the file names no address to load anything from."""
    register_fonts()
    picture: str = vl_convert.vegalite_to_svg(
        _document(drawing, width, title, subtitle), allowed_base_urls=[]
    )
    fallback = f"{FAMILY}, Hiragino Sans, Yu Gothic UI, Meiryo, Noto Sans CJK JP, sans-serif"
    return picture.replace(f"{FAMILY}, sans-serif", fallback).encode()


def _document(drawing: Drawing, width: int, title: str, subtitle: str) -> Spec:
    return drawing.standalone(width, title, subtitle)
