"""`report` writes a report to a file, `verify` says whether one still holds, `share` puts one under
a link."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_core.cli.arguments import Arguments
from cs_core.errors import CannotAnswerError, InputError, UsageError

if TYPE_CHECKING:
    from cs_core.datasets import Dataset
    from cs_core.domain.policies import Policies
    from cs_core.metrics.options import Options
    from cs_core.reports.content import Report

KINDS = (".html", ".pdf", ".xlsx", ".eml")


def report(arguments: Arguments, language: str) -> Any:
    from cs_core.cli.commands import opened

    out = Path(arguments.needed("--out"))
    if out.suffix.lower() not in KINDS:
        raise UsageError("report_kind", file=out.name, known=", ".join(KINDS))
    if not out.absolute().parent.is_dir():
        raise UsageError("folder_not_found", option="--out", file=str(out))
    before = _before(out)
    with opened(arguments, arguments.words) as dataset:
        made = _made(arguments, language, dataset, before and before[:2])
    told = {
        "file": str(out),
        "figures": sum(1 for _ in made.figures()),
        "as_of": str(_as_of(made)),
        "digest": made.digest(),
    }
    if arguments.switch("--if-changed") and before and before[2] == made.digest():
        return {**told, "written": False}
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        draft.write_bytes(_renderer(out)(made))
        os.replace(draft, out)  # whoever opens it meanwhile has the old one, whole
    finally:
        draft.unlink(missing_ok=True)
    return {**told, "written": True}


def _made(arguments: Arguments, language: str, dataset: Dataset, before: Any) -> Report:
    from cs_core.reports.content import Request
    from cs_core.reports.making import make

    name = arguments.text("--dataset")
    request = Request(
        preset=arguments.text("--preset") or "overview",
        language=language,
        title=arguments.text("--title") or "",
        note=arguments.text("--note") or "",
        page=arguments.text("--page") or "",
        mask=arguments.switch("--mask"),
        shown=arguments.text("--filter"),
        dataset=name or ", ".join(path.name for path in arguments.paths(arguments.words)),
        options=_options(arguments),
    )
    return make(dataset, request, _sources(arguments), before)


def _as_of(report: Report) -> date | None:
    return report.request.options.as_of


def _before(out: Path) -> tuple[str, Any, str] | None:
    """Of the last report at that place: when it was made, its series, and its digest."""
    from cs_core.reports import verify as verifying

    if out.suffix.lower() != ".html" or not out.exists():
        return None
    try:
        _, record = verifying.read(out)
        series = {label: (str(mrr), int(n)) for label, (mrr, n) in record["series"].items()}
        return str(record["request"]["made_at"]), series, str(record["digest"])
    except (InputError, KeyError, TypeError, ValueError):
        return None


def _renderer(out: Path) -> Callable[[Report], bytes]:
    from cs_core.reports import html, mail, pdf, sheets

    makers: dict[str, Callable[[Report], bytes]] = {
        ".html": lambda made: html.render(made).encode(),
        ".pdf": pdf.render,
        ".xlsx": sheets.render,
        ".eml": mail.render,
    }
    return makers[out.suffix.lower()]


def _sources(arguments: Arguments) -> list[tuple[str, str]]:
    from cs_core.workspace import Workspace, source_files

    name = arguments.text("--dataset")
    if name is not None:
        found = Workspace().dataset(name).sources
    else:
        found = source_files(arguments.paths(arguments.words))
    return [(source.name, source.sha256) for source in found]


def _options(arguments: Arguments) -> Options:
    from cs_core.metrics.options import Options

    given = {
        "period": arguments.text("--period"),
        "first": arguments.text("--from"),
        "last": arguments.text("--to"),
        "as_of": arguments.day("--as-of"),
        "currency": arguments.text("--currency"),
        "fiscal_start": arguments.number("--fiscal-start"),
        "horizon_days": arguments.number("--horizon-days"),
    }
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    where = tuple((column, value or None) for column, value in arguments.pairs("--where"))
    return Options(where=where, policies=_policies(arguments), **chosen)


def _policies(arguments: Arguments) -> Policies:
    from cs_core.domain.policies import Policies

    named = arguments.text("--definitions") or "keizoku"
    return Policies.of(named, dict(arguments.pairs("--policy")))


def verify(arguments: Arguments, language: str) -> Any:
    """What differs, as records; exit status 1 with a sentence where anything does."""
    from cs_core.cli.commands import opened
    from cs_core.reports import verify as verifying

    if not arguments.words:
        raise UsageError("word_needed", command="verify", word="FILE.html")
    path, files = Path(arguments.words[0]), arguments.words[1:]
    asked = arguments.text("--definitions") or arguments.pairs("--policy")
    arguments.words[:] = files
    with opened(arguments, files) as dataset:
        policies = _policies(arguments) if asked else None
        found = verifying.verify(path, dataset, _sources(arguments), policies)
    if found:
        raise DiffersError("report_differs", result=found, file=path.name, n=len(found))
    return [dict.fromkeys(verifying.COLUMNS) | {"what": "equal"}]


class DiffersError(CannotAnswerError):
    """A report does not say what the data says; `result` tells where."""

    def __init__(self, code: str, result: Any, **fields: Any) -> None:
        super().__init__(code, **fields)
        self.result = result


def share(arguments: Arguments, language: str) -> Any:
    """`make` freezes a report of a dataset under a new link, `list` and `revoke` see to them."""
    actions = {"make": _make_link, "list": _listed, "revoke": _revoked}
    if not arguments.words:
        raise UsageError("word_needed", command="share", word=", ".join(actions))
    action = arguments.words.pop(0)
    if action not in actions:
        known = ", ".join(actions)
        raise UsageError("unknown_action", command="share", action=action, known=known)
    return actions[action](arguments, language)


def _make_link(arguments: Arguments, language: str) -> Any:
    from cs_core.cli.commands import opened
    from cs_core.reports import sharing
    from cs_core.workspace import Workspace
    from cs_core.workspace.links import DAYS

    arguments.no_more_words(0)
    arguments.needed("--dataset")
    days = arguments.number("--days")
    with opened(arguments, []) as dataset:
        report = _made(arguments, language, dataset, None)
        token = sharing.share(
            Workspace(),
            dataset.key,
            report,
            days=DAYS if days is None else days,
            password=os.environ.get("KEIZOKU_LINK_PASSWORD", ""),
            refreshes=arguments.switch("--refresh"),
        )
    return [{"path": f"/s/{token}", "title": report.title, "as_of": str(_as_of(report))}]


def _listed(arguments: Arguments, language: str) -> Any:
    from cs_core.workspace import Workspace
    from cs_core.workspace.links import links

    arguments.no_more_words(0)
    workspace, name = Workspace(), arguments.text("--dataset")
    names = {stored.id: stored.name for stored in workspace.datasets()}
    found = links(workspace, workspace.dataset(name).id if name is not None else None)
    return [
        {
            "id": link.id,
            "dataset": names.get(link.dataset_id),
            "title": link.title,
            "live": link.live,
            "made": link.made,
            "frozen": link.frozen,
            "expires": link.expires,
            "revoked": link.revoked,
            "password": bool(link.protected),
            "refresh": bool(link.refreshes),
            "openings": link.openings,
            "last_opened": link.last_opened,
        }
        for link in found
    ]


def _revoked(arguments: Arguments, language: str) -> Any:
    from cs_core.workspace import Workspace
    from cs_core.workspace.links import revoke

    if not arguments.words:
        raise UsageError("word_needed", command="share revoke", word="ID")
    for word in arguments.words:
        if not word.isdecimal() or len(word) > 15:
            raise UsageError("no_such_link", id=word)
    revoke(Workspace(), [int(word) for word in arguments.words])
    arguments.words.clear()
    return _listed(arguments, language)
