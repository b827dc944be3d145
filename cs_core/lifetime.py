"""Lifetime value of the person's own customers: figures into assumptions, estimates and scenarios.

It asks `churn`, `mrr_movements`, `survival`, `customer_base` and `monthly_costs`, always by month,
and hands them to the models. Everything is per segment value and currency. Data that only has
tenures gives survival and, with an MRR column, prices; what needs dates says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from cs_core.errors import CannotAnswerError
from cs_core.metrics.options import Options
from cs_core.metrics.result import MICRO, Result
from cs_core.models import lifetime_value
from cs_core.models.assumptions import Assumptions, Baseline, read_scenario, specs
from cs_core.models.baseline import MONTHS, Month, from_figures
from cs_core.models.lifetime_value import HORIZONS, BaseValue, Estimate
from cs_core.models.proportion import wilson
from cs_core.models.retention_curve import Curve, HeldBack, fit, held_back
from cs_core.models.simulation import DRAWS, Simulation, simulate
from cs_core.models.survival import Counts
from cs_core.models.survivors import Survivors

Ask = Callable[[str, Options], Result]
"""Asks a metric: `Dataset.run`, or a cache in front of it."""

COLUMNS = ("value", "low", "high", "horizon_months", "note")
# A scenario moves these in the form; the data cannot say them.
_USUAL = Assumptions()
_BDW_GAIN = 2.0  # of log-likelihood for one more parameter: the 95 % point of chi-squared / 2


@dataclass(frozen=True)
class Customers:
    """Everything the lifetime models want to know of one group of customers.

    `months` are the last complete ones (at most six), oldest first; `counts` are (tenure in
    completed months, churned, censored); `base` (tenure, customers, MRR) of the as-of day.
    `priced` is False where the data holds no money. Money is in `currency`.
    """

    segment: str | None
    currency: str
    months: tuple[Month, ...]
    counts: tuple[tuple[int, int, int], ...]
    base: tuple[tuple[int, int, float], ...]
    baseline: Baseline
    dated: bool
    priced: bool
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
    def survivors(self) -> Survivors:
        return Survivors.from_tenures(self.counts)


# -- from figures ---------------------------------------------------------------------------


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

    counts, base = groups("survival", steady), groups("customer_base", steady)
    churn = groups("churn", asked) if dated else {}
    moves = groups("mrr_movements", asked) if dated else {}
    costs = _costs(ask, options, asked, moves) if dated else {}
    complete = sorted({r["month"] for rows in churn.values() for r in rows if not r["partial"]})
    found = []
    for key in dict.fromkeys([*counts, *base, *moves]):
        segment, currency = key
        months = _months(complete[-MONTHS:], churn.get(key, []), moves.get(key, []))
        found.append(
            _customers(
                segment,
                currency,
                months,
                counts.get(key, []),
                base.get(key, []),
                costs,
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
                ),
            )
        )
    return months


def _past_arpa(moves: Sequence[Mapping[str, Any]]) -> float | None:
    """Of the last month that had paying customers at its end."""
    for row in reversed(moves):
        if row["closing_customers"] and row["closing_mrr"] > 0:
            return float(row["closing_mrr"]) / int(row["closing_customers"])
    return None


@dataclass(frozen=True)
class _Cost:
    """A month's costs as rates of the whole company: share of MRR left, cost of a new customer's
    worth of marketing; None where not known."""

    margin: float | None
    marketing: float | None
    new_customers: int


def _costs(
    ask: Ask, options: Options, asked: Options, moves: Mapping[Any, Sequence[Mapping[str, Any]]]
) -> dict[str, _Cost]:
    """By month. Costs are not split by segment, so they are set against all customers."""
    spent = {row[0]: row[1:] for row in ask("monthly_costs", asked).rows}
    if not spent:
        return {}
    rows = [row for group in moves.values() for row in group]
    if options.by or options.where:
        result = ask("mrr_movements", replace(asked, by=None, where=()))
        rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    if len({row["currency"] for row in rows}) > 1:
        return {}  # nothing says which currency the costs are in
    found = {}
    for row in rows:
        marketing, service = spent.get(row["month"], (None, None))
        mrr = float(row["closing_mrr"])
        found[row["month"]] = _Cost(
            None if service is None or mrr <= 0 else 1 - float(service) / mrr,
            None if marketing is None else float(marketing),
            int(row["new_customers"]),
        )
    return found


def _customers(
    segment: str | None,
    currency: str,
    labelled: Sequence[tuple[str, Month]],
    counted: Sequence[Mapping[str, Any]],
    based: Sequence[Mapping[str, Any]],
    costs: Mapping[str, _Cost],
    dated: bool,
    narrowed: bool,
    past_arpa: float | None,
    statements: tuple[str, ...],
) -> Customers:
    counts = tuple((r["tenure"], r["churned"], r["censored"]) for r in counted)
    base = tuple((r["tenure"], r["customers"], float(r["mrr"])) for r in based)
    customers, mrr = sum(n for _, n, _ in base), sum(money for _, _, money in base)
    months = [month for _, month in labelled]
    squared = sum(float(r["squared_mrr"]) for r in based)
    deviation = None
    if customers > 1:
        deviation = max(0.0, (squared - mrr * mrr / customers) / (customers - 1)) ** 0.5
    annual = sum(r["annual_customers"] for r in based) / customers if customers else 0.0
    baseline = from_figures(
        months,
        counts,
        mrr_deviation=deviation,
        annual_share=annual,
        # What annual customers get off is in the observed ARPA already.
        keep=replace(_USUAL, annual_free_months=0.0) if annual else _USUAL,
    )
    notes = [note for note in baseline.notes if note not in ("no_cac", "no_margin")]
    values = baseline.assumptions.as_dict()
    ranges = dict(baseline.ranges)
    if "no_churn_rate" in notes and not dated:
        _churn_of_all_tenures(counts, values, ranges)
        notes.remove("no_churn_rate")
    priced = mrr > 0 or past_arpa is not None
    if not any(month.customers > 0 for month in months[-1:]) and customers and mrr > 0:
        # No complete month, or nobody in it: today's mean stands in.
        values["arpa"] = mrr / customers
        notes.append("arpa_of_today")
    elif not priced:
        values["arpa"] = 0.0
        notes.append("no_price")
    elif not customers and past_arpa is not None and not any(m.customers for m in months[-1:]):
        values["arpa"] = past_arpa
        notes.append("arpa_of_past")
    known = [costs[label] for label, _ in labelled if label in costs]
    # The margin of the month whose ARPA it is, as in `kpis`; costs may come in late.
    margin = next((cost.margin for cost in reversed(known) if cost.margin is not None), None)
    paid = [cost for cost in known if cost.marketing is not None]
    won = sum(cost.new_customers for cost in paid)
    if margin is None:
        notes.append("no_margin")
    else:
        values["gross_margin"] = min(max(margin, 0.0), 1.0)
        if margin < 0:
            notes.append("no_gross_profit")
    if won:
        values["cac"] = sum(cost.marketing or 0.0 for cost in paid) / won
    else:
        notes.append("no_cac")
    if narrowed and (margin is not None or won):
        notes.append("costs_of_all")
    if not dated:
        notes.append("needs_dates")
    return Customers(
        segment,
        currency,
        tuple(months),
        counts,
        base,
        Baseline(Assumptions(**_within(values)), ranges, tuple(dict.fromkeys(notes))),
        dated,
        priced,
        statements,
    )


def _churn_of_all_tenures(
    counts: Counts, values: dict[str, Any], ranges: dict[str, tuple[float, float]]
) -> None:
    """Without months: everybody who left over every month that anybody could leave in."""
    survivors = Survivors.from_tenures(counts)
    lost, at_risk = int(sum(survivors.lost)), int(sum(survivors.at_risk))
    low, high = wilson(lost, at_risk)
    if low is not None and high is not None:
        values["churn"], ranges["churn"] = lost / at_risk, (low, high)


def _within(values: Mapping[str, Any]) -> dict[str, Any]:
    bounds = {spec.name: (spec.low, spec.high) for spec in specs() if spec.unit != "flag"}
    return {
        name: min(max(value, bounds[name][0]), bounds[name][1]) if name in bounds else value
        for name, value in values.items()
    }


# -- estimates ------------------------------------------------------------------------------


def lifetimes(of: Customers, discount_rate: float) -> list[Estimate]:
    """The estimators that read retention from the data, at a monthly margin of one unit of
    money: `priced` makes values of them."""
    if of.dated:
        simple = lifetime_value.simple(1.0, 1.0, of.lost, of.opening)
    else:
        simple = Estimate("simple", None, None, None, None, "needs_dates")
    finite = lifetime_value.finite_horizon(1.0, 1.0, of.counts, discount_rate, HORIZONS)
    try:
        sbg = lifetime_value.sbg(1.0, 1.0, of.survivors, discount_rate)
    except CannotAnswerError as error:
        sbg = Estimate("sbg", None, None, None, None, error.code.removeprefix("fit."))
    return [simple, *finite, sbg]


def priced(estimate: Estimate, month: float) -> Estimate:
    """An estimate of `lifetimes` at a monthly margin in money."""

    def times(value: float | None) -> float | None:
        return None if value is None else month * value

    return replace(
        estimate,
        value=times(estimate.value),
        low=times(estimate.low),
        high=times(estimate.high),
    )


def estimates(
    of: Customers,
    scenario: Assumptions,
    simulation: Simulation,
    units: Sequence[Estimate] | None = None,
) -> list[Estimate]:
    """All four side by side at the price, margin and discount of the scenario. The first three
    take retention from the data, the simulation takes all from the scenario."""
    month = scenario.arpa * (1 + scenario.price_change) * scenario.gross_margin
    found = [priced(unit, month) for unit in units or lifetimes(of, scenario.discount_rate)]
    found.append(lifetime_value.simulated(simulation, scenario.horizon))
    if not of.priced and not scenario.arpa:
        return [replace(e, value=None, low=None, high=None, note="no_price") for e in found]
    return found


def ltv(
    ask: Ask, options: Options, dated: bool = True, *, draws: int = DRAWS, seed: int = 0
) -> Result:
    """One row per method, horizon, segment value and currency; `note` holds codes of
    `model.note` texts, joined by `; `. `low` and `high` are 95 % limits, of the simulation P10
    and P90."""
    rows: list[tuple[Any, ...]] = []
    statements: list[str] = []
    for group in read(ask, options, dated):
        statements = list(group.statements)
        scenario = group.baseline.assumptions
        simulation = simulate(group.baseline, scenario, draws=draws, seed=seed)
        about = [n for n in ("no_margin", "costs_of_all") if n in group.baseline.notes]
        for found in estimates(group, scenario, simulation):
            notes = [found.note] if found.note else []
            rows.append(
                (
                    found.method,
                    *((group.segment,) if options.by else ()),
                    group.currency,
                    *map(_money, (found.value, found.low, found.high)),
                    found.horizon_months,
                    "; ".join([*notes, *(about if found.value is not None else [])]) or None,
                )
            )
    return Result(
        ("method", *((options.by,) if options.by else ()), "currency", *COLUMNS),
        rows,
        ";\n\n".join(dict.fromkeys(statements)),
        {"draws": draws, "seed": seed},
    )


def _money(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(value).quantize(MICRO, ROUND_HALF_EVEN)


def simulation_of(
    groups: Sequence[Customers],
    currency: str,
    scenario: str,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Simulation:
    """A scenario file (its text) on the data's own baseline; where several currencies stand side
    by side, in that one."""
    group = groups[0] if len(groups) == 1 else next(g for g in groups if g.currency == currency)
    before = group.baseline.assumptions
    _, assumptions = read_scenario(scenario, before)
    if not group.priced and assumptions.arpa == before.arpa:
        raise CannotAnswerError("needs_prices")
    return simulate(group.baseline, assumptions, draws=draws, seed=seed)


# -- curves ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fits:
    """Retention curves on the data's own survivor counts.

    `curves` by model, without those that could not be fitted; `problems` say why by model (codes
    of `model.note`). `chosen` is the sBG, or the BdW where it is clearly more likely. `checks`
    compare the chosen model, fitted to the first `fit_months`, with the later ones.
    """

    survivors: Survivors
    curves: Mapping[str, Curve]
    problems: Mapping[str, str]
    chosen: str | None
    fit_months: int
    checks: tuple[HeldBack, ...]

    @property
    def curve(self) -> Curve | None:
        return self.curves.get(self.chosen) if self.chosen else None

    def errors(self) -> tuple[float, float] | None:
        """Mean absolute errors on the held-back months, as shares: of the model, of the naive."""
        if not self.checks:
            return None
        n = len(self.checks)
        return (
            sum(abs(check.fitted - check.observed) for check in self.checks) / n,
            sum(abs(check.naive - check.observed) for check in self.checks) / n,
        )


SEEN = 20  # customers at risk in a month of tenure for it to judge a fit
FEWEST = 4  # months of tenure that a held-back check needs


def fits(of: Customers) -> Fits:
    """All three models, and the check on held-back months."""
    survivors = of.survivors
    curves: dict[str, Curve] = {}
    problems: dict[str, str] = {}
    for model in ("sbg", "bdw", "geometric"):
        try:
            curves[model] = fit(survivors, model)
        except CannotAnswerError as error:
            problems[model] = error.code.removeprefix("fit.")
    chosen = "sbg" if "sbg" in curves else None
    if (
        chosen
        and "bdw" in curves
        and "shape_at_limit" not in curves["bdw"].notes
        and curves["bdw"].log_likelihood - curves["sbg"].log_likelihood > _BDW_GAIN
    ):
        chosen = "bdw"
    seen = next((t for t, n in enumerate(survivors.at_risk) if n < SEEN), len(survivors.at_risk))
    fit_months = round(seen * 2 / 3)
    checks: tuple[HeldBack, ...] = ()
    if chosen and seen >= FEWEST:
        try:
            early = fit(survivors.first(fit_months), chosen)
            checks = tuple(held_back(survivors.first(seen), early, fit_months))
        except CannotAnswerError:
            checks = ()
    return Fits(survivors, curves, problems, chosen, fit_months, checks)


def base_value(of: Customers, curve: Curve, scenario: Assumptions) -> BaseValue:
    """Today's customers at the scenario's price, margin and discount: by the curve, and by the
    constant churn of the data."""
    price = 1 + scenario.price_change
    return lifetime_value.customer_base_value(
        curve,
        [(tenure, customers, mrr * price) for tenure, customers, mrr in of.base],
        scenario.gross_margin,
        scenario.discount_rate,
        of.churn,
    )
