"""Writes the tables of the documentation from the code: `python docs/write.py`.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; `--check` writes nothing and says
which pages are not what the code says.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

from cs_core.cli.arguments import COMMANDS, OPTIONS  # noqa: E402
from cs_core.domain.policies import PRESETS, VALUES, Policies  # noqa: E402
from cs_core.domain.tables import TABLES  # noqa: E402
from cs_core.metrics.catalogue import catalogue  # noqa: E402
from cs_core.text import t  # noqa: E402
from cs_core.warehouse.statements import relations  # noqa: E402
from cs_core.warehouse.views import VIEWS  # noqa: E402


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *([*row] for row in rows)]
    return "\n".join(
        "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in line) + " |"
        for line in lines
    )


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def tables() -> str:
    def columns(name: str) -> str:
        item = TABLES[name]
        named = [f"**{c.name}**" if c.required else c.name for c in item.columns]
        return ", ".join([*named, *(["any segment columns"] if item.segments else [])])

    rows = ((code(name), item.grain, columns(name)) for name, item in TABLES.items())
    required = "Required columns are bold; `subscriptions` needs `mrr`, or `amount` and `interval`."
    return table(("table", "one row is", "columns"), rows) + f"\n\n{required}"


def metrics() -> str:
    rows = (
        (code(name), t(f"metric.{name}.title", "en"), item.grain, item.unit, item.question)
        for name, item in sorted(catalogue().items())
    )
    return table(("metric", "title", "one row is", "unit", "question"), rows)


def policies() -> str:
    default = Policies().as_dict()
    rows = (
        (
            code(name),
            code(default[name]),
            ", ".join(map(code, values)),
            t(f"filter.policy.{name}.title", "en"),
        )
        for name, values in VALUES.items()
    )
    return table(("policy", "default", "values", "question"), rows)


def presets() -> str:
    rows = (
        (
            code(name),
            ", ".join(code(f"{k}={v}") for k, v in preset.policies.items()) or "the defaults",
            " ".join([t(f"preset.{name}.note", "en"), t(f"preset.{name}.rest", "en")]),
            preset.read_on.isoformat() if preset.read_on else "",
        )
        for name, preset in PRESETS.items()
    )
    return table(("preset", "sets", "what it follows, and what remains", "read on"), rows)


def commands() -> str:
    rows = (
        (code(f"{name} {words}".strip()), t(f"cli.command.{name}", "en"))
        for name, words in COMMANDS.items()
    )
    return table(("command", "does"), rows)


def options() -> str:
    rows = (
        (
            code(f"{option.name} {option.value}".strip()),
            t(f"cli.option.{option.name[2:]}", "en"),
            "all" if option.commands == tuple(COMMANDS) else ", ".join(map(code, option.commands)),
        )
        for option in OPTIONS
    )
    return table(("option", "means", "of"), rows)


def views() -> str:
    """What can be taken away, and what a person's own metrics read."""
    found = []
    for name in VIEWS:
        about = relations()[f"shown_{name}"]
        columns = [item.split(": ", 1) for item in about.header["column"].split(" | ")]
        said = f"`{name}`: {about.question.split('One row: ')[1]}"
        found.append(said + "\n\n" + table(("column", "means"), ((code(c), m) for c, m in columns)))
    return "\n\n".join(found)


WRITERS = (tables, metrics, policies, presets, commands, options, views)
TABLE: dict[str, Callable[[], str]] = {write.__name__: write for write in WRITERS}
PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def written(text: str) -> str:
    """The page with its tables as the code says."""
    return PLACE.sub(lambda hit: hit[1] + TABLE[hit[2]]() + "\n" + hit[3], text)


def main(words: list[str]) -> int:
    stale = []
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text("utf-8")
        if (new := written(text)) != text:
            stale.append(page.relative_to(DOCS).as_posix())
            if "--check" not in words:
                page.write_text(new, "utf-8")
    if stale and "--check" in words:
        names = ", ".join(stale)
        sys.stdout.write(f"Not what the code says: {names}. Run: python docs/write.py\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
