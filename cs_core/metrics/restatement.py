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
        currencies = before.facts.currencies
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
            "currency": currency or currencies[0],
            "mrr_before": f"{Decimal(was) / MICROS:.6f}",
            "mrr_after": f"{Decimal(now) / MICROS:.6f}",
        }
        for (account, currency), month, was, now in found[:_NAMED]
    ]


def _last_complete(warehouse: Warehouse) -> date:
    """The last day of the last month that is over at the as-of day."""
    after = warehouse.facts.as_of + timedelta(days=1)
    return after.replace(day=1) - timedelta(days=1)


def _ledger(warehouse: Warehouse) -> str:
    """The usual ledger's rows with their accounts and, where accounts have one each, currencies."""
    warehouse.ledger(Policies(), warehouse.facts.as_of, None)
    count = len(warehouse.facts.currencies)
    joint = warehouse.facts.rates or count == 1
    key, code = ("customer_key", "NULL")
    if not joint:
        key, code = (f"customer_key // {count}", f"customer_key % {count}")
    return (
        "SELECT account_id, currencies.currency, day, mrr_after FROM ledger"
        f" INNER JOIN account_keys ON account_keys.account_key = {key}"
        f" LEFT JOIN currencies ON currencies.currency_code = {code} WHERE day <= $until"
    )


def _prints(warehouse: Warehouse, until: date) -> dict[tuple[str, str | None], int]:
    """A number for each account's past, equal where the pasts are."""
    rows = warehouse.query(
        "SELECT account_id, currency, SUM(CAST(HASH(day, mrr_after) AS HUGEINT))"
        f" FROM ({_ledger(warehouse)}) AS past_rows GROUP BY account_id, currency",
        {"until": until},
    )
    return {(account, currency): number for account, currency, number in rows}


def _pasts(
    warehouse: Warehouse, until: date, keys: list[tuple[str, str | None]]
) -> dict[tuple[str, str | None], dict[date, int]]:
    """Closing MRR in millionths of each month in which it changed."""
    found: dict[tuple[str, str | None], dict[date, int]] = {key: {} for key in keys}
    rows = warehouse.query(
        f"SELECT * FROM ({_ledger(warehouse)}) AS past_rows"
        " WHERE account_id IN (SELECT UNNEST(STRING_SPLIT($accounts, CHR(31)))) ORDER BY day",
        {"until": until, "accounts": "\x1f".join({account for account, _ in keys})},
    )
    for account, currency, day, mrr in rows:
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
