"""The parts reports are put together from: each asks its figures and says its finding.

A section is made for one question (`Ask.options`), in one language. A figure that the data cannot
answer is left out; what a table would add is said where the app says it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cs_core import charts
from cs_core.charts import Drawing, Look
from cs_core.charts.limits import MarkedChange
from cs_core.domain.periods import days_of_label, period_column, period_column_of
from cs_core.errors import CannotAnswerError, UsageError
from cs_core.metrics.options import Options
from cs_core.models import churn_facts
from cs_core.reports import facts, findings, reasons
from cs_core.reports.content import (
    Kind,
    ReportColumn,
    ReportFigure,
    ReportTable,
    Section,
    Tile,
    rows_of,
)
from cs_core.studies import churn as churn_study
from cs_core.studies import leavers
from cs_core.studies import renewals as renewal_study
from cs_core.text import numbers, plain, t

if TYPE_CHECKING:
    import pandas

    from cs_core.datasets import Dataset

COHORTS = 24  # rows of the triangle; older ones are in the app
LARGEST = (1, 5, 10)  # accounts whose share of MRR is told
CALLS = 25  # accounts of the list at risk

Record = dict[str, Any]


@dataclass
class Masks:
    """Names that say nothing of the accounts: the same within a report, another each time."""

    language: str
    made: dict[str, str] = field(default_factory=dict)

    def __call__(self, account_id: str) -> str:
        if account_id not in self.made:
            taken = set(self.made.values())
            while (name := t("report.masked", self.language, n=secrets.token_hex(2))) in taken:
                pass
            self.made[account_id] = name
        return self.made[account_id]


@dataclass
class Ask:
    """One question to one dataset, and how the answers are said. `masks` is None where names may
    be shown."""

    dataset: Dataset
    options: Options
    language: str
    masks: Masks | None = None

    def t(self, key: str, **fields: object) -> str:
        return t(key, self.language, **fields)

    @cached_property
    def currency(self) -> str:
        return self.options.currency or self.dataset.info.reporting_currency

    @cached_property
    def look(self) -> Look:
        return Look("light", self.language, self.currency)

    def frame(self, metric: str, **changes: Any) -> pandas.DataFrame:
        """The metric's rows in the report's currency."""
        found = self.dataset.run(metric, replace(self.options, **changes)).frame()
        if "currency" in found.columns and not self.dataset.info.joint:
            found = found[found["currency"] == self.currency]
        return found

    def records(self, metric: str, **changes: Any) -> list[Record]:
        return records(self.frame(metric, **changes))

    def name(self, account_id: Any, name: Any) -> str:
        if self.masks:
            return self.masks(str(account_id))
        return plain(name if isinstance(name, str) and name.strip() else account_id)

    def free(self, text: Any) -> str:
        """Text that people typed (reasons, comments) names people: left out under masking."""
        return "" if self.masks or text is None or text != text else plain(text)

    def money(self, value: Any, **more: Any) -> str:
        return numbers.money(value, self.currency, self.language, **more)

    def period(self, label: Any) -> str:
        return numbers.period(str(label), self.language)

    def columns(self, names: str) -> tuple[ReportColumn, ...]:
        """`"month:period opening_mrr:money"`; a label may be another's: `mrr_after=mrr:money`."""
        made = []
        for word in names.split():
            pair, _, kind = word.partition(":")
            name, _, label = pair.partition("=")
            mark = numbers.currency_mark(self.currency, self.language)
            said = self.t(f"report.column.{label or name}", currency=mark)
            made.append(ReportColumn(name, said.replace(" (XXX)", ""), _kind(kind)))
        return tuple(made)

    def table(
        self, found: Iterable[Mapping[str, Any]], names: str, *, heat: bool = False
    ) -> ReportTable:
        columns = self.columns(names)
        return ReportTable(columns, rows_of(list(found), columns), heat)

    def definition(self, metric: str) -> str:
        return self.t(f"metric.{metric}.definition")


