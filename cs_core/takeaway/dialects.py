"""Statements in the words of other engines. sqlglot only renders; what it cannot know is said in
our own `.sql` or put right here. The one module that imports it, and only where another dialect is
asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cs_core.errors import UsageError
from cs_core.takeaway.canonical import Named


@dataclass(frozen=True)
class SqlDialect:
    """An engine by the name people know. `schema` is where its tables stand unless it is said;
    `tried` where the figures of a real one were compared with ours."""

    name: str
    schema: str
    tried: bool = False


DIALECTS: Mapping[str, SqlDialect] = {
    dialect.name: dialect
    for dialect in (
        SqlDialect("duckdb", "main", tried=True),
        SqlDialect("postgres", "public", tried=True),
        SqlDialect("spark", "default"),
        SqlDialect("databricks", "default"),
        SqlDialect("snowflake", "public"),
        SqlDialect("bigquery", "keizoku"),
    )
}


def dialect_of(engine: str) -> SqlDialect:
    """Raises UsageError `unknown_engine`."""
    if engine not in DIALECTS:
        raise UsageError("unknown_engine", engine=engine, known=", ".join(DIALECTS))
    return DIALECTS[engine]


def namer(dialect: SqlDialect, schema: str | None) -> Named:
    """How a canonical table is named there. A schema stands before it, so that a named SELECT of
    the same name is not taken for it."""
    return lambda table: f"{schema or dialect.schema}.{table}"


def rendered(statement: str, dialect: SqlDialect) -> str:
    """A statement of DuckDB's in another dialect, its leading comment kept. Raises UsageError
    `dialect_cannot` where that has no words for it, and `extra_needed` without sqlglot."""
    if dialect.name == "duckdb":
        return statement
    try:
        import sqlglot
    except ImportError:
        raise UsageError("extra_needed", extra="engines", package="sqlglot") from None
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    comment, _, body = statement.partition("\nWITH ")
    try:
        tree = sqlglot.parse_one(f"WITH {body}", read="duckdb").transform(_portable(dialect.name))
        text = tree.sql(
            dialect.name, pretty=True, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE
        )
        sqlglot.parse_one(text, read=dialect.name)
    except (sqlglot.errors.SqlglotError, AttributeError) as error:
        raise UsageError("dialect_cannot", engine=dialect.name) from error
    tried = "" if dialect.tried else f"\n-- Written for {dialect.name}, and not tried there."
    return f"{comment}{tried}\n{text}\n"


def _portable(name: str) -> Callable[[Any], Any]:
    """What sqlglot renders as if it were the same everywhere, one node of a tree at a time."""
    from sqlglot import exp

    def whole_division(node: Any) -> Any:
        # Exact, where the engine would divide doubles and cut.
        whole = exp.paren(
            node.this.copy()
            - exp.Mod(this=exp.paren(node.this), expression=exp.paren(node.expression))
        )
        return exp.cast(
            exp.Div(this=whole, expression=exp.paren(node.expression), typed=True), "bigint"
        )

    def months_added(node: Any) -> Any:
        months = node.expression.expressions[0]
        if isinstance(node, exp.Sub):
            months = exp.Neg(this=exp.paren(months))
        if name == "postgres":
            interval = exp.Anonymous(
                this="MAKE_INTERVAL", expressions=[exp.Literal.number(0), exp.cast(months, "int")]
            )
            return exp.Add(this=node.this, expression=interval)
        return exp.DateAdd(this=node.this, expression=months, unit=exp.var("MONTH"))

    def windows_in_place(node: Any) -> Any:
        named = {window.this.name: window for window in node.args.pop("windows", None) or ()}
        for call in node.find_all(exp.Window):
            known = named.get(call.alias) if call.args.get("over") else None
            if known is not None and call.find_ancestor(exp.Select) is node:
                parts = {k: v for k, v in known.copy().args.items() if k != "this"}
                call.replace(exp.Window(this=call.this, **{**parts, "over": "OVER"}))
        return node

    def last_by(node: Any) -> Any:
        down = isinstance(node, exp.ArgMax)
        order = exp.Order(expressions=[exp.Ordered(this=node.expression, desc=down)])
        values = exp.ArrayAgg(this=exp.Order(this=node.this, expressions=order.expressions))
        return exp.Bracket(this=exp.paren(values), expressions=[exp.Literal.number(0)])

    def portable(node: Any) -> Any:
        if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.INT128:
            return exp.DataType.build("DECIMAL(38, 0)")
        if isinstance(node, exp.Add | exp.Sub) and node.expression.name.upper() == "TO_MONTHS":
            return months_added(node)
        if isinstance(node, exp.IntDiv) and name == "snowflake":
            return whole_division(node)
        if isinstance(node, exp.Select) and node.args.get("windows") and name != "postgres":
            return windows_in_place(node)
        if name == "postgres":
            if isinstance(node, exp.ArgMax | exp.ArgMin):
                return last_by(node)
            if isinstance(node, exp.DateFromParts):
                return exp.Anonymous(this="MAKE_DATE", expressions=list(node.args.values()))
            if isinstance(node, exp.Nullif):
                # Text is compared by code point, whatever the database's language.
                return exp.Collate(this=node.copy(), expression=exp.to_identifier("C", quoted=True))
        return node

    return portable
