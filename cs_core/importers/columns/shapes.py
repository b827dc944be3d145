"""What one row of a file of subscriptions is, decided from its data as well as its headers.

| shape | one row | its line |
|---|---|---|
| intervals | a contract line with its own start and end | as it stands; rows add up |
| states | what an account pays in a period | the period; a missing one ends the line |
| bills | a bill or payment | its billing interval from its date on |
| events | a start, change, pause or departure | until the next event of its account |

(A matrix and a table of tenures are told by their headers alone.) Clear evidence decides and a
note says so; where readings differ in what they give, the person is asked with the figures of each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cs_core.errors import InputError
from cs_core.importers.cells import words
from cs_core.importers.columns import charges, headers, joins, lines
from cs_core.importers.columns.job import Job
from cs_core.importers.reading import Note

if TYPE_CHECKING:
    from cs_core.importers.columns.generic import Draft
    from cs_core.importers.columns.proposal import Proposal

SHAPES = ("intervals", "states", "bills", "events", "matrix", "tenures")
# So many of the rows that have one before them must follow it by just one period.
_REGULAR, _HALF = 0.8, 0.5
# Fewer rows than this that follow another tell nothing by themselves.
_ENOUGH = 2
# A bill may be this share of its period late, and so many days at the most.
_LATE_SHARE, _LATE_DAYS = 4, 15
_EPOCH = date(1970, 1, 1)
_MONTH = 30.4375
# Whatever differs between two rows makes them two states.
_STATED = (
    "mrr", "amount", "quantity", "interval", "interval_count", "discount", "plan", "currency",
    "status",
)  # fmt: skip
_OVER = ("canceled", "incomplete", "not_started")
_RENEWS = re.compile(r"(?i)renew|更新|trial|トライアル")
_BILL_ID = re.compile(
    r"(?i)order|invoice|bill|payment|transaction|charge|receipt|請求|注文|受注|決済|支払|取引|伝票|入金"
)


@dataclass
class Rows:
    """The rows of a draft that are used, as numbers: one numpy value per row."""

    job: Job
    made: Draft
    start_header: str
    id_header: str

    @cached_property
    def numbers(self) -> Any:
        """The rows of the file."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        start, account = self.made.columns["start_date"], self.made.columns["account_id"]
        known = pc.and_(pc.is_valid(start), pc.is_valid(account))
        if self.job.bad or self.job.informing:
            used = np.ones(self.job.raw.rows, dtype=bool)
            used[[*self.job.bad, *self.job.informing]] = False
            known = pc.and_(known, pa.array(used))
        return np.asarray(pc.indices_nonzero(known)).astype(np.int64)

    @cached_property
    def starts(self) -> Any:
        import pyarrow as pa

        return _days(self.made.columns["start_date"].take(pa.array(self.numbers)))

    @cached_property
    def accounts(self) -> Any:
        return self.codes(self.made.columns["account_id"])

    def codes(self, column: Any) -> Any:
        """Equal numbers where the column's cells are equal."""
        import numpy as np
        import pyarrow as pa

        taken = column.take(pa.array(self.numbers))
        if isinstance(taken, pa.ChunkedArray):
            taken = taken.combine_chunks()
        coded = taken.dictionary_encode(null_encoding="encode")
        return np.asarray(coded.indices).astype(np.int64)

    def together(self, columns: list[Any]) -> Any:
        """Equal numbers where the cells of all columns are equal."""
        import numpy as np

        found = np.zeros(len(self.numbers), dtype=np.int64)
        for column in columns:
            one = self.codes(column)
            found = np.unique(found * (one.max(initial=0) + 1) + one, return_inverse=True)[1]
        return found

    def column(self, name: str) -> Any:
        return self.made.columns.get(name)

    @cached_property
    def ends(self) -> Any:
        """The file's own ends as days, OPEN where there is none."""
        import numpy as np
        import pyarrow as pa

        end = self.column("end_date")
        if end is None:
            return np.full(len(self.numbers), joins.OPEN, dtype=np.int64)
        return _days(end.take(pa.array(self.numbers)))

    @cached_property
    def mrr(self) -> Any:
        """What each row earns a month, as floats: to weigh readings, not to count by."""
        import numpy as np

        stated, amount = self.column("mrr"), self.column("amount")
        if stated is not None or amount is None:
            return self._floats(stated)
        quantity = self.column("quantity")
        each = 1.0 if quantity is None else np.where(q := self._floats(quantity), q, 1.0)
        lasting = np.where(self.months > 0, self.months, np.inf)  # Without an interval: nothing.
        return self._floats(amount) * each / lasting

    def _floats(self, column: Any) -> Any:
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        if column is None:
            return np.zeros(len(self.numbers))
        taken = pc.cast(column.take(pa.array(self.numbers)), pa.float64())
        return np.nan_to_num(np.asarray(pc.fill_null(taken, 0.0), dtype=float))

    @cached_property
    def months(self) -> Any:
        """Months in each row's billing interval; 0 where the file does not say."""
        import numpy as np
        import pyarrow as pa

        unit = self.column("interval")
        if unit is None:
            return np.ones(len(self.numbers)) * ("mrr" in self.made.columns)
        taken = unit.take(pa.array(self.numbers)).to_pylist()
        lasting = {one: float(lines.months_of_interval(one) or 0) for one in set(taken)}
        found = np.array([lasting[one] for one in taken])
        counted = self.column("interval_count")
        if counted is None:
            return found
        many = self._floats(counted)
        return found * np.where(many > 0, many, 1.0)

    # -- how rows follow one another -------------------------------------------------------

    @cached_property
    def own_ids(self) -> bool:
        """Whether each row bears the id of a contract of its own."""
        ids = self.column("subscription_id")
        if ids is None or _BILL_ID.search(self.id_header) or len(headers.key(self.id_header)) < 4:
            return False
        codes = self.codes(ids)
        return len(codes) > 0 and int(codes.max()) + 1 == len(codes)

    @cached_property
    def keyed(self) -> Any:
        """The account, and its subscription where several rows bear one id."""
        ids = self.column("subscription_id")
        if ids is None or _BILL_ID.search(self.id_header):
            return self.accounts
        codes = self.codes(ids)
        repeated = int(codes.max(initial=-1)) + 1 <= 0.9 * len(codes)
        return self.together([self.made.columns["account_id"], ids]) if repeated else self.accounts

    @cached_property
    def steps(self) -> Any:
        """Days from a row to the next of its key, for every row that has one."""
        import numpy as np

        order = np.lexsort((self.starts, self.keyed))
        key, start = self.keyed[order], self.starts[order]
        return (start[1:] - start[:-1])[key[1:] == key[:-1]]

    @cached_property
    def period(self) -> tuple[int, float]:
        """(days in the usual step, share of steps that are it): monthly steps count as 30."""
        import numpy as np

        steps = self.steps[self.steps > 0]
        if not len(steps):
            return 30, 0.0
        months = np.rint(steps / _MONTH)
        monthly = (months >= 1) & (abs(steps - months * _MONTH) <= 2.6)
        found = np.where(monthly, months * 30, steps)
        values, counts = np.unique(found, return_counts=True)
        best = int(values[counts.argmax()])
        return best, float(counts.max() / len(self.steps))

    @cached_property
    def on_first_days(self) -> bool:
        """Whether every row starts on the first day of a month, or every one on the last."""
        import numpy as np

        days = self.starts.astype("datetime64[D]")
        first = days == days.astype("datetime64[M]").astype("datetime64[D]")
        after = days + 1
        last = after == after.astype("datetime64[M]").astype("datetime64[D]")
        return bool(np.all(first)) or bool(np.all(last))

    @cached_property
    def on_few_days(self) -> bool:
        """Whether the rows of many accounts share their days, a period apart."""
        import numpy as np

        return len(self.starts) > 3 * len(np.unique(self.starts))


