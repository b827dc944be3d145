"""What was understood of files: what each was taken for, its columns, and what to know first.

Works on the report alone too, so that a dataset in use shows the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas
import streamlit as st

from cs_core.datasets import Inspection
from cs_core.domain.tables import SUBSCRIPTIONS, TABLES, Table
from cs_core.importers import ColumnReading, FileReading, Mapping
from cs_core.importers.columns.mapping import dump, of_reading
from cs_core.text import catalogue, inert, numbers, plain, t
from pages.frame import session
from pages.prepare.data import uploads

ENCODINGS = ("utf-8", "cp932", "euc_jp", "utf-16", "cp1252", "latin-1")
DELIMITERS = (",", "\t", ";", "|")
DATE_ORDERS = ("ymd", "dmy", "mdy")
END_DATES = ("exclusive", "inclusive")
SURE = 0.9
GENERIC = "generic"  # no preset: the columns were proposed
SEGMENT, LEFT_OUT = "segment", "-"
TREATMENTS = {"error": "■", "question": "◆", "warning": "▲", "note": "●"}


def words(key: str, fallback: str, language: str) -> str:
    """The catalogue's words, or the name itself where there are none."""
    return t(key, language) if key in catalogue(language) else fallback


def table_words(table: str | None, language: str) -> str:
    return words(f"page.data.table.{table}", table or "", language)


@dataclass(frozen=True)
class Doubts:
    """Why a file cannot be used as its columns stand on the screen: required ones nothing is
    given for, those given twice."""

    missing: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.twice)


# -- one file -----------------------------------------------------------------------------


def file_card(item: MappingType[str, Any], reading: FileReading, doubts: Doubts) -> None:
    """What a file was taken for and how many of its rows are used, changeable."""
    language = session.language()
    with st.container(border=True, height="stretch", key="card-file"):
        st.markdown(f"##### :material/description: {inert(item['file'])}")
        _draw_taken_for(item, doubts, language)
        with st.container(horizontal=True, gap="large"):
            for name, field in (
                ("read", "rows_read"),
                ("accepted", "rows_accepted"),
                ("set_aside", "rows_set_aside"),
            ):
                count = numbers.count(item[field])
                st.metric(t(f"page.data.{name}", language), count, width="content")
        _draw_table_choice(reading, language)
        how_read(reading)


def _draw_taken_for(item: MappingType[str, Any], doubts: Doubts, language: str) -> None:
    if item["table"] is None:
        st.markdown(f":orange-badge[:material/help: {t('page.data.unknown', language)}]")
        st.markdown(f":small[:gray[{t('page.data.unknown_advice', language)}]]")
        return
    table = table_words(item["table"], language)
    preset = None if item["preset"] == GENERIC else item["preset"]
    said = t("page.data.taken_for", language, table=table)
    if preset:
        name = words(f"page.data.preset.{preset}", preset, language)
        said = t("page.data.taken_for_preset", language, table=table, preset=name)
    ready = f" :green-badge[:material/check: {t('page.data.ready', language)}]"
    if doubts.missing:
        names = ", ".join(meaning_words(name, language) for name in doubts.missing)
        ready = f" :orange-badge[:material/help: {t('page.data.needs', language, names=names)}]"
    elif doubts:
        ready = f" :orange-badge[:material/help: {t('page.data.to_confirm', language)}]"
    st.markdown(said + (ready if item["rows_accepted"] else ""))


def _draw_table_choice(reading: FileReading, language: str) -> None:
    """What the file is taken for; a preset knows that by itself."""
    if reading.preset not in (None, GENERIC):
        return
    chosen = uploads.options().tables or {}
    key = f"read-table-{language}"
    session.mirror(key, chosen.get(reading.file, ""))
    st.selectbox(
        t("page.data.taken_for_label", language),
        ["", *TABLES],
        format_func=lambda value: (
            table_words(value, language)
            if value
            else t("page.data.detected", language, name=table_words(reading.table, language))
            if reading.table
            else t("page.data.unknown", language)
        ),
        key=key,
        on_change=lambda: uploads.choose(
            tables={**chosen, reading.file: session.value(key)} if session.value(key) else None,
            mapping=None,
        ),
    )


_CHOICES: MappingType[str, tuple[str, ...]] = {
    "encoding": ENCODINGS,
    "delimiter": DELIMITERS,
    "date_order": DATE_ORDERS,
    "end_date": END_DATES,
}


