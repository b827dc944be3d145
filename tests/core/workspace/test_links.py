"""A link opens its frozen page for whoever has the token, until it expires or is revoked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from cs_core.datasets import import_files
from cs_core.errors import UsageError
from cs_core.workspace import Workspace
from cs_core.workspace import links as kept

PAGE = b"<html>figures</html>"


@pytest.fixture
def made(tmp_path: Path) -> tuple[Workspace, str]:
    file = tmp_path / "subscriptions.csv"
    file.write_text("account_id,start_date,mrr\nA,2024-01-01,1\n")
    workspace = Workspace(tmp_path / "home")
    import_files([file], "d", workspace)
    return workspace, workspace.dataset("d").id


def test_a_link_opens_and_is_counted(made: tuple[Workspace, str]) -> None:
    workspace, dataset = made
    token = kept.make_link(workspace, dataset, "t", "{}", PAGE)
    opened = kept.open_link(workspace, token)
    assert opened is not None
    assert opened.page == PAGE
    (link,) = kept.links(workspace)
    assert (link.openings, link.live, bool(link.protected)) == (1, True, False)


def test_unknown_revoked_and_expired_links_give_the_same(made: tuple[Workspace, str]) -> None:
    workspace, dataset = made
    revoked = kept.make_link(workspace, dataset, "t", "{}", PAGE)
    expired = kept.make_link(workspace, dataset, "t", "{}", PAGE, days=1)
    with sqlite3.connect(workspace.state) as db:
        db.execute("UPDATE links SET expires = '2020-01-01T00:00:00+00:00' WHERE id = 2")
    kept.revoke(workspace, [1])
    for token in (revoked, expired, "x" * 43, "", "\0", "é" * 300):
        assert kept.open_link(workspace, token) is None
    with sqlite3.connect(workspace.state) as db:
        assert db.execute("SELECT page FROM links WHERE id = 1").fetchone() == (None,)


def test_the_store_holds_neither_token_nor_password(made: tuple[Workspace, str]) -> None:
    workspace, dataset = made
    token = kept.make_link(workspace, dataset, "t", "{}", PAGE, password="open sesame")
    kept.links(workspace)
    stored = b"".join(path.read_bytes() for path in workspace.home.rglob("*") if path.is_file())
    assert token.encode() not in stored
    assert b"open sesame" not in stored


def test_a_password_is_asked_for(made: tuple[Workspace, str]) -> None:
    workspace, dataset = made
    token = kept.make_link(workspace, dataset, "t", "{}", PAGE, password="漢字 x")
    for wrong in (None, "", "漢字", "open"):
        opened = kept.open_link(workspace, token, wrong)
        assert opened is not None
        assert opened.page is None
    right = kept.open_link(workspace, token, "漢字 x")
    assert right is not None
    assert right.page == PAGE
    assert kept.links(workspace)[0].openings == 1


def test_a_link_goes_with_its_dataset_and_is_bounded(made: tuple[Workspace, str]) -> None:
    workspace, dataset = made
    for days in (0, 367):
        with pytest.raises(UsageError) as caught:
            kept.make_link(workspace, dataset, "t", "{}", PAGE, days=days)
        assert caught.value.code == "option_out_of_range"
    with pytest.raises(UsageError) as caught:
        kept.revoke(workspace, [99])
    assert caught.value.code == "no_such_link"
    with pytest.raises(sqlite3.IntegrityError):
        kept.make_link(workspace, "nowhere", "t", "{}", PAGE)
