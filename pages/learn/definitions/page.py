"""Definitions: why do two tools give two numbers?"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from urllib.parse import urlsplit

import pandas
import streamlit as st

from cs_core import charts
from cs_core.domain.periods import days_of_label
from cs_core.domain.policies import PRESETS, Policies, Preset
from cs_core.domain.proportion import SMALL_SAMPLE
from cs_core.metrics.comparison import RESIDUAL, Comparison, Key, Number, compare
from cs_core.metrics.reconciliation import FIGURES
from cs_core.text import numbers, t
from pages.frame import here, loaders, problems, session
from pages.frame.here import Here
from pages.learn.definitions import own, reconciling
from pages.shared import definition_effects, filters, panels
from pages.shared.panels import How

PICKS = "definitions"
DEFAULT_FIGURE = "customer_churn_rate"

# Period label -> the figure under the first and the second set of definitions.
Pairs = Mapping[str, tuple[Number | None, Number | None]]


def page(on: Here | None) -> None:
    if on is None:
        _without_data()
        return
    if on.info.shape == "tenure":
        definition_effects.unavailable(on)
        _presets(on.language, on.filters.policies)
        return
    reconciling.draw(on)
    _side_by_side(on)
    own.draw(on)
    panels.folded("effects", on.t("page.definitions.policies.title"), lambda: _effects(on))
    title = on.t("page.definitions.presets.title")
    panels.folded("presets", title, lambda: _presets(on.language, on.filters.policies))


def _effects(on: Here) -> None:
    with problems.boundary("effects"):
        definition_effects.draw(on)


def _without_data() -> None:
    language = session.language()
    panels.page_title("definitions", language)
    st.markdown(t("page.definitions.no_data", language))
    definition_effects.draw_plain(language)
    _presets(language, None)


# -- two definitions side by side ---------------------------------------------------------


def _chosen(on: Here) -> tuple[str, str, str]:
    """The two presets and the figure, from the URL: `view=keizoku.stripe.customer_churn_rate`."""
    a, b, figure = session.view("definitions")
    a = a or "keizoku"
    usual = on.filters.preset if on.filters.preset != a else _other(on, a)
    return a, b or usual, figure or DEFAULT_FIGURE


def _other(on: Here, a: str) -> str:
    """A second set worth comparing with; on large data one that needs no ledger of its own."""
    large = on.info.lines > loaders.SLOW_FROM
    return "keizoku" if a != "keizoku" else "chartmogul" if large else "stripe"


def _side_by_side(on: Here) -> None:
    a, b, figure = _chosen(on)
    label = on.t(f"page.definitions.figures.{figure}")
    with panels.card("compare", on.t("page.definitions.compare.title"), stretch=False):
        line = st.empty()
        _draw_choice(on, a, b, figure)
        if a == b:
            panels.empty(on.t("page.definitions.compare.same_preset"))
            return
        metric, column = FIGURES[figure]
        with panels.working(on, on.filters.options(policies=Policies.of(b))):
            found = _compared(on, metric, a, b)
        rows = {row[0]: row for row in found.rows}
        pairs = {
            label: (found.figure(row, column, 0), found.figure(row, column, -1))
            for label, row in rows.items()
        }
        pairs = {
            label: pair
            for label, pair in pairs.items()
            if pair != (None, None) and _is_over(on, label)
        }
        if not pairs:
            panels.empty(on.t("page.definitions.compare.no_figure", column=label))
            return
        period = _period(on, pairs)
        said = f":small[:gray[{_line(on, figure, period, pairs, (a, b))}]]"
        line.markdown(said + _small_sample(on, found, rows[period]))
        _draw_compared(on, found, rows, pairs, period, figure, (a, b))


def _draw_choice(on: Here, a: str, b: str, figure: str) -> None:
    with st.container(horizontal=True, gap="small", key="compare-choice"):
        for place, (name, options, value) in enumerate(
            (("a", list(PRESETS), a), ("b", list(PRESETS), b), ("column", list(FIGURES), figure))
        ):
            key = f"compare-{name}-{on.language}"
            session.mirror(key, value)
            words = "page.definitions.figures." if name == "column" else "filter.preset."
            st.selectbox(
                on.t(f"page.definitions.compare.{name}"),
                options,
                format_func=_words(on, words),
                key=key,
                width=240,
                on_change=_take,
                args=((a, b, figure), place, key),
            )


def _words(on: Here, prefix: str) -> Callable[[str], str]:
    return lambda name: on.t(prefix + name)


def _take(now: tuple[str, str, str], place: int, key: str) -> None:
    chosen = list(now)
    chosen[place] = str(session.value(key))
    session.go(view=".".join(chosen))


def _compared(on: Here, metric: str, a: str, b: str) -> Comparison:
    options = on.filters.options()
    return loaders.derived(
        on.dataset,
        "compare",
        (metric, options, a, b, on.currency),
        lambda: compare(
            lambda what, asked: definition_effects.ask(on, what, asked),
            metric,
            options,
            Policies.of(a),
            Policies.of(b),
            definition_effects.idle(on),
        ),
    )


def _period(on: Here, pairs: Pairs) -> str:
    """The picked period, else the last complete one; where the two agree in it, the last in which
    they do not."""
    mark = session.picked(PICKS) or {}
    if mark.get("period") in pairs:
        return mark["period"]
    whole = [label for label, pair in pairs.items() if None not in pair]
    shown = (whole or list(pairs))[-1]
    differ = [label for label in whole if pairs[label][0] != pairs[label][1]]
    return shown if pairs[shown][0] != pairs[shown][1] or not differ else differ[-1]


def _is_over(on: Here, label: str) -> bool:
    """An unfinished period is in no line and no table."""
    _, last = days_of_label(label, on.filters.fiscal_start)
    return last <= (on.filters.as_of or on.info.as_of)


def _line(
    on: Here,
    figure: str,
    period: str,
    pairs: Pairs,
    names: tuple[str, str],
) -> str:
    label = on.t(f"page.definitions.figures.{figure}")
    if all(before == after for before, after in pairs.values()):
        return on.t("page.definitions.compare.line_same", column=label)
    before, after = pairs[period]
    return on.t(
        "page.definitions.compare.line",
        column=label,
        period=numbers.period(period, on.language),
        a=on.t(f"filter.preset.{names[0]}"),
        b=on.t(f"filter.preset.{names[1]}"),
        before=reconciling.said(on, figure, before),
        after=reconciling.said(on, figure, after),
    )


def _small_sample(on: Here, found: Comparison, row: Key) -> str:
    """A rate of few customers is marked."""
    n = found.figure(row, "opening_customers", 0)
    if found.metric != "churn" or n is None or n >= SMALL_SAMPLE:
        return ""
    return f"  \n:small[:orange[{on.t('panel.small_sample', n=numbers.count(n))}]]"


def _draw_compared(
    on: Here,
    found: Comparison,
    rows: dict[str, Key],
    pairs: Pairs,
    period: str,
    figure: str,
    presets: tuple[str, str],
) -> None:
    metric, column = FIGURES[figure]
    kind = reconciling.kind_of(figure)
    names = (on.t(f"filter.preset.{presets[0]}"), on.t(f"filter.preset.{presets[1]}"))
    key = (on.look, on.filters, metric, column, presets)
    drawing = loaders.drawing(
        on.dataset,
        "side-by-side",
        key,
        lambda: charts.side_by_side.draw(pairs, on.look, names=names, kind=kind),
    )
    effects = found.effects(rows[period], column)
    left, right = st.columns([1.15, 1], gap="medium")
    with left:
        panels.chart(
            "side-by-side",
            drawing,
            picks=PICKS,
            start=lambda mark: {"period": mark["period"]} if "period" in mark else None,
        )
    with right:
        _draw_attribution(on, effects, pairs[period], period, figure, names, key)
        _draw_switches(on, presets, found.policies, effects)
    frame = _frame(found, {label: rows[label] for label in pairs}, column)
    labels = {
        "period": on.t("page.definitions.compare.period"),
        "a": names[0],
        "b": names[1],
        "difference": on.t("page.definitions.compare.difference"),
        RESIDUAL: on.t("page.definitions.compare.residual"),
        **{name: on.t(f"filter.policy.{name}.title") for name in found.policies},
    }
    changes = {"difference", RESIDUAL, *found.policies}
    reconciling.figures_table(on, frame, kind, labels, changes=changes, key="compare-table")
    panels.foot(
        on,
        "compare",
        How(
            metric,
            on.filters.options(policies=Policies.of(presets[1])),
            frame,
            title=on.t("page.definitions.compare.title"),
            lines=(on.t("page.definitions.compare.how"),),
            money=tuple(frame.columns[1:]) if kind == "money" else (),
            rates=tuple(frame.columns[1:]) if kind == "rate" else (),
        ),
        drawing,
        on.t("page.definitions.compare.title"),
    )


def _draw_attribution(
    on: Here,
    effects: Mapping[str, Number | None],
    ends: tuple[Number | None, Number | None],
    period: str,
    figure: str,
    names: tuple[str, str],
    key: tuple[Hashable, ...],
) -> None:
    kind = reconciling.kind_of(figure)
    residual = effects[RESIDUAL]
    policies = {name: value for name, value in effects.items() if name != RESIDUAL}
    when = numbers.period(period, on.language)
    st.markdown(f"**{on.t('page.definitions.compare.attributed')}**")
    if not any(policies.values()):
        panels.empty(on.t("page.definitions.compare.no_effect", period=when))
        return
    words = on.t(
        "page.definitions.compare.attributed_line",
        period=when,
        residual=reconciling.said(on, figure, residual) if residual else "0",
    )
    st.markdown(f":small[:gray[{words}]]")
    drawing = loaders.drawing(
        on.dataset,
        "attribution",
        (*key, period),
        lambda: charts.attribution.draw(
            ends,
            policies,
            on.look,
            names=names,
            words={name: on.t(f"filter.policy.{name}.title") for name in policies},
            kind=kind,
        ),
    )
    panels.chart("attribution", drawing)


def _draw_switches(
    on: Here,
    presets: tuple[str, str],
    policies: tuple[str, ...],
    effects: Mapping[str, Number | None],
) -> None:
    """What was switched, from what to what."""
    a, b = (Policies.of(name).as_dict() for name in presets)
    lines = [
        on.t(
            "page.definitions.compare.switched",
            policy=on.t(f"filter.policy.{name}.title"),
            before=filters.policy_words(name, a[name], on.language),
            after=filters.policy_words(name, b[name], on.language),
        )
        for name in policies
        if effects[name]
    ]
    if lines:
        st.markdown("  \n".join(f":small[:gray[{line}]]" for line in lines))


def _frame(found: Comparison, rows: dict[str, Key], column: str) -> pandas.DataFrame:
    table = []
    for label, row in rows.items():
        before, after = found.figure(row, column, 0), found.figure(row, column, -1)
        if before is None and after is None:
            continue
        gap = None if before is None or after is None else after - before  # type: ignore[operator]
        table.append(
            {
                "period": label,
                "a": before,
                "b": after,
                "difference": gap,
                **found.effects(row, column),
            }
        )
    return pandas.DataFrame(table)


# -- presets ------------------------------------------------------------------------------


def _presets(language: str, policies: Policies | None) -> None:
    said = "page.definitions.presets"
    panels.heading(t(f"{said}.title", language), t(f"{said}.line", language), level=4)
    with panels.beside():
        for name, preset in PRESETS.items():
            with st.container(border=True, height="stretch", key=f"preset-{name}", gap="small"):
                _preset(language, preset, policies)


def _preset(language: str, preset: Preset, policies: Policies | None) -> None:
    in_force = policies == Policies.of(preset.name)
    badge = f" :blue-badge[{t('page.definitions.in_force', language)}]" if in_force else ""
    head = f"**{t(f'filter.preset.{preset.name}', language)}**{badge}"
    note = t(f"preset.{preset.name}.note", language)
    lines = []
    if rest := t(f"preset.{preset.name}.rest", language):
        lines.append(f"{t('page.definitions.presets.rest', language)} {rest}")
    sets = [
        f"{t(f'filter.policy.{name}.title', language)}: "
        f"{filters.policy_words(name, value, language)}"
        for name, value in preset.policies.items()
    ]
    said = t("filter.separator", language).join(sets)
    said = said or t("page.definitions.sets_nothing", language)
    lines.append(f"{t('page.definitions.sets', language)}: {said}")
    if preset.sources and preset.read_on:
        links = ", ".join(f"[{_address_words(url)}]({url})" for url in preset.sources)
        read = t("page.definitions.read_on", language, day=numbers.day(preset.read_on, language))
        lines.append(f"{t('page.definitions.sources', language)}: {links} ({read})")
    small = "  \n".join(f":small[:gray[{line}]]" for line in lines)
    st.markdown(f"{head}\n\n{note}\n\n{small}")
    if policies is not None and not in_force:
        st.button(
            t("page.definitions.use", language),
            key=f"use-{preset.name}",
            type="tertiary",
            icon=":material/check:",
            on_click=session.go,
            kwargs={"policies": "" if preset.name == "keizoku" else preset.name},
        )


def _address_words(url: str) -> str:
    """What a link says: the host, and the page's name as its address has it."""
    parts = urlsplit(url)
    page_name = parts.path.rstrip("/").rpartition("/")[2].lstrip("0123456789-").replace("-", " ")
    return f"{parts.hostname}: {page_name}" if page_name else str(parts.hostname)


page(here.possible())
