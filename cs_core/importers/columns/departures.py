"""What a status or a further date says of a contract line: that it left, never began, rests, owes,
or is discounted until a day. It is used where it can be, and told with what it moves.

A status is that of the day of the export: it never rewrites the months before it. So a line whose
past-due or resting days are known to have begun later is cut there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_core.importers.cells import typed as typing_
from cs_core.importers.cells import words
from cs_core.importers.columns import lines
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import Note

if TYPE_CHECKING:
    from cs_core.importers.columns.generic import Draft

# Statuses under which nothing was ever paid.
NEVER = ("incomplete", "not_started")
# Headers of a yes or no to "did they leave" and to "are they still there"; what is yet to come
# ("cancel at period end") is neither.
_LEFT = re.compile(
    r"churn|cancel|terminat|delet|deactivat|\binactive|\blost\b|\bleft\b|\bexited|\bended|\bclosed|"
    r"former|解約|退会|終了|離脱|削除|無効"
)
_THERE = re.compile(
    r"\bactive|\blive\b|\bcurrent|\bstill\b|\benabled|\bsubscribed|有効|継続|契約中|利用中|在籍|稼働"
)
_TO_COME = re.compile(
    r"\b(will|at|pending|scheduled|auto|risk|score|prob\w*|predict\w*)\b|予定|自動|予測"
)


def settle(job: Job, made: Draft, headers: dict[str, str]) -> None:
    """Uses the statuses and further dates of a draft of subscriptions whose rows are lines of their
    own. `headers`: what the file calls the columns."""
    _status(job, made, headers)
    if "discount_end" in made.roles:
        _discounts(job, made)
    if "paused_at" in made.roles:
        _pauses(job, made)
    if "term_start" in made.columns:
        past_due(job, made, made.columns["term_start"].to_pylist())
    _since_start(job, made, headers)
    _over_though(job, made, headers)


def flagged(job: Job, made: Draft, unused: Sequence[str]) -> str | None:
    """Gives a draft without a status the one that a column of yes and no states: "is_active",
    "churned", 解約フラグ. Returns its header; where several speak, who left by any has left."""
    if "status" in made.columns:
        return None
    found: dict[str, list[bool | None]] = {}
    for header in unused:
        spoken = re.sub(r"(?<=[a-z])(?=[A-Z])|[_.]", " ", header).casefold()
        there, gone = bool(_THERE.search(spoken)), bool(_LEFT.search(spoken))
        if there == gone or _TO_COME.search(spoken):
            continue
        column = job.raw.column(header)
        meanings = {text: _left(text or "", there) for text in column.unique().to_pylist()}
        said = [meaning for text, meaning in meanings.items() if text]
        if None not in said and True in said:
            found[header] = [meanings[text] for text in column.to_pylist()]
    if not found:
        return None
    import pyarrow as pa

    left = [any(row) for row in zip(*found.values(), strict=True)]
    made.columns["status"] = pa.array(["canceled" if one else "active" for one in left])
    return next(iter(found))


def _left(text: str, there: bool) -> bool | None:
    """Whether a cell under such a header says that they left; None where it says neither."""
    if words.is_nothing(text):
        return None
    known = {"active": False, "canceled": True}.get(words.status(text))
    flag = words.flag(text)
    return known if known is not None or flag is None else flag is not there


def _status(job: Job, made: Draft, headers: dict[str, str]) -> None:
    """Lines that never began are set aside; those that ended get their end from what the file says
    of it, and are set aside where it says nothing."""
    header = headers.get("status")
    for row in _rows(job, made, *NEVER):
        job.bad.setdefault(row, (header, "never_started"))
    left = [row for row in _rows(job, made, "canceled") if _cell(made, "end_date", row) is None]
    for source in ("cancel_requested_at", "term_end"):
        found = {}
        for row in left:
            day, start = _cell(made, source, row), _cell(made, "start_date", row)
            if day is not None and start is not None and day >= start:
                found[row] = day
        if found:
            _no_ends(job, made)
            made.put("end_date", found)
            _tell(job, made, f"end_from_{source}", headers.get(source), list(found))
            left = [row for row in left if row not in found]
    for row in left:
        job.bad.setdefault(row, (header, "left_when_unknown"))


def past_due(job: Job, made: Draft, due: Sequence[date | None]) -> None:
    """A past-due line starts when it became due: with the current, unpaid period."""
    for row in _rows(job, made, "past_due"):
        day = due[row]
        if day is not None:
            _cut(job, made, row, day, {"status": "active"}, {"status": "past_due"})


def _pauses(job: Job, made: Draft) -> None:
    """A line rests from its day of pause on, until it is resumed."""
    paused = made.roles["paused_at"].to_pylist()
    resumed = made.roles["resumed_at"].to_pylist() if "resumed_at" in made.roles else None
    resting = set(_rows(job, made, "paused"))
    for row, day in enumerate(paused):
        back = resumed[row] if resumed else None
        if day is None or row in job.bad or not (row in resting or (back and back > day)):
            continue
        again = back if back and back > day else None
        _cut(job, made, row, day, {"status": "active"}, {"status": "paused"}, again)


def _discounts(job: Job, made: Draft) -> None:
    """A discount with an end of its own: the line goes on at its full price."""
    until = made.roles["discount_end"]
    has = made.columns.get("discount")
    if has is None or "amount" not in made.columns:
        return
    rows = [
        row
        for row, day in enumerate(until.to_pylist())
        if day is not None and has[row].as_py() is not None and row not in job.bad
    ]
    for row in rows:
        _cut(job, made, row, until[row].as_py(), {}, {"discount": None})
    if rows:
        job.notes.append(Note("discount_ends", "note", None, len(rows)))


def _since_start(job: Job, made: Draft, headers: dict[str, str]) -> None:
    """Lines that owe or rest today, and nothing says since when."""
    cut = {row for row, _ in made.added}
    for status in ("past_due", "paused"):
        rows = [row for row in _rows(job, made, status) if row not in cut]
        if status == "past_due" and "term_start" in made.columns:
            rows = [row for row in rows if _cell(made, "term_start", row) is None]
        if rows:
            _tell(job, made, f"{status}_since_unknown", headers.get("status"), rows)
    open_ends = [row for row in _rows(job, made, "unpaid") if _cell(made, "end_date", row) is None]
    if open_ends:
        _tell(job, made, "unpaid_counted", headers.get("status"), open_ends)


def _over_though(job: Job, made: Draft, headers: dict[str, str]) -> None:
    """Lines whose end is past although they renew by themselves, and with which nothing of the
    account goes on."""
    ends, renews = made.columns.get("end_date"), made.columns.get("auto_renew")
    if ends is None or renews is None:
        return
    today = date.today()  # noqa: DTZ011 - the person's own calendar
    latest: dict[Any, date] = {}
    cells = list(zip(made.columns["account_id"].to_pylist(), ends.to_pylist(), strict=True))
    for account, end in cells:
        latest[account] = max(latest.get(account, date.min), end or date.max)
    left = {*_rows(job, made, "canceled"), *_rows(job, made, "active"), *job.bad}
    over = [
        row
        for row, (yes, (account, end)) in enumerate(zip(renews.to_pylist(), cells, strict=True))
        if yes and row not in left and end is not None and latest[account] <= end <= today
    ]
    if over:
        _tell(job, made, "ended_though_renewing", headers.get("auto_renew"), over)


def _cut(
    job: Job,
    made: Draft,
    row: int,
    day: date,
    before: dict[str, Any],
    after: dict[str, Any],
    again: date | None = None,
) -> None:
    """One line made two at `day`; with `again` a third, as the first was, from then on."""
    start, end = _cell(made, "start_date", row), _cell(made, "end_date", row)
    if start is None or (end is not None and day >= end):
        return
    if day <= start:
        return
    _no_ends(job, made)
    made.put("end_date", {row: day})
    for name, value in before.items():
        made.put(name, {row: value})
    stop = again if again is not None and (end is None or again < end) else end
    made.added.append((row, {"start_date": day, "end_date": stop, **after}))
    if stop != end:
        made.added.append((row, {"start_date": stop, "end_date": end, **before}))


def _no_ends(job: Job, made: Draft) -> None:
    if "end_date" not in made.columns:
        made.columns["end_date"] = typing_.days([None] * job.raw.rows)


def _rows(job: Job, made: Draft, *statuses: str) -> list[int]:
    """The rows of these statuses that are still used."""
    import pyarrow as pa
    import pyarrow.compute as pc

    status = made.columns.get("status")
    if status is None:
        return []
    found = pc.indices_nonzero(pc.is_in(status, pa.array(statuses, pa.string())))
    return [row for row in found.to_pylist() if row not in job.bad]


def _cell(made: Draft, name: str, row: int) -> Any:
    column = made.columns.get(name)
    return None if column is None else column[row].as_py()


def _tell(job: Job, made: Draft, code: str, header: str | None, rows: list[int]) -> None:
    shown = []
    if header in job.raw.headers:
        column = job.raw.column(header)
        shown = [(job.raw.lines[row].as_py(), column[row].as_py() or "") for row in rows[:3]]
    mrr = lines.earned(made.columns, rows)
    job.notes.append(Note(code, "warning", header, len(rows), shown, mrr))
