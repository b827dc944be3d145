"""What stands on top: where MRR and customers are, whether churn is worse, how MRR moved."""

from __future__ import annotations

from cs_core import charts
from cs_core.reports import findings
from cs_core.reports.content import Kind, ReportFigure, Section, Tile
from cs_core.reports.sections.asking import Ask, Months, Record, months, shown
from cs_core.reports.sections.churn_trend import trend_of, verdict
from cs_core.text import numbers

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
    trend = trend_of(ask)
    said = [
        findings.mrr_sentence(ask, of.moves),
        *([verdict(ask, trend)] if trend else []),
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
