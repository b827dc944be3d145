"""From canonical Parquet files to staged tables: accounts, lines, rejections, rates.

The only place that knows how a Parquet column becomes a typed one. Column names in statements
are made here (`c0`, `segment_1`); what a person typed in a header is only ever a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from cs_core.domain.tables import TABLES
from cs_core.errors import InputError
from cs_core.warehouse import shards
from cs_core.warehouse.duckdb_engine import Engine
from cs_core.warehouse.statements import compose, relations

# Columns of `subscriptions` that figures can be split by, besides those the file adds.
LINE_SEGMENTS = ("plan", "status", "cancel_reason", "churn_kind")
NO_CURRENCY = "XXX"  # ISO 4217: no currency involved


@dataclass(frozen=True)
class StagedFile:
    """One canonical Parquet file. `file_no` is its source's place in the list of files;
    `columns` and `segments` give 0-based positions. Without `source_line` in `columns` a row's
    line is its number + 1. `begins` is the first day of a source that begins in the middle:
    whoever is there in its first month came earlier."""

    file_no: int
    table: str
    path: Path
    columns: Mapping[str, int]
    segments: Mapping[str, int] = field(default_factory=dict)
    begins: date | None = None


@dataclass(frozen=True)
class LineSegment:
    """A subscriptions column one can split by: `name` as people know it, `column` in `lines`."""

    name: str
    column: str


def stage(
    engine: Engine,
    files: Sequence[StagedFile],
    currency: str | None,
    keep_duplicates: bool = False,
    parting: shards.Parting | None = None,
    heard: Callable[[float], None] = lambda share: None,
) -> tuple[LineSegment, ...]:
    """Creates the staged tables in the engine's current database.

    Afterwards nothing reads the files again. Returns the subscriptions' segment columns. With
    `parting` lines are staged shard by shard, and `heard` is told the share that is done.
    """
    tables = {file.table for file in files}
    if "subscriptions" not in tables and "tenures" not in tables:
        raise InputError("no_subscriptions")
    segments = _stage_subscriptions(engine, files, currency, keep_duplicates, parting, heard)
    _stage_edges(engine, files)
    for name in ("accounts", "usage", "nps", "tickets", "costs", "fx_rates"):
        _stage_optional(engine, name, [file for file in files if file.table == name])
    if "tenures" in tables:
        _stage_tenures(engine, [file for file in files if file.table == "tenures"])
    return segments


def _stage_edges(engine: Engine, files: Sequence[StagedFile]) -> None:
    """`edge_files (file_no, left_edge)`: the files with whose first month the data as a whole
    begins, and the first of that month. Where another source reaches further back, it tells who
    was there."""
    engine.run("CREATE OR REPLACE TABLE edge_files (file_no INTEGER, left_edge DATE)")
    for file in files:
        if file.table == "subscriptions" and file.begins is not None:
            engine.run(
                "INSERT INTO edge_files SELECT $file_no, $edge"
                " WHERE (SELECT MIN(start_date) FROM lines) >= $edge",
                {"file_no": file.file_no, "edge": file.begins.replace(day=1)},
            )


def create(
    engine: Engine,
    relation: str,
    stored: Sequence[str] | set[str],
    flags: Sequence[str] | set[str] = (),
    parameters: Mapping[str, object] | None = None,
    **options: Mapping[str, str],
) -> None:
    """Stores a relation as a table of its own name."""
    statement = compose(relation, stored, flags, **options)
    engine.run(f"CREATE OR REPLACE TABLE {relation} AS\n{statement}", parameters)


def _stage_subscriptions(
    engine: Engine,
    files: Sequence[StagedFile],
    currency: str | None,
    keep_duplicates: bool,
    parting: shards.Parting | None,
    heard: Callable[[float], None],
) -> tuple[LineSegment, ...]:
    chosen = [file for file in files if file.table == "subscriptions"]
    present = {name for file in chosen for name in file.columns}
    names = [name for name in LINE_SEGMENTS if name in present]
    names += sorted({name for file in chosen for name in file.segments} - set(names))
    segments = tuple(LineSegment(name, f"segment_{n}") for n, name in enumerate(names, 1))
    _show_source(engine, chosen, segments)
    stored = {"source_subscriptions"}
    parameters = {"default_currency": currency or NO_CURRENCY}
    for relation in ("currencies", "spelled_currencies"):
        create(engine, relation, stored, parameters=parameters)
        stored.add(relation)
    if parting is None:
        _stage_lines(engine, segments, present, keep_duplicates)
        return segments
    parts = [_parted(engine, file, parting) for file in chosen]
    done, base = shards.made(engine, "shards"), engine.path
    for number in range(parting.count):
        heard(number / parting.count)
        if number not in done:
            own = [part for part in (parts_of[number] for parts_of in parts) if part is not None]
            shard = parting.folder / "shard.duckdb"
            shard.unlink(missing_ok=True)
            engine.attach(shard, "shard", read_only=False)
            engine.path = ("shard", *base)
            _show_source(engine, own, segments)
            _stage_lines(engine, segments, present, keep_duplicates)
            create(engine, "neighbouring_lines", engine.tables())
            engine.path = base
            _take_over(engine, number)
            engine.run("DETACH shard")
            shard.unlink()
    _show_lines(engine, present)
    return segments


def _parted(engine: Engine, file: StagedFile, parting: shards.Parting) -> list[StagedFile | None]:
    """A file's rows by shard of their account."""
    types = column_types(engine, file)
    at = file.columns["account_id"]
    source = scan(file, len(types))
    rows = f"(SELECT * EXCLUDE (row_number), {_line(file)} AS source_line FROM {source})"
    key = _cast(f"c{at}", types[at], "text")
    columns = {**file.columns, "source_line": len(types)}
    return [
        None if path is None else replace(file, path=path, columns=columns)
        for path in parting.parted(engine, file.file_no, rows, key)
    ]


