"""The filter bar: one place for period, segments, as-of date and policies, kept in the URL.

What the address bar says becomes a `Filters`; what means nothing is left out, and said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import streamlit as st

from cs_core.datasets import Dataset, Segment
from cs_core.domain.periods import add_months
from cs_core.domain.policies import PRESETS, TRIED, VALUES, Policies
from cs_core.metrics.options import HORIZONS, Options
from cs_core.text import catalogue, inert, numbers, plain, t
from cs_core.workspace.tasks import kept_tasks
from cs_core.workspace.week import kept_marks
from pages.frame import loaders, session
from pages.frame.address import (
    PERIODS,
    RANGES,
    Facts,
    Where,
    encode_policies,
    encode_where,
    month_label,
)

DEFAULT_RANGE = "24"
# Half a year of weeks fills a screen, two years of them a wall; of years there are never many.
USUAL_RANGES = {"week": "6", "year": "all"}
DEFAULT_POLICIES = Policies()
_LATE = ("status", "cancel_reason", "churn_kind")  # canonical columns that few split by
MOST_VALUES = 200  # a segment with more values than this is not one to choose from a list


@dataclass(frozen=True)
class Filters:
    """What holds on the page. `first` and `last` are month labels; None is the data's own end."""

    period: str = "month"
    range: str = DEFAULT_RANGE
    first: str | None = None
    last: str | None = None
    where: Where = ()
    preset: str = "keizoku"
    policies: Policies = DEFAULT_POLICIES
    as_of: date | None = None
    currency: str | None = None
    fiscal_start: int = 1

    def options(self, **more: Any) -> Options:
        """The same question for a metric; `more` goes over it."""
        given: dict[str, Any] = {
            "period": self.period,
            "first": self.first,
            "last": self.last,
            "as_of": self.as_of,
            "where": self.where,
            "currency": self.currency,
            "policies": self.policies,
            "fiscal_start": self.fiscal_start,
        }
        return Options(**{**given, **more})


# -- months -------------------------------------------------------------------------------


def last_complete_month(as_of: date) -> str:
    tomorrow = as_of + timedelta(days=1)
    return add_months(month_label(tomorrow), -1)


def months_between(first: str, last: str) -> list[str]:
    found = [first]
    while found[-1] < last and len(found) < 1200:
        found.append(add_months(found[-1], 1))
    return found


# -- from the URL -------------------------------------------------------------------------


def facts(of: Dataset) -> Facts:
    """What the address bar is judged by."""
    info = loaders.info(of)
    dated = info.shape == "calendar"
    known = Facts(
        info.first,
        info.as_of if dated else None,
        info.currencies,
        {segment.name for segment in info.segments},
        lambda column: loaders.derived(
            of, "value-set", (column,), lambda: frozenset(of.segment_values(column))
        ),
        lambda: named_owners(of),
    )
    return replace(known, as_of=session.read("asof", known) or known.as_of)


def named_owners(of: Dataset) -> set[str]:
    """Whom people have given tasks or accounts to; the data may not know them."""
    workspace = loaders.workspace()
    given = {mark.owner for mark in kept_marks(workspace, of.key) if mark.owner}
    return given | {task.owner for task in kept_tasks(workspace, of.key) if task.owner}


def current(of: Dataset) -> Filters:
    """What the address bar says of this dataset."""
    known = facts(of)

    def asked(name: str) -> Any:
        return session.read(name, known)

    period = asked("period") or "month"
    preset, policies = asked("policies") or ("keizoku", DEFAULT_POLICIES)
    span = asked("range") or USUAL_RANGES.get(period, DEFAULT_RANGE)
    first, last = _span(span, known.first, known.as_of)
    return Filters(
        period=period,
        range=span,
        first=first,
        last=last,
        where=asked("where") or (),
        preset=preset,
        policies=policies,
        as_of=asked("asof"),
        currency=asked("currency"),
        fiscal_start=int(asked("fiscal") or 1),
    )


def horizon() -> int:
    """How many days a page looks ahead."""
    return int(session.view("accounts_at_risk")[0] or Options().horizon_days)


def _span(span: str, begin: date | None, as_of: date | None) -> tuple[str | None, str | None]:
    first, dots, last = span.partition("..")
    if dots:
        return first, last
    if begin is None or as_of is None or span == "all":
        return None, None
    return max(add_months(last_complete_month(as_of), 1 - int(span)), month_label(begin)), None


# -- the bar ------------------------------------------------------------------------------


def draw(of: Dataset, filters: Filters, uses: frozenset[str]) -> None:
    """Period, range, the popover and the sentence of what holds; only what the page uses."""
    if loaders.info(of).shape == "tenure":
        uses = uses & {"segments"}
    with st.container(key="filters", horizontal=True, vertical_alignment="center", gap="small"):
        if not session.embedded():
            _draw_controls(of, filters, uses)
        st.markdown(f":small[:gray[{sentence(of, filters, uses)}]]", width="content")


def draw_left_out(of: Dataset) -> None:
    """Which fields of the address say something that means nothing here."""
    named = session.left_out(facts(of))
    if named:
        fields = ", ".join(f"`{name}`" for name in named)
        said = t("filter.left_out", session.language(), fields=fields)
        st.markdown(f":small[:orange[:material/link_off: {said}]]")


