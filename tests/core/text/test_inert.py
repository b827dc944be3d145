"""Text from files does nothing on a screen or in a spreadsheet."""

from __future__ import annotations

import html
import re
from datetime import date
from decimal import Decimal

import pandas
import pytest

from cs_core.text import inert, plain
from cs_core.text.spreadsheet import csv_bytes, csv_cell

HOSTILE = [
    "![x](http://evil.example/c.png)",
    "[t](javascript:alert(1))",
    "see www.evil.example and http://evil.example or a@evil.example",
    "<img src=x onerror=alert(1)> </script><script>alert(1)</script>",
    "$\\frac{1}{2}$ $$x$$",
    ":smile: :red[x] :material/home: :streamlit: :green-background[x]",
    "# heading",
    "1. list",
    "- list",
    "> quote",
    "| a | b |",
    "**b** _i_ ~~s~~ `c` \\*x\\*",
    "&#61; &lt;b&gt; &amp;",
    "[a]: http://evil.example",
    "a -> b <- c -- d",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_inert_shows_the_same_characters_and_leaves_no_markup(text):
    safe = inert(text)
    assert html.unescape(safe).replace("\u2060", "") == text
    bare = re.sub(r"&#\d+;", "", safe)
    assert not re.search(r"[!-&(-+\-./:<-@\[-`{-~]", bare), bare


@pytest.mark.parametrize("text", HOSTILE)
def test_inert_hides_addresses_shortcodes_and_arrows_from_what_looks_at_finished_text(text):
    # These are what remark-gfm, remark-emoji and Streamlit search for in parsed text.
    shown = html.unescape(inert(text))
    assert not re.search(r"https?://|www\.|@[\w-]+\.|:[\w+-]+:|:[\w/-]+\[|->|<-|--", shown)


def test_ordinary_names_are_left_as_they_are():
    assert inert("青葉製作所 Growth, Inc") == "青葉製作所 Growth, Inc"
    assert plain("R&D 50% <東京>") == "R&D 50% <東京>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u202egnp.exe", "agnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("two\nlines\tand\x00nul", "two lines andnul"),
        ("\u2066iso\u2069late", "isolate"),
        ("tag\U000e0041s", "tags"),
        ("hangul\u3164filler", "hangulfiller"),
        ("　全角　空白　", "全角 空白"),
        (None, ""),
        (123, "123"),
        ("lone \ud800 surrogate", "lone surrogate"),
    ],
)
def test_plain_keeps_only_what_can_be_seen(text, expected):
    assert plain(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "|calc", "%x", "＝1", "＋1", "－1", "＠x", "｜x", "％x"),
        *("  =1", "\u3000=1", "\t=1", "\rx", "\ttab"),
    ],
)
def test_a_spreadsheet_formula_gets_an_apostrophe(text):
    assert csv_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["", "a=1", "株式会社", "1-2", "'=1", "(1)"])
def test_other_cells_are_untouched(text):
    assert csv_cell(text) == text


def test_csv_opens_in_excel_and_keeps_values():
    frame = pandas.DataFrame(
        {
            "名前": ["青葉", "=HYPERLINK(1)", None],
            "mrr": [Decimal("84000.000000"), Decimal("-1.5"), None],
            "on": [date(2026, 10, 3), None, None],
            "=x": [0.5, float("nan"), -2.0],
        }
    )
    data = csv_bytes(frame)
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").split("\r\n") == [
        "名前,mrr,on,'=x",
        "青葉,84000.000000,2026-10-03,0.5",
        "'=HYPERLINK(1),-1.5,,",
        ",,,-2.0",
        "",
    ]
