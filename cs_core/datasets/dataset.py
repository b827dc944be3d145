"""Datasets: files checked, imported, opened, and asked. The door for Python, app and command line.

One question's way: `importers.read` types the files, `warehouse` stages them and builds the
ledger, `metrics.run` asks it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from cs_core import __version__
from cs_core.datasets.asking import RANGE, Asking, MetricName, options_of
from cs_core.datasets.bundled import SAMPLE, sample_files
from cs_core.datasets.report import report
from cs_core.datasets.sources import Source, files_of, frame_files, is_frame
from cs_core.domain.policies import Policies
from cs_core.errors import CannotAnswerError, InputError, KeizokuError, UsageError
from cs_core.importers import kept as kept_rows
from cs_core.importers.bounded import limits
from cs_core.importers.reading import FileReading, Reading, ReadOptions
from cs_core.metrics import Options, Result, run, statement
from cs_core.metrics.catalogue import metric_of
from cs_core.metrics.checks import Remark, check_heeded, check_values, column_of, remarks
from cs_core.metrics.crossed import crossed
from cs_core.metrics.frames import arrow, frame, polars_frame
from cs_core.text import t
from cs_core.text.system import system_language
from cs_core.warehouse.segments import segment_names
from cs_core.warehouse.shards import Parting, local_day
from cs_core.warehouse.staging import StagedFile
from cs_core.warehouse.store import Warehouse

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from cs_core.models.health_score import Rules
    from cs_core.workspace import NewVersion, Workspace

# A small file of these can need any amount of memory: they are always read in a child process.
PACKED = (".xlsx", ".xlsm", ".xls", ".zip", ".gz")


@dataclass(frozen=True)
class Segment:
    """A column figures can be split by: how many values it has, and whether they can change."""

    name: str
    values: int
    changing: bool


@dataclass(frozen=True)
class Info:
    """What a dataset is. `as_of` is the default as-of date, `as_of_source` where it comes from;
    `shape` is "tenure" for data without dates; `version` counts imports, 0 for files asked
    directly. `left_edge` is the first of the month in which data begins that begins with customers
    who came earlier."""

    name: str
    version: int
    shape: str
    accounts: int
    lines: int
    first: date | None
    as_of: date
    as_of_source: str
    currencies: tuple[str, ...]
    reporting_currency: str
    joint: bool
    terms: bool
    segments: tuple[Segment, ...]
    tables: tuple[str, ...]
    left_edge: date | None = None


# Told what is being done (reading, staging, ledger) and the share of it that is done.
Heard = Callable[[str, float], None]


def unheard(doing: str, share: float) -> None:
    """Nobody waits to be told."""


def check(paths: Sequence[Path], read: ReadOptions | None = None) -> dict[str, Any]:
    """Reads and maps files without keeping them; the report of `check`."""
    with open_dataset(paths, read=read, may_be_unusable=True) as dataset:
        return dataset.report


def import_files(
    paths: Sequence[Path],
    name: str,
    workspace: Workspace,
    read: ReadOptions | None = None,
    set_aside: Path | None = None,
    currency: str | None = None,
    bounded: bool = False,
    append: bool = False,
    drafted: Path | None = None,
    heard: Heard = unheard,
    shard_lines: int | None = None,
) -> dict[str, Any]:
    """Keeps files as a dataset. The same files read the same way change nothing.

    More than three million lines are built in shards, by account, in bounded memory; killed, the
    same import goes on with the shard it was at. `shard_lines` gives shards of so many lines
    whatever there is.

    `bounded` does all of it in a child process with the limits for uploads, which takes what
    `inspect` left in `drafted` where it is of the same files, read the same way. `append` adds the
    files to the dataset, which must exist (see `importers.newer`): contracts that it has already
    are updated, a newer export takes the place of the older one. A file it holds adds nothing,
    unless it is to be read otherwise.
    `heard` is told what is being done and how far it is; what it raises stops the import, and
    nothing has changed.
    """
    from cs_core.datasets import making
    from cs_core.workspace import source_files

    read = read or ReadOptions()
    new = sources = source_files(paths)
    before: Path | None = None
    if append:
        stored = workspace.dataset(name)
        known = {source.sha256 for source in stored.sources}
        if _plain(read) not in (ReadOptions(), _options_of(stored.options)):
            known -= {source.sha256 for source in sources}  # to be read again
        paths = [p for p, s in zip(paths, sources, strict=True) if s.sha256 not in known]
        new = tuple(s for s in sources if s.sha256 not in known)
        again = {source.sha256 for source in new}
        sources = (*(s for s in stored.sources if s.sha256 not in again), *new)
        before = stored.path
        read = replace(read, beside=True)
        if kept_rows.kept(before) is None:
            raise InputError("rows_not_kept", name=stored.name)
        said_before = stored.options["read"].get
        read = replace(
            read,
            end_date=read.end_date or said_before("end_date"),
            same_accounts=read.same_accounts or said_before("same_accounts"),
        )
        currency = currency or stored.options.get("currency")
        if not paths:
            return _answer(stored.report, stored.name)
    options = json.loads(json.dumps({"read": asdict(read), "currency": currency}, default=str))
    if (same := workspace.unchanged(name, sources, options)) and set_aside is None:
        return _answer(same.report, same.name)
    with workspace.new_version(name, sources, options) as version:
        building = workspace.building(name, sources, options, shard_lines, __version__)
        with tempfile.TemporaryDirectory(dir=version.path) as folder:
            scratch = Path(folder)
            if bounded:
                draft = drafted if drafted and making.was_read(drafted, new, read) else None
                version.report = making.build_in_child(
                    paths, version.path, scratch, read, currency, before, new, draft, heard,
                    building, shard_lines,
                )  # fmt: skip
            else:
                reading = _read(paths, read, scratch, heard)
                version.report = making.build(
                    reading, version.path, scratch, read, currency, before, new, heard,
                    building, shard_lines,
                )  # fmt: skip
        if set_aside is not None:
            shutil.copyfile(version.path / "set_aside.csv", set_aside)
    shutil.rmtree(building, ignore_errors=True)
    return _answer(version.report, name, *_restated(version))


def _answer(
    report: Mapping[str, Any],
    name: str,
    months: list[dict[str, Any]] | None = [],  # noqa: B006 - never changed
    accounts: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    return {**report, "dataset": name, "restated": months, "restated_accounts": [*accounts]}


def _plain(read: ReadOptions) -> ReadOptions:
    """Without what does not say how a file is to be read."""
    return replace(read, beside=False, tentative=False)


def _options_of(options: Mapping[str, Any]) -> ReadOptions | None:
    """How a version's files were read; None where its options are of an earlier Keizoku."""
    from cs_core.importers.bounded.transfer import options_from_json

    try:
        return _plain(options_from_json(options["read"]))
    except (KeyError, TypeError):
        return None


