"""What is known of a staged dataset, kept beside it so that nobody has to ask again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from cs_core.domain.tables import TABLES
from cs_core.warehouse.duckdb_engine import Engine
from cs_core.warehouse.segments import SegmentColumn
from cs_core.warehouse.staging import LineSegment, StagedFile

_FILE = "facts.json"


@dataclass(frozen=True)
class Facts:
    """What is known of a staged dataset without asking it again.

    `as_of` is the default as-of date and `as_of_source` the column it comes from; `rates` is true
    when every currency has a rate at as-of; `terms` when a line has a term end. `left_edge`
    is the first of the month in which the data begins, where it begins with customers who came
    earlier. `given` are the columns of each canonical table that the files have, empty for a
    version made before they were kept; with `keep_duplicates` rows that repeat another are used.
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
    left_edge: date | None = None
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keep_duplicates: bool = False

    def keep(self, folder: Path) -> None:
        """Beside the tables they are of."""
        (folder / _FILE).write_text(json.dumps(asdict(self), default=str), "utf-8")

    @staticmethod
    def kept(folder: Path) -> Facts:
        """Those of an imported dataset."""
        plain = json.loads((folder / _FILE).read_text("utf-8"))
        return Facts(
            **{
                **plain,
                "as_of": date.fromisoformat(plain["as_of"]),
                "left_edge": _day(plain.get("left_edge")),
                "currencies": tuple(plain["currencies"]),
                "line_segments": tuple(LineSegment(**item) for item in plain["line_segments"]),
                "account_columns": tuple(plain["account_columns"]),
                "columns": tuple(SegmentColumn(**item) for item in plain["columns"]),
                "configured": tuple(plain["configured"]),
                "given": {t: tuple(names) for t, names in plain.get("given", {}).items()},
            }
        )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def gathered(
    engine: Engine,
    files: Sequence[StagedFile],
    line_segments: tuple[LineSegment, ...],
    today: date,
    matrix_until: date | None,
    end_date: str,
    keep_duplicates: bool = False,
) -> Facts:
    """The facts of tables that were just staged."""

    def one(statement: str) -> tuple[object, ...]:
        return engine.run(statement, {"today": today})[1][0]

    tables = {file.table for file in files}
    shape = "calendar" if "subscriptions" in tables else "tenure"
    sources = [
        ("subscriptions", "start_date"),
        ("subscriptions", "end_date"),
        ("subscriptions", "cancel_requested_at"),
        ("usage", "date"),
        ("nps", "responded_at"),
        ("tickets", "opened_at"),
        ("tickets", "closed_at"),
    ]
    found = []
    for table, column in [source for source in sources if source[0] in tables]:
        stored = "lines" if table == "subscriptions" else table
        (latest,) = one(f"SELECT MAX({column}) FROM {stored} WHERE {column} <= $today")
        if isinstance(latest, date):
            found.append((latest, f"{table}.{column}"))
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
    (edge,) = one("SELECT MIN(left_edge) FROM edge_files")
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
        left_edge=edge if isinstance(edge, date) else None,
        given={table: _given(table, files) for table in sorted(tables)},
        keep_duplicates=keep_duplicates,
    )


def _given(table: str, files: Sequence[StagedFile]) -> tuple[str, ...]:
    """Canonical columns in their order, then segment columns."""
    of_table = [file for file in files if file.table == table]
    found = {name for file in of_table for name in (*file.columns, *file.segments)}
    canonical = [column.name for column in TABLES[table].columns if column.name in found]
    return (*canonical, *sorted(found - set(canonical) - {"source_line"}))
