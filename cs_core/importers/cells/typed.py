"""A column of text made into a column of its canonical kind, decided by the whole column.

Only distinct values are parsed. Plain ISO dates and plain decimals go straight through Arrow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal

from cs_core.errors import InputError
from cs_core.importers.cells import dates, numbers, words
from cs_core.importers.reading import Note

# What spreadsheets write for "as above": never somebody's id.
IDENTIFIERS = ("account_id", "subscription_id")
DITTO = ("〃", "″", "同上", "々", "ditto")
# Columns in which a day past 2200 says "open" and is left empty.
OPEN_ENDED = ("end_date", "term_end", "cancel_requested_at", "closed_at")
_TIME_OF_DAY = (
    r"[ T]([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d+)?)?( ?(Z|UTC|GMT|JST|[+-]\d{2}:?\d{2}))?$"
)
_ISO = r"^\d{4}-\d{2}-\d{2}$"
# What a spreadsheet leaves of a long number: another id with the same beginning looks the same.
_SHORTENED = re.compile(r"\d([.,]\d{1,14})?E\+\d\d")
# Three decimals alone might be thousands: those are looked at.
_PLAIN = r"^-?\d{1,11}(\.(\d{1,2}|\d{4,12}))?$"


@dataclass
class Typed:
    """`values`: an Arrow array of the kind; `bad`: row -> reason code for cells that are not
    empty and could not be read; `notes` on cells that were; `extra`: by-products by name."""

    values: Any
    bad: dict[int, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    order: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """What typing needs to know beside the cells. `decimal` settles columns that do not tell
    themselves: "," or "."; "?" when nothing does and a person must say."""

    file: str
    header: str
    column: str
    lines: Any
    date_order: str | None = None
    decimal: str | None = None
    nothing: tuple[str, ...] | None = None


Parsed = Callable[[str], object]


class Bad(str):
    """A reason code in place of a value."""


def type_column(texts: Any, kind: str, context: Context) -> Typed:
    """Type a chunked text array (NULL: empty cell). `kind` is that of `cs_core.domain.tables`.

    Raises InputError where the column's values leave open how to read them.
    """
    import pyarrow as pa

    if context.nothing:
        texts = _emptied(texts, [text for text in context.nothing if text])
    if kind == "text":
        return _text(texts, context)
    trimmed = _trimmed(texts)
    if kind == "date":
        return _dates(trimmed, context)
    if kind in ("amount", "number"):
        return _numbers(trimmed, context)
    if kind == "flag":
        return _worded(trimmed, lambda t: _or_bad(words.flag(t)), context, pa.bool_())
    if kind == "discount":
        return _discounts(trimmed, context)
    if kind == "interval":
        return _intervals(trimmed, context)
    raise ValueError(kind)


def _or_bad(value: object) -> object:
    return Bad("unparsable") if value is None else value


def _trimmed(texts: Any) -> Any:
    """Blank cells are empty where a value, not a text, is wanted."""
    import pyarrow.compute as pc

    blank = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(texts), ""), False)
    return pc.if_else(blank, None, texts) if pc.any(blank).as_py() else texts


def _emptied(texts: Any, spellings: Sequence[str]) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not spellings:
        return texts
    found = pc.is_in(pc.utf8_trim_whitespace(texts), pa.array(spellings, pa.string()))
    return pc.if_else(found, None, texts)


def _without_nothing(
    texts: Any, values: Any, context: Context, is_nothing: Parsed
) -> tuple[Any, list[Note]]:
    """The column without its spellings of nothing ("NULL", "-"), and a question about them.
    `values` are its distinct texts."""
    if context.nothing is not None and not any(context.nothing):
        return texts, []  # The person says that texts are texts.
    spelled = [text for text in values.to_pylist() if text is not None and is_nothing(text)]
    if not spelled:
        return texts, []
    notes = _note("nothing_spelled", "question", texts, context, set(spelled).__contains__)
    notes[0].severity = "note" if context.nothing else "question"
    notes[0].option = "--nothing"
    notes[0].answers = (",".join(sorted(text.strip() for text in spelled)), "")
    return _emptied(texts, [text.strip() for text in spelled]), notes


def _worded(texts: Any, parse: Parsed, context: Context, kind: Any) -> Typed:
    """A column of words. What is a word of its own (no, without) is not nothing."""

    def is_nothing(text: str) -> bool:
        return words.is_nothing(text) and (parse(text) == text or isinstance(parse(text), Bad))

    texts, notes = _without_nothing(texts, texts.unique(), context, is_nothing)
    typed = _distinct(texts, parse, kind)
    typed.notes += notes
    return typed


def _text(texts: Any, context: Context) -> Typed:
    rule = {
        "status": words.status,
        "currency": words.currency,
        "churn_kind": words.churn_kind,
    }.get(context.column)
    import pyarrow as pa
    import pyarrow.compute as pc

    if rule is None:
        found = Typed(texts)
        if context.column in IDENTIFIERS:
            found.notes += _note(
                "ids_shortened",
                "warning",
                texts,
                context,
                lambda t: bool(_SHORTENED.fullmatch(t.strip())),
            )
            odd = texts.filter(pc.is_in(texts, pa.array(words.nothings(), pa.string())))
            _, notes = _without_nothing(odd, odd.unique(), context, words.is_nothing)
            for note in notes:  # An id may be anything: told, and left as it is.
                note.code, note.examples = "nothing_as_id", []
            texts = _trimmed_ids(texts)
            found = Typed(texts, notes=[*found.notes, *notes])
            ditto = pc.indices_nonzero(pc.is_in(texts, pa.array(DITTO, pa.string())))
            found.bad = dict.fromkeys(ditto.to_pylist(), "ditto")
        return found

    return _worded(_trimmed(texts), rule, context, pa.string())


def _trimmed_ids(texts: Any) -> Any:
    """One account is not two because of a blank after its id."""
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(texts)
    blank = pc.fill_null(pc.equal(pc.binary_length(trimmed), 0), False)
    return pc.if_else(blank, None, trimmed) if pc.any(blank).as_py() else trimmed


def _distinct(texts: Any, parse: Parsed, kind: Any) -> Typed:
    """Parse each distinct value once and put the results back in the rows' order."""
    import pyarrow as pa

    coded = _coded(texts)
    parsed = [parse(text) for text in coded.dictionary.to_pylist()]
    wrong = {i: str(value) for i, value in enumerate(parsed) if isinstance(value, Bad)}
    good = pa.array([None if isinstance(value, Bad) else value for value in parsed], kind)
    bad = {}
    if wrong:
        for row, code in enumerate(coded.indices.to_pylist()):
            if code in wrong:
                bad[row] = wrong[code]
    return Typed(good.take(coded.indices), bad)


