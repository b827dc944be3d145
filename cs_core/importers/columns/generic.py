"""Files of canonical or proposed columns: typed column by column into their table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cs_core.domain.tables import TABLES
from cs_core.errors import InputError
from cs_core.importers.cells import dates, money, tax, words
from cs_core.importers.cells import typed as typing_
from cs_core.importers.columns import (
    charges,
    departures,
    headers,
    lines,
    movements,
    shapes,
    tenures,
    terms,
    unused,
)
from cs_core.importers.columns.job import Job, total_rows
from cs_core.importers.columns.proposal import Proposal, from_mapping
from cs_core.importers.columns.propose import nearest, propose, suggested
from cs_core.importers.reading import FileReading, Note

# So surely a header must name the account where a file says nothing else of what it is.
LISTED = 0.9
_DATED = {"subscriptions": "start_date", "usage": "date", "costs": "month", "fx_rates": "month"}


def convert(job: Job, forced: str | None = None) -> FileReading:
    """Map by the person's mapping, else by proposal; nothing known: every row set aside."""
    if job.options.mapping is not None:
        proposal: Proposal | None = from_mapping(job.raw, job.options.mapping)
    else:
        proposal = propose(job.raw, job.options, forced)
    if proposal is None:
        return unknown(job)
    if proposal.table == "accounts" and forced is None:
        _note_near_subscriptions(job)
    return apply(job, proposal, None if proposal.canonical else "generic")


def _note_near_subscriptions(job: Job) -> None:
    """Accounts with amounts of their own: perhaps subscriptions, had they a start date."""
    near = nearest(job.raw, job.options)
    if near.table == "subscriptions" and {"mrr", "amount"} & set(near.columns):
        _note_missing(job, near)


def _note_missing(job: Job, near: Proposal) -> None:
    """Each column that is missing, with the header that comes nearest to it."""
    for column in near.missing:
        shown = [(1, suggested(job.raw, near, column))]
        job.notes.append(Note("missing_column", "warning", column, job.raw.rows, shown))
    job.near = near.table


def unknown(job: Job) -> FileReading:
    """Nothing known fits: say what came nearest, set every row aside."""
    near = nearest(job.raw, job.options)
    found = {header: (name, sure) for name, (header, sure) in near.columns.items()}
    if "account_id" not in found and headers.says_counts(job.raw.headers):
        job.notes.append(Note("counts_only", "warning", None, job.raw.rows))
    elif len(found) >= 2 and near.missing:
        _note_missing(job, near)
    for header in job.raw.headers:
        job.note_column(header, *found.get(header, (None, 0.0)))
    job.set_all_aside("unknown_table")
    return job.reading(None)


def attributes(job: Job) -> FileReading | None:
    """What a file that is no table by itself says of accounts, where it has one row for each of
    them and nothing of subscriptions; None where that is not so."""
    proposal = propose(job.raw, job.options, "accounts") if _lists_accounts(job) else None
    return None if proposal is None else apply(job, proposal, "generic")


def _lists_accounts(job: Job) -> bool:
    import pyarrow.compute as pc

    raw, near = job.raw, nearest(job.raw, job.options)
    ranked = [(headers.confidence(h, "accounts", "account_id"), h) for h in raw.headers]
    sure, header = max(ranked, default=(0.0, ""))
    if sure < LISTED or len(raw.headers) < 2 or {"start_date", "mrr", "amount"} & {*near.columns}:
        return False
    ids = raw.column(header)
    return bool(ids.null_count == 0 and pc.count_distinct(ids).as_py() == len(ids))


