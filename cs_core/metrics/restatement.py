"""Which past figures a newer export changed, and by how much."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from cs_core.domain.money import MICROS
from cs_core.domain.policies import Policies
from cs_core.errors import KeizokuError
from cs_core.metrics import run
from cs_core.metrics.options import Options
from cs_core.warehouse.statements import compose
from cs_core.warehouse.store import Warehouse

# Accounts that are named at most: those with the most MRR at stake.
_NAMED = 100
# What a person would notice: a month's closing MRR and its number of customers.
WATCHED = ("closing_mrr", "closing_customers")


def restated(old: Path, new: Path) -> list[dict[str, Any]]:
    """One record a month and currency whose closing MRR or customers differ, for the months
    complete in the older version: month, currency, and before, after and change of both."""
    before, after = _closings(old), _closings(new)
    records = []
    for key, figures in before.items():
        others = after.get(key, {"closing_mrr": Decimal(0), "closing_customers": 0})
        if all(figures[name] == others[name] for name in WATCHED):
            continue
        records.append(
            {
                "month": key[0],
                "currency": key[1],
                "mrr_before": f"{figures['closing_mrr']:.6f}",
                "mrr_after": f"{others['closing_mrr']:.6f}",
                "mrr_change": f"{others['closing_mrr'] - figures['closing_mrr']:.6f}",
                "customers_before": figures["closing_customers"],
                "customers_after": others["closing_customers"],
            }
        )
    return records


def restated_accounts(old: Path, new: Path) -> list[dict[str, Any]]:
    """Whose past a newer export changed: one record an account and currency with the first month,
    of those complete in the older version, whose closing MRR differs: account_id, month, currency,
    mrr_before and mrr_after. Those with the largest change first, at most a hundred."""
    before, after = Warehouse.open(old), Warehouse.open(new)
    try:
        until = _last_complete(before)
        one, other = _prints(before, until), _prints(after, until)
        changed = [key for key in {**one, **other} if one.get(key) != other.get(key)]
        pasts = _pasts(before, until, changed), _pasts(after, until, changed)
    finally:
        before.close()
        after.close()
    found = []
    for key in {**pasts[0], **pasts[1]}:
        was, now = (past.get(key, {}) for past in pasts)
        first = next((m for m in sorted({*was, *now}) if _at(was, m) != _at(now, m)), None)
        if first is not None:
            found.append((key, first, _at(was, first), _at(now, first)))
    found.sort(key=lambda item: (-abs(item[3] - item[2]), item[0]))
    return [
        {
            "account_id": account,
            "month": f"{month:%Y-%m}",
            "currency": currency,
            "mrr_before": f"{Decimal(was) / MICROS:.6f}",
            "mrr_after": f"{Decimal(now) / MICROS:.6f}",
        }
        for (account, currency), month, was, now in found[:_NAMED]
    ]


def _last_complete(warehouse: Warehouse) -> date:
    """The last day of the last month that is over at the as-of day."""
    after = warehouse.facts.as_of + timedelta(days=1)
    return after.replace(day=1) - timedelta(days=1)


def _rows(warehouse: Warehouse, relation: str, **given: object) -> list[tuple[Any, ...]]:
    ledger = warehouse.ledger(Policies(), warehouse.facts.as_of, None)
    return warehouse.run(ledger, compose(relation, ledger.stored, ledger.flags), given)[1]


def _prints(warehouse: Warehouse, until: date) -> dict[tuple[str, str], int]:
    """A number for each account's past, equal where the pasts are."""
    rows = _rows(warehouse, "account_prints", until=until)
    return {(account, currency): number for account, currency, number in rows}


def _pasts(
    warehouse: Warehouse, until: date, keys: list[tuple[str, str]]
) -> dict[tuple[str, str], dict[date, int]]:
    """Closing MRR in millionths of each month in which it changed."""
    found: dict[tuple[str, str], dict[date, int]] = {key: {} for key in keys}
    for account, currency, day, mrr in sorted(_rows(warehouse, "account_pasts", until=until)):
        if (account, currency) in found:
            found[account, currency][day.replace(day=1)] = int(mrr)
    return found


def _at(past: dict[date, int], month: date) -> int:
    return max(((m, mrr) for m, mrr in past.items() if m <= month), default=(month, 0))[1]


def _closings(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    warehouse = Warehouse.open(folder)
    try:
        bridge = run(warehouse, "mrr_movements", Options())
        churn = run(warehouse, "churn", Options())
    except KeizokuError:
        return {}  # nobody paid, or no dates: there is no month to restate
    finally:
        warehouse.close()
    partial = {(row["month"], row["currency"]) for row in churn.mappings() if row["partial"]}
    found = {}
    for record in bridge.mappings():
        key = (record["month"], record["currency"])
        if key not in partial:
            found[key] = {name: record[name] for name in WATCHED}
    return found
