"""Work on files in a child process with bounds on memory and time: a bomb kills the child only.

The child is this module run by itself; it gets its order as JSON on standard input and answers as
JSON on standard output. It reads the files, and then does what else it was told to.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cs_core import errors
from cs_core.errors import InputError, KeizokuError
from cs_core.importers.arrow import without_pandas
from cs_core.importers.bounded import limits, progress, transfer
from cs_core.importers.reading import Reading, ReadOptions

MEMORY = 512 << 20
# What may follow reading: the engine's threads and pages need more.
MEMORY_AFTER = 4 << 30
MAX_BYTES = 50 << 20
# Seconds for every MAX_BYTES of input, and at the least; of each processor where it is for all that
# is done with them, which on a busy machine may take WAIT times as long.
SECONDS = 15.0
SECONDS_IN_ALL = 60.0
WAIT = 3
_POLL = 0.05
_PROGRESS = "progress"
_LINE = 100
# Exit status of a child that ran out of memory and could say so.
_NO_MEMORY = 3
# In place of the exit status of one that was stopped.
_LATE = 256

# Told what is being done (reading, staging, ledger) and the share of it that is done.
Heard = Callable[[str, float], None]


@dataclass(frozen=True)
class ReadingTask:
    """What is to be done after reading: `name` is "module:function", a function of the reading,
    `fields` and someone to tell how far it is, which answers with what JSON can hold."""

    name: str
    fields: dict[str, Any]


def read_in_child(
    paths: Sequence[Path],
    options: ReadOptions,
    scratch: Path,
    *,
    memory: int = MEMORY,
    seconds: float = SECONDS,
    max_bytes: int | None = MAX_BYTES,
    heard: Callable[[float], None] = lambda share: None,
) -> Reading:
    """`read` in a child process of at most `memory` bytes.

    `seconds` are allowed per 50 MB of input; `max_bytes` bounds each file. `heard` is given
    the share that is done (0 to 1) twenty times a second; whatever it raises stops the child.
    Raises InputError as `read` does, and for each bound that is passed.
    """
    answer = work_in_child(
        paths,
        options,
        scratch,
        None,
        memory=memory,
        seconds=seconds,
        max_bytes=max_bytes,
        heard=lambda doing, share: heard(share),
    )
    return transfer.reading_from_json(answer, scratch)


def work_in_child(
    paths: Sequence[Path],
    options: ReadOptions,
    scratch: Path,
    task: ReadingTask | None,
    *,
    memory: int = MEMORY,
    seconds: float = SECONDS_IN_ALL,
    max_bytes: int | None = MAX_BYTES,
    heard: Heard = lambda doing, share: None,
) -> Any:
    """What `task` answers to what was read of the files; without one what was read, as JSON.

    Nothing of it is done in this process, and the child ends with it. Bounds and `heard` as in
    `read_in_child`. Without `paths` nothing is read. Raises InputError as `read` does, for each
    bound that is passed, and RuntimeError with the child's own words for what nobody foresaw.
    """
    sizes = [path.stat().st_size if path.is_file() else 0 for path in paths]
    for path, size in zip(paths, sizes, strict=True):
        if max_bytes is not None and size > max_bytes:
            raise InputError("file_too_large", file=path.name, limit=max_bytes >> 20)
    seconds *= max(1.0, sum(sizes) / MAX_BYTES)
    order = {
        "paths": [str(path) for path in paths],
        "options": transfer.options_to_json(options),
        "scratch": str(scratch),
        "memory": memory,
        "seconds": seconds,
        "task": task and [task.name, task.fields],
        "parent": os.getpid(),
    }
    names = ", ".join(path.name for path in paths)
    wait = seconds if task is None else seconds * WAIT
    status, answer = _run(order, wait, heard)
    if status == -getattr(signal, "SIGXCPU", -1):
        raise InputError("takes_too_long", file=names, limit=max(1, round(seconds)))
    if status == _LATE:
        raise InputError("takes_too_long", file=names, limit=max(1, round(wait)))
    if answer is None:
        limit = memory if (_doing(scratch) or ("reading",))[0] == "reading" else MEMORY_AFTER
        raise InputError("too_much_memory", file=names, limit=limit >> 20)
    if "error" in answer:
        raise getattr(errors, answer["kind"])(answer["error"], **answer["fields"])
    if "unforeseen" in answer:
        raise RuntimeError(answer["unforeseen"])
    return answer["done"]


def _run(order: dict[str, Any], wait: float, heard: Heard) -> tuple[int, dict[str, Any] | None]:
    """The exit status, _LATE after `wait` seconds; the answer, None where there was none."""
    deadline = time.monotonic() + wait
    home = Path(__file__).resolve().parents[3]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(home), *filter(None, [os.environ.get("PYTHONPATH")])]),
        # What it writes and does not keep goes with its folder.
        "TMPDIR": order["scratch"],
        # Address space is what is bounded, so nothing is reserved that is not needed.
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
        # glibc lets this grow to 32 MB; freed columns would then stay as holes in the heap.
        "MALLOC_MMAP_THRESHOLD_": str(256 << 10),
    }
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [sys.executable, "-m", "cs_core.importers.bounded.child"],
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        done: tuple[str, float] = ("reading", 0.0)
        try:
            assert child.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                # Stays open: its end tells the child that this process is gone.
                child.stdin.write(json.dumps(order).encode() + b"\n")
                child.stdin.flush()
            while child.poll() is None:
                done = _doing(Path(order["scratch"])) or done
                heard(*done)
                if time.monotonic() > deadline:
                    return _LATE, None
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(_POLL)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
            if child.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    child.stdin.close()
        said.seek(0)
        try:
            answer: dict[str, Any] = json.loads(said.read())
        except ValueError:
            return child.returncode, None
        return child.returncode, answer if child.returncode == 0 else None


def _doing(scratch: Path) -> tuple[str, float] | None:
    """What the child says it is doing, and how far it is; None where it is just saying so."""
    try:
        with (scratch / _PROGRESS).open() as said:  # Whatever stands there, a line is enough.
            doing, share = said.read(_LINE).split()
        return doing, float(share)
    except (OSError, ValueError):
        return None


def _tell(scratch: Path) -> Heard:
    """For the child: writes how far it is, in steps of a hundredth."""
    said = ("", -1)

    def tell(doing: str, share: float) -> None:
        nonlocal said
        if doing != said[0] or int(share * 100) > said[1]:
            said = (doing, int(share * 100))
            (scratch / _PROGRESS).write_text(f"{doing} {share:.2f}")

    return tell


def main() -> None:
    """The child's side."""
    order = json.loads(sys.stdin.readline())
    limits.end_with_parent(order["parent"])
    threading.Thread(target=_end_with_input, daemon=True).start()
    without_pandas()  # loads Arrow, whose own size is no matter of the files
    limits.bound(order["memory"], MEMORY_AFTER, order["seconds"])
    try:
        answer = _answer(order)
    except MemoryError:
        sys.exit(_NO_MEMORY)
    sys.stdout.write(json.dumps(answer, default=str))
    sys.stdout.flush()
    os._exit(0)


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(_NO_MEMORY)


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    import pyarrow as pa

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    scratch = Path(order["scratch"])
    tell = _tell(scratch)
    progress.listen(lambda share: tell("reading", share))
    try:
        reading = Reading([])
        if order["paths"]:
            from cs_core.importers.containers.sources import read_files

            paths = [Path(path) for path in order["paths"]]
            reading = read_files(paths, transfer.options_from_json(order["options"]), scratch)
        if order["task"] is None:
            return {"done": transfer.reading_to_json(reading, scratch)}
        tell("staging", 0.0)
        limits.more_memory()
        name, fields = order["task"]
        module, function = name.split(":")
        return {"done": getattr(importlib.import_module(module), function)(reading, fields, tell)}
    except KeizokuError as error:
        return {"error": error.code, "kind": type(error).__name__, "fields": error.fields}
    except pa.ArrowMemoryError as error:
        raise MemoryError from error
    except MemoryError:
        raise
    except Exception as error:
        if full := errors.disk_error(error):
            return {"error": full.code, "kind": type(full).__name__, "fields": full.fields}
        return {"unforeseen": traceback.format_exc()}


if __name__ == "__main__":
    main()
