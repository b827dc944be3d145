"""Which canonical table a file is, and which column each of its headers means.

Proposed from the headers' names, corrected by what the cells hold. A name and contents that
disagree lower the confidence; what stays below SURE is asked, not decided.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cs_core.domain.tables import TABLES, Table
from cs_core.errors import InputError
from cs_core.importers.cells import dates, numbers, words
from cs_core.importers.columns import headers
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import Mapping, ReadOptions

SURE = 0.75
# Needed columns below LEAST are not there; others must not be wrong, so they need more.
LEAST, LEAST_OPTIONAL = 0.5, 0.65
OWN = headers.STRENGTH["sure"]
_SPLITTING = ("plan", "status", "cancel_reason", "churn_kind")
# Columns of `names.toml` that are not columns of the table itself.
_DAYS = ("period", "event_at", "billed_at")  # What the date of a row may be beside its start.
_PSEUDO = {"subscriptions": ("annual_amount", "name", *_DAYS)}
# Constants that say how to read a file, and are no columns.
_READING = ("amount_unit", "decimal", "shape")
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
        needed = TABLES[self.table].needed(self.columns)
        return min(
            ((name, self.columns[name][1]) for name in needed if name in self.columns),
            key=lambda item: item[1],
            default=("", 0.0),
        )


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
    unknown = {*mapping.constants} - table.by_name.keys() - {*_READING}
    if unknown:
        raise InputError("mapping_target", column=min(unknown), table=table.name)
    have = {*proposal.columns, *mapping.constants}
    missing = [name for name in table.needed(have) if name not in have]
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
    least = LEAST if options.tentative else SURE  # A person is there to be asked.
    whole = [item for item in whole if _telling(item, raw, least)]
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


def _telling(proposal: Proposal, raw: Raw, least: float) -> bool:
    """Whether a column that only this table has is there, as surely as `least`. Accounts and
    tickets may also be told by the file's name or a canonical header."""
    columns = proposal.columns
    if proposal.table == "accounts" and columns["account_id"][1] < 0.9:
        return False  # "Organisation code" heads statistics as often as customers.
    if any(columns[name][1] >= least for name in _TELLING[proposal.table] if name in columns):
        return True
    if proposal.table == "accounts":
        return bool(_LISTS.search(raw.file.lower()))
    hinted = bool(re.search(_HINTS["tickets"], raw.file, re.I))
    return proposal.table == "tickets" and (hinted or columns["opened_at"][0] == "opened_at")


def _match(raw: Raw, table: Table, kinds: _Contents) -> Proposal:
    """Headers to columns, surest pair first, each used once."""
    pseudo = _PSEUDO.get(table.name, ())
    kind_of = {column.name: column.kind for column in table.columns}
    if pseudo:
        kind_of |= {"annual_amount": "amount", "name": "text", **dict.fromkeys(_DAYS, "date")}
    pairs = []
    for position, header in enumerate(raw.headers):
        for column, kind in kind_of.items():
            confidence = headers.confidence(header, table.name, column)
            if confidence:
                seen = column if column in ("status", "currency") else kind
                confidence *= 1.0 if header == column else kinds.agreement(position, seen)
                pairs.append((confidence, -position, header, column))
    needed = {*table.needed({}), "amount", "interval"}
    if needed - {"amount", "interval", "mrr"} <= set(raw.headers):
        # Who writes our own names means `plan` by `plan`, and by `tier` a segment.
        pairs = [pair for pair in pairs if pair[3] not in _SPLITTING or pair[0] >= OWN]
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
    have = {*proposal.columns, *proposal.constants}
    proposal.missing = tuple(name for name in table.needed(have) if name not in have)
    used = {header for header, _ in [*proposal.columns.values(), *proposal.accounts.values()]}
    if table.segments:
        proposal.segments = {header: header for header in raw.headers if header not in used}
    proposal.canonical = all(header == name for name, (header, _) in proposal.columns.items())
    return proposal


def _settle_subscriptions(raw: Raw, proposal: Proposal, kinds: _Contents) -> None:
    """What several columns of a subscriptions file mean together."""
    columns = proposal.columns
    _settle_days(raw, columns)
    annual = columns.pop("annual_amount", None)
    if annual and "mrr" not in columns and "amount" not in columns:
        columns["amount"] = annual
        columns.pop("interval", None)
        proposal.constants["interval"] = "year"
    if {"mrr", "quantity"} <= columns.keys() and headers.says_each(columns["mrr"][0]):
        columns["amount"] = columns.pop("mrr")  # A price a month of each: times how many there are.
        columns.pop("interval", None)
        proposal.constants["interval"] = "month"
    _settle_interval(raw, proposal, kinds)
    if "mrr" in columns and "amount" in columns and "interval" not in columns:
        del columns["amount"]
    if "name" in columns:
        proposal.accounts["name"] = columns.pop("name")
    _settle_account(raw, proposal)
    _fill_by_contents(raw, proposal, kinds)
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


def _settle_days(raw: Raw, columns: dict[str, tuple[str, float]]) -> None:
    """The date of a row that is a state, an event or a bill is its own, not that on which its
    subscription began: where both stand in a file, the one that changes from row to row."""
    found = sorted((columns.pop(name) for name in _DAYS if name in columns), key=lambda f: -f[1])
    if not found:
        return
    start = columns.get("start_date")
    if start is None or start[1] < SURE:
        columns["start_date"] = found[0]
    elif "account_id" in columns:
        account = columns["account_id"][0]
        wanted = [account, start[0], *(header for header, _ in found)]
        cells = [raw.column(header).slice(0, 5000).to_pylist() for header in wanted]
        accounts, starts = len(set(cells[0])), len(set(zip(cells[0], cells[1], strict=True)))
        for place, day in enumerate(found, 2):
            if starts == accounts < len(set(zip(cells[0], cells[place], strict=True))):
                columns["start_date"] = day
                return


