"""Every disputed choice as a named policy, and the presets that set several at once.

What each means is in the project's definitions page and in `DECISIONS.md`; the order here is
the order in which a difference between two presets is attributed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date

from cs_core.errors import UsageError

# Policy -> allowed values, default first. `N` stands for a whole number of days.
VALUES: dict[str, tuple[str, ...]] = {
    "movement_basis": ("event", "snapshot"),
    "snapshot_at": ("period_end", "period_start"),
    "churn_date": ("service_end", "cancel_request"),
    "churn_denominator": ("start", "start_plus_new"),
    "same_period_churn": ("separate", "count", "ignore"),
    "reactivation": ("own", "as_new"),
    "reactivation_after_days": ("N",),
    "net_churn_includes_reactivation": ("no", "yes"),
    "quick_ratio_includes_reactivation": ("yes", "no"),
    "discounts": ("subtract", "ignore"),
    "zero_mrr": ("not_customer", "customer"),
    "paused": ("zero", "keep"),
    "past_due": ("active", "churn_after_days:N"),
    "end_date": ("exclusive", "inclusive"),
    "currency": ("constant", "historical"),
    "trial": ("excluded", "counted"),
}

# The policies that change the ledger itself; the others only change how it is added up.
LEDGER_POLICIES = (
    "churn_date",
    "reactivation_after_days",
    "discounts",
    "zero_mrr",
    "paused",
    "past_due",
    "end_date",
    "currency",
    "trial",
)


@dataclass(frozen=True)
class Policies:
    """One value for every policy. Build with `Policies.of(...)`, which checks the values."""

    movement_basis: str = "event"
    snapshot_at: str = "period_end"
    churn_date: str = "service_end"
    churn_denominator: str = "start"
    same_period_churn: str = "separate"
    reactivation: str = "own"
    reactivation_after_days: str = "0"
    net_churn_includes_reactivation: str = "no"
    quick_ratio_includes_reactivation: str = "yes"
    discounts: str = "subtract"
    zero_mrr: str = "not_customer"
    paused: str = "zero"
    past_due: str = "active"
    end_date: str = "exclusive"
    currency: str = "constant"
    trial: str = "excluded"

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
