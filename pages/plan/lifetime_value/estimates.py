"""The estimators side by side, the curve behind them, and the value of today's customers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas
import streamlit as st

from cs_core import charts
from cs_core.models.assumptions import CHURN_BY_PHASE
from cs_core.models.lifetime_value import (
    BaseValue,
    CohortValue,
    Estimate,
    per_month,
    timing_conventions,
)
from cs_core.models.retention_curve import fit as fit_model
from cs_core.models.retention_interval import profile_interval
from cs_core.studies.lifetime import Fits, price
from cs_core.text import inert, numbers
from pages.frame import loaders, session
from pages.frame.here import Here
from pages.plan.lifetime_value import study
from pages.plan.lifetime_value.study import Study
from pages.shared import filters, formulas, panels
from pages.shared.panels import How

_KEY = "page.lifetime_value."
LETTERS = {
    "alpha": "α",
    "beta": "β",
    "theta": "θ",
    "c": "c",
    **dict(zip(CHURN_BY_PHASE, ("θ₁", "θ₂", "θ₃"), strict=True)),
}
METHODS = ("finite_horizon", "simulation", "sbg", "simple")  # those with a limited horizon first
# Months of tenure of a row in the table of today's customers.
BANDS = ((0, 3), (4, 12), (13, 24), (25, 36), (37, None))


def _mark(on: Here) -> str:
    return numbers.currency_mark(on.currency, on.language)


# -- four answers -------------------------------------------------------------------------


def estimators(on: Here, found: Study) -> None:
    title = on.t(_KEY + "estimators.title")
    by = study.segment_column(on)
    estimates = study.estimates(on, found)

    def aside() -> None:
        _choose_split(on, by)

    with panels.card(
        "estimators", title, on.t(_KEY + "estimators.line"), stretch=False, aside=aside
    ):
        for column, method in zip(st.columns(len(METHODS), gap="medium"), METHODS, strict=True):
            with column:
                _estimator(on, found, method, [e for e in estimates if e.method == method])
        st.markdown(_timing(on, found))
        if by is not None:
            _by_segment(on, by)

        def how() -> How:
            return How(
                "ltv",
                on.filters.options(by=by),
                _table(on, estimates),
                title=title,
                formula=_simple_formula(on, found),
                lines=(on.t(_KEY + "estimators.limits"),),
                n=found.of.customers,
            )

        panels.foot(on, "estimators", how, None, title)


def quoted(on: Here, found: Study) -> str:
    """Which value to tell others, and why; empty where there is none."""
    best = _to_quote(found, study.estimates(on, found))
    if best is None:
        return ""
    return on.t(
        _KEY + "estimators.quote",
        value=on.money(best.value),
        n=best.horizon_months,
        low=on.money(best.low),
        high=on.money(best.high),
    )


def _to_quote(found: Study, estimates: Sequence[Estimate]) -> Estimate | None:
    """The finite horizon of the scenario, or the longest that has limits."""
    known = [e for e in estimates if e.method == "finite_horizon" and e.low is not None]
    exact = [e for e in known if e.horizon_months == found.scenario.horizon]
    return (exact or known)[-1] if known else None


def difference(on: Here, found: Study) -> str:
    """Why the scenario's value is another than what customers were seen to pay, and the formulas'
    another than both; empty once the scenario was changed."""
    best = _to_quote(found, study.estimates(on, found))
    if found.changed or best is None or best.horizon_months != found.scenario.horizon:
        return ""
    return on.t(
        _KEY + "estimators.starting",
        n=best.horizon_months,
        seen=on.money(best.value),
        scenario=on.money(found.base.ltv),
        starting=on.money(found.scenario.arpa),
        first=on.money(found.of.payments.first_mean),
        arpa=on.money(found.of.baseline.arpa),
    )


def said(on: Here, note: str | None) -> str:
    """Codes of notes as sentences."""
    return " ".join(on.t(f"model.note.{code}") for code in note.split("; ")) if note else ""


def _estimator(on: Here, found: Study, method: str, estimates: Sequence[Estimate]) -> None:
    """One answer: the figure over the scenario's horizon or for life, its limits, and how far
    to believe it."""
    horizon = found.scenario.horizon
    shown = next((e for e in estimates if e.horizon_months == horizon and e.value), None)
    known = [e for e in estimates if e.value is not None]
    shown = shown or (known[-1] if known else estimates[-1])
    span = (
        on.t(_KEY + "estimators.life")
        if shown.horizon_months is None
        else on.t(_KEY + "estimators.months", n=shown.horizon_months)
    )
    st.metric(f"{on.t(f'model.method.{method}')} · {span}", on.money(shown.value))
    limits = "" if shown.low is None else f"{on.money(shown.low)} – {on.money(shown.high)}"
    others = [
        f"{on.t(_KEY + 'estimators.months', n=e.horizon_months)} {on.money(e.value)}"
        for e in known
        if e is not shown
    ]
    for line in (limits, said(on, shown.note), " · ".join(others)):
        if line:
            st.markdown(f":small[:gray[{line}]]")
    st.markdown(f":small[{on.t(f'model.method.{method}_assumes')}]")
    st.markdown(f":small[:gray[{on.t(f'model.method.{method}_misleads')}]]")


def _timing(on: Here, found: Study) -> str:
    scenario, churn = found.scenario, found.of.churn
    margin = price(found.of, scenario) * scenario.gross_margin
    forms = timing_conventions(margin, 1 - churn, per_month(scenario.discount_rate))
    words = {f"{name}_words": on.t(f"model.timing.{name}") for name in forms}
    if None in forms.values():
        return on.t(_KEY + "estimators.no_timing", **words)
    return on.t(
        _KEY + "estimators.timing",
        churn=numbers.rate(churn),
        discount=numbers.rate(scenario.discount_rate, 0),
        **{name: on.money(value) for name, value in forms.items()},
        **words,
    )


def _simple_formula(on: Here, found: Study) -> str:
    of, scenario = found.of, found.scenario
    if not of.lost or not of.opening:
        return ""
    arpa = price(of, scenario)
    worth = arpa * scenario.gross_margin * (of.opening / of.lost)
    return (
        rf"\frac{{{formulas.word('ARPA')} \cdot {formulas.word(on.t('assumption.gross_margin'))}}}"
        rf"{{{formulas.word(on.t('assumption.churn'))}}}"
        rf" = \frac{{{formulas.exact(arpa)} \cdot {formulas.exact(scenario.gross_margin)}}}"
        rf"{{{of.lost} / {formulas.figure(of.opening)}}}"
        rf" = {formulas.figure(worth, on.currency)}"
    )


def _table(on: Here, estimates: Sequence[Estimate]) -> pandas.DataFrame:
    return pandas.DataFrame(
        [
            {
                "method": e.method,
                "value": e.value,
                "low": e.low,
                "high": e.high,
                "horizon_months": e.horizon_months,
                "note": said(on, e.note) or None,
            }
            for e in estimates
        ]
    )


def _choose_split(on: Here, by: str | None) -> None:
    known = [segment.name for segment in filters.usable_segments(on.dataset)]
    if not known or session.embedded():
        return
    key = f"ltv-by-{on.language}"
    session.mirror(key, by if by in known else "")
    st.selectbox(
        on.t(_KEY + "estimators.split"),
        ["", *known],
        format_func=lambda name: (
            filters.segment_words(name, on.language) if name else on.t(_KEY + "estimators.whole")
        ),
        key=key,
        on_change=lambda: session.go(by=str(session.value(key) or "")),
        label_visibility="collapsed",
        width=170,
    )


def _by_segment(on: Here, by: str) -> None:
    """One row a segment value, from its own figures; the largest come first."""
    rows = on.frame("ltv", on.filters.options(by=by))
    base = on.frame("customer_base", on.filters.options(by=by))
    sizes = base.groupby(by, dropna=False)["customers"].sum().to_dict()
    sizes = {None if key != key else key: size for key, size in sizes.items()}
    table: list[dict[str, Any]] = []
    for value, group in rows.groupby(by, dropna=False, sort=False):
        name = None if value != value else str(value)
        found = {
            (row["method"], row["horizon_months"]): row["value"] for row in group.to_dict("records")
        }
        values = {method: _last_known(found, method) for method in METHODS}
        table.append(
            {
                "segment": filters.value_words(name, on.language),
                "n": int(sizes.get(name, 0)),
                **values,
            }
        )
    frame = pandas.DataFrame(table).sort_values("n", ascending=False, kind="stable")
    names = {"segment": inert(filters.segment_words(by, on.language))}
    names["n"] = on.t(_KEY + "estimators.n")
    for method in METHODS:
        names[method] = f"{on.t(f'model.method.{method}')} ({_mark(on)})"
    st.markdown(f":small[:gray[{on.t(_KEY + 'estimators.segment_few', n=36)}]]")
    panels.table(on, frame, key="ltv-segments", names=names, money=METHODS, pinned="segment")


def _last_known(found: dict[tuple[str, float], object], method: str) -> object:
    """Over 36 months where there is one, so that segments compare; else the longest seen."""
    values = {
        horizon: value
        for (name, horizon), value in found.items()
        if name == method and value is not None
    }
    return values.get(36, next(reversed(values.values()), None)) if values else None


# -- the curve ----------------------------------------------------------------------------


def fit(on: Here, found: Study) -> None:
    title = on.t(_KEY + "fit.title")
    fits = study.fits(on, found.of)
    errors = fits.errors()
    observed = len(fits.survivors.observed()) - 1
    if errors:
        model, naive = (numbers.decimal(error * 100) for error in errors)
        line = on.t(_KEY + "fit.line_checked", n=fits.fit_months, error=model, naive=naive)
    elif fits.curve is not None:
        line = on.t(_KEY + "fit.line_whole", n=observed)
    else:
        line = ""
    with panels.card("fit", title, line):
        if fits.chosen is None or fits.curve is None:
            code = fits.problems.get("sbg", "nobody_left")
            panels.empty(on.t(_KEY + "state.no_curve"), on.t(f"model.note.{code}"))
            return
        frame = loaders.derived(
            on.dataset, "fitted", (on.filters, on.currency), lambda: _fitted(fits)
        )
        until = fits.fit_months if fits.checks else None
        chosen = fits.chosen
        drawing = loaders.drawing(
            on.dataset,
            "fit",
            (on.look, on.filters, on.currency),
            lambda: charts.retention_fit.draw(frame, on.look, model=chosen, until=until),
        )
        panels.chart("fit", drawing)
        if errors:
            key = "better" if round(errors[0], 3) < round(errors[1], 3) else "worse"
            st.markdown(
                on.t(
                    _KEY + f"fit.{key}",
                    error=numbers.decimal(errors[0] * 100),
                    naive=numbers.decimal(errors[1] * 100),
                )
            )
        panels.draw_table(_models(on, found, fits), "fit-models")
        notes = [on.t(f"model.note.{code}") for code in fits.curve.notes]
        if session.value("how-fit"):  # seconds of work that only who looks closer needs
            with st.spinner(on.t(_KEY + "fit.working")):
                notes += _parameters(on, fits)
        how = How(
            "payments",
            on.filters.options(),
            frame,
            title=title,
            lines=(on.t(_KEY + "fit.how"), *notes),
            n=int(fits.survivors.customers),
        )
        panels.foot(on, "fit", how, drawing, title)


def _fitted(fits: Fits) -> pandas.DataFrame:
    """The curve as it was fitted to the first months where some were held back, so that the
    dots after them test it; else the fit to all. A few months are shown past the last seen."""
    survivors = fits.survivors
    early = survivors.first(fits.fit_months) if fits.checks else survivors
    assert fits.chosen is not None
    curve, naive = fit_model(early, fits.chosen), fit_model(early, "geometric")
    seen = survivors.observed()
    last = len(seen) - 1
    fitted, constant = curve.survival(last), naive.survival(last)
    at_risk = [*survivors.at_risk, 0.0]
    return pandas.DataFrame(
        {
            "age": range(last + 1),
            # What was still there at the end of a month in which hardly anybody was seen
            # says little: those dots are left out.
            "observed": [
                share if age == 0 or survivors.at_risk[age - 1] >= 5 else None
                for age, share in enumerate(seen)
            ],
            "at_risk": [int(n) for n in at_risk[: last + 1]],
            "fitted": fitted,
            "naive": constant,
        }
    )


def _models(on: Here, found: Study, fits: Fits) -> panels.Table:
    monthly = per_month(found.scenario.discount_rate)

    def made() -> panels.Table:
        rows = []
        for model, curve in fits.curves.items():
            (lifetime,) = curve.residual_lifetime(0, monthly)
            rows.append(
                {
                    "model": on.t(_KEY + f"fit.{model}"),
                    "parameters": ", ".join(
                        f"{LETTERS[name]} {value:.3g}" for name, value in curve.parameters.items()
                    ),
                    "mean_churn": numbers.rate(curve.mean_churn),
                    "log_likelihood": curve.log_likelihood,
                    "lifetime": lifetime,
                }
            )
        frame = pandas.DataFrame(rows)
        return panels.made_table(
            on,
            frame,
            names={name: on.t(_KEY + f"fit.{name}") for name in frame.columns},
            tenths=("log_likelihood", "lifetime"),
            pinned="model",
        )

    return loaders.derived(
        on.dataset, "fit-models", (on.language, on.filters, on.currency, monthly), made
    )


def _parameters(on: Here, fits: Fits) -> list[str]:
    """A line a model: its parameters with 95 % profile-likelihood intervals."""

    def lines() -> list[str]:
        made = []
        for model, curve in fits.curves.items():
            parts = []
            for name, value in curve.parameters.items():
                low, high = profile_interval(fits.survivors, curve, name)
                ends = " – ".join("…" if end is None else f"{end:.3g}" for end in (low, high))
                parts.append(f"{LETTERS[name]} {value:.4g} ({ends})")
            made.append(f"{on.t(_KEY + f'fit.{model}')}: {', '.join(parts)}")
        return made

    key = (on.language, on.filters, on.currency)
    return loaders.derived(on.dataset, "fit-parameters", key, lines)


# -- today's customers --------------------------------------------------------------------


def customer_base(on: Here, found: Study) -> None:
    title = on.t(_KEY + "base.title")
    fits = study.fits(on, found.of)
    worth = study.base_value(on, found, fits)
    line = ""
    if worth is not None and worth.value is not None:
        low, high = worth.limits_within
        line = on.t(
            _KEY + "base.line",
            value=on.money(worth.value),
            naive=on.money(worth.naive),
            within=on.money(worth.within),
            n=worth.months,
            low=on.money(low),
            high=on.money(high),
        )
    with panels.card("base", title, line):
        if not found.of.base:
            panels.empty(on.t(_KEY + "base.none"))
            return
        if worth is None:
            code = fits.problems.get("sbg", "nobody_left")
            panels.empty(on.t(_KEY + "state.no_curve"), on.t(f"model.note.{code}"))
            return
        if worth.value and worth.naive is not None:
            missed = 1 - worth.naive / worth.value
            key = "more" if missed > 0 else "less"
            st.markdown(on.t(_KEY + f"base.{key}", share=numbers.rate(abs(missed), 0)))
        if worth.value is None:
            st.markdown(on.t("model.note.infinite_mean"))
        elif worth.limits[0] is not None:
            ends = dict(zip(("low", "high"), (on.money(x) for x in worth.limits), strict=True))
            words = on.t(_KEY + "base.for_life", **ends, n=worth.months)
            st.markdown(f":small[:gray[{words}]]")
        bands, table = loaders.derived(
            on.dataset, "base-table", (on.look, found.key), lambda: _base_table(on, worth)
        )
        panels.draw_table(table, "base-table")
        drawing, cohorts = None, worth.cohorts
        if worth.value and worth.naive:
            bars = bands[:-1].rename(columns={"tenure": "name"})  # without their sum
            drawing = loaders.drawing(
                on.dataset,
                "base",
                (on.look, found.key),
                lambda: charts.base_value.draw(bars, on.look),
            )
            panels.chart("base", drawing)

        def how() -> How:
            return How(
                "customer_base",
                on.filters.options(),
                pandas.DataFrame([cohort.__dict__ for cohort in cohorts]),
                title=title,
                lines=(on.t(_KEY + "base.how", churn=numbers.rate(found.of.churn, 2)),),
                n=found.of.customers,
                money=("mrr", "within", "value", "naive"),
            )

        panels.foot(on, "base", how, drawing, title)


def _base_table(on: Here, worth: BaseValue) -> tuple[pandas.DataFrame, panels.Table]:
    """The bands of tenure, and how they are shown."""
    bands = _bands(on, worth.cohorts)
    divisor, scaled = numbers.table_unit(worth.value, on.currency, on.language)
    shown = bands.assign(
        **{name: bands[name].astype(float) / divisor for name in ("within", "value", "naive")}
    )
    marks = {"mrr": _mark(on)}
    names = {
        name: on.t(_KEY + f"base.{name}", currency=marks.get(name, scaled))
        for name in shown.columns
    }
    table = panels.made_table(
        on,
        shown,
        names=names,
        money=("mrr", "within", "value", "naive"),
        tenths=("lifetime",),
        pinned="tenure",
    )
    return bands, table


def _bands(on: Here, cohorts: Sequence[CohortValue]) -> pandas.DataFrame:
    rows = []
    for first, last in (*BANDS, (0, None)):
        inside = [c for c in cohorts if first <= c.tenure and (last is None or c.tenure <= last)]
        customers = sum(cohort.customers for cohort in inside)
        if not customers:
            continue
        whole = (first, last) == (0, None)
        payments = _sum(None if c.lifetime is None else c.lifetime * c.customers for c in inside)
        rows.append(
            {
                "tenure": on.t(_KEY + "base.all")
                if whole
                else on.t(_KEY + "base.and_more", n=first)
                if last is None
                else f"{first}–{last}",
                "customers": customers,
                "mrr": sum(cohort.mrr for cohort in inside),
                "lifetime": None if payments is None else payments / customers,
                "within": sum(cohort.within for cohort in inside),
                "value": _sum(cohort.value for cohort in inside),
                "naive": _sum(cohort.naive for cohort in inside),
            }
        )
    return pandas.DataFrame(rows)


def _sum(values: Iterable[float | None]) -> float | None:
    """None where one of them has no end."""
    known = list(values)
    return None if None in known else sum(value or 0.0 for value in known)
