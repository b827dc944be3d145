"""What each definition does to a person's own figures, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import floor, log10
from typing import Any

import streamlit as st

from cs_core.charts.definitions import Kind, shown
from cs_core.domain.periods import period_column_of
from cs_core.domain.policies import VALUES, Policies
from cs_core.metrics.comparison import Number, idle_policies
from cs_core.metrics.options import Options
from cs_core.metrics.result import Result
from cs_core.studies.kpis import quick_ratio
from cs_core.text import numbers, t
from pages.frame import loaders, session
from pages.frame.here import Here
from pages.shared import filters, panels

# Figure -> how it is written. The order is that of the sentence.
KINDS: Mapping[str, Kind] = {
    "customer_churn_rate": "rate",
    "net_mrr_churn_rate": "rate",
    "gross_mrr_churn_rate": "rate",
    "closing_mrr": "money",
    "closing_customers": "count",
    "new_mrr": "money",
    "quick_ratio": "ratio",
}
MOST_NAMED = 3  # figures in one line
FEW = 10  # customers; below it a share is written as a count
# One number of days stands for all of them.
DAYS = {"reactivation_after_days": ("0", "30"), "past_due": ("active", "churn_after_days:30")}
# These only divide or add up differently what is there already.
LIGHT = {
    ("churn_denominator", "start"),
    ("churn_denominator", "start_plus_new"),
    ("same_period_churn", "separate"),
    ("same_period_churn", "count"),
    *(("net_churn_includes_reactivation", value) for value in ("no", "yes")),
    *(("quick_ratio_includes_reactivation", value) for value in ("no", "yes")),
}

Series = dict[str, dict[str, Number | None]]


@dataclass(frozen=True)
class Outcome:
    """What a value would do: `code` is force, idle, only_snapshot, later, or changed."""

    code: str
    series: Series | None = None


def ask(on: Here, metric: str, options: Options) -> Result:
    """A metric's result in the chosen currency, kept for a while."""
    found = loaders.derived(
        on.dataset, "result", (metric, options), lambda: on.dataset.run(metric, options)
    )
    return in_currency(on, found)


def in_currency(on: Here, found: Result) -> Result:
    """Only the chosen currency's rows where several stand side by side."""
    if on.info.joint or "currency" not in found.columns:
        return found
    at = found.columns.index("currency")
    return replace(found, rows=[row for row in found.rows if row[at] == on.currency])


def idle(on: Here) -> frozenset[str]:
    """The policies nothing in this dataset depends on."""
    return loaders.derived(on.dataset, "idle", (), lambda: idle_policies(on.dataset.warehouse))


def values_shown(name: str, current: str) -> list[str]:
    """The values of a policy on the page: all, one number of days, and the one in force."""
    known = list(DAYS.get(name, VALUES[name]))
    return known if current in known else [*known, current]


# -- figures ------------------------------------------------------------------------------


def series(on: Here, policies: Policies) -> Series:
    """The headline figures of every period in view under a set of policies."""
    options = on.filters.options(policies=policies)
    found: Series = {}
    for metric in ("mrr_movements", "churn"):
        result = ask(on, metric, options)
        label = period_column_of(result.columns)
        for row in result.rows:
            record: dict[str, Any] = dict(zip(result.columns, row, strict=True))
            found.setdefault(record[label], {}).update(record)
    for record in found.values():
        record["quick_ratio"] = quick_ratio(record, policies)
    return found


def last_complete(found: Series) -> str | None:
    """The last period that is over."""
    complete = [label for label, row in found.items() if row.get("partial") is False]
    return complete[-1] if complete else None


def outcome(on: Here, name: str, value: str, base: Series, everything: bool) -> Outcome:
    """What setting one policy to one value would do; computed where that is quick, or asked for."""
    policies = on.filters.policies
    if getattr(policies, name) == value:
        return Outcome("force")
    if name in idle(on) or (name.startswith("reactivation") and not _anybody_returned(on)):
        return Outcome("idle")
    if name == "snapshot_at" and policies.movement_basis == "event":
        return Outcome("only_snapshot")
    light = (name, value) in LIGHT and policies.ledger_key() == "default"
    if not everything and not light and on.info.lines > loaders.SLOW_FROM:
        return Outcome("later")
    return Outcome("changed", series(on, replace(policies, **{name: value})))


def _anybody_returned(on: Here) -> bool:
    """Whether an account ever came back; only asked where the ledger's own rows tell."""
    policies = on.filters.policies
    if policies.movement_basis != "event" or policies.reactivation != "own":
        return True
    options = on.filters.options(first=None, last=None, period="month")
    result = ask(on, "mrr_movements", options)
    at = result.columns.index("reactivated_customers")
    return any(row[at] for row in result.rows)


# -- on the page --------------------------------------------------------------------------


@dataclass(frozen=True)
class Effects:
    """What each value would change, in words; `period` is the one it is said of."""

    said: Mapping[tuple[str, str], str]
    period: str | None
    later: int


