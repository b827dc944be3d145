"""The words of retention with the person's own figures put in.

A term's texts are `glossary.<key>.name`, `.formula`, and `.yours`, which names fields of `FIELDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from cs_core.lessons.lifetimes import annual_churn
from cs_core.text import numbers, t

# field -> (metric, column, how it is written)
FIELDS: Mapping[str, tuple[str, str, str]] = {
    "mrr": ("kpis", "mrr", "money"),
    "arr": ("kpis", "arr", "money"),
    "customers": ("kpis", "customers", "count"),
    "arpa": ("kpis", "arpa", "money"),
    "quick": ("kpis", "quick_ratio", "decimal"),
    "ltv": ("kpis", "ltv", "money"),
    "cac": ("kpis", "cac", "money"),
    "ltv_cac": ("kpis", "ltv_cac", "decimal"),
    "opening": ("churn", "opening_customers", "count"),
    "lost": ("churn", "lost_customers", "count"),
    "churn": ("churn", "customer_churn_rate", "rate"),
    "gross": ("churn", "gross_mrr_churn_rate", "rate"),
    "net": ("churn", "net_mrr_churn_rate", "rate"),
    "opening_mrr": ("mrr_movements", "opening_mrr", "money"),
    "new_mrr": ("mrr_movements", "new_mrr", "money"),
    "reactivation_mrr": ("mrr_movements", "reactivation_mrr", "money"),
    "expansion_mrr": ("mrr_movements", "expansion_mrr", "money"),
    "contraction_mrr": ("mrr_movements", "contraction_mrr", "money"),
    "churned_mrr": ("mrr_movements", "churned_mrr", "money"),
    "starting_mrr": ("retention", "starting_mrr", "money"),
    "starting_customers": ("retention", "starting_customers", "count"),
    "nrr": ("retention", "nrr", "rate"),
    "grr": ("retention", "grr", "rate"),
    "due": ("renewals", "due", "count"),
    "renewed": ("renewals", "renewed", "count"),
    "renewal": ("renewals", "renewal_rate", "rate"),
}
METRICS = tuple(dict.fromkeys(metric for metric, _, _ in FIELDS.values()))
Rows = Mapping[str, Mapping[str, Any]]  # metric -> its row of the period


@dataclass(frozen=True)
class Term:
    """`page` is where the figure is shown, `lesson` where it is taught."""

    key: str
    page: str
    lesson: str


TERMS = (
    Term("mrr", "overview", "ledger"),
    Term("arpa", "overview", "ledger"),
    Term("customer_churn", "churn", "compound"),
    Term("annual_churn", "churn", "compound"),
    Term("retention_rate", "retention", "cohort_chart"),
    Term("gross_churn", "churn", "two_churns"),
    Term("net_churn", "churn", "two_churns"),
    Term("nrr", "overview", "net_retention"),
    Term("grr", "overview", "net_retention"),
    Term("quick_ratio", "overview", "ledger"),
    Term("renewal_rate", "renewals", "renewal"),
    Term("cohort", "retention", "cohort_chart"),
    Term("ltv", "lifetime_value", "lifetime"),
    Term("cac", "lifetime_value", "ltv_cac"),
    Term("ltv_cac", "lifetime_value", "ltv_cac"),
    Term("health_score", "accounts_at_risk", "red_ones"),
)


def written(rows: Rows, currency: str, language: str) -> dict[str, str]:
    """Every field that these rows hold, as it is written; what is null or absent is left out."""
    found = {
        name: _said(rows[metric][column], how, currency, language)
        for name, (metric, column, how) in FIELDS.items()
        if rows.get(metric, {}).get(column) is not None
    }
    churn = rows.get("churn", {})
    rate = churn.get("customer_churn_rate")
    if rate is not None:
        found["annual"] = numbers.rate(annual_churn(float(rate)))
        found["kept"] = numbers.count(churn["opening_customers"] - churn["lost_customers"])
        found["kept_rate"] = numbers.rate(1 - float(rate))
    return found


def _said(value: Any, how: str, currency: str, language: str) -> str:
    if how == "money":
        return numbers.money(value, currency, language)
    if how == "rate":
        return numbers.rate(value)
    return numbers.count(value) if how == "count" else numbers.decimal(value)


def yours(term: Term, given: Mapping[str, str], language: str) -> str | None:
    """The formula with the person's figures; None where they are not all there."""
    text = t(f"glossary.{term.key}.yours", language)
    needed = {name for _, name, _, _ in Formatter().parse(text) if name}
    return text.format(**given) if text and needed <= given.keys() else None
