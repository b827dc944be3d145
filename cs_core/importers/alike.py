"""Accounts whose ids differ only in what one does not see or does not mean: case, blanks, width and
other compatibility forms, composed letters, characters without a mark of their own.

An id is never changed unasked: in some systems ids differ by case alone. Where a person says that
they are one account, every canonical table has one spelling, so that all that is made of the tables
agrees: the one that most lines have, else the first by code point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cs_core.importers.reading import CanonicalFile, FileReading, Note

# Format characters (zero width, direction, soft hyphen, byte order mark) and variation selectors.
_UNSEEN = r"[\p{Cf}\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}]"
_BLANK = r"[\s\x0B\pZ]"
_EXAMPLES = 5


def moved(files: Sequence[FileReading], suspects: Sequence[str] | None = None) -> Any:
    """An Arrow table of the ids that would be spelled as another: `id`, `joined`, by `joined`.
    Where not all ids fit into memory, `suspects` are the texts that several are compared as, and
    some that are not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    only = None if suspects is None else pa.array(suspects, pa.string())
    counted = [_counts(table, table.table == "subscriptions", only) for table in _known(files)]
    nothing = pa.table({"id": pa.array([], pa.string()), "joined": pa.array([], pa.string())})
    if not counted:
        return nothing
    found = pa.concat_tables(counted).group_by("id").aggregate([("n", "sum")])
    found = found.append_column("folded", folded(found.column("id")))
    sizes = found.group_by("folded").aggregate([("id", "count")])
    several = sizes.filter(pc.greater(sizes.column("id_count"), 1)).column("folded")
    if not len(several):
        return nothing
    found = found.filter(pc.is_in(found.column("folded"), several))
    by = [("folded", "ascending"), ("n_sum", "descending"), ("id", "ascending")]
    found = found.sort_by(by)
    first = found.group_by("folded", use_threads=False).aggregate([("id", "first")])
    at = pc.index_in(found.column("folded"), first.column("folded"))
    joined = first.column("id_first").take(at)
    found = pa.table({"id": found.column("id"), "joined": joined})
    return found.filter(pc.not_equal(found.column("id"), joined))


def write_folded(files: Sequence[FileReading], out: Path) -> None:
    """A Parquet file of every id, `id`, and the text it is compared as, `folded`: some more than
    once, few of them in memory at a time."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    schema = pa.schema([("id", pa.string()), ("folded", pa.string())])
    with pq.ParquetWriter(out, schema) as writer:
        for table in _known(files):
            for ids in _batches(table):
                found = pc.unique(ids)
                writer.write_table(pa.table([found, folded(found)], schema=schema))


def _known(files: Sequence[FileReading]) -> list[CanonicalFile]:
    """The tables that name accounts."""
    return [table for file in files for table in file.tables if "account_id" in table.columns]


def _batches(table: CanonicalFile) -> Iterator[Any]:
    """Its ids of accounts."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    source = pq.ParquetFile(table.path)
    name = source.schema_arrow.names[table.columns["account_id"]]
    for batch in source.iter_batches(columns=[name]):
        yield pc.cast(batch.column(0), pa.string())


def folded(ids: Any) -> Any:
    """As ids are compared, of an Arrow array of text."""
    import pyarrow.compute as pc

    text = ids
    if not pc.all(pc.string_is_ascii(text)).as_py():
        text = pc.utf8_normalize(pc.replace_substring_regex(text, _UNSEEN, ""), form="NFKC")
    text = pc.utf8_lower(text)
    if pc.any(pc.match_substring_regex(text, _BLANK)).as_py():
        text = pc.replace_substring_regex(text, f"{_BLANK}+", " ")
    return pc.utf8_trim_whitespace(text)


def joined(files: Sequence[FileReading], scratch: Path) -> list[FileReading]:
    """The same files with one spelling of each account; each says how many ids it had otherwise."""
    spellings = moved(files)
    if not spellings.num_rows:
        return list(files)
    to = dict(zip(*(spellings.column(name).to_pylist() for name in ("id", "joined")), strict=True))
    return [_respelled(file, to, spellings, scratch) for file in files]


def _respelled(file: FileReading, to: dict[str, str], spellings: Any, scratch: Path) -> FileReading:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    tables: list[CanonicalFile] = []
    gone: set[str] = set()
    for table in file.tables:
        at = table.columns.get("account_id")
        here = None
        if at is not None:
            data = pq.read_table(table.path)
            ids = pc.cast(data.column(at), pa.string())
            here = pc.index_in(ids, spellings.column("id"))
        if at is None or here is None or here.null_count == len(here):
            tables.append(table)
            continue
        gone |= set(pc.unique(ids.filter(pc.is_valid(here))).to_pylist())
        ids = pc.coalesce(spellings.column("joined").take(here), ids)
        path = scratch / f"{table.path.stem}-joined-{len(list(scratch.iterdir()))}.parquet"
        data = data.set_column(at, data.column_names[at], ids)
        pq.write_table(data, path, row_group_size=122_880)
        tables.append(replace(table, path=path))
    if not gone:
        return file
    header = next((name for name, to_ in file.mapping.items() if to_ == "account_id"), None)
    examples = [(0, name) for name in sorted(gone)[:_EXAMPLES]]
    note = Note("accounts_joined", "note", header, len(gone), examples)
    closings = [(to.get(account, account), line, day) for account, line, day in file.closings]
    return replace(file, tables=tables, notes=[*file.notes, note], closings=closings)


def _counts(table: CanonicalFile, file_counts: bool, only: Any) -> Any:
    """How many rows each id has; none of a table whose rows are no lines."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pa.table({"id": pa.array([], pa.string()), "n": pa.array([], pa.int64())})
    for batch in _batches(table):
        kept = batch if only is None else batch.filter(pc.is_in(folded(batch), only))
        counts = pc.value_counts(kept)
        ids, n = counts.field("values"), counts.field("counts")
        n = n if file_counts else pc.multiply(n, 0)
        found = pa.concat_tables([found, pa.table({"id": ids, "n": n})])
    return found.group_by("id").aggregate([("n", "sum")]).rename_columns(["id", "n"])
