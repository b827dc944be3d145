"""The headline row: figures of other metrics side by side, with unit economics from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cs_core.domain.money import rounded
from cs_core.domain.periods import Periods, days_of_label
from cs_core.domain.policies import Policies
from cs_core.errors import CannotAnswerError
from cs_core.metrics.catalogue import metric_of
from cs_core.metrics.options import Options
from cs_core.metrics.result import Result
from cs_core.models.lifetime_value import simple
from cs_core.studies import costs
from cs_core.studies.costs import Ask

LTV_MONTHS = 6
COLUMNS = (
    "mrr",
    "arr",
    "customers",
    "arpa",
    "customer_churn_rate",
    "net_mrr_churn_rate",
    "nrr",
    "grr",
    "quick_ratio",
    "ltv",
    "cac",
    "ltv_cac",
    "payback_months",
)


def kpis(ask: Ask, options: Options, dated: bool = True) -> Result:
    """One row a period (x segment x currency).

    `ltv` is the simple one, as in the metric of that name: ARPA x gross margin / monthly churn,
    churn being lost over opening customers of the last six complete months
    (docs/definitions.md, 5.1);
    NULL at zero churn. `cac` is sales and marketing of the period over its new customers;
    `payback_months` is CAC over monthly gross profit of an account. Costs are not split by
    segment: one takes the margin of all customers and has no CAC. For weeks all four are NULL.
    """
    if not dated:
        raise CannotAnswerError("needs_dates", metric="kpis")
    parts = {name: ask(name, options) for name in metric_of("kpis").made_of}
    keys = metric_of("kpis").key_columns(options.period, options.by)
    found = {name: _by_key(result, keys) for name, result in parts.items()}
    churn_six = _six_months(ask, options)
    spent = {} if options.period == "week" else costs.by_month(ask, options)
    rows = []
    for key, bridge in found["mrr_movements"].items():
        churn = found["churn"].get(key, {})
        retention = found["retention"].get(key, {})
        figures = _figures(bridge, churn, retention, options)
        economics: tuple[Any, ...] = (None,) * 4
        if not churn.get("partial", True) and options.period != "week":
            economics = _economics(bridge, churn_six.get(key), spent, key[0], options)
        rows.append((*key, *figures.values(), *economics, churn.get("partial", True)))
    return Result(
        columns=(*keys, *COLUMNS, "partial"),
        rows=rows,
        statement=";\n\n".join(result.statement for result in parts.values()),
        parameters={k: v for result in parts.values() for k, v in result.parameters.items()},
    )


def _by_key(result: Result, keys: Sequence[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(row[name] for name in keys): row for row in result.mappings()}


def _figures(
    bridge: dict[str, Any], churn: dict[str, Any], retention: dict[str, Any], options: Options
) -> dict[str, Any]:
    mrr, customers = bridge["closing_mrr"], bridge["closing_customers"]
    return {
        "mrr": mrr,
        "arr": mrr * 12,
        "customers": customers,
        "arpa": rounded(mrr / customers) if customers else None,
        "customer_churn_rate": churn.get("customer_churn_rate"),
        "net_mrr_churn_rate": churn.get("net_mrr_churn_rate"),
        "nrr": retention.get("nrr"),
        "grr": retention.get("grr"),
        "quick_ratio": quick_ratio({**bridge, "partial": churn.get("partial")}, options.policies),
    }


def quick_ratio(row: Mapping[str, Any], policies: Policies) -> float | None:
    """MRR gained over MRR lost, of a row of `mrr_movements` that says whether its period is
    `partial`; None in a period that is, and where nothing was lost."""
    lost = row["churned_mrr"] + row["contraction_mrr"]
    if not lost or row.get("partial") is not False:
        return None
    gained = row["new_mrr"] + row["expansion_mrr"]
    if policies.quick_ratio_includes_reactivation == "yes":
        gained += row["reactivation_mrr"]
    return float(gained / lost)


def _economics(
    bridge: dict[str, Any],
    churn: tuple[int, int] | None,
    spent: dict[str, costs.Cost],
    label: str,
    options: Options,
) -> tuple[Any, ...]:
    """LTV, CAC, their ratio, and payback of one row."""
    cac, ltv, profit = None, None, 0.0
    if not (options.by or options.where):
        cac = _cac(spent, _months(label, options), bridge["new_customers"])
    if customers := bridge["closing_customers"]:
        arpa = float(bridge["closing_mrr"]) / customers
        margin = costs.within(costs.margin(spent, _months(label, options, LTV_MONTHS)))
        ltv = simple(arpa, margin, *churn).value if churn else None
        profit = arpa * margin
    return (
        None if ltv is None else rounded(ltv),
        cac,
        ltv / float(cac) if ltv is not None and cac else None,
        float(cac) / profit if cac is not None and profit > 0 else None,
    )


def _cac(spent: dict[str, costs.Cost], months: list[str], won: int) -> Decimal | None:
    paid = [spent[month].marketing for month in months if month in spent]
    known = [amount for amount in paid if amount is not None]
    return rounded(sum(known, Decimal(0)) / won) if known and won else None


def _months(label: str, options: Options, last: int = 0) -> list[str]:
    """The months of a period, or the last so many up to its end, oldest first."""
    months = Periods("month")
    first, end = (months.index(day) for day in days_of_label(label, options.fiscal_start))
    return [months.label(index) for index in range(end - last + 1 if last else first, end + 1)]


def _six_months(ask: Ask, options: Options) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Lost and opening customers of the six complete months up to each period's end, by period
    and keys."""
    if options.period == "week":
        return {}
    monthly = replace(options, period="month", first=None, last=None)
    result = ask("churn", monthly)
    keys = ["month", *([options.by] if options.by else []), "currency"]
    series: dict[tuple[Any, ...], dict[str, tuple[int, int]]] = {}
    for key, row in _by_key(result, keys).items():
        if not row["partial"]:
            counts = (row["lost_customers"], row["opening_customers"])
            series.setdefault(key[1:], {})[key[0]] = counts
    periods = Periods(options.period, options.fiscal_start)
    found = {}
    for rest, by_month in series.items():
        for label in by_month:
            _, last = days_of_label(label)
            index = periods.index(last)
            if periods.last_day(index) != last:
                continue
            counted = [by_month[m] for m in _months(label, options, LTV_MONTHS) if m in by_month]
            lost = sum(count for count, _ in counted)
            opening = sum(count for _, count in counted)
            found[(periods.label(index), *rest)] = (lost, opening)
    return found
