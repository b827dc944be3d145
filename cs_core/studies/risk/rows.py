"""From a dataset to the account-months a model is fitted on, and to those it scores.

Two statements on the same relations (`sql/risk/`): one at past month ends, with what became of
each customer, one at the as-of date. Both see only what is dated on or before their moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_core.domain.periods import Periods
from cs_core.metrics.options import Options
from cs_core.metrics.question import Question, question
from cs_core.warehouse.statements import compose
from cs_core.warehouse.store import Warehouse

MOST_METRICS = 5  # kinds of usage told apart; more are added up into one
WHOLE = 10_000  # the sampling rates of `risk_rows.sql` count in ten thousandths

Floats = NDArray[np.float64]
Table = dict[str, Floats]


@dataclass(frozen=True)
class Moment:
    """A past month end: how many customers it had without notice, and how many of them left
    within the horizon. `months_ago` counts back from the anchor."""

    months_ago: int
    day: date
    customers: int
    leavers: int


@dataclass(frozen=True)
class Source:
    """One dataset under one set of options, with what its tables allow to be known."""

    warehouse: Warehouse
    asked: Question
    as_of: date
    flags: frozenset[str]
    parameters: Mapping[str, object]
    plans: Mapping[int, str]

    @property
    def horizon_days(self) -> int:
        return self.asked.options.horizon_days

    @property
    def anchor(self) -> date:
        """The last month end that is over."""
        tomorrow = self.as_of + timedelta(days=1)
        return tomorrow.replace(day=1) - timedelta(days=1)

    def statement(self, relation: str, *more_flags: str) -> str:
        return compose(
            relation,
            self.asked.ledger.stored,
            self.flags | set(more_flags),
            self.asked.instead,
            self.asked.extra,
        )

    def arrays(
        self, relation: str, anchor: date, *more_flags: str, **more: object
    ) -> dict[str, Any]:
        first = self.asked.ledger.first_day
        assert first is not None
        months = Periods("month").index(anchor) - Periods("month").index(first) + 1
        parameters = {
            **self.parameters,
            "anchor": anchor,
            "history_months": max(months, 1),
            **more,
        }
        return self.warehouse.arrays(
            self.asked.ledger, self.statement(relation, *more_flags), parameters
        )


def source(warehouse: Warehouse, options: Options) -> Source:
    """Raises CannotAnswerError where nobody is known, UsageError for a wrong question."""
    asked = question(warehouse, "accounts", options)
    as_of = options.as_of or warehouse.facts.as_of
    parameters = {**asked.parameters, "horizon_days": options.horizon_days, "as_of": as_of}
    parameters["file_day"] = warehouse.facts.as_of  # what the files say was so on their own day
    flags = set(asked.ledger.flags) | set(asked.flags)
    known = _known(warehouse, as_of)
    flags -= {"term_columns"}  # whether any line has a term, also one that is not known yet
    flags |= {name for name, count in known.items() if name != "metrics" and count}
    if known["metrics"] > MOST_METRICS:
        flags.add("one_metric")
    plans: dict[int, str] = {}
    column = warehouse.column("plan")
    if column is not None and column.line_column is not None:
        flags.add("plan")
        parameters["plan_column"] = column.column_no
        if column.changing:
            flags.add("changing")
            warehouse.ledger(asked.options.policies, as_of, options.currency, [column])
        plans = {
            int(code): str(value)
            for code, value in warehouse.query(
                "SELECT value_code, value FROM segment_values"
                " WHERE column_no = $column_no AND value IS NOT NULL",
                {"column_no": column.column_no},
            )
        }
    return Source(warehouse, asked, as_of, frozenset(flags), parameters, plans)


def _known(warehouse: Warehouse, as_of: date) -> dict[str, int]:
    """What the optional columns and tables hold that is dated by as-of."""
    questions = {
        "past_due": "FROM lines WHERE status = 'past_due' AND start_date <= $as_of",
        "owners": "FROM accounts WHERE contract_owner_left_at <= $as_of",
        "usage": "FROM usage WHERE date <= $as_of AND value > 0",
        "tickets": "FROM tickets WHERE opened_at <= $as_of",
        "nps": "FROM nps WHERE responded_at <= $as_of",
        "notices": "FROM lines WHERE cancel_requested_at <= $as_of",
        "term_columns": "FROM lines WHERE term_end IS NOT NULL AND start_date <= $as_of",
    }
    found = {
        name: warehouse.query(f"SELECT COUNT(*) {text}", {"as_of": as_of})[0][0]
        for name, text in questions.items()
    }
    found["metrics"] = warehouse.query(
        "SELECT COUNT(DISTINCT metric) FROM usage WHERE date <= $as_of", {"as_of": as_of}
    )[0][0]
    return found


def moments(of: Source) -> list[Moment]:
    """Past month ends whose horizon is over, the latest first."""
    first = of.asked.ledger.first_day
    if first is None or of.anchor < first:
        return []
    found = of.arrays("risk_counts", of.anchor)
    return [
        Moment(int(ago), day.astype("M8[D]").item(), int(customers), int(leavers))
        for ago, day, customers, leavers in zip(
            found["months_ago"],
            found["day"],
            found["customers"],
            found["left_within"],
            strict=True,
        )
    ]


def churns(of: Source, first_ago: int, last_ago: int) -> int:
    """Different departures that follow the moments from one to another."""
    found = of.arrays("risk_churns", of.anchor, first_ago=first_ago, last_ago=last_ago)
    return int(found["churns"][0])


def past_rows(
    of: Source, first_ago: int, last_ago: int, leavers: float = 1.0, stayers: float = 1.0
) -> Table:
    """Customer-months with their outcome, sampled at the given shares of leavers and stayers."""
    found = of.arrays(
        "risk_features",
        of.anchor,
        "learning",
        first_ago=first_ago,
        last_ago=last_ago,
        kept_leavers=round(leavers * WHOLE),
        kept_stayers=round(stayers * WHOLE),
    )
    order = np.lexsort((found["customer_number"], found["months_ago"]))
    return {name: numbers(column)[order] for name, column in found.items() if name != "day"}


def present_rows(of: Source) -> tuple[Table, dict[str, list[Any]]]:
    """Today's customers: numbers by column, and texts (account_id, name, currency)."""
    found = of.arrays("accounts", of.as_of)
    texts: dict[str, list[Any]] = {
        name: [None if gone else str(value) for value, gone in _with_gaps(found.pop(name))]
        for name in ("account_id", "name", "currency")
        if name in found
    }
    found.pop("day")
    return {name: numbers(column) for name, column in found.items()}, texts


