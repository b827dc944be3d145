"""The canonical tables: what importers produce and everything downstream reads.

A column's kind says how it is stored in the Parquet file an importer hands over:

| kind | stored as | meaning |
|---|---|---|
| text | VARCHAR | as in the file; the empty cell is NULL, nothing else is |
| date | DATE | a day in the dataset's time zone |
| amount | DECIMAL(38,12), or (18,6) where that holds all | money or a rate, exact |
| number | DECIMAL(38,12), or (18,6) where that holds all | a plain number, exact |
| flag | BOOLEAN | |
| interval | VARCHAR | one of day, week, month, quarter, year |
| discount | VARCHAR | money off per interval (`1200`), or a percentage (`20%`) |

Typed Parquet files whose columns already bear these names are read as they are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

INTERVALS = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class Column:
    """One column of a canonical table. `required` columns must be present and not empty."""

    name: str
    kind: str
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One canonical table. With `segments`, columns beyond those listed are kept as text
    and can be used to split figures by."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    segments: bool = False
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})

    def needed(self, found: Collection[str]) -> list[str]:
        """The columns a file of this table must have, given those it has."""
        needed = [column.name for column in self.columns if column.required]
        if self.name == "subscriptions":
            needed += ["mrr"] if "mrr" in found or "amount" not in found else ["amount", "interval"]
        if self.name == "costs" and not {"sales_and_marketing", "cost_of_service"} & set(found):
            needed.append("sales_and_marketing")
        return needed


def _columns(spec: str) -> tuple[Column, ...]:
    """`"name:kind!"` words; `!` marks a required column."""
    parts = (word.split(":") for word in spec.split())
    return tuple(Column(name, kind.rstrip("!"), kind.endswith("!")) for name, kind in parts)


SUBSCRIPTIONS = Table(
    "subscriptions",
    "one priced line of one account for one interval",
    # Required besides: mrr, or amount and interval.
    _columns(
        "account_id:text! start_date:date! mrr:amount amount:amount interval:interval "
        "interval_count:number quantity:number discount:discount subscription_id:text plan:text "
        "currency:text end_date:date trial_end:date status:text cancel_requested_at:date "
        "cancel_reason:text churn_kind:text term_start:date term_end:date auto_renew:flag"
    ),
    segments=True,
)
ACCOUNTS = Table(
    "accounts",
    "one account",
    _columns("account_id:text! name:text contract_owner_left_at:date"),
    segments=True,
)
USAGE = Table(
    "usage",
    "account x day x metric",
    _columns("account_id:text! date:date! metric:text! value:number!"),
)
NPS = Table(
    "nps",
    "one response",
    _columns("account_id:text! responded_at:date! score:number! comment:text"),
)
TICKETS = Table(
    "tickets",
    "one support contact",
    _columns("account_id:text! opened_at:date! closed_at:date priority:text satisfaction:number"),
)
COSTS = Table(
    "costs",
    "month, or month x segment",
    _columns("month:date! sales_and_marketing:amount cost_of_service:amount"),
    segments=True,
)
FX_RATES = Table(
    "fx_rates",
    "currency x month",
    _columns("currency:text! month:date! rate:amount!"),
)
TENURES = Table(
    "tenures",
    "one account known only by how many months it stayed and whether it left; no dates",
    _columns("account_id:text! tenure_months:number! churned:flag! mrr:amount"),
    segments=True,
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (SUBSCRIPTIONS, ACCOUNTS, USAGE, NPS, TICKETS, COSTS, FX_RATES, TENURES)
}
