"""Every disputed choice as a named policy, and the presets that set several at once.

What each means is in the project's definitions page and in `DECISIONS.md`; the order here is
the order in which a difference between two presets is attributed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

from cs_core.errors import UsageError


def _policy(
    *values: str,
    tried: tuple[str, ...] = (),
    ledger: bool = False,
    idle_without: str = "",
) -> Any:
    """One policy: its values, default first, where `N` stands for a whole number of days and
    `tried` are usual ones. `ledger` is one that changes the ledger itself; the others only change
    how it is added up. It is idle in data without a line that `policy_causes.sql` counts ("lines"),
    without exchange rates ("rates") or where it does not begin in the middle ("edge")."""
    metadata = {"values": values, "tried": tried or values, "ledger": ledger}
    return field(default=(tried or values)[0], metadata={**metadata, "idle_without": idle_without})


@dataclass(frozen=True)
class Policies:
    """One value for every policy: the only declaration of each. Build with `Policies.of(...)`,
    which checks the values."""

    movement_basis: str = _policy("event", "snapshot")
    snapshot_at: str = _policy("period_end", "period_start")
    churn_date: str = _policy("service_end", "cancel_request", ledger=True, idle_without="lines")
    churn_denominator: str = _policy("start", "start_plus_new")
    same_period_churn: str = _policy("separate", "count", "ignore")
    reactivation: str = _policy("own", "as_new")
    reactivation_after_days: str = _policy("N", tried=("0", "7", "30", "90"), ledger=True)
    net_churn_includes_reactivation: str = _policy("no", "yes")
    quick_ratio_includes_reactivation: str = _policy("yes", "no")
    discounts: str = _policy("subtract", "ignore", ledger=True, idle_without="lines")
    zero_mrr: str = _policy("not_customer", "customer", ledger=True, idle_without="lines")
    paused: str = _policy("zero", "keep", ledger=True, idle_without="lines")
    past_due: str = _policy(
        "active",
        "churn_after_days:N",
        tried=("active", "churn_after_days:30", "churn_after_days:60"),
        ledger=True,
        idle_without="lines",
    )
    end_date: str = _policy("exclusive", "inclusive", ledger=True, idle_without="lines")
    currency: str = _policy("constant", "historical", ledger=True, idle_without="rates")
    trial: str = _policy("excluded", "counted", ledger=True, idle_without="lines")
    left_edge: str = _policy("opening", "new", ledger=True, idle_without="edge")

    @staticmethod
    def of(preset: str = "keizoku", values: Mapping[str, str] | None = None) -> Policies:
        """The preset's policies with `values` put over them.

        Raises UsageError for an unknown preset, policy or value.
        """
        if preset not in PRESETS:
            raise UsageError("unknown_preset", preset=preset, known=", ".join(PRESETS))
        chosen = {**PRESETS[preset].policies, **(values or {})}
        for name, value in chosen.items():
            if name not in VALUES:
                raise UsageError("unknown_policy", policy=name, known=", ".join(VALUES))
            if not any(_matches(value, allowed) for allowed in VALUES[name]):
                raise UsageError(
                    "unknown_policy_value",
                    policy=name,
                    value=value,
                    known=", ".join(VALUES[name]),
                )
        return replace(Policies(), **chosen)

    def as_dict(self) -> dict[str, str]:
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def changed(self) -> dict[str, str]:
        """The policies that differ from the defaults."""
        default = Policies()
        return {k: v for k, v in self.as_dict().items() if v != getattr(default, k)}

    @property
    def past_due_days(self) -> int | None:
        """Days after its start at which a past-due line ends; None keeps it."""
        return None if self.past_due == "active" else int(self.past_due.split(":")[1])

    def ledger_key(self) -> str:
        """A short name for the ledger these policies give; `default` for the default one."""
        relevant = {k: v for k, v in self.changed().items() if k in LEDGER_POLICIES}
        if not relevant:
            return "default"
        text = ";".join(f"{name}={value}" for name, value in sorted(relevant.items()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _declared(key: str) -> dict[str, Any]:
    return {item.name: item.metadata[key] for item in fields(Policies)}


VALUES: dict[str, tuple[str, ...]] = _declared("values")
TRIED: dict[str, tuple[str, ...]] = _declared("tried")
"""Every value of a policy; of a number of days a few usual ones."""
IDLE_WITHOUT: dict[str, str] = _declared("idle_without")
LEDGER_POLICIES = tuple(name for name, changes in _declared("ledger").items() if changes)


def _matches(value: str, allowed: str) -> bool:
    if not allowed.endswith("N"):
        return value == allowed
    number = value.removeprefix(allowed[:-1])
    return (
        value.startswith(allowed[:-1])
        and number.isascii()
        and number.isdecimal()
        and int(number) <= 3660
    )


@dataclass(frozen=True)
class Preset:
    """A named set of policies. `sources` are the public definitions it follows, read on `read_on`;
    what it follows and the deviations that remain are in the text catalogues under
    `preset.<name>`."""

    name: str
    policies: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    read_on: date | None = None


_READ = date(2026, 11, 22)

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("keizoku"),
        Preset(
            "chartmogul",
            {"net_churn_includes_reactivation": "yes"},
            (
                "https://help.chartmogul.com/hc/en-us/articles/203359341-Metric-MRR-Churn-Rate",
                "https://help.chartmogul.com/hc/en-us/articles/207340419-Churn-rate-formulas",
                "https://help.chartmogul.com/hc/en-us/articles/203176581-Churn-Recognition",
            ),
            _READ,
        ),
        Preset(
            "stripe",
            {
                "churn_date": "cancel_request",
                "churn_denominator": "start_plus_new",
                "same_period_churn": "count",
            },
            (
                "https://support.stripe.com/questions/calculating-churn-rate-in-billing",
                "https://support.stripe.com/questions/impact-of-subscription-cancellations-on-"
                "monthly-recurring-revenue-mrr-in-billing",
                "https://support.stripe.com/questions/metric-configurations",
            ),
            _READ,
        ),
        Preset(
            "baremetrics",
            {
                "same_period_churn": "count",
                "past_due": "churn_after_days:30",
                "quick_ratio_includes_reactivation": "no",
            },
            (
                "https://help.baremetrics.com/en/articles/5380347-user-and-revenue-churn",
                "https://changelog.baremetrics.com/churn-update-4pqo9O",
                "https://updates.baremetrics.com/",
            ),
            _READ,
        ),
        Preset(
            "profitwell",
            {"same_period_churn": "ignore"},
            (
                "https://www.paddle.com/help/profitwell-metrics/measure/subscription-retention/"
                "are-cancellations-in-the-first-month-counted-as-churn",
                "https://paddle.com/help/profitwell-metrics/measure/subscription-retention/churn",
            ),
            _READ,
        ),
        Preset("month_end", {"movement_basis": "snapshot", "snapshot_at": "period_end"}),
        Preset(
            "dbt_mrr",
            {"movement_basis": "snapshot", "snapshot_at": "period_start"},
            ("https://github.com/dbt-labs/mrr-playbook",),
            _READ,
        ),
    )
}