def how_read(reading: FileReading | None) -> None:
    """Encoding, delimiter, dates and end dates; each can be set otherwise. Without a reading
    (the file could not be read) only what the person says."""
    fields = [field for field in _CHOICES if _matters(field, reading)]
    for pair in (fields[:2], fields[2:]):
        for field, place in zip(pair, st.columns(2), strict=False):
            with place:
                _draw_choice(field, reading)


def _matters(field: str, reading: FileReading | None) -> bool:
    """A workbook has neither encoding nor delimiter."""
    of_text = field in ("encoding", "delimiter")
    return not of_text or reading is None or getattr(reading, field) is not None


def _draw_choice(field: str, reading: FileReading | None) -> None:
    language = session.language()
    key = f"read-{field}-{language}"
    session.mirror(key, getattr(uploads.options(), field) or "")
    st.selectbox(
        t(f"page.data.{field}.label", language),
        ["", *_CHOICES[field]],
        format_func=lambda value: option_words(field, value, reading, language),
        key=key,
        on_change=lambda: uploads.choose(**{field: session.value(key) or None}),
    )


def option_words(field: str, value: str, reading: FileReading | None, language: str) -> str:
    if value:
        return words(f"page.data.{field}.{_name(value)}", value.upper(), language)
    found = getattr(reading, field, None)
    if not found:
        plain_dates = field == "date_order" and reading is not None and reading.table is not None
        return t(f"page.data.{field}.{'plain' if plain_dates else 'found'}", language)
    name = words(f"page.data.{field}.{_name(found)}", found.upper(), language)
    unsure = field == "encoding" and reading and (reading.encoding_confidence or 0) < SURE
    return t("page.data.detected_unsure" if unsure else "page.data.detected", language, name=name)


