"""Accounts at risk: from a dataset to two explained scores for every customer.

`learn` is the slow half (what the past teaches, judged on later months), `today` the quick one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cs_core.metrics.options import Options
from cs_core.metrics.result import Result
from cs_core.models.account_risk import Evaluation
from cs_core.models.health_score import Rules
from cs_core.risk import learning, rows, tenures
from cs_core.risk.features import design
from cs_core.risk.history import History, history, usage_by_month
from cs_core.risk.learning import Learned
from cs_core.risk.rows import segment_values, shown_statement
from cs_core.risk.scores import COLUMNS, Present, expected_loss, health_of, present, records
from cs_core.warehouse.store import Warehouse

__all__ = [
    "COLUMNS",
    "Evaluation",
    "History",
    "Learned",
    "Present",
    "Rules",
    "accounts",
    "evaluation_record",
    "expected_loss",
    "health_of",
    "history",
    "learn",
    "records",
    "segment_values",
    "shown_statement",
    "today",
    "usage_by_month",
]

TOUCH_COLUMNS = ("touch", "touch_tier", "touch tier")
# Parts of health that need a table or column, and the flag that says it is there.
_NEEDED = {
    "usage": "usage",
    "peers": "usage",
    "usage_trend": "usage",
    "support": "tickets",
    "silence": "tickets",
    "nps": "nps",
    "owner": "owners",
    "payment": "past_due",
}


def learn(warehouse: Warehouse, options: Options) -> Learned:
    """What the past teaches; filters do not narrow it, so every view shows the same chances."""
    if warehouse.facts.shape == "tenure":
        return tenures.learn(tenures.read(warehouse))
    return learning.learn(rows.source(warehouse, replace(options, by=None, where=())))


def today(warehouse: Warehouse, options: Options, learned: Learned) -> Present:
    """The customers of the as-of date (those the filters let in), with both scores' parts."""
    if warehouse.facts.shape == "tenure":
        return tenures.today(warehouse, options, learned)
    of = rows.source(warehouse, options)
    table, texts = rows.present_rows(of)
    unknown = [part for part, flag in _NEEDED.items() if flag not in of.flags]
    return present(
        of.as_of,
        table,
        texts,
        plans=of.plans,
        model=learned.model,
        design=design(table, learned.plans, of.plans, of.horizon_days),
        unknown=unknown,
        given=_given(warehouse, options, table),
    )


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


def accounts(warehouse: Warehouse, options: Options, rules: Rules | None = None) -> Result:
    """One row a customer with the columns of the contract, and the `by` column's value last."""
    found = today(warehouse, options, learn(warehouse, options))
    return _result(warehouse, options, found, rules or Rules())


def _result(warehouse: Warehouse, options: Options, found: Present, rules: Rules) -> Result:
    values: list[tuple[Any, ...]] = records(found, rules)
    columns: tuple[str, ...] = COLUMNS
    if options.by:
        segments = {
            (account, currency): segment
            for account, currency, segment in zip(
                found.texts["account_id"],
                found.texts["currency"],
                found.texts["segment"],
                strict=True,
            )
        }
        columns = (*COLUMNS, options.by)
        values = [(*row, segments[(row[0], row[-1])]) for row in values]
    statement, parameters = "", dict[str, object]()
    if warehouse.facts.shape != "tenure":
        statement, parameters = shown_statement(warehouse, options)
    return Result(columns, values, statement, parameters)


def assessed(
    warehouse: Warehouse, options: Options, rules: Rules | None = None
) -> tuple[Learned, Result]:
    """What the past taught, and the list."""
    learned = learn(warehouse, options)
    found = today(warehouse, options, learned)
    return learned, _result(warehouse, options, found, rules or Rules())


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
