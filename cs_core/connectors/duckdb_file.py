"""Tables of another DuckDB file, opened read-only, as Parquet files."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from cs_core.connectors.config import DataSource
from cs_core.errors import InputError, WorkspaceError
from cs_core.warehouse.duckdb_engine import BUILD_SECONDS, Engine


def read(source: DataSource, folder: Path) -> list[tuple[Path, str]]:
    """The files written under `folder`, each with its canonical table. Raises InputError for a
    file that is none, and UsageError with what the engine says of a table."""
    import pyarrow.parquet

    path = Path(source.settings["file"])
    if not path.is_file():
        raise InputError("file_not_found", file=path.name)
    engine = Engine(seconds=BUILD_SECONDS)
    found = []
    try:
        try:
            engine.attach(path, "source")
        except WorkspaceError:
            raise InputError("source_not_duckdb", file=path.name) from None
        engine.path = ("source",)
        engine.lock()
        for table in source.tables:
            names = ".".join('"' + part.replace('"', '""') + '"' for part in table.given.split("."))
            select = table.given.strip().rstrip(";") if table.is_select else f"FROM {names}"
            engine.guest(f"FROM (\n{select}\n) AS found LIMIT 0", {}, file=path.name, most=0)
            file = folder / f"{table.table}.parquet"
            with ExitStack() as stack:
                rows = stack.enter_context(engine.batches(select))
                writer = stack.enter_context(pyarrow.parquet.ParquetWriter(file, rows.schema))
                for batch in rows:
                    writer.write_batch(batch)
            found.append((file, table.table))
    finally:
        engine.close()
    return found
