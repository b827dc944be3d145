"""Rows that are no recurring charge, by what their cells say: one-off fees, refunds and credit
notes, bills that were never due."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from cs_core.importers.cells import words
from cs_core.importers.columns import headers, lines
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import Note

if TYPE_CHECKING:
    from cs_core.importers.columns.generic import Draft
    from cs_core.importers.columns.proposal import Proposal

# Columns that say what a row is for, and what kind of row it is.
_FOR = re.compile(
    r"(?i)plan|product|item|description|charge|\btype\b|categor|費目|品目|品名|摘要|内容|商品|明細|プラン|種別|区分"
)
_KIND = re.compile(r"(?i)\b(status|state|type|kind|category)\b|種別|区分|状態|ステータス|状況|種類")
# A yearly price that is this many times a monthly one was not divided by twelve.
_UNDIVIDED = (8, 13)


def speaks(header: str) -> bool:
    """Whether a header is one of a column that says what rows are for, or of what kind."""
    spoken = _spoken(header)
    return bool(_FOR.search(spoken) or _KIND.search(spoken))


def _spoken(header: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_.]", " ", header)


def one_off(job: Job, made: Draft, proposal: Proposal) -> None:
    """Sets one-off fees aside: "Setup fee", "one-time", 初期費用. They are no MRR."""
    plan, _ = proposal.columns.get("plan", ("", 0.0))
    for header in _headers(job, _FOR, plan):
        for row in _rows_that_say(job, header, words.is_one_off):
            job.bad.setdefault(row, (header, "one_off"))


def not_billed(job: Job, made: Draft, proposal: Proposal) -> None:
    """Sets aside what stands among bills and is none: refunds, drafts, voided ones."""
    status, _ = proposal.columns.get("status", ("", 0.0))
    for header in _headers(job, _KIND, status):
        cells = job.raw.column(header).to_pylist()
        for row in _rows_that_say(job, header, words.bill):
            job.bad.setdefault(row, (header, words.bill(cells[row]) or ""))


def totals(job: Job, made: Draft, proposal: Proposal) -> None:
    """Sets aside rows that are named a total and are the sum of the others of their day, or bear
    a name that no company has (合計)."""
    name = next((n for n in ("mrr", "amount") if n in made.columns), None)
    header, _ = proposal.columns.get("account_id", ("", 0.0))
    said = _rows_that_say(job, header, words.is_total) if header else []
    if not said or name is None:
        return
    days = made.columns["start_date"].to_pylist()
    values = made.columns[name].to_pylist()
    labels = job.raw.column(header)
    named = {*said}
    sums: dict[object, Decimal] = {}
    for row, value in enumerate(values):
        if row not in named and row not in job.bad and value is not None:
            sums[days[row]] = sums.get(days[row], Decimal(0)) + value
    for row in said:
        agrees = values[row] is not None and sums.get(days[row]) == values[row]
        if agrees or not (labels[row].as_py() or "").isascii():
            job.bad.setdefault(row, (header, "total_row"))


def _headers(job: Job, of: re.Pattern[str], also: str) -> list[str]:
    return [h for h in job.raw.headers if h == also or of.search(_spoken(h))]


def _rows_that_say(job: Job, header: str, says: object) -> list[int]:
    column = job.raw.column(header)
    assert callable(says)
    saying = {text for text in column.unique().to_pylist() if text and says(text)}
    if not saying:
        return []
    return [row for row, text in enumerate(column.to_pylist()) if text in saying]


def tell(job: Job, made: Draft, proposal: Proposal) -> None:
    """Warnings where amounts may be something else than what they are taken for."""
    if "plan" in proposal.columns and "trial_end" not in made.columns:
        _priced_trials(job, made, proposal.columns["plan"][0])
    _undivided(job, made, proposal)
    _multiplied(job, made, proposal)
    if "mrr" in made.columns and "discount" in made.columns:
        rows = [
            row
            for row, off in enumerate(made.columns["discount"].to_pylist())
            if off and off.strip("0.%-")
        ]
        _note(job, made, "discount_of_mrr", proposal.columns["discount"][0], rows)


def _priced_trials(job: Job, made: Draft, header: str) -> None:
    rows = _rows_that_say(job, header, words.is_trial)
    prices = next((made.columns[n] for n in ("mrr", "amount") if n in made.columns), None)
    if prices is not None:
        _note(job, made, "trial_priced", header, [row for row in rows if prices[row].as_py()])


def _undivided(job: Job, made: Draft, proposal: Proposal) -> None:
    """MRR of rows paid by the year that is about twelve times that of rows paid by the month."""
    if "mrr" not in made.columns:
        return
    interval, plan = (made.columns.get(name) for name in ("interval", "plan"))
    plans = [text or "" for text in plan.to_pylist()] if plan is not None else None
    if interval is not None:
        units = interval.to_pylist()
    elif plans is not None:
        meant = {text: words.interval_in(text) for text in set(plans)}
        units = [meant[text] for text in plans]
    else:
        return
    if not {"month", "year"} <= set(units):
        return
    from statistics import median

    prices: dict[tuple[str, str], list[float]] = {}
    for row, (unit, value) in enumerate(zip(units, made.columns["mrr"].to_pylist(), strict=True)):
        if value and unit in ("month", "year") and row not in job.bad:
            name = words.without_interval(plans[row]) if plans is not None else ""
            prices.setdefault((name, unit), []).append(float(value))
    shares = [
        median(yearly) / median(prices[name, "month"])
        for (name, unit), yearly in prices.items()
        if unit == "year" and (name, "month") in prices
    ]
    if shares and _UNDIVIDED[0] <= median(shares) <= _UNDIVIDED[1]:
        header, _ = proposal.columns["mrr"]
        _note(job, made, "mrr_undivided", header, [r for r, u in enumerate(units) if u == "year"])


def _multiplied(job: Job, made: Draft, proposal: Proposal) -> None:
    """Amounts that grow with the quantity as if they were for all, and are multiplied by it."""
    header, _ = proposal.columns.get("amount", ("", 0.0))
    if not header or "quantity" not in made.columns or headers.says_each(header):
        return
    plan = made.columns.get("plan")
    cells = [made.columns[name].to_pylist() for name in ("amount", "quantity")]
    plans = plan.to_pylist() if plan is not None else [None] * job.raw.rows
    each: dict[object, set[object]] = {}
    many: dict[object, set[object]] = {}
    rows = []
    for row, (amount, count, name) in enumerate(zip(*cells, plans, strict=True)):
        if amount and count and row not in job.bad:
            each.setdefault(name, set()).add(round(amount / count, 6))
            many.setdefault(name, set()).add(count)
            rows += [row] if count != 1 else []
    telling = [name for name, counts in many.items() if len(counts) > 2]
    if telling and all(len(each[name]) == 1 for name in telling):
        _note(job, made, "amount_per_piece", header, rows)


def _note(job: Job, made: Draft, code: str, header: str, rows: list[int]) -> None:
    rows = [row for row in rows if row not in job.bad]
    if rows:
        column = job.raw.column(header)
        shown = [(job.raw.lines[row].as_py(), column[row].as_py() or "") for row in rows[:3]]
        mrr = lines.earned(made.columns, rows)
        job.notes.append(Note(code, "warning", header, len(rows), shown, mrr))
