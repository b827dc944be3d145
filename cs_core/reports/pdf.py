"""A report as PDF, set by Typst (the extra `pdf`) from the same content as the page."""

from __future__ import annotations

import json
import re
import tempfile
from datetime import datetime
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cs_core.charts import Look, export
from cs_core.errors import UsageError
from cs_core.reports import html
from cs_core.reports.content import Report, ReportFigure, Section
from cs_core.reports.sheets import unmarked
from cs_core.text import plain

PRINTED_ROWS = 60  # of a table without a drawing; a longer one is in the page and the workbook


def available() -> bool:
    """Whether the extra is installed."""
    return find_spec("typst") is not None


def render(report: Report) -> bytes:
    """Raises UsageError `pdf_needs_typst` where the extra is not installed."""
    try:
        import typst
    except ImportError:
        raise UsageError("pdf_needs_typst") from None
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        content = _content(report, root)
        (root / "report.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        text = files("cs_core.reports").joinpath("page.typ").read_text("utf-8")
        (root / "page.typ").write_text(text, "utf-8")
        made: bytes = typst.compile(
            str(root / "page.typ"),
            root=str(root),
            font_paths=[str(export.FONTS)],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["a-2b"],
            timestamp=made_on(report),
        )
    return made


def made_on(report: Report) -> int:
    """Seconds since 1970 of the moment it was made, so that the same report is the same file."""
    return int(datetime.fromisoformat(report.request.made_at.replace("Z", "+00:00")).timestamp())


def _content(report: Report, root: Path) -> dict[str, Any]:
    language = report.request.language
    note = [plain(line) for line in report.request.note.splitlines() if line.strip()]
    return {
        "title": plain(report.title),
        "holds": plain(report.holds),
        "language": language,
        "note": note,
        "sections": [
            _section(report, section, root, place) for place, section in enumerate(report.sections)
        ],
        "colophon": report.about(),
    }


def _section(report: Report, section: Section, root: Path, place: int) -> dict[str, Any]:
    return {
        "title": section.title,
        "question": section.question,
        "tiles": [{"label": t.label, "value": t.value, "note": t.note} for t in section.tiles],
        "sentences": [_parts(line) for line in section.sentences],
        "figures": [
            _figure(report, figure, root, f"{place}-{number}")
            for number, figure in enumerate(section.figures)
        ],
    }


def _parts(sentence: str) -> list[dict[str, Any]]:
    """The bold parts of a sentence and the others."""
    return [
        {"text": unmarked(part) + " " * part.endswith(" "), "bold": bool(number % 2)}
        for number, part in enumerate(re.split(r"\*\*", sentence))
        if part
    ]


def _figure(report: Report, figure: ReportFigure, root: Path, name: str) -> dict[str, Any]:
    picture = None
    if figure.drawing is not None:
        picture = f"{name}.svg"
        (root / picture).write_bytes(export.svg(figure.drawing, width=900))
    table = figure.table
    rows = table.rows[:PRINTED_ROWS]
    look = Look()
    steps = look.colors("heatmap")
    shades = [
        [
            min(html.HEAT - 1, int(float(value) * html.HEAT))
            if table.heat and column.kind == "rate" and value is not None
            else None
            for column, value in zip(table.columns, row, strict=True)
        ]
        for row in rows
    ]
    return {
        "title": figure.title,
        "line": figure.line,
        "picture": picture,
        "shown": picture is None,
        "columns": [plain(column.label) for column in table.columns],
        "right": [column.kind in html.RIGHT for column in table.columns],
        "rows": [
            [
                plain(html.cell(report, column, value, whole=table.heat))
                for column, value in zip(table.columns, row, strict=True)
            ]
            for row in rows
        ],
        "fills": [[None if s is None else steps[s] for s in row] for row in shades]
        if table.heat
        else [],
        "dark": [[s is not None and s >= html.HEAT // 2 for s in row] for row in shades],
        "size": 5.2 if table.heat else 8,
        "inset": 1.6 if table.heat else 3.5,
    }
