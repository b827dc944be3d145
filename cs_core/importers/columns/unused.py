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
    "discount": (
        r"discount|coupon|promo|free (months?|period)|割引|値引|クーポン|無料(月|期間)"
        r"|フリーレント",
        False,
    ),
    "refund": (r"refund|chargeback|返金|返品", False),
    "pause": (r"\bpaus|on.?hold|suspend|休止|休会|一時停止", True),
    "end": (
        r"^(?!.*(period|term|trial|card|更新|試用)).*"
        r"(cancel|terminat|churn|expir|delet|deactivat|\bend(s|ed)?\b|解約|退会|終了|満了|失効)",
        True,
    ),
    "last_paid": (
        r"\b(last|latest) (paid|payment|charge|bill|billed|invoice|order)|"
        r"最終(入金|支払|請求|決済|購入|課金)",
        True,
    ),
    "chance": (r"\bprobability\b|\bwin rate\b|確度|受注確率", False),
    "seats": (r"\bseats?\b|licen[cs]es|quantity|席数|ライセンス数|数量", False),
    "tax": (r"\btax\b|\bvat\b|消費税|税額|税率", False),
    "currency": (r"currency|通貨", False),
}


# Headers of a yes or no to "is this one of our own tests", and of its opposite.
_TEST = re.compile(r"\b(test|demo|internal|sandbox|dummy|sample)\b|テスト|社内|検証用|デモ")
_REAL = re.compile(r"\blive ?mode\b|\bproduction\b|本番")
# Who paid last so many days before the last that anybody paid may have left.
_LONG_AGO = 62
# A state has few values; a text that happens to be a word for an end has many.
_FEW = 12
# Cells of these alone say nothing: 0 %, an empty list or object.
_EMPTY = " 0.%[]{}"
# What is said already where a line has its own.
_HAVE = {"discount": "discount", "seats": "quantity", "currency": "currency"}


def speaks(header: str) -> bool:
    """Whether an unused column of that header may have to be told."""
    spoken = _spoken(header)
    said = any(re.search(pattern, spoken) for pattern, _ in _SPEAKS.values())
    return bool(said or _TEST.search(spoken) or _REAL.search(spoken))


def _spoken(header: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_.]", " ", header).casefold()


def tell(job: Job, columns: dict[str, Any], headers: list[str]) -> None:
    """A warning for each header that no line is made of and that a reader would expect to count."""
    for header in headers:
        spoken = _spoken(header)
        _tell_of_tests(job, columns, header, spoken)
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
        if subject == "last_paid":
            filled = _long_ago(column.to_pylist(), filled)
        if subject == "chance" and len({column[row].as_py() for row in filled}) < 2:
            continue
        if filled:
            shown = [(job.raw.lines[row].as_py(), column[row].as_py()) for row in filled[:3]]
            mrr = lines.earned(columns, filled)
            job.notes.append(Note(f"unused_{subject}", "warning", header, len(filled), shown, mrr))


def _tell_of_tests(job: Job, columns: dict[str, Any], header: str, spoken: str) -> None:
    """A warning where a yes or no says of rows that they are tests."""
    sure = True if _TEST.search(spoken) else False if _REAL.search(spoken) else None
    if sure is None:
        return
    column = job.raw.column(header)
    meant = {text: words.flag(text) for text in column.unique().to_pylist() if text}
    if None in meant.values():
        return
    rows = [
        row
        for row, text in enumerate(column.to_pylist())
        if text and meant[text] is sure and row not in job.bad
    ]
    if rows:
        shown = [(job.raw.lines[row].as_py(), column[row].as_py()) for row in rows[:3]]
        mrr = lines.earned(columns, rows)
        job.notes.append(Note("unused_test", "warning", header, len(rows), shown, mrr))


def _long_ago(cells: list[str | None], rows: list[int]) -> list[int]:
    days = {row: min(found.values()) for row in rows if (found := dates.readings(cells[row] or ""))}
    latest = max(days.values(), default=None)
    return [row for row, day in days.items() if latest and (latest - day).days > _LONG_AGO]


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
