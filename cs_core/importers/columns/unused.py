"""Columns that are not used although they speak of money or of leaving: told, with the MRR of the
rows in which they are filled."""

from __future__ import annotations

import re
from typing import Any

from cs_core.importers.cells import dates, words
from cs_core.importers.columns import lines
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import Note

# What a header speaks of -> whether its cells must be days to matter.
_SPEAKS = {
    "discount": (r"discount|coupon|promo|割引|値引|クーポン", False),
    "refund": (r"refund|chargeback|返金|返品", False),
    "pause": (r"\bpaus|on.?hold|suspend|休止|休会|一時停止", True),
    "end": (
        r"^(?!.*(period|term|trial|card|更新|試用)).*"
        r"(cancel|terminat|churn|expir|delet|deactivat|\bend(s|ed)?\b|解約|退会|終了|満了|失効)",
        True,
    ),
    "seats": (r"\bseats?\b|licen[cs]es|quantity|席数|ライセンス数|数量", False),
    "tax": (r"\btax\b|\bvat\b|消費税|税額|税率", False),
    "currency": (r"currency|通貨", False),
}


# A state has few values; a text that happens to be a word for an end has many.
_FEW = 12
# Cells of these alone say nothing: 0 %, an empty list or object.
_EMPTY = " 0.%[]{}"
# What is said already where a line has its own.
_HAVE = {"discount": "discount", "seats": "quantity", "currency": "currency"}


def tell(job: Job, columns: dict[str, Any], headers: list[str]) -> None:
    """A warning for each header that no line is made of and that a reader would expect to count."""
    for header in headers:
        spoken = re.sub(r"(?<=[a-z])(?=[A-Z])|[_.]", " ", header).casefold()
        subject = next((s for s, (p, _) in _SPEAKS.items() if re.search(p, spoken)), None)
        if subject is None:
            _tell_of_ends(job, columns, header)
        if subject is None or _HAVE.get(subject) in columns:
            continue
        column = job.raw.column(header)
        examples = job.raw.examples(job.raw.headers.index(header), 20)
        says = [text for text in examples if text.strip(_EMPTY) and not words.is_nothing(text)]
        if not says or all(words.flag(text) is not None for text in says):
            continue
        if _SPEAKS[subject][1] and dates.looks_like_dates(says) < 1:
            continue
        filled = [
            row
            for row, text in enumerate(column.to_pylist())
            if text and text.strip(_EMPTY) and row not in job.bad
        ]
        if filled:
            shown = [(job.raw.lines[row].as_py(), column[row].as_py()) for row in filled[:3]]
            mrr = lines.earned(columns, filled)
            job.notes.append(Note(f"unused_{subject}", "warning", header, len(filled), shown, mrr))


def _tell_of_ends(job: Job, columns: dict[str, Any], header: str) -> None:
    """A warning where cells of a few values say of lines without an end that they ended."""
    if "status" in columns:
        return
    column = job.raw.column(header)
    values = column.unique().to_pylist()
    ended = {text for text in values if text and words.status(text) == "canceled"}
    if not ended or len(values) > _FEW:
        return
    ends = columns["end_date"].to_pylist() if "end_date" in columns else [None] * job.raw.rows
    rows = [
        row
        for row, (text, end) in enumerate(zip(column.to_pylist(), ends, strict=True))
        if text in ended and end is None and row not in job.bad
    ]
    if rows:
        shown = [(job.raw.lines[row].as_py(), column[row].as_py()) for row in rows[:3]]
        mrr = lines.earned(columns, rows)
        job.notes.append(Note("unused_end", "warning", header, len(rows), shown, mrr))