def _coded(texts: Any) -> Any:
    """Distinct texts, and for each row which of them it is."""
    return texts.combine_chunks().dictionary_encode()


def _all_match(texts: Any, pattern: str) -> bool:
    import pyarrow.compute as pc

    return bool(pc.all(pc.fill_null(pc.match_substring_regex(texts, pattern), True)).as_py())


def _note(
    code: str,
    severity: Literal["note", "warning", "question"],
    texts: Any,
    context: Context,
    which: Callable[[str], bool],
) -> list[Note]:
    """A note on the cells `which` is true of, with three of them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    chosen = [text for text in texts.unique().to_pylist() if text is not None and which(text)]
    if not chosen:
        return []
    mask = pc.is_in(texts, pa.array(chosen, pa.string()))
    rows = pc.indices_nonzero(mask)
    first = rows[:3].to_pylist()
    examples = [(context.lines[row].as_py(), texts[row].as_py()) for row in first]
    return [Note(code, severity, context.header, len(rows), examples)]


# ---- dates --------------------------------------------------------------------------------


def _without_times(texts: Any) -> Any:
    """Times of day off before distinct values are sought: every row may have its own."""
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring(texts, ":")).as_py():
        return texts
    return pc.replace_substring_regex(texts, _TIME_OF_DAY, "")


def _dates(texts: Any, context: Context) -> Typed:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = _without_times(texts)
    coded = _coded(texts)
    if _all_match(coded.dictionary, _ISO):
        try:
            days = pc.cast(coded.dictionary, pa.date32())
        except pa.ArrowInvalid:
            days = None
        if days is not None:
            low, high = pc.min_max(days).as_py().values()
            if low is None or (low >= dates.EARLIEST and high <= dates.LATEST):
                return Typed(days.take(coded.indices))
    texts, notes = _without_nothing(texts, coded.dictionary, context, words.is_no_day)
    if context.nothing:  # Once more: times of day are off by now.
        texts = _emptied(texts, [text for text in context.nothing if text])
    readings = {text: dates.readings(text) for text in texts.unique().to_pylist() if text}
    order = dates.order_of(context.header, context.file, readings, context.date_order)
    open_ended = context.column in OPEN_ENDED
    opened: set[str] = set()

    def parse(text: str) -> object:
        day = dates.choose(readings[text], order)
        if day is None:
            return Bad("unparsable")
        if day > dates.LATEST and open_ended:
            opened.add(text)
            return None
        return day if dates.EARLIEST <= day <= dates.LATEST else Bad("date_out_of_range")

    typed = _distinct(texts, parse, pa.date32())
    typed.order = order
    typed.notes += notes
    if open_ended and context.nothing is None:
        typed.notes += _epoch(texts, context, readings)
    typed.notes += _note("open_end", "note", texts, context, opened.__contains__)
    typed.notes += _note("serial_date", "note", texts, context, dates.is_serial)
    return typed


def _epoch(texts: Any, context: Context, readings: dict[str, dict[str, date]]) -> list[Note]:
    """1970-01-01 as an end is what systems write for zero seconds: asked, not believed."""
    zero = {text for text, found in readings.items() if date(1970, 1, 1) in found.values()}
    notes = _note("epoch_as_end", "question", texts, context, zero.__contains__)
    for note in notes:
        note.option, note.answers = "--nothing", (",".join(sorted(zero)), "")
    return notes


# ---- numbers ------------------------------------------------------------------------------


def decimal_type() -> Any:
    import pyarrow as pa

    return pa.decimal128(38, 12)


def narrow(values: Any) -> Any:
    """Amounts that need no more than six places, in half the width: the engine takes them to
    millionths twenty times as fast."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if values.type != decimal_type():
        return values
    try:
        return pc.cast(values, pa.decimal128(18, 6))
    except pa.ArrowInvalid:
        return values


