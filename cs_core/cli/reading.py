"""What `check` and `import` say to a person: files, problems with what is at stake, next steps."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cs_core.cli.output import PrintedTable, table_text
from cs_core.errors import InputError
from cs_core.text import catalogue, plain, t

if TYPE_CHECKING:
    from cs_core.datasets import Dataset

SEVERITIES = ("error", "question", "warning", "note", "info")
LINES_NAMED = 3


def said(report: Mapping[str, Any], dataset: Dataset | None, language: str) -> str:
    """The report of `check` or `import` in sentences, with what can be counted in the dataset;
    without that where it cannot be opened."""
    parts = [_file(item, language) for item in report["files"]]
    if dataset is not None:
        with suppress(InputError):  # nothing can be counted where no file holds subscriptions
            parts.append(_standing(dataset, language))
    parts += [_known(item, language) for item in report.get("known", ())]
    problems = sorted(report["problems"], key=lambda item: SEVERITIES.index(item["severity"]))
    parts += [_problem(item, language) for item in problems]
    if any(item["severity"] == "error" for item in problems):
        parts.append(t("cli.reading.set_aside", language))
    if any(file["table"] is None for file in report["files"]):
        parts.append(t("cli.reading.unknown_table", language))
    for name in ("restated", "restated_accounts"):
        if records := report.get(name):
            table = PrintedTable(list(records[0]), [list(record.values()) for record in records])
            parts += ["", t(f"cli.reading.{name}", language), table_text(table).rstrip()]
    return "\n".join(parts)


def _file(item: Mapping[str, Any], language: str) -> str:
    table = item["table"] or t("cli.reading.no_table", language)
    counts = {name: f"{item[name]:,}" for name in ("rows_read", "rows_accepted", "rows_set_aside")}
    line = t("cli.reading.file", language, file=plain(item["file"]), table=table, **counts)
    how = [str(item[name]) for name in ("preset", "encoding") if item[name]]
    how += [f"“{item['delimiter']}”"] if item["delimiter"] else []
    return f"{line} ({', '.join(how)})" if how else line


def _known(item: Mapping[str, Any], language: str) -> str:
    """Whether a figure the person knows is met, and under which readings it would be."""
    name = t(f"known.{item['figure']}", language)
    if item["month"]:
        name = t("known.at", language, figure=name, month=item["month"])
    values = {which: _number(Decimal(item[which] or 0)) for which in ("known", "counted")}
    if item["fits"]:
        return t("known.fits", language, figure=name, **values)
    parts = [t("known.differs", language, figure=name, **values)]
    for one in item["readings"]:
        reading = t(f"known.{one['reading']}", language)
        said = "known.fits_if" if one["option"] else "known.may_be"
        parts.append("    " + t(said, language, reading=reading, option=one["option"] or ""))
    if not item["readings"]:
        parts.append("    " + t("known.no_reading", language))
    return "\n".join(parts)


def _standing(dataset: Dataset, language: str) -> str:
    info = dataset.info
    if info.first is None:
        return t("cli.reading.tenures", language, accounts=f"{info.accounts:,}")
    mrr = ", ".join(f"{_number(amount)} {currency}" for currency, amount in dataset.mrr_today())
    return t(
        "cli.reading.standing",
        language,
        accounts=f"{info.accounts:,}",
        mrr=mrr,
        first=info.first.isoformat(),
        as_of=info.as_of.isoformat(),
    )


def _problem(item: Mapping[str, Any], language: str) -> str:
    words = catalogue(language)
    what = words.get(f"problem.{item['code']}", item["code"].replace("_", " "))
    line = t(
        "cli.reading.problem",
        language,
        severity=t(f"cli.severity.{item['severity']}", language),
        what=what,
        count=f"{item['count']:,}",
    )
    if at_stake := Decimal(item["mrr_affected"]):
        line += t("cli.reading.at_stake", language, mrr=_number(at_stake))
    if "option" in item:
        answers = "|".join(answer or '""' for answer in item["answers"])
        line += t("cli.reading.answer", language, option=item["option"], answers=answers)
    examples = item["examples"]
    lines = list(dict.fromkeys(str(e["line"]) for e in examples if e["line"]))[:LINES_NAMED]
    if lines:
        more = " …" if item["count"] > len(lines) else ""
        where = t(
            "cli.reading.where",
            language,
            file=plain(examples[0]["file"]),
            lines=", ".join(lines) + more,
        )
        column, value = examples[0]["column"], examples[0]["value"]
        if column and value in (None, ""):
            where += t("cli.reading.column", language, column=plain(column))
        elif column:
            where += t("cli.reading.cell", language, column=plain(column), value=plain(str(value)))
        line += f"\n    {where}"
    return line


def _number(amount: Decimal) -> str:
    """Exact, without zeros at its end."""
    whole, _, rest = f"{amount:,.6f}".partition(".")
    return f"{whole}.{rest.rstrip('0')}".rstrip(".")
