"""Text that came from a file, made harmless. Nothing else may put such text on a screen."""

from __future__ import annotations

import re
import unicodedata

# Control and format characters: line breaks, bidi overrides and isolates, zero-width, BOM, tags;
# private use, unassigned and surrogates, which render as boxes or break encoders.
_STRIPPED_CATEGORIES = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
# Invisible though they count as letters or marks: Hangul fillers, variation selectors, CGJ.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_SPACES = re.compile(r"\s+")
# Every ASCII mark that Markdown, HTML, LaTeX ($) or Streamlit's shortcodes (:red[...], :smile:)
# could read, as numeric character references: CommonMark shows them as text and never parses them.
_ACTIVE = re.compile(r"[!-/:-@\[-`{-~]")
_HARMLESS = frozenset(",;'")
# After parsing, renderers look again for addresses, shortcodes and arrows in the finished text.
# An invisible word joiner keeps them from being recognised: after : and @, after www, and between
# two characters of an arrow or dash.
_RECOGNISED = re.compile(r"(?<=[:@])|(?<=[-<>=~])(?=[-<>=~])|(?<=www)(?=\.)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def plain(text: object) -> str:
    """One line of visible text for a cell, a chart or a `st.text`: control, bidi and zero-width
    characters are gone, white space is single. None gives an empty text."""
    if text is None:
        return ""
    kept = []
    for char in str(text):
        if char.isspace():
            kept.append(" ")
        elif unicodedata.category(char) not in _STRIPPED_CATEGORIES:
            kept.append(char)
    return _SPACES.sub(" ", _INVISIBLE.sub("", "".join(kept))).strip()


def inert(text: object) -> str:
    """The same, safe inside Markdown: it shows exactly these characters and does nothing. Images,
    links, bare addresses, HTML, emphasis, headings, lists, LaTeX and shortcodes stay text."""
    return _ACTIVE.sub(_reference, _RECOGNISED.sub(_WORD_JOINER, plain(text)))


def _reference(found: re.Match[str]) -> str:
    char = found.group()
    return char if char in _HARMLESS else f"&#{ord(char)};"
