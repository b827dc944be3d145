"""The `.sql` files keep to the portable subset and say what they are.

`relation.*` of a named relation is allowed where a file adds columns to it and keeps the rest;
a bare `SELECT *` is not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping

import pytest

from cs_core.domain.tables import TABLES
from cs_core.warehouse.statements import SQL, Relation, kept_lines, relations
from tests.architecture.source import ROOT, modules

FORBIDDEN = {
    "QUALIFY": r"\bQUALIFY\b",
    "GROUP BY ALL": r"\bGROUP\s+BY\s+ALL\b",
    "SELECT *": r"SELECT\s+(DISTINCT\s+)?\*",
    "EXCLUDE or REPLACE of columns": r"\*\s+(EXCLUDE|REPLACE)\b",
    "a list": r"\[|\]|\bLIST\w*\(|\bUNNEST\(|\bARRAY_AGG\(|\bSTRUCT\w*\(",
    "a lambda": r"->|\bLAMBDA\b",
    "a file": r"\bREAD_\w+\(|\bCOPY\b",
}
# Relations that Python makes: staged from files, or for one question. `earning_lines` is one of
# three files, by currency; `shares` and `counted_starts` are left open for
# the file a metric's `fills` names.
MADE = {
    "source_subscriptions",
    "source_tenures",
    "asked_columns",
    "accounts_columns",
    "account_starts",
    "combinations",
    "earning_lines",
    "shares",
    "counted_starts",
    "chosen_rows",
    "chosen_segment",
    "chosen_movements",
}
WHERE_SQL_IS_MADE = (
    "cs_core/warehouse/",
    "cs_core/workspace/",
    "cs_core/metrics/question.py",
    "cs_core/metrics/explain.py",
    "cs_core/takeaway/",
    "cs_core/studies/risk/rows.py",
)


def stored() -> set[str]:
    """Tables that statements in the warehouse create."""
    found = set(MADE) | set(TABLES)
    for path in (ROOT / "cs_core" / "warehouse").glob("*.py"):
        text = path.read_text("utf-8")
        found |= set(
            re.findall(r"CREATE (?:OR REPLACE )?(?:TABLE|VIEW) (?:IF NOT EXISTS )?([a-z_]+)", text)
        )
        found |= set(re.findall(r'"([a-z_]+_cube)":', text))
    return found


def named_selects(body: str) -> set[str]:
    return set(re.findall(r"(?:WITH|,)\s+([a-z_]+) AS \(", body)) | set(
        re.findall(r"^([a-z_]+) AS \($", body, re.MULTILINE)
    )


def code(relation: Relation) -> str:
    """The body without comments, every flagged line kept, and without the text in quotes."""
    body = re.sub(r"--[^\n]*", "", relation.body)
    return re.sub(r"'[^']*'", "''", re.sub(r"/\*[^*]*\*/", "", body))


every_relation = pytest.mark.parametrize("name", sorted(relations()))


def test_there_are_relations() -> None:
    assert len(relations()) == len(list(SQL.glob("*/*.sql"))) > 50


@every_relation
def test_portable(name: str) -> None:
    body = code(relations()[name])
    found = [what for what, pattern in FORBIDDEN.items() if re.search(pattern, body, re.IGNORECASE)]
    assert found == []
    for left in re.findall(r"\b([a-z_]+)\.\*", body):
        assert left in named_selects(body) | set(relations()[name].needs), f"{left}.*"


@every_relation
def test_header(name: str) -> None:
    relation = relations()[name]
    assert relation.question
    header = relation.header.keys()
    if relation.folder == "metrics":
        assert {"grain", "unit", "parameters", "definition"} <= header
    elif relation.folder == "checks":
        assert {"severity", "table"} <= header
        assert relation.header["severity"] in ("error", "warning", "note")
        assert relation.header["table"] in TABLES
    else:
        assert "One row:" in relation.question


@every_relation
def test_needs_exist_and_are_all_there_is(name: str) -> None:
    relation = relations()[name]
    for needed in relation.needs:
        assert needed in relations() or needed in stored(), needed
        assert re.search(rf"\b{needed}\b", relation.body), f"{needed} is not read"
    read = set(re.findall(r"\b(?:FROM|JOIN)\s+([a-z_]+)\b(?!\()", code(relation)))
    known = named_selects(relation.body) | set(relation.needs) | {"account_starts"}
    if relation.folder == "checks":
        known |= stored() | relations().keys()
    assert read - known == set()


@every_relation
def test_flags_are_words(name: str) -> None:
    """A misspelt marker would stay in the statement as a comment and be ignored."""
    for line in relations()[name].body.splitlines():
        stripped = line.strip()
        if re.match(r"/\*\S", stripped):
            assert kept_lines(line, ()) == "" or "!" in stripped.split("*/")[0], line


def unreached(files: Mapping[str, Relation], words: Collection[str]) -> set[str]:
    """The files that no metric, check, view or name in Python leads to."""
    left = [
        name
        for name, relation in files.items()
        if relation.folder in ("metrics", "checks", "takeaway") or name in words
    ]
    reached: set[str] = set()
    while left:
        name = left.pop()
        # The cube's and the tenures' files stand for others, with a name made from theirs.
        twins = {f"{name}_of_cube", f"tenure_{name}"} & files.keys()
        if name in files and name not in reached:
            reached.add(name)
            left += [*files[name].needs, *files[name].fills.values(), *twins]
    return set(files) - reached


def names_in_python() -> set[str]:
    return {
        node.value
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_file_is_reached() -> None:
    dead = unreached(relations(), names_in_python())
    assert dead == set(), "no metric, check, cube, ledger or study reads these; drop them"


def test_a_file_that_nobody_reads_is_found() -> None:
    left_over = Relation("left_over", "figures", "Who reads this?", {}, "SELECT 1")
    assert unreached({**relations(), "left_over": left_over}, names_in_python()) == {"left_over"}


def test_sql_is_put_together_only_where_names_are_made() -> None:
    strays = []
    for path, tree in modules().items():
        if path.startswith(WHERE_SQL_IS_MADE):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                text = "".join(
                    str(part.value) for part in node.values if isinstance(part, ast.Constant)
                )
                if re.search(r"\b(SELECT|INSERT INTO|CREATE TABLE|DELETE FROM)\b", text):
                    strays.append((path, node.lineno))
    assert strays == []