@dataclass
class Draft:
    """A table's typed columns, one value per row of the file, before they are written.

    `roles` are days that no line keeps but that shape it: when a discount ends, a pause begins.
    `unused` are the headers that no line is made of.
    `added` are further lines made from a row: (row, the columns in which they differ). Where rows
    follow one another, `lines` are what they make: their rows, and the columns in which a line
    differs from its row; nothing is known after the day `known_until`, nor,
    where they begin in the middle, before `begins`. `reaches` are the days to which the rows of
    each line speak of it, `closings` departures of lines that no row of the file knows. `left` are
    rows after which nothing is paid any more.
    """

    table: str
    columns: dict[str, Any] = field(default_factory=dict)
    roles: dict[str, Any] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    segments: dict[str, Any] = field(default_factory=dict)
    accounts: dict[str, Any] = field(default_factory=dict)
    account_segments: dict[str, Any] = field(default_factory=dict)
    added: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    lines: tuple[Any, dict[str, Any]] | None = None
    known_until: date | None = None
    begins: date | None = None
    reaches: Any = None
    closings: list[tuple[str, str | None, str]] = field(default_factory=list)
    left: set[int] = field(default_factory=set)

    def put(self, column: str, changes: Mapping[int, object]) -> None:
        """Change some values of a column: row -> value."""
        import pyarrow as pa

        if changes:
            values = self.columns[column].to_pylist()
            for row, value in changes.items():
                values[row] = value
            self.columns[column] = pa.array(values, self.columns[column].type)


def apply(job: Job, proposal: Proposal, preset: str | None) -> FileReading:
    """Type the proposal's columns and write its tables."""
    made = draft(job, proposal)
    for name in ("mrr", "amount"):
        header, _ = proposal.columns.get(name, ("", 0.0))
        unit = job.options.told("amount_unit") or ("minor" if headers.says_cents(header) else "")
        if header and not unit and headers.says_api(header):
            money.to_major(job, made.columns, header, column=name)
        elif header and unit == "thousand":
            money.in_thousands(job, made.columns, header, name)
        elif header and unit == "minor":
            money.to_major(job, made.columns, header, always=True, column=name)
        elif header and headers.scale(header) * headers.scale(job.raw.above) > 1:
            money.in_full(job, made.columns, header, name)
    if proposal.table == "tenures":
        tenures.settle(job, made, proposal.columns["tenure_months"][0])
    if proposal.table == "subscriptions":
        _intervals_of_plans(job, made, proposal)
        _yearly_prices(job, made, proposal)
        _ends_as_months(job, made, proposal)
        charges.totals(job, made, proposal)
        charges.one_off(job, made, proposal)
        charges.tell(job, made, proposal)
        terms.settle(job, made, proposal)
        shapes.settle(job, made, proposal, changes=movements.settle(job, made, proposal))
        if made.lines is None:
            named = {name: header for name, (header, _) in proposal.columns.items()}
            if said := departures.flagged(job, made, made.unused):
                named["status"] = said
            departures.settle(job, made, named)
    return finish(job, made, preset)


def draft(job: Job, proposal: Proposal, ignored: Iterable[str] = ()) -> Draft:
    """The proposal's columns, typed. `ignored` headers are understood and left out."""
    table = TABLES[proposal.table]
    dated = _DATED.get(table.name)
    if dated in proposal.columns:
        total_rows(job, proposal.columns[dated][0])
    made = Draft(table.name)
    job.constants = dict(proposal.constants)
    by_products: dict[str, Any] = {}
    for name, (header, confidence) in proposal.columns.items():
        spare = name == "interval" and "mrr" in proposal.columns
        found = job.typed(header, table.name, name, forgive=spare)
        made.columns[name] = found.values
        if name in ("mrr", "amount", "interval"):
            by_products.update(found.extra)
        job.note_column(header, name, confidence)
    for name, text in proposal.constants.items():
        if name in table.by_name:
            made.columns.setdefault(name, constant(job, table.name, name, text))
    _take_by_products(job, table.name, made.columns, by_products)
    _settle_tax(job, proposal, made.columns)
    for name, (header, confidence) in proposal.accounts.items():
        made.accounts[name] = job.typed(header, "accounts", name).values
        if header not in [c.header for c in job.columns]:
            job.note_column(header, name, confidence)
    for name, (header, confidence) in proposal.roles.items():
        made.roles[name] = job.typed(header, table.name, "start_date", forgive=True).values
        job.note_column(header, name, confidence)
    for header in proposal.parts:
        if header not in [c.header for c in job.columns]:
            job.note_column(header, "mrr", 1.0)
    for header in ignored:
        if header not in [c.header for c in job.columns]:
            job.note_column(header, None, 1.0)
    for name, header in proposal.segments.items():
        if header not in ignored:
            made.segments[name] = job.raw.column(header)
            job.note_column(header, name, segment_confidence(job, header), segment=True)
    if job.options.mapping is not None:  # What it leaves out can be chosen again.
        for header in job.raw.headers:
            if header not in [c.header for c in job.columns]:
                job.note_column(header, None, 1.0)
    made.unused = [*ignored, *proposal.segments.values()]
    return made


