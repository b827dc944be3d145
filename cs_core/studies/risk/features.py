"""What the model is given: features of customer-months, each belonging to a part people know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cs_core.models.account_risk import Design
from cs_core.studies.risk.rows import Floats, Table

ONBOARDING, ADOPTION = 3, 12  # last completed month of tenure in the first two phases
MOST_PLANS = 6
DAYS_A_MONTH = 365.25 / 12
RECENT_DAYS = 183  # half a year: a departed owner counts as recent


def design(table: Table, plans: tuple[int, ...], names: Mapping[int, str], horizon: int) -> Design:
    """Features in the order of their parts. `plans` are the codes that get a column of their own
    (`common_plans`), `horizon` the days looked ahead."""
    months = table["days_stayed"] / DAYS_A_MONTH
    mrr = np.maximum(table["mrr"], 1.0)
    change = np.clip(np.log(mrr / np.maximum(table["mrr_before"], 1.0)), -1.5, 1.5)
    renewal, ownerless = table["days_to_renewal"], table["days_without_owner"]
    found: list[tuple[str, str, Any]] = [
        ("tenure_log", "tenure", np.log1p(months)),
        ("onboarding", "tenure", months < ONBOARDING + 1),
        ("returned", "returned", table["earlier_churns"] > 0),
        ("size", "size", np.log(mrr)),
        ("mrr_change", "mrr", np.where(np.isnan(change), 0.0, change)),
        ("mrr_fell", "mrr", np.nan_to_num(change) < -0.01),
        ("renewal_due", "renewal", renewal <= horizon),
        ("renewal_later", "renewal", renewal > horizon),
        ("overdue", "payment", table["overdue_now"]),
        ("overdue_before", "payment", np.log1p(table["overdue_times"])),
        ("owner_left_recently", "owner", ownerless <= RECENT_DAYS),
        ("owner_left_before", "owner", ownerless > RECENT_DAYS),
        ("usage_own", "usage", table["usage_own"]),
        ("usage_trend", "usage_trend", table["usage_trend"]),
        ("usage_peers", "peers", table["usage_peers"]),
        (
            "tickets_spike",
            "support",
            np.log((table["tickets_now"] + 0.5) / (table["tickets_usual"] + 0.5)),
        ),
        ("tickets_lately", "support", np.log1p(table["tickets_lately"])),
        ("tickets_urgent", "support", np.log1p(table["tickets_urgent"])),
        ("satisfaction", "support", table["satisfaction"]),
        ("silence", "silence", np.log1p(table["days_silent"])),
        ("nps", "nps", table["nps_score"]),
    ]
    if names:  # not what this table holds: who is scored may be few, or nobody
        moved = ~np.isnan(table["plan_before"]) & (table["plan_before"] != table["plan_code"])
        found.append(("plan_changed", "plan", moved))
    found += [(f"plan={names.get(code, '')}", "plan", table["plan_code"] == code) for code in plans]
    columns = [np.asarray(values, dtype=float) for _, _, values in found]
    return Design(
        tuple(name for name, _, _ in found),
        tuple(part for _, part, _ in found),
        np.column_stack(columns) if len(mrr) else np.zeros((0, len(found))),
    )


def common_plans(table: Table, names: Mapping[int, str]) -> tuple[int, ...]:
    """The codes of the plans most rows are on, by how many and then by name, without the first:
    it is what the others are compared with."""
    codes, counts = np.unique(table["plan_code"][~np.isnan(table["plan_code"])], return_counts=True)
    order = sorted(zip(codes, counts, strict=True), key=lambda x: (-x[1], names.get(int(x[0]), "")))
    return tuple(int(code) for code, _ in order[1 : MOST_PLANS + 1])


def phase_of(months: Floats) -> list[str]:
    """onboarding to 3 completed months, adoption to 12, mature after."""
    whole = np.floor(months + 1e-9)
    return [
        "onboarding" if month <= ONBOARDING else "adoption" if month <= ADOPTION else "mature"
        for month in whole
    ]
