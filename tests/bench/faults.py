"""A failure at every step of an operation, in the manner of SQLite's own tests: every write,
rename, flush, removal and new file, of Python, SQLite, DuckDB and Arrow alike, one after another.

    python -m tests.bench.faults                                  every operation, every way
    python -m tests.bench.faults --only import restore --ways once torn --every 5

Four ways to fail: `once` a full disk for one call, `for_good` for that and all that follow, `kill`
a power cut before the call, `torn` one in the middle of a write. After each the workspace must be
the whole old or the whole new, everything else untouched, and what the person was told true: status
0 means the new, any other the old, with a sentence that blames the disk. Needs Linux and a C
compiler.
"""

from __future__ import annotations

import argparse
import mmap
import os
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from cs_core.text import t
from tests.bench.operations import OPERATIONS, Company

WAYS = ("once", "for_good", "kill", "torn")
# What may be said of it: SQLite does not tell all of its failures apart.
TRUE = tuple(t(f"error.{code}", "en") for code in ("disk_full", "disk_failed"))
_STATE = struct.Struct("5i512s")
_VARIABLE = "FAULTS_STATE"
SOURCE = Path(__file__).with_suffix(".c")


class Disk:
    """What every process of this one's children shares with `faults.c`."""

    def __init__(self, folder: Path) -> None:
        with open(os.environ[_VARIABLE], "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self._folder = str(folder).encode()

    def arm(self, way: str = "once", at: int = 0) -> None:
        """From here on steps are counted, and the one of this number fails; 0: none."""
        self._map[: _STATE.size] = _STATE.pack(1, WAYS.index(way), at, 0, 0, self._folder)

    def disarm(self) -> int:
        """Nothing fails any more; the number of steps there were."""
        steps: int = _STATE.unpack(self._map[: _STATE.size])[3]
        self._map[: _STATE.size] = bytes(_STATE.size)
        return steps


def loaded() -> bool:
    """Whether this process runs with `faults.c` before its libraries."""
    return _VARIABLE in os.environ


def load(folder: Path, words: list[str]) -> int:
    """Runs `python words…` with it; the exit status."""
    library, state = folder / "faults.so", folder / "state"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE)], check=True)
    state.write_bytes(bytes(4096))
    environment = {**os.environ, _VARIABLE: str(state), "LD_PRELOAD": str(library)}
    return subprocess.run([sys.executable, *words], env=environment, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=OPERATIONS, choices=OPERATIONS)
    parser.add_argument("--ways", nargs="+", default=WAYS, choices=WAYS)
    parser.add_argument("--every", type=int, default=1, help="only each such step")
    parser.add_argument("--from", type=int, default=1, dest="begin", help="and from this one on")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        if not loaded():
            return load(folder, ["-m", "tests.bench.faults", *sys.argv[1:]])
        company = Company(folder, given.only)
        disk = Disk(company.trial)
        wrong = 0
        for operation in given.only:
            for way in given.ways:
                wrong += every_step(company, disk, operation, way, given.begin, given.every)
        return int(bool(wrong))


def every_step(
    company: Company, disk: Disk, operation: str, way: str, begin: int, every: int
) -> int:
    """Lets each step fail in turn; the number of those after which something was not true."""
    company.fresh()
    company.do(operation, disk.arm)
    steps, wrong = disk.disarm(), 0
    became: Counter[str] = Counter()
    for at in range(begin, steps + 1, every):
        company.fresh()
        told = company.do(operation, lambda at=at: disk.arm(way, at))  # type: ignore[misc]
        disk.disarm()
        state, found = company.judge(operation, told)
        if told is not None and told["status"] and not any(s in told["said"] for s in TRUE):
            found.append(f"said: {told['said']}")
        became[state] += 1
        wrong += bool(found)
        for words in found:
            print(
                f"  {operation}, {way}, step {at} of {steps}: {words[:300]} … {words[-300:]}",
                flush=True,
            )
    print(f"{operation:20} {way:9} {steps:5} steps: {dict(became)}, {wrong} wrong", flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