def _settle_account(raw: Raw, proposal: Proposal) -> None:
    """Of "Customer" and "Customer internal ID" the second is the account, the first its name."""
    header, _ = proposal.columns.get("account_id", ("", 0.0))
    if not header or headers.says_id(header):
        return
    used = {taken for taken, _ in [*proposal.columns.values(), *proposal.accounts.values()]}
    for other in raw.headers:
        sure = headers.confidence(other, "subscriptions", "account_id")
        if other not in used and sure >= SURE and headers.says_id(other):
            proposal.columns["account_id"] = (other, round(sure, 2))
            proposal.accounts.setdefault("name", (header, headers.LIKELY))
            return


# What cells alone suggest: enough to propose, never enough to decide.
_GUESSED = 0.6


def _fill_by_contents(raw: Raw, proposal: Proposal, kinds: _Contents) -> None:
    """Needed columns whose headers say nothing, where their cells do: the earliest of the filled
    date columns is the start, a later one that is sometimes empty the end, the only column of
    prices the amount. At least one of account, start and price must have been found by name."""
    columns = proposal.columns
    money = {"mrr", "amount"}
    if len({"account_id", "start_date"} & columns.keys()) + bool(money & columns.keys()) < 2:
        return
    used = {taken for taken, _ in [*columns.values(), *proposal.accounts.values()]}
    free = [(at, header) for at, header in enumerate(raw.headers) if header not in used]
    if "start_date" not in columns:
        days = [(kinds.middle_day(at), header) for at, header in free if kinds.are_days(at)]
        filled = [(day, header) for day, header in days if not raw.column(header).null_count]
        if filled:
            start, header = min(filled)
            columns["start_date"] = (header, _GUESSED)
            later = [
                header for day, header in days if day > start and raw.column(header).null_count
            ]
            if len(later) == 1:
                columns.setdefault("end_date", (later[0], LEAST_OPTIONAL))
    elif not money & columns.keys():
        prices = [header for at, header in free if kinds.are_prices(at)]
        if len(prices) == 1:
            columns["amount"] = (prices[0], _GUESSED)
    elif "account_id" not in columns and "name" not in proposal.accounts:
        keys = [header for at, header in free if kinds.are_keys(at)]
        if keys:
            columns["account_id"] = (keys[0], _GUESSED)


_UNITS = (
    (r"month|ヶ月|か月|カ月|ヵ月|ケ月|箇月|月数", "month"),
    (r"year|年数|ヵ年|か年|ヶ年", "year"),
    (r"week|週数", "week"),
    (r"day|日数", "day"),
)


def _settle_interval(raw: Raw, proposal: Proposal, kinds: _Contents) -> None:
    """Plain numbers are counts: under "Billing frequency (months)" of the unit the header names,
    under "Interval" beside "Interval unit" of those."""
    header, confidence = proposal.columns.get("interval", ("", 0.0))
    if not header or "interval_count" in proposal.columns:
        return
    if not kinds.are_counts(raw.headers.index(header)):
        used = {taken for taken, _ in proposal.columns.values()}
        for position, other in enumerate(raw.headers):
            likely = headers.confidence(other, "subscriptions", "interval") >= headers.LIKELY
            if likely and other not in used and kinds.are_counts(position):
                proposal.columns["interval_count"] = (other, headers.LIKELY)
                return
        return
    unit = next((unit for word, unit in _UNITS if re.search(word, header, re.I)), None)
    if unit is not None:
        del proposal.columns["interval"]
        proposal.columns["interval_count"] = (header, max(confidence, headers.LIKELY))
        proposal.constants["interval"] = unit


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

    def are_counts(self, position: int) -> bool:
        """Whether the cells are small whole numbers."""
        texts = [text.strip() for text in self.sample(position)]
        return bool(texts) and all(text.isdecimal() and len(text) <= 3 for text in texts)

    def are_days(self, position: int) -> bool:
        texts = self.sample(position)
        return bool(texts) and dates.looks_like_dates(texts) == 1 and not self.are_counts(position)

    def middle_day(self, position: int) -> date:
        days = [min(dates.readings(text).values()) for text in self.sample(position)]
        return sorted(days)[len(days) // 2]

    def are_prices(self, position: int) -> bool:
        """Whether the cells are numbers, and some of them are written as money is: with
        decimals, a currency sign or thousands apart."""
        texts = self.sample(position)
        written = any(re.search(r"[.,]\d|[$€£¥￥円]", text) for text in texts)
        return written and all(map(numbers.is_number, texts))

    def are_keys(self, position: int) -> bool:
        """Whether the cells could name accounts: filled, nearly all different, no day or price."""
        column = self._raw.columns[position].slice(0, 5000)
        different = len(column.unique()) > 0.5 * len(column)
        other = self.are_days(position) or self.are_prices(position)
        return different and not column.null_count and not other

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
        elif kind == "status":
            share = sum(words.is_status(text) for text in texts) / len(texts)
        elif kind == "currency":
            share = sum(words.is_currency(text) for text in texts) / len(texts)
        else:
            share = sum(words.interval(text) is not None for text in texts) / len(texts)
        return 1.0 if share >= 0.5 else 0.55 + share / 10
