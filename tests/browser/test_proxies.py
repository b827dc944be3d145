"""The examples of the page on deploying, tried: under a path, over TLS, behind a login."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from cs_core.text import t
from cs_core.workspace import Workspace
from cs_core.workspace.links import make_link
from tests.browser.conftest import CHROMIUM, FLAGS, ROOT, Server, import_small

pytestmark = pytest.mark.browser
HOST, WHO, PASSWORD = "keizoku.example", "anna", "secret"
DEPLOY = (ROOT / "docs" / "how-to" / "deploy.md").read_text("utf-8")
UPLOADED = 2 << 20  # more than nginx lets through where nobody says so


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DEPLOY, re.S)
    assert found is not None
    return found[1]


def changed(text: str, changes: dict[str, str]) -> str:
    """The example with this machine's ports and files: each stands in it."""
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def nginx(folder: Path, port: int, app: int) -> list[str]:
    key, certificate, people = (folder / name for name in ("key.pem", "cert.pem", "people"))
    names = ["-subj", f"/CN={HOST}", "-keyout", str(key), "-out", str(certificate)]
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run(words, check=True, capture_output=True)
    people.write_text(f"{WHO}:{{PLAIN}}{PASSWORD}\n")
    site = changed(
        example("nginx"),
        {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/ssl/keizoku.pem": str(certificate),
            "/etc/ssl/keizoku.key": str(key),
            "/etc/nginx/keizoku.htpasswd": str(people),
            "127.0.0.1:8501": f"127.0.0.1:{app}",
        },
    )
    kept = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = (
        f"user root;\ndaemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{kept}{site}}}\n"
    )
    (folder / "nginx.conf").write_text(whole)
    return ["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]


def caddy(folder: Path, port: int, app: int) -> list[str]:
    made = ["caddy", "hash-password", "--plaintext", PASSWORD]
    hashed = subprocess.run(made, check=True, capture_output=True, text=True).stdout.strip()
    site = re.sub(rf"(?<={WHO} )\S+", lambda _: hashed, example("caddy"))
    site = changed(
        site,
        {
            f"{HOST} {{": f"{HOST}:{port} {{\ntls internal\nbind 127.0.0.1",
            "127.0.0.1:8501": f"127.0.0.1:{app}",
        },
    )
    alone = "admin off\nskip_install_trust\nauto_https disable_redirects"
    whole = f"{{\n{alone}\nstorage file_system {folder}/kept\n}}\n{site}"
    (folder / "Caddyfile").write_text(whole)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", f"{folder}/Caddyfile"]


@contextmanager
def running(words: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app under a path, as the example of a service starts it."""
    folder = tmp_path_factory.mktemp("below")
    service = dict(re.findall(r"^Environment=(\w+)=(.*)$", example("ini"), re.M))
    base = service["STREAMLIT_SERVER_BASE_URL_PATH"]
    settings = {
        "KEIZOKU_HOSTS": service["KEIZOKU_HOSTS"],
        "STREAMLIT_SERVER_BASE_URL_PATH": base,
    }
    app = Server(folder / "home", settings, base=f"/{base}")
    import_small(app, folder)
    app.start()
    yield app
    app.stop()


@pytest.mark.parametrize("proxy", [nginx, caddy])
def test_the_example_serves_the_app_below_a_path(
    below: Server, chromium: Any, tmp_path: Path, proxy: Callable[[Path, int, int], list[str]]
) -> None:
    if not shutil.which(proxy.__name__) or not shutil.which("openssl"):
        pytest.skip(f"needs {proxy.__name__} and openssl")
    port, app = free_port(), int(re.findall(r":(\d+)", below.url)[0])
    with running(proxy(tmp_path, port, app), port):
        rules = f"--host-resolver-rules=MAP {HOST}:443 127.0.0.1:{port}"
        browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, rules])
        try:
            used(browser, below, tmp_path)
        finally:
            browser.close()
        # Nobody without the password, and no name that is not the app's.
        assert status(port, "/keizoku/") == 401
        assert status(port, "/keizoku/_stcore/health") == 401
        assert status(port, "/keizoku/s/nothing") == 404
    assert status(app, "/keizoku/", host="evil.example", tls=False) == 403


def used(browser: Any, below: Server, folder: Path) -> None:
    """A page, an upload and a link, as a person has them."""
    context = browser.new_context(
        ignore_https_errors=True, http_credentials={"username": WHO, "password": PASSWORD}
    )
    page, wrong = context.new_page(), []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(f"https://{HOST}/keizoku/churn?dataset=small&lang=en")
    page.wait_for_selector(f"h1:has-text('{t('page.churn.title', 'en')}')", timeout=30_000)
    page.wait_for_selector("[data-testid=stVegaLiteChart] canvas, svg.marks", timeout=30_000)
    page.goto(f"https://{HOST}/keizoku/data?dataset=small&lang=en")
    large = folder / "large.csv"
    rows = "".join(f"A{n},2024-01-01,{'x' * 90},10\n" for n in range(UPLOADED // 110))
    large.write_text(f"account_id,start_date,plan,mrr\n{rows}")
    page.set_input_files("input[type=file]", str(large))
    page.get_by_role("button", name="Use these").wait_for(timeout=60_000)
    context.close()
    assert wrong == []
    workspace = Workspace(below.home)
    dataset = workspace.dataset("small").id
    token = make_link(workspace, dataset, "Frozen", "{}", b"<!doctype html><title>Frozen</title>")
    context = browser.new_context(ignore_https_errors=True)
    answer = context.new_page().goto(f"https://{HOST}/keizoku/s/{token}")
    assert answer.status == 200
    assert answer.headers["content-security-policy"] == "sandbox allow-scripts"
    context.close()


def status(port: int, path: str, *, host: str = HOST, tls: bool = True) -> int:
    """What somebody without a password is answered."""
    connection = HTTPConnection(host)
    connection.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    if tls:
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        connection.sock = anybody.wrap_socket(connection.sock, server_hostname=host)
    connection.request("GET", path)
    found = connection.getresponse().status
    connection.close()
    return found
