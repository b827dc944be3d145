"""Links to frozen reports: made, listed, revoked, and opened by whoever holds the token.

A token has 256 random bits and is kept nowhere; the state has its SHA-256. Who opens an unknown, an
expired and a revoked link learns the same: nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cs_core.errors import UsageError
from cs_core.workspace.state import transaction
from cs_core.workspace.store import Workspace

DAYS, MOST_DAYS = 30, 366
MOST = 500  # links of one workspace that are neither expired nor revoked
_SCRYPT = {"n": 2**14, "r": 8, "p": 1}  # some 50 ms and 16 MB a guess


@dataclass(frozen=True)
class Link:
    """What its owner may know of a link. Times are UTC; `protected` (by a password) and `refreshes`
    (with each import) are 0 or 1."""

    id: int
    dataset_id: str
    title: str
    request: str
    protected: int
    refreshes: int
    made: str
    frozen: str
    expires: str
    revoked: str | None
    openings: int
    last_opened: str | None

    @property
    def live(self) -> bool:
        return self.revoked is None and self.expires > _now()


@dataclass(frozen=True)
class Opened:
    """What a link gives: its page, or None where the password is missing or wrong."""

    id: int
    page: bytes | None


def make_link(
    workspace: Workspace,
    dataset_id: str,
    title: str,
    request: str,
    page: bytes,
    *,
    days: int = DAYS,
    password: str = "",
    refreshes: bool = False,
) -> str:
    """Freezes a page under a new link; its token, which is told only here.

    Raises UsageError `option_out_of_range` for the days, `too_many_links`.
    """
    if not 1 <= days <= MOST_DAYS:
        raise UsageError("option_out_of_range", option="--days", value=days, low=1, high=MOST_DAYS)
    token = secrets.token_urlsafe(32)
    now = _now()
    expires = _stamp(datetime.now(UTC) + timedelta(days=days))
    with transaction(workspace.state, write=True) as db:
        (live,) = db.execute(
            "SELECT COUNT(*) FROM links WHERE revoked IS NULL AND expires > ?", (now,)
        ).fetchone()
        if live >= MOST:
            raise UsageError("too_many_links", limit=MOST)
        db.execute(
            "INSERT INTO links (token, dataset_id, title, request, page, password, refreshes,"
            " made, frozen, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                _hash(token),
                dataset_id,
                title,
                request,
                zlib.compress(page, 6),
                _kept_password(password),
                int(refreshes),
                now,
                now,
                expires,
            ),
        )
    return token


def links(workspace: Workspace, dataset_id: str | None = None) -> list[Link]:
    """All links, or those of one dataset, the newest first."""
    with transaction(workspace.state, write=False) as db:
        rows = db.execute(
            "SELECT id, dataset_id, title, request, password <> '', refreshes, made, frozen,"
            " expires, revoked, openings, last_opened FROM links"
            " WHERE ?1 IS NULL OR dataset_id = ?1 ORDER BY id DESC",
            (dataset_id,),
        ).fetchall()
    return [Link(*row) for row in rows]


def revoke(workspace: Workspace, ids: list[int]) -> None:
    """Ends links at once and for good; their pages are gone. Raises UsageError `no_such_link`."""
    with transaction(workspace.state, write=True) as db:
        for number in ids:
            done = db.execute(
                "UPDATE links SET revoked = COALESCE(revoked, ?), page = NULL WHERE id = ?",
                (_now(), number),
            )
            if not done.rowcount:
                raise UsageError("no_such_link", id=number)


def freeze_again(workspace: Workspace, number: int, page: bytes) -> None:
    """Puts a newer page under a link that is still live."""
    with transaction(workspace.state, write=True) as db:
        db.execute(
            "UPDATE links SET page = ?, frozen = ? WHERE id = ? AND revoked IS NULL",
            (zlib.compress(page, 6), _now(), number),
        )


def open_link(workspace: Workspace, token: str, password: str | None = None) -> Opened | None:
    """What stands under a token; None for every token that gives nothing, whatever the reason."""
    with transaction(workspace.state, write=False) as db:
        row = db.execute(
            "SELECT id, page, password FROM links"
            " WHERE token = ? AND revoked IS NULL AND expires > ? AND page IS NOT NULL",
            (_hash(token), _now()),
        ).fetchone()
    if row is None:
        return None
    number, page, kept = row
    if kept and (password is None or not _is_password(password, kept)):
        return Opened(number, None)
    with transaction(workspace.state, write=True) as db:
        db.execute(
            "UPDATE links SET openings = openings + 1, last_opened = ? WHERE id = ?",
            (_now(), number),
        )
    return Opened(number, zlib.decompress(page))


def _now() -> str:
    return _stamp(datetime.now(UTC))


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _kept_password(password: str) -> str:
    if not password:
        return ""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{_scrypt(password, salt).hex()}"


def _is_password(password: str, kept: str) -> bool:
    salt, _, wanted = kept.partition(":")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)).hex(), wanted)


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT)
