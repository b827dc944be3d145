"""Bringing files: what was understood of them, and one button to use them.

Nothing is counted, and no dataset touched, before that button.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cs_core import datasets
from cs_core.datasets import Info, Inspection
from cs_core.errors import KeizokuError
from cs_core.importers import FileReading
from cs_core.text import inert, numbers, plain, t
from pages.shared import first_screen, import_review, loaders, problems, session, uploads


def draw_first_screen() -> None:
    """Without any data: bring files, or look at an example."""
    files = uploads.paths()
    if files:
        language = session.language()
        with st.container(gap=None):
            st.title(t("page.data.title", language), anchor=False)
            st.markdown(f":gray[{t('page.data.question', language)}]")
        first_screen.uploader()
        review(files)
    else:
        first_screen.draw()


def review(files: list[Path]) -> None:
    language = session.language()
    read = uploads.options()
    place = st.empty()
    try:
        checked = uploads.check(files, read, _waiting(place, uploads.forget))
        place.empty()
    except KeizokuError as error:
        place.empty()
        _refused(error)
        return
    if len(checked.files) == 1 and read.mapping is None:
        remembered = uploads.remembered_mapping(checked.files[0])
        if remembered and remembered != import_review.mapping_of(checked.files[0]):
            uploads.choose(mapping=remembered)
            st.rerun()
    shown = _choose_file(checked)
    item = next(i for i in checked.report["files"] if i["file"] == shown.file)
    left, right = st.columns([0.43, 0.57])
    with left:
        import_review.file_card(item, shown, checked.report)
    with right:
        import_review.mapping_card(
            shown, uploads.preview(shown, checked), editable=len(checked.files) == 1
        )
    currency = checked.info.reporting_currency if checked.info else "JPY"
    import_review.quality_card(
        checked.report, currency, checked, title=t("page.data.before", language)
    )
    _use(files, checked)


def _waiting(place: DeltaGenerator, stop: Callable[[], None] | None) -> datasets.Heard:
    """What is being done and how far it is, in `place`, with a way to stop it. Drawn when there
    is first something to tell; pressing the button ends this run at its next word."""
    language = session.language()
    bar: DeltaGenerator | None = None

    def heard(doing: str, share: float) -> None:
        nonlocal bar
        said = t(f"page.data.doing_{doing}", language, percent=f"{share:.0%}")
        low, high = _SPANS[doing]
        done = low + (high - low) * min(1.0, share)
        if bar is None:
            with place.container():
                bar = st.progress(done, said)
                key = f"stop-{uploads.uploader_key()}-{stop is None}"
                icon = ":material/close:"
                st.button(t("page.data.cancel", language), key=key, icon=icon, on_click=stop)
                st.skeleton(320)
        bar.progress(done, said)

    return heard


_SPANS = {"reading": (0.0, 0.6), "staging": (0.6, 0.8), "ledger": (0.8, 1.0)}


def _refused(error: KeizokuError) -> None:
    """One clear sentence, what was there before untouched, and what can be said otherwise."""
    language = session.language()
    option = str(error.fields.get("option", "")).removeprefix("--")
    here = {"option": t(f"page.data.option_{option}", language)} if option else {}
    st.error(problems.explain(error, **here), icon=":material/error:")
    st.markdown(f":small[:gray[{t('page.data.untouched', language)}]]")
    with st.container(border=True):
        st.markdown(f"##### {t('page.data.say_how', language)}")
        import_review.how_read(None)
        st.button(t("page.data.forget", language), icon=":material/close:", on_click=uploads.forget)


def _choose_file(checked: Inspection) -> FileReading:
    if len(checked.files) == 1:
        return checked.files[0]
    names = [item.file for item in checked.files]
    name = st.selectbox(
        t("page.data.file", session.language()),
        names,
        format_func=plain,
        key="upload-shown",
        label_visibility="collapsed",
    )
    return checked.files[names.index(name)]


def _use(files: list[Path], checked: Inspection) -> None:
    language = session.language()
    if checked.info is None:
        st.warning(t("page.data.nothing_usable", language))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="use"):
        name = st.text_input(
            t("page.data.name", language),
            value=files[0].stem[:60],
            key=f"name-{uploads.uploader_key()}",
            max_chars=80,
            width=260,
        )
        pressed = st.button(
            t("page.data.use", language, n=numbers.count(checked.accepted)),
            type="primary",
            icon=":material/check:",
        )
        if checked.aside:
            st.download_button(
                t("page.data.save_aside", language, n=numbers.count(len(checked.aside))),
                lambda: uploads.set_aside_csv(checked.aside),
                file_name="set_aside.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
            )
        st.button(
            t("page.data.forget", language),
            icon=":material/close:",
            type="tertiary",
            on_click=uploads.forget,
        )
    st.markdown(f":small[:gray[{facts(checked.info, checked.mrr)}]]")
    append = False
    if name in loaders.stored():
        key = f"append-{uploads.uploader_key()}-{language}"
        choice = st.radio(
            t("page.data.how_to_keep", language, name=inert(name)),
            ("replace", "append"),
            format_func=lambda value: t(f"page.data.{value}", language),
            horizontal=True,
            key=key,
        )
        append = choice == "append"
        code = "added_to" if append else "replaces"
        st.markdown(f":small[:gray[{t(f'page.data.{code}', language, name=inert(name))}]]")
    if pressed:
        _keep(files, name, checked, append)


def _keep(files: list[Path], name: str, checked: Inspection, append: bool) -> None:
    language = session.language()
    place = st.empty()
    try:
        report = uploads.keep(files, name, uploads.options(), append, _waiting(place, None))
        if len(checked.files) == 1:
            mapping = import_review.mapping_of(checked.files[0])
            if mapping:
                uploads.remember_mapping(checked.files[0], mapping)
    except KeizokuError as error:
        place.empty()
        st.error(problems.explain(error), icon=":material/error:")
        st.markdown(f":small[:gray[{t('page.data.untouched', language)}]]")
        return
    session.remember("just-kept", {"name": report["dataset"], "restated": report["restated"]})
    uploads.forget()
    session.after_this_run(dataset=report["dataset"], where="", asof="", currency="", by="")


def facts(info: Info, mrr: Sequence[tuple[str, Decimal]]) -> str:
    """344 accounts · Jun 2024 – Nov 2026 · MRR today ¥21.16M."""
    language = session.language()
    parts = [t("panel.accounts", language, n=numbers.count(info.accounts))]
    if info.first:
        first, last = (numbers.period(f"{d:%Y-%m}", language) for d in (info.first, info.as_of))
        parts.append(f"{first} – {last}")
    for currency, value in mrr:
        shown = numbers.money(value, currency, language)
        parts.append(t("page.data.mrr_today", language, mrr=shown))
    return t("filter.separator", language).join(parts)
