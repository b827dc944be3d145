"""What the lifetime models want to know of the person's own customers, read from figures.

It asks `churn`, `mrr_movements`, `payments`, `payment_products`, `customer_base` and
`monthly_costs`, always by month, and hands them to the models. Everything is per segment value and
currency. Data that only has tenures gives survival and, with an MRR column, prices; what needs
dates says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from cs_core.domain.proportion import wilson
from cs_core.metrics.options import Options
from cs_core.models.assumptions import Assumptions, Baseline, specs
from cs_core.models.baseline import MONTHS, Month, from_figures, never_seen
from cs_core.models.payments import Payments
from cs_core.models.simulation import Outlook
from cs_core.models.survivors import Survivors
from cs_core.studies import costs
from cs_core.studies.costs import Ask, Cost

# A scenario moves these in the form; the data cannot say them.
_USUAL = Assumptions()


@dataclass(frozen=True)
class Customers:
    """Everything the lifetime models want to know of one group of customers.

    `months` are the last complete ones (at most six), oldest first; `payments` those of all first
    stays; `base` (tenure, customers, MRR) of the as-of day, and `squared` the sums of the squares
    of their MRR. `priced` is False where the data holds no money: everybody pays 1 then. Money is
    in `currency`.
    """

    segment: str | None
    currency: str
    months: tuple[Month, ...]
    payments: Payments
    base: tuple[tuple[int, int, float], ...]
    baseline: Baseline
    dated: bool
    priced: bool
    squared: tuple[float, ...] = ()
    statements: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def lost(self) -> int:
        return sum(month.lost_customers for month in self.months)

    @property
    def opening(self) -> int:
        return sum(month.opening_customers for month in self.months)

    @property
    def customers(self) -> int:
        """Today's."""
        return sum(customers for _, customers, _ in self.base)

    @property
    def churn(self) -> float:
        """One constant monthly churn: six months', or lost over months lived without dates."""
        return float(self.baseline.assumptions.churn)

    @property
    def outlook(self) -> Outlook:
        """Those who are there and those who come, as a projection of MRR starts from them."""
        joined = sum(month.new_customers for month in self.months)
        brought = sum(month.new_mrr for month in self.months)
        arpa = float(self.baseline.arpa)
        return Outlook(
            self.base,
            self.squared,
            brought / joined if joined and brought > 0 else arpa,
            self.payments.first_variation,
            joined,
            self.survivors,
        )

    @property
    def survivors(self) -> Survivors:
        return self.payments.survivors


def read(ask: Ask, options: Options, dated: bool = True) -> list[Customers]:
    """The customers of every segment value (`options.by`) and currency, all who ever were.

    `dated` is False for data that only has tenures. A range in the options is not heeded.
    """
    asked = replace(options, period="month", first=None, last=None, unit="month", spells="first")
    steady = replace(asked, policies=replace(asked.policies, currency="constant"))
    statements: list[str] = []

    def groups(metric: str, over: Options) -> dict[Any, list[dict[str, Any]]]:
        result = ask(metric, over)
        statements.append(result.statement)
        found: dict[Any, list[dict[str, Any]]] = {}
        for row in result.rows:
            record = dict(zip(result.columns, row, strict=True))
            key = (record[over.by] if over.by else None, record.get("currency"))
            found.setdefault(key, []).append(record)
        return found

    paid, base = groups("payments", steady), groups("customer_base", steady)
    products = groups("payment_products", steady)
    churn = groups("churn", asked) if dated else {}
    moves = groups("mrr_movements", asked) if dated else {}
    spent = costs.by_month(ask, asked) if dated else {}
    complete = sorted({r["month"] for rows in churn.values() for r in rows if not r["partial"]})
    found = []
    for key in dict.fromkeys([*paid, *base, *moves]):
        segment, currency = key
        months = _months(complete[-MONTHS:], churn.get(key, []), moves.get(key, []))
        found.append(
            _customers(
                segment,
                currency,
                months,
                _payments(paid.get(key, []), products.get(key, [])),
                base.get(key, []),
                spent,
                dated,
                bool(options.by or options.where),
                _past_arpa(moves.get(key, [])),
                tuple(statements),
            )
        )
    return found


def _months(
    labels: Sequence[str], churn: Sequence[Mapping[str, Any]], moves: Sequence[Mapping[str, Any]]
) -> list[tuple[str, Month]]:
    """A month without a row had nothing."""
    lost = {row["month"]: row for row in churn}
    moved = {row["month"]: row for row in moves}

    def number(row: Mapping[str, Any], name: str) -> Any:
        return row.get(name) or 0

    months = []
    for label in labels:
        a, b = lost.get(label, {}), moved.get(label, {})
        months.append(
            (
                label,
                Month(
                    opening_customers=int(number(a, "opening_customers")),
                    lost_customers=int(number(a, "lost_customers")),
                    new_customers=int(number(b, "new_customers")),
                    customers=int(number(b, "closing_customers")),
                    opening_mrr=float(number(b, "opening_mrr")),
                    mrr=float(number(b, "closing_mrr")),
                    expansion_mrr=float(number(b, "expansion_mrr")),
                    contraction_mrr=float(number(b, "contraction_mrr")),
                    new_mrr=float(number(b, "new_mrr")),
                ),
            )
        )
    return months


