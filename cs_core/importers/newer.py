"""Files of one source that came one after the other, told as one: the newest wins.

| a later file | what becomes of the earlier one |
|---|---|
| holds nearly all of its contracts and reaches as far back | it is replaced as a whole |
| holds some of its contracts, by id, or by account, plan and start | their rows are replaced |
| goes on where it stops: months, bills, events | its lines go on, or end where nothing follows |

Rows that are replaced are set aside with that reason. Rows of other contracts add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from cs_core.importers.aside import RowsAside
from cs_core.importers.columns import lines
from cs_core.importers.reading import CanonicalFile, FileReading, Note, SetAside

# Shares of an earlier file's accounts, of its contracts by id, and of its rows by account, plan,
# start and price, that a later one has where it is a newer export of the same.
_ACCOUNTS, _IDS, _ROWS = 0.9, 0.9, 0.5
# It may lack so many of the first rows.
_BACK = 0.05
# Of those who go on when a file ends so many must be in the file that follows it.
_FOLLOWED = 0.5
# A bill may be so many days late.
_LATE = 15
_NEVER, _UNKNOWN = 2**30, -(2**30)  # later, and earlier, than any day
_EPOCH = date(1970, 1, 1)
REPLACED = "replaced"


def within(files: Sequence[FileReading], scratch: Path) -> list[FileReading]:
    """The files of one import: what goes on where another stops, and exports of the same contracts
    under the same headers, of which the one that reaches furthest counts."""
    found = list(files)
    order = [n for n, file in enumerate(files) if table_of(file) is not None]
    if len(order) < 2:
        return found
    days = {n: _Rows(files[n]).latest for n in order}
    order.sort(key=lambda n: days[n])
    for place, later in enumerate(order):
        for earlier in order[:place]:
            old, new = found[earlier], found[later]
            if table_of(old) is None or _layout(old) != _layout(new):
                continue
            pair = _Pair(old, new)
            if old.mapping == new.mapping and pair.is_newer_export:
                found[earlier] = pair.emptied()
            elif pair.goes_on:
                found[earlier] = pair.followed(scratch)
    return found


def later(
    earlier: Sequence[FileReading], new: Sequence[FileReading], scratch: Path
) -> list[FileReading]:
    """The files of a dataset and those that come to it, in that order. A file that a newer export
    replaces is left out; what is in it alone is told of."""
    kept: list[FileReading | None] = [_without_attributes(old, new, scratch) for old in earlier]
    for number, file in enumerate(new):
        if table_of(file) is None:
            continue
        for place, old in enumerate(kept):
            if old is None or table_of(old) is None:
                continue
            pair = _Pair(old, file)
            if pair.is_older_export:
                note = Note("older_export", "warning", None, file.rows_read)
                new = [
                    *new[:number],
                    replace(pair.turned.emptied(), notes=[note]),
                    *new[number + 1 :],
                ]
                break
            if pair.is_newer_export:
                file.notes += pair.told_of_gone()
                kept[place] = None
            elif pair.goes_on:
                kept[place] = pair.followed(scratch)
            else:
                kept[place] = pair.updated(scratch)
    return [*(file for file in kept if file is not None), *new]


def _layout(file: FileReading) -> tuple[str | None, set[str]]:
    """What tells files of one source; the headers of a table of months are its months."""
    return file.preset, set(file.mapping.values())


def _without_attributes(old: FileReading, new: Sequence[FileReading], scratch: Path) -> FileReading:
    """An earlier file without what later ones say of the same accounts: the newest value counts."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    said: dict[str, Any] = {}  # attribute -> the accounts of whom a later file says it
    for table in (t for file in new for t in file.tables if t.table == "accounts"):
        data = pq.read_table(table.path)
        accounts = pc.cast(data.column(table.columns["account_id"]), pa.string())
        for name, at in {**table.columns, **table.segments}.items():
            if name not in ("account_id", "source_line"):
                found = accounts.filter(pc.is_valid(data.column(at)))
                said[name] = pa.chunked_array([*said.get(name, accounts[:0]).chunks, *found.chunks])
    tables = []
    for table in old.tables:
        names = {n: at for n, at in {**table.columns, **table.segments}.items() if n in said}
        if table.table != "accounts" or not names:
            tables.append(table)
            continue
        data = pq.read_table(table.path)
        accounts = pc.cast(data.column(table.columns["account_id"]), pa.string())
        for name, at in names.items():
            own = data.column(at)
            kept = pc.if_else(pc.is_in(accounts, said[name]), pa.scalar(None, own.type), own)
            data = data.set_column(at, data.column_names[at], kept)
        path = _path(table, scratch)
        pq.write_table(data, path, row_group_size=122_880)
        tables.append(replace(table, path=path))
    return replace(old, tables=tables)


