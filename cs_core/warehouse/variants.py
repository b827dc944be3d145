"""Ledgers of other policies beside a stored dataset: `ledger-<key>.duckdb`, built at first use.

Only the most recently used stay on disk; another one is built again when it is asked for.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from cs_core.warehouse.duckdb_engine import BUILD_SECONDS, Engine
from cs_core.warehouse.facts import Facts
from cs_core.warehouse.ledgers import Ledger, add_changing, add_stays, described, make
from cs_core.warehouse.recipes import Recipe

DATA = "data.duckdb"
KEPT = 8


def open_variant(folder: Path, facts: Facts, recipe: Recipe) -> Ledger:
    """The ledger of a recipe that is not the dataset's default."""
    file = folder / f"ledger-{recipe.key}.duckdb"
    if not file.exists():
        _make_file(folder, file, facts, recipe)
    _mark_used(file)
    engine = Engine(folder / DATA)
    engine.attach(file, "variant")
    engine.path = ("variant", *engine.path)
    engine.lock()
    return described(engine, engine.path, recipe)


def _make_file(folder: Path, file: Path, facts: Facts, recipe: Recipe) -> None:
    draft = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}.draft")
    engine = Engine(folder / DATA, seconds=BUILD_SECONDS)
    try:
        engine.attach(draft, "variant", read_only=False)
        engine.path = ("variant", *engine.path)
        ledger = make(engine, engine.path, recipe)
        add_stays(ledger)
        for column in facts.columns:
            add_changing(ledger, column)
        engine.run("CHECKPOINT variant")
    finally:
        engine.close()
    os.replace(draft, file)
    _drop_oldest(folder)


def _mark_used(file: Path) -> None:
    with suppress(OSError):  # a workspace that may only be read
        os.utime(file)


def _drop_oldest(folder: Path) -> None:
    """Who has one of them open goes on reading it: the file only loses its name."""
    with suppress(OSError):
        files = sorted(folder.glob("ledger-*.duckdb"), key=lambda file: file.stat().st_mtime)
        for file in files[:-KEPT]:
            file.unlink()
