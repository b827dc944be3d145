"""Who may import whom, where import-linter has no words for it."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import imported, modules


def _room(name: str) -> str:
    """`pages.analyse.churn` for whatever lies in that folder; `pages.frame` and `pages.shared`."""
    parts = name.replace("/", ".").split(".")
    return ".".join(parts[:2] if parts[1:2] in (["frame"], ["shared"]) else parts[:3])


def test_a_page_imports_its_own_folder_the_frame_and_what_pages_share() -> None:
    strays = [
        (path, name)
        for path, tree in modules().items()
        if path.startswith("pages/") and not path.startswith(("pages/frame/", "pages/shared/"))
        for name in imported(tree)
        if name.startswith("pages.") and name.count(".") > 1
        if _room(name) not in (_room(path), "pages.frame", "pages.shared")
    ]
    assert strays == []


def test_what_pages_share_imports_no_page() -> None:
    strays = [
        (path, name)
        for path, tree in modules().items()
        if path.startswith("pages/shared/")
        for name in imported(tree)
        if name.startswith("pages.") and not name.startswith(("pages.shared", "pages.frame"))
    ]
    assert strays == []


def test_what_pages_share_is_used_by_two() -> None:
    users: dict[str, set[str]] = {}
    for path, tree in modules().items():
        if path.startswith("pages/"):
            for name in imported(tree):
                if name.startswith("pages.shared.") and name.count(".") == 2:
                    users.setdefault(name, set()).add(_room(path))
    alone = {
        name: rooms
        for name, rooms in users.items()
        if len(rooms - {"pages.shared"}) == 1 and not rooms & {"pages.frame"}
    }
    assert alone == {}, "what one page alone uses belongs in its folder"


def test_the_core_has_rooms_and_its_errors() -> None:
    top = {path for path in modules() if path.startswith("cs_core/") and path.count("/") == 1}
    assert top == {f"cs_core/{name}.py" for name in ("__init__", "__main__", "errors")}


def test_no_page_lies_directly_in_pages() -> None:
    """Streamlit's own discovery would run it without the frame."""
    flat = [path for path in modules() if path.startswith("pages/") and path.count("/") == 1]
    assert flat == ["pages/__init__.py"]


@pytest.mark.parametrize(
    ("attribute", "home"),
    [("session_state", "pages/frame/session.py"), ("cache_", "pages/frame/loaders.py")],
)
def test_state_and_caches_have_one_home(attribute: str, home: str) -> None:
    strays = [
        (path, node.lineno)
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith(attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("st", "streamlit")
        and path != home
    ]
    assert strays == []


def test_the_frame_is_short() -> None:
    assert len(ast.unparse(modules()["app.py"]).splitlines()) < 60