def _kind(word: str) -> Kind:
    kinds: dict[str, Kind] = {
        "text": "text",
        "period": "period",
        "date": "date",
        "money": "money",
        "rate": "rate",
        "points": "points",
        "count": "count",
        "number": "number",
    }
    return kinds[word]


def records(frame: pandas.DataFrame) -> list[Record]:
    """Rows as dicts, what is missing as None."""
    clean = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in clean.to_dict("records")]


@dataclass(frozen=True)
class Months:
    """Rows of `kpis`, `churn` and `mrr_movements` for complete periods, oldest first."""

    label: str
    kpis: list[Record]
    churn: list[Record]
    moves: list[Record]
    frame: pandas.DataFrame


def months(ask: Ask) -> Months:
    churn = ask.records("churn", first=None)
    label = period_column_of(churn[0] if churn else ("month",))
    over = {row[label] for row in churn if not row["partial"]}
    frame = ask.frame("mrr_movements", first=None)
    frame = frame[[name in over for name in frame[label]]]
    kept = [row for row in ask.records("kpis", first=None) if row[label] in over]
    if not kept:
        raise CannotAnswerError("report_without_period")
    return Months(label, kept, [r for r in churn if r[label] in over], records(frame), frame)


# -- what stands on top -------------------------------------------------------------------

TILES: dict[str, Kind] = {
    "mrr": "money",
    "customers": "count",
    "customer_churn_rate": "rate",
    "net_mrr_churn_rate": "rate",
    "nrr": "rate",
    "grr": "rate",
    "arpa": "money",
    "quick_ratio": "number",
}


def headline(ask: Ask) -> Section:
    of = months(ask)
    now = of.kpis[-1]
    before = of.kpis[-2] if len(of.kpis) > 1 else None
    year_ago = next((row for row in of.kpis if row[of.label] == _year_before(now[of.label])), None)
    tiles = tuple(
        Tile(
            name,
            ask.t(f"page.overview.tile.{name}"),
            shown(ask, now[name], kind),
            _tile_note(ask, name, kind, before, year_ago),
            now[name],
        )
        for name, kind in TILES.items()
    )
    trend = _trend(ask)
    said = [
        findings.mrr_sentence(ask, of.moves),
        *([_churn_verdict(ask, trend)] if trend else []),
        *([_losses(ask, of)] if not ask.masks else []),
    ]
    figures = [_bridge(ask, of), _movements(ask, of)]
    return Section(
        "headline",
        ask.t("page.overview.title"),
        ask.t("report.headline", period=ask.period(now[of.label])),
        tuple(said),
        tiles,
        tuple(figures),
    )


def _year_before(label: str) -> str:
    return f"{int(label[:4]) - 1}{label[4:]}"


def _tile_note(
    ask: Ask, name: str, kind: Kind, before: Record | None, year_ago: Record | None
) -> str:
    parts = []
    for key, row in (("before", before), ("year_ago", year_ago)):
        if row is not None and row[name] is not None:
            parts.append(ask.t(f"report.tile.{key}", value=shown(ask, row[name], kind)))
    return ask.t("filter.separator").join(parts)


def shown(ask: Ask, value: Any, kind: Kind) -> str:
    """A value as a tile or a sentence says it."""
    if kind == "money":
        return ask.money(value)
    if kind == "rate":
        return numbers.rate(value)
    if kind == "count":
        return numbers.count(value, ask.language, accounts=True)
    return numbers.decimal(value)


def _losses(ask: Ask, of: Months) -> str:
    import pandas

    last = str(of.moves[-1][of.label])
    lost = pandas.concat(
        ask.dataset.rows_behind(
            "mrr_movements", {of.label: last, "movement": movement}, ask.options
        ).frame()
        for movement in ("churn", "contraction")
    )
    if len(lost) and not ask.dataset.info.joint:
        lost = lost[lost["currency"] == ask.currency]
    return findings.loss_sentence(ask, lost, last)


