"""A report from a dataset: the sections of its preset, and where it all comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cs_core import __version__
from cs_core.reports.content import RESTATED, Report, ReportFigure, ReportTable, Request, Section
from cs_core.reports.masking import Masks, names_nobody
from cs_core.reports.own import own
from cs_core.reports.sections import OF_PRESET, SECTIONS, sections_of
from cs_core.reports.sections.asking import Ask, months
from cs_core.text import numbers, plain

if TYPE_CHECKING:
    from cs_core.datasets import Dataset

MOST_VARIANTS = 12  # values of a column that a reader may choose among

Series = Mapping[str, tuple[str, int]]


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def make(
    dataset: Dataset,
    request: Request,
    sources: Sequence[tuple[str, str]] = (),
    before: tuple[str, Series] | None = None,
) -> Report:
    """The report that was asked for. `sources` are the files the dataset was read from, with their
    SHA-256. `before` is when the last report of this name was made, and
    its series: what has changed since is then told.

    Raises UsageError for a preset, page or column that does not exist, and for a masked report
    whose filter would name an account; CannotAnswerError where the data has no complete period.
    """
    info = dataset.info
    options = request.options
    if options.as_of is None:
        options = replace(options, as_of=info.as_of)
    request = replace(request, options=options, made_at=request.made_at or now())
    names = sections_of(request.preset, request.page)
    if request.mask:
        names_nobody(dataset, options, request.shown)
    ask = Ask(dataset, options, request.language, Masks(request.language) if request.mask else None)
    sections = [SECTIONS[name](ask) for name in names]
    if request.preset in OF_PRESET and (section := own(ask)) is not None:
        sections.append(section)
    series = _series(ask)
    if before is not None:
        sections.append(_restated(ask, *before, series))
    return Report(
        request=request,
        currency=ask.currency,
        title=request.title or ask.t(f"report.preset.{request.page or request.preset}.title"),
        holds=_holds(ask),
        sections=tuple(sections),
        colophon=_colophon(ask, request),
        sources=tuple(sources),
        version=__version__,
        series=series,
        variants=_variants(ask, request, names),
    )


def _holds(ask: Ask) -> str:
    """All customers · Keizoku definitions · as of 12 Nov 2026."""
    who = [f"{plain(name)}: {plain(value)}" for name, value in ask.options.where]
    as_of = ask.options.as_of or ask.dataset.info.as_of
    parts = [
        ", ".join(who) or ask.t("filter.everyone"),
        _definitions(ask),
        ask.t("report.as_of", day=numbers.day(as_of, ask.language)),
    ]
    return ask.t("filter.separator").join(parts)


def _definitions(ask: Ask) -> str:
    from cs_core.domain.policies import PRESETS, Policies

    policies = ask.options.policies
    for name in PRESETS:
        if Policies.of(name) == policies:
            return ask.t(f"filter.preset.{name}")
    changed = len(policies.changed())
    return ask.t("filter.changed", name=ask.t("filter.preset.keizoku"), n=changed)


def _colophon(ask: Ask, request: Request) -> tuple[tuple[str, str], ...]:
    changed = ask.options.policies.changed()
    made = datetime.fromisoformat(request.made_at.replace("Z", "+00:00"))
    said = [
        ("dataset", plain(request.dataset)),
        ("made_at", made.strftime("%Y-%m-%d %H:%M UTC")),
        ("as_of", str(ask.options.as_of)),
        ("definitions", _definitions(ask)),
        ("policies", ", ".join(f"{name}={value}" for name, value in changed.items())),
        ("masked", ask.t("report.masked_yes") if request.mask else ""),
        ("version", f"Keizoku {__version__}"),
    ]
    return tuple((ask.t(f"report.colophon.{name}"), text) for name, text in said if text)


def _series(ask: Ask) -> Series:
    of = months(ask)
    return {
        str(row[of.label]): (f"{row['closing_mrr']:.6f}", int(row["closing_customers"]))
        for row in of.moves
    }


def _restated(ask: Ask, made_at: str, before: Series, now_is: Series) -> Section:
    """Past periods that say something else than in the last report of this name."""
    from decimal import Decimal

    rows = [
        {
            "month": label,
            "mrr_before": Decimal(before[label][0]),
            "mrr_now": Decimal(now_is[label][0]),
            "customers_before": before[label][1],
            "customers_now": now_is[label][1],
        }
        for label in now_is
        if label in before and tuple(before[label]) != now_is[label]
    ]
    day = made_at[:10]
    line = "report.restated.line" if rows else "report.restated.nothing"
    names = "month:period mrr_before:money mrr_now:money customers_before:count customers_now:count"
    table = ask.table(rows, names) if rows else ReportTable((), ())
    title = ask.t("report.restated.title")
    figure = ReportFigure("restated", title, ask.t(line, day=day, n=len(rows)), table)
    return Section(RESTATED, title, "", figures=(figure,))


def _variants(
    ask: Ask, request: Request, names: tuple[str, ...]
) -> tuple[tuple[str, tuple[Section, ...]], ...]:
    """The same sections for each value of the column a reader may filter by, the largest first."""
    if request.shown is None:
        return ()
    values = [v for v in ask.dataset.segment_values(request.shown) if v is not None]
    found = []
    for value in values[:MOST_VARIANTS]:
        where = (*ask.options.where, (request.shown, value))
        narrow = replace(ask.options, where=where)
        part = Ask(ask.dataset, narrow, ask.language, ask.masks)
        sections = tuple(SECTIONS[name](part) for name in names if name != "definitions")
        found.append((plain(value), sections))
    return tuple(found)