def _name(value: str) -> str:
    return {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe"}.get(value, value.lower())


# -- its columns --------------------------------------------------------------------------


def mapping_card(reading: FileReading, preview: pandas.DataFrame, *, editable: bool) -> Doubts:
    """Each column: what it means, how surely, three values of it. Gives why they cannot be used as
    they stand here, if they cannot."""
    language = session.language()
    doubts = Doubts()
    with st.container(border=True, height="stretch", key="card-mapping"):
        st.markdown(f"##### {t('page.data.columns', language)}")
        if not reading.columns:
            st.markdown(f":small[:gray[{t('page.data.no_columns', language)}]]")
            return doubts
        doubts = _draw_editor(reading, editable, language)
        if not editable:
            st.markdown(f":small[:gray[{t('page.data.one_file_to_edit', language)}]]")
        with st.container(horizontal=True, vertical_alignment="center"):
            mapping = mapping_of(reading)
            if mapping:
                st.download_button(
                    t("page.data.save_mapping", language),
                    dump(mapping),
                    file_name="mapping.toml",
                    mime="application/toml",
                    icon=":material/save:",
                    type="tertiary",
                    on_click="ignore",
                )
            if not preview.empty and st.button(
                t("page.data.first_rows", language, n=uploads.PREVIEW_ROWS),
                icon=":material/table_rows:",
                type="tertiary",
                key="first-rows",
            ):
                _show_preview(preview, language)
    return doubts


def _draw_editor(reading: FileReading, editable: bool, language: str) -> Doubts:
    """What a person makes of the columns is kept until it can be used, and shown as it stands."""
    table = TABLES[reading.table or SUBSCRIPTIONS.name]
    draft = f"mapping-draft-{uploads.signature(reading)}"
    kept: MappingType[str, str] = session.value(draft) or {}
    columns = sorted(reading.columns, key=_certainty)
    meanings = [kept.get(column.header, _meaning(column)) for column in columns]
    doubts = _doubts(reading, table, columns, meanings) if kept else Doubts()
    wrong = {place for place, meaning in enumerate(meanings) if meaning in doubts.twice}
    frame = pandas.DataFrame(
        {
            "header": [plain(column.header) for column in columns],
            "meaning": meanings,
            "confidence": [column.confidence * 100 for column in columns],
            "examples": [", ".join(plain(e) for e in column.examples) for column in columns],
        }
    )
    options = [*sorted(table.by_name, key=lambda name: not table.by_name[name].required)]
    options += [*([SEGMENT] if table.segments else []), LEFT_OUT]
    options += [meaning for meaning in dict.fromkeys(meanings) if meaning not in options]
    edited = st.data_editor(
        _marked(frame, wrong) if wrong else frame,
        hide_index=True,
        height="content" if len(frame) <= 12 else 460,
        key=f"mapping-{uploads.signature(reading)}-{hash(tuple(meanings))}-{language}",
        disabled=["header", "confidence", "examples"] if editable else True,
        column_config={
            "header": st.column_config.TextColumn(
                t("page.data.column.header", language), width=_width(frame["header"])
            ),
            "meaning": st.column_config.SelectboxColumn(
                t("page.data.column.meaning", language),
                width=170,
                options=options,
                required=True,
                format_func=lambda value: meaning_words(str(value or LEFT_OUT), language),
            ),
            "confidence": st.column_config.ProgressColumn(
                t("page.data.column.confidence", language),
                width=95,
                format="%d%%",
                min_value=0,
                max_value=100,
            ),
            "examples": st.column_config.TextColumn(t("page.data.column.examples", language)),
        },
    )
    for code, names in (("still_missing", doubts.missing), ("given_twice", doubts.twice)):
        if names:
            words_of = ", ".join(meaning_words(name, language) for name in names)
            said = t(f"page.data.{code}", language, names=words_of)
            st.markdown(f":red[:material/error: {said}]")
    chosen = [str(meaning) for meaning in edited["meaning"]]
    if editable and chosen != meanings:
        if _doubts(reading, table, columns, chosen):
            session.remember(draft, dict(zip((c.header for c in columns), chosen, strict=True)))
        else:
            session.remember(draft, None)
            uploads.choose(mapping=_edited(reading, table.name, columns, chosen))
        st.rerun()
    return doubts


def _certainty(column: ColumnReading) -> tuple[bool, bool]:
    """What is in doubt comes first, what is left out last."""
    return column.target is None, column.confidence >= SURE


def _marked(frame: pandas.DataFrame, rows: Collection[int]) -> Any:
    """Red names for the rows that cannot both stand."""
    red = "color: #B23A0A; font-weight: 600"
    return frame.style.apply(
        lambda names: [red if place in rows else "" for place in range(len(names))],
        subset=["header"],
    )


def _doubts(
    reading: FileReading, table: Table, columns: Sequence[ColumnReading], meanings: Sequence[str]
) -> Doubts:
    mapping = _edited(reading, table.name, columns, meanings)
    given = [to for to in (*mapping.columns.values(), *mapping.constants) if to]
    missing = [name for name in table.needed(given) if name not in given]
    counted = Counter(to for to in mapping.columns.values() if to in table.by_name)
    return Doubts(tuple(missing), tuple(name for name, n in counted.items() if n > 1))


def _width(texts: pandas.Series[str]) -> int:
    """Pixels for a column of names: a very long one must not push the examples off the card."""
    longest = max(sum(2 if ord(char) > 0x2E7F else 1 for char in text) for text in texts)
    return min(max(90, 24 + 7 * longest), 170)


def _meaning(column: ColumnReading) -> str:
    if column.target is None:
        return LEFT_OUT
    return SEGMENT if column.segment else column.target


def meaning_words(value: str, language: str) -> str:
    """What a column may mean, in words."""
    named = {LEFT_OUT: "page.data.left_out", SEGMENT: "page.data.segment"}
    return words(named.get(value, f"page.data.meaning.{value}"), value, language)


def _edited(
    reading: FileReading, table: str, read: Sequence[ColumnReading], meanings: Sequence[str]
) -> Mapping:
    columns = {}
    for column, meaning in zip(read, meanings, strict=True):
        if meaning == _meaning(column):
            columns[column.header] = column.target or ""
        else:
            columns[column.header] = {LEFT_OUT: "", SEGMENT: column.header}.get(meaning, meaning)
    return Mapping(table, columns, reading.constants)


def mapping_of(reading: FileReading) -> Mapping | None:
    """The mapping as it stands, for a file whose columns were not given by a preset."""
    return of_reading(reading) if reading.preset == GENERIC and reading.columns else None


def _show_preview(preview: pandas.DataFrame, language: str) -> None:
    @st.dialog(t("page.data.first_rows", language, n=uploads.PREVIEW_ROWS), width="large")
    def show() -> None:
        shown = preview.map(_cell)
        names = {name: meaning_words(name, language) for name in shown.columns}
        st.dataframe(
            shown.rename(columns=lambda name: plain(names[name])),
            hide_index=True,
            height="content",
            key="preview",
        )

    show()


def _cell(value: object) -> str:
    """Amounts are kept to millionths; their zeros say nothing. An empty cell stays empty."""
    if value is None or value != value:
        return ""
    return plain(f"{value.normalize():f}" if isinstance(value, Decimal) else value)


# -- what to know before using it ----------------------------------------------------------


def quality_card(
    report: MappingType[str, Any], currency: str, checked: Inspection | None, *, title: str
) -> None:
    """One line a problem: what is done with the rows, how many, how much MRR, and where. A line
    opens to its rows."""
    language = session.language()
    problems = sorted(
        report["problems"], key=lambda p: (list(TREATMENTS).index(p["severity"]), -p["count"])
    )
    with st.container(border=True, key="card-quality"):
        st.markdown(f"##### {title}")
        if not problems:
            st.markdown(f":green[:material/check:] {t('page.data.no_problems', language)}")
            return
        several = len(report["files"]) > 1
        chosen = _draw_problems(problems, currency, several, language)
        if chosen is not None and chosen < len(problems):
            _draw_rows(problems[chosen], checked, language)
        else:
            st.markdown(f":small[:gray[{t('page.data.choose_problem', language)}]]")


def _draw_problems(
    problems: Sequence[MappingType[str, Any]], currency: str, several: bool, language: str
) -> int | None:
    digits = numbers.minor_units(currency)
    frame = pandas.DataFrame(
        {
            "treatment": [
                f"{TREATMENTS[p['severity']]} {t('page.data.treatment.' + p['severity'], language)}"
                for p in problems
            ],
            "content": [_problem_words(p, language) for p in problems],
            "rows": [p["count"] for p in problems],
            "mrr": [float(Decimal(p["mrr_affected"])) for p in problems],
            "where": [_where(p, several) for p in problems],
        }
    )
    mark = numbers.currency_mark(currency, language) if currency != "XXX" else ""
    mrr = t("page.data.column.mrr", language)
    event = st.dataframe(
        frame,
        key=f"problems-{language}",
        hide_index=True,
        height="content" if len(frame) <= 12 else 460,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "treatment": st.column_config.TextColumn(t("page.data.column.treatment", language)),
            "content": st.column_config.TextColumn(
                t("page.data.column.content", language), width="large"
            ),
            "rows": st.column_config.NumberColumn(
                t("page.data.column.rows", language), format="%,d"
            ),
            "mrr": st.column_config.NumberColumn(
                f"{mrr} ({mark})" if mark else mrr, format=f"%,.{digits}f"
            ),
            "where": st.column_config.TextColumn(t("page.data.column.where", language)),
        },
    )
    rows = event.selection.rows
    return int(rows[0]) if rows else None


