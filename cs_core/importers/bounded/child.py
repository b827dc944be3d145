"""Reading in a child process with bounds on memory and time: a bomb kills the child only.

The child is this module run by itself; it gets its order as JSON on standard input and answers as
JSON on standard output.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cs_core.errors import InputError
from cs_core.importers.arrow import without_pandas
from cs_core.importers.bounded import progress, transfer
from cs_core.importers.reading import Reading, ReadOptions

MEMORY = 512 << 20
MAX_BYTES = 50 << 20
# Seconds for every MAX_BYTES of input, and at the least.
SECONDS = 15.0
_POLL = 0.05
_PROGRESS = "progress"


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
    """`read` in a child process of at most `memory` bytes of address space.

    `seconds` are allowed per 50 MB of input; `max_bytes` bounds each file. `heard` is given
    the share that is done (0 to 1) twenty times a second; whatever it raises stops the child.
    Raises InputError as `read` does, and for each bound that is passed.
    """
    sizes = [path.stat().st_size if path.is_file() else 0 for path in paths]
    for path, size in zip(paths, sizes, strict=True):
        if max_bytes is not None and size > max_bytes:
            raise InputError("file_too_large", file=path.name, limit=max_bytes >> 20)
    order = {
        "paths": [str(path) for path in paths],
        "options": transfer.options_to_json(options),
        "scratch": str(scratch),
        "memory": memory,
    }
    deadline = time.monotonic() + seconds * max(1.0, sum(sizes) / MAX_BYTES)
    answer = _run(order, deadline, heard)
    if answer is None:
        raise InputError(
            "too_much_memory", file=", ".join(path.name for path in paths), limit=memory >> 20
        )
    if "error" in answer:
        raise InputError(answer["error"], **answer["fields"])
    return transfer.reading_from_json(answer["files"])


def _run(
    order: dict[str, Any], deadline: float, heard: Callable[[float], None]
) -> dict[str, Any] | None:
    """The child's answer; None when it died without one."""
    home = Path(__file__).resolve().parents[3]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(home), *filter(None, [os.environ.get("PYTHONPATH")])]),
        # Address space is what is bounded, so nothing is reserved that is not needed.
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
        # glibc lets this grow to 32 MB; freed columns would then stay as holes in the heap.
        "MALLOC_MMAP_THRESHOLD_": str(256 << 10),
    }
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as said:
        told.write(json.dumps(order).encode())
        told.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-m", "cs_core.importers.bounded.child"],
            stdin=told,
            stdout=said,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        done = 0.0
        try:
            while child.poll() is None:
                done = max(done, _share(Path(order["scratch"])))
                heard(done)
                if time.monotonic() > deadline:
                    raise InputError(
                        "takes_too_long", file=", ".join(Path(p).name for p in order["paths"])
                    )
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(_POLL)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        said.seek(0)
        try:
            answer: dict[str, Any] = json.loads(said.read())
        except ValueError:
            return None
        return answer if child.returncode == 0 else None


def _share(scratch: Path) -> float:
    """How far the child says it is."""
    try:
        return float((scratch / _PROGRESS).read_text())
    except (OSError, ValueError):
        return 0.0


def _tell(scratch: Path) -> Callable[[float], None]:
    """For the child: writes how far it is, in steps of a hundredth."""
    said = -1

    def tell(share: float) -> None:
        nonlocal said
        if int(share * 100) > said:
            said = int(share * 100)
            (scratch / _PROGRESS).write_text(f"{share:.2f}")

    return tell


def main() -> None:
    """The child's side."""
    order = json.loads(sys.stdin.read())
    _bound(order["memory"])
    without_pandas()
    progress.listen(_tell(Path(order["scratch"])))
    try:
        answer = _answer(order)
    except MemoryError:
        sys.exit(1)
    sys.stdout.write(json.dumps(answer))


def _bound(memory: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such bounds; time is still bounded by the parent.
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    import pyarrow as pa

    from cs_core.importers.containers.sources import read_files

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        reading = read_files(
            [Path(path) for path in order["paths"]],
            transfer.options_from_json(order["options"]),
            Path(order["scratch"]),
        )
    except InputError as error:
        return {"error": error.code, "fields": error.fields}
    except pa.ArrowMemoryError as error:
        raise MemoryError from error
    return {"files": transfer.reading_to_json(reading)}


if __name__ == "__main__":
    main()
