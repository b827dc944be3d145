"""What the Churn page knows: its question asked once, the models run once, and its choices."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pandas
import streamlit as st

from cs_core.domain.periods import period_column_of
from cs_core.domain.proportion import SMALL_SAMPLE
from cs_core.metrics.options import Options
from cs_core.studies import churn as analysis
from cs_core.studies import leavers
from cs_core.studies.churn import Trend
from cs_core.studies.leavers import MixComparison
from cs_core.text import inert, numbers
from pages.frame import loaders, session
from pages.frame.address import CHURN_MEASURES
from pages.frame.here import Here
from pages.shared import compared, filters, signals

FEW_CUSTOMERS = 10
PICKS = "churn"  # the mark chosen on this page
NOT_A_GROUP = ("status", "cancel_reason", "churn_kind")  # what a line says of its own end


@dataclass(frozen=True)
class Study:
    """Everything the models say of this question, from all complete periods up to the range's
    end; `first` is the first period the range shows."""

    customers: Trend
    first: str | None

    @property
    def few(self) -> bool:
        """Never ten customers at the start of a shown period: counts stand in for rates."""
        of = self.customers.series
        bases = of.base[len(of) - len(self.shown) :]
        return max(bases, default=0) < FEW_CUSTOMERS

    @property
    def shown(self) -> tuple[str, ...]:
        periods = self.customers.series.periods
        return tuple(p for p in periods if self.first is None or p >= self.first)


def whole(on: Here, by: str | None = None) -> Options:
    """The question from the first period of the data on: models need the past."""
    return on.filters.options(first=None, by=by)


def key(on: Here) -> tuple[Hashable, ...]:
    return (on.filters.options(), on.currency)


@contextmanager
def working(on: Here) -> Iterator[None]:
    """While the models run for the first time: what is being done, at about the final height."""
    if not loaders.is_new(on.dataset, "churn", key(on)):
        yield
        return
    place = st.empty()
    with place.container():
        lines = numbers.count(on.info.lines)
        st.markdown(f":small[:gray[{on.t('page.churn.working', n=lines)}]]")
        st.skeleton(120)
        st.skeleton(520)
    yield
    place.empty()


def study(on: Here) -> Study:
    """Asked and computed once for everybody who asks the same."""

    def work() -> Study:
        found = signals.read(on)
        shown = on.frame("churn", on.filters.options())
        first = str(shown[period_column_of(shown)].iloc[0]) if len(shown) else None
        trend = analysis.customer_trend(found.series, on.filters.fiscal_start, found.levels)
        return Study(trend, first)

    return loaders.derived(on.dataset, "churn", key(on), work)


def mrr_trend(on: Here, of: Study) -> Trend:
    return loaders.derived(
        on.dataset,
        "churn-mrr",
        key(on),
        lambda: analysis.mrr_trend(of.customers.series, on.frame("mrr_losses", whole(on))),
    )


def measure() -> str:
    return session.view("churn")[0] or CHURN_MEASURES[0]


def by_column(on: Here) -> str | None:
    return compared.column(on, leaving_out=NOT_A_GROUP)


def comparison(on: Here, of: Study, by: str) -> MixComparison | None:
    money = measure() == "mrr"
    change = last_change(of)
    return loaders.derived(
        on.dataset,
        "churn-mix",
        (*key(on), by, money, change),
        lambda: leavers.compare(
            of.customers.series,
            change,
            on.frame("churn", whole(on, by=by)),
            on.frame("mrr_movements", whole(on, by=by)),
            by,
            on.filters.policies,
            money=money,
        ),
    )


def tells(of: Study, found: MixComparison | None) -> bool:
    """Whether there is something to split, and enough customers on both sides to speak of it."""
    if found is None or found.shift is None or not (found.shift.before or found.shift.after):
        return False
    series = of.customers.series
    ends = [series.periods.index(label) for label in (found.before[1], found.after[1])]
    return min(series.base[end] for end in ends) >= SMALL_SAMPLE


def last_change(of: Study) -> int | None:
    """The last change point inside the shown range."""
    periods = of.customers.series.periods
    shown = [c.index for c in of.customers.changes if periods[c.index] in of.shown[1:]]
    return shown[-1] if shown else None


def draw_measure(on: Here) -> None:
    key = f"churn-measure-{on.language}"
    session.mirror(key, measure())
    st.segmented_control(
        on.t("page.churn.measure.label"),
        CHURN_MEASURES,
        format_func=lambda item: on.t(f"page.churn.measure.{item}"),
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=lambda: session.go(view="mrr" if session.value(key) == "mrr" else ""),
    )


def between(on: Here, by: str, found: MixComparison) -> dict[str, str]:
    return {
        "by": inert(filters.segment_words(by, on.language)),
        "before": stretch(on, found.before),
        "after": stretch(on, found.after),
    }


def stretch(on: Here, ends: tuple[str, str]) -> str:
    """May–Oct 2024, Nov 2024–Apr 2025; 24年5–10月: a year is said once where it is one."""
    first, last = (numbers.short_period(label, on.language) for label in ends)
    if first == last:
        return first
    if ends[0][:4] == ends[1][:4] and len(ends[0]) > 4:
        if on.language == "ja":
            return f"{first.rstrip('月')}–{last.partition('年')[2]}"
        return f"{first.rpartition(' ')[0]}–{last}"
    return f"{first}–{last}"


def segment_rates(on: Here, of: Study, by: str) -> pandas.DataFrame:
    """Each value of the segment against chance, over the last year of complete periods."""
    options = whole(on, by=by)
    return loaders.derived(
        on.dataset,
        "churn-segments",
        (*key(on), by),
        lambda: leavers.segment_rates(
            of.customers.series,
            on.frame("churn", options),
            on.frame("mrr_movements", options),
            by,
            on.filters.policies,
        ),
    )


def start_of(field: str) -> Callable[[session.Mark], Mapping[str, object] | None]:
    """Which mark of a chart with this field shows what was picked elsewhere."""
    return lambda mark: {field: mark[field]} if field in mark else None
