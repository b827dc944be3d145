"""Plays: those that are kept or offered, the one that is open with its preview on history."""

from __future__ import annotations

import streamlit as st

from cs_core import charts
from cs_core.errors import KeizokuError
from cs_core.studies.plays.conditions import MrrAtLeast
from cs_core.studies.plays.firing import Preview
from cs_core.studies.plays.play import OFFERS, Play
from cs_core.studies.plays.words import rule_words
from cs_core.studies.risk import Rules
from cs_core.text import inert, numbers
from cs_core.workspace.plays import KeptPlay, delete_play, restore_play, save_play
from pages.act.accounts_at_risk.plays import form, study
from pages.frame import loaders, problems, session
from pages.frame.here import Here
from pages.shared import contacts, panels, playing, risk_study
from pages.shared.panels import How

T = "page.accounts_at_risk.plays"
NEW = "new"
_OPEN = "play-open"


def draw(on: Here, rules: Rules) -> None:
    with panels.card("plays", on.t(f"{T}.title"), on.t(f"{T}.line"), stretch=False):
        if on.info.shape == "tenure":
            panels.empty(on.t("error.plays_need_dates"))
            return
        playing.run_today(on)
        kept, offers = playing.kept(on), study.offers(on)
        opened = session.value(f"{_OPEN}-{on.dataset.name}")
        waiting: dict[str, int] = {}
        for task in contacts.tasks(on):
            if task.status == "open":
                waiting[task.play_id] = waiting.get(task.play_id, 0) + 1
        for one, play in kept:
            _row(on, one.id, inert(one.name), play, kept=one, waiting=waiting.get(one.id, 0))
        if offers:
            st.markdown(f":small[:gray[{on.t(f'{T}.offered')}]]")
        for code, play in offers.items():
            _row(on, code, on.t(f"plays.offer.{code}"), play)
        st.button(
            on.t(f"{T}.new"),
            key="play-new",
            icon=":material/add:",
            on_click=_open,
            args=(on, NEW),
        )
        if isinstance(said := session.take("play-problem"), KeizokuError):
            st.warning(problems.explain(said))
        if isinstance(gone := session.value("play-deleted"), KeptPlay):
            _restorable(on, gone)
        chosen = {one.id: (play, one) for one, play in kept}
        if opened in chosen:
            _editor(on, rules, opened, *chosen[opened])
        elif opened in offers:
            named = play_of_offer(on, opened)
            _editor(on, rules, opened, named, None)
        elif opened == NEW:
            _editor(on, rules, NEW, Play("", (MrrAtLeast(),)), None)


def play_of_offer(on: Here, code: str) -> Play:
    """An offer under its name in the visitor's language."""
    offered = OFFERS[code]
    return Play(
        on.t(f"plays.offer.{code}"),
        offered.conditions,
        offered.action,
        offered.owner,
        offered.due_days,
        offered.rest_days,
    )


def _row(
    on: Here, key: str, name: str, play: Play, *, kept: KeptPlay | None = None, waiting: int = 0
) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"play-row-{key}"
    ):
        widget = f"play-on-{key}"
        session.mirror(widget, kept is not None and kept.is_on)
        st.toggle(
            on.t(f"{T}.on", name=name),
            key=widget,
            label_visibility="collapsed",
            on_change=_switch,
            args=(on, key, play, kept, widget),
        )
        rule = inert(rule_words(play, on.language, on.info.reporting_currency))
        said = f"**{name}**"
        if waiting:
            said += f" :small[:gray[· {on.t(f'{T}.waiting', n=numbers.count(waiting))}]]"
        with st.container(gap=None, width="stretch"):
            st.markdown(f"{said}  \n:small[:gray[{rule}]]")
        st.button(
            on.t(f"{T}.edit" if kept else f"{T}.look"),
            key=f"play-edit-{key}",
            icon=":material/history:",
            type="tertiary",
            on_click=_open,
            args=(on, key),
        )


def _open(on: Here, key: str | None) -> None:
    where = f"{_OPEN}-{on.dataset.name}"
    before = session.value(where)
    if before is not None:
        form.forget(on, str(before))
    session.remember(where, None if key == before else key)


def _switch(on: Here, key: str, play: Play, kept: KeptPlay | None, widget: str) -> None:
    """Callback. An offer that is switched on becomes a play of the dataset."""
    named = play if kept is not None else play_of_offer(on, key)
    _save(on, named, kept, is_on=bool(session.value(widget)))


def _save(on: Here, play: Play, kept: KeptPlay | None, *, is_on: bool) -> KeptPlay | None:
    try:
        return save_play(
            loaders.workspace(),
            on.dataset.key,
            kept.name if kept is not None and not play.name else play.name,
            play.as_json(),
            is_on=is_on,
            play_id=None if kept is None else kept.id,
        )
    except KeizokuError as error:
        session.remember("play-problem", error)
        return None


# -- the one that is open -----------------------------------------------------------------


