"""One request to an ASGI application, without a server."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def asked(app: Any, scope: dict[str, Any], body: bytes = b"") -> list[dict[str, Any]]:
    """What the application sends.

    It runs in a thread of its own: a browser test before this one in the
    same process leaves an event loop running in the main thread.
    """
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, app(scope, receive, send)).result()
    return sent
