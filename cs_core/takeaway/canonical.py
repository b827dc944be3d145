"""The canonical tables as relations of a statement that reads nothing else.

What importing stores step by step (staged lines, keys of accounts, codes of segment values) is
named SELECTs here, made from the same files of `sql/` and the same casts as staging.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from cs_core.domain.tables import TABLES
from cs_core.errors import CannotAnswerError
from cs_core.warehouse.facts import Facts
from cs_core.warehouse.segments import SegmentColumn
from cs_core.warehouse.staging import LineSegment, staged
from cs_core.warehouse.statements import kept_lines, parts, relations
from cs_core.warehouse.store import Warehouse
from cs_core.warehouse.views import quoted

# How a canonical column stands in a table; `domain/tables.py` says what each means.
TYPES = {
    "text": "VARCHAR",
    "date": "DATE",
    "amount": "DECIMAL(38, 12)",
    "number": "DECIMAL(38, 12)",
}
TYPES |= {"flag": "BOOLEAN", "interval": "VARCHAR", "discount": "VARCHAR"}

_NAMED = re.compile(r"^(?:WITH )?([a-z_]+) AS \($", re.MULTILINE)

Named = Callable[[str], str]
"""From a canonical table's name to how the statement names it."""


def column_type(table: str, name: str) -> str:
    """The type of a column; whatever is no canonical one is text."""
    known = TABLES[table].by_name.get(name)
    return TYPES[known.kind] if known else "VARCHAR"


def check(warehouse: Warehouse) -> None:
    """Raises CannotAnswerError for data that canonical tables alone do not tell: a version that
    does not know its columns, and lines that began before the data in one file of several."""
    facts = warehouse.facts
    if not facts.given:
        raise CannotAnswerError("columns_not_kept")
    if facts.left_edge is not None:
        [(others,)] = warehouse.query(
            "SELECT COUNT(*) FROM lines WHERE start_date < $edge + INTERVAL 1 MONTH"
            " AND file_no NOT IN (SELECT file_no FROM edge_files)",
            {"edge": facts.left_edge},
        )
        if others:
            raise CannotAnswerError("edge_of_some_files")


def made(
    facts: Facts,
    columns: Sequence[SegmentColumn],
    named: Named,
    flags: set[str],
    instead: dict[str, str],
) -> dict[str, str]:
    """Every relation that importing would have stored, for a question by `columns`."""
    found = {
        name: _optional(facts, name, named)
        for name in ("accounts", "usage", "nps", "tickets", "costs", "fx_rates")
    }
    flags |= {"taken_away", "several_currencies"}
    if facts.shape == "tenure":
        found |= {"source_tenures": _tenures(facts, named)}
        instead |= {"account_keys": "tenure_account_keys", "rejections": "tenure_rejections"}
    else:
        found |= _lines(facts, named, flags, instead)
    if columns:
        found |= _segments(facts, columns, named, flags, instead)
    return found


def _lines(facts: Facts, named: Named, flags: set[str], instead: dict[str, str]) -> dict[str, str]:
    given = facts.given["subscriptions"]
    if "amount" not in given:
        instead["priced_rows"] = "stated_rows"
    segments = facts.line_segments
    if segments:
        flags.add("with_columns")
    body = kept_lines(relations()["lines"].body, flags).replace(
        "segment_columns_of_source", ", ".join(f"priced_rows.{s.column}" for s in segments)
    )
    edge = "SELECT 0 AS file_no" if facts.left_edge else "SELECT 0 AS file_no WHERE FALSE"
    return {
        "source_subscriptions": _subscriptions(facts, named("subscriptions"), segments),
        "edge_files": edge,
        "lines": body,
    }


def _subscriptions(facts: Facts, table: str, segments: Sequence[LineSegment]) -> str:
    """A row of the table has no file and line: it is numbered by what it says, and repetitions of
    it are dropped, as importing does."""
    given = facts.given["subscriptions"]
    read, values = {}, {}
    for name, column in TABLES["subscriptions"].by_name.items():
        target = "billing_interval" if name == "interval" else name
        kind = column_type("subscriptions", name)
        if name in given:
            read[target] = f"CAST(subscriptions.{quoted(name)} AS {kind})"
        shown = (target, kind.replace(" ", "")) if name in given else None
        values[target] = staged(name, column.kind, shown)
    for segment in segments:
        read[segment.column] = f"CAST(subscriptions.{quoted(segment.name)} AS VARCHAR)"
        values[segment.column] = staged(segment.name, "text", (segment.column, "VARCHAR"))
    given_as = ",\n    ".join(f"{value} AS {name}" for name, value in read.items())
    typed = ",\n    ".join(f"{value} AS {name}" for name, value in values.items())
    every = ", ".join(values)
    kept = "" if facts.keep_duplicates else "WHERE subscription_id IS NULL OR copy_number = 1\n"
    return (
        f"WITH given_rows AS (\n  SELECT\n    {given_as}\n  FROM {table} AS subscriptions\n),\n\n"
        f"typed_rows AS (\n  SELECT\n    {typed}\n  FROM given_rows\n),\n\n"
        f"numbered_rows AS (\n  SELECT\n    typed_rows.*,\n"
        f"    ROW_NUMBER() OVER (PARTITION BY {every} ORDER BY account_id) AS copy_number\n"
        f"  FROM typed_rows\n)\n\n"
        f"SELECT\n  0 AS file_no,\n"
        f"  ROW_NUMBER() OVER (ORDER BY {every}, copy_number) AS source_line,\n  {every}\n"
        f"FROM numbered_rows\n{kept}".rstrip()
    )


