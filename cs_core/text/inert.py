"""Text that came from a file, made harmless. Nothing else may put such text on a screen."""

from __future__ import annotations

import re
import unicodedata

# Control and format characters: line breaks, bidi overrides and isolates, zero-width, BOM, tags;
# private use, unassigned and surrogates, which render as boxes or break encoders.
_STRIPPED_CATEGORIES = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
# Invisible though they count as letters or marks: Hangul fillers, variation selectors, CGJ.
_INVISIBLE = re.compile("[ᅟᅠㅤᅠ︀-️͏឴឵᠋-᠏\U000e0100-\U000e01ef]")
_SPACES = re.compile(r"\s+")
# Every ASCII mark that Markdown, HTML, LaTeX ($) or Streamlit's shortcodes (:red[...], :smile:)
# could read, as numeric character references: CommonMark shows them as text and never parses them.
_ACTIVE = re.compile(r"[!-/:-@\[-`{-~]")
_MARKDOWN_SAFE = frozenset(",;'")


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
    return _ACTIVE.sub(_reference, plain(text))


def _reference(found: re.Match[str]) -> str:
    char = found.group()
    return char if char in _MARKDOWN_SAFE else f"&#{ord(char)};"
