"""Answers for an assistant: rows with all that is needed to say them rightly, and nothing that it
could take for an order.

Every answer carries the definition, how many accounts and rows it is of, where its interval
stands, the policies, and the statement that ran. Text that came from files is marked as data.
Accounts are called by made-up names, the same within a session, unless names were allowed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cs_core.datasets import Dataset
from cs_core.domain.policies import Policies
from cs_core.metrics.catalogue import metric_of
from cs_core.metrics.comparison import compare
from cs_core.metrics.options import Options
from cs_core.metrics.own import own_metrics
from cs_core.metrics.result import Result
from cs_core.text import plain

MOST_ROWS = 200
MARK = "text_from_files"
# Columns whose text is ours: labels, codes and words of the program.
_OURS = {
    *("month", "period", "cohort", "currency", "movement", "method", "note", "colour", "phase"),
    *("touch", "play", "column", "policy", "answer_group", "file"),
    *("date", "term_end", "notice_day", "next_renewal", "responded_at"),
}
_IDENTITY = ("account_id", "name")
# What says who it is, or what somebody wrote about them.
_TOLD = ("subscription_id", "cancel_reason", "comment")


@dataclass
class Answers:
    """The verbs of one dataset. With `names` accounts are called as in the files."""

    dataset: Dataset
    names: bool = False
    _masks: dict[str, str] = field(default_factory=dict)

    def metrics(self) -> dict[str, Any]:
        """What can be asked, and of what data."""
        from cs_core.metrics import catalogue

        info = self.dataset.info
        listed = [
            {
                "name": metric.name,
                "question": metric.question,
                "definition": metric.definition,
                "unit": metric.unit,
                "options": list(metric.parameters),
                "keys": list(metric.keys),
            }
            for metric in [*catalogue().values(), *own_metrics().values()]
        ]
        return {
            "dataset": {
                "first_day": info.first and info.first.isoformat(),
                "as_of": info.as_of.isoformat(),
                "currencies": list(info.currencies),
                "accounts": info.accounts,
                "columns_to_split_by": [{MARK: plain(s.name)} for s in info.segments],
            },
            "metrics": listed,
        }

    def query(self, metric: str, options: Options) -> dict[str, Any]:
        """One metric."""
        found = self.dataset.run(metric, options)
        return self._answer(metric, options, found, self.dataset.statement(metric, options))

    def explain(self, metric: str, at: Mapping[str, str], options: Options) -> dict[str, Any]:
        """The ledger rows and lines behind one figure."""
        found = self.dataset.rows_behind(metric, at, options)
        return self._answer(metric, options, found, found.statement)

    def compare(self, metric: str, presets: tuple[str, str], options: Options) -> dict[str, Any]:
        """One metric under two sets of definitions, the difference attributed."""
        a, b = (Policies.of(name) for name in presets)
        found = compare(self.dataset.run, metric, options, a, b).result()
        answer = self._answer(metric, options, found, "")
        return {**answer, "policies": {name: Policies.of(name).as_dict() for name in presets}}

    def accounts_at_risk(self, options: Options, top: int) -> dict[str, Any]:
        """Who may leave, why, and how far that can be trusted."""
        from cs_core.studies import risk

        known = risk.known(self.dataset.warehouse, options)
        listed = risk.listed(self.dataset.warehouse, options, known, self.dataset.health_rules)
        statement = self.dataset.statement("accounts", options)
        shown = replace(listed, rows=listed.rows[:top])
        answer = self._answer("accounts", options, shown, statement)
        trust = risk.evaluation_record(known.learned.evaluation)
        return {**answer, "how_far_to_trust_it": trust, "accounts_in_all": len(listed.rows)}

    def _answer(
        self, metric: str, options: Options, found: Result, statement: str
    ) -> dict[str, Any]:
        about, info = metric_of(metric), self.dataset.info
        rows = [self._row(record) for record in found.records()[:MOST_ROWS]]
        limits = [name for name in found.columns if name.endswith(("low", "high"))]
        return {
            "metric": metric,
            "question": about.question,
            "definition": about.definition,
            "decisions": list(about.decisions),
            "n": {"accounts": info.accounts, "lines": info.lines, "rows": len(found.rows)},
            "interval": {"columns": limits} if limits else None,
            "as_of": (options.as_of or info.as_of).isoformat(),
            "policies": about.settled(options.policies).as_dict(),
            "remarks": [{"code": r.code, **r.fields} for r in self.dataset.remarks(options)],
            "rows": rows,
            "rows_left_out": len(found.rows) - len(rows),
            "statement": statement,
        }

    def _row(self, record: Mapping[str, Any]) -> dict[str, Any]:
        account = record.get("account_id")
        return {name: self._cell(name, value, account) for name, value in record.items()}

    def _cell(self, name: str, value: Any, account: Any) -> Any:
        if not self.names and name in _IDENTITY and value is not None:
            return self._mask(str(account if account is not None else value))
        if not self.names and name in _TOLD:
            return None
        if isinstance(value, list):
            return [{k: v for k, v in item.items() if self.names or k != "value"} for item in value]
        if isinstance(value, str) and name not in _OURS and not _is_number(value):
            return {MARK: plain(value)}
        return value

    def _mask(self, account: str) -> str:
        if account not in self._masks:
            while (name := f"Customer {secrets.token_hex(2)}") in self._masks.values():
                pass
            self._masks[account] = name
        return self._masks[account]


def _is_number(text: str) -> bool:
    """Money, as JSON has it."""
    whole, point, rest = text.removeprefix("-").partition(".")
    return bool(point) and whole.isdecimal() and rest.isdecimal()