def _restated(
    version: NewVersion,
) -> tuple[list[dict[str, Any]] | None, list[dict[str, Any]]]:
    """What of the past a new version tells otherwise, by month and by account; None where the one
    before cannot be read any more. The new one counts by now: nothing that fails here may say that
    it does not."""
    if version.previous is None:
        return [], []
    from cs_core.metrics.restatement import restated, restated_accounts

    old, new = version.previous.path, version.path
    try:
        months = restated(old, new)
        return months, restated_accounts(old, new) if months else []
    except Exception:
        return None, []


def open_dataset(
    source: Source | None = None,
    *,
    dataset: str | None = None,
    workspace: Workspace | None = None,
    read: ReadOptions | None = None,
    currency: str | None = None,
    may_be_unusable: bool = False,
) -> Dataset:
    """Opens files or frames directly, or a dataset of the workspace by its name.

    `source` is a file name or several, each possibly a pattern such as `*.csv`; a frame of
    pandas, Polars or Arrow that would make sense as a CSV; or a dict of frames, by table
    (`{"subscriptions": …, "accounts": …}`) or by any name. A name that is no file's is that of a
    stored dataset; `"sample"` is the bundled one.

    >>> open_dataset("subscriptions.csv").query("cohorts", by="plan")

    Raises InputError for what cannot be read, UsageError for a dataset that does not exist.
    """
    if (source is None) == (dataset is None):
        raise UsageError("files_or_dataset", command="open_dataset")
    read = read or ReadOptions()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if isinstance(source, Mapping) or is_frame(source):
            paths, tables = frame_files(source, scratch)
            read = replace(read, tables={**tables, **(read.tables or {})} or None)
        else:
            try:
                paths = [] if source is None else files_of(source, scratch)
            except InputError as error:
                if error.code != "file_not_found" or not isinstance(source, str):
                    raise
                if not _is_stored(source, workspace):
                    raise UsageError("no_file_or_dataset", name=source) from None
                dataset = source
        if dataset is not None:
            return _open_stored(dataset, workspace)
        reading = _read(paths, read, scratch)
        warehouse = None
        if not may_be_unusable or usable(reading):
            warehouse = stage(reading, read, currency)
        return Dataset(
            "",
            0,
            warehouse,
            reading,
            on_close=stack.pop_all(),
            same_accounts=read.same_accounts,
        )


