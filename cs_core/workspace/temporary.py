"""A folder of this process inside the workspace for what does not outlive it: uploads, what does
not fit into memory, a backup being made. What an ended process left is removed at the next start.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from cs_core.workspace.locks import Busy, Lock

_FOLDER = "temporary"
_own: dict[Path, tuple[Path, Lock]] = {}
_lock = threading.Lock()


def folder(home: Path) -> Path:
    """The same for the whole process, and locked while it lives. Where the workspace can only be
    read it is one of the system's, under a name nobody can guess."""
    with _lock:
        found = _own.get(home)
        if found is not None and found[0].is_dir():
            return found[0]
        while True:
            try:
                (home / _FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
                made = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=home / _FOLDER))
            except OSError:
                made = Path(tempfile.mkdtemp(prefix="keizoku-"))
            with suppress(Busy, FileNotFoundError):  # a start may take it for one left behind
                _own[home] = (made, Lock(made, shared=True, folder=True))
                return made


def discard(home: Path, path: Path) -> None:
    """Takes a folder out of its place at once, and then removes it: interrupted in between, it is
    removed at the next start. An OSError says that it is still in its place."""
    (home / _FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
    gone = home / _FOLDER / f"removed-{secrets.token_hex(8)}"
    path.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def clean(home: Path) -> None:
    """Removes what ended processes left. Who lives holds a lock on its folder."""
    with suppress(OSError):
        for name in os.listdir(home / _FOLDER):
            with suppress(Busy, OSError), Lock(home / _FOLDER / name, folder=True):
                shutil.rmtree(home / _FOLDER / name, ignore_errors=True)
