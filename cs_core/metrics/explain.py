"""Behind a figure: the rows that add up to it, and the lines of the files that caused them.

A metric's `explain` header says for each column which rows those are and what is added up, as
`column = MEASURE of ROWS words…`. `ROWS` is a kind below or a metric that lists them one by one;
words narrow them. `column = metric.column` points at another metric's figure, and `row` stands
for a row as a whole. What is not there has no rows of its own: it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from cs_core.domain.money import from_micro
from cs_core.domain.periods import days_of_label
from cs_core.errors import CannotAnswerError, UsageError, nearest
from cs_core.metrics.catalogue import Metric, metric_of
from cs_core.metrics.options import Options
from cs_core.metrics.question import Question, question
from cs_core.metrics.result import Result
from cs_core.warehouse.statements import compose, relations
from cs_core.warehouse.store import Warehouse

ROW = "row"
MOVEMENTS = (
    "new",
    "reactivation",
    "expansion",
    "contraction",
    "churn",
    "fx",
    "transferred_in",
    "transferred_out",
)
# Kind of rows -> the relation that holds them.
RELATIONS = {
    "movements": "explained_movements",
    "before": "explained_movements",
    "until": "explained_movements",
    "departures": "explained_departures",
    "members": "explained_members",
    "spells": "explained_spells",
    "cohorts": "explained_cohorts",
    "reasons": "explained_reasons",
    "base": "explained_base",
    "answers": "explained_answers",
    "costs": "explained_costs",
    "starts": "explained_starts",
}
# These are no rows of the ledger.
_OTHER = ("answers", "costs", "starts")
# Keys of a metric that narrow its rows down as they are.
_NUMBERS = ("tenure", "within_days")
_TEXTS = ("cancel_reason", "churn_kind")
_PERIOD_FLAG = {"before": "before_period", "until": "until_period", "cohorts": "until_period"}
_CUSTOMERS = {
    "opening": 1,
    "new": 1,
    "reactivation": 1,
    "transferred_in": 1,
    "churn": -1,
    "transferred_out": -1,
}

Ask = Callable[[str, Options], Result]
Rows = Sequence[Mapping[str, Any]]


def _sum(column: str, sign: int = 1) -> Callable[[Rows], Any]:
    return lambda rows: sign * sum((row[column] or 0 for row in rows), Decimal(0))


def _held(rows: Rows) -> Decimal:
    """What is left of each account's first MRR."""
    firsts: dict[tuple[Any, Any], Decimal] = {}
    lasts: dict[tuple[Any, Any], Decimal] = {}
    for row in sorted(rows, key=lambda row: row["date"]):
        key = (row["account_id"], row["currency"])
        firsts.setdefault(key, row["mrr_after"])
        lasts[key] = row["mrr_after"]
    return sum((min(firsts[key], last) for key, last in lasts.items()), Decimal(0))


def _score(rows: Rows) -> float | None:
    """Promoters less detractors, of a hundred answers."""
    signs = [(row["score"] >= 9) - (row["score"] < 7) for row in rows]
    return 100.0 * sum(signs) / len(signs) if signs else None


# What rows add up to: a figure, or what is divided in a rate.
MEASURES: Mapping[str, Callable[[Rows], Any]] = {
    "rows": len,
    "customers": lambda rows: sum(_CUSTOMERS.get(row["movement"], 0) for row in rows),
    "kept": lambda rows: sum(row["movement"] != "churn" for row in rows),
    "renewed": lambda rows: sum(bool(row["renewed"]) for row in rows),
    "delta": _sum("delta"),
    "loss": _sum("delta", -1),
    "earlier": _sum("mrr_before"),
    "later": _sum("mrr_after"),
    "capped": lambda rows: sum((min(r["mrr_before"], r["mrr_after"]) for r in rows), Decimal(0)),
    "held": _held,
    "score": _score,
    "sales_and_marketing": _sum("sales_and_marketing"),
    "cost_of_service": _sum("cost_of_service"),
}