def _bridge(ask: Ask, of: Months) -> ReportFigure:
    row = of.frame.tail(1)
    drawing = charts.bridge.draw(row, ask.look)
    period = ask.period(of.moves[-1][of.label])
    start = numbers.money(drawing.facts.get("axis_start"), ask.currency, ask.language)
    names = f"{of.label}:period " + " ".join(f"{c}:money" for c in _money_columns(of))
    return ReportFigure(
        "bridge",
        ask.t("page.overview.bridge.title"),
        ask.t("page.overview.bridge.line", period=period, start=start),
        ask.table(of.moves[-1:], names),
        drawing,
        ask.definition("mrr_movements"),
    )


def _money_columns(of: Months) -> list[str]:
    kept = ("opening_mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr")
    return [
        name
        for name in of.frame.columns
        if name.endswith("_mrr")
        and (name in kept or name == "closing_mrr" or any(row[name] for row in of.moves))
    ]


def _movements(ask: Ask, of: Months, last: int = 24) -> ReportFigure:
    shown_rows = of.frame.tail(last)
    customers = ["new_customers", "churned_customers", "closing_customers"]
    names = " ".join(
        [
            f"{of.label}:period",
            *(f"{name}:money" for name in _money_columns(of)),
            *(f"{name}:count" for name in customers),
        ]
    )
    return ReportFigure(
        "movements",
        ask.t(f"page.overview.movements.{ask.options.period}"),
        ask.t("page.overview.movements.line"),
        ask.table(of.moves[-last:], names),
        charts.movements.draw(shown_rows, ask.look),
        ask.definition("mrr_movements"),
    )


# -- retention ----------------------------------------------------------------------------


def retention(ask: Ask) -> Section:
    figures = [_answered(ask, part) for part in (_cohorts, _history, _survival)]
    return Section(
        "retention",
        ask.t("page.retention.title"),
        ask.t("page.retention.question"),
        figures=tuple(figure for figure in figures if figure),
    )


def _answered(ask: Ask, part: Callable[[Ask], ReportFigure | None]) -> ReportFigure | None:
    """A figure, or None where the data has no answer."""
    try:
        return part(ask)
    except CannotAnswerError:
        return None


def _cohorts(ask: Ask) -> ReportFigure | None:
    """The triangle of customers as a table: a row a cohort, a column an age."""
    cells = ask.records("cohorts")
    if not cells:
        return None
    labels = sorted({str(cell["cohort"]) for cell in cells})[-COHORTS:]
    cells = [cell for cell in cells if cell["cohort"] in labels]
    ages = sorted({int(cell["age"]) for cell in cells})
    rates = {(c["cohort"], int(c["age"])): c["customer_retention"] for c in cells}
    sizes = {c["cohort"]: c["cohort_customers"] for c in cells}
    columns = (
        *ask.columns("cohort:period cohort_customers:count"),
        *(ReportColumn(f"age_{age}", str(age), "rate") for age in ages),
    )
    rows = tuple(
        (label, sizes[label], *(rates.get((label, age)) for age in ages)) for label in labels
    )
    return ReportFigure(
        "cohorts",
        ask.t("page.retention.heatmap.retention"),
        ask.t("report.cohorts", each=ask.t(f"page.retention.each.{ask.options.period}")),
        ReportTable(columns, rows, heat=True),
        None,
        ask.definition("cohorts"),
    )


def _history(ask: Ask) -> ReportFigure | None:
    found = ask.frame("retention")
    known = found[found["nrr"].notna()]
    if known.empty:
        return None
    label = period_column_of(known)
    more = [n for n in ("nrr_low", "nrr_high", "grr_low", "grr_high") if n in known.columns]
    names = f"{label}:period starting_customers:count starting_mrr:money nrr:rate grr:rate"
    names = " ".join([names, *(f"{name}:rate" for name in more)])
    last = records(known.tail(1))[0]
    return ReportFigure(
        "nrr",
        ask.t("page.retention.history.title"),
        ask.t(
            "report.nrr",
            period=ask.period(last[label]),
            nrr=numbers.rate(last["nrr"]),
            grr=numbers.rate(last["grr"]),
            n=numbers.count(last["starting_customers"], ask.language, accounts=True),
        ),
        ask.table(records(known), names),
        charts.retention_history.draw(known, ask.look),
        ask.definition("retention"),
    )