def _limit(column: str) -> Decimal:
    return numbers.MAX_QUANTITY if column == "quantity" else numbers.MAX_AMOUNT


def _numbers(texts: Any, context: Context) -> Typed:
    import pyarrow as pa
    import pyarrow.compute as pc

    coded = _coded(texts)
    if _all_match(coded.dictionary, _PLAIN):
        values = pc.cast(coded.dictionary, decimal_type())
        low, high = pc.min_max(values).as_py().values()
        if low is None or max(high, -low) <= _limit(context.column):
            return Typed(values.take(coded.indices))
    texts, notes = _without_nothing(texts, coded.dictionary, context, words.is_nothing)
    unique = [text for text in texts.unique().to_pylist() if text is not None]
    apart = {text: numbers.take_apart(text) for text in unique}
    comma = _decimal_comma(apart, context)

    def parse(text: str) -> object:
        written = apart[text]
        value = numbers.value(written, comma) if written else None
        if value is None or (written and written.percent):
            return Bad("unparsable")
        return value if abs(value) <= _limit(context.column) else Bad("too_large")

    typed = _distinct(texts, parse, decimal_type())
    typed.notes += notes
    typed.notes += _note(
        "full_width_number", "note", texts, context, lambda t: any("０" <= c <= "９" for c in t)
    )
    currencies = {text: written.currency for text, written in apart.items() if written}
    signs = {currency for currency in currencies.values() if currency}
    if len(signs) == 1:  # One sign anywhere speaks for the column.
        currencies = dict.fromkeys(unique, next(iter(signs)))
    per = {text: written.per for text, written in apart.items() if written and written.per}
    if per:
        typed.extra["per"] = _distinct(texts, per.get, pa.string()).values
    if signs:
        typed.extra["currency"] = _distinct(texts, currencies.get, pa.string()).values
    return typed


