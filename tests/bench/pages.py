"""What a page costs the server: wall time and processor time, without a test harness.

    python -m tests.bench.pages                     1 000 000 subscriptions
    python -m tests.bench.pages --size 65000 --times 9

Starts the app as a person does and speaks to it as a browser does, over its websocket. For every
page: opened for the first time since the server started (cold), run again with nothing changed,
and on Lifetime value a slider moved to a value not asked before. Processor time is that of the
whole server process; on a machine that has other work to do, trust it and not the wall.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

from tests.bench.processes import ROOT, measure

BENCH = "tests/bench"
# The address part of each page; the first is the one the app opens with.
PAGES = ("", "retention", "churn", "lifetime_value", "accounts_at_risk", "renewals", "definitions")
SLIDING = "lifetime_value"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--pages", nargs="+", default=PAGES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KEIZOKU_HOME"] = os.environ.get("KEIZOKU_HOME") or str(Path(folder) / "home")
        if not any((Path(os.environ["KEIZOKU_HOME"]) / "datasets").glob("*/*")):
            file = Path(folder) / "subscriptions.parquet"
            measure([f"{BENCH}/made.py", str(file), str(given.size)], 1)
            measure(["-m", "cs_core", "import", str(file), "--dataset", "b"], 1)
        print(f"{'':18} {'cold':>17} {'again':>17} {'slider moved':>17}   (wall, processor)")
        for page in given.pages:
            with server() as (port, process):
                one_page(port, process, page, given.times)


def one_page(port: int, process: subprocess.Popen[bytes], page: str, times: int) -> None:
    with Browser(port, process.pid) as browser:
        browser.run()  # the first screen, as after starting the app
        words = [browser.run(page) if page else browser.first]
        again = [browser.run(page) for _ in range(times + 1)][1:]
        moved: list[Spent] = []
        if page == SLIDING:
            moved = [browser.slide(page, step) for step in range(1, times + 1)]
        print(f"{page or 'overview':18} {words[0]} {middle(again)} {middle(moved)}", flush=True)


@dataclass(frozen=True)
class Spent:
    """Seconds until the script had finished, and processor seconds of the server."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall * 1000:6.0f} {self.processor * 1000:6.0f} ms"


def middle(spent: list[Spent]) -> str:
    if not spent:
        return ""
    wall = statistics.median(one.wall for one in spent)
    return str(Spent(wall, statistics.median(one.processor for one in spent)))


@dataclass
class Browser:
    """One visitor's connection. Widgets keep the values the server gave them, but for those
    moved here."""

    port: int
    pid: int
    first: Spent = Spent(0, 0)
    _pages: dict[str, str] = field(default_factory=dict)
    _sliders: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    _widgets: dict[str, WidgetState] = field(default_factory=dict)

    def __enter__(self) -> Browser:
        self._open = ExitStack()
        self._socket: ClientConnection = self._open.enter_context(
            connect(
                f"ws://127.0.0.1:{self.port}/_stcore/stream",
                subprotocols=["streamlit"],  # type: ignore[list-item]
                origin=f"http://127.0.0.1:{self.port}",  # type: ignore[arg-type]
                max_size=None,
            )
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def run(self, page: str | None = None) -> Spent:
        """Runs the script to its end, at a page by its address."""
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string = "dataset=b&lang=en"
        if page is not None:
            asked.page_script_hash = self._pages[page]
        asked.widget_states.widgets.extend(self._widgets.values())
        wall, processor = time.perf_counter(), self._processor()
        self._socket.send(message.SerializeToString())
        self._read()
        spent = Spent(time.perf_counter() - wall, self._processor() - processor)
        if page is None:
            self.first = spent
        time.sleep(0.3)  # collecting garbage and the like is done before the next
        return spent

    def slide(self, page: str, step: int) -> Spent:
        """Moves the first slider that has room for it by so many steps."""
        slider, (value, most, size) = next(iter(self._sliders.items()))
        target = value + step * size
        moved = WidgetState(id=slider)
        moved.double_array_value.data.append(target if target <= most else value - step * size)
        self._widgets[slider] = moved
        return self.run(page)

    def _read(self) -> None:
        while True:
            message = ForwardMsg()
            received = self._socket.recv(timeout=600)
            message.ParseFromString(received if isinstance(received, bytes) else received.encode())
            kind = message.WhichOneof("type")
            if kind == "navigation":
                for page in message.navigation.app_pages:
                    address = "" if page.is_default else page.url_pathname
                    self._pages[address] = page.page_script_hash
            elif kind == "delta" and message.delta.new_element.HasField("slider"):
                slider = message.delta.new_element.slider
                if slider.id not in self._sliders:
                    self._sliders[slider.id] = (slider.default[0], slider.max, slider.step)
            elif kind == "delta" and message.delta.new_element.HasField("exception"):
                raise SystemExit(message.delta.new_element.exception.message)
            elif kind == "delta" and message.delta.new_element.alert.format == Alert.ERROR:
                raise SystemExit(message.delta.new_element.alert.body)
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    continue
                return

    def _processor(self) -> float:
        # Linux' number for the clock of another process, which counts nanoseconds.
        return time.clock_gettime((~self.pid << 3) | 2)


@contextmanager
def server() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [*("-m", "streamlit", "run", "app.py"), "--server.headless", "true"]
    process = subprocess.Popen(
        [sys.executable, *words, "--server.port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        time.sleep(1)
        yield port, process
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