def _problem_words(problem: MappingType[str, Any], language: str) -> str:
    said = words(f"problem.{problem['code']}", problem["code"].replace("_", " "), language)
    column = next((e["column"] for e in problem["examples"] if e["column"]), None)
    value = next((e["value"] for e in problem["examples"] if e["value"]), None)
    parts = [plain(part) for part in (column, value) if part]
    return said + (t("page.data.for_example", language, what=": ".join(parts)) if parts else "")


def _where(problem: MappingType[str, Any], several: bool) -> str:
    """The first lines; of several files with the name of the first."""
    file = problem["examples"][0]["file"] if problem["examples"] else None
    found = {e["line"] for e in problem["examples"] if e["line"] and e["file"] == file}
    lines = sorted(found)
    if not lines:
        said = t("page.data.everywhere", session.language())
    else:
        said = ", ".join(numbers.count(line) for line in lines[:3])
        said += " …" if problem["count"] > min(len(lines), 3) else ""
    return f"{plain(file)}: {said}" if several and file else said


def _draw_rows(problem: MappingType[str, Any], checked: Inspection | None, language: str) -> None:
    """All rows where they are known, else the examples of the report."""
    rows: list[dict[str, Any]] = list(problem["examples"])
    if checked is not None and problem["severity"] == "error":
        rows = [
            {
                "file": row.file,
                "line": row.line,
                "column": row.column,
                "value": row.value,
                "row": " | ".join(row.row),
            }
            for row in checked.aside
            if row.code == problem["code"]
        ] or rows
    frame = pandas.DataFrame(rows[:1000])
    text = frame.columns.difference(["line"])
    frame[text] = frame[text].map(lambda value: "" if value is None else plain(value))
    names = {name: t(f"page.data.column.{name}", language) for name in frame.columns}
    st.markdown(f"**{_problem_words(problem, language).split(' (')[0]}**")
    st.dataframe(
        frame.rename(columns=names),
        hide_index=True,
        height="content" if len(frame) <= 10 else 390,
        key="problem-rows",
    )
    if problem["count"] > len(rows):
        said = t(
            "page.data.examples_only", language, n=len(rows), all=numbers.count(problem["count"])
        )
        st.markdown(f":small[:gray[{said}]]")
