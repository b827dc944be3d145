"""What the Renewals page asks, and how its rows are called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas

from cs_core.domain.named_columns import owner_column
from cs_core.metrics.options import Options
from cs_core.studies import renewals as analysis
from cs_core.studies.renewals import Rate
from cs_core.text import numbers
from pages.frame import loaders, session
from pages.frame.here import Here
from pages.shared import filters

PICKS = "renewals"
DEFAULT_DAYS = 90
FEW_TERMS = 10  # of a plan; with fewer its past rate is that of all


def whole(on: Here, **more: Any) -> Options:
    return on.filters.options(first=None, **more)


def owner(on: Here) -> str | None:
    return owner_column([segment.name for segment in on.info.segments])


def owners(on: Here) -> list[str]:
    column = owner(on)
    if column is None:
        return []
    return [name for name in loaders.segment_values(on.dataset, column) if name]


def asked_owner(on: Here) -> str | None:
    """Whose contracts the address asks for."""
    asked = session.read("owner", filters.facts(on.dataset))
    return asked if asked in owners(on) else None


def of_owner(on: Here, rows: pandas.DataFrame) -> pandas.DataFrame:
    column, asked = owner(on), asked_owner(on)
    return rows if column is None or asked is None else rows[rows[column] == asked]


def due_options(on: Here) -> Options:
    """What is to come does not depend on the range shown."""
    return on.filters.options(first=None, last=None, period="month", by=owner(on))


def due(on: Here) -> pandas.DataFrame:
    return on.frame("contracts_due", due_options(on))


def past_rate(on: Here, rows: pandas.DataFrame) -> Rate:
    return analysis.past_rate(rows, on.filters.period, as_of(on), on.filters.fiscal_start)


def as_of(on: Here) -> date:
    return on.filters.as_of or on.info.as_of


def days() -> int:
    return int(session.view("renewals")[0] or DEFAULT_DAYS)


def contracts(on: Here, count: int) -> str:
    key = "one_contract" if count == 1 else "contracts"
    return on.t(f"page.renewals.tile.{key}", n=numbers.count(count))


def names(on: Here) -> Mapping[str, str]:
    mark = numbers.currency_mark(on.currency, on.language)
    said = {
        "name": "account",
        "contract_plan": "plan",
        "owner": "owner",
        "mrr": "mrr",
        "term_end": "term_end",
        "days": "days",
        "notice_day": "notice",
        "past": "past",
        "health": "health",
        "chance": "chance",
        "contracts": "contracts",
        "notices": "notices",
        "mrr_before": "before",
        "mrr_after": "after",
        "renewed": "renewed",
        "cancel_reason": "reason",
    }
    return {
        column: on.t(f"page.renewals.column.{key}", currency=mark, n=days())
        for column, key in said.items()
    }
