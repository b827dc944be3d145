"""A fresh server with a workspace of its own, and a Chromium that notes every request."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cs_core import datasets
from cs_core.workspace import Workspace
from tests.ui.hostile import write_subscriptions

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
FLAGS = [
    f"--{flag}"
    for flag in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
    )
]


@dataclass
class Server:
    """`url` of a running app, below the path `base`; `start` begins a new one on the same
    workspace. `reached` lists what it looked up or spoke to beyond this machine."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    base: str = ""
    url: str = ""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.stop()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}{self.base}"
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={
                **os.environ,
                "KEIZOKU_HOME": str(self.home),
                "PYTHONPATH": str(Path(__file__).parent / "watched"),
                "WATCHED": str(self._watched),
                **self.settings,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2).close()
                return
            except OSError:
                time.sleep(0.2)
        raise TimeoutError("the app did not start")

    @property
    def _watched(self) -> Path:
        return self.home.with_name(f"{self.home.name}-reached.txt")

    @property
    def reached(self) -> list[str]:
        return self._watched.read_text("utf-8").splitlines()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A fresh server without data."""
    running = Server(tmp_path / "home")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that all tests share, with the small company in its workspace."""
    folder = tmp_path_factory.mktemp("small")
    running = Server(folder / "home")
    import_small(running, folder)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the sample in its workspace."""
    running = Server(tmp_path_factory.mktemp("sample") / "home")
    datasets.import_files(datasets.sample_files(), "sample", Workspace(running.home))
    running.start()
    yield running
    running.stop()


def import_small(server: Server, folder: Path) -> None:
    path = folder / "subscriptions.csv"
    write_subscriptions(path)
    datasets.import_files([path], "small", Workspace(server.home))


@dataclass
class Watched:
    """A page, the addresses it asked for, the dialogs a script opened, what its own scripts broke
    on (a chart that cannot be drawn, for one), and what its console called an error."""

    page: Any
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def hear(self, message: Any) -> None:
        if message.type == "error":
            self.console.append(message.text)

    def settle(self, expect: str) -> None:
        """Waits until the title is there and nothing runs."""
        self.page.wait_for_selector(f"h1:has-text('{expect}')", timeout=30_000)
        self.page.wait_for_function(
            "() => !document.querySelector('[data-testid=stStatusWidget]')", timeout=30_000
        )
        self.page.wait_for_timeout(1200)

    def unfold(self, expect: str) -> None:
        """Opens all that is folded on the page, which is drawn only then."""
        for fold in self.page.locator("[class*='st-key-fold-'] summary").all():
            fold.click()
            self.settle(expect)

    def outside(self, server: Server) -> list[str]:
        allowed = (server.url, server.url.replace("http", "ws"), "data:", "blob:", "about:")
        return [address for address in self.requests if not address.startswith(allowed)]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None and os.environ.get("KEIZOKU_BROWSER") == "required":
        pytest.fail("there is no Chromium on this machine")
    if CHROMIUM is None:
        pytest.skip("needs a Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Watched]]:
    contexts = []
    pages: list[Watched] = []

    def go(address: str, width: int = 1280, theme: str = "light") -> Watched:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, locale="en-US"
        )
        contexts.append(context)
        watched = Watched(context.new_page())
        pages.append(watched)
        watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
        watched.page.on("console", watched.hear)
        watched.page.on("request", lambda request: watched.requests.append(request.url))
        watched.page.on("websocket", lambda socket: watched.requests.append(socket.url))
        watched.page.on(
            "dialog", lambda dialog: (watched.dialogs.append(dialog.message), dialog.dismiss())
        )
        watched.page.goto(address)
        return watched

    yield go
    for context in contexts:
        context.close()
    assert [error for watched in pages for error in watched.errors] == []