@dataclass(frozen=True)
class _Lines:
    """What a shape makes of the rows."""

    joined: joins.Joined
    known_until: int
    status: Any = None


def settle(job: Job, made: Draft, proposal: Proposal, changes: bool = False) -> None:
    """Decides what one row is and, where rows follow one another, makes lines of them. Rows that
    told of `changes` are events.

    Raises InputError `shape_unsure` where the readings give different figures and the data does
    not tell between them.
    """
    told = "events" if changes else job.options.told("shape")
    start = proposal.columns["start_date"][0]
    hint = hinted(start)
    rows = Rows(job, made, start, proposal.columns.get("subscription_id", ("", 0.0))[0])
    end = proposal.columns.get("end_date", ("", 0.0))[0]
    ended = bool(end) and job.raw.column(end).null_count < job.raw.rows
    if told is None and hint is None and ended and not _event_words(made):
        return
    if not len(rows.numbers):
        return
    shape = told or _decided(rows, hint, made, ended)
    if shape is None:
        _ask(job, rows, made)
        shape = "intervals"
    if shape in ("intervals", "matrix", "tenures"):
        return
    if shape == "bills":
        charges.not_billed(job, made, proposal)
        rows = Rows(job, made, rows.start_header, rows.id_header)
    _take(job, made, rows, shape)
    if told is None or changes:
        at = [int(row) for row in rows.numbers[:3]]
        examples = [(job.raw.lines[r].as_py(), job.raw.column(start)[r].as_py()) for r in at]
        job.notes.append(Note(f"shape_{shape}", "note", start, len(rows.numbers), examples))


