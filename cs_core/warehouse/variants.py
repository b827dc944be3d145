"""Ledgers of other policies beside a stored dataset: `ledger-<key>.duckdb`, built at first use.

Only the most recently used stay on disk; another one is built again when it is asked for.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from cs_core.errors import WorkspaceError, of_system
from cs_core.warehouse.duckdb_engine import BUILD_SECONDS, QUERY_SECONDS, Engine
from cs_core.warehouse.facts import Facts
from cs_core.warehouse.ledgers import Ledger, add_changing, add_stays, described, make
from cs_core.warehouse.recipes import Recipe

DATA = "data.duckdb"
KEPT = 8


def open_variant(
    folder: Path, facts: Facts, recipe: Recipe, temporary: Path | None = None
) -> Ledger:
    """The ledger of a recipe that is not the dataset's default."""
    file = folder / f"ledger-{recipe.key}.duckdb"
    if not file.exists():
        try:
            _make_file(folder, file, facts, recipe, temporary)
        except (WorkspaceError, OSError) as error:
            known = error if isinstance(error, WorkspaceError) else of_system(error)
            if known is None or known.code not in ("workspace_read_only", "disk_full"):
                raise
            # Where nothing can be kept it is made in memory, for as long as it is read.
            engine = Engine(folder / DATA, seconds=BUILD_SECONDS, temporary=temporary)
            _build(engine, Path(":memory:"), facts, recipe)
            engine.lock(QUERY_SECONDS)
            return described(engine, engine.path, recipe)
    _mark_used(file)
    engine = Engine(folder / DATA, temporary=temporary)
    engine.attach(file, "variant")
    engine.path = ("variant", *engine.path)
    engine.lock()
    return described(engine, engine.path, recipe)


def _make_file(
    folder: Path, file: Path, facts: Facts, recipe: Recipe, temporary: Path | None
) -> None:
    if not os.access(folder, os.W_OK):
        raise WorkspaceError("workspace_read_only")
    draft = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}.draft")
    engine = Engine(folder / DATA, seconds=BUILD_SECONDS, temporary=temporary)
    try:
        _build(engine, draft, facts, recipe)
        engine.run("CHECKPOINT variant")
        engine.close()
        draft.chmod(0o600)
        os.replace(draft, file)
    finally:
        engine.close()
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    _drop_oldest(folder)


def _build(engine: Engine, file: Path, facts: Facts, recipe: Recipe) -> None:
    engine.attach(file, "variant", read_only=False)
    engine.path = ("variant", *engine.path)
    ledger = make(engine, engine.path, recipe)
    add_stays(ledger)
    for column in facts.columns:
        add_changing(ledger, column)


def _mark_used(file: Path) -> None:
    with suppress(OSError):  # a workspace that may only be read
        os.utime(file)


def _drop_oldest(folder: Path) -> None:
    """Who has one of them open goes on reading it: the file only loses its name."""
    with suppress(OSError):
        files = sorted(folder.glob("ledger-*.duckdb"), key=lambda file: file.stat().st_mtime)
        for file in files[:-KEPT]:
            file.unlink()
    from cs_core.workspace import derived  # here: files asked directly need no workspace

    derived.prune(folder)
