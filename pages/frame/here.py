"""What a page is given: the language, the dataset, what is filtered, and how charts look."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import pandas

from cs_core.charts import Look
from cs_core.datasets import Dataset, Info
from cs_core.metrics.options import Options
from cs_core.text import numbers, t
from pages.frame import loaders, session
from pages.shared.filters import Filters


@dataclass(frozen=True)
class Here:
    """One run of one page for one visitor."""

    language: str
    dataset: Dataset
    filters: Filters
    look: Look

    def t(self, key: str, **fields: object) -> str:
        return t(key, self.language, **fields)

    def money(self, value: Decimal | float | None, **more: Any) -> str:
        """An amount in the chosen currency; `more` is what `numbers.money` takes."""
        return numbers.money(value, self.currency, self.language, **more)

    @cached_property
    def info(self) -> Info:
        return loaders.info(self.dataset)

    @cached_property
    def currency(self) -> str:
        return self.filters.currency or self.info.reporting_currency

    def frame(self, what: str, options: Options) -> pandas.DataFrame:
        """A metric's rows in the chosen currency; where several stand side by side because there
        are no rates between them, only that one's."""
        found = loaders.frame(self.dataset, what, options)
        if "currency" in found.columns and not self.info.joint:
            return found[found["currency"] == self.currency]
        return found

    def rows_behind(self, what: str, at: Mapping[str, str], options: Options) -> pandas.DataFrame:
        """The ledger rows behind one figure, in the chosen currency."""
        here = {} if self.info.joint else {"currency": self.currency}
        return loaders.rows_behind(self.dataset, what, {**at, **here}, options)


_here: ContextVar[Here | None] = ContextVar("here", default=None)


def enter(dataset: Dataset, filters: Filters) -> Here:
    """Called by the frame before a page runs."""
    here = Here(
        session.language(),
        dataset,
        filters,
        Look(
            "dark" if session.dark() else "light",
            session.language(),
            filters.currency or loaders.info(dataset).reporting_currency,
            session.projector(),
        ),
    )
    _here.set(here)
    return here


def leave() -> None:
    """Called by the frame before a page that runs without a dataset."""
    _here.set(None)


def current() -> Here:
    """Called by a page that runs only when there is a dataset."""
    found = possible()
    if found is None:
        raise LookupError("this page needs a dataset")
    return found


def possible() -> Here | None:
    """Called by a page that also runs without a dataset."""
    return _here.get()
