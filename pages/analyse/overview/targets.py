"""What a company wants to reach: one target a headline figure, kept with the dataset and said on
the figure's tile."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from cs_core.domain import benchmarks
from cs_core.text import numbers
from pages.frame import session
from pages.frame.here import Here
from pages.shared import compared

FIGURES = (
    "mrr",
    "customers",
    "customer_churn_rate",
    "net_mrr_churn_rate",
    "nrr",
    "grr",
    "arpa",
    "ltv",
)
LOSSES = ("customer_churn_rate", "net_mrr_churn_rate")  # the lower the better, and by the period
RATES = (*LOSSES, "nrr", "grr")
MONEY = ("mrr", "arpa", "ltv")
# Levels of everybody; a rate or an average can be held against a part of the customers too.
TOTALS = ("mrr", "customers")
QUOTED_MONTHS = 36  # what lifetime value is quoted over
MOST = 1e15


def kept(on: Here) -> Mapping[str, float]:
    """The targets that hold for what is on screen, by figure; rates as shares of 1."""
    all_of_them = _stored(on)
    found = {name: all_of_them.get(_kept_as(on, name)) for name in FIGURES}
    return {
        name: value
        for name, value in found.items()
        if value is not None and not (on.filters.where and name in TOTALS)
    }


def note(on: Here, name: str, target: float, now: float | None) -> str:
    """`target 105% · below`."""
    whole = round(target * 100, 6).is_integer()
    said = numbers.rate(target, 0 if whole else 1) if name in RATES else _level(on, name, target)
    if now is None:
        return on.t("panel.target_only", value=said)
    met = now <= target if name in LOSSES else now >= target
    missed = "target_above" if name in LOSSES else "target_below"
    return on.t(f"panel.{'target_met' if met else missed}", value=said)


def draw(on: Here) -> None:
    """The form, in a popover; a field left empty is a figure without a target."""
    with st.popover(
        on.t("page.overview.targets.label"),
        icon=":material/flag:",
        type="tertiary",
        key="targets",
        on_change="rerun",
    ) as panel:
        if panel.open:
            _form(on)


def benchmark_lines(on: Here) -> str:
    """What others report of monthly churn, for the tile's explanation; nothing for longer
    periods."""
    if on.filters.period != "month":
        return ""
    known = benchmarks.of_measure("monthly_churn")
    said = "\n".join(f"- {compared.source_words(on, item)}" for item in known)
    return f"\n\n{on.t('page.overview.targets.benchmarks')}\n\n{said}"


def _form(on: Here) -> None:
    st.markdown(f"**{on.t('page.overview.targets.title')}**")
    st.markdown(f":small[:gray[{on.t('page.overview.targets.line')}]]")
    stored = _stored(on)
    halves = st.columns(2)
    for place, name in enumerate(FIGURES):
        kept_as = _kept_as(on, name)
        value, share = stored.get(kept_as), name in RATES
        key = f"target-{kept_as}-{on.dataset.name}"
        session.mirror(key, None if value is None else round(value * 100, 6) if share else value)
        halves[place % 2].number_input(
            _label(on, name),
            min_value=-100.0 if name == "net_mrr_churn_rate" else 0.0,
            max_value=1000.0 if share else MOST,
            value=None,
            step=0.1 if share else None,
            format="%.1f" if share else "%.0f",
            placeholder=on.t("page.overview.targets.none"),
            key=key,
            on_change=_keep,
            args=(on, name, key),
        )


def _label(on: Here, name: str) -> str:
    title = on.t(f"page.overview.tile.{name}", n=QUOTED_MONTHS)
    if name in RATES:
        return f"{title} (%)"
    return (
        f"{title} ({numbers.currency_mark(on.currency, on.language)})" if name in MONEY else title
    )


def _keep(on: Here, name: str, key: str) -> None:
    value = session.value(key)
    targets = {k: v for k, v in _stored(on).items() if k != _kept_as(on, name)}
    if value is not None:
        targets[_kept_as(on, name)] = value / 100 if name in RATES else value
    on.dataset.set_setting("targets", targets)


def _stored(on: Here) -> Mapping[str, float]:
    found = on.dataset.setting("targets", {})
    return found if isinstance(found, dict) else {}


def _kept_as(on: Here, name: str) -> str:
    """A target of a month is none of a quarter, and one in yen is none in dollars."""
    if name in LOSSES:
        return f"{name}.{on.filters.period}"
    return f"{name}.{on.currency}" if name in MONEY else name


def _level(on: Here, name: str, value: float) -> str:
    if name in MONEY:
        return numbers.money(value, on.currency, on.language)
    return numbers.count(int(value), on.language, accounts=True)
