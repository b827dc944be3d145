"""The headline tiles: each figure of the last complete period against its own past."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Any

from cs_core.domain.periods import period_column_of
from cs_core.domain.proportion import SMALL_SAMPLE
from cs_core.errors import CannotAnswerError
from cs_core.text import numbers
from pages.analyse.overview import targets
from pages.frame import loaders
from pages.frame.here import Here
from pages.shared import panels, signals
from pages.shared.panels import Tile
from pages.shared.signals import Signals

FEW_CUSTOMERS = 10  # below it counts stand in for rates
ROLLING = ("nrr", "grr")  # each period's holds eleven twelfths of the one before

# Figure -> the page that says more of it, and its view there.
DOORS = {
    "mrr": ("retention", "net_mrr"),
    "customers": ("retention", "customers"),
    "customer_churn_rate": ("churn", "customers"),
    "net_mrr_churn_rate": ("churn", "mrr"),
    "nrr": ("retention", "net_mrr"),
    "grr": ("retention", "gross_mrr"),
    "arpa": ("lifetime_value", ""),
    "ltv": ("lifetime_value", ""),
    "quick_ratio": ("churn", "mrr"),
}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Figures:
    """Rows of `kpis` and `churn` for the complete periods, oldest first, and the last of
    `retention`; `partial` are the labels of periods that are not over."""

    kpis: list[Row]
    churn: list[Row]
    retention: Row
    partial: frozenset[str]
    label: str
    signals: Signals

    @property
    def latest(self) -> str | None:
        return str(self.churn[-1][self.label]) if self.churn else None

    @property
    def in_force(self) -> int:
        """How many of the periods are of the level in force."""
        return sum(str(row[self.label]) >= self.signals.since for row in self.kpis)


def read(on: Here) -> Figures:
    """From the first period of the data, whatever range is shown: a year ago must be in it."""
    return loaders.derived(on.dataset, "key-figures", (on.filters,), lambda: _read(on))


def _read(on: Here) -> Figures:
    options = on.filters.options(first=None)
    churn = on.frame("churn", options)
    kpis = on.frame("kpis", options)
    label = period_column_of(churn)
    partial = frozenset(churn.loc[churn["partial"].astype(bool), label])
    return Figures(
        [row for row in records(kpis) if row[label] not in partial],
        [row for row in records(churn) if row[label] not in partial],
        next(iter(records(on.frame("retention", options).tail(1))), {}),
        partial,
        label,
        signals.read(on),
    )


def records(frame: Any) -> list[Row]:
    clean = frame.astype(object).where(frame.notna(), None)
    found: list[Row] = clean.to_dict("records")
    return found


def draw(on: Here, figures: Figures) -> None:
    """Two rows of four."""
    if not figures.kpis:
        panels.empty(on.t("page.overview.no_complete_period"))
        return
    now = figures.kpis[-1]
    drawn = {
        "mrr": _amount(on, figures, "mrr", on.money),
        "customers": _amount(on, figures, "customers", _accounts(on)),
        "customer_churn_rate": _churn(on, figures),
        "net_mrr_churn_rate": _rate(on, figures, "net_mrr_churn_rate", good="down"),
        "nrr": _rate(on, figures, "nrr", good="up"),
        "grr": _rate(on, figures, "grr", good="up"),
        "arpa": _amount(on, figures, "arpa", on.money),
    }
    worth = _ltv(on)
    if worth is not None:
        drawn["ltv"], now = worth[0], {**now, "ltv": worth[1]}
    else:
        drawn["quick_ratio"] = _ratio(on, figures)
    for name, target in targets.kept(on).items():
        if name in drawn:
            drawn[name] = _aimed(on, drawn[name], targets.note(on, name, target, now[name]))
    row = [replace(tile, door=DOORS[name]) for name, tile in drawn.items()]
    panels.tiles("first", row[:4])
    panels.tiles("second", row[4:])


# -- one tile -----------------------------------------------------------------------------


def _aimed(on: Here, tile: Tile, said: str) -> Tile:
    """A target takes the small line; only a small sample keeps its warning beside it."""
    note = on.t("panel.two_notes", first=tile.note, second=said) if tile.warn else said
    return replace(tile, note=note)


def _accounts(on: Here) -> Callable[..., str]:
    return lambda value, **more: numbers.count(value, on.language, accounts=True, **more)


def _amount(on: Here, figures: Figures, name: str, say: Callable[..., str]) -> Tile:
    """A level: what is usual is judged by its changes, relative to it."""
    values = [row[name] for row in figures.kpis]
    now, before = values[-1], values[-2] if len(values) > 1 else None
    return Tile(
        on.t(f"page.overview.tile.{name}"),
        say(now),
        help=on.t(f"page.overview.help.{name}"),
        delta=None if None in (now, before) else say(now - before, signed=True, minus="-"),
        versus=_versus(on, figures),
        mood=_mood(figures, signals.changes(values, relative=True), "up"),
        history=[None if v is None else float(v) for v in values],
        note=_year_ago(on, figures, name, say),
    )


def _rate(on: Here, figures: Figures, name: str, good: str) -> Tile:
    """A share: what is usual is judged by its values, of one that rolls by its changes; a change
    is said in points."""
    values = [row[name] for row in figures.kpis]
    now, before = values[-1], values[-2] if len(values) > 1 else None
    customers = figures.churn[-1]["opening_customers"]
    if name in ROLLING:
        customers = figures.retention.get("starting_customers", 0)
    few = customers < FEW_CUSTOMERS
    year_ago = _back(figures, values)
    past = (
        on.t("panel.no_year_ago")
        if year_ago is None
        else on.t("panel.year_ago_only", value=numbers.rate(year_ago))
    )
    limits = [figures.retention.get(f"{name}_{end}") for end in ("low", "high")]
    if None not in limits:
        low, high = (numbers.rate(limit, 0) for limit in limits)
        said = on.t("panel.interval", low=low.rstrip("%"), high=high)
        past = on.t("panel.two_notes", first=said, second=past)
    small = on.t("panel.small_sample", n=numbers.count(customers))
    note = small if customers < SMALL_SAMPLE else past
    return Tile(
        on.t(f"page.overview.tile.{name}"),
        numbers.MISSING if few else numbers.rate(now),
        help=on.t(f"page.overview.help.{name}"),
        delta=None if few or None in (now, before) else numbers.points(now - before, minus="-"),
        versus=_versus(on, figures),
        mood=_mood(
            figures, signals.changes(values, relative=False) if name in ROLLING else values, good
        ),
        history=() if few else values,
        note=note,
        warn=customers < SMALL_SAMPLE,
    )


def _churn(on: Here, figures: Figures) -> Tile:
    now = figures.churn[-1]
    before = figures.churn[-2] if len(figures.churn) > 1 else None
    rate, opening = now["customer_churn_rate"], now["opening_customers"]
    past = before["customer_churn_rate"] if before else None
    usual = figures.signals.churn_range
    mood: signals.Mood = "usual"
    if usual and rate is not None and not usual[0] <= rate <= usual[1]:
        mood = "bad" if rate > usual[1] else "good"
    if opening < SMALL_SAMPLE:
        note = on.t("panel.small_sample", n=numbers.count(opening))
    elif usual:
        low, high = numbers.rate(usual[0]).rstrip("%"), numbers.rate(usual[1])
        note = on.t("panel.usual_range", low=low, high=high)
    else:
        note = on.t("panel.n_only", n=numbers.count(opening))
    few = opening < FEW_CUSTOMERS
    return Tile(
        on.t("page.overview.tile.customer_churn_rate"),
        f"{now['lost_customers']}/{opening}" if few else numbers.rate(rate),
        help=on.t("page.overview.help.customer_churn_rate") + targets.benchmark_lines(on),
        delta=None if few or None in (rate, past) else numbers.points(rate - past, minus="-"),
        versus=_versus(on, figures),
        mood=mood,
        history=() if few else [row["customer_churn_rate"] for row in figures.churn],
        note=note,
        warn=opening < SMALL_SAMPLE,
    )


def _ltv(on: Here) -> tuple[Tile, float] | None:
    """The one to quote: what customers were seen to pay over the longest horizon that has limits,
    up to three years. None where there is none yet."""
    try:
        found = records(on.frame("ltv", on.filters.options(period="month", fiscal_start=1)))
    except CannotAnswerError:
        return None
    known = [
        row
        for row in found
        if row["method"] == "finite_horizon"
        and row["low"] is not None
        and row["horizon_months"] <= targets.QUOTED_MONTHS
    ]
    if not known:
        return None
    row = known[-1]
    say = on.money
    tile = Tile(
        on.t("page.overview.tile.ltv", n=int(row["horizon_months"])),
        say(row["value"]),
        help=on.t("page.overview.help.ltv"),
        note=on.t("page.overview.ltv_range", low=say(row["low"]), high=say(row["high"])),
    )
    return tile, float(row["value"])


def _ratio(on: Here, figures: Figures) -> Tile:
    values = [row["quick_ratio"] for row in figures.kpis]
    now, before = values[-1], values[-2] if len(values) > 1 else None
    year_ago = _back(figures, values)
    return Tile(
        on.t("page.overview.tile.quick_ratio"),
        numbers.decimal(now),
        help=on.t("page.overview.help.quick_ratio"),
        delta=None if now is None or before is None else _signed(float(now) - float(before)),
        versus=_versus(on, figures),
        mood=_mood(figures, [None if not v or v <= 0 else log(v) for v in values], "up"),
        history=[None if v is None else float(v) for v in values],
        note=on.t("page.overview.nothing_lost")
        if now is None
        else on.t("panel.no_year_ago")
        if year_ago is None
        else on.t("panel.year_ago_only", value=numbers.decimal(year_ago)),
    )


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + numbers.decimal(value, minus="-")


def _mood(figures: Figures, values: Sequence[Any], good: str) -> signals.Mood:
    """The last of the values, or changes, against those before it in the level in force."""
    # A change counts where both its ends are of the level.
    held = figures.in_force - (len(figures.kpis) - len(values))
    kept = [None if v is None else float(v) for v in values[len(values) - held :]]
    past = [v for v in kept[:-1] if v is not None]
    return signals.mood(past, kept[-1] if kept else None, good)


def _versus(on: Here, figures: Figures) -> str:
    if len(figures.kpis) < 2:
        return ""
    return on.t(f"page.overview.versus.{on.filters.period}", period=_short(on, figures))


def _short(on: Here, figures: Figures) -> str:
    label = str(figures.kpis[-2][figures.label])
    said = numbers.period(label, on.language)
    return said.split(" ")[0] if on.language == "en" and on.filters.period == "month" else said


def _back(figures: Figures, values: list[Any]) -> Any:
    label = str(figures.kpis[-1][figures.label])
    wanted = f"{int(label[:4]) - 1}{label[4:]}"
    for row, value in zip(figures.kpis, values, strict=True):
        if row[figures.label] == wanted:
            return value
    return None


def _year_ago(on: Here, figures: Figures, name: str, say: Callable[..., str]) -> str:
    values = [row[name] for row in figures.kpis]
    then, now = _back(figures, values), values[-1]
    if then is None or now is None:
        return on.t("panel.no_year_ago")
    if not then:
        return on.t("panel.year_ago_only", value=say(then))
    change = float(now - then) / float(then)
    said = ("+" if change > 0 else "") + numbers.rate(change, 0)
    return on.t("panel.year_ago", value=say(then), change=said)
