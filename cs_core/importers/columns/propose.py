"""Which canonical table a file is, and which column each of its headers means.

Proposed from the headers' names, corrected by what the cells hold. A name and contents that
disagree lower the confidence; what stays below SURE is asked, not decided.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Mapping_
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
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
# Days that shape a line without being its start or end.
ROLES = ("discount_end", "paused_at", "resumed_at")
_PSEUDO = {"subscriptions": ("annual_amount", "name", *_DAYS, *ROLES)}
# Constants that say how to read a file, and are no columns.
_READING = ("amount_unit", "decimal", "shape", "amount_per", "tenure_unit")
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


# (confidence, minus the header's position, header, column)
_Pair = tuple[float, int, str, str]


@dataclass
class Proposal:
    """`columns`: canonical column -> (header, confidence); `segments`: name -> header;
    `accounts`: account attributes found among subscriptions; `constants` for every row."""

    table: str
    columns: dict[str, tuple[str, float]]
    segments: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, tuple[str, float]] = field(default_factory=dict)
    roles: dict[str, tuple[str, float]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    ties: dict[str, list[str]] = field(default_factory=dict)
    by_plan: bool = False
    canonical: bool = False

    @property
    def per_term(self) -> bool:
        """Whether nothing says for how long amounts are but where each line starts and ends."""
        dated = {"start_date", "end_date"} <= self.columns.keys()
        priced = "amount" in self.columns and "mrr" not in self.columns
        told = {"interval", "mrr"} & {*self.columns, *self.constants}
        if self.table != "subscriptions" or not (dated and priced) or told:
            return False
        named = (self.columns[name][0] for name in ("amount", "start_date", "end_date"))
        return any(headers.says_contract(header) for header in named)

    @property
    def taken(self) -> list[tuple[str, float]]:
        """Every header that is used for more than to split by."""
        return [*self.columns.values(), *self.accounts.values(), *self.roles.values()]

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
        elif target in ROLES and table.name == "subscriptions":
            proposal.roles[target] = (header, 1.0)
        elif target == "name" and table.name == "subscriptions":
            proposal.accounts["name"] = (header, 1.0)
        elif target and table.segments:
            proposal.segments[target] = header
        elif target:
            raise InputError("mapping_target", column=target, table=table.name)
    proposal.by_plan = _plans_tell(raw, proposal)
    unknown = {*mapping.constants} - table.by_name.keys() - {*_READING}
    if unknown:
        raise InputError("mapping_target", column=min(unknown), table=table.name)
    have = {*proposal.columns, *mapping.constants, *(["interval"] if proposal.by_plan else [])}
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
    proposals = [_match(raw, table, kinds, options) for table in tables]
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
    for column, rivals in best.ties.items():
        if best.columns.get(column, ("", 0.0))[0] in rivals:
            examples = {h: ", ".join(raw.examples(raw.headers.index(h))) for h in rivals}
            raise InputError(
                "column_unsure", file=raw.file, column=column, headers=examples, option="--column"
            )
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


def suggested(raw: Raw, near: Proposal, column: str) -> str:
    """The header that comes nearest to a column that is missing, by its name or its cells."""
    kinds = _Contents(raw)
    used = {header for header, _ in near.taken}
    if column == "account_id" and "subscription_id" in near.columns:
        used.discard(near.columns["subscription_id"][0])  # The only id may be the customer's.
    free = [h for h in raw.headers if h not in used]
    named = [(headers.confidence(h, near.table, column), h) for h in free]
    best, header = max(named, default=(0.0, ""))
    if best:
        return header
    kind = TABLES[near.table].by_name[column].kind
    fits = {"date": kinds.are_days, "amount": kinds.are_numbers, "text": kinds.are_keys}.get(kind)
    return next((h for h in free if fits and fits(raw.headers.index(h))), "")


def nearest(raw: Raw, options: ReadOptions) -> Proposal:
    """The table that came closest, for saying what is missing."""
    kinds = _Contents(raw)
    proposals = [
        _match(raw, table, kinds, options) for table in TABLES.values() if table.name != "accounts"
    ]
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


def _match(raw: Raw, table: Table, kinds: _Contents, options: ReadOptions) -> Proposal:
    """Headers to columns, surest pair first, each used once."""
    pseudo = _PSEUDO.get(table.name, ())
    spoken = _now(raw.headers)
    chosen = options.columns or {}
    told = {header: column for column, header in chosen.items() if header in spoken}
    per = options.told("amount_per")
    kind_of = {column.name: column.kind for column in table.columns}
    if pseudo:
        kind_of |= {
            "annual_amount": "amount",
            "name": "text",
            **dict.fromkeys((*_DAYS, *ROLES), "date"),
        }
    pairs: list[_Pair] = []
    for position, header in enumerate(raw.headers):
        for column, kind in kind_of.items():
            confidence = headers.confidence(spoken[header], table.name, column)
            if confidence:
                seen = column if column in ("status", "currency") else kind
                confidence *= 1.0 if header == column else kinds.agreement(position, seen)
                pairs.append((confidence, -position, header, column))
    pairs = [pair for pair in _full_ones_first(raw, pairs) if pair[2] not in told]
    pairs += [(1.0, 0, header, column) for header, column in told.items() if column in kind_of]
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
    proposal.ties = _ties(raw, taken, pairs, used, told)
    if table.name == "subscriptions":
        _settle_subscriptions(raw, proposal, kinds, per)
    have = {*proposal.columns, *proposal.constants}
    proposal.by_plan = _plans_tell(raw, proposal)
    if proposal.per_term or proposal.by_plan:
        have.add("interval")
    proposal.missing = tuple(name for name in table.needed(have) if name not in have)
    used = {header for header, _ in proposal.taken}
    if table.segments:
        # A header like a column's name, which was not taken for it, must not stand for it.
        proposal.segments = {
            f"{header} (file)" if header in table.by_name else header: header
            for header in raw.headers
            if header not in used
        }
    proposal.canonical = all(header == name for name, (header, _) in proposal.columns.items())
    return proposal


# These are rarely filled, and right when they are.
_SPARSE = (
    "end_date",
    "cancel_requested_at",
    "cancel_reason",
    "churn_kind",
    "discount",
    "trial_end",
    *ROLES,
)
# Where two headers fit equally, these columns move figures.
_MOVING = ("account_id", "start_date", "end_date", "mrr", "amount", "annual_amount", "quantity")
_ALMOST_EMPTY, _EQUAL, _COMPARED = 0.25, 0.03, 2000
_BEFORE, _AFTER = r"(?i)^(prev|previous|old|before|from)[_ ]", r"(?i)^(next|new|after|to)[_ ]"


def _now(found: Sequence[str]) -> dict[str, str]:
    """Headers as they are to be understood: where a file has each field twice, as it was before a
    change (prev_plan) and as it is after it (next_plan), the second is the field."""
    before = {re.sub(_BEFORE, "", header) for header in found if re.search(_BEFORE, header)}
    after = {h: re.sub(_AFTER, "", h) for h in found if re.search(_AFTER, h)}
    paired = sum(field in before for field in after.values()) >= 2
    return {header: after.get(header, header) if paired else header for header in found}


def _full_ones_first(raw: Raw, pairs: list[_Pair]) -> list[_Pair]:
    """An almost empty column never wins over a full one."""
    share = {
        header: 1 - column.null_count / max(1, raw.rows)
        for header, column in zip(raw.headers, raw.columns, strict=True)
    }
    fullest: dict[str, float] = {}
    for confidence, _, header, column in pairs:
        if confidence >= LEAST:
            fullest[column] = max(fullest.get(column, 0.0), share[header])
    return [
        (confidence * (0.6 if share[header] < _least(column, fullest) else 1.0), at, header, column)
        for confidence, at, header, column in pairs
    ]


def _least(column: str, fullest: Mapping_[str, float]) -> float:
    """The share of its cells that a column must fill to be believed."""
    most = fullest.get(column, 0.0)
    return min(most, 1e-9) if column in _SPARSE else most * _ALMOST_EMPTY


def _ties(
    raw: Raw,
    taken: Mapping_[str, tuple[str, float]],
    pairs: list[_Pair],
    used: set[str],
    told: Mapping_[str, str],
) -> dict[str, list[str]]:
    """Columns that further headers fit as well, with other values in their cells."""
    found: dict[str, list[str]] = {}
    for column in _MOVING:
        header, _ = taken.get(column, ("", 0.0))
        if not header or header == column or header in told:
            continue
        best = max(c for c, _, h, named in pairs if named == column and h == header)
        rivals = [
            other
            for confidence, _, other, named in pairs
            if named == column
            and other not in used
            and confidence >= max(SURE, best - _EQUAL)
            and not _alike(raw, header, other)
        ]
        if rivals:
            found[column] = [header, *rivals]
    return found


def _alike(raw: Raw, one: str, other: str) -> bool:
    """Whether two columns say the same in nearly every row, each in its own spelling; an empty one
    says nothing else."""
    rows = [raw.column(header).slice(0, _COMPARED).to_pylist() for header in (one, other)]
    both = [pair for pair in zip(*rows, strict=True) if None not in pair]
    if not both:
        return True
    firsts = {first for first, _ in both}
    return len(set(both)) <= 1.05 * min(len(firsts), len({second for _, second in both}))


def _settle_subscriptions(
    raw: Raw, proposal: Proposal, kinds: _Contents, per: str | None = None
) -> None:
    """What several columns of a subscriptions file mean together."""
    columns = proposal.columns
    _settle_days(raw, columns)
    proposal.roles = {name: columns.pop(name) for name in ROLES if name in columns}
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
    _settle_price(raw, proposal)
    if per is not None and per != "term" and "mrr" not in columns:
        columns.pop("interval", None)
        proposal.constants["interval"] = per
    elif per == "term":
        columns.pop("interval", None)
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
    used = {header for header, _ in proposal.taken}
    for position, header in enumerate(raw.headers):
        if header in used:
            continue
        end = headers.confidence(header, "subscriptions", "end_date")
        if not end or "end_date" not in columns or kinds.agreement(position, "date") < 1:
            continue
        chosen = columns["end_date"][0]
        if end <= headers.LIKELY and re.search(r"cancel|delet", header, re.I):
            columns.setdefault("cancel_requested_at", (header, 0.85))
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
    used = {taken for taken, _ in proposal.taken}
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
    used = {taken for taken, _ in proposal.taken}
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


def _plans_tell(raw: Raw, proposal: Proposal) -> bool:
    """Whether the names of the plans say how often they are paid, and not all the same."""
    header, _ = proposal.columns.get("plan", ("", 0.0))
    if not header or "interval" in proposal.columns:
        return False
    used = {taken for taken, _ in proposal.taken}
    for name in (header, *(other for other in raw.headers if other not in used)):
        if headers.confidence(name, "subscriptions", "plan") < headers.STRENGTH["good"]:
            continue
        plans = raw.examples(raw.headers.index(name), 200)
        if len({unit for plan in plans if (unit := words.interval_in(plan))}) > 1:
            proposal.columns["plan"] = (name, proposal.columns["plan"][1])
            return True
    return False


def _settle_price(raw: Raw, proposal: Proposal) -> None:
    """An amount that is the price of each times how many is not multiplied once more."""
    columns = proposal.columns
    if not {"amount", "quantity"} <= columns.keys() or headers.says_each(columns["amount"][0]):
        return
    for other in raw.headers:
        if not headers.says_each(other) or other in {header for header, _ in proposal.taken}:
            continue
        wanted = (columns["amount"][0], columns["quantity"][0], other)
        cells = [raw.column(header).slice(0, _COMPARED).to_pylist() for header in wanted]
        rows = [list(map(_number, row)) for row in zip(*cells, strict=True)]
        known = [(a, n, p) for a, n, p in rows if a is not None and n is not None and p is not None]
        if known and all(abs(a - n * p) < Decimal("0.01") for a, n, p in known):
            columns["amount"] = (other, columns["amount"][1])
            return


def _number(text: str | None) -> Decimal | None:
    written = numbers.take_apart(text) if text else None
    return numbers.value(written, comma=False) if written else None


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
        used = {taken for taken, _ in proposal.taken}
        for position, other in enumerate(raw.headers):
            likely = headers.confidence(other, "subscriptions", "interval") >= headers.LIKELY
            if likely and other not in used and kinds.are_counts(position):
                proposal.columns["interval_count"] = (other, headers.LIKELY)
                return
        return
    used = {taken for taken, _ in proposal.taken}
    for position, other in enumerate(raw.headers):
        likely = headers.confidence(other, "subscriptions", "interval") >= headers.LIKELY
        words_of_time = not kinds.are_counts(position) and kinds.says(position, "interval")
        if likely and other not in used and words_of_time:
            proposal.columns["interval"] = (other, headers.LIKELY)
            proposal.columns["interval_count"] = (header, confidence)
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

    def are_numbers(self, position: int) -> bool:
        texts = self.sample(position)
        return bool(texts) and all(map(numbers.is_number, texts))

    def are_keys(self, position: int) -> bool:
        """Whether the cells could name accounts: filled, nearly all different, no day or price."""
        column = self._raw.columns[position].slice(0, 5000)
        different = len(column.unique()) > 0.5 * len(column)
        other = self.are_days(position) or self.are_prices(position)
        return different and not column.null_count and not other

    def says(self, position: int, kind: str) -> bool:
        """Whether there are cells, and at least half of them are of the kind."""
        return bool(self.sample(position)) and self.agreement(position, kind) == 1.0

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
