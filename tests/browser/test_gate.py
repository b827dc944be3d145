"""Who may speak to a running server, and that it speaks to nobody. Few need a browser."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from cs_core.text import LANGUAGES, t
from pages.frame import quota
from tests.browser.conftest import ROOT, Server, Watched

FOREIGN = "http://evil.example"
STREAM = "/_stcore/stream"
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def status(server: Server, path: str, **headers: str | None) -> int:
    """What a request with exactly these headers is answered with; `Host` and, of a websocket,
    `Origin` are the server's own unless they are given."""
    own = urlsplit(server.url).netloc
    sent: dict[str, str | None] = {"Host": own}
    if path == STREAM:
        sent |= {**UPGRADE, "Origin": server.url}
    lines = [f"{name}: {value}" for name, value in (sent | headers).items() if value is not None]
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0), 20) as line:
        line.sendall("\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode())
        return int(line.recv(64).split()[1])


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": FOREIGN},
        {"Origin": "null"},
        {"Origin": None},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": FOREIGN},
        {"Host": "127.0.0.1.evil.example", "Origin": "http://127.0.0.1.evil.example"},
        {"Origin": "https://name.streamlit.app"},
        {"Origin": "http://localhost:1"},
    ],
)
def test_a_websocket_of_another_page_is_refused(
    small: Server, headers: dict[str, str | None]
) -> None:
    assert status(small, STREAM, **headers) == 403


def test_the_apps_own_page_is_let_in(small: Server) -> None:
    port = urlsplit(small.url).port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"):
        assert status(small, STREAM, Host=host, Origin=f"http://{host}") == 101
        assert status(small, "/", Host=host) == 200


@pytest.mark.parametrize("path", ["/", "/churn", "/_stcore/health", "/_stcore/host-config"])
def test_a_name_that_someone_let_point_here_and_a_foreign_page_get_nothing(
    small: Server, path: str
) -> None:
    assert status(small, path, Host="evil.example") == 403
    assert status(small, path, Host=None) >= 400
    assert status(small, path, Origin=FOREIGN) == 403


def test_what_the_server_answers_to_nobody(small: Server) -> None:
    assert status(small, "/_stcore/metrics") == 404
    assert status(small, "/churn/_stcore/metrics") == 404
    with urllib.request.urlopen(f"{small.url}/_stcore/host-config") as answer:
        assert b'"allowedOrigins":[]' in answer.read()


def test_the_server_looked_up_and_spoke_to_nobody(small: Server) -> None:
    """Neither at its start, nor for requests of foreign pages, nor in a session's runs."""
    for origin in (FOREIGN, "http://other.example:8501", None):
        status(small, STREAM, Origin=origin)
    with session(small):
        assert small.reached == []