def _payments(paid: Sequence[Mapping[str, Any]], products: Sequence[Mapping[str, Any]]) -> Payments:
    return Payments.of(
        (
            (r["last_payment"], r["lost"], r["payment"], r["customers"], float(r["mrr_change"]))
            for r in paid
        ),
        ((r["payment"], r["other_payment"], r["product"]) for r in products),
    )


def _past_arpa(moves: Sequence[Mapping[str, Any]]) -> float | None:
    """Of the last month that had paying customers at its end."""
    for row in reversed(moves):
        if row["closing_customers"] and row["closing_mrr"] > 0:
            return float(row["closing_mrr"]) / int(row["closing_customers"])
    return None


def _customers(
    segment: str | None,
    currency: str,
    labelled: Sequence[tuple[str, Month]],
    payments: Payments,
    based: Sequence[Mapping[str, Any]],
    spent: Mapping[str, Cost],
    dated: bool,
    narrowed: bool,
    past_arpa: float | None,
    statements: tuple[str, ...],
) -> Customers:
    base = tuple((r["tenure"], r["customers"], float(r["mrr"])) for r in based)
    customers, mrr = sum(n for _, n, _ in base), sum(money for _, _, money in base)
    months = [month for _, month in labelled]
    squared = sum(float(r["squared_mrr"]) for r in based)
    deviation = None
    if customers > 1:
        deviation = max(0.0, (squared - mrr * mrr / customers) / (customers - 1)) ** 0.5
    annual = sum(r["annual_customers"] for r in based) / customers if customers else 0.0
    priced = mrr > 0 or past_arpa is not None
    payments = payments if priced else Payments.alike(payments.customers)
    margin = costs.margin(spent, [label for label, _ in labelled])
    cac = _cac([spent[label] for label, _ in labelled if label in spent])
    baseline = from_figures(
        months,
        payments.survivors,
        money=payments.money,
        mrr_deviation=deviation,
        new_variation=payments.first_variation,
        annual_share=annual,
        margin=margin,
        cac=cac,
        # What annual customers get off is in the observed ARPA already.
        keep=replace(_USUAL, annual_free_months=0.0) if annual else _USUAL,
    )
    notes = list(baseline.notes)
    values = baseline.assumptions.as_dict()
    ranges = dict(baseline.ranges)
    if "no_churn_rate" in notes and not dated:
        _churn_of_all_payments(payments.survivors, values, ranges)
        notes.remove("no_churn_rate")
    arpa = baseline.arpa
    if not any(month.customers > 0 for month in months[-1:]) and customers and mrr > 0:
        # No complete month, or nobody in it: today's mean stands in.
        values["arpa"] = arpa = mrr / customers
        notes.append("arpa_of_today")
    elif not priced:
        values["arpa"] = arpa = 0.0
        notes.append("no_price")
    elif not customers and past_arpa is not None and not any(m.customers for m in months[-1:]):
        values["arpa"] = arpa = past_arpa
        notes.append("arpa_of_past")
    if narrowed and (margin is not None or cac is not None):
        notes.append("costs_of_all")
    if not dated:
        notes.append("needs_dates")
    return Customers(
        segment,
        currency,
        tuple(months),
        payments,
        base,
        replace(
            baseline,
            assumptions=Assumptions(**_within(values)),
            ranges=ranges,
            notes=tuple(dict.fromkeys(notes)),
            arpa=arpa,
        ),
        dated,
        priced,
        tuple(float(r["squared_mrr"]) for r in based),
        statements,
    )


def _cac(months: Sequence[Cost]) -> float | None:
    """Sales and marketing over the customers won in the months that have it."""
    paid = [month for month in months if month.marketing is not None]
    won = sum(month.new_customers for month in paid)
    return float(sum((m.marketing or Decimal(0) for m in paid), Decimal(0))) / won if won else None


def _churn_of_all_payments(
    survivors: Survivors, values: dict[str, Any], ranges: dict[str, tuple[float, float]]
) -> None:
    """Without months: every payment missed over all that came due."""
    lost, at_risk = int(sum(survivors.lost)), int(sum(survivors.at_risk))
    low, high = wilson(lost, at_risk)
    if low is not None and high is not None:
        values["churn"] = lost / at_risk if lost else never_seen(at_risk)
        ranges["churn"] = (low, high)


def _within(values: Mapping[str, Any]) -> dict[str, Any]:
    bounds = {spec.name: (spec.low, spec.high) for spec in specs() if spec.unit != "flag"}
    return {
        name: min(max(value, bounds[name][0]), bounds[name][1]) if name in bounds else value
        for name, value in values.items()
    }
