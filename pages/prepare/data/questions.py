"""What a file leaves open and only a person can tell: a question with its possible answers, each
shown as it would be read. Other refusals are not questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import streamlit as st

from cs_core.errors import KeizokuError
from cs_core.importers.cells import dates, money
from cs_core.importers.cells import numbers as written
from cs_core.importers.containers import encodings
from cs_core.importers.containers.delimited import DELIMITERS
from cs_core.importers.containers.sources import display_name
from cs_core.text import inert, numbers, reading, t
from pages.frame import session
from pages.prepare.data import review, uploads

YEARS = 5  # offered for months without one
SAMPLE = 24  # characters that show how an encoding reads

# Code of a refusal -> the option that answers it.
_QUESTIONS = {
    "ambiguous_dates": "date_order",
    "contradictory_dates": "date_order",
    "decimal_unsure": "decimal",
    "amount_unit_unsure": "amount_unit",
    "encoding_unsure": "encoding",
    "delimiter_unsure": "delimiter",
    "shape_unsure": "shape",
    "column_unsure": "columns",
    "amount_per_unsure": "amount_per",
    "amounts_unsure": "amount_is",
    "year_unsure": "year",
    "tenure_unsure": "tenure_unit",
}


def ask(error: KeizokuError, files: Sequence[Path]) -> bool:
    """Draws the question behind a refusal; False where there is none."""
    option = _QUESTIONS.get(error.code)
    said = uploads.options()
    if option is None or (option != "columns" and getattr(said, option) is not None):
        return False
    language = session.language()
    fields = {name: inert(value) for name, value in error.fields.items()}
    with st.container(border=True, key="card-question"):
        badge = f":orange-badge[:material/help: {t('page.data.to_confirm', language)}]"
        st.markdown(f"{badge} {t(f'page.data.question_{error.code}', language, **fields)}")
        with st.container(horizontal=True):
            answers = _answers(option, error.fields, files, language)
            for place, (value, shown) in enumerate(answers):
                taken: Any = value
                if option == "year":
                    taken = int(value)
                elif option == "columns":
                    taken = {**(said.columns or {}), str(error.fields["column"]): value}
                st.button(
                    shown, key=f"answer-{option}-{place}", on_click=uploads.chosen(option, taken)
                )
        st.button(
            t("page.data.forget", language),
            icon=":material/close:",
            type="tertiary",
            on_click=uploads.forget,
        )
    return True


def _answers(
    option: str, fields: Mapping[str, Any], files: Sequence[Path], language: str
) -> Iterator[tuple[str, str]]:
    """Each value the option can have, and what it would mean for the cell in doubt."""
    value = str(fields.get("value", ""))
    if option == "date_order":
        other = dates.readings(str(fields.get("other", value)))
        for order, day in sorted({**other, **dates.readings(value)}.items()):
            yield order, _read_as(f"date_order.{order}", numbers.day(day, language), language)
    elif option == "decimal":
        cell = written.take_apart(value)
        for mark in (",", "."):
            number = written.value(cell, mark == ",") if cell else None
            if number is not None:
                yield mark, f"{number.normalize():,f}"
    elif option == "amount_unit":
        cell = written.take_apart(value)
        number = written.value(cell, comma=False) if cell else None
        if number is not None:
            for unit, meant in (("minor", money.from_minor(number, None)), ("major", number)):
                yield unit, _read_as(f"amount_unit_{unit}", f"{meant.normalize():,f}", language)
    elif option == "shape":
        for shape, given in fields["readings"].items():
            name = t(f"page.data.shape.{shape}", language)
            yield shape, reading(name, given, language, "named")
    elif option == "year":
        this = date.today().year  # noqa: DTZ011 - the person's own calendar
        for year in range(this, this - YEARS, -1):
            yield str(year), str(year)
    elif option == "tenure_unit":
        for unit in ("year", "month", "week", "day"):
            lasting = numbers.count(int(fields["longest"]))
            yield unit, t(f"page.data.tenure_{unit}", language, n=lasting)
    elif option == "amount_per":
        for per, mrr in (("term", fields["term"]), ("month", fields["month"]), ("year", "")):
            yield per, t(f"page.data.per_{per}", language, mrr=mrr)
    elif option == "amount_is":
        for said in ("level", "change"):
            yield said, t(f"page.data.amount_is_{said}", language, mrr=fields[said])
    elif option == "columns":
        for header, values in fields["headers"].items():
            yield header, t("reading.header", language, header=inert(header), values=inert(values))
    elif option == "encoding":
        path = next((p for p in files if display_name(p) == fields["file"]), None)
        for codec in str(fields["candidates"]).split(", "):
            said = encodings.sample(path, codec, SAMPLE) if path else ""
            yield codec, f"{codec.upper()}: {inert(said)}" if said else codec.upper()
    else:
        for mark, name in DELIMITERS.items():
            if name in str(fields["candidates"]).split(" "):
                yield mark, review.option_words("delimiter", mark, None, language)


def _read_as(name: str, value: str, language: str) -> str:
    return f"{t(f'page.data.{name}', language)}: {value}"