def _survival(ask: Ask) -> ReportFigure | None:
    curve = ask.frame("survival", first=None, last=None)
    if curve.empty:
        return None
    names = "tenure:count at_risk:count churned:count survival:rate low:rate high:rate"
    median = records(curve.head(1))[0]["median"]
    said = (
        ask.t("page.retention.survival.not_reached")
        if median is None
        else numbers.months(int(median), ask.language)
    )
    return ReportFigure(
        "survival",
        ask.t("page.retention.survival.title"),
        ask.t("page.retention.survival.median", who=ask.t("filter.everyone"), median=said),
        ask.table(records(curve), names),
        charts.survival_curves.draw(curve, ask.look),
        ask.definition("survival"),
    )


# -- churn --------------------------------------------------------------------------------


def _trend(ask: Ask) -> churn_study.Trend | None:
    """The churn of all complete periods in its limits; None where nobody was ever a customer at
    the start of one."""
    of = churn_study.series(
        ask.frame("churn", first=None),
        ask.frame("mrr_movements", first=None),
        ask.options.policies,
        ask.options.period,
    )
    if not len(of):
        return None
    fiscal = ask.options.fiscal_start
    levels = churn_study.levels(of, ask.frame("cohorts", first=None), fiscal)
    return churn_study.customer_trend(of, fiscal, levels)


def _churn_verdict(ask: Ask, trend: churn_study.Trend) -> str:
    season = churn_study.SEASON[trend.series.grain]
    fact = churn_facts.trend_fact(trend.chart, trend.changes, season)
    return facts.sentence(ask, fact, trend.series.periods, ask.options.period)


def churn(ask: Ask) -> Section:
    trend = _trend(ask)
    figures = [_limits(ask, trend) if trend else None, _answered(ask, _reasons)]
    return Section(
        "churn",
        ask.t("page.churn.title"),
        ask.t("page.churn.question"),
        (_churn_verdict(ask, trend),) if trend else (),
        figures=tuple(figure for figure in figures if figure),
    )


def _limits(ask: Ask, trend: churn_study.Trend) -> ReportFigure:
    of = trend.series
    first = of.periods[-24:][0]
    frame = churn_study.limits_frame(trend, first)
    label = period_column(of.grain)
    names = (
        f"{label}:period numerator=lost_customers:count denominator=base:count"
        " rate:rate lower=limit_low:rate upper=limit_high:rate"
    )
    changes = [
        MarkedChange(of.periods[change.index], change.p)
        for change in trend.changes
        if of.periods[change.index] > first
    ]
    return ReportFigure(
        "churn",
        ask.t(f"page.churn.trend.customers.{ask.options.period}"),
        ask.t("page.churn.trend.key"),
        ask.table(records(frame), names),
        charts.rate_with_limits.draw(
            frame, ask.look, changes=changes, forecast=churn_study.forecast_frame(trend)
        ),
        ask.definition("churn"),
    )


def _reasons(ask: Ask) -> ReportFigure | None:
    found = ask.frame("churn_reasons")
    if found.empty or found["cancel_reason"].isna().all() or ask.masks:
        return None
    rows = leavers.reasons(found)
    said = [
        {
            "reason": ask.t("chart.blank")
            if row["kind"] == "blank"
            else ask.t("chart.other")
            if row["kind"] == "other"
            else plain(row["reason"]),
            "customers": row["customers"],
            "mrr": row["mrr"],
        }
        for row in records(rows)
    ]
    return ReportFigure(
        "reasons",
        ask.t("page.churn.reasons.title"),
        ask.t("page.churn.reasons.line.customers"),
        ask.table(said, "reason:text customers:count mrr:money"),
        charts.churn_reasons.draw(rows, ask.look),
        ask.definition("churn_reasons"),
    )


