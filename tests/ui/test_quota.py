"""Uploads that nothing holds are freed; those a widget holds, or may yet ask for, are not."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from pages.frame import quota
from pages.frame.quota import Holding

ONE = "session"


@dataclass
class Context:
    uploaded_file_mgr: MemoryUploadedFileManager
    session_id: str = ONE


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    found = MemoryUploadedFileManager("/upload")
    monkeypatch.setattr(quota, "get_script_run_ctx", lambda: Context(found))
    return found


def arrives(files: MemoryUploadedFileManager, *names: str, session: str = ONE) -> None:
    for name in names:
        files.add_file(session, UploadedFileRec(name, name, "text/csv", b"x"))


def lying(files: MemoryUploadedFileManager, session: str = ONE) -> set[str]:
    return set(files.file_storage[session])


def test_a_file_that_was_held_goes_when_it_is_let_go(files: MemoryUploadedFileManager) -> None:
    holding = Holding()
    arrives(files, "a", "b")
    arrives(files, "c", session="other")
    holding.free({"a", "b"})
    assert lying(files) == {"a", "b"}
    holding.free({"b"})
    assert lying(files) == {"b"}
    holding.free(set())
    assert lying(files) == set()
    assert lying(files, "other") == {"c"}


def test_a_file_nobody_asks_for_goes_after_a_while(
    files: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(quota.time, "monotonic", lambda: now[0])
    holding = Holding()
    arrives(files, "a")
    holding.free(set())
    now[0] = 59
    arrives(files, "b")
    holding.free(set())
    assert lying(files) == {"a", "b"}
    now[0] = 61
    holding.free(set())
    assert lying(files) == {"b"}


def test_a_refusal_is_said_until_something_was_freed(
    files: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "_refused", {ONE})
    holding = Holding()
    arrives(files, "a")
    holding.begin()
    holding.free({"a"})
    assert holding.refused
    holding.begin()
    holding.free(set())
    assert not holding.refused
