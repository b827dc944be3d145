"""Which past figures a newer export changed, and by how much."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from cs_core.errors import KeizokuError
from cs_core.metrics import run
from cs_core.metrics.options import Options
from cs_core.warehouse.store import Warehouse

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
