"""The same where the data only says how many months each account stayed and whether it left.

There is one row an account and no later month to judge on, so the model is judged out of fold:
each fifth of the accounts by a model that has not seen it. The chance is that of leaving at the
length of stay reached. Columns of the accounts are used, because there is nothing else; one in
which some value was only ever held by leavers says that they left, and is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cs_core.domain.money import MICROS
from cs_core.metrics.options import Options
from cs_core.metrics.question import question
from cs_core.models.account_risk import (
    FEWEST_CHURNS,
    Design,
    Evaluation,
    Hazard,
    Whole,
    evaluate,
    fit,
)
from cs_core.studies.risk.features import DAYS_A_MONTH
from cs_core.studies.risk.learning import Learned
from cs_core.studies.risk.rows import Floats, Table, numbers
from cs_core.studies.risk.scores import Present, present
from cs_core.warehouse.store import Warehouse

FOLDS = 5
MOST_VALUES = 20
TELLING_COUNT = 30  # accounts with one value, all of whom left

_UNKNOWN = (
    "earlier_churns",
    "mrr_before",
    "days_to_renewal",
    "overdue_now",
    "overdue_times",
    "days_since_overdue",
    "days_without_owner",
    "plan_code",
    "plan_before",
    "usage_own",
    "usage_trend",
    "used_change",
    "usage_peers",
    "tickets_now",
    "tickets_lately",
    "tickets_usual",
    "tickets_urgent",
    "days_silent",
    "satisfaction",
    "nps_score",
    "days_since_notice",
)


@dataclass(frozen=True)
class Accounts:
    """Every account, ordered by id: tenure in months, whether it left, and its columns."""

    ids: tuple[str, ...]
    months: Floats
    left: Whole
    mrr: Floats
    columns: dict[str, list[str | None]]

    def chosen(self, held: Any) -> Accounts:
        places = np.flatnonzero(held)
        return Accounts(
            tuple(self.ids[i] for i in places),
            self.months[held],
            self.left[held],
            self.mrr[held],
            {name: [values[i] for i in places] for name, values in self.columns.items()},
        )


def read(warehouse: Warehouse) -> Accounts:
    found = warehouse.query(
        "SELECT tenures.account_key, account_keys.account_id, tenures.tenure_months,"
        " tenures.churned, tenures.mrr FROM tenures INNER JOIN account_keys"
        " ON tenures.account_key = account_keys.account_key ORDER BY account_keys.account_id"
    )
    columns: dict[str, list[str | None]] = {}
    for name in warehouse.facts.account_columns:
        column = warehouse.column(name)
        if column is not None and 2 <= column.values <= MOST_VALUES:
            by_account = values(warehouse, name)
            columns[name] = [by_account.get(str(row[1])) for row in found]
    left = np.array([bool(row[3]) for row in found], dtype=np.int64)
    return Accounts(
        tuple(str(row[1]) for row in found),
        numbers(np.array([row[2] for row in found])),
        left,
        numbers(np.array([row[4] for row in found])),
        {name: held for name, held in columns.items() if not _tells(held, left)},
    )


def values(warehouse: Warehouse, column: str) -> dict[str, str | None]:
    """The value of a column by account. Raises UsageError for a column that is not there."""
    asked = question(warehouse, "survival", Options(by=column))
    found = warehouse.query(
        "SELECT account_keys.account_id, segment_values.value FROM account_values"
        " INNER JOIN account_keys ON account_values.account_key = account_keys.account_key"
        " INNER JOIN segment_values ON account_values.column_no = segment_values.column_no"
        " AND account_values.value_code = segment_values.value_code"
        " WHERE account_values.column_no = $column_no",
        {"column_no": asked.parameters["by_column"]},
    )
    return {str(account): value for account, value in found}


def _tells(values: Sequence[str | None], left: Whole) -> bool:
    counts: dict[str | None, list[int]] = {}
    for value, gone in zip(values, left.tolist(), strict=True):
        pair = counts.setdefault(value, [0, 0])
        pair[0] += 1
        pair[1] += gone
    return any(n >= TELLING_COUNT and gone == n for n, gone in counts.values())


def design(of: Accounts, levels: Sequence[tuple[str, str | None]]) -> Design:
    """Length of stay, MRR, and one 0/1 feature for each (column, value) of `levels`."""
    names = ["tenure_log", "tenure", *(["size"] if np.any(of.mrr > 0) else [])]
    parts = ["tenure", "tenure", *(["size"] if np.any(of.mrr > 0) else [])]
    columns = [np.log1p(of.months), of.months]
    if "size" in names:
        columns.append(np.log(np.maximum(of.mrr / MICROS, 0.01)))
    for column, value in levels:
        names.append(f"{column}={value}")
        parts.append(column)
        columns.append(np.array([held == value for held in of.columns[column]], dtype=float))
    return Design(tuple(names), tuple(parts), np.column_stack(columns))


def levels_of(of: Accounts) -> list[tuple[str, str | None]]:
    """Every value of every column but its most common one, with which the others are compared."""
    found: list[tuple[str, str | None]] = []
    for name, values in of.columns.items():
        counts = {value: values.count(value) for value in set(values)}
        order = sorted(counts, key=lambda value: (-counts[value], value or ""))
        found += [(name, value) for value in order[1:]]
    return found


def learn(of: Accounts) -> Learned:
    churns = int(of.left.sum())
    if churns < FEWEST_CHURNS:
        return Learned(None, Evaluation(why="too_few_churns", churns=churns))
    whole = design(of, levels_of(of))
    who = np.arange(len(of.ids), dtype=np.int64)
    fold = np.random.default_rng(7).permutation(len(of.ids)) % FOLDS
    chance = np.zeros(len(of.ids))
    for one in range(FOLDS):
        model = _fitted(whole, of.left, who, fold != one)
        if model is None:
            return Learned(None, Evaluation(why="too_few_churns", churns=churns))
        chance[fold == one] = model.chance(_rows(whole, fold == one))
    evaluation = evaluate(chance, of.left, who, np.zeros(len(who), np.int64), churns=churns)
    if not evaluation.predictive:
        return Learned(None, evaluation)
    return Learned(_fitted(whole, of.left, who, who >= 0), evaluation)


def _fitted(whole: Design, left: Whole, who: Whole, chosen: Any) -> Hazard | None:
    return fit(_rows(whole, chosen), left[chosen], who[chosen], months=1)


def _rows(whole: Design, chosen: Any) -> Design:
    return Design(whole.names, whole.parts, whole.values[chosen])


def today(warehouse: Warehouse, everybody: Accounts, learned: Learned) -> Present:
    """Those who have not left, with what the model says of them."""
    here = everybody.chosen(everybody.left == 0)
    count = len(here.ids)
    nothing = np.full(count, np.nan)
    table: Table = {
        **dict.fromkeys(_UNKNOWN, nothing),
        "mrr": here.mrr,
        "days_stayed": here.months * DAYS_A_MONTH,
    }
    currency = warehouse.tenure_ledger().reporting_currency
    texts: dict[str, list[Any]] = {
        "account_id": list(here.ids),
        "name": [None] * count,
        "currency": [currency] * count,
    }
    return present(
        warehouse.facts.as_of,
        table,
        texts,
        plans={},
        model=learned.model,
        design=design(here, levels_of(everybody)),
        unknown=("owner", "payment", "support", "mrr"),
        values={name: list(values) for name, values in here.columns.items()},
    )
