"""The commands that write what a person takes away to work on elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_core.cli.arguments import Arguments
from cs_core.errors import UsageError

if TYPE_CHECKING:
    from cs_core.metrics.options import Options


def export(arguments: Arguments, language: str) -> Any:
    from cs_core.cli.commands import opened

    if not arguments.words:
        raise UsageError("word_needed", command=arguments.command, word="TABLE")
    table, out = arguments.words[0], Path(arguments.needed("--out"))
    if not out.absolute().parent.is_dir():
        raise UsageError("folder_not_found", option="--out", file=str(out))
    with opened(arguments, arguments.words[1:]) as dataset:
        rows = dataset.write_table(table, out, _options(arguments))
    return [{"file": str(out), "rows": rows}]


def export_sql(arguments: Arguments, language: str) -> Any:
    from cs_core.cli.commands import opened

    if not arguments.words:
        raise UsageError("word_needed", command=arguments.command, word="DIR")
    folder = Path(arguments.words[0])
    if not folder.absolute().parent.is_dir():
        raise UsageError("folder_not_found", option="DIR", file=str(folder))
    with opened(arguments, arguments.words[1:]) as dataset:
        models = dataset.write_project(folder, _options(arguments))
    return [{"folder": str(folder), "models": models}]


def lesson(arguments: Arguments, language: str) -> Any:
    """By its place in the course, from 1, or by its name."""
    from cs_core.lessons import LESSONS
    from cs_core.lessons.offline import render

    if not arguments.words:
        raise UsageError("word_needed", command=arguments.command, word="NUMBER | NAME")
    word, out = arguments.words[0], Path(arguments.needed("--out"))
    arguments.no_more_words(1)
    by_place = dict(zip(map(str, range(1, len(LESSONS) + 1)), LESSONS, strict=True))
    key = by_place.get(word, word)
    if key not in LESSONS:
        known = ", ".join(f"{place} {name}" for place, name in by_place.items())
        raise UsageError("unknown_lesson", lesson=word, known=known)
    if out.suffix.lower() != ".html":
        raise UsageError("report_kind", file=out.name, known=".html")
    if not out.absolute().parent.is_dir():
        raise UsageError("folder_not_found", option="--out", file=str(out))
    out.write_text(render(LESSONS[key], language), "utf-8")
    return [{"file": str(out), "lesson": key}]


def _options(arguments: Arguments) -> Options:
    from cs_core.domain.policies import Policies
    from cs_core.metrics.options import Options

    policies = Policies.of(
        arguments.text("--preset") or "keizoku", dict(arguments.pairs("--policy"))
    )
    by = arguments.words_of("--by")
    if len(by) > 1:
        raise UsageError("option_once", option="--by", value=", ".join(by))
    return Options(policies=policies, by=by[0] if by else None, **arguments.fields("question"))
