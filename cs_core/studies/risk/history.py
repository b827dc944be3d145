"""What happened to one account, and how everybody's usage went, for people to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from cs_core.metrics.options import Options
from cs_core.studies.risk.rows import Floats, Source, Table, source
from cs_core.warehouse.store import Warehouse

MONTHS = 12


@dataclass(frozen=True)
class History:
    """One account up to as-of. `mrr` are (day, MRR from then on), whole currency units;
    `events` (day, kind, detail): expansion, contraction, churn, reactivation, plan, owner_left,
    notice, overdue."""

    as_of: date
    mrr: list[tuple[date, float]] = field(default_factory=list)
    usage: list[tuple[date, float]] = field(default_factory=list)
    metric: str | None = None
    tickets: list[tuple[date, int]] = field(default_factory=list)
    nps: list[tuple[date, float]] = field(default_factory=list)
    events: list[tuple[date, str, str]] = field(default_factory=list)


def history(warehouse: Warehouse, options: Options, account_id: str) -> History:
    """Everything known of one account, by day. Empty for an id that does not exist."""
    of = source(warehouse, options)
    parameters: dict[str, object] = {**of.parameters, "account_id": account_id}

    def rows(relation: str) -> list[tuple[Any, ...]]:
        return warehouse.run(of.asked.ledger, of.statement(relation), parameters)[1]

    days = rows("risk_account_days")
    usage = rows("risk_account_usage")
    standing: dict[Any, int] = {}
    mrr = []
    for day, _, after, _, currency in days:
        standing[currency] = after
        mrr.append((day, sum(standing.values()) / 1e6))
    events = [(day, str(kind), "") for day, kind, *_ in days if kind != "new"]
    events += [(day, str(kind), "") for day, kind in rows("risk_account_departures")]
    if "plan_column" in of.parameters:
        plans = rows("risk_account_plans")
        events += [(day, "plan", str(plan)) for day, plan in plans[1:]]
    return History(
        of.as_of,
        mrr,
        [(day, float(used)) for day, used, _ in usage],
        str(usage[0][2]) if usage else None,
        [(day, int(count)) for day, count in rows("risk_account_tickets")],
        [(day, float(score)) for day, score in rows("risk_account_answers")],
        sorted(events),
    )


def lines(warehouse: Warehouse, options: Options, account_id: str) -> list[tuple[Any, ...]]:
    """The account's lines of the files, the earliest first: number of the file, line in it,
    subscription id, start, end, MRR in millionths of the line's currency, status, reason."""
    of = source(warehouse, options)
    parameters: dict[str, object] = {**of.parameters, "account_id": account_id}
    return warehouse.run(of.asked.ledger, of.statement("risk_account_lines"), parameters)[1]


def usage_by_month(of: Source, table: Table) -> Floats:
    """The last twelve months of usage of today's customers, oldest first, in parts of what is
    usual, NaN before an account's first reading; no columns without usage."""
    keys = table["account_key"].astype(np.int64)
    if "usage" not in of.flags:
        return np.zeros((len(keys), 0))
    found = of.arrays("risk_usage_series", of.as_of)
    accounts, row = np.unique(np.asarray(found["account_key"]), return_inverse=True)
    series = np.zeros((len(accounts), MONTHS))
    series[row, MONTHS - 1 - np.asarray(found["months_ago"])] = np.asarray(found["used"])
    # What was before the first reading is not known to be nothing.
    series[np.cumsum(series, axis=1) == 0] = np.nan
    place = np.searchsorted(accounts, keys)
    place[place == len(accounts)] = 0
    known = np.isin(keys, accounts)[:, None]
    return np.where(known, series[place], np.nan) if len(accounts) else np.full((len(keys), 0), 0.0)
