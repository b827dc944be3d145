"""The form of a play: its conditions with their fields, what to do, who and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import streamlit as st

from cs_core.errors import KeizokuError
from cs_core.studies.plays.conditions import KINDS, Condition, SegmentIs, UsageDown
from cs_core.studies.plays.past import usage_metrics
from cs_core.studies.plays.play import ACTIONS, LONGEST_DUE, LONGEST_REST, MOST_CONDITIONS, Play
from cs_core.text import numbers, plain
from pages.act.accounts_at_risk.plays import study
from pages.frame import loaders, problems, session
from pages.frame.here import Here
from pages.shared import risk_study

T = "page.accounts_at_risk.plays"
OWN = ""  # the account's own owner


def draft(on: Here, key: str, play: Play) -> Play | None:
    """The play as the form stands, which begins as `play`; None while it is none, which is said."""
    base = f"play-{key}-{on.dataset.name}"
    if session.value(f"{base}-places") is None:
        session.remember(f"{base}-places", list(range(len(play.conditions))))
        session.remember(f"{base}-next", len(play.conditions))
    name = _held(f"{base}-name", play.name)
    st.text_input(on.t(f"{T}.name"), key=name, max_chars=60)
    st.markdown(f"**{on.t(f'{T}.when')}**")
    places: list[int] = session.value(f"{base}-places")
    made: list[Condition | None] = []
    for order, place in enumerate(places):
        begins = play.conditions[place] if place < len(play.conditions) else None
        made.append(_condition(on, base, place, begins, first=order == 0, alone=len(places) == 1))
    if len(places) < MOST_CONDITIONS:
        st.button(
            on.t(f"{T}.add"),
            key=f"{base}-add",
            icon=":material/add:",
            type="tertiary",
            on_click=_add,
            args=(base,),
        )
    action, owner = _then(on, base, play)
    due = _held(f"{base}-due", play.due_days)
    rest = _held(f"{base}-rest", play.rest_days)
    left, right = st.columns(2)
    left.number_input(on.t(f"{T}.due"), 0, LONGEST_DUE, step=1, key=due)
    right.number_input(
        on.t(f"{T}.rest"), 0, LONGEST_REST, step=30, key=rest, help=on.t(f"{T}.rest_help")
    )
    if any(condition is None for condition in made):
        return None
    try:
        return Play(
            str(session.value(name)),
            tuple(condition for condition in made if condition is not None),
            action,
            owner,
            int(session.value(due)),
            int(session.value(rest)),
        )
    except KeizokuError as error:
        st.warning(problems.explain(error))
        return None


def forget(on: Here, key: str) -> None:
    """The form begins anew with what is kept."""
    session.forget(f"play-{key}-{on.dataset.name}")


def _held(key: str, begins: object) -> str:
    if session.value(key) is None:
        session.mirror(key, begins)
    return key


def _then(on: Here, base: str, play: Play) -> tuple[str, str]:
    st.markdown(f"**{on.t(f'{T}.then')}**")
    left, right = st.columns(2)
    action = left.selectbox(
        on.t(f"{T}.action"),
        ACTIONS,
        format_func=lambda code: on.t(f"risk.play.{code}"),
        key=_held(f"{base}-action", play.action),
    )
    known = study.owners(on)
    named = [OWN, *known, *([play.owner] if play.owner and play.owner not in known else [])]
    own = on.t(f"{T}.own" if known else f"{T}.nobody")
    owner = right.selectbox(
        on.t(f"{T}.owner"),
        named,
        format_func=lambda name: plain(name) or own,
        key=_held(f"{base}-owner", play.owner),
        accept_new_options=True,
        help=None if known else on.t(f"{T}.no_owner"),
    )
    return str(action), str(owner or "")


# -- one condition ------------------------------------------------------------------------


def _condition(
    on: Here, base: str, place: int, begins: Condition | None, *, first: bool, alone: bool
) -> Condition | None:
    key = f"{base}-{place}"
    kinds = list(KINDS)
    usual = begins.kind if begins is not None else "mrr_at_least"
    with st.container(border=True, gap="small", key=f"condition-{key}"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            kind = st.selectbox(
                on.t(f"{T}.if" if first else f"{T}.and"),
                kinds,
                format_func=lambda code: on.t(f"plays.kind.{code}"),
                key=_held(f"{key}-kind", usual),
            )
            if not alone:
                st.button(
                    on.t(f"{T}.remove"),
                    key=f"{key}-remove",
                    icon=":material/close:",
                    type="tertiary",
                    on_click=_remove,
                    args=(base, place),
                )
        shape = KINDS[str(kind)]
        start = begins if isinstance(begins, shape) else shape()
        given = _fields(on, f"{key}-{kind}", start)
    try:
        return shape(**given)
    except KeizokuError as error:
        st.warning(problems.explain(error))
        return None


def _fields(on: Here, key: str, start: Condition) -> dict[str, Any]:
    if isinstance(start, SegmentIs):
        return _segment(on, key, start)
    items = fields(start)
    if not items:
        return {}
    given: dict[str, Any] = {}
    for column, item in zip(st.columns(len(items)), items, strict=True):
        value, said = getattr(start, item.name), item.metadata
        label = on.t(f"{T}.field.{item.name}", mark=numbers.currency_mark(on.currency, on.language))
        held = _held(f"{key}-{item.name}", value)
        if "low" in said:
            given[item.name] = column.number_input(
                label, said["low"], said["high"], step=said["step"], key=held
            )
        elif "known" in said:
            given[item.name] = column.selectbox(
                label,
                said["known"],
                format_func=lambda code: on.t(f"plays.colour.{code}"),
                key=held,
            )
        elif isinstance(start, UsageDown):
            given[item.name] = column.selectbox(
                label,
                ["", *_metrics(on)],
                format_func=lambda name: plain(name) or on.t(f"{T}.every_metric"),
                key=held,
            )
    return {name: value if value is not None else "" for name, value in given.items()}


def _segment(on: Here, key: str, start: SegmentIs) -> dict[str, Any]:
    known = [s.name for s in on.info.segments if s.name not in risk_study.NOT_A_SEGMENT]
    if not known:
        st.markdown(f":small[:gray[{on.t(f'{T}.no_segments')}]]")
        return {"column": "", "value": ""}
    left, right = st.columns(2)
    column = left.selectbox(
        on.t(f"{T}.field.column"),
        known,
        format_func=lambda name: risk_study.segment_name(on, name),
        key=_held(f"{key}-column", start.column if start.column in known else known[0]),
    )
    values = [value or "" for value in loaders.segment_values(on.dataset, str(column))]
    begins = start.value if start.value in values else (values[0] if values else "")
    value = right.selectbox(
        on.t(f"{T}.field.value"),
        values,
        format_func=lambda name: plain(name) or on.t("chart.blank"),
        key=_held(f"{key}-value-{column}", begins),
    )
    return {"column": str(column or ""), "value": str(value or "")}


def _metrics(on: Here) -> Sequence[str]:
    if "usage" not in on.info.tables:
        return ()
    return loaders.derived(
        on.dataset, "usage-metrics", (), lambda: usage_metrics(on.dataset.warehouse)
    )


def _add(base: str) -> None:
    following = int(session.value(f"{base}-next"))
    session.remember(f"{base}-next", following + 1)
    session.remember(f"{base}-places", [*session.value(f"{base}-places"), following])


def _remove(base: str, place: int) -> None:
    held = [one for one in session.value(f"{base}-places") if one != place]
    session.remember(f"{base}-places", held)
