"""Opens all that is folded on any page: it is drawn only where it is open."""

from __future__ import annotations

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

PAGES = Path(__file__).resolve().parents[2] / "pages"
KEYS = sorted(
    {
        found
        for script in PAGES.rglob("*.py")
        for found in re.findall(r'panels\.folded\(\s*"([\w-]+)"', script.read_text("utf-8"))
    }
)


def unfold(at: AppTest) -> None:
    """To be called before the app runs."""
    for key in KEYS:
        at.session_state[f"fold-{key}"] = True
