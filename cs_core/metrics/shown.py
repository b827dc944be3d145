"""A statement as people are shown it: what ran, with what it was given."""

from __future__ import annotations

from collections.abc import Mapping

from cs_core.warehouse.statements import parameters_of


def shown(statement: str, parameters: Mapping[str, object]) -> str:
    """The statement, headed by the value of each of its parameters."""
    used = sorted(parameters_of(statement))
    lines = [f"-- ${name} = {parameters[name]!s}" for name in used]
    return "\n".join([*lines, statement])
