"""What a report holds, before it is a page, a book of sheets or a letter: one tree for all of them.

Nothing here is written for a format. Text that came from files is plain (one line, nothing that is
not seen), and each renderer escapes it in its own way.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from cs_core.charts.drawing import Drawing
from cs_core.domain.policies import Policies
from cs_core.metrics.options import Options
from cs_core.text import LANGUAGES, plain, t

Kind = Literal["text", "period", "date", "money", "rate", "points", "count", "number"]
RESTATED = "restated"  # the section that compares with an earlier report


@dataclass(frozen=True)
class ReportColumn:
    """`name` is the metric's own, `label` what a person reads. Money is in currency units, rates
    are shares of 1."""

    name: str
    label: str
    kind: Kind


@dataclass(frozen=True)
class ReportTable:
    """Typed rows. With `heat`, the cells of rates are coloured by their size."""

    columns: tuple[ReportColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    heat: bool = False


@dataclass(frozen=True)
class Tile:
    """A headline figure in words, with its exact `number` beside it."""

    name: str
    label: str
    value: str
    note: str
    number: Any


@dataclass(frozen=True)
class ReportFigure:
    """One card: what it shows, the finding, the drawing if there is one, and its figures.
    `definition` says how they are computed."""

    name: str
    title: str
    line: str
    table: ReportTable
    drawing: Drawing | None = None
    definition: str = ""


@dataclass(frozen=True)
class Section:
    """Sentences hold Markdown's bold and nothing else."""

    name: str
    title: str
    question: str
    sentences: tuple[str, ...] = ()
    tiles: tuple[Tile, ...] = ()
    figures: tuple[ReportFigure, ...] = ()


@dataclass(frozen=True)
class Request:
    """What a report was asked for: all that is needed to make it again from the same data.

    `page` names the page for the preset of that name. `made_at` is UTC, to the second. `shown` is
    the column a reader may filter by; its values are then in the file.
    """

    preset: str
    language: str = "en"
    title: str = ""
    note: str = ""
    page: str = ""
    mask: bool = False
    shown: str | None = None
    dataset: str = ""
    made_at: str = ""
    options: Options = field(default_factory=Options)

    def record(self) -> dict[str, Any]:
        """Ready for JSON; `of` reads it back."""
        found = asdict(replace(self, options=Options()))
        options = asdict(self.options)
        as_of = self.options.as_of
        options["as_of"] = as_of.isoformat() if as_of else None
        options["policies"] = self.options.policies.as_dict()
        return {**found, "options": options}

    @staticmethod
    def of(record: Mapping[str, Any]) -> Request:
        """Raises ValueError for a record that is none."""
        try:
            fields = dict(record)
            options = dict(fields.pop("options"))
            policies = Policies.of(values=options.pop("policies"))
            as_of = options.pop("as_of")
            where = tuple((column, value) for column, value in options.pop("where"))
            asked = Options(
                policies=policies,
                as_of=date.fromisoformat(as_of) if as_of else None,
                where=where,
                **options,
            )
            return Request(options=asked, **fields)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ValueError("not a request") from None


@dataclass(frozen=True)
class Report:
    """A whole report. `holds` says whose figures they are, by which definitions and as of when;
    `colophon` is (label, text); `sources` are (file, SHA-256) of what the data was read from;
    `variants` are the sections again for single values of `request.shown`; `series` is what a later
    report of the same name is compared with: month -> closing MRR and customers."""

    request: Request
    currency: str
    title: str
    holds: str
    sections: tuple[Section, ...]
    colophon: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    version: str
    series: Mapping[str, tuple[str, int]]
    variants: tuple[tuple[str, tuple[Section, ...]], ...] = ()

    def figures(self) -> Iterator[ReportFigure]:
        for section in self.sections:
            yield from section.figures

    def about(self) -> list[tuple[str, str]]:
        """What a colophon says, line by line: what it was made from, and the proof."""
        language = self.request.language
        rows = [*self.colophon]
        source = t("report.colophon.source", language)
        rows += [(source, f"{plain(name)} {sha}") for name, sha in self.sources]
        return [*rows, (t("report.colophon.digest", language), self.digest())]

    def digest(self) -> str:
        """SHA-256 of every figure and sentence, whenever and for whatever title it was made; what
        is told of an earlier report is not part of it."""
        said = [_said(section) for section in self.sections if section.name != RESTATED]
        said += [[value, [_said(section) for section in part]] for value, part in self.variants]
        text = json.dumps([self.currency, said], ensure_ascii=False, separators=(",", ":"))
        text = masks_in_order()(text)
        return hashlib.sha256(text.encode()).hexdigest()


def masks_in_order() -> Callable[[str], str]:
    """Replaces masked names, which differ in every report, by the order in which they come."""
    patterns = [
        re.escape(t("report.masked", language, n="\0")).replace("\0", "([0-9a-f]{4})")
        for language in LANGUAGES
    ]
    masked = re.compile("|".join(patterns))
    order: dict[str, int] = {}
    return lambda text: masked.sub(lambda hit: f"#{order.setdefault(hit[0], len(order))}", text)


def _said(section: Section) -> list[Any]:
    return [
        section.name,
        list(section.sentences),
        [[tile.name, tile.value, exact(tile.number)] for tile in section.tiles],
        [
            [figure.name, figure.line, [[exact(v) for v in row] for row in figure.table.rows]]
            for figure in section.figures
        ],
    ]


def exact(value: Any) -> str:
    """A cell as `query` writes it in JSON, to the last digit; empty where there is no value."""
    if value is None or value != value:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.6f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def rows_of(
    records: Sequence[Mapping[str, Any]], columns: Sequence[ReportColumn]
) -> tuple[Any, ...]:
    """The records' values in the order of the columns."""
    return tuple(tuple(record[column.name] for column in columns) for record in records)