def _take_over(engine: Engine, number: int) -> None:
    """Adds what was staged of a shard to the dataset; its accounts get the next numbers."""
    _, [(last,)] = engine.run("SELECT COUNT(*) FROM shard.account_keys")
    before = sum(shard.last - shard.first + 1 for shard in shards.shards_of(engine))
    renumbered = f"SELECT * REPLACE (account_key + {before} AS account_key) FROM shard"
    rows = {table: f"{renumbered}.{table}" for table in _OF_ACCOUNTS}
    rows |= {
        table: f"SELECT * FROM shard.{table}" for table in ("rejections", "neighbouring_lines")
    }
    rows["shards"] = (
        f"SELECT {number} AS number, {before + 1} AS first_key, {before + last} AS last_key"
    )
    shards.insert(engine, rows, "shards", number)


def _show_source(
    engine: Engine, files: Sequence[StagedFile], segments: Sequence[LineSegment]
) -> None:
    """`source_subscriptions`, a view of the rows of files."""
    selects = [_subscription_select(engine, file, segments) for file in files]
    if not selects:
        selects = [_empty_select("subscriptions", segments)]
    engine.run(f"CREATE OR REPLACE VIEW source_subscriptions AS\n{' UNION ALL '.join(selects)}")


def _stage_lines(
    engine: Engine, segments: Sequence[LineSegment], present: set[str], keep_duplicates: bool
) -> None:
    """`lines` and what is told beside them of the rows of `source_subscriptions`."""
    stored = {"source_subscriptions", "currencies", "spelled_currencies"}
    for relation in ("rejections", "account_keys"):
        create(engine, relation, stored)
        stored.add(relation)
    columns = ", ".join(f"priced_rows.{segment.column}" for segment in segments)
    # Prices are only worked out where a file has them.
    instead = {} if "amount" in present else {"priced_rows": "stated_rows"}
    flags = {"with_columns"} if segments else set()
    if int(engine.run("SELECT COUNT(*) FROM currencies")[1][0][0]) > 1:
        flags.add("several_currencies")
    body = compose("lines", stored, flags, instead)
    _create_lines(engine, body.replace("segment_columns_of_source", columns), present)
    stored.add("lines")
    for relation in ("repeated_subscriptions", "repeated_starts"):
        create(engine, relation, stored)
        stored.add(relation)
    if not keep_duplicates:
        _set_duplicates_aside(engine, segments, stored)


