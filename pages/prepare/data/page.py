"""Data: what was read, and what was set aside?"""

from __future__ import annotations

from typing import Any

import pandas
import streamlit as st

from cs_core.datasets import Dataset
from cs_core.text import inert, numbers, plain, t
from cs_core.workspace import StoredDataset
from pages.frame import loaders, navigation, session, starting
from pages.prepare.data import bring, first_screen, review, uploads

_RESTATED = (
    "month",
    "mrr_before",
    "mrr_after",
    "mrr_change",
    "customers_before",
    "customers_after",
    "account_id",
)


def page() -> None:
    files = uploads.paths()
    known = loaders.stored()
    if not known:
        bring.draw_first_screen()
        return
    first_screen.uploader()
    if files:
        bring.review(files)
    elif session.address("dataset") in known:
        stored = known[session.address("dataset")]
        with loaders.opened(stored) as opened:
            _in_use(stored, opened, known)


# -- the dataset in use -------------------------------------------------------------------


def _in_use(stored: StoredDataset, opened: Dataset, known: dict[str, StoredDataset]) -> None:
    language = session.language()
    starting.draw_undo()
    info = loaders.info(opened)
    kept = session.value("just-kept")
    with st.container(border=True, key="card-current"):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(gap=None, width="stretch"):
                icon = ":green[:material/check_circle:]" if kept else ":material/folder:"
                st.markdown(f"##### {icon} {inert(starting.label(stored.name, language))}")
                facts = bring.facts(info, loaders.mrr_today(opened))
                st.markdown(f":small[:gray[{facts}]]")
            st.page_link(
                navigation.page_to("overview"),
                label=t("page.data.to_overview", language),
                icon=":material/arrow_forward:",
            )
        if kept and kept["name"] == stored.name:
            st.page_link(
                navigation.page_to("definitions"),
                label=t("page.overview.next.match", language),
                icon=":material/rule:",
            )
        if kept and kept["name"] == stored.name and kept["links_left"]:
            names = ", ".join(map(inert, kept["links_left"]))
            st.warning(t("page.data.links_left", language, names=names), icon=":material/link:")
        if kept and kept["name"] == stored.name and kept["restated"]:
            _restated("restated", kept["restated"], info.reporting_currency)
            if kept["accounts"]:
                _restated("restated_accounts", kept["accounts"], info.reporting_currency)
        _draw_files(stored.report["files"])
        with st.container(horizontal=True):
            aside = stored.path / "set_aside.csv"
            count = sum(item["rows_set_aside"] for item in stored.report["files"])
            if count and aside.exists():
                file_name, content = uploads.set_aside(aside)
                st.download_button(
                    t("page.data.save_aside", language, n=numbers.count(count)),
                    content,
                    file_name=file_name,
                    icon=":material/download:",
                    type="tertiary",
                    on_click="ignore",
                )
            if loaders.workspace().can_undo(stored.name):
                st.button(
                    t("page.data.before_this", language),
                    icon=":material/undo:",
                    type="tertiary",
                    on_click=starting.undo,
                    args=(stored.name,),
                )
            if stored.name not in (loaders.SAMPLE, loaders.DEMO):
                starting.draw_rename(stored.name)
            st.button(
                t("page.data.delete", language),
                icon=":material/delete:",
                type="tertiary",
                on_click=starting.delete,
                args=(stored.name,),
            )
    review.quality_card(
        stored.report, info.reporting_currency, None, title=t("page.data.known", language)
    )
    missing = [name for name in (loaders.SAMPLE, loaders.DEMO) if name not in known]
    if missing:
        st.markdown(f"##### {t('page.data.examples', language)}")
        first_screen.draw_examples(missing)


def _draw_files(files: list[dict[str, Any]]) -> None:
    language = session.language()
    frame = pandas.DataFrame(
        {
            "file": [plain(item["file"]) for item in files],
            "table": [review.table_words(item["table"], language) for item in files],
            "encoding": [(item["encoding"] or "").upper() for item in files],
            "read": [item["rows_read"] for item in files],
            "accepted": [item["rows_accepted"] for item in files],
            "set_aside": [item["rows_set_aside"] for item in files],
        }
    )
    labels = {name: t(f"page.data.column.{name}", language) for name in frame.columns}
    config: dict[str, Any] = {
        name: st.column_config.NumberColumn(labels[name], format="%,d")
        for name in ("read", "accepted", "set_aside")
    }
    st.dataframe(
        frame, hide_index=True, height="content", key="files", column_config={**labels, **config}
    )


def _restated(kind: str, changes: list[dict[str, Any]], currency: str) -> None:
    """Which past months, or whose, a newer export changed, and by how much."""
    language = session.language()
    st.markdown(f":orange[:material/history:] {t(f'page.data.{kind}', language)}")
    digits = numbers.minor_units(currency)
    frame = pandas.DataFrame(changes)
    if "account_id" in frame:
        frame["account_id"] = frame["account_id"].map(plain)
    frame["month"] = [numbers.period(month, language) for month in frame["month"]]
    money = [name for name in ("mrr_before", "mrr_after", "mrr_change") if name in frame]
    for name in money:
        frame[name] = frame[name].astype(float)
    label = {name: t(f"page.data.restated_{name}", language) for name in frame if name in _RESTATED}
    mark = numbers.currency_mark(currency, language)
    config: dict[str, Any] = {
        **label,
        **{
            name: st.column_config.NumberColumn(
                f"{label[name]} ({mark})" if mark else label[name],
                format=f"%+,.{digits}f" if name == "mrr_change" else f"%,.{digits}f",
            )
            for name in money
        },
    }
    st.dataframe(
        frame if frame["currency"].nunique() > 1 else frame.drop(columns="currency"),
        hide_index=True,
        height="content" if len(changes) <= 10 else 390,
        key=kind,
        column_config=config,
    )


page()
