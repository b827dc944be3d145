"""Metrics of a person's own: what each means, what it gives, and the statement."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import streamlit as st

from cs_core.errors import KeizokuError
from cs_core.metrics.own import OwnMetric, own_metrics
from cs_core.text import plain
from pages.frame import loaders, problems
from pages.frame.here import Here
from pages.shared import panels


def draw(on: Here) -> None:
    """Nothing where no folder of them is named."""
    try:
        metrics = own_metrics()
    except KeizokuError as error:
        said = problems.explain(error)
        panels.folded("own", on.t("page.definitions.own.title"), lambda: st.warning(said))
        return
    if metrics:
        panels.folded("own", on.t("page.definitions.own.title"), lambda: _all(on, metrics))


def _all(on: Here, metrics: Mapping[str, OwnMetric]) -> None:
    if on.filters.options().where:
        st.caption(on.t("page.definitions.own.everybody"))
    for metric in metrics.values():
        with problems.boundary(f"own-{metric.name}"):
            _draw(on, metric)


def _draw(on: Here, metric: OwnMetric) -> None:
    panels.heading(plain(metric.said("title", on.language)))
    st.caption(plain(metric.said("definition", on.language)))
    options = metric.heeded(on.filters.options())
    frame = loaders.derived(
        on.dataset,
        "own",
        (metric.name, metric.body, options),
        lambda: on.dataset.run(metric.name, options).frame(),
    )
    if frame.empty:
        panels.empty(on.t("page.definitions.own.empty"))
        return
    money = [name for name in metric.columns("money") if name in frame.columns]
    rates = [name for name in metric.columns("rates") if name in frame.columns]
    for name in frame.columns:
        if any(isinstance(value, Decimal) for value in frame[name]):
            frame = frame.assign(**{name: frame[name].astype(float)})
    panels.table(on, frame, key=f"own-{metric.name}", money=money, rates=rates)
    with st.expander(on.t("panel.sql")):
        st.code(metric.body, language="sql", wrap_lines=True)
