"""Columns of a person's own that are known by what they are called."""

from __future__ import annotations

from collections.abc import Sequence

# What a column that says who looks after an account is called.
OWNERS = (
    "owner",
    "account owner",
    "account manager",
    "csm",
    "customer success manager",
    "担当",
    "担当者",
    "営業担当",
    "担当営業",
    "cs担当",
)


def owner_column(names: Sequence[str]) -> str | None:
    """The segment column that says who looks after an account, if there is one."""
    for name in names:
        bare = name.removeprefix("accounts.").replace("_", " ").strip().lower()
        if bare in OWNERS:
            return name
    return None
