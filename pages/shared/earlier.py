"""What is said where data begins in the middle: how many were there before it."""

from __future__ import annotations

import streamlit as st

from cs_core.text import numbers
from pages.frame.here import Here


def remark(on: Here) -> None:
    """One small line, where somebody opens the first period of the data."""
    if on.info.left_edge is None:
        return
    first = on.frame("mrr_movements", on.filters.options(first=None, last=None)).head(1)
    count = int(first["opening_customers"].sum())
    if count:
        said = on.t(
            "page.retention.earlier",
            first=numbers.period(f"{on.info.left_edge:%Y-%m}", on.language),
            customers=numbers.count(count),
            mrr=numbers.money(first["opening_mrr"].sum(), on.currency, on.language),
        )
        st.markdown(f":small[:gray[{said}]]")
