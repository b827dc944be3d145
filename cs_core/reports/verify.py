"""Does a report file still say what the data says? It is made again from its own request, and what
stands in the file is held against what would stand there now.

Every figure, sentence and mark of a drawing is compared, so a digit changed by hand is found like a
figure that moved; then the file itself, character by character, so that no style, script or markup
says otherwise. Masked names differ in every report; they are compared by their order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_core import __version__
from cs_core.errors import InputError, UsageError
from cs_core.reports import html
from cs_core.reports.content import RESTATED, Request, masks_in_order
from cs_core.reports.making import make

if TYPE_CHECKING:
    from cs_core.datasets import Dataset
    from cs_core.domain.policies import Policies

RECORD = re.compile(r'<script type="application/json" id="report">(.*?)</script>', re.DOTALL)
COLUMNS = ("what", "section", "figure", "row", "in_report", "in_data")

Difference = dict[str, str | None]


def read(path: Path) -> tuple[str, dict[str, Any]]:
    """A report file's text, and the record it carries. Raises InputError for anything else."""
    if not path.is_file():
        raise InputError("file_not_found", file=path.name)
    try:
        text = path.read_text("utf-8")
        hit = RECORD.search(text)
        record = json.loads(hit[1]) if hit else None
    except (UnicodeError, json.JSONDecodeError):
        record = None
    if not isinstance(record, dict) or "request" not in record:
        raise InputError("not_a_report", file=path.name)
    return text, record


def verify(
    path: Path,
    dataset: Dataset,
    sources: Sequence[tuple[str, str]] = (),
    policies: Policies | None = None,
) -> list[Difference]:
    """What differs, empty where nothing does. `what` is version, policy, source, figure, or
    a part of the file: head, style, markup, record, script. A figure's rows name section, figure
    and row. With `policies`, those of the file are held
    against them.

    Raises InputError for a file that is no report, and what `make` raises.
    """
    text, record = read(path)
    try:
        request = Request.of(record["request"])
    except (ValueError, UsageError):
        raise InputError("not_a_report", file=path.name) from None
    found: list[Difference] = []
    if record.get("version") != __version__:
        found.append(_difference("version", str(record.get("version")), __version__))
    if policies is not None:
        said, wanted = request.options.policies.as_dict(), policies.as_dict()
        for name, value in said.items():
            if str(value) != str(wanted[name]):
                found.append(_difference("policy", f"{name}={value}", f"{name}={wanted[name]}"))
        request = replace(request, options=replace(request.options, policies=policies))
    found += _sources(record.get("sources", []), sources)
    report = make(dataset, request, sources)
    again = html.render(report)
    ours, theirs = _cells(again), _cells(text)
    # What a later report says of an earlier one is not in the data.
    theirs = [cell for cell in theirs if cell[0] != RESTATED]
    if found:  # then the colophon, which says so too, is not told again
        ours, theirs = ([c for c in cells if c[0] != COLOPHON] for cells in (ours, theirs))
    told = list(_compared(_unmasked(theirs), _unmasked(ours)))
    explained = {"head", "style", "markup", "record", "script"} if found else set()
    if told:  # a figure that differs differs in the markup and in the record's digest too
        explained |= {"markup", "record"}
    return [*found, *told, *_parts_compared(text, again, explained)]


def _difference(
    what: str,
    in_report: str | None,
    in_data: str | None,
    section: str | None = None,
    figure: str | None = None,
    row: str | None = None,
) -> Difference:
    return dict(zip(COLUMNS, (what, section, figure, row, in_report, in_data), strict=True))


def _sources(said: Sequence[Sequence[str]], now: Sequence[tuple[str, str]]) -> Iterator[Difference]:
    then, here = {pair[0]: pair[1] for pair in said}, dict(now)
    for name in sorted({*then, *here}):
        if then.get(name) != here.get(name):
            yield _difference("source", _file(name, then.get(name)), _file(name, here.get(name)))


def _file(name: str, sha: str | None) -> str | None:
    return None if sha is None else f"{name} {sha[:12]}"


# -- the file itself ----------------------------------------------------------------------

