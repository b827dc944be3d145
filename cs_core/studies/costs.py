"""What customers cost, month by month, set against all of them: costs are not split by segment.

One rule for every figure that takes a margin or a CAC, so that `kpis`, `ltv` and a simulation
agree to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cs_core.metrics.options import Options
from cs_core.metrics.result import Result

Ask = Callable[[str, Options], Result]
"""Asks a metric: `Dataset.run`, or a cache in front of it."""


@dataclass(frozen=True)
class Cost:
    """A month of the whole company. `margin` is the share of closing MRR that the cost of service
    leaves, below 0 where serving costs more; `marketing` is sales and marketing in money. None
    where not known."""

    margin: float | None
    marketing: Decimal | None
    new_customers: int


def by_month(ask: Ask, options: Options) -> dict[str, Cost]:
    """By month label, as far as known. Nothing where several currencies stand side by side,
    because no rate says which of them the costs are in."""
    whole = replace(options, period="month", first=None, last=None, by=None, where=())
    spent = {row["month"]: row for row in ask("monthly_costs", whole).mappings()}
    if not spent:
        return {}
    result = ask("mrr_movements", whole)
    rows = list(result.mappings())
    if len({row["currency"] for row in rows}) > 1:
        return {}
    found = {}
    for row in rows:
        cost = spent.get(row["month"], {})
        marketing, service = cost.get("sales_and_marketing"), cost.get("cost_of_service")
        mrr = float(row["closing_mrr"])
        found[row["month"]] = Cost(
            None if service is None or mrr <= 0 else 1 - float(service) / mrr,
            marketing,
            int(row["new_customers"]),
        )
    return found


def margin(costs: Mapping[str, Cost], months: Sequence[str]) -> float | None:
    """Of the last of these months whose cost of service is known: costs may come in late."""
    known = [costs[month].margin for month in months if month in costs]
    return next((found for found in reversed(known) if found is not None), None)


def magic_number(
    costs: Mapping[str, Cost], months: Sequence[str], mrr: Mapping[str, Decimal]
) -> float | None:
    """Net new ARR of the last three of these months over sales and marketing of the three before
    them (Scale Venture Partners 2008, on recurring instead of booked revenue). `mrr` is closing MRR
    by month. None where one of six is not known, or nothing was spent."""
    six = list(months)[-6:]
    spent = [costs[month].marketing if month in costs else None for month in six[:3]]
    known = [amount for amount in spent if amount is not None]
    if len(six) < 6 or len(known) < 3 or not sum(known):
        return None
    return float(12 * (mrr[six[5]] - mrr[six[2]]) / sum(known, Decimal(0)))


def within(found: float | None) -> float:
    """The margin as figures take it: all of the MRR without costs, nothing below zero."""
    return 1.0 if found is None else min(max(found, 0.0), 1.0)
