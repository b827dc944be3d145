"""The style sheet stands in the page itself, so that nothing jumps when it arrives with the first
run: what is not to be seen is never seen, and the menu's place is kept free."""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STYLE = Path(__file__).with_name("static").joinpath("style.css").read_text("utf-8")
# As wide as the menu will be; there is none in a frame of another page, nor for a projector.
_MENU = (
    "@media (min-width: 768px) { .stAppViewContainer:not(:has([data-testid=stSidebar]))"
    " { padding-left: 232px; box-sizing: border-box; } }"
    " [data-testid=stSidebar]:not(:has([data-testid=stSidebarNavItems]))"
    " [data-testid=stSidebarUserContent] { visibility: hidden; }"
)
_WITHOUT = (b"embed=true", b"projector=1")
# Behind the styles that Streamlit adds to the head, which would win over it.
_PLACE = b'<div id="root"'
_OF_A_FILE = ("etag", "last-modified", "accept-ranges", "content-length")


class FirstPaint:
    """Puts the style sheet into every page of the app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not _is_page(scope):
            await self.app(scope, receive, send)
            return
        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        scope = {**scope, "headers": plain}  # it is to be read here
        asked = scope.get("query_string", b"").split(b"&")
        style = _STYLE + ("" if any(word in asked for word in _WITHOUT) else _MENU)
        await self.app(scope, receive, _Page(send, style))


def _is_page(scope: Scope) -> bool:
    return "text/html" in Headers(scope=scope).get("accept", "")


class _Page:
    """Holds a page back until all of it is there; passes on everything else."""

    def __init__(self, send: Send, style: str) -> None:
        self._send, self._style = send, f"<style>{style}</style>".encode()
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            whole = message["status"] == 200 and "content-encoding" not in headers
            if whole and headers.get("content-type", "").startswith("text/html"):
                self._start = message
                return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        before, place, after = self._body.partition(_PLACE)
        if place:  # the app's own page, and no frozen report
            self._body = before + self._style + place + after
            headers = MutableHeaders(scope=self._start)
            for name in _OF_A_FILE:
                if name in headers:
                    del headers[name]
            headers["content-length"] = str(len(self._body))
        await self._send(self._start)
        await self._send({**message, "body": self._body})
