"""Reports in which no account is named: names that say nothing, and questions that would name one
all the same."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cs_core.errors import UsageError
from cs_core.studies.directory import directory
from cs_core.text import t
from cs_core.text.folding import comparable

if TYPE_CHECKING:
    from cs_core.datasets import Dataset
    from cs_core.metrics.options import Options

# What people type may name anybody.
FREE = ("cancel_reason",)


@dataclass
class Masks:
    """Names that say nothing of the accounts: the same within a report, another each time."""

    language: str
    made: dict[str, str] = field(default_factory=dict)

    def __call__(self, account_id: str) -> str:
        if account_id not in self.made:
            taken = set(self.made.values())
            while (name := t("report.masked", self.language, n=secrets.token_hex(2))) in taken:
                pass
            self.made[account_id] = name
        return self.made[account_id]


def names_nobody(dataset: Dataset, options: Options, shown: str | None) -> None:
    """Raises UsageError where a masked report would say who an account is by what it is filtered
    by, or by what a reader may choose among: free text, a column that tells most accounts apart, a
    value that is an account's id or name."""
    asked = [
        *options.where,
        *((shown, v) for v in (dataset.segment_values(shown) if shown else ())),
    ]
    if not asked:
        return
    telling = {s.name for s in dataset.info.segments if 2 * s.values > dataset.info.accounts > 2}
    accounts = directory(dataset.warehouse)
    known = {comparable(text) for text in (*accounts.ids, *accounts.names) if text}
    for column, value in asked:
        if column in FREE or column in telling or (value and comparable(value) in known):
            raise UsageError("masked_filter", column=column)