# -- for investors ------------------------------------------------------------------------


def concentration(ask: Ask) -> Section:
    """How much of MRR hangs on the largest accounts, and NRR without the largest of a year ago."""
    of = months(ask)
    last = str(of.kpis[-1][of.label])
    now = _account_mrr(ask, of.label, last)
    whole = sum(now.values(), start=Decimal(0))
    ordered = sorted(now.values(), reverse=True)
    rows = [
        {
            "largest": numbers.count(n),
            "mrr": sum(ordered[:n], start=Decimal(0)),
            "share": float(sum(ordered[:n], start=Decimal(0)) / whole) if whole else None,
        }
        for n in LARGEST
        if n <= len(ordered)
    ]
    figure = ReportFigure(
        "concentration",
        ask.t("report.concentration.title"),
        ask.t("report.concentration.line", period=ask.period(last)),
        ask.table(rows, "largest:text mrr:money share:rate"),
        None,
        ask.t("report.concentration.how"),
    )
    retained = _without_largest(ask, of, now)
    figures = (figure, retained) if retained else (figure,)
    return Section("concentration", ask.t("report.concentration.title"), "", figures=figures)


def _account_mrr(ask: Ask, label: str, period: str) -> dict[str, Decimal]:
    """MRR of each customer at the end of a period, from the ledger."""
    at = {"currency": ask.currency}
    options = replace(ask.options, first=None, last=period)
    found = ask.dataset.rows_behind("mrr_movements", at, options).frame()
    _, end = days_of_label(period, ask.options.fiscal_start)
    held: dict[str, tuple[Any, Decimal]] = {}
    for row in found[["account_id", "date", "mrr_after"]].to_dict("records"):
        if row["date"] <= end:
            kept = held.get(row["account_id"])
            if kept is None or row["date"] >= kept[0]:
                held[row["account_id"]] = (row["date"], row["mrr_after"])
    return {account: mrr for account, (_, mrr) in held.items() if mrr > 0}


def _without_largest(ask: Ask, of: Months, now: Mapping[str, Decimal]) -> ReportFigure | None:
    if ask.options.period != "month" or len(of.kpis) <= 12:
        return None
    then = _account_mrr(ask, of.label, str(of.kpis[-13][of.label]))
    if len(then) < 2:
        return None
    largest = min(then, key=lambda account: (-then[account], account))
    rest = [account for account in then if account != largest]
    base = sum((then[a] for a in rest), start=Decimal(0))
    kept = sum((now.get(a, Decimal(0)) for a in rest), start=Decimal(0))
    capped = sum((min(then[a], now.get(a, Decimal(0))) for a in rest), start=Decimal(0))
    row = {
        "starting_customers": len(rest),
        "starting_mrr": base,
        "nrr": float(kept / base),
        "grr": float(capped / base),
    }
    return ReportFigure(
        "without_largest",
        ask.t("report.without_largest.title"),
        ask.t("report.without_largest.line"),
        ask.table([row], "starting_customers:count starting_mrr:money nrr:rate grr:rate"),
        None,
        ask.definition("retention"),
    )


def efficiency(ask: Ask) -> Section:
    """What a new customer costs and brings; n/a where the costs are not in the data."""
    of = months(ask)
    costs = {row[of.label]: row for row in of.kpis if row.get("cac") is not None}
    rows = [
        {
            of.label: row[of.label],
            "arpa": row["arpa"],
            "ltv": row["ltv"],
            "cac": row["cac"],
            "ltv_cac": row["ltv_cac"],
            "payback_months": row["payback_months"],
        }
        for row in of.kpis[-12:]
    ]
    names = f"{of.label}:period arpa:money ltv:money cac:money ltv_cac:number payback_months:number"
    line = ask.t("report.efficiency.line" if costs else "report.efficiency.no_costs")
    figure = ReportFigure(
        "efficiency",
        ask.t("report.efficiency.title"),
        line,
        ask.table(rows, names),
        None,
        ask.definition("kpis"),
    )
    return Section("efficiency", ask.t("report.efficiency.title"), "", figures=(figure,))


