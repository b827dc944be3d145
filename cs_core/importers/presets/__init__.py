"""Presets, one module each, found by being here.

A preset module has `NAME`; `TABLE`, the canonical table it mainly gives; `recognise(headers)`, a
score from 0 to 1; and `convert(job, group)`, which
makes the FileReading. `group` gives it the other files of the same import.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from cs_core.importers import headers
from cs_core.importers.job import Job
from cs_core.importers.raw import Raw
from cs_core.importers.reading import FileReading, ReadOptions

# A file is a preset's when its score reaches this.
ENOUGH = 0.8


class Preset(Protocol):
    """What a preset module offers."""

    NAME: str
    TABLE: str

    def recognise(self, headers: Sequence[str]) -> float: ...

    def convert(self, job: Job, group: Group) -> FileReading: ...


@dataclass
class Group:
    """The raw tables of one import, each with the preset that recognised it."""

    members: list[tuple[Raw, Preset | None]] = field(default_factory=list)

    def of(self, name: str) -> list[Raw]:
        return [raw for raw, preset in self.members if preset is not None and name == preset.NAME]


@cache
def known() -> tuple[Preset, ...]:
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    loaded = (importlib.import_module(f"{__name__}.{name}") for name in modules)
    return tuple(module for module in loaded if hasattr(module, "NAME"))


def recognise(raw: Raw, options: ReadOptions) -> Preset | None:
    """The preset with the best score; none where the person has given a mapping or table.

    A mapping without dates leaves a matrix a matrix: the months are in its headers.
    """
    presets = known()
    if options.mapping is not None or raw.file in (options.tables or {}):
        dated = options.mapping is None or "start_date" in options.mapping.columns.values()
        presets = () if dated else tuple(p for p in presets if p.NAME == "mrr_matrix")
    scored = [(preset.recognise(raw.headers), preset.NAME, preset) for preset in presets]
    score, _, preset = max(scored, key=lambda item: item[:2], default=(0.0, "", None))
    return preset if score >= ENOUGH else None


def share(found: Sequence[str], wanted: Sequence[str]) -> float:
    """Share of the wanted headers that are there, in any order and spelling. `a|b`: either."""
    have = {headers.key(header) for header in found}
    there = (any(headers.key(one) in have for one in header.split("|")) for header in wanted)
    return sum(there) / len(wanted)


def find(found: Sequence[str], *wanted: str) -> str | None:
    """The header that is the first of `wanted` to be there, as the file spells it."""
    by_key = {headers.key(header): header for header in reversed(found)}
    return next((by_key[key] for key in map(headers.key, wanted) if key in by_key), None)
