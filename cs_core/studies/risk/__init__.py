"""Accounts at risk: from a dataset to two explained scores for every customer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cs_core.metrics.options import Options
from cs_core.metrics.result import Result
from cs_core.models.account_risk import Evaluation
from cs_core.models.health_score import NEEDS, Rules
from cs_core.studies.risk import learning, rows, stored, tenures
from cs_core.studies.risk.alike import Alike, alike
from cs_core.studies.risk.features import design
from cs_core.studies.risk.history import History, history, lines, usage_by_month
from cs_core.studies.risk.learning import Learned
from cs_core.studies.risk.rows import Floats, segment_values, shown_statement
from cs_core.studies.risk.scores import (
    COLUMNS,
    Present,
    Ranking,
    described,
    expected_loss,
    health_of,
    money,
    present,
    ranking,
)
from cs_core.studies.risk.worth import to_call
from cs_core.warehouse.store import Warehouse

__all__ = [
    "COLUMNS",
    "Alike",
    "Evaluation",
    "History",
    "Known",
    "Learned",
    "Present",
    "Ranking",
    "Rules",
    "accounts",
    "alike",
    "described",
    "evaluation_record",
    "expected_loss",
    "health_of",
    "history",
    "is_ready",
    "known",
    "lines",
    "listed",
    "money",
    "ranking",
    "shown_statement",
    "to_call",
    "values_of",
]

TOUCH_COLUMNS = ("touch", "touch_tier", "touch tier")


@dataclass(frozen=True)
class Known:
    """What is said of everybody on a day. `usage` is customers x months of the last year, oldest
    first, in parts of what is usual, NaN before the first reading; it has no columns without
    usage, and for files that are asked about once."""

    learned: Learned
    present: Present
    usage: Floats

    def chosen(self, held: Any) -> Known:
        return Known(self.learned, self.present.chosen(held), self.usage[np.flatnonzero(held)])


def known(warehouse: Warehouse, options: Options) -> Known:
    """Both scores' parts of everybody the filters let in. Filters do not narrow what is learned,
    nor what a customer is compared with, so every view shows the same of it. Of a kept dataset
    the answer stands in a file once it was asked for."""
    whole = replace(options, by=None, then_by=None, where=())
    found = _of_tenures(warehouse) if _dateless(warehouse) else _of_rows(warehouse, whole)
    held = np.ones(len(found.present), dtype=bool)
    for column in dict.fromkeys(name for name, _ in options.where):
        wanted = {value for name, value in options.where if name == column}
        values = values_of(warehouse, whole, found.present, column)
        held &= np.array([value in wanted for value in values], dtype=bool)
    return found.chosen(held) if options.where else found


def is_ready(warehouse: Warehouse, options: Options) -> bool:
    """Whether `known` has its answer at hand, and need not learn first."""
    path = _path(warehouse, options)
    return path is not None and path.exists()


def _path(warehouse: Warehouse, options: Options) -> Path | None:
    if _dateless(warehouse):
        return stored.path_of(warehouse.folder, "tenures")
    statement, parameters = shown_statement(
        warehouse, replace(options, by=None, then_by=None, where=())
    )
    return stored.path_of(warehouse.folder, f"{statement} {sorted(parameters.items())}")


def _dateless(warehouse: Warehouse) -> bool:
    return warehouse.facts.shape == "tenure"


def _of_tenures(warehouse: Warehouse) -> Known:
    path = _path(warehouse, Options())
    kept = stored.read(path) if path else None
    everybody = tenures.read(warehouse)
    learned = kept.learned if kept else tenures.learn(everybody)
    if path and not kept:
        stored.write(path, stored.Kept(learned, {}, {}, np.zeros((0, 0))))
    present = tenures.today(warehouse, everybody, learned)
    return Known(learned, present, np.zeros((len(present), 0)))


def _of_rows(warehouse: Warehouse, options: Options) -> Known:
    of = rows.source(warehouse, options)
    path = _path(warehouse, options)
    kept = stored.read(path) if path else None
    if kept is None:
        learned = learning.learn(of)
        table, texts = rows.present_rows(of)
        kept = stored.Kept(learned, table, texts, np.zeros((len(table["mrr"]), 0)))
        if path:
            kept = replace(kept, usage=usage_by_month(of, table))
            stored.write(path, kept)
    unknown = [part for part, flag in NEEDS.items() if flag not in of.flags]
    found = present(
        of.as_of,
        kept.table,
        kept.texts,
        plans=of.plans,
        model=kept.learned.model,
        design=design(kept.table, kept.learned.plans, of.plans, of.horizon_days),
        unknown=unknown,
        given=_given(warehouse, options, kept.table),
    )
    return Known(kept.learned, found, kept.usage)


def _given(
    warehouse: Warehouse, options: Options, table: rows.Table
) -> dict[str, list[str | None]]:
    """Touch tiers as the accounts table states them, where it does."""
    for name in warehouse.facts.account_columns:
        if name.lower() not in TOUCH_COLUMNS:
            continue
        found = segment_values(warehouse, options, name)
        tiers = [str(found.get(int(key)) or "").lower() for key in table["customer_key"]]
        return {"touch": [next((t for t in ("high", "low", "tech") if t in tier), None)
                          for tier in tiers]}  # fmt: skip
    return {}


def values_of(warehouse: Warehouse, options: Options, of: Present, column: str) -> list[str | None]:
    """The value of a segment column each customer has, in the order of `of`."""
    if _dateless(warehouse):
        by_account = tenures.values(warehouse, column)
        return [by_account.get(account) for account in of.texts["account_id"]]
    by_key = segment_values(warehouse, options, column)
    return [by_key.get(int(key)) for key in of.table["customer_key"]]


def accounts(warehouse: Warehouse, options: Options, rules: Rules) -> Result:
    """One row a customer with the columns of the contract, and the `by` column's value last."""
    return listed(warehouse, options, known(warehouse, options), rules)


def listed(warehouse: Warehouse, options: Options, found: Known, rules: Rules) -> Result:
    """What is known as a list."""
    of = found.present
    ranked = ranking(of, rules)
    values: list[tuple[Any, ...]] = described(of, ranked)
    columns: tuple[str, ...] = COLUMNS
    for column in filter(None, (options.by, options.then_by)):
        segments = values_of(warehouse, options, of, column)
        columns = (*columns, column)
        values = [(*row, segments[place]) for row, place in zip(values, ranked.order, strict=True)]
    statement, parameters = "", dict[str, object]()
    if not _dateless(warehouse):
        statement, parameters = shown_statement(warehouse, options)
    return Result(columns, values, statement, parameters)


def evaluation_record(found: Evaluation) -> dict[str, Any]:
    """The evaluation in the words of the contract, then what stands behind it."""
    return {
        "auc": found.auc,
        "auc_low": found.auc_low,
        "auc_high": found.auc_high,
        "base_rate": found.base_rate,
        "lift_top_decile": found.lift_top_decile,
        "precision_at_20": found.precision_at_20,
        "predictive": found.predictive,
        "why": found.why,
        "churns": found.churns,
        "rows": found.rows,
        "calibration_slope": found.slope,
    }
