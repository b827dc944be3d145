"""What to know beside every figure on the screen, in the words of the command line."""

from __future__ import annotations

import streamlit as st

from cs_core.datasets import Dataset
from cs_core.text import inert, t
from pages.frame import session
from pages.shared import filters
from pages.shared.filters import Filters


def draw(of: Dataset, holding: Filters) -> None:
    """A line each for an as-of after the data, a column that knows the outcome, and a name that
    two tables have."""
    asked: tuple[str, ...] = session.read("by", filters.facts(of)) or ()
    by, then_by, *_ = *asked, None, None
    language = session.language()
    options = holding.options(by=by, then_by=then_by)
    for remark in of.remarks(options):
        fields = dict(remark.fields)
        if "column" in fields:
            fields["column"] = inert(filters.segment_words(str(fields["column"]), language))
        said = t(f"remark.{remark.code}", language, **fields)
        st.markdown(f":small[:orange[:material/info: {said}]]")
