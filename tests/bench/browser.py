"""The app as a browser sees it: started as a person starts it, and spoken to over its websocket."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs, UploadedFileInfo
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

from tests.bench.processes import ROOT

# What says a figure; widgets have keys of their session.
_FIGURES = ("markdown", "metric", "dataframe", "vega_lite_chart", "html", "text", "table")


@dataclass(frozen=True)
class Spent:
    """Seconds until the script had finished, and processor seconds of the server."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall * 1000:6.0f} {self.processor * 1000:6.0f} ms"


class Wrong(Exception):  # noqa: N818 - what a page says, not a fault of the bench
    """A page said that something failed."""


@dataclass
class Browser:
    """One visitor's connection. Widgets keep the values the server gave them, but for those
    moved here."""

    port: int
    pid: int
    dataset: str = "b"
    language: str = "en"
    first: Spent = Spent(0, 0)
    _pages: dict[str, str] = field(default_factory=dict)
    _sliders: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    _widgets: dict[str, WidgetState] = field(default_factory=dict)
    _shown: dict[tuple[int, ...], Delta] = field(default_factory=dict)
    _known: dict[str, Delta] = field(default_factory=dict)  # what the server does not send twice
    _uploader: str = ""
    _session: str = ""

    def __enter__(self) -> Browser:
        self._open = ExitStack()
        self._socket: ClientConnection = self._open.enter_context(
            connect(
                f"ws://127.0.0.1:{self.port}/_stcore/stream",
                subprotocols=["streamlit"],  # type: ignore[list-item]
                origin=f"http://127.0.0.1:{self.port}",  # type: ignore[arg-type]
                max_size=None,
                ping_interval=None,
            )
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def pages(self) -> list[str]:
        """The address part of every page of the menu; known once the script has run."""
        return list(self._pages)

    def run(self, page: str | None = None) -> Spent:
        """Runs the script to its end, at a page by its address. Raises Wrong."""
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string = f"dataset={self.dataset}&lang={self.language}"
        if page is not None:
            asked.page_script_hash = self._pages[page]
        asked.widget_states.widgets.extend(self._widgets.values())
        self._shown = {}
        wall, processor = time.perf_counter(), self._processor()
        self._send(message)
        self._read()
        spent = Spent(time.perf_counter() - wall, self._processor() - processor)
        if page is None:
            self.first = spent
        return spent

    def slide(self, page: str, step: int) -> Spent:
        """Moves the first slider that has room for it by so many steps."""
        slider, (value, most, size) = next(iter(self._sliders.items()))
        target = value + step * size
        moved = WidgetState(id=slider)
        moved.double_array_value.data.append(target if target <= most else value - step * size)
        self._widgets[slider] = moved
        return self.run(page)

    def figures(self) -> str:
        """One short text for all that the last run showed of figures: two that are not the same
        showed something else. Where on the page it stands does not count, nor does what it said
        while it was working."""
        parts = []
        for _, delta in sorted(self._shown.items()):
            element = delta.new_element
            kind = element.WhichOneof("type")
            if kind in _FIGURES and ":gray[Working" not in element.markdown.body:
                said = getattr(element, kind)
                if "id" in said.DESCRIPTOR.fields_by_name:
                    said.id = ""
                parts.append(f"{kind} {said.SerializeToString(deterministic=True)!r}")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def upload(self, file: Path) -> None:
        """Sends a file to the page's uploader, and runs the page with it until it has ended."""
        message = BackMsg()
        message.file_urls_request.request_id = "r"
        message.file_urls_request.session_id = self._session
        message.file_urls_request.file_names.append(file.name)
        self._send(message)
        while (received := self._next()).WhichOneof("type") != "file_urls_response":
            pass
        urls = received.file_urls_response.file_urls[0]
        _put(self.port, urls, file)
        state = WidgetState(id=self._uploader)
        state.file_uploader_state_value.uploaded_file_info.append(
            UploadedFileInfo(
                name=file.name, size=file.stat().st_size, file_id=urls.file_id, file_urls=urls
            )
        )
        self._widgets[self._uploader] = state
        self.run("data")

    def said(self) -> str:
        """The words of alerts that the last run showed."""
        alerts = (d.new_element.alert for d in self._shown.values())
        return " ".join(alert.body for alert in alerts if alert.body)

    def _send(self, message: BackMsg) -> None:
        self._socket.send(message.SerializeToString())

    def _next(self) -> ForwardMsg:
        received = self._socket.recv(timeout=600)
        return ForwardMsg.FromString(received if isinstance(received, bytes) else received.encode())

    def _read(self) -> None:
        wrong = ""
        while True:
            message = self._next()
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._session = message.new_session.initialize.session_id
            elif kind == "navigation":
                for page in message.navigation.app_pages:
                    address = "" if page.is_default else page.url_pathname
                    self._pages[address] = page.page_script_hash
            elif kind in ("delta", "ref_hash"):
                wrong = self._take(message) or wrong
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    wrong = ""
                    continue
                if wrong:
                    raise Wrong(wrong)
                return

    def _take(self, message: ForwardMsg) -> str:
        """Keeps what is shown; what it says of a failure."""
        delta = message.delta
        if message.ref_hash:
            delta = self._known[message.ref_hash]
        self._known[message.hash or message.ref_hash] = delta
        self._shown[tuple(message.metadata.delta_path)] = delta
        element = delta.new_element
        if element.HasField("slider") and element.slider.id not in self._sliders:
            slider = element.slider
            self._sliders[slider.id] = (slider.default[0], slider.max, slider.step)
        elif element.HasField("file_uploader"):
            self._uploader = element.file_uploader.id
        elif element.HasField("exception"):
            return element.exception.message or element.exception.type
        elif element.HasField("alert") and element.alert.format == Alert.ERROR:
            return element.alert.body
        return ""

    def _processor(self) -> float:
        # Linux' number for the clock of another process, which counts nanoseconds.
        return time.clock_gettime((~self.pid << 3) | 2)


def _put(port: int, urls: FileURLs, file: Path) -> None:
    """Sends the bytes as a browser's form does, with the token that it was given."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health") as answer:
        cookie = answer.headers["Set-Cookie"].split(";")[0]
    head = f'--b\r\nContent-Disposition: form-data; name="f"; filename="{file.name}"\r\n\r\n'
    to = HTTPConnection("127.0.0.1", port, timeout=120)
    to.request(
        "PUT",
        urls.upload_url,
        head.encode() + file.read_bytes() + b"\r\n--b--\r\n",
        {
            "Cookie": cookie,
            "X-Xsrftoken": cookie.partition("=")[2],
            "Content-Type": "multipart/form-data; boundary=b",
        },
    )
    if to.getresponse().status != 204:
        raise SystemExit("the upload was refused")
    to.close()


@contextmanager
def server() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A running app and its port."""
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