def definitions(ask: Ask) -> Section:
    """Every policy, what it is set to, and what that means."""
    policies = ask.options.policies.as_dict()
    changed = ask.options.policies.changed()
    rows = [
        {
            "policy": ask.t(f"filter.policy.{name}.title"),
            "setting": _setting(ask, name, value),
            "usual": "" if name in changed else ask.t("report.usual"),
        }
        for name, value in policies.items()
    ]
    meanings = [
        {"figure": ask.t(f"metric.{name}.title"), "meaning": ask.definition(name)}
        for name in ("mrr_movements", "churn", "retention", "cohorts", "survival", "kpis")
    ]
    return Section(
        "definitions",
        ask.t("page.definitions.title"),
        ask.t("report.definitions"),
        figures=(
            ReportFigure(
                "meanings",
                ask.t("report.meanings"),
                "",
                ask.table(meanings, "figure:text meaning:text"),
            ),
            ReportFigure(
                "policies",
                ask.t("report.policies"),
                "",
                ask.table(rows, "policy:text setting:text usual:text"),
            ),
        ),
    )


def _setting(ask: Ask, name: str, value: object) -> str:
    text = str(value)
    bare, _, days = text.partition(":")
    key = f"filter.policy.{name}.{bare}"
    try:
        return ask.t(key, days=days)
    except KeyError:
        return text


# -- for customer success -----------------------------------------------------------------


def at_risk(ask: Ask) -> Section:
    from cs_core.studies import risk

    known = risk.known(ask.dataset.warehouse, ask.options)
    listed = risk.listed(ask.dataset.warehouse, ask.options, known, ask.dataset.health_rules)
    accounts = [dict(zip(listed.columns, row, strict=True)) for row in listed.rows]
    chance = known.learned.model is not None
    ranked = risk.ranking(known.present, ask.dataset.health_rules)
    worth = risk.to_call(ranked)
    staying = [row for row in accounts if not row["notice_given"]]
    leaving = [row for row in accounts if row["notice_given"]]
    colours = [
        {
            "colour": reasons.colour(ask, colour),
            "accounts": len(held),
            "mrr": sum((row["mrr"] for row in held), start=Decimal(0)),
            "mrr_at_risk": sum((row["mrr_at_risk"] or 0 for row in held), start=Decimal(0))
            if chance
            else None,
        }
        for colour in ("red", "yellow", "green")
        for held in [[row for row in staying if row["colour"] == colour]]
    ]
    calls = [
        {
            "name": ask.name(row["account_id"], row["name"]),
            "mrr": row["mrr"],
            "health": reasons.health(row["health"], row["colour"]),
            "probability": row["probability"],
            "mrr_at_risk": row["mrr_at_risk"],
            "reasons": "; ".join(reasons.chips(ask, row["reasons"], chance)),
            "next_renewal": row["next_renewal"],
            "play": reasons.play(ask, row["play"]),
        }
        for row in [row for row, call in zip(accounts, worth, strict=True) if call][:CALLS]
    ]
    money = "colour:text accounts:count mrr:money" + " mrr_at_risk:money" * chance
    names = "name:text mrr:money health:text" + " probability:rate mrr_at_risk:money" * chance
    figures = [
        ReportFigure(
            "colours",
            ask.t("report.colours.title"),
            ask.t("report.colours.line"),
            ask.table(colours, money),
        ),
        ReportFigure(
            "calls",
            ask.t("report.calls.title"),
            ask.t("report.calls.line" if chance else "report.calls.no_model", n=len(calls)),
            ask.table(calls, f"{names} reasons:text next_renewal:date play:text"),
            None,
            ask.definition("accounts"),
        ),
    ]
    if leaving:
        rows = [
            {
                "name": ask.name(row["account_id"], row["name"]),
                "mrr": row["mrr"],
                "next_renewal": row["next_renewal"],
            }
            for row in leaving
        ]
        figures.append(
            ReportFigure(
                "notices",
                ask.t("report.notices.title"),
                ask.t("report.notices.line"),
                ask.table(rows, "name:text mrr:money next_renewal:date"),
            )
        )
    return Section(
        "at_risk",
        ask.t("page.accounts_at_risk.title"),
        ask.t("page.accounts_at_risk.question"),
        figures=tuple(figures),
    )


