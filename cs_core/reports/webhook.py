"""Posting a message to an address a person gave: the only connection that ever leaves.

The message is what Slack and those that follow it take, `{"text": …}`. It is sent only when a
person, or a command line a person wrote, asks for it. No redirect is followed; a failure is tried
again a few times and then told, within a bounded time. The address never reaches a log: whoever
knows it can write to the channel.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ssl import SSLError
from urllib.parse import urlsplit

from cs_core.errors import UsageError
from cs_core.text import plain
from cs_core.workspace import Workspace

ATTEMPTS = 3
TIMEOUT = 4.0  # seconds for one attempt
WAIT = 0.5  # seconds before the second attempt, twice as long before the third
LONGEST = 30_000  # characters; Slack cuts at 40 000
_SETTING = "webhook"
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Delivery:
    """What became of a message. `code` names a sentence `webhook.<code>`: sent, refused (with the
    receiver's `status`), redirected, unreachable, timed_out or not_secure."""

    code: str
    status: int | None
    attempts: int
    when: datetime

    @property
    def sent(self) -> bool:
        return self.code == "sent"


def check_address(address: str) -> str:
    """The address as it is used: https, or http on this machine. Raises UsageError."""
    address = address.strip()
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError("webhook_address") from error
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in _HERE)
    if not secure or not host or parts.username or not address.isascii() or _odd(address):
        raise UsageError("webhook_address")
    return address


def _odd(address: str) -> bool:
    return any(character <= " " or character == "\x7f" for character in address)


def host_of(address: str) -> str:
    """What of an address may be shown: whoever sees all of it can post there."""
    return plain(urlsplit(address).hostname or "")


def saved(workspace: Workspace) -> str | None:
    """The address kept in the workspace, if a person kept one there."""
    found = workspace.setting(_SETTING)
    return None if found is None else str(found)


def save(workspace: Workspace, address: str | None) -> None:
    """Keeps an address; None forgets it. Raises UsageError for one that is none."""
    workspace.set_setting(_SETTING, None if address is None else check_address(address))


def escaped(text: object) -> str:
    """Text from a file inside a message: no mention, link or emphasis comes out of it."""
    said = plain(text)
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        said = said.replace(sign, entity)
    for sign in "*_~`@:":  # an invisible joiner keeps them from meaning anything
        said = said.replace(sign, f"\u2060{sign}\u2060")
    return said


def post(address: str, text: str, pause: Callable[[float], None] = time.sleep) -> Delivery:
    """Sends a message; tries again after a fault of the network or the receiver's own (5xx, 429).
    Takes at most ATTEMPTS x TIMEOUT seconds and the waits between. Raises UsageError for an
    address that is none."""
    address = check_address(address)
    body = json.dumps({"text": text[:LONGEST]}, ensure_ascii=False).encode()
    code, status = "unreachable", None
    for attempt in range(1, ATTEMPTS + 1):
        if attempt > 1:
            pause(WAIT * 2 ** (attempt - 2))
        code, status = _attempt(address, body)
        if code not in ("unreachable", "timed_out") and not _passing(status):
            break
    return Delivery(code, status, attempt, datetime.now(UTC))


def _passing(status: int | None) -> bool:
    return status is not None and (status >= 500 or status == 429)


def _attempt(address: str, body: bytes) -> tuple[str, int | None]:
    """In a thread of its own: neither a name that is not found nor a receiver that sends a byte
    now and then keeps to a socket's time limit."""
    found: list[tuple[str, int | None]] = []
    work = threading.Thread(target=lambda: found.append(_sent(address, body)), daemon=True)
    work.start()
    work.join(TIMEOUT)
    return found[0] if found else ("timed_out", None)


def _sent(address: str, body: bytes) -> tuple[str, int | None]:
    parts = urlsplit(address)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(str(parts.hostname), parts.port, timeout=TIMEOUT)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(
            "POST", target, body, {"Content-Type": "application/json; charset=utf-8"}
        )
        status = connection.getresponse().status
    except TimeoutError:
        return "timed_out", None
    except SSLError:
        return "not_secure", None
    except (OSError, HTTPException, ValueError):
        return "unreachable", None
    finally:
        connection.close()
    if 300 <= status < 400:
        return "redirected", status
    return ("sent" if 200 <= status < 300 else "refused"), status