def _create_lines(engine: Engine, body: str, present: set[str]) -> None:
    """`lines`, a view that gives NULL for the columns no file has: a million stored NULLs take a
    hundredth of a second, and a question that knows them for NULL skips what depends on them."""
    absent = [name for name in _MAY_BE_ABSENT if name not in present]
    left_out = f"EXCLUDE ({', '.join(absent)})" if absent else ""
    engine.run(f"CREATE TABLE given_lines AS SELECT * {left_out} FROM (\n{body}\n) AS all_columns")
    _show_lines(engine, present)


def _show_lines(engine: Engine, present: set[str]) -> None:
    kinds = TABLES["subscriptions"].by_name
    absent = [name for name in _MAY_BE_ABSENT if name not in present]
    nothing = "".join(
        f", CAST(NULL AS {_EMPTY[_scale(name, kinds[name].kind)]}) AS {name}" for name in absent
    )
    engine.run(f"CREATE OR REPLACE VIEW lines AS SELECT given_lines.*{nothing} FROM given_lines")


def _set_duplicates_aside(
    engine: Engine, segments: Sequence[LineSegment], stored: set[str]
) -> None:
    """Rows equal in every column to an earlier one go from the lines to the rejections."""
    if not engine.run("SELECT 1 FROM repeated_starts LIMIT 1")[1]:
        return
    columns = "".join(f", {segment.column}" for segment in segments)
    body = compose("duplicate_rows", stored, ()).replace("/* segments */", columns)
    engine.run(f"INSERT INTO rejections {body}")
    engine.run(
        "DELETE FROM given_lines WHERE (file_no, source_line) IN"
        " (SELECT (file_no, source_line) FROM rejections WHERE code = 'duplicate')"
    )


def _subscription_select(engine: Engine, file: StagedFile, segments: Sequence[LineSegment]) -> str:
    types = column_types(engine, file)
    columns = file.columns
    kinds = TABLES["subscriptions"].by_name
    parts = [f"{file.file_no} AS file_no", f"{_line(file)} AS source_line"]
    for name, column in kinds.items():
        target = "billing_interval" if name == "interval" else name
        at = columns.get(name)
        read = None if at is None else (f"c{at}", types[at])
        parts.append(f"{staged(name, column.kind, read)} AS {target}")
    for segment in segments:
        at = columns.get(segment.name, file.segments.get(segment.name))
        value = "CAST(NULL AS VARCHAR)" if at is None else _cast(f"c{at}", types[at], "text")
        parts.append(f"{value} AS {segment.column}")
    return f"SELECT {', '.join(parts)} FROM {scan(file, len(types))}"


def _stage_optional(engine: Engine, name: str, files: Sequence[StagedFile]) -> None:
    """An optional table with typed columns; the extra columns of `accounts` and `costs` are kept
    long, as text, in `<table>_columns (account or month, name, value)`."""
    table = TABLES[name]
    selects = []
    for file in files:
        types = column_types(engine, file)
        parts = [f"{file.file_no} AS file_no", f"{_line(file)} AS source_line"]
        for column in table.columns:
            at = file.columns.get(column.name)
            read = None if at is None else (f"c{at}", types[at])
            parts.append(f"{staged(column.name, column.kind, read)} AS {column.name}")
        selects.append(f"SELECT {', '.join(parts)} FROM {scan(file, len(types))}")
    if not selects:
        selects = [_empty_select(name, ())]
    engine.run(f"CREATE OR REPLACE TABLE {name} AS\n{' UNION ALL '.join(selects)}")
    if not table.segments:
        return
    key = table.columns[0].name
    engine.run(f"CREATE OR REPLACE TABLE {name}_columns (key VARCHAR, name VARCHAR, value VARCHAR)")
    for file in files:
        types = column_types(engine, file)
        at = file.columns[key]
        for segment, position in file.segments.items():
            engine.run(
                f"INSERT INTO {name}_columns SELECT {_cast(f'c{at}', types[at], 'text')}, $name,"
                f" {_cast(f'c{position}', types[position], 'text')} FROM {scan(file, len(types))}",
                {"name": segment},
            )


