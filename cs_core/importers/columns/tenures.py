"""What tenures are counted in: the header says so, the amounts do, or the person is asked."""

from __future__ import annotations

import re
from statistics import median
from typing import TYPE_CHECKING, Any

from cs_core.errors import InputError
from cs_core.importers.cells import numbers
from cs_core.importers.cells import typed as typing_
from cs_core.importers.columns import lines
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import Note

if TYPE_CHECKING:
    from cs_core.importers.columns.generic import Draft

UNITS = ("day", "week", "month", "quarter", "year")
_SAYS = {
    "month": r"month|mth|mo\b|月",
    "year": r"year|yrs?\b|年",
    "week": r"week|wks?\b|週",
    "day": r"\bday|日",
    "quarter": r"quarter|四半期",
}
_IN_ALL = r"(?i)total|lifetime|cumul|累計|総額|合計"
# The longest tenure of a list is one of months where it would be too long for years and is too
# short for days.
_YEARS, _DAYS = 40, 360
# So near must what was paid in all come to what a month costs times the tenure.
_NEAR = 0.25


def settle(job: Job, made: Draft, header: str, usual: str | None = None) -> None:
    """Tenures in months; `usual` is the unit of a known layout. Raises InputError `tenure_unsure`
    where nothing tells their unit."""
    tenures = made.columns["tenure_months"].to_pylist()
    unit = job.options.told("tenure_unit") or _said(header) or _paid(job, made, tenures) or usual
    if unit is None:
        longest = max((value for value in tenures if value is not None), default=0)
        if not _YEARS < longest <= _DAYS:
            raise InputError(
                "tenure_unsure",
                file=job.raw.file,
                column=header,
                longest=f"{longest:f}".rstrip("0").rstrip(".")
                if longest % 1
                else str(int(longest)),
                option="--tenure-unit",
            )
        unit = "month"
    if unit != "month":
        each = lines.months_of_interval(unit)
        assert each is not None
        made.columns["tenure_months"] = typing_.amounts(
            [None if value is None else lines.per_month(value, 1 / each) for value in tenures]
        )
        job.notes.append(Note(f"tenure_in_{unit}s", "note", header, len(tenures)))


def _said(header: str) -> str | None:
    spoken = re.sub(r"(?<=[a-z])(?=[A-Z])|[_.()（）/-]", " ", header).casefold()
    return next((unit for unit, said in _SAYS.items() if re.search(said, spoken)), None)


def _paid(job: Job, made: Draft, tenures: list[Any]) -> str | None:
    """The unit by which what was paid in all is what a month costs times the tenure."""
    each = made.columns.get("mrr")
    whole = next((h for h in job.raw.headers if re.search(_IN_ALL, h)), None)
    if each is None or whole is None:
        return None
    shares = []
    for price, text, tenure in zip(
        each.to_pylist(), job.raw.column(whole).to_pylist(), tenures, strict=True
    ):
        cell = numbers.take_apart(text) if text else None
        paid = numbers.value(cell, comma=False) if cell else None
        if price and paid and tenure:
            shares.append(float(paid / (price * tenure)))
    if not shares:
        return None
    usual = median(shares)
    for unit in UNITS:
        months = float(lines.months_of_interval(unit) or 0)
        if abs(usual / months - 1) <= _NEAR:
            return unit
    return None