@dataclass(frozen=True)
class Explained:
    """Which rows stand behind a column of a metric, and what they add up to."""

    metric: str
    column: str
    measure: str
    rows: str
    words: tuple[str, ...]

    def total(self, result: Result) -> Any:
        """What the rows add up to: the figure, or for a rate what is divided."""
        return MEASURES[self.measure](list(result.mappings()))


def explained(metric: str) -> dict[str, Explained]:
    """The columns of a metric behind which there are rows."""
    found = {}
    for item in metric_of(metric).explain:
        column, _, said = (part.strip() for part in item.partition("="))
        measure, *more = said.split()
        if more:
            found[column] = Explained(metric, column, measure, more[1], tuple(more[2:]))
        else:
            other, _, its = measure.partition(".")
            found[column] = explained(other)[its]
    return found


def explain(
    warehouse: Warehouse,
    metric: str,
    at: Mapping[str, str],
    options: Options,
    files: Sequence[str],
    ask: Ask,
) -> Result:
    """The rows behind one figure, the largest change first.

    `at` points at the figure by the metric's keys (`month` or `period`, `cohort`, `age`,
    `currency`, the `by` column …) and by `column`, the name of the figure in its row; `movement`
    picks one kind of movement. `sources` lists the file lines behind a row: of a movement those
    that start or end that day, of a member those that were open.

    Raises UsageError for a point that does not exist, CannotAnswerError `no_rows_behind` for a
    figure that has none.
    """
    about = metric_of(metric)
    column = at.get("column", ROW)
    behind = explained(metric).get(column)
    _check_keys(about, at, options)
    if behind is None:
        raise _refusal(about, column, ask(metric, options))
    if "movement" in at:
        _known("movement", at["movement"], MOVEMENTS)
        behind = replace(behind, rows="movements", measure="delta", words=(at["movement"],))
    if warehouse.facts.shape == "tenure":
        raise CannotAnswerError("no_rows_behind_any", metric=metric)  # there is no ledger
    if behind.rows not in RELATIONS:
        return _listed(warehouse, ask, behind, at, options)
    asked = question(warehouse, behind.metric, options)
    flags, parameters, extra = _pointed_at(warehouse, behind, at, asked)
    result = _asked(warehouse, behind, asked, flags, parameters, extra, files)
    if not result.rows:
        _check_values(ask, behind, at, options)
    _check_total(ask, behind, at, options, result)
    return result


def _check_values(ask: Ask, behind: Explained, at: Mapping[str, str], options: Options) -> None:
    """Nothing stands behind a point: is there such a one? Raises UsageError `unknown_value`."""
    for key in (*_NUMBERS, *_TEXTS):
        if key not in at:
            continue
        values = {row[key] for row in ask(behind.metric, options).mappings()}
        if key in _TEXTS:
            _known(key, at[key], sorted("" if value is None else value for value in values))
        elif int(at[key]) not in values:
            known = f"{min(values)} … {max(values)}" if values else "-"
            raise UsageError("unknown_value", column=key, value=at[key], known=known)


def _check_keys(about: Metric, at: Mapping[str, str], options: Options) -> None:
    keys = about.key_columns(options.period, options.by)
    known = [key for key in keys if key != "window_months"] + ["column", "movement"]
    for key in at:
        if key not in known:
            raise UsageError(
                "unknown_point", key=key, known=", ".join(known), nearest=nearest(key, known)
            )