def join(job: Job, made: Draft, shape: str, start: str) -> None:
    """Makes lines of the rows of a draft that is known to be of a shape: `bills`, `events`, or
    `periods`, which are bills with their own starts and ends."""
    rows = Rows(job, made, start, "subscription_id")
    if len(rows.numbers):
        _take(job, made, rows, shape)


def hinted(header: str) -> str | None:
    """What the header of a date says each row is."""
    for pseudo, shape in (("period", "states"), ("billed_at", "bills"), ("event_at", "events")):
        if headers.confidence(header, "subscriptions", pseudo) >= headers.LIKELY:
            return shape
    return None


def _decided(rows: Rows, hint: str | None, made: Draft, ended: bool) -> str | None:
    """The shape that the data tells clearly; None where it does not."""
    if _ending(rows, made) is not None:
        return "events"
    following = int((rows.steps > 0).sum())
    if hint is None and (ended or not following or rows.own_ids):
        return "intervals"
    if ended and not following and hint == "states":
        return "intervals"
    if not following:
        return hint
    days, share = rows.period
    if hint == "states":
        return "states" if share >= _HALF else None
    if hint == "bills":
        return "bills" if share >= _HALF and rows.months.any() else None
    if hint is None and share >= _REGULAR and following >= _ENOUGH:
        dated = rows.on_first_days or (rows.on_few_days and days < 28)
        return "states" if dated else "bills"
    return None


def _has_ends(made: Draft) -> bool:
    ends = made.columns.get("end_date")
    return ends is not None and ends.null_count < len(ends)


def _event_words(made: Draft) -> list[tuple[str, Any, bool]]:
    """The columns in which an end may be stated as an event: name, cells, and whether its header
    says that it holds events. A status says so only where there are no ends."""
    found = []
    for name, column in [*made.segments.items(), *made.columns.items()]:
        stated = headers.confidence(name, "subscriptions", "event") >= headers.LIKELY
        if stated or name == "plan" or (name == "status" and not _has_ends(made)):
            values = [text or "" for text in column.unique().to_pylist()]
            ending = any(words.event(text) == "end" for text in values)
            if ending or (not _has_ends(made) and _changes_alone(name, values)):
                found.append((name, column, stated))
    return found


def _changes_alone(name: str, values: list[str]) -> bool:
    """Whether a column is surely one of events although nobody leaves in it. What renews may be
    bills."""
    if headers.confidence(name, "subscriptions", "event") < headers.STRENGTH["sure"]:
        return False
    meant = {words.event(text) for text in values if text and not _RENEWS.search(text)}
    known = sum(words.event(text) is not None for text in values)
    return "change" in meant and known == len(values)


def _ending(rows: Rows, made: Draft) -> Any:
    """Which rows state that their account leaves; None where these are no events.

    An event says so in a column of events; or in its plan or status, where no price stands."""
    import numpy as np
    import pyarrow as pa

    if made.left:
        return np.array(["end" if row in made.left else "" for row in rows.numbers.tolist()])
    at = pa.array(rows.numbers)
    for name, column, stated in _event_words(made):
        texts = [text or "" for text in column.take(at).to_pylist()]
        meanings = {text: words.event(text or "") for text in set(texts)}
        if stated and sum(map(bool, meanings.values())) < len(meanings) / 2:
            continue
        found = np.array([meanings[text] or "" for text in texts])
        leaves = found == "end"
        if not stated:
            leaves &= rows.mrr == 0
            found = np.where(leaves, found, "")
        follows = np.isin(rows.keyed, rows.keyed[~leaves])
        if stated and not leaves.any() and _changes_alone(name, [*meanings]):
            return found
        if (leaves & follows).any() and (stated or (leaves <= follows).all()):
            return found
    return None


# -- lines ----------------------------------------------------------------------------------


def _side_by_side(rows: Rows) -> Any:
    """What tells rows of one account apart that hold at the same time."""
    names = ("account_id", "plan", "currency")
    columns = [rows.column(name) for name in names if rows.column(name) is not None]
    ids = rows.column("subscription_id")
    if ids is not None and rows.keyed is not rows.accounts:
        columns.append(ids)
    return rows.together(columns)


