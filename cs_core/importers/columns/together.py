"""What several columns of a subscriptions file mean together."""

from __future__ import annotations

import re
from decimal import Decimal

from cs_core.importers.cells import numbers
from cs_core.importers.columns import headers, movements
from cs_core.importers.columns.contents import Contents
from cs_core.importers.columns.proposal import (
    DAYS,
    LEAST_OPTIONAL,
    ROLES,
    SURE,
    Proposal,
)
from cs_core.importers.containers.raw import Raw

COMPARED = 2000


def settle(raw: Raw, proposal: Proposal, kinds: Contents, per: str | None = None) -> None:
    """What several columns of a subscriptions file mean together."""
    columns = proposal.columns
    _settle_days(raw, columns)
    proposal.roles = {name: columns.pop(name) for name in ROLES if name in columns}
    _settle_movements(raw, proposal)
    annual = columns.pop("annual_amount", None)
    if annual and "mrr" in columns:
        proposal.yearly = annual[0]
    elif annual and "amount" not in columns:
        columns["amount"] = annual
        columns.pop("interval", None)
        proposal.constants["interval"] = "year"
    if {"mrr", "quantity"} <= columns.keys() and headers.says_each(columns["mrr"][0]):
        columns["amount"] = columns.pop("mrr")  # A price a month of each: times how many there are.
        columns.pop("interval", None)
        proposal.constants["interval"] = "month"
    _settle_interval(raw, proposal, kinds)
    _settle_price(raw, proposal)
    priced = {"amount", "interval"} <= columns.keys()
    if per not in (None, "term", "month") and "mrr" in columns and not priced:
        columns["amount"] = columns.pop("mrr")  # Whatever its header says.
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


def _settle_movements(raw: Raw, proposal: Proposal) -> None:
    """Changes of MRR, in one column or in one for each kind, are the amounts of a file that has no
    others."""
    columns = proposal.columns
    change = columns.pop("mrr_change", None)
    if parts := movements.parts(raw.headers):
        beside = [h for h in (columns.get("mrr"), columns.get("amount")) if h and h[0] not in parts]
        if not beside:
            columns.pop("amount", None)
            columns["mrr"] = (next(iter(parts)), SURE)
            proposal.parts = parts
    elif change and not {"mrr", "amount"} & columns.keys():
        columns["mrr"] = change
        proposal.changes = True


def _settle_days(raw: Raw, columns: dict[str, tuple[str, float]]) -> None:
    """The date of a row that is a state, an event or a bill is its own, not that on which its
    subscription began: where both stand in a file, the one that changes from row to row. Any date
    is that of an event where a column says what happened."""
    if "billed_at" in columns and columns["billed_at"][1] < SURE and movements.events(raw):
        columns["billed_at"] = (columns["billed_at"][0], headers.LIKELY)
    found = sorted((columns.pop(name) for name in DAYS if name in columns), key=lambda f: -f[1])
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


def _fill_by_contents(raw: Raw, proposal: Proposal, kinds: Contents) -> None:
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


def _settle_price(raw: Raw, proposal: Proposal) -> None:
    """An amount that is the price of each times how many is not multiplied once more."""
    columns = proposal.columns
    if not {"amount", "quantity"} <= columns.keys() or headers.says_each(columns["amount"][0]):
        return
    for other in raw.headers:
        if not headers.says_each(other) or other in {header for header, _ in proposal.taken}:
            continue
        wanted = (columns["amount"][0], columns["quantity"][0], other)
        cells = [raw.column(header).slice(0, COMPARED).to_pylist() for header in wanted]
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


def _settle_interval(raw: Raw, proposal: Proposal, kinds: Contents) -> None:
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