def _path(table: CanonicalFile, scratch: Path) -> Path:
    return scratch / f"{table.path.stem}-{len(list(scratch.iterdir()))}.parquet"


def table_of(file: FileReading) -> CanonicalFile | None:
    return next((t for t in file.tables if t.table == "subscriptions"), None)


class _Rows:
    """The canonical subscriptions of a file, as numpy arrays and Arrow columns."""

    def __init__(self, file: FileReading) -> None:
        import pyarrow.parquet as pq

        table = table_of(file)
        assert table is not None
        self.table = table
        self.data = pq.read_table(table.path)

    def __len__(self) -> int:
        return int(self.data.num_rows)

    def text(self, name: str) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        at = self.table.columns.get(name)
        if at is None:
            return pa.chunked_array([pa.nulls(len(self), pa.string())])
        return pc.cast(self.data.column(at), pa.string())

    def days(self, at: int | None, nothing: int) -> Any:
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        if at is None:
            return np.full(len(self), nothing, dtype=np.int64)
        days = pc.cast(pc.cast(self.data.column(at), pa.date32(), safe=False), pa.int32())
        return np.asarray(pc.fill_null(days, nothing)).astype(np.int64)

    @cached_property
    def starts(self) -> Any:
        return self.days(self.table.columns.get("start_date"), _UNKNOWN)

    @cached_property
    def ends(self) -> Any:
        return self.days(self.table.columns.get("end_date"), _NEVER)

    @cached_property
    def latest(self) -> int:
        """The last day up to today on which something happens."""
        import numpy as np

        names = ("end_date", "cancel_requested_at")
        found = [self.starts, *(self.days(self.table.columns.get(n), _UNKNOWN) for n in names)]
        days = np.concatenate(found)
        today = _day(date.today())  # noqa: DTZ011 - the dataset's days are local days
        return int(days[days <= today].max(initial=_UNKNOWN))

    @cached_property
    def lines(self) -> Any:
        import pyarrow as pa

        at = self.table.columns.get("source_line")
        return pa.array(range(1, len(self) + 1), pa.int64()) if at is None else self.data.column(at)


