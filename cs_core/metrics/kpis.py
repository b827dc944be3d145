"""The headline row: figures of other metrics side by side, with unit economics from them."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from cs_core.metrics.options import Options
from cs_core.metrics.result import MICRO, Result
from cs_core.periods import Periods, days_of_label
from cs_core.warehouse.store import Warehouse

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


def kpis(warehouse: Warehouse, options: Options) -> Result:
    """One row a period (x segment x currency).

    `ltv` is the simple one: ARPA x gross margin / monthly churn, churn being lost over opening
    customers of the last six complete months (`metrics.md` 5.1); NULL at zero churn. `cac` is
    sales and marketing of the period over its new customers; `payback_months` is CAC over monthly
    gross profit of an account. Costs are not split by segment, so with one these are NULL, as are
    all four for weeks.
    """
    from cs_core.metrics.question import run

    parts = {
        name: run(warehouse, name, options) for name in ("mrr_movements", "churn", "retention")
    }
    period = "month" if options.period == "month" else "period"
    keys = [period, *([options.by] if options.by else []), "currency"]
    found = {name: _by_key(result, keys) for name, result in parts.items()}
    churn_six = _six_month_churn(warehouse, options)
    costs = {} if options.by or options.where else _costs(warehouse, options)
    rows = []
    for key, bridge in found["mrr_movements"].items():
        churn = found["churn"].get(key, {})
        retention = found["retention"].get(key, {})
        figures = _figures(bridge, churn, retention, options)
        partial = churn.get("partial", True)
        economics = (None,) * 4
        if not partial:
            economics = _economics(figures, bridge, churn_six.get(key), costs.get(key[0]))
        rows.append((*key, *figures.values(), *economics))
    return Result(
        columns=(*keys, *COLUMNS),
        rows=rows,
        statement=";\n\n".join(result.statement for result in parts.values()),
        parameters={k: v for result in parts.values() for k, v in result.parameters.items()},
    )


def _by_key(result: Result, keys: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    at = [result.columns.index(name) for name in keys]
    return {
        tuple(row[place] for place in at): dict(zip(result.columns, row, strict=True))
        for row in result.rows
    }


def _figures(
    bridge: dict[str, Any], churn: dict[str, Any], retention: dict[str, Any], options: Options
) -> dict[str, Any]:
    mrr, customers = bridge["closing_mrr"], bridge["closing_customers"]
    gained = bridge["new_mrr"] + bridge["expansion_mrr"]
    if options.policies.quick_ratio_includes_reactivation == "yes":
        gained += bridge["reactivation_mrr"]
    lost = bridge["churned_mrr"] + bridge["contraction_mrr"]
    return {
        "mrr": mrr,
        "arr": mrr * 12,
        "customers": customers,
        "arpa": _rounded(mrr / customers) if customers else None,
        "customer_churn_rate": churn.get("customer_churn_rate"),
        "net_mrr_churn_rate": churn.get("net_mrr_churn_rate"),
        "nrr": retention.get("nrr"),
        "grr": retention.get("grr"),
        "quick_ratio": float(gained / lost) if lost and not churn.get("partial", True) else None,
    }


def _economics(
    figures: dict[str, Any],
    bridge: dict[str, Any],
    churn: float | None,
    costs: tuple[Decimal | None, Decimal | None] | None,
) -> tuple[Any, ...]:
    arpa = figures["arpa"]
    marketing, service = costs or (None, None)
    margin = Decimal(1)
    if service is not None and figures["mrr"]:
        margin = 1 - service / figures["mrr"]
    profit = arpa * margin if arpa is not None else None
    ltv = _rounded(profit / Decimal(churn)) if profit is not None and churn else None
    cac = None
    if marketing is not None and bridge["new_customers"]:
        cac = _rounded(marketing / bridge["new_customers"])
    return (
        ltv,
        cac,
        float(ltv / cac) if ltv is not None and cac else None,
        float(cac / profit) if cac is not None and profit and profit > 0 else None,
    )


def _six_month_churn(warehouse: Warehouse, options: Options) -> dict[tuple[Any, ...], float]:
    """Monthly churn over the six complete months up to each period's end, by period and keys."""
    from cs_core.metrics.question import run

    if options.period == "week":
        return {}
    monthly = replace(options, period="month", first=None, last=None)
    result = run(warehouse, "churn", monthly)
    keys = ["month", *([options.by] if options.by else []), "currency"]
    series: dict[tuple[Any, ...], dict[str, tuple[int, int]]] = {}
    for key, row in _by_key(result, keys).items():
        if not row["partial"]:
            counts = (row["lost_customers"], row["opening_customers"])
            series.setdefault(key[1:], {})[key[0]] = counts
    periods, months = Periods(options.period, options.fiscal_start), Periods("month")
    found = {}
    for rest, by_month in series.items():
        for label in by_month:
            first, last = days_of_label(label)
            index = periods.index(last)
            if periods.last_day(index) != last:
                continue
            six = [months.label(months.index(first) - back) for back in range(LTV_MONTHS)]
            counted = [by_month[month] for month in six if month in by_month]
            lost = sum(count for count, _ in counted)
            opening = sum(count for _, count in counted)
            if opening and lost:
                found[(periods.label(index), *rest)] = lost / opening
    return found


def _costs(
    warehouse: Warehouse, options: Options
) -> dict[str, tuple[Decimal | None, Decimal | None]]:
    """Sales and marketing, and cost of service a month, by period label."""
    periods = Periods(options.period, options.fiscal_start)
    if options.period == "week":
        return {}
    totals: dict[str, list[Decimal | None]] = {}
    rows = warehouse.query(
        "SELECT month, SUM(sales_and_marketing), SUM(cost_of_service) FROM costs"
        " WHERE month IS NOT NULL GROUP BY month"
    )
    months = {"month": 1, "quarter": 3, "year": 12}[options.period]
    for month, marketing, service in rows:
        total = totals.setdefault(periods.label(periods.index(month)), [None, None])
        if marketing is not None:
            total[0] = (total[0] or Decimal(0)) + Decimal(int(marketing)) * MICRO
        if service is not None:
            total[1] = (total[1] or Decimal(0)) + Decimal(int(service)) * MICRO / months
    return {label: (total[0], total[1]) for label, total in totals.items()}


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(MICRO, ROUND_HALF_EVEN)
