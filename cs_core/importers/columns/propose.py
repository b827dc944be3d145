"""Which canonical table a file is, and which column each of its headers means.

Proposed from the headers' names, corrected by what the cells hold. A name and contents that
disagree lower the confidence; what stays below SURE is asked, not decided.
"""

from __future__ import annotations

import re

from cs_core.domain.tables import TABLES
from cs_core.errors import InputError
from cs_core.importers.columns import headers, movements
from cs_core.importers.columns.contents import Contents
from cs_core.importers.columns.matching import match
from cs_core.importers.columns.proposal import LEAST, SURE, Proposal
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import ReadOptions

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


def propose(raw: Raw, options: ReadOptions, forced: str | None = None) -> Proposal | None:
    """The best table for the file; None when nothing known fits.

    `forced` is the table the person gave. Raises InputError `mapping_unsure` when a needed
    column is found but not surely.
    """
    kinds = Contents(raw)
    tables = [TABLES[forced]] if forced else list(TABLES.values())
    proposals = [match(raw, table, kinds, options) for table in tables]
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
    kinds = Contents(raw)
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
    kinds = Contents(raw)
    proposals = [
        match(raw, table, kinds, options) for table in TABLES.values() if table.name != "accounts"
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
    if proposal.table == "usage" and movements.events(raw):
        return False  # What happened to subscriptions is no use of them.
    if proposal.table == "accounts" and columns["account_id"][1] < 0.9:
        return False  # "Organisation code" heads statistics as often as customers.
    if any(columns[name][1] >= least for name in _TELLING[proposal.table] if name in columns):
        return True
    if proposal.table == "accounts":
        return bool(_LISTS.search(raw.file.lower()))
    hinted = bool(re.search(_HINTS["tickets"], raw.file, re.I))
    return proposal.table == "tickets" and (hinted or columns["opened_at"][0] == "opened_at")
