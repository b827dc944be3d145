"""The form of assumptions, made from the dataclass: a field there is a widget here.

Widgets show rounded values; the scenario keeps the exact ones of the data until they are moved,
so that nothing changed is exactly the baseline.
"""

from __future__ import annotations

from dataclasses import replace
from math import floor, log10
from typing import Any

import streamlit as st

from cs_core.models.assumptions import CHURN_BY_PHASE, Baseline, Spec, specs
from cs_core.text import numbers
from pages.frame import session
from pages.frame.here import Here
from pages.plan.lifetime_value import scenarios
from pages.plan.lifetime_value.scenarios import Laboratory

CHURNS = ("churn", *CHURN_BY_PHASE)
# The first group; a new assumption comes into the second until it is named here.
FIRST = (*CHURNS, "expansion", "arpa", "gross_margin", "cac", "discount_rate",
         "horizon")  # fmt: skip
HORIZONS = (12, 24, 36, 48, 60)
NO_CENTS = 1000  # of money: from here on the box is too narrow for them
NO_LIMIT = 1e9  # bounds from here on only keep out typing errors
SLIDERS = ("share_per_month",)


def draw(on: Here, lab: Laboratory) -> None:
    with st.container(border=True, key="form"):
        st.markdown(f"##### {on.t('page.lifetime_value.form.title')}")
        _draw_by_phase(on, lab)
        unused = ("churn",) if lab.scenario.by_phase else CHURN_BY_PHASE
        shown = [s for s in specs() if s.unit != "flag" and s.name not in unused]
        first = [spec for spec in shown if spec.name in FIRST]
        _draw_group(on, lab, first)
        with st.expander(
            on.t("page.lifetime_value.form.more"),
            key=f"form-more-{on.language}",
            on_change="rerun",
            type="compact",
        ) as more:
            if more.open:
                _draw_group(on, lab, [spec for spec in shown if spec.name not in FIRST])
                st.toggle(
                    on.t("page.lifetime_value.form.individuals"),
                    key="individuals",
                    help=on.t("page.lifetime_value.form.individuals_help"),
                    persist_state="session",
                )


def individuals() -> bool:
    """Whether single customers are drawn too."""
    return bool(session.value("individuals", False))


def _draw_by_phase(on: Here, lab: Laboratory) -> None:
    key = f"form-by_phase-{on.language}"
    session.mirror(key, lab.scenario.by_phase)
    words = {True: "phases", False: "one"}
    st.segmented_control(
        on.t("page.lifetime_value.form.churn"),
        [True, False],
        format_func=lambda by_phase: on.t(f"page.lifetime_value.form.{words[by_phase]}"),
        key=key,
        required=True,
        help=on.t("assumption.by_phase_help"),
        on_change=_take,
        args=(lab, "by_phase", key, 1.0, 0),
    )


def _draw_group(on: Here, lab: Laboratory, group: list[Spec]) -> None:
    """Sliders under each other, then numbers two in a row."""
    for spec in group:
        if spec.unit in SLIDERS:
            _draw_slider(on, lab, spec)
    rest = [spec for spec in group if spec.unit not in SLIDERS]
    pairs = [rest[place : place + 2] for place in range(0, len(rest), 2)]
    for pair in pairs:
        for column, spec in zip(
            st.columns(len(pair), gap="small", vertical_alignment="bottom"), pair, strict=True
        ):
            with column:
                _draw_number(on, lab, spec)


# -- one assumption -----------------------------------------------------------------------


def _scale(spec: Spec) -> float:
    return 100.0 if spec.unit.startswith("share") else 1.0


def _digits(on: Here, spec: Spec) -> int:
    """After the point, as the widget shows it."""
    if spec.unit.startswith("money"):
        return numbers.minor_units(on.currency)
    return max(0, -floor(log10(spec.step * _scale(spec)) + 1e-9))


def _step(on: Here, spec: Spec, value: float) -> float:
    """Of a widget: for money about one per cent of what stands there, 1, 2 or 5 at the front."""
    if not spec.unit.startswith("money"):
        return spec.step * _scale(spec)
    least = 10.0 ** -_digits(on, spec)
    raw = abs(value) * 0.01
    power = 10.0 ** floor(log10(raw)) if raw > 0 else 1.0
    return max(least, next((f * power for f in (1, 2, 5) if f * power >= raw * 0.999), 10 * power))


def said(on: Here, spec: Spec, value: float) -> str:
    """A value of this assumption in words."""
    if spec.unit.startswith("share"):
        return numbers.rate(value, _digits(on, spec))
    if spec.unit.startswith("money"):
        return numbers.amount(value, on.currency)
    if spec.unit == "months":
        return numbers.months(value, on.language, _digits(on, spec))
    return numbers.decimal(value, _digits(on, spec))


def _help(on: Here, spec: Spec) -> str:
    """What it is, and between which values it must lie."""
    words = on.t(f"{spec.text}_help")
    if spec.high >= NO_LIMIT:
        return words
    low, high = (said(on, spec, limit) for limit in (spec.low, spec.high))
    return f"{words} {on.t('page.lifetime_value.form.bounds', low=low, high=high)}"


def _label(on: Here, lab: Laboratory, spec: Spec) -> str:
    mark = numbers.currency_mark(on.currency, on.language)
    unit = on.t(f"page.lifetime_value.unit.{spec.unit}", currency=mark)
    label = f"{on.t(spec.text)} ({unit})" if unit else on.t(spec.text)
    if _is_changed(lab, spec):
        label += f" :blue-badge[{on.t('page.lifetime_value.form.changed')}]"
    return label


