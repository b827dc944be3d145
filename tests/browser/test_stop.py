"""The app is told to end while a file is read: it ends, and the dataset is what it was."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

from websockets.exceptions import ConnectionClosed

from cs_core.workspace import Workspace
from cs_core.workspace.doctor import examine
from tests.bench.browser import Browser, Wrong
from tests.browser.conftest import Server, import_small

ROWS, LONGEST = 60_000, 15.0


def children(pid: int) -> set[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}


def runs(pid: int) -> bool:
    """Whether the process is there, and not merely remembered until its parent asks."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_an_import_is_stopped_and_leaves_nothing(server: Server, tmp_path: Path) -> None:
    import_small(server, tmp_path)
    before = Workspace(server.home).dataset("small").version
    process = server.process
    assert process is not None
    large = tmp_path / "large.csv"
    rows = "".join(f"A{n},2024-01-{n % 28 + 1:02},{n % 90}.5\n" for n in range(ROWS))
    large.write_text(f"account_id,start_date,mrr\n{rows}")

    def bring() -> None:
        port = int(server.url.rpartition(":")[2])
        with suppress(ConnectionClosed, Wrong, OSError), Browser(port, process.pid, "small") as one:
            one.run()
            one.run("data")
            one.upload(large)

    person = threading.Thread(target=bring, daemon=True)
    person.start()
    deadline, reading = time.monotonic() + 60, set[int]()
    while not reading and time.monotonic() < deadline:
        reading = children(process.pid)
        time.sleep(0.01)
    assert reading  # it is being read

    process.send_signal(signal.SIGTERM)
    process.wait(LONGEST)
    deadline = time.monotonic() + LONGEST
    while any(map(runs, reading)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(runs, reading))
    person.join(LONGEST)
    after = Workspace(server.home)
    assert after.dataset("small").version == before
    assert examine(after) == []
