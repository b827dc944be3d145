"""A report as one HTML file: opens offline, asks nobody for anything, and is whole without script.

Charts are SVG; each has its figures in a table beneath, and every cell its exact value as an
attribute. The only script sorts tables and shows the report for one value of a column; the content
policy in the file allows that script and that style sheet by their hash and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Any

from cs_core.charts import Drawing, Look, export
from cs_core.charts.theme import THEMES
from cs_core.reports.content import (
    Report,
    ReportColumn,
    ReportFigure,
    ReportTable,
    Section,
    Tile,
    exact,
)
from cs_core.text import numbers, plain, t
from cs_core.text.embedded import json_inside, source_hash
from cs_core.text.numbers import MISSING

WIDTH = 820  # of a chart, in its own pixels; the page scales it
RIGHT = ("money", "rate", "points", "count", "number")
HEAT = 10  # steps of colour of a triangle
LONG = 40  # characters; a longer text may break into lines


def render(report: Report) -> str:
    """The whole file as text."""
    style, script = _style(), _file("page.js")
    policy = (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none';"
        f" style-src '{source_hash(style)}'; script-src '{source_hash(script)}'"
    )
    language = report.request.language
    body = [
        f"<header><h1>{escape(report.title)}</h1>",
        f'<p class="muted">{escape(report.holds)}</p>',
        _note(report.request.note),
        _choice(report),
        "</header>",
        '<main><div data-variant="">',
        *(_section(report, section) for section in report.sections),
        "</div>",
        *(
            f'<div data-variant="{escape(value)}" hidden>'
            + "".join(_section(report, section) for section in sections)
            + "</div>"
            for value, sections in report.variants
        ),
        "</main>",
        _colophon(report),
    ]
    head = (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">'
        f'<meta name="generator" content="Keizoku {escape(report.version)}">'
        f"<title>{escape(report.title)}</title><style>{style}</style></head>\n"
    )
    tail = (
        f'<script type="application/json" id="report">{json_inside(_record(report))}</script>'
        f"<script>{script}</script></body></html>\n"
    )
    return f"{head}<body>{''.join(body)}{tail}"


def _record(report: Report) -> dict[str, Any]:
    return {
        "request": report.request.record(),
        "digest": report.digest(),
        "version": report.version,
        "currency": report.currency,
        "sources": [list(pair) for pair in report.sources],
        "series": {label: list(pair) for label, pair in report.series.items()},
    }


@lru_cache(maxsize=8)
def _file(name: str) -> str:
    return files("cs_core.reports").joinpath(name).read_text("utf-8")


@lru_cache(maxsize=1)
def _style() -> str:
    """The style sheet, and the dark colours of whoever reads in the dark: a drawing has the light
    ones as attributes, for which a rule of the same colour is written."""
    light, dark = (Look(theme) for theme in THEMES)
    rules = [f":root {{ {_variables(dark)} }}"]
    for one, other in zip(light.palette(), dark.palette(), strict=True):
        if one != other:
            rules += [f'svg [{a}="{one}" i] {{ {a}: {other}; }}' for a in ("fill", "stroke")]
    heat = [*_heat(light), f"@media (prefers-color-scheme: dark) {{ {' '.join(_heat(dark))} }}"]
    printed = f"@media screen and (prefers-color-scheme: dark) {{ {' '.join(rules)} }}"
    return "\n".join([_file("page.css").strip(), *heat, printed])


def _variables(look: Look) -> str:
    names = ("ground", "second", "text", "muted", "border", "primary")
    return " ".join(f"--{name}: {look.color(name)};" for name in names)


def _heat(look: Look) -> list[str]:
    """Dark text on pale steps, pale text on dark ones, in both themes."""
    steps = look.colors("heatmap")
    inks = [look.color("text"), look.color("ground")]
    return [
        f"td.h{step} {{ background: {color}; color: {inks[step >= HEAT // 2]}; }}"
        for step, color in enumerate(steps)
    ]


# -- the parts ----------------------------------------------------------------------------


def _note(note: str) -> str:
    lines = [plain(line) for line in note.splitlines()]
    text = "\n".join(lines).strip()
    return f'<p class="note">{escape(text)}</p>' if text else ""


def _choice(report: Report) -> str:
    if not report.variants:
        return ""
    language = report.request.language
    everyone = escape(t("filter.everyone", language))
    choices = [f'<option value="">{everyone}</option>'] + [
        f'<option value="{escape(value)}">{escape(value)}</option>' for value, _ in report.variants
    ]
    label = escape(plain(report.request.shown or ""))
    return (
        f'<div class="choose" hidden><label for="choice">{label}</label>'
        f'<select id="choice">{"".join(choices)}</select></div>'
    )


def _section(report: Report, section: Section) -> str:
    parts = [f'<section data-name="{section.name}"><h2>{escape(section.title)}</h2>']
    if section.question:
        parts.append(f'<p class="muted">{escape(section.question)}</p>')
    if section.tiles:
        parts.append(f'<div class="tiles">{"".join(map(_tile, section.tiles))}</div>')
    if section.sentences:
        said = "".join(f"<li>{_bold(line)}</li>" for line in section.sentences)
        parts.append(f'<ul class="said">{said}</ul>')
    parts += [_figure(report, figure) for figure in section.figures]
    return "".join([*parts, "</section>"])


def _tile(tile: Tile) -> str:
    return (
        f'<div class="tile" data-name="{tile.name}" data-v="{escape(exact(tile.number))}">'
        f"<span>{escape(tile.label)}</span><b>{escape(tile.value)}</b>"
        f"<small>{escape(tile.note) or '&nbsp;'}</small></div>"
    )


def _bold(sentence: str) -> str:
    """A sentence with Markdown's bold; names in it are already written as character references,
    which a page shows as they are."""
    safe = re.sub(r"&(?!#\d+;)", "&amp;", sentence).replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", safe)


def _figure(report: Report, figure: ReportFigure) -> str:
    parts = [f'<figure data-name="{figure.name}"><figcaption><h3>{escape(figure.title)}</h3>']
    if figure.line:
        parts.append(f"<p>{escape(figure.line)}</p>")
    parts.append("</figcaption>")
    if figure.drawing is not None:
        drawn = svg(figure.drawing, f"{figure.title}. {figure.line}".strip())
        parts.append(f'<div class="scroll">{drawn}</div>')
    if figure.table.columns:
        parts.append(_table_of(report, figure))
    if figure.definition:
        how = escape(t("panel.how", report.request.language))
        parts.append(
            f"<details><summary>{how}</summary><p>{escape(figure.definition)}</p></details>"
        )
    return "".join([*parts, "</figure>"])


def _table_of(report: Report, figure: ReportFigure) -> str:
    table = f'<div class="scroll" tabindex="0">{_table(report, figure.table)}</div>'
    if figure.drawing is None:
        return table
    label = escape(t("report.figures", report.request.language))
    return f"<details><summary>{label}</summary>{table}</details>"


def _table(report: Report, table: ReportTable) -> str:
    sorts = "heat" if table.heat else "sorts"
    heads = "".join(
        f'<th scope="col"{_n(column)}>{escape(column.label)}</th>' for column in table.columns
    )
    rows = "".join(
        "<tr>"
        + "".join(_cell(report, table, c, v) for c, v in zip(table.columns, row, strict=True))
        + "</tr>"
        for row in table.rows
    )
    return f'<table class="{sorts}"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _n(column: ReportColumn) -> str:
    return ' class="n"' if column.kind in RIGHT else ""


def _cell(report: Report, table: ReportTable, column: ReportColumn, value: Any) -> str:
    said = cell(report, column, value, whole=table.heat)
    if column.kind not in RIGHT:
        kind = ' class="long"' if len(said) > LONG else ""
        held = f' data-v="{escape(exact(value))}"' if column.kind != "text" else ""
        return f"<td{kind}{held}>{escape(said)}</td>"
    shade = ""
    if table.heat and column.kind == "rate" and value is not None:
        shade = f" h{min(HEAT - 1, max(0, int(float(value) * HEAT)))}"
    return f'<td class="n{shade}" data-v="{escape(exact(value))}">{escape(said)}</td>'


def cell(report: Report, column: ReportColumn, value: Any, *, whole: bool = False) -> str:
    """A value as a table says it; nothing where there is none."""
    language = report.request.language
    if value is None or value != value:
        return "" if whole or column.kind in ("text", "date") else MISSING
    if column.kind == "money":
        return numbers.amount(value, report.currency)
    if column.kind == "rate":
        return numbers.rate(value, 0 if whole else 1)
    if column.kind == "points":
        return numbers.points(value)
    if column.kind == "count":
        return numbers.count(value)
    if column.kind == "number":
        return numbers.decimal(value)
    if column.kind == "period":
        return numbers.period(str(value), language)
    if column.kind == "date":
        return numbers.day(value, language)
    return plain(value)


def _colophon(report: Report) -> str:
    language = report.request.language
    said = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in report.about())
    how = escape(t("report.verify", language))
    return f"<footer><dl>{said}</dl><p>{how}</p></footer>"


# -- drawings -----------------------------------------------------------------------------

_STYLE = re.compile(r' style="[^"]*"')
_LABEL = re.compile(r'<(\w+)([^<>]*?) aria-label="([^"]*)"([^<>]*?)/>')


def svg(drawing: Drawing, said: str) -> str:
    """The chart as part of a page: a picture with `said` as its description, and what each mark
    says as its title, which a browser shows beside the pointer."""
    text = export.svg(drawing, width=WIDTH).decode("utf-8")
    text = text[text.index("<svg") :]
    names = {str(name) for name in drawing.frame.columns}
    text = _LABEL.sub(lambda hit: _titled(hit, names), text)
    text = re.sub(r' aria-(?:label|roledescription|hidden)="[^"]*"| role="[^"]*"', "", text)
    text = _STYLE.sub("", text)
    order: dict[str, int] = {}
    text = re.sub(
        r"((?:id=\"|url\(#|href=\"#))((?:clip|gradient)[_-]?\d+)",
        lambda hit: f"{hit[1]}{_counted(drawing, order, hit[2])}",
        text,
    )
    text = re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"', r"\1", text, count=1)
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(said)}"', 1)


def _counted(drawing: Drawing, order: dict[str, int], name: str) -> str:
    """Names inside a drawing, counted anew: the converter counts on from picture to picture."""
    place = order.setdefault(name, len(order))
    key = hashlib.sha256(json.dumps(drawing.spec, sort_keys=True, default=str).encode())
    return f"c{key.hexdigest()[:6]}-{place}"


def _titled(hit: re.Match[str], raw: Iterable[str]) -> str:
    """A mark with what its tooltip says as its title; fields no person named are left out."""
    tag, before, label, after = hit.groups()
    said = [part for part in label.split("; ") if part.partition(":")[0] not in set(raw)]
    title = f"<title>{'; '.join(said)}</title>" if said and any(":" in p for p in said) else ""
    return f"<{tag}{before}{after}>{title}</{tag}>" if title else f"<{tag}{before}{after}/>"
