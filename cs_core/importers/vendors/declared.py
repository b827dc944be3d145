"""Vendors that need no code of their own: each is a TOML file beside this one.

| key | meaning |
|---|---|
| `source` | where the vendor's layout is described |
| `row` | what one row is |
| `table` | the canonical table it gives, `subscriptions` if not said |
| `wanted` | the headers by which the file is known; `a|b`: either |
| `columns` | canonical column -> the headers that give it, the first one there counts |
| `roles`, `name` | days that shape a line (`paused_at`, …); headers of the account's name |
| `constants` | canonical column -> its value in every row |
| `segments` | headers to split by, `*` for any text; without it, every other header |
| `suffix` | an ending of headers that segments go without |
| `settled` | headers of money that need no word: in the price already, or no part of it |
| `ignored` | reason -> the headers that no line needs |
| `minor_units` | whether amounts are in cents |
| `less` | headers of amounts that are taken off the price: taxes |
| `words` | header -> the vendor's words -> ours |
| `also` | header -> the header that fills its empty cells |
| `cut` | header -> the part of its cells that counts, as a regular expression |
| `fill_down` | headers written only on the first row of several |
| `skip` | header -> cells of rows that tell nothing of a line |
| `aside` | rows set aside: `header`, the cells (`values`, or all `but` those), the reason `code` |
| `joins` | how rows follow one another: `bills`, `events`, or `periods` from start to end |
| `by_steps` | whether how often is paid shows only from one bill to the next |
| `term` | headers of the months that an amount is for, from the start on |
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from cs_core.importers.cells import money, words
from cs_core.importers.cells import typed as typing_
from cs_core.importers.columns import departures, generic, lines, shapes, terms
from cs_core.importers.columns.job import Job
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import FileReading, Note
from cs_core.importers.vendors import Group, Layout, find, share, texts

_Words = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Declared:
    """A vendor by its TOML file; the attributes are the file's keys."""

    NAME: str
    source: str
    row: str
    wanted: Sequence[str]
    columns: Mapping[str, Sequence[str]]
    TABLE: str = "subscriptions"
    roles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    name: Sequence[str] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    segments: Sequence[str] = ("*",)
    suffix: str = ""
    settled: Sequence[str] = ()
    ignored: Mapping[str, Sequence[str]] = field(default_factory=dict)
    minor_units: bool = False
    less: Sequence[str] = ()
    words: _Words = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)
    cut: Mapping[str, str] = field(default_factory=dict)
    fill_down: Sequence[str] = ()
    skip: Mapping[str, Sequence[str]] = field(default_factory=dict)
    aside: Sequence[Mapping[str, Any]] = ()
    joins: str = ""
    by_steps: bool = False
    term: Sequence[str] = ()

    def recognise(self, headers: Sequence[str]) -> float:
        return float(share(headers, self.wanted) == 1)

    def convert(self, job: Job, group: Group) -> FileReading:
        written, job.raw = job.raw, _filled_down(self, job.raw)
        self._leave_out(job)
        job.raw = _rewritten(self, job.raw)
        made = self._draft(job)
        job.raw = written  # What is set aside is shown as it stood in the file.
        if self.joins == "periods" or self.term:
            _by_term(job, made)
        elif self.by_steps:
            _by_steps(job, made)
        if self.joins:
            start = find(job.raw.headers, *self.columns["start_date"]) or ""
            shapes.join(job, made, self.joins, start)
        elif self.TABLE == "subscriptions":
            named = {name: find(job.raw.headers, *of) or "" for name, of in self.columns.items()}
            departures.settle(job, made, named)
        return generic.finish(job, made, self.NAME)

    def _leave_out(self, job: Job) -> None:
        """Rows that are no line, for what the vendor says of them."""
        for rule in self.aside:
            header = find(job.raw.headers, rule["header"])
            stated = {words.folded(one) for one in rule.get("values") or rule["but"]}
            for row, text in enumerate(texts(job.raw, rule["header"])) if header else ():
                if (words.folded(text or "") in stated) == ("values" in rule):
                    job.bad.setdefault(row, (header, rule["code"]))
        for wanted, cells in self.skip.items():
            rows = enumerate(texts(job.raw, wanted)) if find(job.raw.headers, wanted) else ()
            silent = {words.folded(cell) for cell in cells}
            job.informing |= {row for row, text in rows if words.folded(text or "") in silent}

    def _draft(self, job: Job) -> generic.Draft:
        """The file's columns in our words, typed and in major units."""
        found = job.raw.headers
        settled = {header for one in self.settled if (header := find(found, one))}
        less = [header for one in self.less if (header := find(found, one))]
        roles = {name: header for name, of in self.roles.items() if (header := find(found, *of))}
        used = {header for of in self.columns.values() if (header := find(found, *of))}
        ignored = [*(one for of in self.ignored.values() for one in of), *self.settled, *self.less]
        ignored += [
            header
            for header in found
            if not any(fnmatchcase(header, pattern) for pattern in self.segments)
        ]
        ignored += [*roles.values(), *(h for one in self.term if (h := find(found, one)))]
        layout = Layout(self.TABLE, self.columns, self.name, [h for h in ignored if h not in used])
        made = layout.draft(job, self.suffix)
        for name, header in roles.items():
            made.roles[name] = job.typed(header, self.TABLE, "start_date", forgive=True).values
        _take_off(job, made, less)
        priced = next((c for c in ("amount", "mrr") if c in made.columns), "")
        if self.minor_units and priced:
            header = find(found, *self.columns[priced]) or ""
            money.to_major(job, made.columns, header, always=True, column=priced)
        _ends_of_terms(job, made, self.term)
        for name, text in self.constants.items():
            made.columns.setdefault(name, generic.constant(job, self.TABLE, name, text))
        told = {*settled, *less, *roles.values()}
        made.unused = [header for header in made.unused if header not in told]
        return made


