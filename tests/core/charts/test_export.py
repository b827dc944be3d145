"""Pictures have Japanese in them on a machine without fonts, and nothing to load."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageFont

from cs_core import charts
from cs_core.charts import Look, export
from cs_core.text import catalogue
from tests.core.charts import frames

REGULAR = export.FONTS / "KeizokuSans-Regular.otf"


def test_png_has_the_size_asked_for():
    picture = Image.open(io.BytesIO(export.png(charts.bridge.draw(frames.bridge_row()), width=400)))
    assert picture.format == "PNG"
    assert picture.width == 800


def test_svg_names_the_shipped_font_and_no_address_but_namespaces():
    svg = export.svg(charts.bridge.draw(frames.bridge_row()), title="</text><script>x</script>")
    text = svg.decode()
    assert "Keizoku Sans" in text
    assert "<script" not in text
    assert "&lt;script" in text
    for attribute in (' href="', "xlink:href", "url(", "@import"):
        assert attribute not in text


@pytest.mark.parametrize("name", ["KeizokuSans-Regular.otf", "KeizokuSans-Bold.otf"])
def test_the_licence_lies_beside_the_fonts(name):
    licence = (export.FONTS / "OFL.txt").read_text("utf-8")
    assert name in licence
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert ImageFont.truetype(export.FONTS / name).getname()[0] == "Keizoku Sans"


def test_the_shipped_font_has_every_character_of_the_app_and_of_japanese_names():
    font = ImageFont.truetype(REGULAR, 24)
    box = bytes(font.getmask("\ue000"))
    text = "".join(catalogue("ja").values()) + "".join(catalogue("en").values())
    names = "株式会社髙橋﨑鷗塚齋藤渡邊德永栁澤ヴェブレン①㈱〜―−￥"
    missing = {char for char in text + names if char.strip() and bytes(font.getmask(char)) == box}
    assert not missing


FONTLESS = """
import sys
from cs_core import charts
from cs_core.charts import Look, export
from tests.core.charts import frames
drawing = charts.bridge.draw(frames.bridge_row(), Look("light", "ja"))
if sys.argv[1] == "without":
    export.register_fonts = lambda: None
sys.stdout.buffer.write(export.png(drawing, width=300, scale=1))
"""


def test_japanese_is_drawn_without_system_fonts():
    """In a mount namespace with an empty font folder the picture is the same as with fonts, and
    without the shipped font it is another one (that the folder is really hidden)."""

    def png(how: str) -> bytes:
        hide = 'mount -t tmpfs none /usr/share/fonts && exec "$@"'
        command = ["unshare", "-rm", "sh", "-c", hide, "sh", sys.executable, "-c", FONTLESS, how]
        root = str(Path(__file__).parents[3])
        done = subprocess.run(
            command, capture_output=True, cwd=root, env={**os.environ, "PYTHONPATH": root}
        )
        if done.returncode:
            pytest.skip(f"no mount namespace here: {done.stderr.decode()[-200:]}")
        return done.stdout

    drawing = charts.bridge.draw(frames.bridge_row(), Look("light", "ja"))
    here = export.png(drawing, width=300, scale=1)
    assert pixels(png("with")) == pixels(here)
    assert pixels(png("without")) != pixels(here)


def pixels(png: bytes) -> bytes:
    return Image.open(io.BytesIO(png)).convert("RGB").tobytes()
