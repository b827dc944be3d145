"""The Share page, and what stands behind its links."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from streamlit import config

from cs_core import cli
from cs_core.datasets import import_files, open_dataset
from cs_core.metrics.options import Options
from cs_core.reports import sharing
from cs_core.reports.content import Request
from cs_core.reports.making import make
from cs_core.workspace import Workspace
from cs_core.workspace import links as kept
from pages.frame import loaders, server, shared_links
from tests.core.reports.conftest import company
from tests.ui.asgi import asked


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Workspace, str, list[Path]]:
    monkeypatch.setenv("KEIZOKU_HOME", str(tmp_path / "home"))
    workspace = Workspace()
    monkeypatch.setattr(loaders, "workspace", lambda: workspace)
    files = company(tmp_path)
    import_files(files, "acme", workspace)
    return workspace, workspace.dataset("acme").id, files


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


def ask(path: str, form: dict[str, str] | None = None) -> Answer:
    """One request through what stands around the server."""
    app = Starlette(routes=shared_links.routes(), middleware=server.MIDDLEWARE[:2])
    body = urlencode(form).encode() if form else b""
    scope = {
        "type": "http",
        "method": "POST" if form else "GET",
        "path": path,
        "query_string": b"",
        "server": ("127.0.0.1", 8501),
        "headers": [(b"host", b"127.0.0.1:8501")],
    }
    sent = asked(app, scope, body)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    text = b"".join(part.get("body", b"") for part in sent[1:]).decode()
    return Answer(sent[0]["status"], headers, text)


def link(workspace: Workspace, **more: object) -> str:
    with open_dataset(dataset="acme", workspace=workspace) as dataset:
        request = Request("page", page="churn", mask=True, dataset="acme", options=Options())
        report = make(dataset, request)
        return sharing.share(workspace, dataset.key, report, **more)  # type: ignore[arg-type]


def test_a_link_gives_the_frozen_page_and_nothing_else(
    shared: tuple[Workspace, str, list[Path]],
) -> None:
    workspace, _, _ = shared
    token = link(workspace)
    answer = ask(f"/s/{token}")
    assert answer.status == 200
    assert "Customer churn" in answer.text
    assert answer.headers["content-security-policy"] == "sandbox allow-scripts"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    unknown = ask("/s/" + "x" * 43)
    kept.revoke(workspace, [1])
    revoked = ask(f"/s/{token}")
    assert (revoked.status, revoked.text) == (404, unknown.text)
    assert revoked.headers == unknown.headers


def test_below_a_path_a_link_is_as_shut_in(
    shared: tuple[Workspace, str, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    token, above = link(shared[0]), config.get_option
    monkeypatch.setattr(
        config, "get_option", lambda name: "kei" if name == "server.baseUrlPath" else above(name)
    )
    answer = ask(f"/kei/s/{token}")
    assert answer.status == 200
    assert answer.headers["content-security-policy"] == "sandbox allow-scripts"
    assert ask(f"/s/{token}").status == 404


def test_guessing_a_password_is_slowed_down(
    shared: tuple[Workspace, str, list[Path]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace, _, _ = shared
    monkeypatch.setattr(shared_links, "_tries", shared_links._Tries())
    address = f"/s/{link(workspace, password='right')}"
    assert ask(address).status == 401
    form = {"password": "wrong"}
    asked = [ask(address, form).status for _ in range(6)]
    assert asked == [401] * 5 + [429]
    assert ask(address, {"password": "right"}).status == 429
    monkeypatch.setattr(shared_links, "_tries", shared_links._Tries())
    assert "Customer churn" in ask(address, {"password": "right"}).text


def test_a_link_may_follow_imports(shared: tuple[Workspace, str, list[Path]]) -> None:
    workspace, dataset, files = shared
    following, still = link(workspace, refreshes=True), link(workspace)
    before = {t: kept.open_link(workspace, t) for t in (following, still)}
    text = files[0].read_text("utf-8")
    files[0].write_text(text + "ZZ,2022-01-01,2023-07-01,500,Basic,JPY,,\n", "utf-8")
    import_files(files, "acme", workspace)
    assert sharing.after_import(workspace, "acme") == []
    after = {t: kept.open_link(workspace, t) for t in (following, still)}
    assert after[following].page != before[following].page  # type: ignore[union-attr]
    assert after[still].page == before[still].page  # type: ignore[union-attr]
    assert json.loads(kept.links(workspace, dataset)[0].request)["page"] == "churn"


def test_a_link_that_cannot_follow_is_named_and_fails_no_import(
    shared: tuple[Workspace, str, list[Path]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace, _, files = shared
    token = link(workspace, refreshes=True)
    before = kept.open_link(workspace, token)
    files[0].write_text(files[0].read_text("utf-8").replace("JPY", "EUR"), "utf-8")

    def broken(*_: object) -> None:
        raise RuntimeError("nobody foresaw it")

    monkeypatch.setattr("cs_core.reports.making.make", broken)
    monkeypatch.setattr("cs_core.cli.reading._standing", broken)
    words = ["import", *map(str, files), "--dataset", "acme", "--lang", "en"]
    assert cli.main([*words, "--format", "table"]) == 0
    out, err = capsys.readouterr()
    assert "subscriptions.csv" in out
    assert "These links keep the report they had" in err
    assert workspace.dataset("acme").version == 2
    after = kept.open_link(workspace, token)
    assert before is not None
    assert after is not None
    assert after.page == before.page
    # Nor does a state that cannot be read at all.
    monkeypatch.setattr(sharing.links, "links", broken)
    assert sharing.after_import(workspace, "acme") == ["…"]
