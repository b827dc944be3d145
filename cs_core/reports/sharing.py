"""Reports under links: frozen when made, and again after an import where that was asked."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from cs_core.errors import KeizokuError
from cs_core.reports import html
from cs_core.reports.content import Report, Request
from cs_core.reports.making import make, now
from cs_core.workspace import links

if TYPE_CHECKING:
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


def after_import(workspace: Workspace, name: str) -> int:
    """Freezes the live links of a dataset again that are to follow its imports; how many. A report
    that the new data cannot give leaves its link as it was: the import is done either way."""
    from cs_core.datasets import open_dataset

    done = 0
    with suppress(KeizokuError):
        stored = workspace.dataset(name)
        live = [link for link in links.links(workspace, stored.id) if link.live and link.refreshes]
        if not live:
            return 0
        sources = [(source.name, source.sha256) for source in stored.sources]
        with open_dataset(dataset=name, workspace=workspace) as dataset:
            for link in live:
                with suppress(KeizokuError, ValueError):
                    asked = Request.of(json.loads(link.request))
                    newest = replace(asked.options, as_of=None)
                    asked = replace(asked, made_at=now(), options=newest)
                    page = html.render(make(dataset, asked, sources)).encode()
                    links.freeze_again(workspace, link.id, page)
                    done += 1
    return done