class Dataset:
    """A dataset that can be asked. Safe to share between threads; close it when done.

    `query`, `arrow`, `polars`, `sql`, `explain`, `compare`, `risk` and `simulate` are the verbs of
    the command line, with its options as keywords (see `asking`). They raise UsageError for a
    wrong question and CannotAnswerError where the data has no answer; what should be known beside
    an answer is warned.

    `key` is what the workspace knows it by, whatever its name; empty for files asked directly.
    """

    def __init__(
        self,
        name: str,
        version: int,
        warehouse: Warehouse | None,
        origin: Reading | Mapping[str, Any],
        on_close: ExitStack | None = None,
        stored: tuple[Workspace, str] | None = None,
        same_accounts: str | None = None,
    ) -> None:
        self.name = name
        self._same_accounts = same_accounts
        self._workspace: Workspace | None = None
        self.key = ""
        if stored is not None:
            self._workspace, self.key = stored
        self.version = version
        self._origin = origin
        self._warehouse = warehouse
        if isinstance(origin, Reading):
            files = [(file.file, file.table) for file in origin.files]
        else:
            files = [(item["file"], item["table"]) for item in origin["files"]]
        self._files = [name for name, _ in files]
        self._tables = tuple(sorted({table for _, table in files if table}))
        self._on_close = on_close

    @cached_property
    def report(self) -> dict[str, Any]:
        """The report of `check`: for files asked directly it is made when first looked at."""
        if isinstance(self._origin, Reading):
            return report(self._origin, self._warehouse, self._same_accounts)
        return dict(self._origin)

    def run(self, metric: str, options: Options | None = None) -> Result:
        """One metric with typed rows and the statement that ran."""
        from cs_core.datasets.studies import STUDIES

        options = options or Options()
        self._must_have_lines()
        check_values(self.warehouse, options)
        if options.then_by is not None and metric_of(metric).kind != "account":
            values = self.segment_values(options.then_by)
            return crossed(self.run, metric, options, values)
        if metric_of(metric).study:
            return STUDIES[metric](self, options)
        return run(self.warehouse, metric, options)

    def statement(self, metric: str, options: Options | None = None) -> str:
        """The statement that would run, with its parameters."""
        from cs_core.metrics.shown import shown

        options = self._of_one_column(options)
        if made_of := metric_of(metric).made_of:
            dated = self.warehouse.facts.shape == "calendar"
            parts = [part for part in made_of if dated or not metric_of(part).dates]
            return "\n\n".join(self.statement(part, options) for part in parts)
        if metric == "accounts":
            from cs_core.studies import risk

            text, parameters = risk.shown_statement(self.warehouse, options)
        else:
            text, parameters = statement(self.warehouse, metric, options)
        return shown(text, parameters)

    def _of_one_column(self, options: Options | None) -> Options:
        options = options or Options()
        check_values(self.warehouse, options)
        if options.then_by is not None:
            raise UsageError("option_once", option="by", value=options.then_by)
        return options

    def taken_away(
        self,
        metric: str,
        options: Options | None = None,
        engine: str = "duckdb",
        schema: str | None = None,
    ) -> str:
        """One statement that needs nothing of ours: canonical tables in, the figure out. `engine`
        is whose dialect it is in, `schema` where its tables stand."""
        from cs_core.takeaway import dialects, statement

        options = self._of_one_column(options)
        dialect = dialects.dialect_of(engine)
        named = dialects.namer(dialect, schema)
        return dialects.rendered(statement.text(self.warehouse, metric, options, named), dialect)

    def write_table(self, table: str, out: Path, options: Options | None = None) -> int:
        """Writes a table into a Parquet or CSV file (see `takeaway/tables.py`): `ledger`, `lines`,
        `accounts`, `stays`, or a canonical one. Returns how many rows it has."""
        from cs_core.takeaway import tables

        return tables.write(self.warehouse, self._reading(), table, options or Options(), out)

    def write_project(self, folder: Path, options: Options | None = None) -> int:
        """Writes a dbt project of every metric into a new folder (see `takeaway/dbt.py`); returns
        how many models it has."""
        from cs_core.takeaway import dbt

        return dbt.write(self.warehouse, self._reading(), self._of_one_column(options), folder)

    def _reading(self) -> Reading | None:
        """What was read of the files, canonical rows included; None for a version that has not
        kept them."""
        if isinstance(self._origin, Reading):
            return self._origin
        folder = self.warehouse.folder
        return None if folder is None else kept_rows.kept(folder)

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files it is made of, in the order in which lines count them."""
        return tuple(self._files)

    @property
    def readings(self) -> list[FileReading]:
        """What was understood of each file; empty for a version that has not kept it."""
        reading = self._reading()
        return [] if reading is None else reading.files

    def rows_behind(
        self, metric: str, at: Mapping[str, str], options: Options | None = None
    ) -> Result:
        """The ledger rows, with their file lines, behind one figure."""
        from cs_core.metrics.explain import explain

        options = options or Options()
        check_values(self.warehouse, options)
        if (second := options.then_by) in at:
            # The figure of both columns is that of the first where the second is filtered.
            value = at[str(second)] or None
            at = {key: found for key, found in at.items() if key != second}
            options = replace(options, then_by=None, where=(*options.where, (str(second), value)))
            check_values(self.warehouse, options)
        return explain(self.warehouse, metric, at, options, self._files, self.run)

    def remarks(self, options: Options) -> list[Remark]:
        """What a person should know beside an answer."""
        return remarks(self.warehouse, options)

    def log_rank(self, options: Options) -> dict[str, Any]:
        """Do the segments of `options.by` leave at the same pace? chi2, df and p."""
        from cs_core.metrics.question import log_rank

        if options.then_by is not None:
            raise UsageError("option_once", option="by", value=options.then_by)
        check_values(self.warehouse, options)
        return log_rank(self.warehouse, options)

    def simulation(self, text: str, options: Options, **numbers: int) -> dict[str, Any]:
        """Lifetime value under assumptions written as TOML; `numbers` are `draws` and `seed`."""
        from cs_core.studies import lifetime

        info = self.info
        groups = lifetime.read(self.run, options, info.shape == "calendar")
        currency = (options.currency or info.reporting_currency).upper()
        return lifetime.simulation_of(groups, currency, text, **numbers).record()

    def mrr_today(self) -> list[tuple[str, Decimal]]:
        """Closing MRR at the as-of date by currency; empty when nobody has paid."""
        info = self.info
        if info.first is None or info.first > info.as_of:
            return []
        rows = self.run("mrr_movements").mappings()
        return list({row["currency"]: row["closing_mrr"] for row in rows}.items())

    def segment_values(self, column: str) -> list[str | None]:
        """The values of a segment column, the blank one (None) last."""
        found = column_of(self.warehouse, column)
        rows = self.warehouse.query(
            "SELECT value FROM segment_values WHERE column_no = $column_no"
            " ORDER BY value NULLS LAST",
            {"column_no": found.column_no},
        )
        return [value for (value,) in rows]

    @cached_property
    def info(self) -> Info:
        facts = self.warehouse.facts
        first = None
        joint = True
        if facts.shape == "calendar":
            ledger = self.warehouse.ledger(Policies(), facts.as_of, None)
            first, joint = ledger.first_day, ledger.currency_count == 1
        names = segment_names(facts.line_segments, facts.account_columns)
        columns = [self.warehouse.column(name) for name in names]
        return Info(
            name=self.name,
            version=self.version,
            shape=facts.shape,
            accounts=facts.accounts,
            lines=facts.lines,
            first=first,
            as_of=facts.as_of,
            as_of_source=facts.as_of_source,
            currencies=facts.currencies,
            reporting_currency=facts.currencies[0],
            joint=joint,
            terms=facts.terms,
            left_edge=facts.left_edge,
            segments=tuple(
                Segment(column.name, column.values, column.changing) for column in columns if column
            ),
            tables=self._tables,
        )

    @property
    def warehouse(self) -> Warehouse:
        if self._warehouse is None:
            raise _lacking(self._origin.files if isinstance(self._origin, Reading) else ())
        return self._warehouse

    def _must_have_lines(self) -> None:
        """Raises CannotAnswerError with the reason where every row to count was set aside."""
        facts = self.warehouse.facts
        if facts.lines:
            return
        found = self.report["problems"]
        reasons = {
            item["code"]
            for item in found
            if item["table"] == "subscriptions" and item["severity"] == "error"
        }
        raise CannotAnswerError("only_too_large" if reasons == {"too_large"} else "only_unusable")

    def setting(self, name: str, default: Any = None) -> Any:
        """A choice that is kept with the dataset: anything JSON can hold."""
        if self._workspace is None:
            return default
        return self._workspace.setting(f"{name}:{self.key}", default)

    def set_setting(self, name: str, value: Any) -> None:
        if self._workspace is not None:
            self._workspace.set_setting(f"{name}:{self.key}", value)

    @property
    def health_rules(self) -> Rules:
        """The rules of the health score saved for this dataset, or the usual ones."""
        from cs_core.models.health_score import Rules

        kept = self.setting("health_rules")
        return Rules.of(kept) if kept else Rules()

    def query(
        self,
        metric: MetricName | str,
        *,
        logrank: bool = False,
        exact: bool = False,
        **options: Unpack[Asking],
    ) -> Any:
        """One metric as a pandas frame; with `logrank` the test as {"chi2", "df", "p"}.

        Money is float64, months are Periods, days datetime64, whole numbers with gaps Int64. With
        `exact` money is Decimal, to the last digit, and labels of periods are text.
        """
        asked = self._asked(metric, options)
        if not logrank:
            return frame(self.run(metric, asked), exact=exact, calendar=asked.fiscal_start == 1)
        if metric != "survival":
            raise UsageError("logrank_of_survival", metric=metric)
        return self.log_rank(asked)

    def arrow(self, metric: MetricName | str, **options: Unpack[Asking]) -> pyarrow.Table:
        """One metric as an Arrow table: money decimal128(38, 6), days date32, periods text."""
        return arrow(self.run(metric, self._asked(metric, options)))

    def polars(self, metric: MetricName | str, **options: Unpack[Asking]) -> polars.DataFrame:
        """One metric as a Polars frame, typed as the Arrow table is."""
        return polars_frame(self.run(metric, self._asked(metric, options)))

    def sql(
        self,
        metric: MetricName | str,
        *,
        from_raw: bool = False,
        engine: str = "duckdb",
        schema: str | None = None,
        **options: Unpack[Asking],
    ) -> str:
        """The statement that would run, with its parameters; with `from_raw` one that runs over
        canonical tables alone, in the dialect of an `engine`."""
        asked = self._asked(metric, options)
        if from_raw:
            return self.taken_away(metric, asked, engine, schema)
        if engine != "duckdb" or schema is not None:
            raise UsageError("option_of_raw", option="engine" if schema is None else "schema")
        return self.statement(metric, asked)

    def export(self, table: str, out: str | Path, **options: Unpack[Asking]) -> int:
        """Writes `ledger`, `lines`, `accounts`, `stays` or a canonical table into a .parquet or
        .csv file; returns how many rows. `ledger` and `stays` heed `as_of`, `currency`, `preset`
        and `policy`."""
        return self.write_table(table, Path(out), options_of(**options))

    def export_sql(self, folder: str | Path, **options: Unpack[Asking]) -> int:
        """Writes a dbt project of every metric into a new folder; returns how many models it
        has."""
        return self.write_project(Path(folder), options_of(**options))

    def explain(
        self,
        metric: MetricName | str,
        at: Mapping[str, Any],
        *,
        exact: bool = False,
        **options: Unpack[Asking],
    ) -> pandas.DataFrame:
        """The ledger rows, with their file lines, behind one figure:
        `explain("churn", {"month": "2024-03"})`."""
        point = {name: str(value) for name, value in at.items()}
        return frame(self.rows_behind(metric, point, self._asked(metric, options)), exact=exact)

    def compare(
        self,
        presets: str | Sequence[str],
        metric: MetricName | str,
        *,
        exact: bool = False,
        **options: Unpack[Asking],
    ) -> pandas.DataFrame:
        """Two presets (`"keizoku,stripe"` or a pair): each policy's effect on each figure."""
        from cs_core.metrics.comparison import compare

        names = presets.split(",") if isinstance(presets, str) else list(presets)
        if len(names) != 2:
            raise UsageError("two_presets", option="presets", value=",".join(names))
        a, b = (Policies.of(name.strip()) for name in names)
        found = compare(self.run, metric, self._asked(metric, options), a, b).result()
        return frame(found, exact=exact)

    def risk(self, *, exact: bool = False, **options: Unpack[Asking]) -> dict[str, Any]:
        """{"evaluation": how far the chances can be trusted, "accounts": a frame}."""
        from cs_core.studies import risk

        asked = self._asked("accounts", options)
        check_values(self.warehouse, asked)
        known = risk.known(self.warehouse, asked)
        accounts = risk.listed(self.warehouse, asked, known, self.health_rules)
        evaluation = risk.evaluation_record(known.learned.evaluation)
        return {"evaluation": evaluation, "accounts": frame(accounts, exact=exact)}

    def simulate(
        self,
        assumptions: str | Path,
        *,
        draws: int | None = None,
        seed: int | None = None,
        **options: Unpack[Asking],
    ) -> dict[str, Any]:
        """Lifetime value under the assumptions of a TOML file."""
        given = {"draws": draws, "seed": seed}
        numbers = {name: value for name, value in given.items() if value is not None}
        text = Path(assumptions).read_text("utf-8-sig")
        return self.simulation(text, self._asked("ltv", options), **numbers)

    def _asked(self, metric: str, given: Asking) -> Options:
        """The options of a metric, each of which it heeds; what to know beside the answer is
        warned, in the language of the system."""
        asked = options_of(**given)
        check_heeded(metric, [RANGE.get(name, name) for name in given])
        for remark in self.remarks(asked):
            said = t(f"remark.{remark.code}", system_language()[0], **remark.fields)
            warnings.warn(said, stacklevel=3)
        return asked

    def __repr__(self) -> str:
        named = f" {self.name!r}, version {self.version}" if self.name else ""
        try:
            info = self.info
        except KeizokuError as error:  # closed, or without anything that can be counted
            return f"<Dataset{named}: {error}>"
        since = f"{info.first} to {info.as_of}" if info.first else f"as of {info.as_of}"
        counts = f"{info.accounts:,} accounts, {info.lines:,} lines"
        return f"<Dataset{named}: {counts}, {since}, {', '.join(info.currencies)}>"

    def close(self) -> None:
        if self._warehouse is not None:
            self._warehouse.close()
        if self._on_close is not None:
            self._on_close.close()

    def __enter__(self) -> Dataset:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# -- the way in -----------------------------------------------------------------------------


