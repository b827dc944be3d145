"""Which canonical table a file is, and which column each of its headers means.

Proposed from the headers' names, corrected by what the cells hold. A name and contents that
disagree lower the confidence; what stays below SURE is asked, not decided.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from typing import Any

from cs_core.errors import InputError
from cs_core.importers import dates, headers, numbers, words
from cs_core.importers.raw import Raw
from cs_core.importers.reading import Mapping, ReadOptions
from cs_core.tables import TABLES, Table

SURE = 0.75
# Needed columns below LEAST are not there; others must not be wrong, so they need more.
LEAST, LEAST_OPTIONAL = 0.5, 0.65
# Columns of `names.toml` that are not columns of the table itself.
_PSEUDO = {"subscriptions": ("annual_amount", "name")}
_HINTS = {
    "accounts": r"account|customer|compan|client|顧客(?!.*(契約|課金))|会社|取引先|企業",
    "subscriptions": r"subscription|contract|billing|契約|課金|サブスク",
    "usage": r"usage|event|activity|login|利用状況|利用ログ|ログイン",
    "nps": r"nps|survey|推奨|アンケート",
    "tickets": r"ticket|support|問い?合わ?せ|サポート",
    "costs": r"cost|expense|spend|費用|コスト|経費",
    "fx_rates": r"fx|rate|為替|レート",
    "tenures": r"tenure|telco",
}


@dataclass
class Proposal:
    """`columns`: canonical column -> (header, confidence); `segments`: name -> header;
    `accounts`: account attributes found among subscriptions; `constants` for every row."""

    table: str
    columns: dict[str, tuple[str, float]]
    segments: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, tuple[str, float]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    canonical: bool = False

    @property
    def weakest(self) -> tuple[str, float]:
        """The required column that is least sure, and how sure it is."""
        needed = [*required(TABLES[self.table], self.columns)]
        return min(
            ((name, self.columns[name][1]) for name in needed if name in self.columns),
            key=lambda item: item[1],
            default=("", 0.0),
        )


def required(table: Table, found: MappingType[str, object]) -> list[str]:
    """The columns a file of this table must have, given those it has."""
    needed = [column.name for column in table.columns if column.required]
    if table.name == "subscriptions":
        needed += ["mrr"] if "mrr" in found or "amount" not in found else ["amount", "interval"]
    if table.name == "costs" and not {"sales_and_marketing", "cost_of_service"} & set(found):
        needed.append("sales_and_marketing")
    return needed


def from_mapping(raw: Raw, mapping: Mapping) -> Proposal:
    """The person's mapping as a proposal.

    Raises InputError when the mapping's columns are not in the file, or its table or targets
    are unknown, or a required column has none.
    """
    table = TABLES.get(mapping.table)
    if table is None:
        raise InputError("mapping_table", table=mapping.table, known=", ".join(TABLES))
    absent = [header for header in mapping.columns if header not in raw.headers]
    if absent:
        raise InputError("mapping_columns_absent", file=raw.file, columns=", ".join(absent))
    proposal = Proposal(mapping.table, {}, constants=dict(mapping.constants))
    for header, target in mapping.columns.items():
        if target in table.by_name:
            if target in proposal.columns:
                raise InputError("mapping_twice", column=target)
            proposal.columns[target] = (header, 1.0)
        elif target == "name" and table.name == "subscriptions":
            proposal.accounts["name"] = (header, 1.0)
        elif target and table.segments:
            proposal.segments[target] = header
        elif target:
            raise InputError("mapping_target", column=target, table=table.name)
    unknown = {*mapping.constants} - table.by_name.keys() - {"amount_unit", "decimal"}
    if unknown:
        raise InputError("mapping_target", column=min(unknown), table=table.name)
    have = {**proposal.columns, **dict.fromkeys(mapping.constants, ("", 1.0))}
    missing = [name for name in required(table, have) if name not in have]
    if missing:
        raise InputError("mapping_incomplete", table=table.name, columns=", ".join(missing))
    return proposal


def propose(raw: Raw, options: ReadOptions, forced: str | None = None) -> Proposal | None:
    """The best table for the file; None when nothing known fits.

    `forced` is the table the person gave. Raises InputError `mapping_unsure` when a needed
    column is found but not surely.
    """
    kinds = _Contents(raw)
    tables = [TABLES[forced]] if forced else list(TABLES.values())
    proposals = [_match(raw, table, kinds) for table in tables]
    if forced:
        best = proposals[0]
        if best.missing and options.tentative:
            return None
        if best.missing:
            raise InputError(
                "missing_columns", file=raw.file, table=forced, columns=", ".join(best.missing)
            )
        return best
    whole = [item for item in proposals if not item.missing and item.weakest[1] >= LEAST]
    whole = [item for item in whole if _telling(item, raw)]
    if not whole:
        return None
    best = max(whole, key=lambda item: _fit(item, raw.file))
    name, confidence = best.weakest
    if confidence < SURE and not options.tentative:
        raise InputError(
            "mapping_unsure",
            file=raw.file,
            column=name,
            header=best.columns[name][0],
            option="--mapping",
        )
    return best


def nearest(raw: Raw) -> Proposal:
    """The table that came closest, for saying what is missing."""
    kinds = _Contents(raw)
    proposals = [_match(raw, table, kinds) for table in TABLES.values() if table.name != "accounts"]
    return max(proposals, key=lambda item: len(item.columns) - 2 * len(item.missing))


def _fit(proposal: Proposal, file: str) -> float:
    """Sum of the confidences of its columns, and one column's worth for a telling file name."""
    hint = bool(re.search(_HINTS[proposal.table], file, re.I))
    found = sum(confidence for _, confidence in proposal.columns.values())
    return found + (1.0 if hint else 0.0) - 0.1 * (proposal.table == "tenures")