def _stage_tenures(engine: Engine, files: Sequence[StagedFile]) -> None:
    """Accounts known only by how long they stayed: they get keys of their own."""
    selects, columns = [], []
    for file in files:
        types = column_types(engine, file)

        def value(name: str, kind: str, file: StagedFile = file, types: list[str] = types) -> str:
            at = file.columns.get(name)
            return (
                f"CAST(NULL AS {_EMPTY[kind]})" if at is None else _cast(f"c{at}", types[at], kind)
            )

        selects.append(
            f"SELECT {file.file_no} AS file_no, {_line(file)} AS source_line,"
            f" {value('account_id', 'text')} AS account_id,"
            f" CAST({value('tenure_months', 'micro')} // 1000000 AS INTEGER) AS tenure_months,"
            f" {value('churned', 'flag')} AS churned, {value('mrr', 'micro')} AS mrr"
            f" FROM {scan(file, len(types))}"
        )
        account = _cast(f"c{file.columns['account_id']}", types[file.columns["account_id"]], "text")
        columns += [
            (
                f"INSERT INTO accounts_columns SELECT {account}, $name,"
                f" {_cast(f'c{at}', types[at], 'text')} FROM {scan(file, len(types))}",
                {"name": name},
            )
            for name, at in file.segments.items()
        ]
    engine.run(f"CREATE TABLE source_tenures AS {' UNION ALL '.join(selects)}")
    engine.run("DROP TABLE account_keys")
    for relation in ("rejections", "account_keys"):
        engine.run(f"DROP TABLE IF EXISTS {relation}")
        body = relations()[f"tenure_{relation}"].body
        engine.run(f"CREATE TABLE {relation} AS\n{body}")
    create(engine, "tenures", {"source_tenures", "account_keys", "rejections"})
    for statement, parameters in columns:
        engine.run(statement, parameters)


def refused(
    engine: Engine, file_no: int, file: StagedFile | None, places: Sequence[int | None]
) -> Iterator[tuple[Any, ...]]:
    """The rows of a file that were refused after they were typed, by line: line, column, value,
    reason, then the cells at `places` of `file`, its canonical table, as text or as decimals.
    To be called while the canonical files can be read."""
    cells, beside = ", NULL" * len(places), ""
    if file is not None:
        types = column_types(engine, file)
        cells = "".join(
            ", NULL" if at is None
            else f", c{at}" if types[at].startswith("DECIMAL")
            else f", CAST(c{at} AS VARCHAR)"
            for at in places
        )  # fmt: skip
        beside = (
            f" LEFT JOIN (SELECT {_line(file)} AS at_line, source.* FROM"
            f" {scan(file, len(types))}) AS cells ON at_line = source_line"
        )
    return engine.stream(
        f"SELECT source_line, column_name, value, code{cells} FROM ("
        "SELECT source_line, MIN(column_name) AS column_name, MIN(value) AS value,"
        " MIN(code) AS code FROM rejections WHERE file_no = $file_no GROUP BY source_line"
        f") AS refused_rows{beside} ORDER BY source_line",
        {"file_no": file_no},
    )


def column_types(engine: Engine, file: StagedFile) -> list[str]:
    """The types of a file's columns, in their order."""
    _, rows = engine.run(f"DESCRIBE SELECT * FROM read_parquet({_quoted(file.path)})")
    return [str(row[1]) for row in rows]


def scan(file: StagedFile, width: int) -> str:
    """A file's rows, its columns named by their place (`c0`)."""
    names = ", ".join([*(f"c{n}" for n in range(width)), "row_number"])
    return f"read_parquet({_quoted(file.path)}, file_row_number = true) AS source({names})"


def _line(file: StagedFile) -> str:
    at = file.columns.get("source_line")
    return "row_number + 1" if at is None else f"CAST(c{at} AS BIGINT)"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _empty_select(table: str, segments: Sequence[LineSegment]) -> str:
    parts = ["CAST(NULL AS INTEGER) AS file_no", "CAST(NULL AS BIGINT) AS source_line"]
    for column in TABLES[table].columns:
        name = "billing_interval" if column.name == "interval" else column.name
        parts.append(f"CAST(NULL AS {_EMPTY[_scale(column.name, column.kind)]}) AS {name}")
    parts += [f"CAST(NULL AS VARCHAR) AS {segment.column}" for segment in segments]
    return f"SELECT {', '.join(parts)} WHERE FALSE"