def finish(job: Job, made: Draft, preset: str | None) -> FileReading:
    """Write the draft's tables without the rows that were set aside."""
    import pyarrow as pa

    if made.table == "subscriptions":
        unused.tell(job, made.columns, made.unused)
    job.mrr_aside = _mrr_aside(job, made)
    rows = job.kept()
    if made.lines is not None:
        _write_lines(job, made, rows)
        reading = job.reading(made.table, preset)
        reading.matrix_until = made.known_until
        reading.begins = made.begins
        reading.closings = made.closings
        return reading
    added = [(row, changes) for row, changes in made.added if row not in job.bad]
    if not added:
        job.write(made.table, made.columns, made.segments, job.raw.lines, rows)
    else:
        every = pa.chunked_array([rows, pa.array([row for row, _ in added], pa.int64())])
        changed = {name for _, changes in added for name in changes}
        columns = {name: column.take(every) for name, column in made.columns.items()}
        for name in changed:
            values = columns[name].to_pylist()
            for position, (_, changes) in enumerate(added, len(rows)):
                values[position] = changes.get(name, values[position])
            columns[name] = pa.array(values, columns[name].type)
        segments = {name: column.take(every) for name, column in made.segments.items()}
        job.write(made.table, columns, segments, job.raw.lines.take(every))
    _write_accounts(job, made, rows)
    return job.reading(made.table, preset)


def _write_accounts(job: Job, made: Draft, rows: Any) -> None:
    if made.accounts or made.account_segments:
        write_accounts(job, made.columns["account_id"], made.accounts, made.account_segments, rows)


def _write_lines(job: Job, made: Draft, rows: Any) -> None:
    """Lines that rows make together, and the rows that lack what a line must have."""
    import pyarrow as pa
    import pyarrow.compute as pc

    assert made.lines is not None
    numbers, changes = made.lines
    lacking = pc.or_(pc.is_null(made.columns["start_date"]), pc.is_null(made.columns["account_id"]))
    alone = rows.filter(pc.take(lacking, rows))
    every = pa.concat_arrays([_whole(numbers), _whole(alone)])
    columns = {name: column.take(every) for name, column in made.columns.items()}
    for name, values in changes.items():
        rest = made.columns[name].take(alone) if name in made.columns else pa.nulls(len(alone))
        columns[name] = pa.chunked_array([values, _whole(rest).cast(values.type)])
    segments = {name: column.take(every) for name, column in made.segments.items()}
    reach = pa.concat_arrays([made.reaches, pa.nulls(len(alone), made.reaches.type)])
    job.write(made.table, columns, segments, job.raw.lines.take(every), reach=reach)
    _write_accounts(job, made, rows)


def _whole(column: Any) -> Any:
    """One array, whether it came in chunks or not."""
    import pyarrow as pa

    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _mrr_aside(job: Job, made: Draft) -> dict[str, Decimal]:
    """What the rows set aside would have earned, by reason. A total is nobody's."""
    by_code: dict[str, list[int]] = {}
    for row, (_, code) in job.bad.items():
        by_code.setdefault(code, []).append(row)
    by_code.pop("total_row", None)
    return {code: lines.earned(made.columns, rows) for code, rows in by_code.items()}


def constant(job: Job, table: str, name: str, text: str) -> Any:
    """One value for every row, typed like a cell."""
    import pyarrow as pa

    texts = pa.chunked_array([pa.array([text], pa.string())])
    context = typing_.Context(
        job.raw.file, name, name, pa.array([0]), job.options.date_order, job.decimal
    )
    found = typing_.type_column(texts, TABLES[table].by_name[name].kind, context)
    if found.bad:
        raise InputError("mapping_constant", column=name, value=text)
    return pa.repeat(found.values[0], job.raw.rows)