def _decimal_comma(apart: dict[str, numbers.Written | None], context: Context) -> bool:
    digits = [written.digits for written in apart.values() if written]
    mark = numbers.decimal_mark(digits)
    if mark == "both":
        raise InputError("mixed_decimals", file=context.file, column=context.header)
    if mark == "" and context.decimal == "?":
        raise InputError(
            "decimal_unsure",
            file=context.file,
            column=context.header,
            value=next(text for text in apart if "," in text or "." in text),
            option="--decimal",
        )
    return (mark or context.decimal) == ","


def _discounts(texts: Any, context: Context) -> Typed:
    """Money off as a plain number, a percentage as `20%`."""
    import pyarrow as pa

    texts, notes = _without_nothing(texts, texts.unique(), context, words.is_nothing)
    unique = [text for text in texts.unique().to_pylist() if text is not None]
    apart = {text: numbers.take_apart(text) for text in unique}
    comma = _decimal_comma(apart, context)
    header = words.folded(context.header)
    rate = bool(re.search(r"percent|率|%|pct|\brate\b", header.replace("_", " ")))

    read = [numbers.value(written, comma) for written in apart.values() if written]
    # Under "discount rate" 0.2 is a fifth, where nothing is more than all.
    shares = rate and all(value is not None and abs(value) <= 1 for value in read)

    def parse(text: str) -> object:
        written = apart[text]
        value = numbers.value(written, comma) if written else None
        if written is None or value is None:
            return Bad("unparsable")
        if abs(value) > numbers.MAX_AMOUNT:
            return Bad("too_large")
        percent = "%" if written.percent or rate else ""
        if shares and not written.percent:
            value *= 100
        return f"{value.normalize():f}{percent}"

    typed = _distinct(texts, parse, pa.string())
    typed.notes += notes
    return typed


def _intervals(texts: Any, context: Context) -> Typed:
    """The unit; a count other than one ("every 6 months") comes beside it."""
    import pyarrow as pa

    texts, notes = _without_nothing(texts, texts.unique(), context, words.is_nothing)

    def unit(text: str) -> object:
        found = words.interval(text)
        return found[0] if found else Bad("unparsable")

    def count(text: str) -> object:
        found = words.interval(text)
        return Decimal(found[1]) if found else None

    typed = _distinct(texts, unit, pa.string())
    typed.notes += notes
    counted = _distinct(texts, count, decimal_type()).values
    if any(value not in (None, Decimal(1)) for value in counted.unique().to_pylist()):
        typed.extra["interval_count"] = counted
    return typed


def days(values: list[date | None]) -> Any:
    """Days a conversion has worked out, as a column."""
    import pyarrow as pa

    return pa.chunked_array([pa.array(values, pa.date32())])


def amounts(values: list[Decimal | None]) -> Any:
    """Amounts a conversion has worked out, as a column; twelve places, half to even."""
    import pyarrow as pa

    exact = [
        None if value is None else value.quantize(numbers.PLACES, ROUND_HALF_EVEN)
        for value in values
    ]
    return pa.chunked_array([pa.array(exact, decimal_type())])
