"""The documented views of a dataset: what a person takes away, and what their own metrics read.

| view | one row |
|---|---|
| `ledger` | an account and a day on which its MRR changed |
| `lines` | a line that was used, with what it earns a month |
| `accounts` | an account that has a line |
| `stays` | an unbroken stay of a customer |

Columns stand in the headers of `sql/takeaway/`. Money is exact, DECIMAL(38, 6) in units of its
currency.
"""

from __future__ import annotations

from collections.abc import Collection

from cs_core.warehouse.facts import Facts
from cs_core.warehouse.ledgers import Ledger
from cs_core.warehouse.statements import kept_lines, literal, named_selects, parts, relations

VIEWS = ("ledger", "lines", "accounts", "stays")


def quoted(name: str) -> str:
    """A person's word as an identifier."""
    return '"' + name.replace("\0", "").replace('"', '""') + '"'


def _shown(facts: Facts, table: str) -> str:
    """The SELECT of one of VIEWS, with the segment columns of this data under their names. A
    segment called like another column stands as `segment_NAME`."""
    source = relations()[f"shown_{table}"]
    taken = {said.split(":")[0] for said in source.header["column"].split(" | ")}
    columns: list[str] = []
    by_name = ""
    if table == "lines":
        columns = [
            f"lines.{segment.column} AS {_free(segment.name, taken)}"
            for segment in facts.line_segments
        ]
    elif table == "accounts":
        names = list(enumerate(facts.account_columns, 1))
        columns = [f"account_segments.segment_{n} AS {_free(name, taken)}" for n, name in names]
        by_name = ", ".join(
            f"MIN(CASE WHEN name = {literal(name)} THEN value END) AS segment_{n}"
            for n, name in names
        )
    body = kept_lines(source.body, {"with_columns"} if columns else ())
    body = body.replace("segment_columns_by_name", by_name)
    return body.replace("segment_columns", ", ".join(columns))


def _free(name: str, taken: set[str]) -> str:
    return quoted(f"segment_{name}" if name.casefold() in taken else name)


def view(facts: Facts, ledger: Ledger, table: str, flags: Collection[str] = ()) -> str:
    """One of VIEWS over the stored tables of a ledger."""
    flags = {*flags, *ledger.flags}
    selects: dict[str, str] = {}
    for needed in relations()[f"shown_{table}"].needs:
        if needed not in ledger.stored:
            more, last = parts(needed, ledger.stored, flags, ledger.instead)
            selects |= {**more, needed: last}
    body = _shown(facts, table)
    if not selects:
        return body
    listed = named_selects(selects)
    return f"WITH {listed},\n{body[5:]}" if body.startswith("WITH ") else f"WITH {listed}\n{body}"