# What names accounts by their numbers.
_OF_ACCOUNTS = ("account_keys", "given_lines", "repeated_subscriptions", "repeated_starts")
# Columns of `lines` that are as the files have them, if they do.
_MAY_BE_ABSENT = (
    *("trial_end", "cancel_requested_at", "term_start", "term_end"),
    *("subscription_id", "status", "cancel_reason", "churn_kind"),
)
# A day past 2200 in these says "open".
_OPEN_ENDED = ("end_date", "cancel_requested_at", "term_end")
# What amounts too large to be one become: far beyond the largest that is one.
_TOO_LARGE = {"micro": 4 * 10**18, "pico": 4 * 10**30}
_EMPTY = {
    "text": "VARCHAR",
    "date": "DATE",
    "micro": "BIGINT",
    "pico": "HUGEINT",
    "whole": "INTEGER",
    "flag": "BOOLEAN",
}


def staged(name: str, kind: str, read: tuple[str, str] | None) -> str:
    """A canonical column as it is staged: the expression made of the column `read`, given with its
    type, or NULL of the right type."""
    scale = _scale(name, kind)
    if read is None:
        return f"CAST(NULL AS {_EMPTY[scale]})"
    value = _cast(*read, scale)
    return (
        f"CASE WHEN {value} <= DATE '2200-12-31' THEN {value} END" if name in _OPEN_ENDED else value
    )


def _scale(name: str, kind: str) -> str:
    """How a column is staged: MRR and plain numbers as millionths, prices and rates as 10^-12."""
    if name == "interval_count":
        return "whole"
    if name in ("amount", "rate"):
        return "pico"
    if kind in ("amount", "number"):
        return "micro"
    return "text" if kind in ("interval", "discount") else kind


def _cast(column: str, source: str, kind: str) -> str:
    """The expression that makes a Parquet column of type `source` into a staged one."""
    if kind == "text":
        return f"NULLIF(CAST({column} AS VARCHAR), '')"
    if kind == "date":
        return column if source == "DATE" else f"CAST({column} AS DATE)"
    if kind == "flag":
        return f"CAST({column} AS BOOLEAN)"
    if kind == "whole":
        return f"CAST({column} AS INTEGER)"
    exponent = 6 if kind == "micro" else 12
    target = "BIGINT" if kind == "micro" else "HUGEINT"
    shifted = _shifted(column, source, exponent, target)
    if source.startswith("DECIMAL"):
        width, scale = (int(part) for part in source[8:-1].split(","))
        if width - scale <= 12:
            return shifted
    elif source in ("TINYINT", "SMALLINT", "INTEGER"):
        return shifted
    large = _TOO_LARGE[kind]
    nothing = f"WHEN ISNAN({column}) THEN NULL " if source in ("FLOAT", "DOUBLE") else ""
    return (
        f"CASE {nothing}WHEN {column} >= 1000000000000 THEN CAST({large} AS {target})"
        f" WHEN {column} <= -1000000000000 THEN CAST(-{large} AS {target}) ELSE {shifted} END"
    )


def _shifted(column: str, source: str, exponent: int, target: str) -> str:
    if source in ("FLOAT", "DOUBLE"):
        # A double holds its shortest decimal; millionths of it are exact up to 9e9.
        millionths = f"CAST(ROUND_EVEN({column} * 1000000, 0) AS {target})"
        shifted = millionths if exponent == 6 else f"{millionths} * 1000000"
        return f"CASE WHEN ABS({column}) < 1e12 THEN {shifted} END"
    if not source.startswith("DECIMAL"):
        return f"CAST(CAST({column} AS BIGINT) * CAST({10**exponent} AS {target}) AS {target})"
    width, scale = (int(part) for part in source[8:-1].split(","))
    if scale <= exponent:
        more = 10 ** (exponent - scale)
        if width + scale <= 18:
            return f"CAST({column} * {10**scale} AS {target}) * {more}"
        # Whole and fraction apart: their product with a power of ten stays within the decimal.
        fraction = f"CAST(({column} - FLOOR({column})) * {10**scale} AS {target})"
        return f"(CAST(FLOOR({column}) AS {target}) * {10**exponent} + {fraction} * {more})"
    # Half to even from the exact decimal.
    whole = f"CAST({column} * {10**scale} AS HUGEINT)"
    cut = 10 ** (scale - exponent)
    return (
        f"CAST({whole} // {cut} + CASE WHEN ({whole} % {cut}) * 2 > {cut}"
        f" OR (({whole} % {cut}) * 2 = {cut} AND ({whole} // {cut}) % 2 = 1)"
        f" THEN 1 ELSE 0 END AS {target})"
    )
