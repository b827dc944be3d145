"""What is put into a report: the form, the report itself, its files and its preview."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st
import streamlit.components.v1 as components

from cs_core.errors import KeizokuError
from cs_core.reports import html, mail, making, pdf, sheets
from cs_core.reports.content import Report, Request
from cs_core.reports.sections import OF_PAGE, OF_PRESET
from cs_core.text import plain
from pages.frame import loaders, problems, session
from pages.frame.here import Here
from pages.shared import filters, panels

PREVIEW_HEIGHT = 640
MOST_VALUES = 60  # of a column that a reader may choose among
MOST_NOTE = 2000
_FORM = "share-"


@dataclass(frozen=True)
class Made:
    """A report and its page, made once for what was chosen."""

    report: Report
    page: str


def what() -> str:
    """The preset, or `page.<key>`, from the address: `view=page.churn`, `view=board`."""
    preset, page = (*session.view("share"), None)[:2]
    if preset == "page" and page:
        return f"page.{page}"
    return preset if preset in OF_PRESET else "overview"


def form(on: Here) -> Request:
    choices = [*OF_PRESET, *(f"page.{key}" for key in OF_PAGE)]
    dated = on.info.shape == "calendar"
    columns = [s.name for s in on.info.segments if 1 < s.values <= MOST_VALUES]
    with panels.card("share-what", on.t("page.share.what"), on.t("page.share.what_line")):
        key = f"{_FORM}what-{on.language}"
        session.mirror(key, what())
        left, right = st.columns(2)
        with left:
            st.selectbox(
                on.t("page.share.preset"),
                choices,
                format_func=lambda name: _name(on, name),
                key=key,
                on_change=lambda: session.go(view=str(session.value(key))),
                disabled=not dated,
            )
            label = on.t("page.share.title_label")
            title = st.text_input(label, key=f"{_FORM}title", max_chars=120)
        with right:
            none = on.t("page.share.locked")
            shown = st.selectbox(
                on.t("page.share.filter"),
                ["", *columns],
                format_func=lambda name: filters.segment_words(name, on.language) or none,
                key=f"{_FORM}filter",
            )
            language = st.segmented_control(
                on.t("page.share.language"),
                ["en", "ja"],
                format_func={"en": "English", "ja": "日本語"}.__getitem__,
                default=on.language,
                required=True,
                key=f"{_FORM}language",
            )
        note = st.text_area(
            on.t("page.share.note"), key=f"{_FORM}note", max_chars=MOST_NOTE, height=68
        )
        names = st.checkbox(on.t("page.share.names"), key=f"{_FORM}names")
    preset, _, page = what().partition(".")
    return Request(
        preset=preset,
        page=page,
        language=language or on.language,
        title=plain(title),
        note=note,
        mask=not names,
        shown=shown or None,
        dataset=on.dataset.name,
        options=on.filters.options(),
    )


def _name(on: Here, choice: str) -> str:
    preset, _, page = choice.partition(".")
    if page:
        return on.t("page.share.page", page=on.t(f"page.{page}.title"))
    return on.t(f"report.preset.{preset}.title")


def made(on: Here, request: Request) -> Made | None:
    """None where the data gives no such report; then a sentence says why."""
    try:
        with st.spinner(on.t("page.share.working")):
            return loaders.derived(
                on.dataset, "report", (request, on.dataset.version), lambda: _made(on, request)
            )
    except KeizokuError as error:
        panels.empty(problems.explain(error))
        return None


def _made(on: Here, request: Request) -> Made:
    stored = loaders.workspace().dataset(on.dataset.name)
    sources = [(source.name, source.sha256) for source in stored.sources]
    report = making.make(on.dataset, replace(request, made_at=making.now()), sources)
    return Made(report, html.render(report))


def downloads(on: Here, found: Made) -> None:
    report = found.report
    name = "-".join(plain(part).replace(" ", "-") for part in (on.info.name, what()))
    files = [
        ("html", "text/html", lambda: found.page.encode()),
        (
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            lambda: sheets.render(report),
        ),
        ("eml", "message/rfc822", lambda: mail.render(report)),
    ]
    if pdf.available():
        files.insert(1, ("pdf", "application/pdf", lambda: pdf.render(report)))
    with st.container(horizontal=True, key="share-files"):
        for kind, mime, make in files:
            st.download_button(
                on.t(f"page.share.file.{kind}"),
                make,
                file_name=f"{name}.{kind}",
                mime=mime,
                key=f"{_FORM}save-{kind}",
                icon=":material/download:",
                on_click="ignore",
            )


def preview(on: Here, found: Made) -> None:
    """The very file: its own content policy lets nothing run in the frame but what it was made
    with."""
    size = len(found.page.encode()) // 1000
    with panels.card(
        "share-preview", on.t("page.share.preview"), on.t("page.share.preview_line", size=size)
    ):
        components.html(found.page, height=PREVIEW_HEIGHT, scrolling=True)