def _optional(facts: Facts, name: str, named: Named) -> str:
    given = facts.given.get(name, ())
    values = [
        f"{staged(c.name, c.kind, _read(name, c.name) if c.name in given else None)} AS {c.name}"
        for c in TABLES[name].columns
    ]
    values = ["0 AS file_no", "0 AS source_line", *values]
    source = f"FROM {named(name)} AS {name}" if given else "WHERE FALSE"
    return f"SELECT\n  {', '.join(values)}\n{source}"


def _tenures(facts: Facts, named: Named) -> str:
    given = facts.given["tenures"]
    values = []
    for column in TABLES["tenures"].columns:
        read = _read("tenures", column.name) if column.name in given else None
        value = staged(column.name, column.kind, read)
        if column.name == "tenure_months":
            value = f"CAST({value} // 1000000 AS INTEGER)"
        values.append(f"{value} AS {column.name}")
    return (
        "SELECT\n  0 AS file_no,\n  ROW_NUMBER() OVER (ORDER BY account_id) AS source_line,\n"
        f"  {', '.join(values)}\nFROM {named('tenures')} AS tenures"
    )


def _read(table: str, name: str) -> tuple[str, str]:
    """A canonical column, whatever its type there is, as the type it has here."""
    kind = column_type(table, name)
    column = f"{table}.{quoted(name)}"
    return f"CAST({column} AS {kind})", kind.replace(" ", "")


# -- segments -----------------------------------------------------------------------------


def _segments(
    facts: Facts,
    columns: Sequence[SegmentColumn],
    named: Named,
    flags: set[str],
    instead: dict[str, str],
) -> dict[str, str]:
    """The dictionary, the values of accounts, and the stretches of values that can change."""
    found: dict[str, str] = {}
    dictionaries, own, changing = [], [], []
    for column in columns:
        number = column.column_no
        texts = f"texts_{number}"
        if column.line_column is None:
            found[texts] = _account_texts(facts, column.name, named)
        else:
            found[texts] = f"SELECT account_key, {column.line_column} AS value FROM lines"
        dictionaries.append(
            f"SELECT {number} AS column_no, CASE WHEN value IS NULL THEN 0 ELSE"
            " ROW_NUMBER() OVER (PARTITION BY value IS NULL ORDER BY value) END AS value_code,"
            f" value\nFROM (SELECT DISTINCT value FROM {texts}) AS distinct_{number}"
        )
        if column.changing:
            found |= _changing(column, flags, instead)
            changing.append(
                f"SELECT column_no, customer_key, from_day, to_day, value_code\n"
                f"FROM changing_values_{number}"
            )
        else:
            own.append(
                f"SELECT {number} AS column_no, {texts}.account_key,"
                f" COALESCE(segment_values.value_code, 0) AS value_code\nFROM {texts}\n"
                f"LEFT JOIN segment_values ON segment_values.column_no = {number}"
                f" AND segment_values.value = {texts}.value"
            )
    nothing = "SELECT 0 AS column_no, 0 AS account_key, 0 AS value_code WHERE FALSE"
    found["segment_values"] = "\nUNION ALL\n".join(dictionaries)
    found["account_values"] = "\nUNION ALL\n".join(own) or nothing
    if changing:
        found["changing_values"] = "\nUNION ALL\n".join(changing)
    return found


def _account_texts(facts: Facts, name: str, named: Named) -> str:
    bare = name.removeprefix("accounts.")
    tables = [t for t in ("accounts", "tenures") if bare in facts.given.get(t, ())]
    if len(tables) != 1:
        raise CannotAnswerError("column_of_two_tables", column=name)
    [table] = tables
    value = staged(bare, "text", (f"segment_table.{quoted(bare)}", "VARCHAR"))
    account = staged("account_id", "text", ("segment_table.account_id", "VARCHAR"))
    return (
        f"SELECT account_keys.account_key, MIN({value}) AS value\nFROM account_keys\n"
        f"LEFT JOIN {named(table)} AS segment_table ON account_keys.account_id = {account}\n"
        "GROUP BY account_keys.account_key"
    )


def _changing(column: SegmentColumn, flags: set[str], instead: dict[str, str]) -> dict[str, str]:
    """The stretches of one column's values. What earns is read once more, with that column."""
    number = str(column.column_no)
    valued = ("earning_lines", "effective_lines")
    others = {*relations(), "segment_values", "edge_files", "fx_rates"} - {*valued}
    selects, body = parts("line_value_states", others, {*flags, "with_value"}, instead)
    found = {}
    for name, text in (*selects.items(), ("changing_values", body)):
        # Names inside a named SELECT too: not every engine keeps two of a name apart.
        for again in {*valued, *_NAMED.findall(text)}:
            text = re.sub(rf"\b{again}\b", f"{again}_{number}", text)
        text = text.replace("$column_no", number).replace("line_value", str(column.line_column))
        found[f"{name}_{number}"] = text
    return found