class _Pair:
    """An earlier file and a later one. Codes are equal where cells of either are equal."""

    def __init__(self, old: FileReading, new: FileReading) -> None:
        self.old, self.new = old, new
        self.before, self.after = _Rows(old), _Rows(new)

    @property
    def turned(self) -> _Pair:
        return _Pair(self.new, self.old)

    def codes(self, *names: str) -> tuple[Any, Any]:
        import numpy as np
        import pyarrow as pa

        found = np.zeros(len(self.before) + len(self.after), dtype=np.int64)
        for name in names:
            chunks = [*self.before.text(name).chunks, *self.after.text(name).chunks]
            both = pa.chunked_array(chunks, pa.string()).combine_chunks()
            coded = np.asarray(both.dictionary_encode(null_encoding="encode").indices)
            found = found * (int(coded.max(initial=0)) + 1) + coded.astype(np.int64)
            found = np.unique(found, return_inverse=True)[1]
        return found[: len(self.before)], found[len(self.before) :]

    @cached_property
    def have_ids(self) -> bool:
        """Whether both name their contracts."""
        ids = (self.before.text("subscription_id"), self.after.text("subscription_id"))
        return all(column.null_count <= 0.1 * len(column) for column in ids)

    def _share(self, *names: str, turned: bool = False) -> float:
        """Of the different cells of the earlier file those that the later one has."""
        import numpy as np

        old, new = self.codes(*names)
        old, new = (new, old) if turned else (old, new)
        own = np.unique(old)
        return float(np.isin(own, new).mean()) if len(own) else 0.0

    def _has_most(self, turned: bool = False) -> bool:
        if self._share("account_id", turned=turned) < _ACCOUNTS:
            return False
        if self.have_ids:
            return self._share("subscription_id", turned=turned) >= _IDS
        names = ("account_id", "plan", "start_date", "mrr", "amount")
        return self._share(*names, turned=turned) >= _ROWS

    @cached_property
    def is_newer_export(self) -> bool:
        import numpy as np

        if not len(self.before) or not len(self.after):
            return False
        back = np.quantile(self.before.starts, _BACK, method="lower")
        newer = self.after.latest >= self.before.latest and self.after.starts.min() <= back
        return bool(newer) and self._has_most()

    @cached_property
    def is_older_export(self) -> bool:
        """Whether the later file was written earlier: most of it is in the other, which goes on."""
        fewer = len(self.after) <= len(self.before) <= 2 * len(self.after)
        return fewer and self.after.latest < self.before.latest and self._has_most(turned=True)

    # -- one stops, the other goes on -------------------------------------------------------

    @property
    def _until(self) -> int | None:
        return None if self.old.matrix_until is None else _day(self.old.matrix_until)

    @cached_property
    def goes_on(self) -> bool:
        """Whether the later file speaks of the months, or the events, after the earlier one's, or
        of some of them anew, and of the same accounts."""
        import numpy as np

        if self._until is None or self.new.matrix_until is None:
            return False
        if (self.old.begins is None) != (self.new.begins is None):
            return False
        if self.new.matrix_until <= self.old.matrix_until:  # type: ignore[operator]
            return False
        if self.old.begins is None:
            return True
        old, new = self.codes("account_id")
        open_ones = np.unique(old[self.before.ends == _NEVER])
        return bool(len(open_ones)) and float(np.isin(open_ones, new).mean()) >= _FOLLOWED

    def followed(self, scratch: Path) -> FileReading:
        """The earlier file's lines as far as it goes, or up to where the later one goes on."""
        import numpy as np

        old, new = self.codes("account_id", *self._beside)
        starts, ends = self.before.starts, self.before.ends.copy()
        first = np.full(int(max(old.max(initial=0), new.max(initial=0))) + 1, _NEVER)
        if self.old.begins is None:
            self._next_events(old, new, starts, ends)
            return self._written(np.zeros(len(old), dtype=bool), ends, scratch)
        begins = int(self.after.starts.min(initial=_NEVER))
        np.minimum.at(first, new, self.after.starts)
        anew = starts >= begins
        assert self._until is not None
        reach = self.before.days(self.before.table.reach, self._until + 1)
        if missing := _months_between(self._until, begins):
            self.old.notes.append(Note("period_missing", "warning", None, missing))
            reach = np.maximum(reach, begins)
        late = 0 if _first_days(self.before.starts) and _first_days(self.after.starts) else _LATE
        goes_on = first[old] - reach <= late
        latest = int(self.after.starts.max(initial=_UNKNOWN))
        running = ~goes_on & (reach + late > latest)  # paid beyond what the later file knows
        open_ones = ends == _NEVER
        cut = np.where(goes_on, np.maximum(first[old], starts), np.maximum(reach, starts))
        ends = np.where(open_ones & ~running, cut, ends)
        overlap = ~open_ones & (ends > begins)
        ends = np.where(overlap & goes_on, np.minimum(ends, np.maximum(first[old], starts)), ends)
        return self._written(anew, ends, scratch)

    @property
    def _beside(self) -> tuple[str, ...]:
        if self.have_ids and self._share("account_id", "subscription_id") > 0:
            return ("subscription_id",)
        return () if self.old.begins is None else ("plan", "currency")

    def _next_events(self, old: Any, new: Any, starts: Any, ends: Any) -> None:
        """An event closes what is open of its account."""
        import numpy as np

        first = np.full(int(max(old.max(initial=0), new.max(initial=0))) + 1, _NEVER)
        np.minimum.at(first, new, self.after.starts)
        accounts, ids = (
            self.before.text("account_id").to_pylist(),
            self.before.text("subscription_id").to_pylist(),
        )
        left = {
            (account, contract): _day(date.fromisoformat(day))
            for account, contract, day in self.new.closings
        }
        for row in np.flatnonzero(ends == _NEVER).tolist():
            at = min(
                int(first[old[row]]),
                left.get((accounts[row], None), _NEVER),
                left.get((accounts[row], ids[row]), _NEVER),
            )
            if starts[row] <= at < _NEVER:
                ends[row] = at

    # -- some rows anew ---------------------------------------------------------------------

    def updated(self, scratch: Path) -> FileReading:
        """The earlier file without the rows that the later one has anew. Where its contracts have
        several lines, those before the later file's first one stay, up to it."""
        import numpy as np

        ends = self.before.ends.copy()
        if not self.have_ids:
            old, new = self.codes("account_id", "plan", "start_date")
            return self._written(np.isin(old, new) & (self.before.starts > _UNKNOWN), ends, scratch)
        old, new = self.codes(*self._contract)
        first = np.full(int(max(old.max(initial=0), new.max(initial=0))) + 1, _NEVER)
        np.minimum.at(first, new, self.after.starts)
        anew = np.isin(old, new)
        if len(np.unique(old)) < len(old) or len(np.unique(new)) < len(new):
            stays = anew & (self.before.starts < first[old])
            ends = np.where(stays, np.minimum(ends, first[old]), ends)
            anew &= ~stays
        return self._written(anew, ends, scratch)

    @property
    def _contract(self) -> tuple[str, ...]:
        """What names a contract: its id, with the account where accounts share ids."""
        import numpy as np

        for ids, both in zip(
            self.codes("subscription_id"), self.codes("account_id", "subscription_id"), strict=True
        ):
            if len(np.unique(ids)) < len(np.unique(both)):
                return ("account_id", "subscription_id")
        return ("subscription_id",)

    # -- what is left of the earlier file ---------------------------------------------------

    def emptied(self) -> FileReading:
        """The earlier file with every row set aside."""
        import numpy as np

        aside = self._aside(np.ones(len(self.before), dtype=bool))
        return replace(self.old, tables=[], set_aside=aside, matrix_until=None, begins=None)

    def told_of_gone(self) -> list[Note]:
        """Contracts of the earlier file that the newer export does not have."""
        import numpy as np

        names = self._contract if self.have_ids else ("account_id",)
        old, new = self.codes(*names)
        rows = np.flatnonzero(~np.isin(old, new)).tolist()
        if not rows:
            return []
        import pyarrow as pa

        at = pa.array(rows)
        told = list(
            zip(
                self.before.lines.take(at).to_pylist()[:5],
                self.before.text("account_id").take(at).to_pylist()[:5],
                strict=True,
            )
        )
        columns = {n: self.before.data.column(i) for n, i in self.before.table.columns.items()}
        mrr = lines.earned(columns, rows)
        return [Note("gone_from_newer", "warning", "account_id", len(rows), told, mrr)]

    def _aside(self, which: Any) -> RowsAside:
        """The rows already set aside, and these, with the cells that canonical columns hold."""
        import numpy as np
        import pyarrow as pa

        rows = np.flatnonzero(which)
        at = pa.array(rows)
        own = {target: header for header, target in self.old.mapping.items()}
        places = {**self.before.table.columns, **self.before.table.segments}
        taken = [places.get(self.old.mapping.get(header, "")) for header in self.old.headers]
        cells = [
            [""] * len(rows) if place is None else _texts(self.before.data.column(place).take(at))
            for place in taken
        ]
        accounts = self.before.text("account_id").take(at).to_pylist()
        numbers = self.before.lines.take(at).to_pylist()
        named = own.get("account_id", "account_id")
        seen = set()
        found = RowsAside(self.old.set_aside)
        for place, (number, account) in enumerate(zip(numbers, accounts, strict=True)):
            if number not in seen:  # Several lines may come of one row.
                seen.add(number)
                row = tuple(column[place] for column in cells)
                found.append(SetAside(number, named, account, REPLACED, row))
        return found

    def _written(self, anew: Any, ends: Any, scratch: Path) -> FileReading:
        """The earlier file with these ends, without these rows."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not anew.any() and (ends == self.before.ends).all():
            return self.old
        if anew.all():
            return self.emptied()
        table, data = self.before.table, self.before.data
        columns = dict(table.columns)
        closed = pa.array(ends.astype(np.int32), mask=ends == _NEVER).cast(pa.date32())
        if (at := columns.get("end_date")) is None:
            columns["end_date"] = data.num_columns
            data = data.append_column("end_date", closed)
        else:
            data = data.set_column(at, data.column_names[at], closed)
        if "source_line" not in columns:
            columns["source_line"] = data.num_columns
            data = data.append_column("source_line", self.before.lines)
        path = _path(table, scratch)
        pq.write_table(data.filter(pa.array(~anew)), path, row_group_size=122_880)
        rest = replace(table, path=path, columns=columns)
        return replace(
            self.old,
            tables=[rest if one is table else one for one in self.old.tables],
            set_aside=self._aside(anew & ~self._partly(anew)),
        )

    def _partly(self, anew: Any) -> Any:
        """Of the rows taken out those of whose line in the file something stays."""
        import numpy as np

        numbers = np.asarray(self.before.lines)
        return np.isin(numbers, numbers[~anew])


def _texts(column: Any) -> list[str]:
    import pyarrow as pa

    values = column.to_pylist()
    if pa.types.is_decimal(column.type):
        return ["" if v is None else f"{v.normalize():f}" for v in values]
    return ["" if v is None else str(v) for v in values]


def _day(day: date) -> int:
    return (day - _EPOCH).days


def _months_between(until: int, begins: int) -> int:
    """Whole months between two days of which neither file speaks."""
    one, other = (_EPOCH + timedelta(days=day) for day in (until, begins))
    return max(0, (other.year - one.year) * 12 + other.month - one.month - 1)


def _first_days(starts: Any) -> bool:
    import numpy as np

    days = starts.astype("datetime64[D]")
    return bool(np.all(days == days.astype("datetime64[M]").astype("datetime64[D]")))
