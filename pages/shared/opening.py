"""An account's name in a list opens the account: one click, or Enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.frame import session


def column(label: str, accounts: Sequence[str], key: str, **look: Any) -> Any:
    """A column of names for `st.dataframe`; `accounts` are the ids of its rows, in order."""

    def take() -> None:
        clicked = session.value(key)
        if clicked is not None and clicked["row"] < len(accounts):
            session.open_page("account", id=accounts[clicked["row"]])

    return st.column_config.ButtonColumn(
        label, type="tertiary", alignment="left", on_click=take, key=key, **look
    )