def _known(key: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise UsageError(
            "unknown_value",
            column=key,
            value=value,
            known=", ".join(known),
            nearest=nearest(value, known),
        )


def _refusal(about: Metric, column: str, figures: Result) -> CannotAnswerError:
    """Why there are no rows. Raises UsageError where there is no such column."""
    if column != ROW:
        _known("column", column, figures.columns)
    known = [name for name in explained(about.name) if name != ROW]
    if not known:
        return CannotAnswerError("no_rows_behind_any", metric=about.name)
    return CannotAnswerError(
        "no_rows_behind", metric=about.name, column=column, known=", ".join(known)
    )


def _pointed_at(
    warehouse: Warehouse, behind: Explained, at: Mapping[str, str], asked: Question
) -> tuple[set[str], dict[str, object], dict[str, str]]:
    """Flags, parameters and relations that narrow the rows down to the figure."""
    flags: set[str] = set()
    parameters: dict[str, object] = {}
    extra: dict[str, str] = {}
    words = list(behind.words)
    if "movement" in at or behind.rows == "movements":
        words = [
            word.partition("/")[2] or word
            for word in words
            if "/" not in word or word.partition("/")[0] in asked.flags
        ]
        if words:
            flags.add("at_movement")
            parameters |= {f"movement_{place}": word for place, word in enumerate(words)}
            extra["chosen_movements"] = "\nUNION ALL\n".join(
                f"SELECT $movement_{place} AS movement" for place in range(len(words))
            )
    else:
        flags |= set(words)
    for key, value in at.items():
        if key in ("month", "period"):
            parameters["at_period"] = _index(asked, key, value)
            flags.add(_PERIOD_FLAG.get(behind.rows, "at_period"))
        elif key == "cohort":
            parameters["at_cohort"] = _index(asked, key, value)
            flags.add("at_cohort")
        elif key == "currency":
            _known(key, value, _currencies(warehouse, asked))
            parameters["at_currency"] = value
            flags.add("at_currency")
        elif key in _NUMBERS:
            if not value.isdecimal():
                raise UsageError("unknown_value", column=key, value=value, known="0 …")
            parameters[f"at_{key}"] = int(value)
            flags.add(f"at_{key}")
        elif key in _TEXTS:
            parameters[f"at_{key}"] = value or None
            flags.add(f"at_{key}")
        elif key == asked.options.by:
            rows = warehouse.query(
                "SELECT value FROM segment_values WHERE column_no = $by_column ORDER BY value",
                {"by_column": asked.parameters["by_column"]},
            )
            if value:
                _known(key, value, [str(found) for (found,) in rows if found is not None])
            parameters["at_segment"] = value or None
            flags.add("at_segment")
            extra["chosen_segment"] = (
                "SELECT value_code AS segment FROM segment_values\nWHERE column_no = $by_column"
                " AND value IS NOT DISTINCT FROM CAST($at_segment AS VARCHAR)"
            )
    if "age" in at:
        last = _whole(asked, "last_shown_period") - int(str(parameters.get("at_cohort", 0)))
        if not at["age"].isdecimal() or "at_cohort" not in parameters or int(at["age"]) > last:
            raise UsageError("unknown_value", column="age", value=at["age"], known=f"0 … {last}")
        parameters["at_period"] = int(str(parameters["at_cohort"])) + int(at["age"])
        flags.add("until_period")
    if behind.rows == "members" and "at_period" not in parameters:
        raise UsageError("option_needed", command="explain", option=f"--at {asked.periods.grain}=…")
    return flags, parameters, extra


def _currencies(warehouse: Warehouse, asked: Question) -> list[str]:
    stored, flags = asked.ledger.stored, asked.flags | asked.ledger.flags
    names, rows = warehouse.run(
        asked.ledger, compose("result_currencies", stored, flags), asked.parameters
    )
    return [str(row[names.index("currency")]) for row in rows]


def _whole(asked: Question, name: str) -> int:
    return int(str(asked.parameters[name]))


def _index(asked: Question, key: str, label: str) -> int:
    """The period of a label, which must be of the grain asked and have figures."""
    first, last = _whole(asked, "first_period"), _whole(asked, "last_period")
    index = asked.periods.index(days_of_label(label, asked.options.fiscal_start)[0])
    if asked.periods.label(index) != label or not first <= index <= last:
        known = f"{asked.periods.label(first)} … {asked.periods.label(last)}"
        raise UsageError("unknown_value", column=key, value=label, known=known)
    return index


def _asked(
    warehouse: Warehouse,
    behind: Explained,
    asked: Question,
    flags: set[str],
    parameters: Mapping[str, object],
    extra: Mapping[str, str],
    files: Sequence[str],
) -> Result:
    flags = flags | set(asked.ledger.flags) | asked.flags
    fills = relations()[behind.metric].fills
    instead, relation = {**fills, **asked.instead}, RELATIONS[behind.rows]
    if behind.rows in ("members", "base"):
        flags.add("members")
    if "within_days" in metric_of(behind.metric).keys:
        flags.add("waiting")
    plan = next((s.column for s in warehouse.facts.line_segments if s.name == "plan"), None)
    if plan:
        flags.add("with_value")
    if behind.rows not in _OTHER:
        # The cube knows sums only: rows are those of the ledger.
        instead = {name: file for name, file in instead.items() if not file.endswith("_of_cube")}
        instead["chosen_rows"] = relation
        relation = "explained_rows"
    text = compose(relation, asked.ledger.stored, flags, instead, {**asked.extra, **extra})
    text = text.replace("line_value", plan or "")
    parameters = {**asked.parameters, **parameters}
    names, rows = warehouse.run(asked.ledger, text, parameters)
    return Result(
        columns=(*names[:-2], "sources"),
        rows=_with_sources(names, rows, files),
        statement=text,
        parameters={**asked.ledger.parameters, **parameters},
    )


def _with_sources(
    names: Sequence[str], rows: Sequence[Sequence[Any]], files: Sequence[str]
) -> list[tuple[Any, ...]]:
    """One row a ledger row: its lines gathered, the first of them giving plan and reason."""
    money = {"mrr_before", "mrr_after", "delta", "sales_and_marketing", "cost_of_service"}
    # What a line says of a row; two lines of one row differ in it.
    of_line = {"plan", "cancel_reason"}
    ledger = "movement" in names
    gathered: dict[tuple[Any, ...], dict[str, Any]] = {}
    for number, row in enumerate(rows):
        record = dict(zip(names, row, strict=True))
        file_no, line = record.pop("file_no"), record.pop("source_line")
        key = tuple(value for name, value in record.items() if name not in of_line)
        found = gathered.setdefault(key if ledger else (number,), {**record, "sources": []})
        if found.get("cancel_reason") is None and ledger:
            found["cancel_reason"] = record["cancel_reason"]
        source = {"file": files[file_no], "line": line} if file_no is not None else None
        if source and source not in found["sources"]:
            found["sources"].append(source)
    return [
        tuple(
            from_micro(value) if name in money and value is not None else value
            for name, value in record.items()
        )
        for record in gathered.values()
    ]


def _listed(
    warehouse: Warehouse, ask: Ask, behind: Explained, at: Mapping[str, str], options: Options
) -> Result:
    """The rows of a metric that lists them one by one."""
    # Every value is looked at, as where a statement narrows the rows.
    _pointed_at(warehouse, behind, at, question(warehouse, behind.metric, options))
    for key in ("month", "period"):
        if key in at:
            options = replace(options, first=at[key], last=at[key])
    result = ask(behind.rows, options)
    wanted = {key: value or None for key, value in at.items() if key in result.columns}
    rows = [
        tuple(record.values())
        for record in result.mappings()
        if all(record[key] == value for key, value in wanted.items())
    ]
    return replace(result, rows=rows)


def _check_total(
    ask: Ask,
    behind: Explained,
    at: Mapping[str, str],
    options: Options,
    result: Result,
) -> None:
    """Rows that do not add up to their figure are not shown as if they did."""
    keys = [
        key
        for key in metric_of(behind.metric).key_columns(options.period, options.by)
        if key != "window_months"
    ]
    if behind.column == ROW or "movement" in at or any(key not in at for key in keys):
        return
    label = at.get("cohort") or at.get("month") or at.get("period")
    narrow = replace(options, first=label, last=label)
    for row in ask(behind.metric, narrow).mappings():
        if any(str(row[key] if row[key] is not None else "") != at[key] for key in keys):
            continue
        figure = row.get(behind.column)
        if isinstance(figure, int | Decimal) and figure != behind.total(result):
            raise CannotAnswerError("no_rows_behind_any", metric=behind.metric)
