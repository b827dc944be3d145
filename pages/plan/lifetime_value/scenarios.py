"""The scenario in the address bar, those compared with it, and those saved with the dataset.

The encoding is meant to be read and typed: `scenario=Half onboarding;churn_onboarding:0.02`.
It names only what differs from the data's own figures. `scenarios` holds several, joined by `|`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import streamlit as st

from cs_core.errors import InputError, KeizokuError, WorkspaceError
from cs_core.models.assumptions import (
    Assumptions,
    Baseline,
    read_scenario,
    write_scenario,
)
from cs_core.text import inert
from cs_core.workspace.scenarios import (
    check_scenario_name,
    delete_scenario,
    save_scenario,
    saved_scenarios,
)
from pages.frame import address, loaders, problems, session
from pages.frame.here import Here

MOST_BYTES = 100_000  # of a scenario file
BASELINE = ""  # its name; no saved scenario can have it
_ROUND = "scenario-round"


@dataclass(frozen=True)
class Laboratory:
    """What is being tried. `name` is that of the scenario it began with; `saved` is in the
    workspace, `compared` is shown side by side (by name, without the baseline)."""

    baseline: Baseline
    name: str
    scenario: Assumptions
    saved: Mapping[str, Assumptions]
    compared: Mapping[str, Assumptions]

    @property
    def known(self) -> dict[str, Assumptions]:
        """Everything with a name: the baseline, saved ones, and what the link brought along, which
        is shown as it was sent even where another of that name is saved here."""
        return {BASELINE: self.baseline.assumptions, **self.saved, **self.compared}

    @property
    def chosen(self) -> str | None:
        """The name of the scenario as it stands; None when it is none of them."""
        if self.scenario == self.baseline.assumptions:
            return BASELINE
        return self.name if self.known.get(self.name) == self.scenario else None


# -- from and to the URL ------------------------------------------------------------------


def encode(name: str, scenario: Assumptions, baseline: Assumptions) -> str:
    changed = scenario.changed(baseline)
    if not changed:
        return ""
    parts = [f"{key}:{_plain(value)}" for key, value in changed.items()]
    return ";".join([quote(name, safe=" "), *parts])


def _plain(value: float | bool) -> str:
    return str(int(value)) if isinstance(value, bool) else repr(value).removesuffix(".0")


def decode(text: str, baseline: Assumptions) -> tuple[str, Assumptions]:
    """What it says wrongly is left out."""
    name, changed, _ = address.scenario(text)
    whole: dict[str, Any] = {**changed}
    return name, replace(baseline, **whole)


def current(on: Here, baseline: Baseline) -> Laboratory:
    """What the address bar and the workspace say of this dataset."""
    own = baseline.assumptions
    name, scenario = decode(session.address("scenario"), own)
    saved: dict[str, Assumptions] = {}
    with suppress(KeizokuError):
        for known, text in saved_scenarios(loaders.workspace(), on.dataset.key).items():
            with suppress(KeizokuError):  # one written for other bounds
                saved[known] = read_scenario(text, own)[1]
    listed = session.read("scenarios", address.Facts())
    if listed:
        compared = dict(decode(part, own) for part in listed)
    else:
        compared = dict(list(saved.items())[: address.MOST_SCENARIOS])
    compared.pop(BASELINE, None)
    if name and name not in saved:
        compared[name] = scenario  # a link brings its scenario along
    return Laboratory(baseline, name, scenario, saved, compared)


def _go(lab: Laboratory, name: str, scenario: Assumptions) -> None:
    session.go(scenario=encode(name, scenario, lab.baseline.assumptions))


def _compare(lab: Laboratory, compared: Mapping[str, Assumptions]) -> None:
    own = lab.baseline.assumptions
    last = list(compared.items())[-address.MOST_SCENARIOS :]
    listed = [encode(name, found, own) for name, found in last]
    session.go(scenarios="|".join(text for text in listed if text))


# -- the bar ------------------------------------------------------------------------------


def draw(on: Here, lab: Laboratory) -> None:
    """Pills of the scenarios, saving, comparing, exporting, and the way back to the data."""
    with st.container(
        key="scenario-bar", horizontal=True, vertical_alignment="center", gap="small"
    ):
        names = list(lab.known)
        key = f"scenario-pills-{on.language}"
        session.mirror(key, lab.chosen)
        st.pills(
            on.t("page.lifetime_value.scenario"),
            names,
            format_func=lambda name: inert(name) or on.t("page.lifetime_value.baseline"),
            key=key,
            label_visibility="collapsed",
            on_change=_choose,
            args=(lab, key),
        )
        if session.embedded():
            return
        _draw_save(on, lab)
        if lab.known.keys() - {BASELINE}:
            _draw_manage(on, lab)
        if lab.chosen != BASELINE:
            st.button(
                on.t("page.lifetime_value.reset"),
                key="scenario-reset",
                icon=":material/undo:",
                type="tertiary",
                on_click=session.go,
                kwargs={"scenario": ""},
            )


def _choose(lab: Laboratory, key: str) -> None:
    name = session.value(key)
    if name is not None:
        _go(lab, name, lab.known[name])


def _draw_save(on: Here, lab: Laboratory) -> None:
    with st.popover(
        on.t("page.lifetime_value.save"),
        icon=":material/bookmark_add:",
        type="tertiary",
        key="scenario-save",
        on_change="rerun",
    ) as panel:
        if not panel.open:
            return
        st.markdown(f":small[:gray[{on.t('page.lifetime_value.save_line')}]]")
        st.text_input(
            on.t("page.lifetime_value.name"),
            key="scenario-name",
            max_chars=60,
            placeholder=on.t("page.lifetime_value.placeholder"),
        )
        said = session.take("scenario-problem")
        if isinstance(said, KeizokuError):
            st.markdown(f":small[:red[{problems.explain(said)}]]")
        with st.container(horizontal=True):
            st.button(
                on.t("page.lifetime_value.save_now"),
                key="scenario-save-now",
                type="primary",
                disabled=lab.chosen == BASELINE,
                on_click=_save,
                args=(on, lab),
            )
            st.download_button(
                on.t("page.lifetime_value.toml"),
                write_scenario(
                    session.value("scenario-name")
                    or lab.name
                    or on.t("page.lifetime_value.scenario"),
                    lab.scenario,
                    lab.baseline.assumptions,
                ),
                file_name="scenario.toml",
                mime="application/toml",
                key="scenario-toml",
                icon=":material/download:",
                on_click="ignore",
            )
        st.markdown(f":small[:gray[{on.t('page.lifetime_value.open')}]]")
        uploader = f"scenario-file-{session.value(_ROUND, 0)}"
        st.file_uploader(
            on.t("page.lifetime_value.open"),
            ["toml"],
            key=uploader,
            label_visibility="collapsed",
            on_change=_open,
            args=(lab, uploader),
        )


def _open(lab: Laboratory, key: str) -> None:
    """Callback. A scenario file, over the data's own figures; the box is empty again after it."""
    file = session.value(key)
    if file is None:
        return
    session.remember(_ROUND, session.value(_ROUND, 0) + 1)
    try:
        name, scenario = read_file(file.getvalue(), lab.baseline.assumptions)
    except KeizokuError as error:
        session.remember("scenario-problem", error)
        return
    _go(lab, name, scenario)
    session.mirror("scenario-save", False)


