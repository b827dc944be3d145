"""From a set of policies to the ledger it needs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cs_core.domain.policies import Policies
from cs_core.errors import CannotAnswerError
from cs_core.warehouse.facts import Facts


@dataclass(frozen=True)
class Recipe:
    """What one ledger is made of. Sets of policies that give the same ledger have the same `key`,
    which is "default" for the one stored with the dataset."""

    key: str
    flags: frozenset[str]
    instead: Mapping[str, str]
    parameters: Mapping[str, object]
    reporting_currency: str


def recipe_of(facts: Facts, policies: Policies, as_of: date, currency: str | None) -> Recipe:
    """How the ledger of these policies is made. Raises CannotAnswerError `no_rates` for a currency
    nothing leads to."""
    end_date = policies.end_date if policies.end_date != "exclusive" else facts.end_date
    flags = {
        flag
        for flag, holds in {
            "cancel_request": policies.churn_date == "cancel_request",
            "inclusive_end": end_date == "inclusive",
            "trial_counted": policies.trial == "counted",
            "ignore_discounts": policies.discounts == "ignore",
            "paused_keep": policies.paused == "keep",
            "past_due_days": policies.past_due_days is not None,
            "zero_customer": policies.zero_mrr == "customer",
            "left_edge": facts.left_edge is not None and policies.left_edge == "opening",
            "filled": int(policies.reactivation_after_days) > 0,
        }.items()
        if holds
    }
    parameters: dict[str, object] = {
        "gap_days": int(policies.reactivation_after_days),
        "past_due_days": policies.past_due_days,
        "left_edge": facts.left_edge if "left_edge" in flags else None,
    }
    reporting = (currency or facts.currencies[0]).upper()
    converts = facts.rates and (len(facts.currencies) > 1 or reporting != facts.currencies[0])
    if not converts and reporting not in facts.currencies:
        if facts.currencies == ("XXX",):
            pass  # the data names no currency: this is its name
        else:
            raise CannotAnswerError("no_rates", currency=reporting)
    instead = {"earning_lines": "plain_lines"}
    if converts and policies.currency == "historical":
        flags.add("historical")
        instead["earning_lines"] = "historical_rate_lines"
    elif converts:
        instead["earning_lines"] = "constant_rate_lines"
    if flags & {"zero_customer", "filled", "historical"}:
        instead["ledger"] = "ledger_of_movements"
    joint = converts or len(facts.currencies) == 1
    if joint:
        flags.add("joint")
    parameters["currency_count"] = 1 if joint else len(facts.currencies)
    parameters["reporting_currency"] = reporting
    # Only what is known at as-of decides which gaps are filled and which rate is the last.
    dated = "filled" in flags or converts
    parameters["as_of"] = as_of
    text = repr((sorted(flags - {"joint"}), parameters["gap_days"], parameters["past_due_days"]))
    text += repr((reporting if converts else None, as_of if dated else None))
    usual = {"left_edge"} if facts.left_edge else set()
    settled = {"joint"} | ({"inclusive_end"} if facts.end_date == "inclusive" else set())
    default = flags - settled == usual
    if default and (not dated or as_of == facts.as_of) and (not converts or currency is None):
        key = "default"
    else:
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Recipe(key, frozenset(flags), instead, parameters, reporting)