@cache
def known() -> tuple[Declared, ...]:
    """Every vendor that is a TOML file here."""
    found = []
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        with path.open("rb") as stream:
            given = tomllib.load(stream)
        given["TABLE"] = given.pop("table", "subscriptions")
        found.append(Declared(NAME=path.stem, **given))
    return tuple(found)


def _filled_down(vendor: Declared, raw: Raw) -> Raw:
    """The file with what only the first row of several says on all of them."""
    columns = {}
    for wanted in vendor.fill_down:
        if header := find(raw.headers, wanted):
            cells, above = texts(raw, header), None
            for row, cell in enumerate(cells):
                above = cells[row] = cell or above
            columns[header] = cells
    return _with(raw, columns)


def _rewritten(vendor: Declared, raw: Raw) -> Raw:
    """The file in our words."""
    columns = {}
    for wanted in sorted({*vendor.words, *vendor.also, *vendor.cut}):
        header = find(raw.headers, wanted)
        if header is None:
            continue
        cells = texts(raw, header)
        if wanted in vendor.also:
            cells = [a or b for a, b in zip(cells, texts(raw, vendor.also[wanted]), strict=True)]
        if pattern := vendor.cut.get(wanted):
            cells = [m[0] if c and (m := re.search(pattern, c)) else c for c in cells]
        if wanted in vendor.words:
            ours = {words.folded(theirs): our for theirs, our in vendor.words[wanted].items()}
            cells = [ours.get(words.folded(c), c) or None if c else c for c in cells]
        columns[header] = cells
    return _with(raw, columns)


def _with(raw: Raw, columns: Mapping[str, list[Any]]) -> Raw:
    """The file with other cells under some headers."""
    import pyarrow as pa

    if not columns:
        return raw
    changed = {
        header: pa.chunked_array([pa.array(cells, pa.string())])
        for header, cells in columns.items()
    }
    pairs = zip(raw.headers, raw.columns, strict=True)
    return replace(raw, columns=[changed.get(header, column) for header, column in pairs])


def _take_off(job: Job, made: generic.Draft, less: Sequence[str]) -> None:
    """The price without the amounts under these headers, which are in it."""
    for header in less:
        off = job.typed(header, "subscriptions", "amount", forgive=True).values.to_pylist()
        whole = made.columns["amount"].to_pylist()
        made.columns["amount"] = typing_.amounts(
            [
                None if price is None else price - (part or 0)
                for price, part in zip(whole, off, strict=True)
            ]
        )


