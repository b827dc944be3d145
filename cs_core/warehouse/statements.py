"""The `.sql` files as named relations, put together into one statement per question.

A file is one SELECT whose leading comment is its header: the question it answers, then
`-- key: value` lines. `needs` names the relations it reads from; a stored relation is read where
it is stored, any other becomes a named SELECT in the WITH list. `fills` says which file stands for
a relation that is left open in what it reads. A line that begins with
`/*flag*/` is kept only when the question has that flag, so one file serves a few close variants
and stays readable as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

SQL = Path(__file__).parent.parent / "sql"

_HEADER_LINE = re.compile(r"^-- ?([a-z_]+): (.*)$")
_FLAGGED = re.compile(r"^(\s*)/\*([a-z_|&!]+)\*/(.*)$")
_READ = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_0-9]+)\b(?!\.)")
# Not in a comment, nor in what is quoted: a person's column may be called `$as_of`.
_PARAMETER = re.compile(
    r"""--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([a-z_0-9]+)""",
)


@dataclass(frozen=True)
class Relation:
    """One `.sql` file: `name` is the file's, `header` its `key: value` lines, `question` the
    sentence above them, `body` the SELECT."""

    name: str
    folder: str
    question: str
    header: Mapping[str, str]
    body: str

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(self.header.get("needs", "").replace(",", " ").split())

    @property
    def fills(self) -> dict[str, str]:
        """Which file stands for a relation that several figures share the rest of."""
        found = {}
        for pair in self.header.get("fills", "").split(", "):
            relation, _, file = pair.partition(" with ")
            if file:
                found[relation] = file
        return found


@lru_cache(maxsize=1)
def relations() -> dict[str, Relation]:
    """Every relation by name. A name stands once in the whole directory."""
    found: dict[str, Relation] = {}
    for path in sorted(SQL.glob("*/*.sql")):
        if path.stem in found:
            raise ValueError(f"two .sql files are called {path.stem}")
        found[path.stem] = parse(path)
    return found


def parse(path: Path) -> Relation:
    """A file as a relation."""
    lines = path.read_text("utf-8").splitlines()
    header: dict[str, str] = {}
    question: list[str] = []
    at = 0
    while at < len(lines) and lines[at].startswith("--"):
        match = _HEADER_LINE.match(lines[at])
        if match:
            earlier = f"{header[match[1]]} | " if match[1] in header else ""
            header[match[1]] = earlier + match[2]
        elif header:
            last = next(reversed(header))
            header[last] += " " + lines[at].removeprefix("--").strip()
        else:
            question.append(lines[at].removeprefix("--").strip())
        at += 1
    body = "\n".join(lines[at:]).strip().rstrip(";")
    return Relation(path.stem, path.parent.name, " ".join(question), header, body)


def compose(
    name: str,
    stored: Collection[str],
    flags: Collection[str],
    instead: Mapping[str, str] | None = None,
    extra: Mapping[str, str] | None = None,
) -> str:
    """One statement for a relation.

    `stored` relations are read as tables. `instead` puts another file in a relation's place
    (the cube's for the ledger's, say). `extra` are relations made for this question only.
    """
    selects, body = parts(name, stored, flags, instead, extra)
    if not selects:
        return body
    named = named_selects(selects)
    # A file with named SELECTs of its own goes on with the list.
    return f"WITH {named},\n\n{body[5:]}" if body.startswith("WITH ") else f"WITH {named}\n\n{body}"


def parts(
    name: str,
    stored: Collection[str],
    flags: Collection[str],
    instead: Mapping[str, str] | None = None,
    extra: Mapping[str, str] | None = None,
) -> tuple[dict[str, str], str]:
    """The named SELECTs that a relation reads, each after those it reads itself, and its own."""
    top = relations()[(instead or {}).get(name, name)]
    instead = {**top.fills, **(instead or {})}
    extra = extra or {}
    selects: dict[str, str] = {}

    def add(relation: str) -> None:
        if relation in selects or relation in stored:
            return
        if relation in extra:
            for needed in _READ.findall(extra[relation]):
                if needed in relations() or needed in extra:
                    add(needed)
            selects[relation] = extra[relation]
            return
        source = relations()[instead.get(relation, relation)]
        body = kept_lines(source.body, flags)
        for needed in source.needs:
            if re.search(rf"\b{needed}\b", body):
                add(needed)
        selects[relation] = body

    body = kept_lines(top.body, flags)
    for needed in top.needs:
        if re.search(rf"\b{needed}\b", body):
            add(needed)
    return selects, body


def named_selects(selects: Mapping[str, str]) -> str:
    """The list that stands after WITH."""
    return ",\n".join(f"{name} AS (\n{_indent(text)}\n)" for name, text in selects.items())


def kept_lines(body: str, flags: Collection[str]) -> str:
    """The body without the lines of flags that are not set."""
    kept = []
    for line in body.splitlines():
        match = _FLAGGED.match(line)
        if not match:
            kept.append(line)
        elif any(_all_hold(words, flags) for words in match[2].split("|")):
            kept.append(match[1] + match[3].strip())
    return "\n".join(kept)


def _all_hold(words: str, flags: Collection[str]) -> bool:
    return all(
        word[1:] not in flags if word.startswith("!") else word in flags
        for word in words.strip().split("&")
    )


def _indent(text: str) -> str:
    return "\n".join("    " + line if line else line for line in text.splitlines())


def parameters_of(statement: str) -> set[str]:
    """The names of the parameters a statement uses."""
    return set(_PARAMETER.findall(statement)) - {""}


def bound(statement: str, parameters: Mapping[str, object]) -> str:
    """The statement with every `$name` replaced by a typed literal.

    The driver's own binding imports pandas at its first use, which costs more than most queries.
    Text is quoted as the SQL standard says, quotes doubled and nothing else special: whatever a
    person typed stays one value.
    """
    return _PARAMETER.sub(
        lambda match: literal(parameters[match[1]]) if match[1] else match[0], statement
    )


def literal(value: object) -> str:
    """A value as SQL. Raises TypeError for a type no parameter has."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, str):
        # A NUL would end the statement early.
        return "'" + value.replace("\0", "").replace("'", "''") + "'"
    raise TypeError(f"no literal for {type(value).__name__}")
