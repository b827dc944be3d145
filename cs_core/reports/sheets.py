"""A report, or any table, as an Excel workbook: real numbers and dates, nothing that runs."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

from cs_core.reports.content import Report, ReportColumn, ReportFigure
from cs_core.text import numbers, plain, t

SAFE: dict[str, Any] = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
WIDEST = 60
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the same report, the same file
HEAT = ("#F1F5FA", "#86ABD6", "#12366B")  # 0, half, all of a cohort


def render(report: Report) -> bytes:
    """One sheet a table, the first with what the report says, the last with its colophon."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, SAFE) as book:
        book.set_properties({"title": report.title, "created": _EPOCH, "comments": report.digest()})
        formats = _formats(book, report.currency)
        taken: set[str] = set()
        _summary(book, report, formats, taken)
        for figure in report.figures():
            if figure.table.columns:
                _sheet(book, report, figure, formats, _name(figure.title, taken))
        _colophon(book, report, formats, taken)
    return out.getvalue()


def _formats(book: Any, currency: str) -> dict[str, Any]:
    digits = numbers.minor_units(currency)
    money = "#,##0" + ("." + "0" * digits if digits else "")
    kinds = {
        "money": f"{money};[Red]-{money}",
        "rate": "0.0%",
        "points": "0.0%",
        "count": "#,##0",
        "number": "#,##0.0",
        "date": "yyyy-mm-dd",
        "text": "@",
        "period": "@",
    }
    made = {kind: book.add_format({"num_format": text}) for kind, text in kinds.items()}
    made["head"] = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    made["title"] = book.add_format({"bold": True, "font_size": 14})
    made["wrap"] = book.add_format({"text_wrap": True, "valign": "top"})
    return made


def _name(title: str, taken: set[str]) -> str:
    """A sheet's name: at most 31 characters, none that Excel forbids, each once."""
    bare = re.sub(r"[\[\]:*?/\\']", " ", plain(title)).strip()[:28] or "Sheet"
    name, n = bare, 1
    while name.casefold() in taken or name.casefold() == "history":
        n += 1
        name = f"{bare[:26]} {n}"
    taken.add(name.casefold())
    return name


def _summary(book: Any, report: Report, formats: dict[str, Any], taken: set[str]) -> None:
    sheet = book.add_worksheet(_name(t("report.summary", report.request.language), taken))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 22)
    sheet.set_column(2, 2, 46)
    sheet.write_string(0, 0, report.title, formats["title"])
    sheet.write_string(1, 0, report.holds)
    row = 3
    for note in filter(None, (plain(line) for line in report.request.note.splitlines())):
        sheet.write_string(row, 0, note)
        row += 1
    for section in report.sections:
        if not section.tiles and not section.sentences:
            continue
        sheet.write_string(row, 0, section.title, formats["head"])
        row += 1
        for tile in section.tiles:
            sheet.write_string(row, 0, tile.label)
            sheet.write_string(row, 1, tile.value)
            sheet.write_string(row, 2, tile.note)
            row += 1
        for sentence in section.sentences:
            sheet.write_string(row, 0, unmarked(sentence))
            row += 1
        row += 1


def unmarked(sentence: str) -> str:
    """A sentence without Markdown's bold and without character references."""
    from html import unescape

    return plain(unescape(sentence.replace("**", "")))


def _sheet(
    book: Any, report: Report, figure: ReportFigure, formats: dict[str, Any], name: str
) -> None:
    sheet = book.add_worksheet(name)
    write_table(sheet, figure.table.columns, figure.table.rows, formats, report.request.language)
    if figure.table.heat and figure.table.rows:
        last = (len(figure.table.rows), len(figure.table.columns) - 1)
        low, middle, high = HEAT
        scale = {
            "type": "3_color_scale",
            "min_type": "num",
            "mid_type": "num",
            "max_type": "num",
            "min_value": 0,
            "mid_value": 0.5,
            "max_value": 1,
            "min_color": low,
            "mid_color": middle,
            "max_color": high,
        }
        sheet.conditional_format(1, 2, *last, scale)


def write_table(
    sheet: Any, columns: Any, rows: Any, formats: dict[str, Any], language: str
) -> None:
    """Headers frozen; numbers as numbers, dates as dates, all else as text that stays text."""
    widths = [len(column.label) for column in columns]
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.label, formats["head"])
    for number, row in enumerate(rows, start=1):
        for place, (column, value) in enumerate(zip(columns, row, strict=True)):
            shown = _write(sheet, number, place, column, value, formats, language)
            widths[place] = max(widths[place], shown)
    sheet.freeze_panes(1, 1)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(WIDEST, width + 2))


def _write(
    sheet: Any,
    row: int,
    place: int,
    column: ReportColumn,
    value: Any,
    formats: dict[str, Any],
    language: str,
) -> int:
    """Writes one cell and says how wide it is."""
    form = formats[column.kind]
    if value is None or value != value:
        sheet.write_blank(row, place, None, form)
        return 0
    if column.kind in ("text", "period"):
        text = numbers.period(str(value), language) if column.kind == "period" else plain(value)
        sheet.write_string(row, place, text, form)
        return sum(2 if ord(character) > 0x2000 else 1 for character in text)
    if column.kind == "date":
        sheet.write_datetime(row, place, value, form)
        return 10
    sheet.write_number(row, place, float(value), form)
    return len(f"{float(value):,.0f}") + 2


def _colophon(book: Any, report: Report, formats: dict[str, Any], taken: set[str]) -> None:
    language = report.request.language
    sheet = book.add_worksheet(_name(t("report.about", language), taken))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    rows = report.about()
    rows += [(f.title, f.definition) for f in report.figures() if f.definition]
    for number, (label, text) in enumerate(rows):
        sheet.write_string(number, 0, label, formats["head"])
        sheet.write_string(number, 1, text, formats["wrap"])
