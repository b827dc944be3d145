"""Whole processes, measured from outside: wall time, and the most memory they held."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Run:
    """The medians of wall and processor time in seconds, the largest peak memory in MB, the last
    output. On a machine that has other work to do, trust the processor time."""

    seconds: float
    processor: float
    megabytes: float
    output: bytes


def measure(words: Sequence[str], times: int = 3, extra: Mapping[str, str] | None = None) -> Run:
    """Runs `python words…` that often, one after another."""
    seconds, processor, peaks, output = [], [], [], b""
    for _ in range(times):
        with tempfile.TemporaryFile() as out:
            start = time.perf_counter()
            child = subprocess.Popen(
                [sys.executable, *words],
                stdout=out,
                cwd=ROOT,
                env={
                    **os.environ,
                    "PYTHONPATH": str(ROOT),
                    # Compiled modules are kept, as where a person runs it.
                    "PYTHONDONTWRITEBYTECODE": "",
                    **(extra or {}),
                },
            )
            _, status, used = os.wait4(child.pid, 0)
            seconds.append(time.perf_counter() - start)
            processor.append(used.ru_utime + used.ru_stime)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                raise SystemExit(f"{words[0]} failed with status {child.returncode}")
            peaks.append(used.ru_maxrss / 1024)
            out.seek(0)
            output = out.read()
    return Run(statistics.median(seconds), statistics.median(processor), max(peaks), output)
