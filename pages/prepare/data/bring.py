"""Bringing files: what was understood of them, and one button to use them.

Nothing is counted, and no dataset touched, before that button.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cs_core import datasets
from cs_core.datasets import Info, Inspection
from cs_core.errors import KeizokuError
from cs_core.text import inert, numbers, plain, t
from pages.frame import loaders, problems, session, starting
from pages.prepare.data import first_screen, known, proposals, questions, uploads
from pages.prepare.data import review as import_review


def draw_first_screen() -> None:
    """Without any data: bring files, or look at an example."""
    files = uploads.paths()
    if files:
        language = session.language()
        st.empty()  # In place of the first screen, which would stay in sight while files are read.
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
    waiting = st.empty()
    try:
        checked = uploads.check(files, read, _waiting(waiting, uploads.forget))
        waiting.empty()
    except KeizokuError as error:
        waiting.empty()
        _refused(error, files)
        return
    if len(checked.files) == 1 and read.mapping is None:
        remembered = uploads.remembered_mapping(checked.files[0])
        if remembered and remembered != import_review.mapping_of(checked.files[0]):
            uploads.choose(mapping=remembered)
            st.rerun()
    place = _choose_file(checked)
    shown, item = checked.files[place], checked.report["files"][place]
    currency = uploads.currency(checked)
    proposals.draw(checked.report, currency)
    left, right = st.columns([0.43, 0.57])
    with right:
        doubts = import_review.mapping_card(
            shown, uploads.preview(place, checked), editable=len(checked.files) == 1
        )
    with left:
        import_review.file_card(item, shown, doubts)
    import_review.quality_card(
        checked.report, currency, checked, title=t("page.data.before", language)
    )
    known.draw(files, checked, lambda place: _waiting(place, None))
    _use(files, checked, doubts)


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


def _refused(error: KeizokuError, files: list[Path]) -> None:
    """A question where a person can tell; else one clear sentence, what was there before
    untouched, and, where it may help, how to read it otherwise."""
    if questions.ask(error, files):
        return
    language = session.language()
    option = str(error.fields.get("option", "")).removeprefix("--")
    here = {"option": t(f"page.data.option_{option}", language)} if option else {}
    st.error(problems.explain(error, **here), icon=":material/error:")
    st.markdown(f":small[:gray[{t('page.data.untouched', language)}]]")
    if option or replace(uploads.options(), beside=False) != uploads.AS_FOUND:
        with st.container(border=True):
            st.markdown(f"##### {t('page.data.say_how', language)}")
            import_review.how_read(None)
    st.button(t("page.data.forget", language), icon=":material/close:", on_click=uploads.forget)


def _choose_file(checked: Inspection) -> int:
    """The place of the file to look at; each is named with what it was taken for."""
    if len(checked.files) == 1:
        return 0
    language = session.language()

    def name(place: int) -> str:
        file = checked.files[place]
        table = import_review.table_words(file.table, language)
        said = plain(file.file)
        return f"{said} – {table}" if table else f"{said} – {t('page.data.unknown', language)}"

    return st.selectbox(
        t("page.data.file", language),
        range(len(checked.files)),
        format_func=name,
        key=f"upload-shown-{uploads.uploader_key()}-{len(checked.files)}-{language}",
        label_visibility="collapsed",
    )


def _use(files: list[Path], checked: Inspection, doubts: import_review.Doubts) -> None:
    """The bar that stays in sight: what would be kept, its name, and the one button."""
    language = session.language()
    if checked.info is None and checked.accepted and (stored := loaders.stored()):
        _join(files, checked, doubts, [*stored])
        return
    if checked.info is None or not checked.info.lines:
        st.warning(t("page.data.nothing_usable", language))
        return
    append = False
    with st.container(key="use", border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{facts(checked.info, uploads.mrr(checked))}**", width="stretch")
            if checked.info.reporting_currency == uploads.UNKNOWN:
                _draw_currency(checked)
        with st.container(horizontal=True, vertical_alignment="center"):
            name = st.text_input(
                t("page.data.name", language),
                value=files[0].stem[:60],
                key=f"name-{uploads.uploader_key()}",
                max_chars=80,
                width=260,
                label_visibility="collapsed",
            )
            pressed = st.button(
                t("page.data.use", language, n=numbers.count(checked.accepted)),
                type="primary",
                icon=":material/check:",
                key="use-now",
                disabled=bool(doubts),
            )
            if checked.rows_aside:
                file_name, content = uploads.set_aside(checked.aside_file)
                st.download_button(
                    t("page.data.save_aside", language, n=numbers.count(checked.rows_aside)),
                    content,
                    file_name=file_name,
                    icon=":material/download:",
                    on_click="ignore",
                )
            st.button(
                t("page.data.forget", language),
                icon=":material/close:",
                type="tertiary",
                on_click=uploads.forget,
            )
        if name in loaders.stored():
            append = _asked_to_append(name)
    if pressed:
        _keep(files, name, checked, append)


def _join(
    files: list[Path], checked: Inspection, doubts: import_review.Doubts, names: list[str]
) -> None:
    """What says nothing of subscriptions joins a dataset that does."""
    language = session.language()
    with st.container(key="use", border=True, gap="small"):
        st.markdown(t("page.data.joins", language))
        with st.container(horizontal=True, vertical_alignment="center"):
            at = session.address("dataset")
            name = st.selectbox(
                t("page.data.name", language),
                names,
                index=names.index(at) if at in names else 0,
                format_func=lambda one: starting.label(one, language),
                key=f"joins-{uploads.uploader_key()}-{language}",
                label_visibility="collapsed",
                width=260,
            )
            pressed = st.button(
                t("page.data.use", language, n=numbers.count(checked.accepted)),
                type="primary",
                icon=":material/check:",
                key="use-now",
                disabled=bool(doubts),
            )
            st.button(
                t("page.data.forget", language),
                icon=":material/close:",
                type="tertiary",
                on_click=uploads.forget,
            )
    if pressed:
        _keep(files, name, checked, True)


def _draw_currency(checked: Inspection) -> None:
    """Asked where no file says it: figures without one can be read as any."""
    language = session.language()
    key = f"currency-{uploads.uploader_key()}-{language}"
    session.mirror(key, uploads.currency(checked))
    badge = f":orange-badge[:material/help: {t('page.data.ask_currency', language)}]"
    st.markdown(badge, width="content")
    st.selectbox(
        t("page.data.ask_currency", language),
        uploads.CURRENCIES,
        format_func=lambda code: (
            t("page.data.no_currency", language) if code == uploads.UNKNOWN else code
        ),
        key=key,
        label_visibility="collapsed",
        width=130,
        on_change=lambda: uploads.choose_currency(session.value(key)),
    )


def _asked_to_append(name: str) -> bool:
    language = session.language()
    choice = st.radio(
        t("page.data.how_to_keep", language, name=inert(name)),
        ("replace", "append"),
        format_func=lambda value: t(f"page.data.{value}", language),
        horizontal=True,
        key=f"append-{uploads.uploader_key()}-{language}",
    )
    append = choice == "append"
    code = "added_to" if append else "replaces"
    st.markdown(f":small[:gray[{t(f'page.data.{code}', language, name=inert(name))}]]")
    return append


def _keep(files: list[Path], name: str, checked: Inspection, append: bool) -> None:
    language = session.language()
    place = st.empty()
    try:
        report = uploads.keep(
            files, name, uploads.options(), append, checked, _waiting(place, None)
        )
    except KeizokuError as error:
        place.empty()
        st.error(problems.explain(error), icon=":material/error:")
        st.markdown(f":small[:gray[{t('page.data.untouched', language)}]]")
        return
    # It counts by now: nothing that fails from here on may say otherwise.
    if len(checked.files) == 1 and (mapping := import_review.mapping_of(checked.files[0])):
        with suppress(KeizokuError, OSError):
            uploads.remember_mapping(checked.files[0], mapping)
    told = {"restated": report["restated"], "accounts": report["restated_accounts"]}
    told["links_left"] = report["links_left"]
    session.remember("just-kept", {"name": report["dataset"], **told})
    uploads.forget()
    session.remember("to-top", session.value("to-top", 0) + 1)
    session.after_this_run(**session.of_dataset(report["dataset"]))


def facts(info: Info, mrr: Sequence[tuple[str, Decimal]]) -> str:
    """344 accounts · Jun 2024 – Nov 2026 · MRR today ¥21.16M."""
    language = session.language()
    parts = [t("panel.accounts", language, n=numbers.count(info.accounts))]
    if info.first and info.first <= info.as_of:
        first, last = (numbers.period(f"{d:%Y-%m}", language) for d in (info.first, info.as_of))
        parts.append(f"{first} – {last}")
    for currency, value in mrr:
        shown = numbers.money(value, currency, language)
        parts.append(t("page.data.mrr_today", language, mrr=shown))
    return t("filter.separator", language).join(parts)
