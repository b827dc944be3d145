"""`/s/<token>`: a frozen report for whoever holds its link, without an account."""

from __future__ import annotations

import time
from html import escape
from threading import Lock
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from cs_core.errors import KeizokuError
from cs_core.text import LANGUAGES, t
from cs_core.workspace.links import Opened, open_link
from pages.frame import loaders
from pages.frame.server import SHARED, root

PREFIX = SHARED
TRIES, WINDOW = 5, 60.0  # wrong passwords of one link in so many seconds
MOST_TYPED = 2000  # bytes of a form

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
# The page may sort its tables; it is of no origin and may do nothing else.
_FROZEN = {**_HEADERS, "Content-Security-Policy": "sandbox allow-scripts"}
_FORM = {
    **_HEADERS,
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
}


class _Tries:
    """How many wrong passwords each link was given lately, whoever gave them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: dict[int, list[float]] = {}

    def exhausted(self, link: int) -> bool:
        with self._lock:
            since = time.monotonic() - WINDOW
            lately = {key: [at for at in made if at > since] for key, made in self._made.items()}
            self._made = {key: made for key, made in lately.items() if made}
            return len(self._made.get(link, ())) >= TRIES

    def wrong(self, link: int) -> None:
        with self._lock:
            self._made.setdefault(link, []).append(time.monotonic())


_tries = _Tries()


async def _answer(request: Request) -> Response:
    token = request.path_params["token"]
    password = None
    if request.method == "POST":
        password = await _typed(request)
    return await run_in_threadpool(_opened, token, password)


async def _typed(request: Request) -> str:
    """The password in a form, of which only so much is read."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_TYPED:
            return ""
    fields = parse_qs(body.decode("utf-8", "replace"))
    return fields.get("password", [""])[0]


def _opened(token: str, password: str | None) -> Response:
    try:
        found = open_link(loaders.workspace(), token)
        if found is not None and found.page is None and password is not None:
            if _tries.exhausted(found.id):
                return _form("share.wait", 429)
            found = _with_password(token, password) or found
    except KeizokuError:
        return _nothing()
    if found is None:
        return _nothing()
    if found.page is None:
        return _form("share.wrong" if password is not None else "share.password", 401)
    return HTMLResponse(found.page, headers=_FROZEN)


def _with_password(token: str, password: str) -> Opened | None:
    found = open_link(loaders.workspace(), token, password)
    if found is not None and found.page is None:
        _tries.wrong(found.id)
    return found


def _nothing() -> Response:
    """Unknown, expired and revoked links are told apart by nobody."""
    return _page(_said("share.nothing"), 404)


def _form(key: str, status: int) -> Response:
    words = " · ".join(escape(t("share.open", language)) for language in LANGUAGES)
    label = " · ".join(escape(t("share.password_label", language)) for language in LANGUAGES)
    form = (
        f'<form method="post"><label>{label} <input type="password" name="password" autofocus'
        f' autocomplete="off" maxlength="200"></label> <button>{words}</button></form>'
    )
    return _page(_said(key) + form, status)


def _said(key: str) -> str:
    return "".join(f'<p lang="{language}">{escape(t(key, language))}</p>' for language in LANGUAGES)


def _page(body: str, status: int) -> Response:
    wide = '<meta name="viewport" content="width=device-width">'
    head = f'<!doctype html><meta charset="utf-8">{wide}<title>Keizoku</title>'
    return HTMLResponse(head + body, status, headers=_FORM)


def routes() -> list[Route]:
    """Streamlit lays its own routes below the app's path, and nobody else's."""
    return [Route(f"{root()}{PREFIX}{{token}}", _answer, methods=["GET", "POST"])]
