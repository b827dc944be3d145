"""What the middleware lets through, without a server."""

from __future__ import annotations

from typing import Any

import pytest

from pages.frame import server
from tests.ui.asgi import asked

OWN = "127.0.0.1:8501"


def answer(
    path: str = "/", *, kind: str = "http", at: str = "127.0.0.1", query: str = "", **headers: str
) -> tuple[int, dict[str, str]]:
    """Status and headers; 299 and 101 are the app's own, behind the gate."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    whole: Any = app
    for part in reversed(server.MIDDLEWARE):
        whole = part.cls(whole, *part.args, **part.kwargs)
    scope = {
        "type": kind,
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "server": (at, 8501),
        "headers": [(n.lower().encode(), v.encode("latin-1")) for n, v in headers.items()],
    }
    sent = asked(whole, scope)
    if kind == "websocket":
        return (101 if sent[0]["type"] == "websocket.accept" else 403), {}
    return sent[0]["status"], {n.decode(): v.decode() for n, v in sent[0]["headers"]}


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (OWN, f"http://{OWN}"),
        (OWN, f"https://{OWN}"),
        ("LOCALHOST:8501", "http://localhost:8501"),
        ("[::1]:8501", "http://[::1]:8501"),
        ("localhost", "http://localhost"),
    ],
)
def test_its_own_pages_are_heard(host: str, origin: str) -> None:
    assert answer(kind="websocket", Host=host, Origin=origin)[0] == 101
    assert answer(Host=host)[0] == 299


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (OWN, ""),
        (OWN, "null"),
        (OWN, "http://evil.example"),
        (OWN, f"http://{OWN}.evil.example"),
        (OWN, "http://127.0.0.1:8502"),
        (OWN, "file://"),
        (OWN, f"ftp://{OWN}"),
        (OWN, f"http://{OWN}/"),
        ("evil.example", "http://evil.example"),
        ("localhost@evil.example", "http://localhost@evil.example"),
        ("localhost:8501:8501", "http://localhost:8501:8501"),
        ("", "http://"),
        ("127.1", "http://127.1"),
        ("192.168.1.5:8501", "http://192.168.1.5:8501"),
        ("localhost\u00e9", "http://localhost\u00e9"),
        ("localhost, evil.example", f"http://{OWN}"),
    ],
)
def test_others_are_not(host: str, origin: str) -> None:
    assert answer(kind="websocket", Host=host, Origin=origin)[0] == 403
    assert answer(Host=host, Origin=origin)[0] == 403


def test_a_host_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(server.HOSTS, "Keizoku.example, 192.168.1.5")
    for host in ("keizoku.example", "192.168.1.5:8501", OWN):
        assert answer(kind="websocket", Host=host, Origin=f"https://{host}")[0] == 101
    assert answer(Host="example")[0] == 403


def test_the_network_is_heard_only_when_told_so_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(at="192.168.1.5", Host=OWN)[0] == 403
    monkeypatch.setenv(server.LISTEN, "1")
    assert answer(at="192.168.1.5", Host=OWN)[0] == 403
    monkeypatch.setenv(server.LISTEN, server.CONSENT)
    assert answer(at="192.168.1.5", Host=OWN)[0] == 299


@pytest.mark.parametrize(
    ("query", "frame", "ancestors"),
    [
        ("", "DENY", "frame-ancestors 'none'"),
        ("embed=false", "DENY", "frame-ancestors 'none'"),
        ("lang=en&embed=true", "SAMEORIGIN", "frame-ancestors 'self'"),
    ],
)
def test_framing_is_forbidden_but_for_its_own_origin(
    query: str, frame: str, ancestors: str
) -> None:
    _, headers = answer(query=query, Host=OWN)
    assert headers["x-frame-options"] == frame
    policy = headers["content-security-policy"]
    assert ancestors in policy
    assert "connect-src 'self';" in policy
    assert "ws:" not in policy


def test_a_refusal_carries_the_headers_too() -> None:
    status, headers = answer(Host="evil.example")
    assert status == 403
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/_stcore/metrics", 404),
        ("/_stcore/metrics/", 404),
        ("/churn/_stcore/health", 300),
        ("/churn/_stcore/host-config", 300),
        ("/_stcore/health", 299),
        ("/_stcore/host-config", 299),
        ("/churn", 299),
    ],
)
def test_what_is_answered_before_the_app(path: str, status: int) -> None:
    assert answer(path, Host=OWN)[0] == status