def _read(
    paths: Sequence[Path], read: ReadOptions, scratch: Path, heard: Heard = unheard
) -> Reading:
    if not paths:
        raise UsageError("files_or_dataset", command="open_dataset")
    if any(path.suffix.lower() in PACKED for path in paths) and not limits.lifted():
        from cs_core.importers.bounded.child import read_in_child

        return read_in_child(
            paths, read, scratch, max_bytes=None, heard=lambda share: heard("reading", share)
        )
    from cs_core import importers

    return importers.read(paths, read, scratch)


def _lacking(files: Sequence[FileReading]) -> InputError:
    """What the file that came nearest to subscriptions or tenures lacks, and how to give it."""
    for file in files:
        if any(note.code == "counts_only" for note in file.notes):
            return InputError("counts_only", file=file.file)
    for file in files:
        lacking = [note for note in file.notes if note.code == "missing_column" and file.near]
        if lacking and len(lacking) <= 2:
            names = [note.column or "" for note in lacking]
            return InputError(
                "column_missing",
                file=file.file,
                table=file.near,
                columns=", ".join(names),
                column=names[0],
                give=tuple(f"give_{name}" for name in names),
                suggestion=lacking[0].examples[0][1],
            )
    return InputError("no_subscriptions")


def usable(reading: Reading) -> bool:
    """Whether there is something to count."""
    names = {table.table for file in reading.files for table in file.tables}
    return bool(names & {"subscriptions", "tenures"})