def _values(rows: Rows, made: Draft) -> Any:
    stated = [rows.column(name) for name in _STATED if rows.column(name) is not None]
    return rows.together([*stated, *made.segments.values()])


def _gone(rows: Rows) -> Any:
    """Which states say that there is nothing any more. Where all those of an account do, it is the
    status of today, written into every row."""
    import numpy as np
    import pyarrow as pa

    status = rows.column("status")
    if status is None:
        return np.zeros(len(rows.numbers), dtype=bool)
    said = status.take(pa.array(rows.numbers)).to_pylist()
    ended = np.array([text in _OVER for text in said])
    return ended & np.isin(rows.accounts, rows.accounts[~ended])


def _states(rows: Rows, made: Draft) -> _Lines:
    import numpy as np

    days, _ = rows.period
    starts = rows.starts
    if days % 30 == 0:  # A state of a month holds from its first day on, whichever is written.
        first = starts.astype("datetime64[D]").astype("datetime64[M]")
        months = max(1, days // 30)
        starts = _of(first.astype("datetime64[D]"))
        ends = _of((first + months).astype("datetime64[D]"))
    else:
        ends = starts + days
    until = int(ends.max()) - 1
    gone = _gone(rows)
    joined = joins.join(
        _side_by_side(rows),
        starts,
        np.where(gone, starts - 1, ends),
        _values(rows, made),
        grace=0,
        known_until=until,
    )
    return _Lines(joined, until)


def _bills(rows: Rows, made: Draft) -> _Lines:
    import numpy as np

    days = np.where(rows.months > 0, np.maximum(1, np.rint(rows.months * _MONTH)), 30)
    whole = rows.months == np.rint(rows.months)
    months = np.where(whole & (rows.months > 0), rows.months, 1).astype(int)
    on = rows.starts.astype("datetime64[D]")
    month = on.astype("datetime64[M]")
    place = (on - month.astype("datetime64[D]")).astype(int)
    length = ((month + months + 1).astype("datetime64[D]") - (month + months)).astype(int)
    later = (month + months).astype("datetime64[D]") + np.minimum(place, length - 1)
    ends = np.where(whole, _of(later), rows.starts + days).astype(np.int64)
    ends = np.where(rows.ends == joins.OPEN, ends, rows.ends)
    grace = np.clip((ends - rows.starts) // _LATE_SHARE, 1, _LATE_DAYS)
    until = int(rows.starts.max())
    joined = joins.join(
        _side_by_side(rows), rows.starts, ends, _values(rows, made), grace=grace, known_until=until
    )
    return _Lines(joined, until)


def _events(rows: Rows, made: Draft) -> _Lines:
    import numpy as np

    meant = _ending(rows, made)
    ends = rows.ends.copy()
    status = None
    if meant is not None:
        ends = np.where(meant == "end", rows.starts - 1, ends)
        if bool((meant == "pause").any()):
            status = np.array(["paused" if one == "pause" else None for one in meant], dtype=object)
    joined = joins.join(rows.keyed, rows.starts, ends, _values(rows, made), replace=True)
    until = _last_complete(rows) if hinted(rows.start_header) == "states" else rows.starts.max()
    return _Lines(joined, int(until), status)


def _periods(rows: Rows, made: Draft) -> _Lines:
    """A later period of a subscription takes the place of what is left of the one before."""
    import numpy as np

    ids = rows.column("subscription_id")
    key = _side_by_side(rows) if ids is None else rows.together([made.columns["account_id"], ids])
    grace = np.clip((rows.ends - rows.starts) // _LATE_SHARE, 1, _LATE_DAYS)
    until = int(rows.starts.max())
    joined = joins.join(
        key, rows.starts, rows.ends, _values(rows, made), grace=grace, replace=True,
        known_until=until,
    )  # fmt: skip
    return _Lines(joined, until)


_LINES = {"states": _states, "bills": _bills, "events": _events, "periods": _periods}


def _take(job: Job, made: Draft, rows: Rows, shape: str) -> None:
    """The lines in place of the draft's rows; what only closes a line informs."""
    import numpy as np
    import pyarrow as pa

    found = _LINES[shape](rows, made)
    joined = found.joined
    silent = rows.numbers[found.joined.line_of < 0]
    job.informing |= set(silent.tolist())
    ends = pa.array(joined.ends.astype(np.int32), mask=joined.ends == joins.OPEN)
    made.lines = (
        pa.array(rows.numbers[joined.rows]),
        {
            "start_date": pa.array(joined.starts.astype(np.int32)).cast(pa.date32()),
            "end_date": ends.cast(pa.date32()),
        },
    )
    reaches = pa.array(joined.reaches.astype(np.int32), mask=joined.reaches == joins.OPEN)
    made.reaches = reaches.cast(pa.date32())
    if shape == "events":
        made.closings = _closings(rows, made)
    if found.status is not None:
        status = found.status[joined.rows]
        kept = made.columns.get("status")
        was = kept.take(made.lines[0]).to_pylist() if kept is not None else [None] * len(status)
        made.lines[1]["status"] = pa.array(
            [new or old for new, old in zip(status.tolist(), was, strict=True)], pa.string()
        )
    made.known_until = _EPOCH + timedelta(days=found.known_until)
    if shape != "events" and len(joined.starts):  # Events say themselves who starts.
        made.begins = _EPOCH + timedelta(days=int(joined.starts.min()))


def _closings(rows: Rows, made: Draft) -> list[tuple[str, str | None, str]]:
    """Departures that come first of their account or subscription: of a line that another file
    knows."""
    import numpy as np

    meant = _ending(rows, made)
    if meant is None:
        return []
    order = np.lexsort((rows.starts, rows.keyed))
    first = order[np.concatenate([[True], rows.keyed[order][1:] != rows.keyed[order][:-1]])]
    at = rows.numbers[first[meant[first] == "end"]].tolist()
    ids = made.columns.get("subscription_id") if rows.keyed is not rows.accounts else None
    account, start = made.columns["account_id"], made.columns["start_date"]
    return [
        (account[r].as_py(), None if ids is None else ids[r].as_py(), str(start[r].as_py()))
        for r in at
    ]


# -- the question ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Consequence:
    """What a reading gives: customers and MRR at the end of the last complete month, and the share
    of the customers of the month before who have left by then."""

    customers: int
    mrr: float
    churn: float | None


def _ask(job: Job, rows: Rows, made: Draft) -> None:
    readings: dict[str, Consequence] = {}
    for shape in ("intervals", "states", "bills", "events"):
        if shape == "states" and not rows.on_first_days:
            continue
        if shape == "bills" and (rows.on_first_days or not rows.months.any()):
            continue
        readings[shape] = _consequence(rows, made, shape)
    if len(set(readings.values())) < 2:
        return
    said = {
        shape: {"customers": one.customers, "mrr": f"{one.mrr:.2f}", "churn": one.churn}
        for shape, one in readings.items()
    }
    raise InputError(
        "shape_unsure",
        file=job.raw.file,
        month=f"{_EPOCH + timedelta(days=_last_complete(rows)):%Y-%m}",
        readings=said,
        option="--shape",
    )


def _consequence(rows: Rows, made: Draft, shape: str) -> Consequence:
    import numpy as np

    number = np.arange(len(rows.numbers))
    if shape == "intervals":
        row, start, end = number, rows.starts, rows.ends
    else:
        joined = _LINES[shape](rows, made).joined
        row, start, end = joined.rows, joined.starts, joined.ends
    last = _last_complete(rows)
    month = np.int64(last).astype("datetime64[D]").astype("datetime64[M]")
    before = int(_of(month.astype("datetime64[D]"))) - 1

    def there(day: int) -> Any:
        return (start <= day) & (end > day) & (rows.mrr[row] > 0)

    now, then = there(last), there(before)
    today = np.unique(rows.accounts[row[now]])
    earlier = np.unique(rows.accounts[row[then]])
    lost = len(np.setdiff1d(earlier, today))
    churn = round(lost / len(earlier), 4) if len(earlier) else None
    return Consequence(len(today), round(float(rows.mrr[row[now]].sum()), 2), churn)


def _last_complete(rows: Rows) -> int:
    """The last day of the last month that the data reaches to the end of."""
    import numpy as np

    latest = np.int64(rows.starts.max()).astype("datetime64[D]")
    month = latest.astype("datetime64[M]")
    end = int(_of((month + 1).astype("datetime64[D]"))) - 1
    if rows.on_first_days or int(_of(latest)) == end:
        return end
    return int(_of(month.astype("datetime64[D]"))) - 1


def _of(days: Any) -> Any:
    import numpy as np

    return days.astype("datetime64[D]").astype(np.int64)


def _days(column: Any) -> Any:
    """An Arrow column of days as whole numbers, OPEN where it is empty."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = pc.fill_null(pc.cast(column, pa.int32()), joins.OPEN)
    return np.asarray(numbers).astype(np.int64)