PARTS = re.compile(
    r"(?P<head>.*?<style>)(?P<style>.*?)(?P<markup></style>.*)"
    r'(?P<record><script type="application/json" id="report">.*?</script>)(?P<script>.*)',
    re.DOTALL,
)
EARLIER = re.compile(f'<section data-name="{RESTATED}">.*?</section>', re.DOTALL)
DRAWN = re.compile(r"\bc[0-9a-f]{6}-")  # names inside a drawing hang on the masked names in it
SHOWN = 80  # characters of a part, from where it differs


def _parts_compared(theirs: str, ours: str, explained: set[str]) -> Iterator[Difference]:
    then, now = _parts(theirs), _parts(ours)
    for name in dict.fromkeys((*now, *then)):
        there, here = then.get(name, ""), now.get(name, "")
        if there != here and name not in explained:
            pairs = enumerate(zip(there, here, strict=False))
            shorter = min(len(there), len(here))
            place = next((at for at, (a, b) in pairs if a != b), shorter)
            cut = slice(place, place + SHOWN)
            yield _difference(name, there[cut], here[cut])


def _parts(text: str) -> dict[str, str]:
    counted, order = masks_in_order(), dict[str, int]()
    text = EARLIER.sub("", text, count=1)
    text = DRAWN.sub(lambda hit: f"c{order.setdefault(hit[0], len(order))}-", counted(text))
    hit = PARTS.fullmatch(text)
    return hit.groupdict() if hit else {"markup": text}


# -- the cells of a page ------------------------------------------------------------------

Cell = tuple[str, str, str, str]  # section, figure or tile, row, what stands there

ROWS = ("tr", "li", "p", "h1", "h2", "h3", "small", "b", "dd")
COLOPHON = "colophon"
VALUES = ("data-v", "d", "transform", "x", "y", "width", "height", "fill", "stroke", "points")


class _Reader(HTMLParser):
    """Takes a report apart: every text and every exact value, with where it stands."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Cell] = []
        self.variant = self.section = self.figure = ""
        self.row = 0
        self.first = ""
        self.skipped = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in ("style", "script", "head"):
            self.skipped += 1
        if tag == "footer":
            self.section, self.figure, self.variant = COLOPHON, "", ""
        if "data-variant" in given:
            self.variant = given["data-variant"] or ""
        if tag == "section":
            self.section, self.figure = given.get("data-name") or "", ""
        elif given.get("data-name"):
            self.figure = given["data-name"] or ""
        if tag in ROWS:
            self.row += 1
            self.first = ""
        values = [f"{name}={given[name]}" for name in VALUES if given.get(name) is not None]
        if values:
            self._add(" ".join(values))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script", "head"):
            self.skipped -= 1

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.first = self.first or data.strip()
            self._add(data.strip())

    def _add(self, text: str) -> None:
        if self.skipped:
            return
        section = f"{self.variant}/{self.section}" if self.variant else self.section
        self.found.append((section, self.figure, self.first, text))


def _cells(text: str) -> list[Cell]:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.found


def _unmasked(cells: list[Cell]) -> list[Cell]:
    """Masked names by the order in which they come."""
    counted = masks_in_order()
    return [(s, f, counted(row), counted(text)) for s, f, row, text in cells]


def _compared(theirs: list[Cell], ours: list[Cell]) -> Iterator[Difference]:
    """Figure by figure, so that a row that is gone does not make every later one differ."""
    mine, yours = _by_figure(ours), _by_figure(theirs)
    for place in dict.fromkeys((*yours, *mine)):
        here, there = mine.get(place, []), yours.get(place, [])
        for number in range(max(len(here), len(there))):
            a = there[number] if number < len(there) else None
            b = here[number] if number < len(here) else None
            if (a and a[3]) != (b and b[3]):
                row = (a or b or ("", "", "", ""))[2]
                yield _difference("figure", a and a[3], b and b[3], *place, row or None)
                if len(here) != len(there):
                    break  # what follows has moved by a place


def _by_figure(cells: list[Cell]) -> Mapping[tuple[str, str], list[Cell]]:
    found: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        found.setdefault((cell[0], cell[1]), []).append(cell)
    return found
