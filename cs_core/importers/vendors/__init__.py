"""Presets, one file each, found by being here: a TOML file that says what a vendor's columns mean
(see `declared`), or a module where that is not enough.

A preset module has `NAME`; `TABLE`, the canonical table it mainly gives; `recognise(headers)`, a
score from 0 to 1; and `convert(job, group)`, which
makes the FileReading. `group` gives it the other files of the same import.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from cs_core.domain.tables import TABLES
from cs_core.importers.columns import generic, headers
from cs_core.importers.columns.job import Job
from cs_core.importers.columns.proposal import Proposal
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import FileReading, ReadOptions

# A file is a preset's when its score reaches this.
ENOUGH = 0.8


class Vendor(Protocol):
    """What a preset module offers."""

    NAME: str
    TABLE: str

    def recognise(self, headers: Sequence[str]) -> float: ...

    def convert(self, job: Job, group: Group) -> FileReading: ...


@dataclass
class Group:
    """The raw tables of one import, each with the preset that recognised it."""

    members: list[tuple[Raw, Vendor | None]] = field(default_factory=list)

    def of(self, name: str) -> list[Raw]:
        return [raw for raw, preset in self.members if preset is not None and name == preset.NAME]

    def first(self, name: str, *wanted: str) -> Raw | None:
        """The first of a preset's files that has all these headers."""
        fitting = (raw for raw in self.of(name) if all(find(raw.headers, one) for one in wanted))
        return next(fitting, None)


@cache
def known() -> tuple[Vendor, ...]:
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    loaded = [importlib.import_module(f"{__name__}.{name}") for name in modules]
    declared = importlib.import_module(f"{__name__}.declared").known()
    return (*(module for module in loaded if hasattr(module, "NAME")), *declared)


def recognise(raw: Raw, options: ReadOptions) -> Vendor | None:
    """The preset with the best score; none where the person has given a mapping. A given table
    leaves the presets of that table.

    A mapping without dates leaves a matrix a matrix: the months are in its headers. One of
    constants alone only adds to what a preset says.
    """
    presets = known()
    if options.mapping is not None and options.mapping.columns:
        dated = "start_date" in options.mapping.columns.values()
        presets = tuple(p for p in presets if p.NAME == "mrr_matrix" and not dated)
    table = (options.tables or {}).get(raw.file)
    presets = tuple(p for p in presets if table in (None, p.TABLE))
    scored = [(preset.recognise(raw.headers), preset.NAME, preset) for preset in presets]
    score, _, preset = max(scored, key=lambda item: item[:2], default=(0.0, "", None))
    return preset if score >= ENOUGH else None


@dataclass
class Layout:
    """Which headers mean which canonical columns; the first one found counts.

    `ignored` headers are understood and left out; any other becomes a segment.
    """

    table: str
    columns: Mapping[str, Sequence[str]]
    name: Sequence[str] = ()
    ignored: Sequence[str] = ()

    def draft(self, job: Job, segment_suffix: str = "") -> generic.Draft:
        """The file's columns, typed."""
        found = job.raw.headers
        proposal = Proposal(self.table, {}, constants=_constants(job))
        for column, wanted in self.columns.items():
            if header := find(found, *wanted):
                proposal.columns[column] = (header, 1.0)
        if header := find(found, *self.name):
            proposal.accounts["name"] = (header, 1.0)
        used = {header for header, _ in [*proposal.columns.values(), *proposal.accounts.values()]}
        ignored = {header for one in self.ignored if (header := find(found, one))} - used
        if TABLES[self.table].segments:
            proposal.segments = {
                header.removesuffix(segment_suffix): header
                for header in found
                if header not in used and header not in ignored
            }
        else:
            ignored = {header for header in found if header not in used}
        return generic.draft(job, proposal, ignored)


def _constants(job: Job) -> dict[str, str]:
    return dict(job.options.mapping.constants) if job.options.mapping is not None else {}


def share(found: Sequence[str], wanted: Sequence[str], needed: Sequence[str] = ()) -> float:
    """Share of the wanted headers that are there, in any order and spelling. `a|b`: either.
    Nothing without all the `needed`."""
    have = {headers.key(header) for header in found}

    def there(header: str) -> bool:
        return any(headers.key(one) in have for one in header.split("|"))

    return sum(map(there, wanted)) / len(wanted) if all(map(there, needed)) else 0.0


def texts(raw: Raw, *wanted: str) -> list[Any]:
    """The cells of the first of these columns, as they are; all None where there is none."""
    header = find(raw.headers, *wanted)
    return raw.column(header).to_pylist() if header else [None] * raw.rows


def find(found: Sequence[str], *wanted: str) -> str | None:
    """The header that is the first of `wanted` to be there, as the file spells it."""
    by_key = {headers.key(header): header for header in reversed(found)}
    return next((by_key[key] for key in map(headers.key, wanted) if key in by_key), None)
