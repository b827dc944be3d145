"""The simulated lines and facts as canonical tables, and their totals added up directly."""

from __future__ import annotations

from typing import Any

import numpy as np

from cs_core.demo import truth
from cs_core.demo.calendar import NAT, Array

Table = dict[str, Array]


def stacked(parts: list[Table]) -> Table:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def subscriptions(lines: Table, account_id: Array) -> Table:
    """One row a line; see `cs_core.domain.tables`."""
    ids = account_id[lines["account"]]
    annual = lines["annual"]
    percent = lines["discount"]
    spells = zip(ids, lines["spell"], strict=True)
    return {
        "subscription_id": np.array([f"S{a[1:]}-{spell + 1}" for a, spell in spells], object),
        "account_id": ids,
        "plan": np.array(truth.PLANS, object)[lines["plan"]],
        "start_date": lines["start_date"],
        "end_date": lines["end_date"],
        "trial_end": lines["trial_end"],
        "amount": lines["amount"],
        "interval": np.where(annual, "year", "month").astype(object),
        "quantity": lines["quantity"],
        "discount": np.where(percent > 0, np.char.add(percent.astype(str), "%"), "").astype(object),
        "currency": np.full(len(ids), "JPY", object),
        "status": lines["status"],
        "cancel_requested_at": lines["cancel_requested_at"],
        "cancel_reason": lines["cancel_reason"],
        "churn_kind": lines["churn_kind"],
        "term_start": np.where(annual, lines["term_start"], NAT),
        "term_end": np.where(annual, lines["term_end"], NAT),
        "auto_renew": np.where(annual, "true", "").astype(object),
    }


def dated(parts: list[Table], account_id: Array, date_column: str) -> Table:
    """Facts of accounts in the order of their dates, with the accounts' ids."""
    table = stacked(parts)
    order = np.lexsort((table["account"], table[date_column]))
    columns = {name: column[order] for name, column in table.items()}
    return {"account_id": account_id[columns.pop("account")], **columns}


def totals(lines: Table, months: Array, as_of: np.datetime64) -> list[dict[str, Any]]:
    """Customers and MRR in yen at each month's end (the last: as-of), by adding up the lines.

    It shares nothing with the ledger and so checks it. A line's MRR is rounded half to even to
    six decimals; the sums are exact.
    """
    intervals = np.where(lines["annual"], 12, 1)
    paid = lines["amount"].astype(object) * lines["quantity"] * (100 - lines["discount"])
    micro = np.array([_half_even(n * 10_000, d) for n, d in zip(paid, intervals, strict=True)])
    micro[lines["status"] == "paused"] = 0
    first = np.where(np.isnat(lines["trial_end"]), lines["start_date"], lines["trial_end"])
    end = np.where(np.isnat(lines["end_date"]), as_of + 1, lines["end_date"])
    found = []
    for month in months:
        day = min((month + 1).astype("M8[D]") - 1, as_of)
        on = (first <= day) & (day < end) & (micro > 0)
        whole, rest = divmod(int(micro[on].sum()), 1_000_000)
        customers = len(np.unique(lines["account"][on]))
        found.append({"month": str(month), "customers": customers, "mrr": f"{whole}.{rest:06d}"})
    return found


def costs(
    months: Array, signup: Array, found: list[dict[str, Any]], draw: np.random.Generator
) -> Table:
    """Sales and marketing grow with sign-ups, the cost of service with MRR."""
    joined = np.bincount((signup.astype("M8[M]") - months[0]).astype(int), minlength=len(months))
    spent = 22_000 * len(signup) / len(months) + joined * 74_000
    spent = spent * draw.uniform(0.92, 1.08, len(months))
    served = np.array([float(total["mrr"]) for total in found]) * 0.17 + 350_000
    served = served * draw.uniform(0.97, 1.03, len(months))
    return {
        "month": months.astype("M8[D]"),
        "sales_and_marketing": np.rint(spent / 1_000).astype(int) * 1_000,
        "cost_of_service": np.rint(served / 1_000).astype(int) * 1_000,
    }


def _half_even(numerator: int, denominator: int) -> int:
    quotient, rest = divmod(int(numerator), int(denominator))
    twice = 2 * rest
    return quotient + int(twice > denominator or (twice == denominator and quotient % 2 == 1))