# Many tables have an account and a date; these columns tell which one it is.
_TELLING = {
    "subscriptions": ("mrr", "amount"),
    "usage": ("metric", "value"),
    "nps": ("score",),
    "tickets": ("priority", "satisfaction"),
    "accounts": ("name",),
    "costs": ("sales_and_marketing", "cost_of_service"),
    "fx_rates": ("rate",),
    "tenures": ("tenure_months",),
}
_LISTS = re.compile(
    r"accounts|customers|companies|clients|(顧客|取引先|会社|企業)(一覧|マスタ|情報|リスト)"
)


def _telling(proposal: Proposal, raw: Raw) -> bool:
    """Whether a column that only this table has is surely there. Accounts and tickets may also
    be told by the file's name or a canonical header."""
    columns = proposal.columns
    if proposal.table == "accounts" and columns["account_id"][1] < 0.9:
        return False  # "Organisation code" heads statistics as often as customers.
    if any(columns[name][1] >= SURE for name in _TELLING[proposal.table] if name in columns):
        return True
    if proposal.table == "accounts":
        return bool(_LISTS.search(raw.file.lower()))
    hinted = bool(re.search(_HINTS["tickets"], raw.file, re.I))
    return proposal.table == "tickets" and (hinted or columns["opened_at"][0] == "opened_at")


def _match(raw: Raw, table: Table, kinds: _Contents) -> Proposal:
    """Headers to columns, surest pair first, each used once."""
    pseudo = _PSEUDO.get(table.name, ())
    kind_of = {column.name: column.kind for column in table.columns}
    kind_of.update({"annual_amount": "amount", "name": "text"} if pseudo else {})
    pairs = []
    for position, header in enumerate(raw.headers):
        for column, kind in kind_of.items():
            confidence = headers.confidence(header, table.name, column)
            if confidence:
                confidence *= 1.0 if header == column else kinds.agreement(position, kind)
                pairs.append((confidence, -position, header, column))
    needed = {*required(table, {}), "amount", "interval"}
    taken: dict[str, tuple[str, float]] = {}
    used: set[str] = set()
    for confidence, _, header, column in sorted(pairs, reverse=True):
        least = LEAST if column in needed else LEAST_OPTIONAL
        if confidence >= least and column not in taken and header not in used:
            taken[column] = (header, round(confidence, 2))
            used.add(header)
    proposal = Proposal(table.name, taken)
    if table.name == "subscriptions":
        _settle_subscriptions(raw, proposal, kinds)
    have = {**proposal.columns, **dict.fromkeys(proposal.constants, ("", 1.0))}
    proposal.missing = tuple(name for name in required(table, have) if name not in have)
    used = {header for header, _ in [*proposal.columns.values(), *proposal.accounts.values()]}
    if table.segments:
        proposal.segments = {header: header for header in raw.headers if header not in used}
    proposal.canonical = all(header == name for name, (header, _) in proposal.columns.items())
    return proposal


def _settle_subscriptions(raw: Raw, proposal: Proposal, kinds: _Contents) -> None:
    """What several columns of a subscriptions file mean together."""
    columns = proposal.columns
    annual = columns.pop("annual_amount", None)
    if annual and "mrr" not in columns and "amount" not in columns:
        columns["amount"] = annual
        columns.pop("interval", None)
        proposal.constants["interval"] = "year"
    if "mrr" in columns and "amount" in columns and "interval" not in columns:
        del columns["amount"]
    if "name" in columns:
        proposal.accounts["name"] = columns.pop("name")
    if "account_id" not in columns and "name" in proposal.accounts:
        # A spreadsheet without ids: the name is the account, and the person is asked.
        header, confidence = proposal.accounts["name"]
        columns["account_id"] = (header, round(confidence * 0.7, 2))
    used = {header for header, _ in columns.values()}
    for position, header in enumerate(raw.headers):
        if header in used:
            continue
        end = headers.confidence(header, "subscriptions", "end_date")
        if not end or "end_date" not in columns or kinds.agreement(position, "date") < 1:
            continue
        chosen = columns["end_date"][0]
        if end == headers.STRENGTH["weak"] and "cancel_requested_at" not in columns:
            columns["cancel_requested_at"] = (header, 0.85)
        elif end >= headers.STRENGTH["good"] and "term_end" not in columns:
            # Two end dates: the one that speaks of leaving ends the service, the other the term.
            leaving = r"解約|退会|churn|terminat|cancel|left|lost"
            if re.search(leaving, header, re.I) and not re.search(leaving, chosen, re.I):
                columns["end_date"], header = (header, 0.8), chosen
            columns["term_end"] = (header, 0.8)


class _Contents:
    """What the cells of each column look like, judged on its first distinct values."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._samples: dict[int, list[str]] = {}

    def sample(self, position: int) -> list[str]:
        if position not in self._samples:
            texts: Any = self._raw.examples(position, 100)
            self._samples[position] = [text for text in texts if text.strip()]
        return self._samples[position]

    def agreement(self, position: int, kind: str) -> float:
        """1 when the cells are of the kind or empty, less the fewer of them are."""
        texts = self.sample(position)
        if not texts or kind == "text":
            return 1.0
        if kind == "date":
            share = dates.looks_like_dates(texts)
        elif kind in ("amount", "number", "discount"):
            share = sum(map(numbers.is_number, texts)) / len(texts)
        elif kind == "flag":
            share = sum(words.flag(text) is not None for text in texts) / len(texts)
        else:
            share = sum(words.interval(text) is not None for text in texts) / len(texts)
        return 1.0 if share >= 0.5 else 0.55 + share / 10
