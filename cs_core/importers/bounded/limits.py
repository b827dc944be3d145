"""Bounds a process sets on itself: memory, processor time, and its parent's life.

Windows has none of them; there time is bounded by the parent alone.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Any

resource: Any
try:
    import resource
except ImportError:  # Windows
    resource = None

_PR_SET_PDEATHSIG = 1
_lifted = False


def lift() -> None:
    """From now on files are read in this process, whatever they need."""
    global _lifted
    _lifted = True


def lifted() -> bool:
    return _lifted


def bound(memory: int, most: int, seconds: float) -> None:
    """At most `memory` bytes, `most` after `more_memory`, and `seconds` of every processor. What
    needs more time is ended by SIGXCPU.

    What can be bound is address space. Libraries that are loaded take more of it than of memory,
    on one machine more than on another, so that is added."""
    if resource is None:
        return
    mapped = _mapped()
    resource.setrlimit(resource.RLIMIT_AS, (memory + mapped, max(memory, most) + mapped))
    _bound_time(seconds)


def bound_data(memory: int, seconds: float) -> None:
    """The same of a process that also draws: at most `memory` bytes that can be written to. What
    draws charts reserves far more addresses than it ever uses."""
    if resource is None:
        return
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    _bound_time(seconds)


def _bound_time(seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    cpu = max(1, round(seconds * (os.cpu_count() or 1)))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))


def _mapped() -> int:
    """Bytes of address space that this process has and does not use; 0 where nobody says."""
    try:
        with open("/proc/self/statm", "rb") as said:
            size, resident = map(int, said.read().split()[:2])
    except OSError:
        return 0
    return (size - resident) * int(resource.getpagesize())


def more_memory() -> None:
    if resource is not None:
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def memory() -> int | None:
    """Bytes this process may have, of addresses or of data; None: no bound."""
    kinds = (resource.RLIMIT_AS, resource.RLIMIT_DATA) if resource is not None else ()
    limits = [resource.getrlimit(kind)[0] for kind in kinds]
    known = [limit for limit in limits if limit != resource.RLIM_INFINITY]
    return min(known, default=None)


def end_with_parent(parent: int) -> None:
    """The system kills this process when `parent` ends, however it ends; on Linux only."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # ended before it could be watched
        os._exit(1)
