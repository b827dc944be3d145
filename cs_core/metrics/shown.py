"""A statement as people are shown it: what ran, with what it was given."""

from __future__ import annotations

from collections.abc import Mapping

from cs_core.errors import UsageError
from cs_core.warehouse.statements import parameters_of

# Engines on which the golden data gave the same figures.
ENGINES = ("duckdb",)


def shown(statement: str, parameters: Mapping[str, object], engine: str) -> str:
    """The statement, headed by the value of each of its parameters."""
    if engine not in ENGINES:
        raise UsageError("unknown_engine", engine=engine, known=", ".join(ENGINES))
    used = sorted(parameters_of(statement))
    lines = [f"-- ${name} = {parameters[name]!s}" for name in used]
    return "\n".join([*lines, statement])
