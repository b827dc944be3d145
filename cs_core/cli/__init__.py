"""The command line: `keizoku …`, or `python -m cs_core …`. Results on standard output, one
line of error on standard error; exit status 0, 1 (the data cannot answer) or 2 (wrong usage,
unusable input)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_core.cli.language import language_of
from cs_core.errors import KeizokuError, UsageError, disk_error

if TYPE_CHECKING:
    from cs_core.cli.arguments import Arguments

UNEXPECTED = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        # File names may hold bytes that are no text; they must not stop an error sentence.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        _run(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough (`| head`). Nothing may be flushed to it at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if "--debug" in words:
            raise
        return say(error, language_of(words))
    return 0


def _run(words: Sequence[str]) -> None:
    if words and words[0] in ("-V", "--version"):
        from cs_core import __version__

        sys.stdout.write(f"keizoku {__version__}\n")
        return
    from cs_core.cli.arguments import parse
    from cs_core.cli.output import write_text

    arguments = parse(words)
    language = arguments.choice("--lang") or language_of(words)
    if arguments.switch("--help"):
        from cs_core.cli.help import help_text

        write_text(help_text(arguments.command, language))
        return
    arguments.choice("--format")  # a wrong one is told before anything is done
    if (folder := arguments.text("--metrics")) is not None:
        from cs_core.metrics.own import VARIABLE

        os.environ[VARIABLE] = folder

    from cs_core.cli.commands import COMMANDS
    from cs_core.cli.playing import Delivered
    from cs_core.cli.progress import progress

    if "--debug" not in words:
        import warnings

        warnings.simplefilter("ignore")  # standard error is for one line about what went wrong
    try:
        with progress(language):
            result = COMMANDS[arguments.command](arguments, language)
    except KeizokuError as error:
        if (answer := getattr(error, "result", None)) is not None:
            _write(answer, arguments, language)  # there is one, whatever went wrong after it
        raise
    if isinstance(result, Delivered):
        _write(result.result, arguments, language)
        sys.stdout.flush()
        result.mark()
        return
    _write(result, arguments, language)


def _write(result: Any, arguments: Arguments, language: str) -> None:
    from cs_core.cli.commands import Text
    from cs_core.cli.output import arranged, part_of, parts_of, write_result, write_text
    from cs_core.text import t

    form = arguments.form
    if isinstance(result, Text):
        return write_text(result.text) if result.text else None
    part, out, top = arguments.text("--part"), arguments.text("--out"), arguments.number("--top")
    if top is not None and top < 1:
        raise UsageError("option_out_of_range", option="--top", value=top, low=1, high="1,000,000")
    result = part_of(arranged(result, arguments.text("--sort"), top), part)
    if out is not None and arguments.command not in ("demo", "lesson", "report", "export"):
        from cs_core.reports.table_files import write

        parts = parts_of(result)
        write(Path(out), parts)
        result = [{"file": out, "rows": len(next(iter(parts.values())).rows)}]
    if others := write_result(result, form):
        sys.stderr.write(t("cli.other_parts", language, names=", ".join(others)) + "\n")
    return None


def say(error: Exception, language: str) -> int:
    """The sentence for an error on one line of standard error, and its exit status."""
    from cs_core.text import plain, sentence

    status = error.exit_status if isinstance(error, KeizokuError) else UNEXPECTED
    if not isinstance(error, KeizokuError):
        error = _as_ours(error)
    try:
        said = sentence(error, language)
    except KeyError:  # an error without its sentence must not become a traceback
        said = str(error)
    sys.stderr.write(plain(said) + "\n")
    return status


def _as_ours(error: Exception) -> KeizokuError:
    """What the system says about files, and what nobody foresaw."""
    if error_of_disk := disk_error(error):
        return error_of_disk
    if isinstance(error, PermissionError):
        return KeizokuError("no_permission", file=os.path.basename(str(error.filename or "")))
    if isinstance(error, OSError) and error.errno is not None:
        return KeizokuError("system_error", detail=error.strerror)
    if isinstance(error, MemoryError):
        from cs_core.importers.bounded import limits

        if bound := limits.memory():
            return KeizokuError("memory_bound", limit=bound >> 20)
        return KeizokuError("out_of_memory")
    return KeizokuError("unexpected", kind=type(error).__name__)