def _draw_controls(of: Dataset, filters: Filters, uses: frozenset[str]) -> None:
    language = session.language()
    if "period" in uses:
        _segmented(
            "period", PERIODS, filters.period, t("filter.period.label", language), "filter.period."
        )
    if "horizon" in uses:
        key = _mirrored("horizon", str(horizon()))
        st.segmented_control(
            t("filter.horizon.label", language),
            tuple(map(str, HORIZONS)),
            format_func=lambda item: t(f"filter.horizon.{item}", language),
            key=key,
            required=True,
            on_change=_take_horizon,
            args=(key,),
            label_visibility="collapsed",
        )
    if "range" in uses:
        options = [*RANGES] if filters.range in RANGES else [*RANGES, filters.range]
        key = _mirrored("range", filters.range)
        st.selectbox(
            t("filter.range.label", language),
            options,
            format_func=lambda item: range_words(item, language),
            key=key,
            on_change=_take,
            args=("range", key),
            icon=":material/calendar_month:",
            label_visibility="collapsed",
            width=240 if session.projector() else 190,
        )
    if uses & {"segments", "as_of", "policies"}:
        with st.popover(
            t("filter.button", language),
            icon=":material/tune:",
            key="filters-open",
            on_change="rerun",
        ) as panel:
            if not panel.open:
                return
            if "segments" in uses:
                _draw_segments(of, filters)
            if "range" in uses or "as_of" in uses:
                _draw_dates(of, filters, uses)
            if "policies" in uses:
                _draw_policies(filters)
            if filters != Filters(first=filters.first) and st.button(
                t("filter.reset", language),
                icon=":material/restart_alt:",
                on_click=session.go,
                kwargs=dict.fromkeys(
                    ("period", "range", "where", "policies", "asof", "currency", "fiscal"), ""
                ),
            ):
                pass


def _segmented(
    name: str, options: tuple[str, ...], chosen: str, label: str, words: str, width: Any = "content"
) -> None:
    language = session.language()
    key = _mirrored(name, chosen)
    st.segmented_control(
        label,
        options,
        format_func=lambda item: t(words + item, language),
        key=key,
        required=True,
        on_change=_take,
        args=(name, key),
        label_visibility="collapsed",
        width=width,
    )


def _take_horizon(key: str) -> None:
    """The first of the choices of every page that looks ahead; the page's others stay."""
    rest = session.address("view").split(".")[1:]
    session.go(view=".".join([str(session.value(key)), *rest]))


def _draw_segments(of: Dataset, filters: Filters) -> None:
    language = session.language()
    chosen: dict[str, list[str | None]] = {}
    for column, value in filters.where:
        chosen.setdefault(column, []).append(value)
    boxes = st.columns(2)
    for place, segment in enumerate(usable_segments(of)):
        known = loaders.segment_values(of, segment.name)
        key = _mirrored(f"where-{place}", [v for v in chosen.get(segment.name, []) if v in known])
        boxes[place % 2].multiselect(
            inert(segment_words(segment.name, language)),
            known,
            format_func=lambda item: value_words(item, language),
            key=key,
            on_change=_take_segment,
            args=(segment.name, key, filters.where),
            placeholder=t("filter.all_values", language),
        )


def _draw_dates(of: Dataset, filters: Filters, uses: frozenset[str]) -> None:
    language = session.language()
    info = loaders.info(of)
    if "range" in uses and info.first and info.as_of:
        months = months_between(month_label(info.first), month_label(info.as_of))
        first, last = filters.first or months[0], filters.last or months[-1]
        left, right = st.columns(2)
        for box, name, value in ((left, "from", first), (right, "to", last)):
            key = _mirrored(name, value if value in months else months[0])
            box.selectbox(
                t(f"filter.{name}", language),
                months,
                format_func=lambda item: numbers.period(item, language),
                key=key,
                on_change=_take_months,
            )
    left, right = st.columns(2)
    if "as_of" in uses:
        key = _mirrored("asof", filters.as_of or info.as_of)
        left.date_input(
            t("filter.as_of", language),
            key=key,
            min_value=info.first,
            max_value=max(info.as_of, filters.as_of or info.as_of),
            format="YYYY-MM-DD",
            on_change=_take_as_of,
            args=(key, info.as_of),
        )
    if "period" in uses:
        key = _mirrored("fiscal", str(filters.fiscal_start))
        right.selectbox(
            t("filter.fiscal", language),
            [str(month) for month in range(1, 13)],
            format_func=lambda item: t(f"filter.month.{item}", language),
            key=key,
            on_change=_take,
            args=("fiscal", key),
        )
    if len(info.currencies) > 1:
        key = _mirrored("currency", filters.currency or info.reporting_currency)
        st.selectbox(
            t("filter.currency", language),
            list(info.currencies),
            key=key,
            on_change=_take,
            args=("currency", key),
        )


