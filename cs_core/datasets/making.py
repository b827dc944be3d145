"""What is made of files: an inspection for a person to decide by, or a version of a dataset.

Both are made of what was read, here or in a bounded child process. What was read for an inspection
can be kept in a folder, and used from there: files are read once.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_core.datasets.dataset import Dataset, Heard, Info, Segment, stage, unheard, usable
from cs_core.datasets.report import RowAside, preview, report, write_set_aside
from cs_core.errors import InputError, WorkspaceError
from cs_core.importers import alike, newer
from cs_core.importers import kept as kept_rows
from cs_core.importers.bounded import transfer
from cs_core.importers.bounded.child import ReadingTask, work_in_child
from cs_core.importers.reading import FileReading, Note, Reading, ReadOptions
from cs_core.warehouse import shards

if TYPE_CHECKING:
    from cs_core.workspace import SourceFile

# The engine's share of the memory of a bounded child; more goes to files.
_MEMORY = "2GB"
_READING, _KEY, _DATA, _ASIDE = "reading.json", "key.json", "data.duckdb", "set_aside.csv"


@dataclass(frozen=True)
class Inspection:
    """What was understood of files, and what would come of using them.

    `previews` holds, file by file, the first rows of its first table as canonical columns. `aside`
    are some rows set aside of each reason, `aside_file` is the CSV that has them all. `info` and
    `mrr` (closing MRR today by currency) are None and empty where nothing can be counted. What was
    read lies in `folder`.
    """

    files: Sequence[FileReading]
    report: Mapping[str, Any]
    aside: list[RowAside]
    previews: Sequence[tuple[tuple[str, ...], list[tuple[Any, ...]]]]
    info: Info | None
    mrr: Sequence[tuple[str, Decimal]]
    folder: Path

    @property
    def aside_file(self) -> Path:
        return self.folder / _ASIDE

    @property
    def accepted(self) -> int:
        """Rows that would be used."""
        return sum(item["rows_accepted"] for item in self.report["files"])

    @property
    def rows_aside(self) -> int:
        """Rows that would not be."""
        return sum(item["rows_set_aside"] for item in self.report["files"])


def inspect(
    paths: Sequence[Path],
    folder: Path,
    read: ReadOptions | None = None,
    *,
    heard: Heard = unheard,
) -> Inspection:
    """Reads files once, in a bounded child process, and tells everything a person decides by. What
    was read stays in `folder`, where `import_files` finds it; files that were read into it the
    same way before are not read again."""
    from cs_core.workspace import source_files

    read = read or ReadOptions()
    sources = source_files(paths)
    known = was_read(folder, sources, read)
    if not known:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    fields = {"read": transfer.options_to_json(read), "folder": str(folder)}
    task = ReadingTask("cs_core.datasets.making:inspected", fields)
    answer = work_in_child([] if known else paths, read, folder, task, heard=heard)
    (folder / _KEY).write_text(json.dumps(_key(sources, read)), "utf-8")
    info = answer["info"]
    return Inspection(
        _kept(folder).files,
        answer["report"],
        [
            RowAside(**{**row, "row": tuple(row["row"]), "headers": tuple(row["headers"])})
            for row in answer["aside"]
        ],
        [
            (tuple(names), [tuple(map(_typed, row)) for row in rows])
            for names, rows in answer["previews"]
        ],
        info and _info(info),
        [(currency, Decimal(mrr)) for currency, mrr in answer["mrr"]],
        folder,
    )


def was_read(folder: Path, sources: Sequence[SourceFile], read: ReadOptions) -> bool:
    """Whether `folder` holds what is read of these files in this way."""
    try:
        return bool(json.loads((folder / _KEY).read_text("utf-8")) == _key(sources, read))
    except (OSError, ValueError):
        return False


def _key(sources: Sequence[SourceFile], read: ReadOptions) -> Any:
    # These matter only after reading.
    joins = "join" if read.same_accounts == "join" else None
    options = replace(read, end_date=None, duplicates=None, same_accounts=joins)
    plain = transfer.options_to_json(options)
    files = [(source.name, source.sha256) for source in sources]
    return json.loads(json.dumps({"files": files, "options": plain}))


def build(
    reading: Reading,
    version: Path,
    scratch: Path,
    read: ReadOptions,
    currency: str | None,
    before: Path | None = None,
    sources: Sequence[SourceFile] = (),
    heard: Heard = unheard,
    building: Path | None = None,
    shard_lines: int | None = None,
    **engine: Any,
) -> dict[str, Any]:
    """Writes a dataset's version into its folder: staged tables, ledger, facts, rows set aside, and
    what was read, which may lie under `scratch`. `before` is the version whose rows are added to,
    `sources` are the files that were read: what it has of the same ones is read anew. What is too
    large for memory is made in `building`, shard by shard, and taken from there. Returns the
    report. Raises InputError where no row can be used."""
    for file in reading.files:
        file.source = sources[file.place].sha256 if sources else ""
    if before is not None:
        earlier = kept_rows.kept(before)
        anew = {file.source for file in reading.files}
        kept = [
            f for f in (earlier.files if earlier else ()) if not f.source or f.source not in anew
        ]
        found = [*kept, *reading.files]
        if read.same_accounts == "join":
            found = alike.joined(found, scratch)
        reading = Reading(newer.later(found[: len(kept)], found[len(kept) :], scratch))
    heard("staging", 0.0)
    parting = _parting(reading, building, shard_lines)
    made = version if parting is None else parting.folder
    went_on = made != version and (made / _DATA).exists()
    if parting is not None:
        made.mkdir(mode=0o700, parents=True, exist_ok=True)
        engine["memory"] = shards.MEMORY
        _let_go_of_memory()
    for again in (went_on, False):
        try:
            warehouse = stage(
                reading, read, currency, file=made / _DATA, parting=parting, heard=heard, **engine
            )
            break
        except WorkspaceError as error:
            if not again or error.code != "data_damaged":
                raise
            shutil.rmtree(made)  # what a killed import left cannot be gone on with
            made.mkdir(mode=0o700)
            went_on = False
    with ExitStack() as stack:
        stack.callback(warehouse.close)
        if not warehouse.facts.lines:
            files = ", ".join(file.file for file in reading.files)
            raise InputError("no_usable_rows", file=files)
        heard("staging", 0.5)
        shown = reading if parting is None else _in_shards(reading, parting.count, went_on)
        said = report(shown, warehouse, read.same_accounts)
        write_set_aside(version / _ASIDE, reading, warehouse)
        heard("ledger", 0.0)
        facts = warehouse.finish()
        heard("ledger", 1.0)
    kept_rows.keep(reading, version, scratch)
    facts.keep(version)
    if parting is not None:
        (made / _DATA).rename(version / _DATA)
    return said


def _let_go_of_memory() -> None:
    """What reading has held is given back: the library would keep it for more of the same."""
    import pyarrow

    pyarrow.default_memory_pool().release_unused()


def _parting(reading: Reading, folder: Path | None, lines: int | None) -> shards.Parting | None:
    tables = [table.table for file in reading.files for table in file.tables]
    if "subscriptions" not in tables or "tenures" in tables:
        return None
    rows = sum(
        file.rows_read
        for file in reading.files
        if any(table.table == "subscriptions" for table in file.tables)
    )
    return shards.Parting.of(rows, folder, lines)


def _in_shards(reading: Reading, count: int, went_on: bool) -> Reading:
    """What was read, with the note in how many parts it is made: of this import alone, so it is
    not kept with the rows."""
    note = (
        Note("went_on", "note", None, count) if went_on else Note("in_shards", "note", None, count)
    )
    first, *others = reading.files
    return Reading([replace(first, notes=[*first.notes, note]), *others])


def build_in_child(
    paths: Sequence[Path],
    version: Path,
    scratch: Path,
    read: ReadOptions,
    currency: str | None,
    before: Path | None,
    sources: Sequence[SourceFile],
    draft: Path | None,
    heard: Heard,
    building: Path | None = None,
    shard_lines: int | None = None,
) -> dict[str, Any]:
    """As `build`, all of it in a bounded child process; of what lies in `draft`, where there is
    one, in place of the files."""
    fields = {
        "version": str(version),
        "scratch": str(draft or scratch),
        "read": transfer.options_to_json(read),
        "currency": currency,
        "before": before and str(before),
        "sources": [[source.name, source.sha256] for source in sources],
        "building": building and str(building),
        "shard_lines": shard_lines,
    }
    task = ReadingTask("cs_core.datasets.making:built", fields)
    said: dict[str, Any] = work_in_child([] if draft else paths, read, scratch, task, heard=heard)
    return said


# -- in the child ---------------------------------------------------------------------------


def inspected(reading: Reading, fields: dict[str, Any], heard: Heard) -> dict[str, Any]:
    """The task of `inspect`, after reading. An Inspection as JSON."""
    folder, read = Path(fields["folder"]), transfer.options_from_json(fields["read"])
    if reading.files:
        text = json.dumps(transfer.reading_to_json(reading, folder), ensure_ascii=False)
        (folder / _READING).write_text(text, "utf-8")
    else:
        reading = _kept(folder)
    answer: dict[str, Any] = {"info": None, "mrr": []}
    if usable(reading):
        (folder / _DATA).unlink(missing_ok=True)
        warehouse = stage(reading, read, None, file=folder / _DATA, memory=_MEMORY)
        one = read.same_accounts
        with Dataset("", 0, warehouse, reading, same_accounts=one) as dataset:
            heard("staging", 0.5)
            aside = write_set_aside(folder / _ASIDE, reading, warehouse)
            answer["report"] = dataset.report
            heard("ledger", 0.0)
            answer["info"] = asdict(dataset.info)
            answer["mrr"] = dataset.mrr_today()
        (folder / _DATA).unlink()
    else:
        aside = write_set_aside(folder / _ASIDE, reading, None)
        answer["report"] = report(reading, None)
    answer["previews"] = [
        (names, [tuple(map(_plain, row)) for row in rows])
        for names, rows in map(preview, reading.files)
    ]
    answer["aside"] = [row._asdict() for row in aside]
    said: dict[str, Any] = json.loads(json.dumps(answer, default=str))
    return said


def built(reading: Reading, fields: dict[str, Any], heard: Heard) -> dict[str, Any]:
    """The task of `import_files`, after reading: `build`."""
    from cs_core.workspace import SourceFile

    scratch = Path(fields["scratch"])
    if not reading.files:
        reading = _kept(scratch)
        (scratch / _KEY).unlink(missing_ok=True)  # Its files are moved from it.
    return build(
        reading,
        Path(fields["version"]),
        scratch,
        transfer.options_from_json(fields["read"]),
        fields["currency"],
        fields["before"] and Path(fields["before"]),
        [SourceFile(*source) for source in fields["sources"]],
        heard,
        fields["building"] and Path(fields["building"]),
        fields["shard_lines"],
        memory=_MEMORY,
    )


def _kept(folder: Path) -> Reading:
    return transfer.reading_from_json(json.loads((folder / _READING).read_text("utf-8")), folder)


def _plain(value: Any) -> Any:
    """A cell as JSON; what JSON has no word for under the name of its kind."""
    if isinstance(value, Decimal | date):
        return {type(value).__name__: str(value)}
    return value if isinstance(value, str | int | float | None) else str(value)


_KINDS: dict[str, Callable[[str], Any]] = {
    "Decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        [(kind, text)] = value.items()
        return _KINDS[kind](text)
    return value


def _info(plain: dict[str, Any]) -> Info:
    return Info(
        **{
            **plain,
            "first": plain["first"] and date.fromisoformat(plain["first"]),
            "as_of": date.fromisoformat(plain["as_of"]),
            "left_edge": plain["left_edge"] and date.fromisoformat(plain["left_edge"]),
            "currencies": tuple(plain["currencies"]),
            "segments": tuple(Segment(**segment) for segment in plain["segments"]),
            "tables": tuple(plain["tables"]),
        }
    )
