"""Failures injected one at a time at every step that can fail: each write, rename, removal, flush
and commit of an operation, in the order they come.

`Faults` counts the steps an operation takes; run again with `at`, the step of that number fails
as a full disk does, and with `for_good` so do all after it (as on a disk that stays full, or in a
process that is killed: nothing that cleans up gets through either).
"""

from __future__ import annotations

import builtins
import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Faults:
    """Steps are counted, and the one `at` fails, while the block lasts."""

    def __init__(self, home: Path, at: int | None = None, *, for_good: bool = False) -> None:
        self.home, self.at, self.for_good = str(home), at, for_good
        self.steps = 0
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> Faults:
        for name in ("fsync", "rename", "replace", "mkdir", "unlink", "rmdir", "link", "chmod"):
            self._patch.setattr(os, name, self._failing(getattr(os, name)))
        self._patch.setattr(os, "open", self._opening(os.open))
        self._patch.setattr(builtins, "open", self._opening_by_mode(builtins.open))
        self._patch.setattr("io.open", self._opening_by_mode(builtins.open))
        self._patch.setattr(shutil, "copyfileobj", self._failing(shutil.copyfileobj))
        real = sqlite3.connect
        self._patch.setattr(
            sqlite3, "connect", lambda *a, **k: real(*a, **{**k, "factory": self._connection()})
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.undo()

    def _step(self) -> None:
        self.steps += 1
        if self.at is not None and (
            self.steps == self.at or (self.for_good and self.steps > self.at)
        ):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _failing(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*given: Any, **named: Any) -> Any:
            self._step()
            return real(*given, **named)

        return step

    def _opening(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(path: Any, flags: int, *given: Any, **named: Any) -> Any:
            if flags & WRITING:
                self._step()
            return real(path, flags, *given, **named)

        return step

    def _opening_by_mode(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(file: Any, mode: str = "r", *given: Any, **named: Any) -> Any:
            if set(mode) & set("wax+") and not isinstance(file, int):
                self._step()
            return real(file, mode, *given, **named)

        return step

    def _connection(self) -> type[sqlite3.Connection]:
        faults = self

        class Connection(sqlite3.Connection):
            has_written = False

            def execute(self, statement: str, *given: Any) -> sqlite3.Cursor:
                word = statement.split(maxsplit=1)[0].upper()
                writes = word in ("INSERT", "UPDATE", "DELETE", "CREATE", "VACUUM")
                if writes or (word == "COMMIT" and self.has_written):
                    try:
                        faults._step()
                    except OSError as full:
                        error = sqlite3.OperationalError("database or disk is full")
                        error.sqlite_errorname = "SQLITE_FULL"
                        raise error from full
                self.has_written = writes or (self.has_written and word != "BEGIN")
                return super().execute(statement, *given)

        return Connection
