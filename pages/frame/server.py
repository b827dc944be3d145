"""What is put around the server: who may speak to it, what it answers to nobody, headers that stop
a page from calling anywhere else, and the switch that makes a deep link work as first request.

Everything is decided here, before Streamlit sees a request: it would look up this machine's outside
address, over the network and in its event loop, to judge an origin that it does not know.

Two settings, both of the environment:

`KEIZOKU_HOSTS`   names under which the app may be reached besides this machine's own (127.0.0.1,
                  localhost, ::1), separated by commas, without ports. A proxy in front has to pass
                  the Host header on as it came.
`KEIZOKU_LISTEN`  has to say `anyone-on-this-network-may-read-and-change-the-data` where the server
                  listens on more than the loopback address: there is no login.
"""

from __future__ import annotations

import os
import re
import sys
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.runtime.pages_manager import PagesManager

from cs_core.text import LANGUAGES, t
from pages.frame.quota import UploadQuota

# Streamlit takes a folder called `pages` for its old kind of menu until `st.navigation` was called
# once. A deep link that is a server's first request would be answered with "Page not found".
PagesManager.uses_pages_directory = False

SHARED = "/s/"  # frozen reports, which bring a content policy of their own
HOSTS, LISTEN = "KEIZOKU_HOSTS", "KEIZOKU_LISTEN"
CONSENT = "anyone-on-this-network-may-read-and-change-the-data"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.ASCII)

# Vega and KaTeX need inline styles, workers and blobs; nothing needs another host.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",
        "worker-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def _in_words(key: str, **fields: object) -> str:
    """A sentence for someone whose language is not known."""
    return "\n".join(t(key, language, **fields) for language in LANGUAGES)


# -- who may be spoken to -----------------------------------------------------------------


def is_loopback(address: str) -> bool:
    """Whether a server that listens there is heard on this machine only."""
    if address == "localhost":
        return True
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def may_listen(address: str) -> bool:
    return is_loopback(address) or os.environ.get(LISTEN) == CONSENT


def refuse_strangers() -> None:
    """Ends the start of a server that would be heard beyond this machine without having been told
    so in words: whoever reaches it sees, replaces and deletes every dataset."""
    address = config.get_option("server.address") or "0.0.0.0"
    if not may_listen(address):
        said = _in_words("trouble.listen", address=address, setting=f"{LISTEN}={CONSENT}")
        sys.stderr.write(f"{said}\n")
        raise SystemExit(2)


def _hosts() -> frozenset[str]:
    named = os.environ.get(HOSTS, "").lower().split(",")
    return LOOPBACK | {name.strip() for name in named if name.strip()}


def _is_known(headers: Headers, *, needs_origin: bool) -> bool:
    """Whether the request came for a host that is this app's, and from one of its own pages. A
    name that someone else let point here is not; a browser always tells a websocket's origin."""
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    if len(hosts) != 1 or len(origins) > 1 or (needs_origin and not origins):
        return False
    host = hosts[0].lower()
    found = _HOST.fullmatch(host)
    if not found or found[1].strip("[]") not in _hosts():
        return False
    return not origins or origins[0].lower() in (f"http://{host}", f"https://{host}")


class Gate:
    """Refuses what was not meant for this app, or did not come from its pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        websocket = scope["type"] == "websocket"
        heard_at = (scope.get("server") or ("",))[0]
        if not _is_known(Headers(scope=scope), needs_origin=websocket) or not may_listen(heard_at):
            if websocket:
                await send({"type": "websocket.close", "code": 1008})
                return
            said = _in_words("trouble.foreign", setting=HOSTS)
            await PlainTextResponse(said, 403)(scope, receive, send)
            return
        status = _closed(scope["path"])
        if status and not websocket:
            await PlainTextResponse("", status)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def root() -> str:
    """The path below which the app lies, as `/keizoku`; empty where it has a host of its own."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


_BELOW_A_PAGE = re.compile(r"/[^/]+/_stcore/(health|host-config)")


def _closed(path: str) -> int | None:
    """The status with which a path is answered here. The browser asks for the server below a deep
    link's page first. It must not find one there, or it would take the page for the app's root,
    and looks one level up; any status from 400 on would be an error in its console."""
    below = path.removeprefix(root())
    if below.rstrip("/").endswith("/_stcore/metrics"):
        return 404
    return 300 if _BELOW_A_PAGE.fullmatch(below) else None


class SecurityHeaders:
    """Adds the headers to every answer. Only a page without its frame (`?embed=true`) may stand
    inside another, and only inside one of the same origin."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        embedded = b"embed=true" in scope.get("query_string", b"").split(b"&")
        framed = {
            "Content-Security-Policy": f"{_POLICY}; frame-ancestors "
            + ("'self'" if embedded else "'none'"),
            "X-Frame-Options": "SAMEORIGIN" if embedded else "DENY",
        }

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                shared = scope["path"].startswith(root() + SHARED)
                frozen = shared and "Content-Security-Policy" in headers
                for name, value in (_HEADERS if frozen else _HEADERS | framed).items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


MIDDLEWARE = [Middleware(SecurityHeaders), Middleware(Gate), Middleware(UploadQuota)]
