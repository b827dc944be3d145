"""One dataset's tables: staged once, a ledger for each set of policies that changes it.

In memory for files asked about directly; in the dataset's folder once imported: `data.duckdb`
holds the staged tables and the default ledger with its cubes, `ledger-<key>.duckdb` the ledger of
another set of policies, built at its first use.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from cs_core.errors import CannotAnswerError
from cs_core.policies import Policies
from cs_core.warehouse import segments as segment_tables
from cs_core.warehouse.calendars import calendar_parameters
from cs_core.warehouse.duckdb_engine import BUILD_SECONDS, Engine
from cs_core.warehouse.segments import SegmentColumn
from cs_core.warehouse.staging import LineSegment, StagedFile, create, stage
from cs_core.warehouse.statements import compose

# The cube answers every filter on these columns. Its size is this bound x cohorts x months, not
# the number of accounts.
MAX_COMBINATIONS = 400
CUBE_WINDOW = 12
CUBES = {
    "bridge_cube": "added_movements",
    "transfer_cube": "added_transfers",
    "churn_cube": "churn_changes",
    "cohort_cube": "cohort_changes",
    "retention_cube": "retention_changes",
}


@dataclass(frozen=True)
class Facts:
    """What is known of a staged dataset without asking it again.

    `as_of` is the default as-of date and `as_of_source` the column it comes from; `rates` is true
    when every currency has a rate at as-of; `terms` when a line has a term end.
    """

    shape: str
    accounts: int
    lines: int
    as_of: date
    as_of_source: str
    currencies: tuple[str, ...]
    rates: bool
    terms: bool
    line_segments: tuple[LineSegment, ...]
    account_columns: tuple[str, ...]
    end_date: str = "exclusive"
    columns: tuple[SegmentColumn, ...] = ()
    configured: tuple[int, ...] = ()


@dataclass
class Ledger:
    """The ledger of one set of policies: which engine and schemas hold it, and its extent.

    `currency_count` is 1 when an account is one customer; `first_day` is None when nobody ever
    paid. `cube` is true when the cubes stand beside it.
    """

    engine: Engine
    path: tuple[str, ...]
    flags: frozenset[str]
    instead: Mapping[str, str]
    parameters: Mapping[str, object]
    stored: set[str]
    currency_count: int
    reporting_currency: str
    first_day: date | None
    rows: int
    cube: bool
    changing: set[int] = field(default_factory=set)


class Warehouse:
    """The staged tables of one dataset and the ledgers made from them. Safe between threads."""

    def __init__(self, engine: Engine, facts: Facts, folder: Path | None = None) -> None:
        self._engine = engine
        self.facts = facts
        self._folder = folder
        self._columns = {column.name: column for column in facts.columns}
        self._ledgers: dict[str, Ledger] = {}
        self._lock = threading.RLock()
        self._checks_ready = folder is not None

    # -- making ---------------------------------------------------------------------------

    @staticmethod
    def stage(
        files: Sequence[StagedFile],
        *,
        today: date,
        currency: str | None = None,
        matrix_until: date | None = None,
        end_date: str = "exclusive",
        keep_duplicates: bool = False,
        memory: str = "4GB",
        file: Path | None = None,
    ) -> Warehouse:
        """Stages files in memory, or into a new database file."""
        engine = Engine(memory=memory, seconds=BUILD_SECONDS)
        if file is not None:
            engine.attach(file, "dataset", read_only=False)
            engine.path = ("dataset",)
        line_segments = stage(engine, files, currency, keep_duplicates)
        segment_tables.create_tables(engine)
        facts = _facts(engine, files, line_segments, today, matrix_until, end_date)
        engine.run("DROP VIEW source_subscriptions")
        if file is None:
            engine.lock()
        return Warehouse(engine, facts)

    def finish(self) -> Facts:
        """Codes every segment column, builds the default ledger and its cubes, and writes
        everything to the file being made. Returns the facts to keep beside it."""
        names = segment_tables.segment_names(self.facts.line_segments, self.facts.account_columns)
        self._add_columns(names)
        columns = tuple(self._columns.values())
        configured = _configured(columns)
        self.facts = replace(self.facts, columns=columns, configured=configured)
        if self.facts.shape == "calendar":
            ledger = self.ledger(Policies(), self.facts.as_of, None)
            for column in columns:
                if column.changing:
                    self._ensure_changing(ledger, column)
            self._build_cubes(ledger)
        for relation in ("repeated_subscriptions", "repeated_starts", "neighbouring_lines"):
            self._engine.run(f"DROP TABLE IF EXISTS {relation}")
        self._engine.run("CHECKPOINT dataset")
        self._engine.close()
        return self.facts

    @staticmethod
    def open(folder: Path, facts: Facts) -> Warehouse:
        """An imported dataset, read-only."""
        engine = Engine(folder / "data.duckdb")
        engine.lock()
        return Warehouse(engine, facts, folder)

    # -- what is asked --------------------------------------------------------------------

    @property
    def folder(self) -> Path | None:
        """Where what is derived from an imported dataset may be kept; None for files."""
        return self._folder

    def column(self, name: str) -> SegmentColumn | None:
        """A segment column by name; coded now if it was not before. None: there is no such one."""
        with self._lock:
            if name not in self._columns and self._folder is None:
                self._add_columns([name])
            return self._columns.get(name)

    def _add_columns(self, wanted: Sequence[str]) -> None:
        """Codes those of the segment columns that there are."""
        names = segment_tables.segment_names(self.facts.line_segments, self.facts.account_columns)
        numbers = {name: names.index(name) + 1 for name in wanted if name in names}
        of_lines = {segment.name: segment.column for segment in self.facts.line_segments}
        coded = segment_tables.add_line_columns(
            self._engine,
            {number: of_lines[name] for name, number in numbers.items() if name in of_lines},
        )
        for name, number in numbers.items():
            changing, count = coded.get(number) or (
                False,
                segment_tables.add_account_column(self._engine, number, name),
            )
            column = of_lines.get(name)
            self._columns[name] = SegmentColumn(number, name, column, changing, count)

    def ledger(
        self,
        policies: Policies,
        as_of: date,
        currency: str | None,
        changing: Sequence[SegmentColumn] = (),
    ) -> Ledger:
        """The ledger of these policies, built at its first use."""
        with self._lock:
            recipe = self._recipe(policies, as_of, currency)
            key = recipe.key
            if key not in self._ledgers:
                self._ledgers[key] = self._build(recipe)
            ledger = self._ledgers[key]
            for column in changing:
                self._ensure_changing(ledger, column)
            return ledger

    def tenure_ledger(self) -> Ledger:
        """Where the data only has tenures there is no ledger; this names the tables beside it."""
        return Ledger(
            engine=self._engine,
            path=self._engine.path,
            flags=frozenset({"joint"}),
            instead={},
            parameters={
                "currency_count": 1,
                "reporting_currency": self.facts.currencies[0],
            },
            stored=self._engine.tables(),
            currency_count=1,
            reporting_currency=self.facts.currencies[0],
            first_day=None,
            rows=0,
            cube=False,
        )

    def run(
        self, ledger: Ledger, statement: str, parameters: Mapping[str, object]
    ) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
        return ledger.engine.run(statement, {**ledger.parameters, **parameters}, path=ledger.path)

    def arrays(
        self, ledger: Ledger, statement: str, parameters: Mapping[str, object]
    ) -> dict[str, Any]:
        """The same as one NumPy array a column."""
        found = {**ledger.parameters, **parameters}
        return ledger.engine.arrays(statement, found, path=ledger.path)

    def query(self, statement: str, parameters: Mapping[str, object] | None = None) -> list[tuple]:  # type: ignore[type-arg]
        """Rows of a statement on the staged tables alone."""
        return self._engine.run(statement, parameters)[1]

    def check(self, name: str, today: date, limit: int) -> list[tuple]:  # type: ignore[type-arg]
        """The first rows a check of `sql/checks/` finds: file, line, column, value, and on each
        how many there are in all and their MRR in millionths."""
        with self._lock:
            if not self._checks_ready:
                create(self._engine, "neighbouring_lines", self._engine.tables())
                self._checks_ready = True
        found = compose(name, self._engine.tables(), ())
        return self.query(
            "SELECT file_no, source_line, column_name, value, COUNT(*) OVER (), SUM(mrr) OVER ()"
            f" FROM ({found}) AS found_rows ORDER BY file_no, source_line LIMIT {limit:d}",
            {"today": today},
        )

    def close(self) -> None:
        for engine in {
            id(e): e for e in [self._engine, *(x.engine for x in self._ledgers.values())]
        }.values():
            engine.close()

    # -- ledgers --------------------------------------------------------------------------

    def _recipe(self, policies: Policies, as_of: date, currency: str | None) -> _Recipe:
        facts = self.facts
        end_date = policies.end_date if policies.end_date != "exclusive" else facts.end_date
        flags = {
            flag
            for flag, holds in {
                "cancel_request": policies.churn_date == "cancel_request",
                "inclusive_end": end_date == "inclusive",
                "trial_counted": policies.trial == "counted",
                "ignore_discounts": policies.discounts == "ignore",
                "paused_keep": policies.paused == "keep",
                "past_due_days": policies.past_due_days is not None,
                "zero_customer": policies.zero_mrr == "customer",
                "filled": int(policies.reactivation_after_days) > 0,
            }.items()
            if holds
        }
        parameters: dict[str, object] = {
            "gap_days": int(policies.reactivation_after_days),
            "past_due_days": policies.past_due_days,
        }
        reporting = (currency or facts.currencies[0]).upper()
        converts = facts.rates and (len(facts.currencies) > 1 or reporting != facts.currencies[0])
        if not converts and reporting not in facts.currencies:
            if facts.currencies == ("XXX",):
                pass  # the data names no currency: this is its name
            else:
                raise CannotAnswerError("no_rates", currency=reporting)
        instead = {"earning_lines": "plain_lines"}
        if converts and policies.currency == "historical":
            flags.add("historical")
            instead["earning_lines"] = "historical_rate_lines"
        elif converts:
            instead["earning_lines"] = "constant_rate_lines"
        if flags & {"zero_customer", "filled", "historical"}:
            instead["ledger"] = "ledger_of_movements"
        joint = converts or len(facts.currencies) == 1
        if joint:
            flags.add("joint")
        parameters["currency_count"] = 1 if joint else len(facts.currencies)
        parameters["reporting_currency"] = reporting
        # Only what is known at as-of decides which gaps are filled and which rate is the last.
        dated = "filled" in flags or converts
        parameters["as_of"] = as_of
        text = repr(
            (sorted(flags - {"joint"}), parameters["gap_days"], parameters["past_due_days"])
        )
        text += repr((reporting if converts else None, as_of if dated else None))
        default = (
            not flags - {"joint"} - ({"inclusive_end"} if facts.end_date == "inclusive" else set())
        )
        if default and (not dated or as_of == facts.as_of) and (not converts or currency is None):
            key = "default"
        else:
            key = hashlib.sha256(text.encode()).hexdigest()[:16]
        return _Recipe(key, frozenset(flags), instead, parameters, reporting)

    def _build(self, recipe: _Recipe) -> Ledger:
        if self._folder is None:
            schema = "main" if recipe.key == "default" else f"ledger_{recipe.key}"
            base = self._engine.path or ("main",)
            if recipe.key == "default":
                path = base
            else:
                # One left behind by a statement that failed is of no use.
                self._engine.run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
                self._engine.run(f"CREATE SCHEMA {schema}")
                path = (schema, *base)
            return self._make(self._engine, path, recipe)
        if recipe.key == "default":
            return self._described(self._engine, self._engine.path, recipe)
        file = self._folder / f"ledger-{recipe.key}.duckdb"
        if not file.exists():
            self._make_file(file, recipe)
        engine = Engine(self._folder / "data.duckdb")
        engine.attach(file, "variant")
        engine.path = ("variant", *engine.path)
        engine.lock()
        return self._described(engine, engine.path, recipe)

    def _make_file(self, file: Path, recipe: _Recipe) -> None:
        assert self._folder is not None
        draft = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}.draft")
        engine = Engine(self._folder / "data.duckdb", seconds=BUILD_SECONDS)
        try:
            engine.attach(draft, "variant", read_only=False)
            engine.path = ("variant", *engine.path)
            ledger = self._make(engine, engine.path, recipe)
            for column in self.facts.columns:
                if column.changing:
                    self._ensure_changing(ledger, column)
            engine.run("CHECKPOINT variant")
        finally:
            engine.close()
        os.replace(draft, file)

    def _make(self, engine: Engine, path: tuple[str, ...], recipe: _Recipe) -> Ledger:
        """Builds the ledger in the first schema of the path."""
        stored = engine.tables(path) - {"ledger", "changing_values", "ledger_facts", "fx_changes"}
        stored -= set(CUBES) | {"known_customers"}
        tables = ["ledger"]
        if "historical" in recipe.flags:
            tables.append("fx_changes")
        for table in tables:
            body = compose(table, stored, recipe.flags, instead=recipe.instead)
            engine.run(f"CREATE TABLE {table} AS\n{body}", recipe.parameters, path=path)
            stored.add(table)
        engine.run(
            "CREATE TABLE ledger_facts AS"
            " SELECT MIN(day) AS first_day, COUNT(*) AS ledger_rows FROM ledger",
            path=path,
        )
        engine.run(
            "CREATE TABLE changing_values (column_no INTEGER, customer_key INTEGER,"
            " from_day DATE, to_day DATE, value_code INTEGER)",
            path=path,
        )
        return self._described(engine, path, recipe)

    def _described(self, engine: Engine, path: tuple[str, ...], recipe: _Recipe) -> Ledger:
        _, rows = engine.run("SELECT first_day, ledger_rows FROM ledger_facts", path=path)
        first_day, count = rows[0]
        stored = engine.tables(path)
        if recipe.key != "default":
            stored -= set(CUBES) | {"combination_values"}
            if "historical" not in recipe.flags:
                stored.discard("fx_changes")
        _, changing = engine.run("SELECT DISTINCT column_no FROM changing_values", path=path)
        return Ledger(
            engine=engine,
            path=path,
            flags=recipe.flags,
            instead=recipe.instead,
            parameters=recipe.parameters,
            stored=stored,
            currency_count=int(str(recipe.parameters["currency_count"])),
            reporting_currency=recipe.reporting_currency,
            first_day=first_day,
            rows=int(count),
            cube=recipe.key == "default" and "bridge_cube" in stored,
            changing={int(number) for (number,) in changing},
        )

    def _ensure_changing(self, ledger: Ledger, column: SegmentColumn) -> None:
        if not column.changing or column.column_no in ledger.changing:
            return
        assert column.line_column is not None
        flags = ledger.flags | {"with_value"}
        # The name is one made in staging, `segment_<n>`.
        body = compose("line_value_states", ledger.stored, flags, instead=ledger.instead)
        segment_tables.add_changing_column(
            ledger.engine,
            column.column_no,
            body.replace("line_value", column.line_column),
            ledger.parameters,
            ledger.path,
        )
        ledger.changing.add(column.column_no)

    def _build_cubes(self, ledger: Ledger) -> None:
        """Adds the default ledger up by combination of configured values, cohort and month."""
        if ledger.first_day is None:
            return
        engine = ledger.engine
        columns = [c for c in self.facts.columns if c.column_no in self.facts.configured]
        engine.run(
            "CREATE TABLE configured_columns"
            " (column_no INTEGER, radix INTEGER, value_count INTEGER)"
        )
        radix = 1
        for column in columns:
            engine.run(
                "INSERT INTO configured_columns VALUES ($column_no, $radix, $value_count)",
                {"column_no": column.column_no, "radix": radix, "value_count": column.codes},
            )
            radix *= column.codes
        parameters = {
            **ledger.parameters,
            **calendar_parameters("month", 1, CUBE_WINDOW, ledger.first_day, self.facts.as_of),
        }
        flags = set(ledger.flags) | {"segmented" if columns else "whole", "changing"}
        engine.run(
            f"CREATE TABLE calendar AS {compose('calendar', ledger.stored, flags)}", parameters
        )
        stored = set(ledger.stored) | {"calendar", "configured_columns"}
        extra = {"chosen_values": "SELECT NULL"}
        if columns:
            body = compose("combination_states", stored, flags)
            engine.run(f"CREATE TABLE customer_segments AS\n{body}", parameters)
        else:
            engine.run(
                "CREATE TABLE customer_segments (customer_key INTEGER, from_day DATE,"
                " to_day DATE, segment INTEGER)"
            )
        stored.add("customer_segments")
        for cube, relation in CUBES.items():
            body = compose(relation, stored, flags, extra=extra)
            order = "segment, period_index" if cube != "transfer_cube" else "period_index"
            engine.run(f"CREATE TABLE {cube} AS\n{body}\nORDER BY {order}", parameters)
        engine.run("CREATE TABLE combinations AS SELECT DISTINCT segment FROM customer_segments")
        body = compose("combination_values", stored | {"combinations"}, flags)
        engine.run(f"CREATE TABLE combination_values AS\n{body}", parameters)
        engine.run("DROP TABLE customer_segments")
        engine.run("DROP TABLE combinations")
        engine.run("DROP TABLE calendar")


@dataclass(frozen=True)
class _Recipe:
    """What one ledger is made of."""

    key: str
    flags: frozenset[str]
    instead: Mapping[str, str]
    parameters: Mapping[str, object]
    reporting_currency: str


def _configured(columns: Sequence[SegmentColumn]) -> tuple[int, ...]:
    """The columns of the cube: in order, while their combinations stay within the bound."""
    chosen, product = [], 1
    for column in columns:
        if column.values > 1 and product * column.codes <= MAX_COMBINATIONS:
            chosen.append(column.column_no)
            product *= column.codes
    return tuple(chosen)


def _facts(
    engine: Engine,
    files: Sequence[StagedFile],
    line_segments: tuple[LineSegment, ...],
    today: date,
    matrix_until: date | None,
    end_date: str,
) -> Facts:
    def one(statement: str) -> tuple[object, ...]:
        return engine.run(statement, {"today": today})[1][0]

    tables = {file.table for file in files}
    shape = "calendar" if "subscriptions" in tables else "tenure"
    sources = [
        ("subscriptions.start_date", "lines", "start_date"),
        ("subscriptions.end_date", "lines", "end_date"),
        ("subscriptions.cancel_requested_at", "lines", "cancel_requested_at"),
        ("usage.date", "usage", "date"),
        ("nps.responded_at", "nps", "responded_at"),
        ("tickets.opened_at", "tickets", "opened_at"),
        ("tickets.closed_at", "tickets", "closed_at"),
    ]
    found = []
    for name, table, column in sources:
        (latest,) = one(f"SELECT MAX({column}) FROM {table} WHERE {column} <= $today")
        if isinstance(latest, date):
            found.append((latest, name))
    if matrix_until is not None:
        found = [(min(matrix_until, today), "matrix")]
    as_of, source = max(found, key=lambda item: item[0], default=(today, "today"))
    currencies = tuple(
        str(code)
        for (code,) in engine.run("SELECT currency FROM currencies ORDER BY currency_code")[1]
    )
    (rates,) = one("SELECT COUNT(DISTINCT UPPER(currency)) FROM fx_rates")
    (unrated,) = one(
        "SELECT COUNT(*) FROM currencies WHERE currency NOT IN"
        " (SELECT UPPER(currency) FROM fx_rates WHERE currency IS NOT NULL)"
    )
    (lines,) = (
        one("SELECT COUNT(*) FROM lines")
        if shape == "calendar"
        else one("SELECT COUNT(*) FROM tenures")
    )
    (accounts,) = one("SELECT COUNT(*) FROM account_keys")
    (terms,) = one("SELECT COUNT(term_end) FROM lines")
    names = engine.run("SELECT DISTINCT name FROM accounts_columns ORDER BY name")[1]
    return Facts(
        shape=shape,
        accounts=int(str(accounts)),
        lines=int(str(lines)),
        as_of=as_of,
        as_of_source=source,
        currencies=currencies,
        # One currency may lack rates: the one they lead to.
        rates=int(str(rates)) > 0 and int(str(unrated)) <= 1,
        terms=int(str(terms)) > 0,
        line_segments=line_segments,
        account_columns=tuple(str(name) for (name,) in names),
        end_date=end_date,
    )