def _intervals_of_plans(job: Job, made: Draft, proposal: Proposal) -> None:
    """Where no column says how often, the names of the plans may: "pro annual", "basic monthly".
    A constant is for the plans that say nothing."""
    import pyarrow as pa

    priced = "amount" in made.columns and "mrr" not in made.columns
    if not proposal.by_plan or not priced or "interval" in proposal.columns:
        return
    plans = made.columns["plan"].to_pylist()
    units = {plan: words.interval_in(plan or "") for plan in set(plans)}
    other = proposal.constants.get("interval")
    free = [amount == 0 for amount in made.columns["amount"].to_pylist()]
    found = [
        units[plan] or other or ("month" if nothing else None)
        for plan, nothing in zip(plans, free, strict=True)
    ]
    made.columns["interval"] = pa.chunked_array([pa.array(found, pa.string())])
    told = [row for row, plan in enumerate(plans) if units[plan]]
    shown = [(job.raw.lines[row].as_py(), plans[row]) for row in told[:3]]
    header = proposal.columns["plan"][0]
    job.notes.append(Note("interval_of_plan", "note", header, len(told), shown))


def _ends_as_months(job: Job, made: Draft, proposal: Proposal) -> None:
    """Ends that are months without a day: whether the month still counts is asked. Where it does,
    its last day is the end, which still earns."""
    header, _ = proposal.columns.get("end_date", ("", 0.0))
    texts = job.raw.examples(job.raw.headers.index(header), 200) if header else ()
    if not texts or not all(map(dates.is_month, texts)):
        return
    ends = made.columns["end_date"].to_pylist()
    rows = [row for row, end in enumerate(ends) if end is not None and row not in job.bad]
    told = job.options.end_date
    if told == "inclusive":
        made.put("end_date", {row: lines.last_day(ends[row]) for row in rows})
    if told is None and rows:
        column = job.raw.column(header)
        shown = [(job.raw.lines[row].as_py(), column[row].as_py()) for row in rows[:3]]
        mrr = lines.earned(made.columns, rows)
        answers = ("inclusive", "exclusive")
        note = Note("end_months", "question", header, len(rows), shown, mrr, "--end-date", answers)
        job.notes.append(note)


def _yearly_prices(job: Job, made: Draft, proposal: Proposal) -> None:
    """Of a monthly and a yearly price, the one by which a row is paid, or the only one it has."""
    if not proposal.yearly or "mrr" not in made.columns:
        return
    given = job.typed(proposal.yearly, "subscriptions", "amount").values.to_pylist()
    units = made.columns["interval"].to_pylist() if "interval" in made.columns else []
    stated = "mrr" in headers.key(proposal.columns["mrr"][0])
    values = made.columns["mrr"].to_pylist()
    rows = [
        row
        for row, price in enumerate(given)
        if price and (values[row] is None or (units and units[row] == "year" and not stated))
    ]
    if rows:
        made.put("mrr", {row: lines.per_month(given[row], Fraction(12)) for row in rows})
        shown = [(job.raw.lines[row].as_py(), f"{given[row].normalize():f}") for row in rows[:3]]
        job.notes.append(Note("yearly_prices", "note", proposal.yearly, len(rows), shown))


def _take_by_products(job: Job, table: str, columns: dict[str, Any], extra: dict[str, Any]) -> None:
    """A currency sign in the amounts, a count in the interval ("6 months")."""
    if table != "subscriptions":
        return
    if "currency" in extra and "currency" not in columns:
        columns["currency"] = extra["currency"]
        found = len(extra["currency"]) - extra["currency"].null_count
        job.notes.append(Note("currency_from_sign", "note", None, found))
    priced = next((name for name in ("mrr", "amount") if name in columns), None)
    header = next((c.header for c in job.columns if c.target == priced), "") if priced else ""
    if "currency" not in columns and (code := headers.currency(header)):
        columns["currency"] = constant(job, table, "currency", code)
        job.notes.append(Note("currency_from_header", "note", header, job.raw.rows))
    if "per" in extra and priced is not None:
        _take_per(job, columns, priced, header, extra["per"])
    if "interval_count" in extra and "interval" in columns:
        import pyarrow.compute as pc

        given = columns.get("interval_count")
        counted = extra["interval_count"]
        if given is None:
            columns["interval_count"] = counted
        else:
            import pyarrow as pa

            product = pc.multiply(pc.cast(given, pa.int64()), pc.cast(counted, pa.int64()))
            columns["interval_count"] = pc.cast(product, counted.type)