def read_file(content: bytes, baseline: Assumptions) -> tuple[str, Assumptions]:
    """Name and scenario of a file as `write_scenario` makes it; the name may be empty."""
    if len(content) > MOST_BYTES:
        raise InputError("assumption.too_large", limit=MOST_BYTES // 1000)
    try:
        name, scenario = read_scenario(content.decode("utf-8-sig"), baseline)
    except UnicodeDecodeError as error:
        raise InputError("assumption.not_toml", reason="UTF-8") from error
    return (check_scenario_name(name) if name else ""), scenario


def _save(on: Here, lab: Laboratory) -> None:
    """Callback. What went wrong is said in the popover, which stays open."""
    try:
        name = check_scenario_name(session.value("scenario-name") or "")
        text = write_scenario(name, lab.scenario, lab.baseline.assumptions)
        save_scenario(loaders.workspace(), on.dataset.key, name, text)
    except KeizokuError as error:
        session.remember("scenario-problem", error)
        return
    _go(lab, name, lab.scenario)
    _compare(lab, {**lab.compared, name: lab.scenario})
    session.mirror("scenario-name", "")
    session.mirror("scenario-save", False)


def _draw_manage(on: Here, lab: Laboratory) -> None:
    with st.popover(
        on.t("page.lifetime_value.manage"),
        icon=":material/balance:",
        type="tertiary",
        key="scenario-manage",
        on_change="rerun",
    ) as panel:
        if not panel.open:
            return
        names = [name for name in lab.known if name != BASELINE]
        key = f"scenario-compared-{on.language}"
        session.mirror(key, [name for name in names if name in lab.compared])
        st.multiselect(
            on.t("page.lifetime_value.shown"),
            names,
            format_func=inert,
            key=key,
            max_selections=address.MOST_SCENARIOS,
            placeholder=on.t("page.lifetime_value.baseline"),
            on_change=_take_compared,
            args=(lab, key),
        )
        for place, name in enumerate(lab.saved):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(inert(name))
                st.button(
                    on.t("page.lifetime_value.delete"),
                    key=f"scenario-delete-{place}",
                    icon=":material/delete:",
                    type="tertiary",
                    on_click=_delete,
                    args=(on, lab, name),
                )


def _take_compared(lab: Laboratory, key: str) -> None:
    _compare(lab, {name: lab.known[name] for name in session.value(key) or ()})


def _delete(on: Here, lab: Laboratory, name: str) -> None:
    """Callback. What is on screen stays as it is, without its name among the saved."""
    try:
        delete_scenario(loaders.workspace(), on.dataset.key, name)
    except WorkspaceError as error:
        session.remember("scenario-problem", error)
        return
    _compare(lab, {known: found for known, found in lab.compared.items() if known != name})
    if lab.name == name:
        _go(lab, BASELINE, lab.scenario)
