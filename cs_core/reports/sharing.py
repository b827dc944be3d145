"""Reports under links: frozen when made, and again after an import where that was asked."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from cs_core.workspace import links

if TYPE_CHECKING:
    from cs_core.reports.content import Report
    from cs_core.workspace import Workspace


def share(
    workspace: Workspace,
    dataset_id: str,
    report: Report,
    *,
    days: int = links.DAYS,
    password: str = "",
    refreshes: bool = False,
) -> str:
    """Freezes a report under a new link; the token."""
    from cs_core.reports import html

    request = json.dumps(report.request.record(), ensure_ascii=False)
    page = html.render(report).encode()
    return links.make_link(
        workspace,
        dataset_id,
        report.title,
        request,
        page,
        days=days,
        password=password,
        refreshes=refreshes,
    )


def after_import(workspace: Workspace, name: str) -> list[str]:
    """Freezes the live links of a dataset again that are to follow its imports. Raises nothing,
    whatever fails: the import is done. The titles of the links that keep the report they had,
    as what they ask for cannot be given of the new data; "…" where not even they can be told."""
    try:
        stored = workspace.dataset(name)
        live = [link for link in links.links(workspace, stored.id) if link.live and link.refreshes]
        return _frozen_again(workspace, name, live) if live else []
    except Exception:
        return ["…"]


def _frozen_again(workspace: Workspace, name: str, live: list[links.Link]) -> list[str]:
    # Charts and what they need load slowly, and few imports have links to follow them.
    from cs_core.datasets import open_dataset
    from cs_core.reports import html
    from cs_core.reports.content import Request
    from cs_core.reports.making import make, now

    left = {link.id: link.title for link in live}
    with suppress(Exception), open_dataset(dataset=name, workspace=workspace) as dataset:
        sources = [(s.name, s.sha256) for s in workspace.dataset(name).sources]
        for link in live:
            with suppress(Exception):
                asked = Request.of(json.loads(link.request))
                newest = replace(asked.options, as_of=None)
                asked = replace(asked, made_at=now(), options=newest)
                page = html.render(make(dataset, asked, sources)).encode()
                links.freeze_again(workspace, link.id, page)
                del left[link.id]
    return list(left.values())
