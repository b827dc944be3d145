"""Locks between processes, and between threads of one: the kernel lets go of them when their
holder is killed, so a lock is never stale, whatever process id its file still shows."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, shared: bool) -> None:
        # Windows has no shared byte lock; readers there are kept safe by open files instead.
        if not shared:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int, shared: bool) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


class Busy(Exception):  # noqa: N818 - a state of the lock, not a fault
    """Somebody else holds the lock; `holder` is the process id in its file, or None."""

    def __init__(self, holder: int | None) -> None:
        super().__init__(holder)
        self.holder = holder


class Lock:
    """Held from construction to `close()`. Raises Busy at once instead of waiting.

    The lock is a file, made where it is missing, into which an exclusive holder writes its
    process id; or with `folder` a folder that is there: FileNotFoundError where it is not, or
    where whoever held it before has removed it.
    """

    def __init__(self, path: Path, *, shared: bool = False, folder: bool = False) -> None:
        self._descriptor = -1
        if folder and os.name == "nt":
            return  # Windows cannot open a folder, and does not remove one with open files
        try:
            descriptor = os.open(path, os.O_RDONLY if folder else os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            if not shared or folder or error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            # Who may only read the workspace can still see to it that it stays as it is.
            descriptor = os.open(path, os.O_RDONLY)
        try:
            _lock(descriptor, shared)
            if folder:
                os.stat(path)
            elif not shared:
                os.ftruncate(descriptor, 0)
                os.write(descriptor, str(os.getpid()).encode())
        except OSError as error:
            os.close(descriptor)
            if error.errno in (errno.EAGAIN, errno.EACCES):
                raise Busy(_process_id(path)) from error
            raise
        self._descriptor = descriptor

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _process_id(path: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int(path.read_text("ascii"))
    return None