def renewals(ask: Ask) -> Section:
    figures = [_answered(ask, part) for part in (_due, _renewed)]
    return Section(
        "renewals",
        ask.t("page.renewals.title"),
        ask.t("page.renewals.question"),
        figures=tuple(figure for figure in figures if figure),
    )


def _due(ask: Ask) -> ReportFigure | None:
    if not ask.dataset.info.terms:
        return None
    due = ask.frame("contracts_due", first=None, last=None, period="month")
    as_of = ask.options.as_of or ask.dataset.info.as_of
    near = records(renewal_study.within(due, as_of, 90)) if len(due) else []
    rows = [
        {
            "name": ask.name(row["account_id"], row["name"]),
            "term_end": row["term_end"],
            "mrr": row["mrr"],
            "notice": row["notice_day"],
        }
        for row in near
    ]
    within = [
        (days, [r for r in rows if (r["term_end"] - as_of).days <= days]) for days in (30, 60, 90)
    ]
    line = ask.t("filter.separator").join(
        ask.t(
            "report.due",
            days=days,
            n=numbers.count(len(held)),
            mrr=ask.money(sum((r["mrr"] for r in held), start=Decimal(0))),
        )
        for days, held in within
    )
    return ReportFigure(
        "due",
        ask.t("report.due_title"),
        line,
        ask.table(rows, "name:text term_end:date mrr:money notice:date"),
        None,
        ask.definition("contracts_due"),
    )


def _renewed(ask: Ask) -> ReportFigure | None:
    found = ask.frame("renewals")
    matured = found[found["renewal_rate"].notna()]
    if matured.empty:
        return None
    label = period_column_of(matured)
    names = (
        f"{label}:period due:count renewed:count renewal_rate:rate due_mrr:money"
        " renewed_mrr:money renewal_rate_mrr:rate"
    )
    return ReportFigure(
        "renewals",
        ask.t("page.retention.renewals.title"),
        ask.t("page.retention.renewals.line"),
        ask.table(records(matured.tail(24)), names),
        charts.renewal_rate.draw(matured.tail(24), ask.look),
        ask.definition("renewals"),
    )


SECTIONS: dict[str, Callable[[Ask], Section]] = {
    "headline": headline,
    "retention": retention,
    "churn": churn,
    "concentration": concentration,
    "efficiency": efficiency,
    "definitions": definitions,
    "at_risk": at_risk,
    "renewals": renewals,
}
OF_PRESET: dict[str, tuple[str, ...]] = {
    "overview": ("headline", "retention", "churn"),
    "board": ("headline", "retention", "concentration", "efficiency", "churn", "definitions"),
    "at-risk": ("at_risk", "renewals"),
}
OF_PAGE: dict[str, tuple[str, ...]] = {
    "overview": ("headline",),
    "retention": ("retention",),
    "churn": ("churn",),
    "accounts_at_risk": ("at_risk",),
    "renewals": ("renewals",),
}


def sections_of(preset: str, page: str) -> tuple[str, ...]:
    """Raises UsageError for a preset or page that does not exist."""
    if preset == "page":
        if page not in OF_PAGE:
            known = ", ".join(OF_PAGE)
            raise UsageError("unknown_option_value", option="--page", value=page, known=known)
        return OF_PAGE[page]
    if preset not in OF_PRESET:
        known = ", ".join((*OF_PRESET, "page"))
        raise UsageError("unknown_option_value", option="--preset", value=preset, known=known)
    return OF_PRESET[preset]


def drawings(sections: Sequence[Section]) -> list[Drawing]:
    return [f.drawing for s in sections for f in s.figures if f.drawing is not None]
