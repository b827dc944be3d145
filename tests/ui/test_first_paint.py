"""The app's page brings its style sheet along; everything else is passed on as it is."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import Any

import pytest

from pages.frame.first_paint import FirstPaint

PAGE = b'<html><head></head><body><div id="root"></div></body></html>'


def asked(body: bytes, kind: str = "text/html", accept: str = "text/html", query: str = "") -> Any:
    """What is sent for an answer of this kind: its headers and its body."""
    sent: list[Any] = []
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.extend(name for name, _ in scope["headers"])
        headers = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]
        headers.append((b"etag", b"x"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        half = len(body) // 2
        await send({"type": "http.response.body", "body": body[:half], "more_body": True})
        await send({"type": "http.response.body", "body": body[half:]})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/churn",
        "query_string": query.encode(),
        "headers": [(b"accept", accept.encode()), (b"accept-encoding", b"gzip")],
    }
    # A browser test may have left a loop in this thread.
    work = Thread(target=lambda: asyncio.run(FirstPaint(app)(scope, None, send)))  # type: ignore[arg-type]
    work.start()
    work.join()
    body_sent = b"".join(message.get("body", b"") for message in sent[1:])
    return dict(sent[0]["headers"]), body_sent, seen


def test_the_page_has_the_style_before_anything_is_drawn() -> None:
    headers, body, seen = asked(PAGE)
    assert b".st-key-unseen" in body
    assert body.index(b"<style>") < body.index(b'id="root"')
    assert headers[b"content-length"] == b"%d" % len(body)
    assert b"etag" not in headers
    assert b"accept-encoding" not in seen
    assert b"stSidebar]" in body


@pytest.mark.parametrize("query", ["embed=true", "lang=en&projector=1"])
def test_without_a_menu_no_place_is_kept_for_it(query: str) -> None:
    _, body, _ = asked(PAGE, query=query)
    assert b".st-key-unseen" in body
    assert b":not(:has([data-testid=stSidebar]))" not in body


@pytest.mark.parametrize(
    ("body", "kind", "accept"),
    [
        (b"<html><head></head>a frozen report</html>", "text/html", "text/html"),
        (b'{"id": "root"}', "application/json", "text/html"),
        (PAGE, "text/html", "*/*"),
    ],
)
def test_everything_else_is_as_it_was(body: bytes, kind: str, accept: str) -> None:
    headers, sent, _ = asked(body, kind, accept)
    assert sent == body
    assert headers[b"etag"] == b"x"
