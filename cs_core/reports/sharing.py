"""Reports under links: frozen when made, and again after an import where that was asked."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from cs_core.errors import KeizokuError
from cs_core.reports import html
from cs_core.reports.content import Report, Request
from cs_core.reports.making import make, now
from cs_core.workspace import links

if TYPE_CHECKING:
    from cs_core.datasets import Dataset
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


def refresh(
    workspace: Workspace, dataset_id: str, dataset: Dataset, sources: list[tuple[str, str]]
) -> int:
    """Freezes the live links of a dataset again that are to follow its imports; how many. A report
    that the new data cannot give leaves its link as it was."""
    from dataclasses import replace

    done = 0
    for link in links.links(workspace, dataset_id):
        if not (link.live and link.refreshes):
            continue
        with suppress(KeizokuError, ValueError):
            asked = Request.of(json.loads(link.request))
            asked = replace(asked, made_at=now(), options=replace(asked.options, as_of=None))
            report = make(dataset, asked, sources)
            links.freeze_again(workspace, link.id, html.render(report).encode())
            done += 1
    return done