def draw(on: Here) -> None:
    """Every policy with its explanation and what each of its values would change."""
    key = (on.filters, on.look)
    asked_key = f"work-out-{on.dataset.name}-{on.dataset.version}-{on.filters!r}"
    everything = bool(session.value(asked_key))
    title, place = st.container(), st.empty()
    large = on.info.lines > loaders.SLOW_FROM
    if everything and large and loaders.is_new(on.dataset, "effects", (*key, True)):
        _work_out(on, place)
    found = loaders.derived(
        on.dataset, "effects", (*key, everything), lambda: _effects(on, everything)
    )
    when = numbers.period(found.period, on.language) if found.period else ""
    line = on.t("page.definitions.policies.line", period=when)
    if found.period is None:
        line = on.t("page.definitions.policies.line_plain")
    with title:
        panels.heading(on.t("page.definitions.policies.title"), line, level=4)
    if found.later:
        with place.container(horizontal=True, vertical_alignment="center", key="work-out"):
            st.button(
                on.t("page.definitions.policies.work_out", n=found.later),
                icon=":material/calculate:",
                key="work-out-button",
                on_click=session.remember,
                args=(asked_key, True),
            )
            lines = numbers.count(on.info.lines)
            words = on.t("page.definitions.policies.work_out_line", lines=lines)
            st.markdown(f":small[:gray[{words}]]", width="content")
    _grid(on.language, on.filters.policies, lambda name, value: found.said[name, value])


def _work_out(on: Here, place: Any) -> None:
    """Asks everything, saying what is being done: on large data it takes a while."""
    base = series(on, on.filters.policies)
    for name in VALUES:
        said = t(f"filter.policy.{name}.title", on.language)
        words = on.t("page.definitions.policies.working", policy=said)
        place.markdown(f":small[:gray[{words}]]")
        for value in values_shown(name, getattr(on.filters.policies, name)):
            outcome(on, name, value, base, True)
    place.empty()


def _effects(on: Here, everything: bool) -> Effects:
    base = series(on, on.filters.policies)
    period = last_complete(base)
    outcomes = {
        (name, value): outcome(on, name, value, base, everything)
        for name in VALUES
        for value in values_shown(name, getattr(on.filters.policies, name))
    }
    said = {key: _said(on, found, base, period) for key, found in outcomes.items()}
    later = sum(found.code == "later" for found in outcomes.values())
    return Effects(said, period, later)


def draw_plain(language: str, policies: Policies | None = None) -> None:
    """The explanations alone, where there are no monthly figures."""
    line = t("page.definitions.policies.line_plain", language) if policies else ""
    panels.heading(t("page.definitions.policies.title_plain", language), line, level=4)
    _grid(language, policies, lambda name, value: "")


def _grid(language: str, policies: Policies | None, said: Any) -> None:
    with panels.beside():
        for name in VALUES:
            with st.container(border=True, height="stretch", key=f"policy-{name}", gap="small"):
                _policy(language, name, policies, said)


def _policy(language: str, name: str, policies: Policies | None, said: Any) -> None:
    st.markdown(
        f"**{t(f'filter.policy.{name}.title', language)}**  \n"
        f":small[:gray[{t(f'policy.{name}', language)}]]"
    )
    default = getattr(Policies(), name)
    current = getattr(policies, name) if policies else None
    lines = []
    for value in values_shown(name, current or default):
        mark = "●" if value == current else "○"
        badges = ""
        if value == current:
            badges += f" :blue-badge[{t('page.definitions.in_force', language)}]"
        if value == default:
            badges += f" :gray-badge[{t('page.definitions.default', language)}]"
        words = filters.policy_words(name, value, language)
        effect = said(name, value)
        lines.append(f"{mark} {words}{badges}" + (f"  \n:small[{effect}]" if effect else ""))
    st.markdown("\n\n".join(lines))


def _said(on: Here, found: Outcome, base: Series, period: str | None) -> str:
    """What a value would change in the last complete period, in words."""
    if found.code == "force":
        return ""
    if found.code in ("idle", "only_snapshot", "later"):
        return f":gray[{on.t(f'page.definitions.policies.{found.code}')}]"
    after = found.series or {}
    if period is None:
        return ""
    changes = list(_changes(on, base[period], after.get(period, {})))
    if changes:
        return on.t("filter.separator").join(changes[:MOST_NAMED])
    periods = [label for label, row in base.items() if row.get("partial") is False]
    differ = sum(any(_changes(on, base[label], after.get(label, {}))) for label in periods)
    when = numbers.period(period, on.language)
    key = "same_but" if differ else "same"
    words = on.t(f"page.definitions.policies.{key}", period=when, n=differ, all=len(periods))
    return f":gray[{words}]"


def _changes(on: Here, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for figure, kind in KINDS.items():
        old, new = before.get(figure), after.get(figure)
        if old == new:
            continue
        label = on.t(f"page.definitions.figures.{figure}")
        if figure == "customer_churn_rate" and (before.get("opening_customers") or 0) < FEW:
            value = _as_counts(after)
            yield on.t("page.definitions.policies.moved", figure=label, change=value)
            continue
        value = shown(new, kind, on.look)
        if old is None or new is None:
            yield on.t("page.definitions.policies.moved", figure=label, change=value)
            continue
        change = difference(new - old, kind, on)
        yield on.t("page.definitions.policies.change", figure=label, after=value, change=change)


def _as_counts(row: Mapping[str, Any]) -> str:
    """“3/4”: what the rate of few customers is made of."""
    lost, rate = row.get("lost_customers") or 0, row.get("customer_churn_rate")
    return f"{lost}/{round(lost / rate) if rate else row.get('opening_customers', 0)}"


def difference(value: Any, kind: Kind, on: Here) -> str:
    """A signed change; with more digits where two would round it away."""
    if kind == "rate" and value and abs(value) < 0.00005:
        return numbers.points(value, -floor(log10(abs(value))) - 2)  # its first digit
    return shown(value, kind, on.look, signed=True)


def unavailable(on: Here) -> None:
    """Where the data holds no dates: what that means, and the explanations."""
    panels.empty(on.t("page.definitions.tenure"))
    draw_plain(on.language, on.filters.policies)