def _ends_of_terms(job: Job, made: generic.Draft, term: Sequence[str]) -> None:
    """Where the file says for how many months a contract is: its end."""
    header = find(job.raw.headers, *term)
    if header is None:
        return
    months = job.typed(header, "subscriptions", "interval_count").values.to_pylist()
    starts = made.columns["start_date"].to_pylist()
    made.columns["end_date"] = typing_.days(
        [
            lines.add_months(start, int(count)) if start and count and count >= 1 else None
            for start, count in zip(starts, months, strict=True)
        ]
    )


def _by_term(job: Job, made: generic.Draft) -> None:
    """Amounts over the months of each row, from its start to its end."""
    found, without = terms.by_term(made)
    for row in without:
        if row not in job.informing:
            job.bad.setdefault(row, (None, "no_period"))
    made.columns["mrr"] = typing_.amounts(found)
    del made.columns["amount"]


_Step = tuple[str, int]
# The share of an account's steps, or of those of all with its plan, that makes a step the usual.
_REGULAR, _HALF = 0.8, 0.5


def _by_steps(job: Job, made: generic.Draft) -> None:
    """How often each account pays for its plan is its usual step from one bill to the next; where
    it has one bill or no usual step, that of the others with this plan. A bill nothing tells that
    of is set aside."""
    import pyarrow as pa

    rows = job.kept().to_pylist()
    starts = made.columns["start_date"].to_pylist()
    accounts = made.columns["account_id"].to_pylist()
    nothing = [None] * len(starts)
    plans = made.columns["plan"].to_pylist() if "plan" in made.columns else nothing
    ids = made.columns["subscription_id"].to_pylist() if _repeated(made) else plans
    days: dict[tuple[Any, Any], set[date]] = defaultdict(set)
    for row in rows:
        if starts[row] is not None:
            days[accounts[row], ids[row]].add(starts[row])
    steps = {key: _steps(sorted(of)) for key, of in days.items()}
    of_plan: dict[Any, Counter[_Step]] = defaultdict(Counter)
    for row in {(accounts[row], ids[row]): row for row in rows}.values():
        of_plan[plans[row]].update(steps.get((accounts[row], ids[row]), Counter()))
    found: list[_Step | None] = [None] * len(starts)
    guessed = []
    for row in rows:
        found[row] = _usual(steps.get((accounts[row], ids[row]), Counter()), _REGULAR)
        if found[row] is None:
            found[row] = _usual(of_plan[plans[row]], _HALF)
            guessed.append(row)
        if found[row] is None:
            job.bad.setdefault(row, (None, "no_period"))
    guessed = [row for row in guessed if found[row] is not None]
    made.columns["interval"] = pa.array([step and step[0] for step in found], pa.string())
    made.columns["interval_count"] = typing_.amounts(
        [Decimal(step[1]) if step else None for step in found]
    )
    if guessed:
        shown = [(job.raw.lines[row].as_py(), accounts[row] or "") for row in guessed[:3]]
        mrr = lines.earned(made.columns, guessed)
        job.notes.append(Note("interval_of_others", "warning", None, len(guessed), shown, mrr))


def _repeated(made: generic.Draft) -> bool:
    ids = made.columns.get("subscription_id")
    return ids is not None and len(ids.unique()) < len(ids)


def _usual(steps: Counter[_Step], least: float) -> _Step | None:
    """The step that at least this share of them are."""
    step, count = max(steps.items(), key=lambda item: item[1], default=(None, 0))
    return step if step is not None and count >= least * steps.total() else None


def _steps(days: Sequence[date]) -> Counter[_Step]:
    """(unit, how many) from each day to the next."""
    found: Counter[_Step] = Counter()
    for day, after in pairwise(days):
        months = lines.months_between(day, after)
        length = (after - day).days
        if months is not None and months.denominator == 1:
            found["month", int(months)] += 1
        elif length % 7 == 0:
            found["week", length // 7] += 1
        else:
            found["day", length] += 1
    return found
