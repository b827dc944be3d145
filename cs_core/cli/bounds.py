"""Files are read within bounds of memory and time here too: the command runs in a process split off
from this one, which waits for it and says which bound was passed. `--unbounded` lifts them.

Splitting costs a millisecond, as nothing is loaded yet. Windows cannot, and has no bounds here.
"""

from __future__ import annotations

import glob
import os
import select
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

FILES = (
    "check",
    "import",
    "query",
    "sql",
    "export",
    "export-sql",
    "explain",
    "compare",
    "risk",
    "simulate",
    "report",
    "verify",
)
UNBOUNDED = "--unbounded"
MEMORY = 8 << 30
# Seconds of each processor for every 50 MB of files, and at the least; a busy machine may take
# WAIT times as long. A stream, whose size is not known, is taken for STREAM bytes.
SECONDS = 60.0
WAIT = 3
STREAM = 1 << 30


def bounded(words: Sequence[str], run: Callable[[], int], seconds: float = SECONDS) -> int:
    """The exit status of `run`, a command line of these words."""
    from cs_core.importers.bounded import limits

    if UNBOUNDED in words:
        limits.lift()
    reads = bool(words) and words[0] in FILES and ("--dataset" not in words or words[0] == "import")
    if not reads or UNBOUNDED in words or not hasattr(os, "fork"):
        return run()
    files = [
        name for word in words[1:] for name in (glob.glob(glob.escape(word)) or glob.glob(word))
    ]
    size = sum(os.path.getsize(name) if os.path.isfile(name) else STREAM for name in files)
    size += STREAM * ("-" in words)
    seconds *= max(1.0, size / (50 << 20))
    parent = os.getpid()
    ended, ends = os.pipe()
    child = os.fork()
    if not child:
        limits.end_with_parent(parent)
        limits.bound_data(MEMORY, seconds)
        _exit_with(run)
    os.close(ends)
    if not _waited(ended, seconds * WAIT):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return _refused(words, files, "takes_too_long", round(seconds * WAIT))
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        return os.waitstatus_to_exitcode(status)
    ended_by = os.WTERMSIG(status)
    if ended_by == signal.SIGXCPU:
        return _refused(words, files, "takes_too_long", round(seconds))
    if ended_by in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        return 128 + ended_by
    return _refused(words, files, "too_much_memory", MEMORY >> 20)


def _exit_with(run: Callable[[], int]) -> None:
    status = 1
    try:
        status = run()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def _waited(ended: int, seconds: float) -> bool:
    """Whether the other end was closed within these seconds. An interrupt is the child's to
    answer: it has it too."""
    while True:
        try:
            return bool(select.select([ended], [], [], seconds)[0])
        except KeyboardInterrupt:
            continue


def _refused(words: Sequence[str], files: Sequence[str], code: str, limit: int) -> int:
    from cs_core.cli import say
    from cs_core.cli.language import language_of
    from cs_core.errors import InputError

    names = ", ".join(Path(file).name for file in files) or "-"
    return say(InputError(code, file=names, limit=max(1, limit)), language_of(words))