def _draw_policies(filters: Filters) -> None:
    language = session.language()
    key = _mirrored("preset", filters.preset)
    st.selectbox(
        t("filter.definitions", language),
        list(PRESETS),
        format_func=lambda item: t(f"filter.preset.{item}", language),
        key=key,
        on_change=_take,
        args=("policies", key),
    )
    with st.expander(
        t("filter.one_by_one", language), key=_key("each"), on_change="rerun", type="compact"
    ) as each:
        if not each.open:  # sixteen widgets that few open
            return
        for name in VALUES:
            _draw_policy(filters, name)


def _draw_policy(filters: Filters, name: str) -> None:
    language = session.language()
    value = filters.policies.as_dict()[name]
    options = TRIED[name]
    key = _mirrored(f"policy-{name}", value)
    st.selectbox(
        t(f"filter.policy.{name}.title", language),
        options if value in options else [*options, value],
        format_func=lambda item: policy_words(name, item, language),
        key=key,
        on_change=_take_policy,
        args=(name, key, filters),
    )


# -- callbacks: from a widget into the address bar -----------------------------------------


def _key(name: str) -> str:
    # The language is part of the key: a widget's options change their words with it.
    return f"filter-{name}-{session.language()}"


def _mirrored(name: str, value: object) -> str:
    session.mirror(_key(name), value)
    return _key(name)


def _take(field: str, key: str) -> None:
    session.go(**{field: str(session.value(key) or "")})


def _take_segment(column: str, key: str, where: Where) -> None:
    others = tuple(pair for pair in where if pair[0] != column)
    session.go(where=encode_where(others + tuple((column, v) for v in session.value(key) or ())))


def _take_months() -> None:
    first, last = sorted((session.value(_key("from")), session.value(_key("to"))))
    session.go(range=f"{first}..{last}")


def _take_as_of(key: str, default: date) -> None:
    day = session.value(key)
    session.go(asof="" if day in (None, default) else day.isoformat())


def _take_policy(name: str, key: str, filters: Filters) -> None:
    values = {**filters.policies.as_dict(), name: session.value(key)}
    session.go(policies=encode_policies(filters.preset, Policies.of("keizoku", values)))


# -- words --------------------------------------------------------------------------------


def usable_segments(of: Dataset) -> list[Segment]:
    """The segments with few enough values to choose from, a person's own first."""
    few = [s for s in loaders.info(of).segments if 1 < s.values <= MOST_VALUES]
    return sorted(few, key=lambda s: s.name in _LATE)


def segment_words(name: str, language: str) -> str:
    """A canonical column's name in words; a person's own as it stands in the file."""
    key = f"filter.segment.{name}"
    return t(key, language) if key in catalogue(language) else plain(name)


def range_words(span: str, language: str) -> str:
    if span in RANGES:
        return t("filter.range.all" if span == "all" else "filter.range.last", language, n=span)
    first, _, last = span.partition("..")
    return f"{numbers.period(first, language)} – {numbers.period(last, language)}"


def value_words(value: str | None, language: str) -> str:
    return t("filter.blank", language) if value is None else plain(value)


def policy_words(name: str, value: str, language: str) -> str:
    head, _, days = value.partition(":")
    if name == "reactivation_after_days":
        head, days = ("none", "") if value == "0" else ("days", value)
    return t(f"filter.policy.{name}.{head}", language, n=days)


def definitions_words(filters: Filters, language: str) -> str:
    """Which definitions hold: a preset's name, and how many policies are set otherwise."""
    base = Policies.of(filters.preset).as_dict()
    changed = sum(base[k] != v for k, v in filters.policies.as_dict().items())
    name = t(f"filter.preset.{filters.preset}", language)
    return t("filter.changed", language, name=name, n=changed) if changed else name


def who_words(filters: Filters, language: str) -> str:
    """Whose figures they are, safe inside Markdown."""
    if not filters.where:
        return t("filter.everyone", language)
    columns: dict[str, list[str]] = {}
    for column, value in filters.where:
        columns.setdefault(column, []).append(inert(value_words(value, language)))
    joined = t("filter.or", language)
    return ", ".join(
        f"{inert(segment_words(name, language))}: {joined.join(v)}" for name, v in columns.items()
    )


def sentence(of: Dataset, filters: Filters, uses: frozenset[str]) -> str:
    """What holds: who, by which definitions, as of when, and which period is not over."""
    language = session.language()
    parts = [who_words(filters, language)]
    if "policies" in uses:
        parts.append(definitions_words(filters, language))
    info = loaders.info(of)
    if len(info.currencies) > 1 and not info.joint:
        currency = filters.currency or info.reporting_currency
        key = "filter.only_currency"
        parts.append(t(key, language, currency=currency, n=len(info.currencies)))
    elif filters.currency:
        parts.append(t("filter.in_currency", language, currency=filters.currency))
    as_of = filters.as_of or info.as_of
    if "as_of" in uses and as_of:
        parts.append(t("filter.as_of_day", language, day=numbers.day(as_of, language)))
    said = t("filter.separator", language).join(parts)
    if "as_of" in uses and as_of and last_complete_month(as_of) != month_label(as_of):
        said += t("filter.partial", language, month=t(f"filter.month.{as_of.month}", language))
    return said