def _take_per(job: Job, columns: dict[str, Any], priced: str, header: str, per: Any) -> None:
    """ "/mo" and "/yr" behind prices: their interval, or what a price by the year is a month."""
    units = per.to_pylist()
    rows = [row for row, unit in enumerate(units) if unit is not None]
    if priced == "mrr":
        values = columns["mrr"].to_pylist()
        months = [lines.months_of_interval(unit or "month") for unit in units]
        columns["mrr"] = typing_.amounts(
            [v and lines.per_month(v, m) if m else v for v, m in zip(values, months, strict=True)]
        )
    elif "interval" not in columns:
        columns["interval"] = per
    column = job.raw.column(header)
    shown = [(job.raw.lines[row].as_py(), column[row].as_py()) for row in rows[:3]]
    job.notes.append(Note("interval_of_price", "note", header, len(rows), shown))


def _settle_tax(job: Job, proposal: Proposal, columns: dict[str, Any]) -> None:
    """MRR is before tax: say so where amounts seem to include it, and take it out where the
    person has said at which rate. A column 税込/税抜 tells for each row."""
    found = next((name for name in ("mrr", "amount") if name in proposal.columns), None)
    if found is None or job.options.tax_rate == "0":
        return
    header = proposal.columns[found][0]
    told = job.options.tax_rate is not None
    rows = tax.rows_with_tax(job.raw, header, columns[found], told)
    if not rows:
        return
    if job.options.tax_rate is None:
        shown = [(job.raw.lines[r].as_py(), job.raw.column(header)[r].as_py()) for r in rows[:3]]
        mrr = lines.earned(columns, [row for row in rows if row not in job.bad])
        job.notes.append(Note("tax_inclusive", "warning", header, len(rows), shown, mrr))
    else:
        columns[found] = tax.without(columns[found], rows, job.options.tax_rate)
        job.notes.append(Note("tax_taken_out", "note", header, len(rows)))


def segment_confidence(job: Job, header: str) -> float:
    """A column splits accounts well when few values recur: 0.3 to 0.9."""
    column = job.raw.column(header).slice(0, 5000)
    filled: int = len(column) - column.null_count
    if filled < 2:
        return 0.3
    distinct: int = len(column.drop_null().unique())
    return round(0.9 - 0.6 * (distinct - 1) / (filled - 1), 2)


def write_accounts(
    job: Job,
    account_ids: Any,
    attributes: dict[str, Any],
    segments: dict[str, Any],
    rows: Any,
) -> None:
    """One row per account from columns that stand on every row: the first value that is not
    empty counts; others than that are reported."""
    import pyarrow as pa

    ids = account_ids.take(rows).to_pylist()
    columns = {**attributes, **segments}
    values = {name: column.take(rows).to_pylist() for name, column in columns.items()}
    first: dict[str, int] = {}
    taken: dict[str, dict[str, Any]] = {name: {} for name in columns}
    conflicts: dict[str, list[int]] = {name: [] for name in columns}
    for index, account in enumerate(ids):
        if account is None:
            continue
        first.setdefault(account, index)
        for name in columns:
            value = values[name][index]
            if value is not None and taken[name].setdefault(account, value) != value:
                conflicts[name].append(index)
    lines = job.raw.lines.take(rows)
    for name, found in conflicts.items():
        if found:
            examples = [(lines[i].as_py(), str(values[name][i])) for i in found[:3]]
            job.notes.append(
                Note("conflicting_account_values", "warning", name, len(found), examples)
            )
    arrays = {
        name: pa.array([taken[name].get(account) for account in first], columns[name].type)
        for name in columns
    }
    job.write(
        "accounts",
        {"account_id": pa.array(first, pa.string()), **{n: arrays[n] for n in attributes}},
        {name: arrays[name] for name in segments},
        lines.take(pa.array(first.values(), pa.int64())),
    )
