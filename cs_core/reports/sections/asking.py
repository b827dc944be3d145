"""The question a report's sections answer, and how answers are said: money, names, periods, tables.

A figure that the data cannot answer is left out; what a table would add is said where the app says
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cs_core.charts import Look
from cs_core.domain.periods import period_column_of
from cs_core.errors import CannotAnswerError
from cs_core.metrics.options import Options
from cs_core.reports.content import Kind, ReportColumn, ReportFigure, ReportTable, rows_of
from cs_core.reports.masking import Masks
from cs_core.text import numbers, plain, t

if TYPE_CHECKING:
    import pandas

    from cs_core.datasets import Dataset

Record = dict[str, Any]


@dataclass
class Ask:
    """One question to one dataset, and how the answers are said. `masks` is None where names may
    be shown."""

    dataset: Dataset
    options: Options
    language: str
    masks: Masks | None = None

    def t(self, key: str, **fields: object) -> str:
        return t(key, self.language, **fields)

    @cached_property
    def currency(self) -> str:
        return self.options.currency or self.dataset.info.reporting_currency

    @cached_property
    def look(self) -> Look:
        return Look("light", self.language, self.currency)

    def frame(self, metric: str, **changes: Any) -> pandas.DataFrame:
        """The metric's rows in the report's currency."""
        found = self.dataset.run(metric, replace(self.options, **changes)).frame()
        if "currency" in found.columns and not self.dataset.info.joint:
            found = found[found["currency"] == self.currency]
        return found

    def records(self, metric: str, **changes: Any) -> list[Record]:
        return records(self.frame(metric, **changes))

    def name(self, account_id: Any, name: Any) -> str:
        if self.masks:
            return self.masks(str(account_id))
        return plain(name if isinstance(name, str) and name.strip() else account_id)

    def free(self, text: Any) -> str:
        """Text that people typed (reasons, comments) names people: left out under masking."""
        return "" if self.masks or text is None or text != text else plain(text)

    def money(self, value: Any, **more: Any) -> str:
        return numbers.money(value, self.currency, self.language, **more)

    def period(self, label: Any) -> str:
        return numbers.period(str(label), self.language)

    def columns(self, names: str) -> tuple[ReportColumn, ...]:
        """`"month:period opening_mrr:money"`; a label may be another's: `mrr_after=mrr:money`."""
        made = []
        for word in names.split():
            pair, _, kind = word.partition(":")
            name, _, label = pair.partition("=")
            mark = numbers.currency_mark(self.currency, self.language)
            said = self.t(f"report.column.{label or name}", currency=mark)
            made.append(ReportColumn(name, said.replace(" (XXX)", ""), _kind(kind)))
        return tuple(made)

    def table(
        self, found: Iterable[Mapping[str, Any]], names: str, *, heat: bool = False
    ) -> ReportTable:
        columns = self.columns(names)
        return ReportTable(columns, rows_of(list(found), columns), heat)

    def definition(self, metric: str) -> str:
        return self.t(f"metric.{metric}.definition")


def _kind(word: str) -> Kind:
    kinds: dict[str, Kind] = {
        "text": "text",
        "period": "period",
        "date": "date",
        "money": "money",
        "rate": "rate",
        "points": "points",
        "count": "count",
        "number": "number",
    }
    return kinds[word]


def records(frame: pandas.DataFrame) -> list[Record]:
    """Rows as dicts, what is missing as None."""
    clean = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in clean.to_dict("records")]


@dataclass(frozen=True)
class Months:
    """Rows of `kpis`, `churn` and `mrr_movements` for complete periods, oldest first."""

    label: str
    kpis: list[Record]
    churn: list[Record]
    moves: list[Record]
    frame: pandas.DataFrame


def months(ask: Ask) -> Months:
    churn = ask.records("churn", first=None)
    label = period_column_of(churn[0] if churn else ("month",))
    over = {row[label] for row in churn if not row["partial"]}
    frame = ask.frame("mrr_movements", first=None)
    frame = frame[[name in over for name in frame[label]]]
    kept = [row for row in ask.records("kpis", first=None) if row[label] in over]
    if not kept:
        raise CannotAnswerError("report_without_period")
    return Months(label, kept, [r for r in churn if r[label] in over], records(frame), frame)


def answered(ask: Ask, part: Callable[[Ask], ReportFigure | None]) -> ReportFigure | None:
    """A figure, or None where the data has no answer."""
    try:
        return part(ask)
    except CannotAnswerError:
        return None


def shown(ask: Ask, value: Any, kind: Kind) -> str:
    """A value as a tile or a sentence says it."""
    if kind == "money":
        return ask.money(value)
    if kind == "rate":
        return numbers.rate(value)
    if kind == "count":
        return numbers.count(value, ask.language, accounts=True)
    return numbers.decimal(value)
