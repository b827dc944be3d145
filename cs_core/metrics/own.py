"""Metrics that a person writes: a folder of `.sql` files with the headers that ours have.

A file is one SELECT over the documented views (`warehouse/views.py`) and may use `$as_of`,
`$first_day` and `$last_day`. It is asked like ours and runs in the same locked engine: it cannot
write, reach a file or the network, nor take longer than any other question.

    -- How many customers pay more than a thousand a month?
    -- title: Large customers
    -- grain: currency
    -- unit: count
    -- definition: accounts whose MRR at the as-of date is above 1 000
    SELECT currency, COUNT(*) AS customers
    FROM (SELECT account_id, currency, SUM(delta) AS mrr FROM ledger GROUP BY account_id, currency)
    WHERE mrr > 1000
    GROUP BY currency
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from cs_core.domain.periods import days_of_label
from cs_core.errors import CannotAnswerError, UsageError
from cs_core.metrics.catalogue import Metric, catalogue
from cs_core.metrics.options import Options
from cs_core.metrics.result import Result
from cs_core.warehouse.statements import parameters_of, parse
from cs_core.warehouse.store import Warehouse
from cs_core.warehouse.views import VIEWS, view

VARIABLE = "KEIZOKU_METRICS"
NEEDED = ("grain", "unit", "definition")
PARAMETERS = ("as_of", "first_day", "last_day")
MOST_ROWS = 100_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_WITH = re.compile(r"WITH\s+(RECURSIVE\s+)?", re.IGNORECASE)


@dataclass(frozen=True)
class OwnMetric(Metric):
    """A metric of a person's own: its `body`, and the `words` of its header (`title`, `title_ja`,
    `definition`, `money` …)."""

    body: str = ""
    words: Mapping[str, str] | None = None

    def said(self, word: str, language: str) -> str:
        """Its `title` or `definition`."""
        words = self.words or {}
        usual = self.name if word == "title" else self.definition
        return words.get(f"{word}_{language}") or words.get(word) or usual

    def columns(self, kind: str) -> tuple[str, ...]:
        """The columns that the header says are `money` or `rates`."""
        return tuple((self.words or {}).get(kind, "").replace(",", " ").split())

    def heeded(self, options: Options) -> Options:
        """What of a question it heeds: no split and no filter."""
        ranged = "from" in self.parameters
        return Options(
            as_of=options.as_of,
            currency=options.currency,
            policies=options.policies,
            first=options.first if ranged else None,
            last=options.last if ranged else None,
            fiscal_start=options.fiscal_start if ranged else 1,
        )


def own_metrics() -> dict[str, OwnMetric]:
    """Those of the folder that KEIZOKU_METRICS names, by name; none where it names none.

    Raises UsageError for the first file that is wrong, and says what is.
    """
    given = os.environ.get(VARIABLE)
    if not given:
        return {}
    folder = Path(given).expanduser()
    if not folder.is_dir():
        raise UsageError("own_folder", variable=VARIABLE, file=given)
    found = {}
    for path in sorted(folder.glob("*.sql")):
        told = path.stat()
        found[path.stem] = _read(path, told.st_mtime_ns, told.st_size)
    return found


@lru_cache(maxsize=256)
def _read(path: Path, changed: int, size: int) -> OwnMetric:
    name = path.stem
    if not _NAME.fullmatch(name):
        raise UsageError("own_name", file=path.name)
    if name in catalogue():
        raise UsageError("own_name_taken", file=path.name, metric=name)
    try:
        relation = parse(path)
    except UnicodeDecodeError:
        raise UsageError("own_not_text", file=path.name) from None
    header = relation.header
    missing = [word for word in NEEDED if not header.get(word)]
    if missing or not relation.question:
        raise UsageError("own_header", file=path.name, missing=(*missing, "question")[0])
    used = parameters_of(relation.body)
    if strange := sorted(used - set(PARAMETERS)):
        known = ", ".join(f"${word}" for word in PARAMETERS)
        raise UsageError("own_parameter", file=path.name, parameter=strange[0], known=known)
    ranged = ("from", "to") if used & {"first_day", "last_day"} else ()
    return OwnMetric(
        name=name,
        question=relation.question,
        kind="own",
        grain=header["grain"],
        unit=header["unit"],
        definition=header["definition"],
        parameters=(*ranged, "as_of", "currency", "policies"),
        heeds=("snapshot",),
        keys=tuple(header.get("keys", "").replace(",", " ").split()),
        absent="none",
        partial="shown",
        cube=False,
        dates=True,
        study=False,
        explain=(),
        made_of=(),
        decisions=tuple(header["decision"].split(" | ")) if "decision" in header else (),
        body=relation.body,
        words=header,
    )


def own_statement(
    warehouse: Warehouse, metric: OwnMetric, options: Options
) -> tuple[Any, str, dict[str, object]]:
    """The ledger it reads, the statement, and its parameters."""
    if warehouse.facts.shape == "tenure":
        raise CannotAnswerError("needs_dates", metric=metric.name)
    as_of = options.as_of or warehouse.facts.as_of
    ledger = warehouse.ledger(options.policies, as_of, options.currency)
    if ledger.first_day is None or ledger.first_day > as_of:
        raise CannotAnswerError("nobody_paid", as_of=as_of.isoformat())
    first, last = ledger.first_day, as_of
    if options.first is not None:
        first, _ = days_of_label(options.first, options.fiscal_start)
    if options.last is not None:
        last = min(as_of, days_of_label(options.last, options.fiscal_start)[1])
    if first > last:
        raise UsageError("range_reversed", first=first.isoformat(), last=last.isoformat())
    flags = {"as_new"} if options.policies.reactivation == "as_new" else set()
    views = ",\n".join(
        f"{name} AS (\n{view(warehouse.facts, ledger, name, flags)}\n)"
        for name in reversed(VIEWS)  # the ledger last: the others read the stored one
        if re.search(rf"\b{name}\b", metric.body, re.IGNORECASE)
    )
    body = metric.body
    if views:
        match = _WITH.match(body)
        again = "RECURSIVE " if match and match[1] else ""
        body = f"WITH {again}{views}" + (f",\n{body[match.end() :]}" if match else f"\n{body}")
    parameters = {**ledger.parameters, "as_of": as_of, "first_day": first, "last_day": last}
    return ledger, body, parameters


def own_answer(warehouse: Warehouse, metric: OwnMetric, options: Options) -> Result:
    """Asks it. Raises UsageError with what the engine says of a wrong statement."""
    ledger, statement, parameters = own_statement(warehouse, metric, options)
    names, rows = ledger.engine.guest(
        statement, parameters, file=f"{metric.name}.sql", most=MOST_ROWS, path=ledger.path
    )
    months = [place for place, name in enumerate(names) if name == "month"]
    typed = [
        tuple(
            f"{value:%Y-%m}" if place in months and isinstance(value, date) else _plain(value)
            for place, value in enumerate(row)
        )
        for row in rows
    ]
    return Result(names, typed, statement, parameters)


def _plain(value: Any) -> Any:
    """A value as results hold it; what they have no type for as text."""
    if value is None or isinstance(value, str | bool | int | float | Decimal):
        return value
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value if isinstance(value, date) else str(value)
