"""A figure that a person knows, held against what is counted; where it differs, the readings of
the files, and the policies, under which it would be that one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from cs_core.datasets.dataset import Dataset, Heard, open_dataset, unheard
from cs_core.domain.money import MICROS
from cs_core.domain.policies import Policies
from cs_core.errors import KeizokuError, UsageError
from cs_core.importers.bounded import transfer
from cs_core.importers.bounded.child import ReadingTask, work_in_child
from cs_core.importers.cells import numbers
from cs_core.importers.columns import headers
from cs_core.importers.reading import Reading, ReadOptions
from cs_core.metrics.options import Options

FIGURES = ("mrr", "customers")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
# Answers to how amounts are read, and between which shares of what is counted a figure must lie for
# each to be worth trying.
_AMOUNTS = (
    ("amount_per", "year", 0.08, 1), ("amount_per", "quarter", 0.08, 4),
    ("amount_per", "month", 1, 12.5), ("amount_per", "term", 0.01, 12.5),
    ("amount_unit", "minor", 0.005, 0.02), ("amount_unit", "major", 50, 200),
    ("amount_unit", "thousand", 500, 2000), ("tax_rate", "10", 0.9, 1), ("tax_rate", "8", 0.9, 1),
)  # fmt: skip
# The policies that move today's figures.
_POLICIES = (
    ("trial", "counted"),
    ("paused", "keep"),
    ("past_due", "churn_after_days:0"),
    ("churn_date", "cancel_request"),
    ("discounts", "ignore"),
    ("zero_mrr", "customer"),
)
# What a figure may be instead of MRR, by how many times it is as large.
_FACTORS = (
    ("year", Decimal(12)),
    ("tax_10", Decimal("1.1")),
    ("tax_8", Decimal("1.08")),
    ("cents", Decimal(100)),
    ("thousands", Decimal("0.001")),
)
# A known amount may be rounded by so much.
_NEAR = Decimal("0.001")
# Other columns that may be the price.
_COLUMNS = 5


@dataclass(frozen=True)
class KnownFigure:
    """`value` of a figure, "mrr" or "customers", at the end of `month`; None is today."""

    figure: str
    value: Decimal
    month: str | None = None

    @classmethod
    def of(cls, name: str, value: str) -> KnownFigure:
        """From `mrr` or `customers@2024-03` and a number as people write it. Raises UsageError."""
        figure, _, month = name.partition("@")
        if figure not in FIGURES:
            raise UsageError("known_figure", figure=figure, known=", ".join(FIGURES))
        if month and not _MONTH.fullmatch(month):
            raise UsageError("known_month", value=month)
        written = numbers.take_apart(value)
        number = None
        if written is not None:
            number = numbers.value(written, numbers.decimal_mark([written.digits]) == ",")
        if number is None or number < 0:
            raise UsageError("known_number", value=value)
        return cls(figure, number, month or None)


def compared(
    dataset: Dataset,
    known: KnownFigure,
    paths: Sequence[Path],
    read: ReadOptions,
    heard: Heard = unheard,
) -> dict[str, Any]:
    """What is counted in place of a known figure, and, where that differs, the readings that would
    give it: each with its code, the option or policy, and what is counted then."""
    counted = _counted(dataset, known, Options())
    found: dict[str, Any] = {
        "figure": known.figure,
        "month": known.month,
        "known": _text(known.value),
        "counted": _nearest(counted, known),
        "fits": _fits(counted, known),
        "readings": [],
    }
    if not found["fits"]:
        readings = [*_by_policies(dataset, known), *_by_reading(dataset, known, paths, read, heard)]
        found["readings"] = readings or list(_by_factor(counted, known))
    return found


def search(
    paths: Sequence[Path],
    folder: Path,
    read: ReadOptions,
    known: KnownFigure,
    *,
    heard: Heard = unheard,
) -> dict[str, Any]:
    """`compared` in a bounded child process."""
    fields = {
        "paths": [str(path) for path in paths],
        "read": transfer.options_to_json(read),
        "known": [known.figure, str(known.value), known.month],
    }
    task = ReadingTask("cs_core.datasets.known:searched", fields)
    answer: dict[str, Any] = work_in_child([], read, folder, task, heard=heard)
    return answer


def searched(reading: Reading, fields: dict[str, Any], heard: Heard) -> dict[str, Any]:
    """The task of `search`; nothing is read before it."""
    paths = [Path(path) for path in fields["paths"]]
    read = transfer.options_from_json(fields["read"])
    figure, value, month = fields["known"]
    with open_dataset(paths, read=read) as dataset:
        return compared(dataset, KnownFigure(figure, Decimal(value), month), paths, read, heard)


# -- what is counted ------------------------------------------------------------------------


def _counted(dataset: Dataset, known: KnownFigure, options: Options) -> list[Decimal]:
    """The figure in each currency, largest first, and of several currencies their sum."""
    if known.month is not None:
        options = replace(options, first=known.month, last=known.month)
    result = dataset.run("mrr_movements", options)
    at = {name: place for place, name in enumerate(result.columns)}
    last: dict[Any, Any] = {}
    for row in result.rows:
        value = row[at["closing_mrr" if known.figure == "mrr" else "closing_customers"]]
        last[row[at["currency"]]] = Decimal(str(value))
    values = sorted(last.values(), reverse=True)
    return [*values, sum(values, Decimal(0))] if len(values) > 1 else values


def _fits(counted: Sequence[Decimal], known: KnownFigure) -> bool:
    if known.figure == "customers":
        return known.value in counted
    exponent = known.value.normalize().as_tuple().exponent
    last_place = Decimal(1).scaleb(min(0, exponent if isinstance(exponent, int) else 0)) / 2
    near = max(last_place, known.value * _NEAR)
    return any(abs(value - known.value) <= near for value in counted)


def _nearest(counted: Sequence[Decimal], known: KnownFigure) -> str | None:
    return _text(min(counted, key=lambda v: abs(v - known.value))) if counted else None


def _text(value: Decimal) -> str:
    return f"{round(value * MICROS) / Decimal(MICROS):.6f}"


# -- what else it might be ------------------------------------------------------------------


def _by_policies(dataset: Dataset, known: KnownFigure) -> Iterator[dict[str, Any]]:
    for name, value in _POLICIES:
        with suppress(KeizokuError):
            policies = Policies.of("keizoku", {name: value})
            counted = _counted(dataset, known, Options(policies=policies))
            if _fits(counted, known):
                option = f"--policy {name}={value}"
                yield _reading(f"policy.{name}", option, counted, known)


def _by_reading(
    dataset: Dataset, known: KnownFigure, paths: Sequence[Path], read: ReadOptions, heard: Heard
) -> Iterator[dict[str, Any]]:
    tried = [*_changes(dataset, read)]
    if known.figure == "mrr":
        tried += [*_of_amounts(dataset, known, read)]
    for place, (code, option, change) in enumerate(tried):
        heard("reading", place / len(tried))
        with suppress(KeizokuError), open_dataset(paths, read=replace(read, **change)) as other:
            counted = _counted(other, known, Options())
            if _fits(counted, known):
                yield {**_reading(code, option, counted, known), "change": change}


_Change = tuple[str, str, Mapping[str, Any]]  # Its code, its option, the ReadOptions it changes.


def _changes(dataset: Dataset, read: ReadOptions) -> Iterator[_Change]:
    """Other answers to what rows are and when they end, where they would make a difference."""
    inclusive = (read.end_date or dataset.warehouse.facts.end_date) == "inclusive"
    yield _answer("end_date", "exclusive" if inclusive else "inclusive")
    told = {note.code for file in dataset.readings for note in file.notes}
    if "changes_added_up" in told:
        yield _answer("amount_is", "level")
    elif "shape_events" in told:
        yield _answer("amount_is", "change")
    rows = sum(file.rows_read for file in dataset.readings if file.table == "subscriptions")
    for shape in ("intervals", "states", "bills", "events"):
        if rows > dataset.info.accounts and f"shape_{shape}" not in told and read.shape != shape:
            yield _answer("shape", shape)


def _of_amounts(dataset: Dataset, known: KnownFigure, read: ReadOptions) -> Iterator[_Change]:
    """Other answers to what amounts are, and other columns that may be the price."""
    counted = max(_counted(dataset, known, Options()), default=Decimal(0))
    share = float(known.value / counted) if counted else 0.0
    for name, answer, low, high in _AMOUNTS:
        if low <= share <= high and getattr(read, name) != answer:
            yield _answer(name, answer)
    for file in dataset.readings:
        if file.table != "subscriptions":
            continue
        target = "mrr" if "mrr" in file.mapping.values() else "amount"
        prices = [
            column.header
            for column in file.columns
            if column.target not in ("mrr", "amount")
            and all(map(numbers.is_number, column.examples or ("",)))
            and max(headers.confidence(column.header, file.table, n) for n in ("mrr", "amount"))
        ]
        for header in prices[:_COLUMNS]:
            columns = {**(read.columns or {}), target: header}
            yield "column", f'--column {target}="{header}"', {"columns": columns}


def _answer(name: str, answer: str) -> _Change:
    return f"{name}.{answer}", f"--{name.replace('_', '-')} {answer}", {name: answer}


def _by_factor(counted: Sequence[Decimal], known: KnownFigure) -> Iterator[dict[str, Any]]:
    """What the figure may be where no reading gives it."""
    if known.figure == "mrr":
        for name, factor in _FACTORS:
            if _fits([value * factor for value in counted], known):
                yield _reading(f"factor.{name}", None, counted, known)


def _reading(
    code: str, option: str | None, counted: Sequence[Decimal], known: KnownFigure
) -> dict[str, Any]:
    return {"reading": code, "option": option, "counted": _nearest(counted, known)}