def stage(
    reading: Reading,
    read: ReadOptions,
    currency: str | None,
    file: Path | None = None,
    memory: str = "4GB",
    parting: Parting | None = None,
    heard: Heard = unheard,
) -> Warehouse:
    """Stages what was read, in memory or into a file. Raises InputError for a damaged file."""
    if not usable(reading):
        raise _lacking(reading.files)
    staged = [
        StagedFile(number, table.table, table.path, table.columns, table.segments, item.begins)
        for number, item in enumerate(reading.files)
        for table in item.tables
    ]
    until = [item.matrix_until for item in reading.files if item.matrix_until]
    try:
        return Warehouse.stage(
            staged,
            today=parting.today() if parting else local_day(),
            currency=currency.upper() if currency else None,
            matrix_until=max(until) if until else None,
            end_date=read.end_date or "exclusive",
            keep_duplicates=read.duplicates == "keep",
            memory=memory,
            file=file,
            parting=parting,
            heard=lambda share: heard("staging", share / 2),
        )
    except CannotAnswerError as error:
        if error.code == "query_out_of_memory":
            raise MemoryError from error
        raise
    except KeizokuError:
        raise
    except Exception:
        # A typed file is used where it lies: only now are its pages read.
        from cs_core.importers.containers.parquet import check_whole

        for item in reading.files:
            for table in item.tables:
                check_whole(table.path, item.file)
        raise


def _is_stored(name: str, workspace: Workspace | None) -> bool:
    from cs_core.workspace import Workspace

    workspace = workspace or Workspace()
    return name == SAMPLE or any(stored.name == name for stored in workspace.datasets())


def _open_stored(name: str, workspace: Workspace | None) -> Dataset:
    from cs_core.workspace import Workspace

    workspace = workspace or Workspace()
    with ExitStack() as stack:
        try:
            held = workspace.hold(name)
        except UsageError:
            if name != SAMPLE:
                raise
            import_files(sample_files(), SAMPLE, workspace)
            held = workspace.hold(name)
        stack.callback(held.close)
        stored = held.stored
        warehouse = Warehouse.open(stored.path, workspace.temporary())
        return Dataset(
            stored.name,
            stored.version,
            warehouse,
            stored.report,
            on_close=stack.pop_all(),
            stored=(workspace, stored.id),
        )