def _is_changed(lab: Laboratory, spec: Spec) -> bool:
    return bool(getattr(lab.scenario, spec.name) != getattr(lab.baseline.assumptions, spec.name))


def _draw_slider(on: Here, lab: Laboratory, spec: Spec) -> None:
    scale, digits = _scale(spec), _digits(on, spec)
    value = getattr(lab.scenario, spec.name)
    own = getattr(lab.baseline.assumptions, spec.name)
    # The end must not move with the handle; it makes room for the data's own value.
    reach = min(spec.high, max(spec.reach, 2 * own))
    end = reach if value <= reach else spec.high
    key = f"form-{spec.name}-{on.language}"
    session.mirror(key, round(value * scale, digits))
    st.slider(
        _label(on, lab, spec),
        min_value=round(spec.low * scale, digits),
        max_value=round(end * scale, digits),
        step=spec.step * scale,
        format=f"%.{digits}f%%",
        key=key,
        help=_help(on, spec),
        on_change=_take,
        args=(lab, spec.name, key, scale, digits),
    )
    _draw_default(on, lab, spec)


def _draw_number(on: Here, lab: Laboratory, spec: Spec) -> None:
    scale, digits = _scale(spec), _digits(on, spec)
    if spec.unit.startswith("money") and own(lab, spec) >= NO_CENTS:
        digits = 0
    value = getattr(lab.scenario, spec.name)
    key = f"form-{spec.name}-{on.language}"
    help_text = _help(on, spec)
    if spec.name == "horizon":
        options = sorted({*HORIZONS, value, lab.baseline.assumptions.horizon})
        session.mirror(key, value)
        st.selectbox(
            _label(on, lab, spec),
            options,
            format_func=lambda months: numbers.months(months, on.language),
            key=key,
            help=help_text,
            on_change=_take,
            args=(lab, spec.name, key, 1.0, 0),
        )
    else:
        whole, step = digits == 0, _step(on, spec, own(lab, spec))
        kind: Any = int if whole else float
        session.mirror(key, kind(round(value * scale, digits)))
        st.number_input(
            _label(on, lab, spec),
            min_value=kind(spec.low * scale),
            max_value=kind(spec.high * scale),
            step=kind(max(1, step)) if whole else step,
            format="%d" if whole else f"%.{digits}f",
            key=key,
            help=help_text,
            on_change=_take,
            args=(lab, spec.name, key, scale, digits),
        )
    _draw_default(on, lab, spec)


def own(lab: Laboratory, spec: Spec) -> float:
    """The data's own value."""
    return float(getattr(lab.baseline.assumptions, spec.name))


# What the data cannot say: a usual value stands in the form instead.
_USUAL = ("price_change", "price_response", "discount_rate", "annual_free_months", "horizon")


def _draw_default(on: Here, lab: Laboratory, spec: Spec) -> None:
    """The data's own value with its interval, or, once moved, the way back to it."""
    default = said(on, spec, own(lab, spec))
    with st.container(key=f"default-{spec.name}"):
        if _is_changed(lab, spec):
            st.button(
                on.t("page.lifetime_value.form.back", value=default),
                key=f"back-{spec.name}",
                icon=":material/undo:",
                type="tertiary",
                on_click=_put,
                args=(lab, spec.name, getattr(lab.baseline.assumptions, spec.name)),
            )
            return
        st.markdown(f":small[:gray[{_default_words(on, lab.baseline, spec, default)}]]")


def _default_words(on: Here, baseline: Baseline, spec: Spec, default: str) -> str:
    """A slider's value stands over its handle, so it is said again; a box shows it itself."""
    key = "page.lifetime_value.form."
    missing = {"cac": "no_cac", "gross_margin": "no_margin", "arpa": "no_price"}
    if missing.get(spec.name) in baseline.notes:
        return on.t(key + "missing")
    slider = spec.unit in SLIDERS
    assumed = spec.name in CHURNS and spec.name not in baseline.ranges
    if spec.name in _USUAL or assumed:
        return on.t(key + "usual", value=default)
    limits = baseline.ranges.get(spec.name)
    if limits is None:
        return on.t(key + "data", value=default) if slider else on.t(key + "from_data")
    low, high = (said(on, spec, limit) for limit in limits)
    ends = {"low": low.removesuffix("%"), "high": high}
    return (
        on.t(key + "data_range", value=default, **ends)
        if slider
        else on.t(key + "interval", **ends)
    )


# -- callbacks ----------------------------------------------------------------------------


def _put(lab: Laboratory, name: str, value: float | bool) -> None:
    changed: dict[str, Any] = {name: value}
    scenario = replace(lab.scenario, **changed)
    session.go(scenario=scenarios.encode(lab.name, scenario, lab.baseline.assumptions))


def _take(lab: Laboratory, name: str, key: str, scale: float, digits: int) -> None:
    shown = session.value(key)
    if shown is None:
        return
    before = getattr(lab.baseline.assumptions, name)
    if isinstance(before, bool):
        _put(lab, name, bool(shown))
    elif shown == round(before * scale, digits):
        _put(lab, name, before)  # moved back to where it was: the exact figure again
    else:
        _put(lab, name, round(shown / scale, 12))
