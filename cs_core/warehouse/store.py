"""One dataset's tables: staged once, a ledger for each set of policies that changes it.

In memory for files asked about directly; in the dataset's folder once imported: `data.duckdb`
holds the staged tables and the default ledger with its cubes; `variants` has the ledgers of other
policies.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from cs_core.domain.policies import Policies
from cs_core.errors import WorkspaceError
from cs_core.warehouse import cubes, shards
from cs_core.warehouse import segments as segment_tables
from cs_core.warehouse.duckdb_engine import BUILD_SECONDS, Engine
from cs_core.warehouse.facts import Facts, gathered
from cs_core.warehouse.ledgers import Ledger, add_changing, add_stays, described, make
from cs_core.warehouse.recipes import Recipe, recipe_of
from cs_core.warehouse.segments import SegmentColumn
from cs_core.warehouse.staging import StagedFile, create, refused, stage
from cs_core.warehouse.statements import compose, literal
from cs_core.warehouse.variants import DATA, KEPT, open_variant


class Warehouse:
    """The staged tables of one dataset and the ledgers made from them. Safe between threads."""

    def __init__(
        self,
        engine: Engine,
        facts: Facts,
        folder: Path | None = None,
        temporary: Path | None = None,
    ) -> None:
        self._engine = engine
        self._temporary = temporary
        self.facts = facts
        self._folder = folder
        self._columns = {column.name: column for column in facts.columns}
        self._ledgers: dict[str, Ledger] = {}
        self._lock = threading.RLock()
        self._read_by_checks: set[str] | None = None  # made at the first check

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
        parting: shards.Parting | None = None,
        heard: Callable[[float], None] = lambda share: None,
    ) -> Warehouse:
        """Stages files in memory, or into a database file: a new one, or with `parting` that of an
        import that was killed."""
        engine = Engine(memory=memory, seconds=BUILD_SECONDS)
        with ExitStack() as unless_made:
            unless_made.callback(engine.close)
            if file is not None:
                engine.attach(file, "dataset", read_only=False)
                engine.path = ("dataset",)
            line_segments = stage(engine, files, currency, keep_duplicates, parting, heard)
            segment_tables.create_tables(engine)
            facts = gathered(
                engine, files, line_segments, today, matrix_until, end_date, keep_duplicates
            )
            engine.run("DROP VIEW source_subscriptions")
            if file is None:
                engine.lock()
            unless_made.pop_all()
        return Warehouse(engine, facts, temporary=None if parting is None else parting.folder)

    def finish(self) -> Facts:
        """Codes every segment column, builds the default ledger and its cubes, and writes
        everything to the file being made. Returns the facts to keep beside it."""
        names = segment_tables.segment_names(self.facts.line_segments, self.facts.account_columns)
        self._add_columns(names)
        columns = tuple(self._columns.values())
        configured = cubes.configured(columns)
        self.facts = replace(self.facts, columns=columns, configured=configured)
        if self.facts.shape == "calendar":
            ledger = self.ledger(Policies(), self.facts.as_of, None)
            add_stays(ledger)
            for column in columns:
                add_changing(ledger, column)
            cubes.build(ledger, self.facts)
        # `made` stays until nothing is left to be made.
        for relation in ("repeated_subscriptions", "repeated_starts", "neighbouring_lines"):
            self._engine.run(f"DROP TABLE IF EXISTS {relation}")
        if not shards.shards_of(self._engine):
            self._engine.run("DROP TABLE IF EXISTS made")
        self._engine.run("CHECKPOINT dataset")
        self._engine.close()
        return self.facts

    @staticmethod
    def open(folder: Path, temporary: Path | None = None) -> Warehouse:
        """An imported dataset, read-only. What does not fit into memory goes into `temporary`.
        Raises WorkspaceError `data_damaged`."""
        try:
            facts = Facts.kept(folder)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise WorkspaceError("data_damaged") from error
        engine = Engine(folder / DATA, temporary=temporary)
        engine.lock()
        return Warehouse(engine, facts, folder, temporary)

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
            recipe = recipe_of(self.facts, policies, as_of, currency)
            ledger = self._ledgers.pop(recipe.key, None) or self._built(recipe)
            self._ledgers[recipe.key] = ledger
            if self._folder is not None and len(self._ledgers) > KEPT:
                # The one longest unused closes when nobody is reading it any more.
                del self._ledgers[next(iter(self._ledgers))]
            for column in changing:
                add_changing(ledger, column)
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

    def read_through(self) -> None:
        """Reads every value of every stored table, so that a damaged block is found. Raises
        WorkspaceError `data_damaged`."""
        for name in sorted(self._engine.tables()):
            self._engine.run(f'SELECT COUNT(COLUMNS(*)) FROM "{name}"')

    @property
    def scratch(self) -> Path | None:
        """A folder for what does not fit into memory while the dataset is made; None where all of
        it does."""
        return self._temporary if self._folder is None else None

    def shared(self, file: Path) -> list[str]:
        """The texts `folded` of a Parquet file that several `id`s have, and perhaps some others:
        they are told apart by their hashes, so that whatever there is takes little memory."""
        rows = f"read_parquet({literal(str(file))}) WHERE id IS NOT NULL"
        return [
            text
            for (text,) in self.query(
                f"SELECT DISTINCT folded FROM {rows} AND hash(folded) IN (SELECT hash(folded)"
                f" FROM {rows} GROUP BY hash(folded) HAVING MIN(hash(id)) <> MAX(hash(id)))"
            )
        ]

    def refused(
        self, file_no: int, file: StagedFile | None, places: Sequence[int | None]
    ) -> Iterator[tuple[Any, ...]]:
        """As `staging.refused`; only while the dataset is being made."""
        return refused(self._engine, file_no, file, places)

    def check(self, name: str, today: date, limit: int) -> list[tuple]:  # type: ignore[type-arg]
        """The first rows a check of `sql/checks/` finds: file, line, column, value, and on each
        how many there are in all and their MRR in millionths."""
        with self._lock:
            if self._read_by_checks is None:
                if "neighbouring_lines" not in self._engine.tables():
                    create(self._engine, "neighbouring_lines", self._engine.tables())
                self._read_by_checks = self._engine.tables()
        found = compose(name, self._read_by_checks, ())
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

    def _built(self, recipe: Recipe) -> Ledger:
        if self._folder is not None:
            if recipe.key == "default":
                return described(self._engine, self._engine.path, recipe)
            return open_variant(self._folder, self.facts, recipe, self._temporary)
        base = self._engine.path or ("main",)
        if recipe.key == "default":
            return make(self._engine, base, recipe)
        schema = f"ledger_{recipe.key}"
        # One left behind by a statement that failed is of no use.
        self._engine.run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        self._engine.run(f"CREATE SCHEMA {schema}")
        return make(self._engine, (schema, *base), recipe)
