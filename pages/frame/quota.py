"""How much may lie uploaded: Streamlit keeps every uploaded file in memory until its session ends,
whether a page has use for it or not.

Counted are the bytes that stream in, with those that already lie there: what a request says of its
own length is not believed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config, runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

FILES_A_SESSION, FILES_IN_ALL = 3, 6  # of the largest size that may be uploaded
_UNUSED_AFTER = 60.0  # seconds; a widget knows of its file a moment after it has arrived
_PUT = re.compile(r".*/_stcore/upload_file/([^/]+)/[^/]+")
_streaming: dict[str, int] = {}  # bytes by session; only the event loop touches it
_refused: set[str] = set()  # sessions that have to be told


def _kept() -> MemoryUploadedFileManager | None:
    files = runtime.get_instance().uploaded_file_mgr if runtime.exists() else None
    return files if isinstance(files, MemoryUploadedFileManager) else None


def _lying(sessions: Iterable[str]) -> int:
    """Bytes of the uploads that lie in memory for these sessions."""
    kept = _kept()
    if kept is None:
        return 0
    found = (list(kept.file_storage.get(name, {}).values()) for name in sessions)
    return sum(len(file.data) for files in found for file in files)


class UploadQuota:
    """Answers 413 as soon as an upload is more than its session, or all together, may hold."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = scope["type"] == "http" and scope["method"] == "PUT" and _PUT.fullmatch(
            scope["path"]
        )  # fmt: skip
        if not found:
            await self.app(scope, receive, send)
            return
        session, largest = found[1], config.get_option("server.maxUploadSize") * 2**20
        counted = 0

        async def counting() -> Message:
            nonlocal counted
            message = await receive()
            more = len(message.get("body", b""))
            counted += more
            _streaming[session] = _streaming.get(session, 0) + more
            own = _streaming[session] + _lying([session])
            kept = _kept()
            everyone = sum(_streaming.values()) + _lying(list(kept.file_storage) if kept else [])
            if own > FILES_A_SESSION * largest or everyone > FILES_IN_ALL * largest:
                _refused.add(session)
                raise HTTPException(413)
            return message

        try:
            await self.app(scope, counting, send)
        finally:
            _streaming[session] = _streaming.get(session, 0) - counted
            if not _streaming[session]:
                del _streaming[session]


class Holding:
    """Which uploads of one session its widgets hold; frees what they no longer do, and what none
    of them has asked for. `refused`: an upload was too much, and nothing was freed since."""

    def __init__(self) -> None:
        self.refused = False
        self._held: set[str] = set()
        self._waiting: dict[str, float] = {}

    def begin(self) -> None:
        """To be called when a run begins."""
        context = get_script_run_ctx()
        if context is not None and context.session_id in _refused:
            _refused.discard(context.session_id)
            self.refused = True

    def free(self, held: Collection[str]) -> None:
        """To be called when a run ends, with the ids of the files that widgets hold."""
        context = get_script_run_ctx()
        if context is None or not isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
            return
        now = time.monotonic()
        lying = set(context.uploaded_file_mgr.file_storage.get(context.session_id, {}))
        since = {name: self._waiting.get(name, now) for name in lying.difference(held)}
        gone = {n for n, s in since.items() if n in self._held or now - s > _UNUSED_AFTER}
        for name in gone:
            context.uploaded_file_mgr.remove_file(context.session_id, name)
        self.refused = self.refused and not gone
        self._held = set(held)
        self._waiting = {name: s for name, s in since.items() if name not in gone}