def test_what_watches_the_server_sees_a_lookup(tmp_path: Path) -> None:
    watched = tmp_path / "reached.txt"
    subprocess.run(
        [sys.executable, "-c", "import socket; socket.getaddrinfo('evil.invalid', 80)"],
        env={
            "PYTHONPATH": str(ROOT / "tests" / "browser" / "watched"),
            "WATCHED": str(watched),
        },
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert watched.read_text("utf-8") == "socket.getaddrinfo evil.invalid\n"


# -- uploads ------------------------------------------------------------------------------


@contextmanager
def session(server: Server) -> Iterator[str]:
    """The id of a session whose first run has begun, as a browser is told it."""
    with connect(
        f"{server.url.replace('http', 'ws')}{STREAM}",
        origin=server.url,  # type: ignore[arg-type]
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=None,
    ) as line:
        asked = BackMsg()
        asked.rerun_script.query_string = "lang=en"
        line.send(asked.SerializeToString())
        while True:
            told = ForwardMsg.FromString(line.recv(30))  # type: ignore[arg-type]
            if told.WhichOneof("type") == "new_session":
                break
        yield told.new_session.initialize.session_id


class Uploader:
    """Sends files as the browser does, with the token that it was given."""

    def __init__(self, server: Server) -> None:
        self._to = urlsplit(server.url)
        with urllib.request.urlopen(f"{server.url}/_stcore/health") as answer:
            cookie = answer.headers["Set-Cookie"].split(";")[0]
        self._headers = {"Cookie": cookie, "X-Xsrftoken": cookie.partition("=")[2]}
        self._headers["Content-Type"] = "multipart/form-data; boundary=b"

    def put(self, session: str, name: str, size: int, **headers: str) -> int:
        """In pieces and without a length, as someone would who hides it."""
        head = f'--b\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'
        pieces = [head.encode(), *[b"x" * 65_536] * (size // 65_536), b"\r\n--b--\r\n"]
        to = HTTPConnection(self._to.hostname or "", self._to.port, timeout=20)
        try:
            to.request(
                "PUT",
                f"/_stcore/upload_file/{session}/{name}",
                iter(pieces),
                self._headers | headers,
                encode_chunked=True,
            )
            return to.getresponse().status
        except (BrokenPipeError, ConnectionResetError):
            return 413  # refused, and the line closed, while pieces were still on their way
        finally:
            to.close()


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Server]:
    """A server that takes files of one megabyte."""
    running = Server(tmp_path / "home", {"STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "1"})
    running.start()
    yield running
    running.stop()


def test_a_session_may_hold_so_much_and_all_together_so_much(narrow: Server) -> None:
    uploader, megabyte = Uploader(narrow), 2**20
    size = megabyte - 65_536
    with session(narrow) as one, session(narrow) as two, session(narrow) as three:
        first = [uploader.put(one, f"a{n}", size) for n in range(30)]
        others = [uploader.put(name, f"b{n}", size) for name in (two, three) for n in range(5)]

    assert first.count(204) == quota.FILES_A_SESSION
    assert set(first) == {204, 413}
    assert first.count(204) + others.count(204) == quota.FILES_IN_ALL


def test_an_upload_without_its_token_is_refused(narrow: Server) -> None:
    uploader = Uploader(narrow)
    with session(narrow) as own:
        assert uploader.put(own, "a", 65_536, **{"X-Xsrftoken": "x"}) == 403
        assert uploader.put("0" * 36, "a", 65_536) == 400
        assert uploader.put(own, "a", 65_536) == 204


@pytest.mark.browser
def test_the_page_says_why_a_file_was_not_taken(
    narrow: Server, open_page: Callable[..., Watched], tmp_path: Path
) -> None:
    seen = open_page(f"{narrow.url}/data?lang=ja")
    seen.settle(t("page.data.first.title", "ja"))
    paths = [tmp_path / f"f{n}.csv" for n in range(4)]
    for path in paths:
        path.write_text("account_id,start_date,mrr\n" + "A,2024-01-01,5\n" * 65_000, "utf-8")

    seen.page.set_input_files("input[type=file]", [str(path) for path in paths])

    said = t("trouble.too_much_uploaded", "ja")
    seen.page.get_by_text(said).wait_for(timeout=60_000)


# -- other pages, and other machines ------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("fields", ["?lang=en", "?lang=en&embed=true"])
def test_another_sites_page_cannot_frame_the_app(
    small: Server, chromium: object, fields: str, tmp_path: Path
) -> None:
    framing = f'<iframe src="{small.url}/{fields}" width="900" height="600"></iframe>'
    (tmp_path / "index.html").write_text(framing, "utf-8")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    site = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    page = chromium.new_page()  # type: ignore[attr-defined]
    page.goto(f"http://127.0.0.1:{site.server_address[1]}/")
    page.wait_for_timeout(3000)

    framed = page.frames[1]
    assert framed.url.startswith("chrome-error:")
    page.close()
    site.shutdown()
    site.server_close()


def test_a_server_for_the_network_is_not_started_unless_told_so_in_words(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0"]
    ended = subprocess.run(
        [*command, "--server.address", "0.0.0.0"],
        cwd=ROOT,
        env={"KEIZOKU_HOME": str(tmp_path), "KEIZOKU_LISTEN": "yes", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2
    for language in LANGUAGES:
        opening = t("trouble.listen", language, address="0.0.0.0", setting="").partition("0.0")[0]
        assert opening in ended.stderr
    assert "Traceback" not in ended.stderr
