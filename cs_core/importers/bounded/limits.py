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
    """At most `memory` bytes of address space, `most` after `more_memory`, and `seconds` of every
    processor. What needs more time is ended by SIGXCPU."""
    if resource is None:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, max(memory, most)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    cpu = max(1, round(seconds * (os.cpu_count() or 1)))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))


def more_memory() -> None:
    if resource is not None:
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def memory() -> int | None:
    """Bytes of address space this process may have; None: no bound."""
    if resource is None or resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
        return None
    most: int = resource.getrlimit(resource.RLIMIT_AS)[0]
    return most


def end_with_parent(parent: int) -> None:
    """The system kills this process when `parent` ends, however it ends; on Linux only."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # ended before it could be watched
        os._exit(1)
