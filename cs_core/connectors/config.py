"""A description of sources, written as TOML. Secrets never stand in it: it names the variable or
the file that holds one.

    dataset = "acme"

    [[source]]
    kind = "files"
    files = ["exports/*.csv"]

    [[source]]
    kind = "postgres"
    host = "db.example.com"
    database = "billing"
    user = "reader"
    password_env = "BILLING_PASSWORD"
    tables.subscriptions = "billing.subscriptions"
    tables.accounts = "SELECT id AS account_id, name, country FROM customers"

    [[source]]
    kind = "duckdb"
    file = "warehouse.duckdb"
    tables.subscriptions = "main.subscriptions"

    [read]
    date_order = "ymd"
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cs_core.domain.tables import TABLES
from cs_core.errors import InputError, UsageError, nearest

KINDS: Mapping[str, frozenset[str]] = {
    "files": frozenset({"files"}),
    "postgres": frozenset(
        {"host", "port", "database", "user", "password_env", "password_file", "tables"}
    ),
    "duckdb": frozenset({"file", "tables"}),
}
_NEEDED = {
    "files": ("files",),
    "postgres": ("host", "database", "user", "tables"),
    "duckdb": ("file", "tables"),
}
_READ = (
    *("encoding", "delimiter", "date_order", "end_date", "decimal", "amount_unit", "shape"),
    *("amount_per", "amount_is", "tenure_unit", "tax_rate", "duplicates", "totals"),
    "same_accounts",
)


@dataclass(frozen=True)
class SourceTable:
    """A table of a source: the canonical one it is, and its name there, or a SELECT."""

    table: str
    given: str

    @property
    def is_select(self) -> bool:
        return self.given.lstrip().lower().startswith(("select", "with"))


@dataclass(frozen=True)
class DataSource:
    """One source. `settings` are those of its kind, without secrets; paths are absolute."""

    kind: str
    settings: Mapping[str, Any]
    tables: tuple[SourceTable, ...] = ()


@dataclass(frozen=True)
class Sources:
    """What a dataset is read from. `read` are options of reading, `mapping` a mapping file."""

    dataset: str | None
    sources: tuple[DataSource, ...]
    read: Mapping[str, Any] = field(default_factory=dict)
    mapping: Path | None = None


def load(path: Path) -> Sources:
    """Raises UsageError for what does not stand there rightly, and names it."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError("source_not_toml", file=path.name) from error
    except OSError as error:
        raise InputError("file_not_found", file=path.name) from error
    _known(path, "", found, ("dataset", "source", "read", "mapping"))
    given = found.get("source")
    if not isinstance(given, list) or not given:
        raise UsageError("source_lacks", file=path.name, missing="[[source]]")
    read = found.get("read", {})
    _known(path, "read", read, _READ)
    mapping = found.get("mapping")
    return Sources(
        found.get("dataset"),
        tuple(_source(path, item) for item in given),
        {name: str(value) for name, value in read.items()},
        None if mapping is None else path.parent / mapping,
    )


def _source(path: Path, item: Any) -> DataSource:
    kind = str(item.get("kind")) if isinstance(item, dict) else ""
    if kind not in KINDS:
        raise UsageError("source_kind", file=path.name, kind=kind, known=", ".join(KINDS))
    if secret := {"password", "dsn", "url"} & set(item):
        raise UsageError("source_secret", file=path.name, key=min(secret))
    settings = {key: value for key, value in item.items() if key != "kind"}
    _known(path, f"source {kind}", settings, sorted(KINDS[kind]))
    for name in _NEEDED[kind]:
        if not settings.get(name):
            raise UsageError("source_lacks", file=path.name, missing=f"{kind}: {name}")
    tables = settings.pop("tables", {})
    if not isinstance(tables, dict):
        raise UsageError("source_lacks", file=path.name, missing=f"{kind}: tables")
    for name in tables:
        if name not in TABLES:
            known = ", ".join(TABLES)
            raise UsageError("source_table", file=path.name, table=name, known=known)
    base = path.absolute().parent
    if kind == "files":
        files = settings["files"]
        listed = [files] if isinstance(files, str) else files
        settings["files"] = [str(base / os.path.expanduser(str(name))) for name in listed]
    for name in ("file", "password_file"):
        if name in settings:
            settings[name] = str(base / os.path.expanduser(str(settings[name])))
    return DataSource(
        kind, settings, tuple(SourceTable(name, str(text)) for name, text in tables.items())
    )


def _known(path: Path, place: str, given: Any, known: Any) -> None:
    if not isinstance(given, dict):
        raise UsageError("source_lacks", file=path.name, missing=f"[{place}]")
    for name in given:
        if name not in known:
            raise UsageError(
                "source_key",
                file=path.name,
                key=name,
                known=", ".join(known),
                nearest=nearest(name, known),
            )


def secret(settings: Mapping[str, Any]) -> str | None:
    """The password, from where the description says it is; None where it says nothing. Raises
    UsageError where it is not there."""
    if name := settings.get("password_env"):
        if name not in os.environ:
            raise UsageError("source_no_secret", place=str(name))
        return os.environ[str(name)]
    if file := settings.get("password_file"):
        try:
            return Path(file).read_text("utf-8").strip()
        except OSError:
            raise UsageError("source_no_secret", place=Path(file).name) from None
    return None
