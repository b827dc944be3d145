"""Headline figures of a scenario, and what it says in words."""

from __future__ import annotations

from typing import Literal

from cs_core.domain.proportion import SMALL_SAMPLE
from cs_core.models.assumptions import Assumptions, specs
from cs_core.text import numbers
from pages.frame.here import Here
from pages.plan.lifetime_value import form
from pages.plan.lifetime_value.scenarios import Laboratory
from pages.plan.lifetime_value.study import Study
from pages.shared.panels import Tile

_KEY = "page.lifetime_value.tile."


def tiles(on: Here, found: Study) -> list[Tile]:
    """LTV, lifetime, LTV:CAC and payback; without a CAC the last two say what they need."""
    return [_ltv(on, found), _lifetime(on, found), _ltv_cac(on, found), _payback(on, found)]


def _help(on: Here, name: str) -> str:
    return on.t(f"page.lifetime_value.help.{name}")


def _mood(found: Study, change: float) -> Literal["good", "bad", "usual"]:
    """Coloured only where something was moved: the rest is the data's own noise."""
    if not found.changed or change == 0:
        return "usual"
    return "good" if change > 0 else "bad"


def _ltv(on: Here, found: Study) -> Tile:
    now, simulation = found.now.ltv, found.simulation
    change = now - found.base.ltv
    label = on.t(_KEY + "ltv", n=found.scenario.horizon)
    if not found.scenario.arpa:
        note = on.t("page.lifetime_value.form.missing")
        return Tile(
            label, numbers.MISSING, help=_help(on, "ltv"), note=f"{on.t('assumption.arpa')}: {note}"
        )
    few = max((month.opening_customers for month in found.of.months), default=found.of.customers)
    spread = on.t(_KEY + "range", low=on.money(simulation.p10), high=on.money(simulation.p90))
    return Tile(
        label,
        on.money(now),
        help=_help(on, "ltv"),
        delta=on.money(change, signed=True, minus="-") if found.changed else None,
        versus=on.t(_KEY + "base") if found.changed else "",
        mood=_mood(found, change),
        note=on.t(_KEY + "few", n=numbers.count(few)) if few < SMALL_SAMPLE else spread,
        warn=few < SMALL_SAMPLE,
    )


def _lifetime(on: Here, found: Study) -> Tile:
    now, base = found.now.lifetime, found.base.lifetime
    label, note = on.t(_KEY + "lifetime"), churn_words(on, found)
    if now is None:
        forever = on.t(_KEY + "forever")
        return Tile(label, forever, help=_help(on, "lifetime"), note=on.t(_KEY + "forever_note"))
    change = None if base is None or not found.changed else now - base
    said = None
    if change is not None:
        said = ("+" if change > 0 else "") + numbers.decimal(change, minus="-")
    return Tile(
        label,
        numbers.months(now, on.language, 1),
        help=_help(on, "lifetime"),
        delta=said,
        versus=on.t(_KEY + "base") if said else "",
        mood=_mood(found, change or 0.0),
        note=note,
    )


def churn_words(on: Here, found: Study) -> str:
    rates = [numbers.rate(getattr(found.scenario, name)) for name in found.scenario.churns]
    return on.t(_KEY + "churn_note", churn=" · ".join(rates))


def _ltv_cac(on: Here, found: Study) -> Tile:
    now, base = found.now.ltv_cac, found.base.ltv_cac
    label = on.t(_KEY + "ltv_cac")
    if now is None or not found.scenario.arpa:
        note = on.t(_KEY + "no_cac") if now is None else ""
        return Tile(label, numbers.MISSING, help=_help(on, "ltv_cac"), note=note)
    change = now - base if base is not None and found.changed else None
    beats = found.simulation.beats
    return Tile(
        label,
        numbers.decimal(now),
        help=_help(on, "ltv_cac"),
        delta=None
        if change is None
        else ("+" if change > 0 else "") + numbers.decimal(change, minus="-"),
        versus="" if change is None else on.t(_KEY + "base"),
        mood=_mood(found, change or 0.0),
        note="" if beats is None else on.t(_KEY + "beats", share=numbers.rate(beats, 0)),
    )


def _payback(on: Here, found: Study) -> Tile:
    label = on.t(_KEY + "payback")
    if not found.scenario.cac or not found.scenario.arpa:
        price = found.scenario.arpa * (1 + found.scenario.price_change)
        return Tile(
            on.t(_KEY + "margin"),
            on.money(price * found.scenario.gross_margin) if price else numbers.MISSING,
            help=_help(on, "margin"),
            note=on.t(
                _KEY + "arpa_note",
                arpa=on.money(price),
                margin=numbers.rate(found.scenario.gross_margin, 0),
            )
            if price
            else "",
        )
    now, before = found.now.payback, found.base.payback
    low, high = found.simulation.payback_range
    horizon = found.scenario.horizon
    if low is None:
        note = on.t(_KEY + "payback_range_never", n=horizon)
    elif high is None:
        note = on.t(_KEY + "payback_range_open", low=low)
    else:
        note = on.t(_KEY + "payback_range", low=low, high=high)
    change = now - before if now is not None and before is not None and found.changed else None
    return Tile(
        label,
        on.t(_KEY + "never") if now is None else numbers.months(now, on.language),
        help=_help(on, "payback"),
        delta=None if change is None else f"{change:+d}" if change else "0",
        versus="" if change is None else on.t(_KEY + "base"),
        mood=_mood(found, -(change or 0)),  # sooner is better
        note=note,
    )


def sentence(on: Here, found: Study) -> str:
    """What a point of churn is worth, against price, margin and CAC."""
    key = "page.lifetime_value.point."
    point, scenario = found.simulation.point, found.scenario
    if not any(getattr(scenario, name) for name in scenario.churns):
        return on.t(key + "no_churn")
    if point.price is None or point.margin is None or point.worth <= 0:
        return on.t(key + "nothing")
    margin = ""
    if scenario.gross_margin + point.margin <= 1:
        said = numbers.points(point.margin).removeprefix("+")
        margin = on.t(key + "margin", margin=said)
    return on.t(
        key + "worth",
        points=_points(on, point.points),
        worth=on.money(point.worth),
        price=numbers.rate(point.price),
        margin=margin,
        cac=on.money(point.cac),
    )


def _points(on: Here, share: float) -> str:
    size = "one" if share >= 0.01 else "tenth"
    return on.t(f"page.lifetime_value.point.{size}")


def changes(on: Here, lab: Laboratory, scenario: Assumptions) -> str:
    """What differs from the baseline, in words and numbers."""
    own = lab.baseline.assumptions
    known = {spec.name: spec for spec in specs()}
    parts = []
    for name in scenario.changed(own):
        if known[name].unit == "flag":
            words = "phases" if getattr(scenario, name) else "one"
            said = on.t(f"page.lifetime_value.form.{words}")
            parts.append(f"{on.t('page.lifetime_value.form.churn')}: {said}")
        elif name != "horizon":
            before, after = (
                form.said(on, known[name], getattr(of, name)) for of in (own, scenario)
            )
            parts.append(f"{on.t(known[name].text)} {before} → {after}")
    return "; ".join(parts) or numbers.MISSING