def shown_statement(warehouse: Warehouse, options: Options) -> tuple[str, dict[str, object]]:
    """The statement that gives what scores are made of, with its parameters."""
    of = source(warehouse, options)
    first = of.asked.ledger.first_day
    assert first is not None
    months = Periods("month").index(of.as_of) - Periods("month").index(first) + 1
    parameters = {
        **of.asked.ledger.parameters,
        **of.parameters,
        "anchor": of.as_of,
        "history_months": max(months, 1),
    }
    return of.statement("accounts"), parameters


def segment_values(of: Warehouse, options: Options, column: str) -> dict[int, str | None]:
    """The value of a segment column each customer has at as-of, by customer key."""
    asked = question(of, "accounts", replace(options, by=column, where=()))
    statement = compose(
        "risk_segments", asked.ledger.stored, asked.flags, asked.instead, asked.extra
    )
    found = of.arrays(asked.ledger, statement, asked.parameters)
    values = _with_gaps(found["segment"])
    return {
        int(key): None if gone else str(value)
        for key, (value, gone) in zip(found["customer_key"].tolist(), values, strict=True)
    }


def numbers(column: Any) -> Floats:
    """A column as floats, NaN where it is NULL. Sums made by several threads differ in their last
    digits from run to run, so nine decimals are kept: a score is the same each time."""
    gaps = np.ma.getmaskarray(column)
    values = np.ma.getdata(column)
    if values.dtype.kind in "Of" and not np.all(gaps):
        values = np.round(np.where(gaps, 0.0, values).astype(float), 9)
    elif values.dtype.kind not in "iufb":
        values = np.zeros(len(values))
    found: Floats = np.where(gaps, np.nan, values.astype(float))
    return found


def _with_gaps(column: Any) -> zip[Any]:
    return zip(np.asarray(column), np.ma.getmaskarray(column), strict=True)