def _editor(on: Here, rules: Rules, key: str, play: Play, kept: KeptPlay | None) -> None:
    with st.container(border=True, key="play-editor"):
        left, right = st.columns([0.5, 0.5], gap="medium")
        with left:
            made = form.draft(on, key, play)
            with st.container(horizontal=True, gap="small"):
                st.button(
                    on.t(f"{T}.save_on" if not (kept and kept.is_on) else f"{T}.save"),
                    key="play-save-on",
                    type="primary",
                    disabled=made is None,
                    on_click=_keep,
                    args=(on, key, made, kept, True),
                )
                if not (kept and kept.is_on):
                    st.button(
                        on.t(f"{T}.save_off"),
                        key="play-save",
                        disabled=made is None,
                        on_click=_keep,
                        args=(on, key, made, kept, False),
                    )
                if kept is not None:
                    st.button(
                        on.t(f"{T}.delete"),
                        key="play-delete",
                        icon=":material/delete:",
                        type="tertiary",
                        help=on.t(f"{T}.delete_help"),
                        on_click=_delete,
                        args=(on, kept),
                    )
                st.button(
                    on.t(f"{T}.close"),
                    key="play-close",
                    type="tertiary",
                    on_click=_open,
                    args=(on, key),
                )
        with right:
            if made is not None:
                _preview(on, rules, made)


def _keep(on: Here, key: str, play: Play, kept: KeptPlay | None, is_on: bool) -> None:
    if _save(on, play, kept, is_on=is_on) is not None:
        _open(on, key)


def _delete(on: Here, kept: KeptPlay) -> None:
    delete_play(loaders.workspace(), on.dataset.key, kept.id)
    session.remember("play-deleted", kept)
    _open(on, kept.id)


def _restorable(on: Here, gone: KeptPlay) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":small[:gray[{on.t(f'{T}.deleted', name=inert(gone.name))}]]")
        st.button(
            on.t("page.accounts_at_risk.contacts.undo"),
            key="play-restore",
            icon=":material/undo:",
            type="tertiary",
            on_click=_restore,
            args=(on, gone),
        )


def _restore(on: Here, gone: KeptPlay) -> None:
    session.remember("play-deleted", None)
    try:
        restore_play(loaders.workspace(), on.dataset.key, gone)
    except KeizokuError as error:
        session.remember("play-problem", error)


def _preview(on: Here, rules: Rules, play: Play) -> None:
    place = st.empty()
    if study.is_first(on, rules):
        with place.container():
            said = on.t(f"{T}.working", n=numbers.count(on.info.accounts))
            st.markdown(f":small[:gray[{said}]]")
            st.skeleton(300)
    found = study.previewed(on, rules, play)
    place.empty()
    st.markdown(f"**{on.t(f'{T}.history')}**")
    if found.missing:
        names = on.t("finding.comma").join(on.t(f"plays.missing.{name}") for name in found.missing)
        panels.empty(on.t(f"{T}.lacks", tables=names), on.t(f"{T}.lacks_advice"))
        return
    begin = numbers.day(found.first, on.language)
    if not found.firings:
        panels.empty(on.t(f"{T}.never", day=begin), on.t(f"{T}.never_advice"))
        return
    for line in sentences(on, found):
        st.markdown(line)
    table = study.by_month(found)
    drawing = charts.play_firings.draw(table, on.look)
    panels.chart("play-preview", drawing)
    how = How(
        "accounts",
        risk_study.options(on),
        study.firing_table(found),
        title=on.t(f"{T}.history"),
        lines=(on.t(f"{T}.how"), on.t(f"{T}.how_base")),
        n=found.judged,
        money=("mrr",),
    )
    panels.foot(on, "play-preview", how, drawing, on.t(f"{T}.history"))


def sentences(on: Here, found: Preview) -> list[str]:
    """How often it would have fired, what became of them against the base rate, and today."""
    begin = numbers.day(found.first, on.language)
    fired = len(found.firings)
    said = [
        on.t(
            f"{T}.fired" if fired != 1 else f"{T}.fired_once",
            n=numbers.count(fired),
            day=begin,
        )
    ]
    if found.rate is not None and found.base_rate is not None:
        assert found.low is not None
        assert found.high is not None
        line = on.t(
            f"{T}.outcome",
            judged=numbers.count(found.judged),
            left=numbers.count(found.left),
            rate=numbers.rate(found.rate, 0),
            low=numbers.rate(found.low, 0).removesuffix("%"),
            high=numbers.rate(found.high, 0),
            base=numbers.rate(found.base_rate, 0 if found.base_rate >= 0.1 else 1),
        )
        said += [line, _verdict(on, found)]
    else:
        said.append(on.t(f"{T}.too_early"))
    today = numbers.count(found.matching)
    said.append(f":small[:gray[{on.t(f'{T}.today', n=today)}]]")
    return said


def _verdict(on: Here, found: Preview) -> str:
    assert found.low is not None
    assert found.high is not None
    base, lift = found.base_rate or 0.0, found.lift
    if found.low <= base <= found.high or lift is None:
        line = on.t(f"{T}.chance")
    else:
        line = on.t(f"{T}.more" if lift > 1 else f"{T}.fewer", lift=numbers.decimal(lift, 1))
    if found.small_sample:
        line += " " + on.t(f"{T}.small", n=numbers.count(found.judged))
        return f":orange[{line}]"
    return line
