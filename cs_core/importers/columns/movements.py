"""Amounts that are changes of MRR ("+50, expansion"; "-200, churn"), added up to what an account
pays from then on. Whether they are is told by their header, by new, expansion, contraction and
churn in columns of their own, or by the amounts beside what each row says happened.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cs_core.errors import InputError
from cs_core.importers.cells import typed as typing_
from cs_core.importers.cells import words
from cs_core.importers.columns import headers
from cs_core.importers.columns.job import Job
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import Note

if TYPE_CHECKING:
    from cs_core.importers.columns.generic import Draft
    from cs_core.importers.columns.proposal import Proposal

# What a column of its own says of an account's month, and whether it adds or takes.
_PARTS = (
    (r"^new( business)?$|^(新規|新規獲得)$", 1),
    (r"^(reactivation|reactivated|winback|resurrected)$|^(再開|復帰|再契約)$", 1),
    (r"^(expansion|expanded|upgrades?|upsell)$|^(増額|拡張|アップセル|エクスパンション)$", 1),
    (
        r"^(contraction|contracted|downgrades?|downsell)$|^(減額|縮小|ダウンセル|コントラクション)$",
        -1,
    ),
    (r"^(churn|churned|canceled|lost)$|^(解約|チャーン|離脱)$", -1),
)
_OF_MRR = re.compile(r"(?i)\b(mrr|monthly recurring revenue)\b|[_ ]mrr|mrr[_ ]")
# So many of them together are a bridge; one alone may be an amount like any other.
_ENOUGH = 3
_TOLD = {"change": True, "level": False}
LEAVES = words.LEAVES
# What a date is called that is that of a state or an event.
_DATES = ("period", "event_at")


def parts(found: Sequence[str]) -> dict[str, int]:
    """Headers of movements that stand side by side ("new_mrr", "churned_mrr"), with their signs."""
    signs: dict[str, int] = {}
    for header in found:
        if not _OF_MRR.search(header) and "MRR" not in header:
            continue
        said = " ".join(
            re.sub(r"(?i)mrr", " ", re.sub(r"[_\-()（）]", " ", header)).split()
        ).casefold()
        sign = next((sign for pattern, sign in _PARTS if re.search(pattern, said)), None)
        if sign is not None:
            signs[header] = sign
    both = {1, -1} <= set(signs.values())
    return signs if both and len(signs) >= _ENOUGH else {}


def events(raw: Raw) -> str:
    """The header of a column that says of each row what happened to an account, by its cells; ""
    where there is none."""
    for place, header in enumerate(raw.headers):
        if headers.confidence(header, "subscriptions", "event") < headers.LIKELY:
            continue
        texts = raw.examples(place, 100)
        meant = {words.event(text) for text in texts}
        if texts and None not in meant and meant & {"start", "resume"} and len(meant) > 1:
            return header
    return ""


def settle(job: Job, made: Draft, proposal: Proposal) -> bool:
    """Levels in place of changes; whether the amounts were changes.

    Raises InputError `amounts_unsure` where they may be either, `changes_below_zero` where they
    add up to less than nothing.
    """
    name = next((name for name in ("mrr", "amount") if name in made.columns), None)
    if name is None:
        return False
    if proposal.parts:
        _add_parts(job, made, proposal, name)
    signs = _signs(job.raw)
    told = _TOLD.get(job.options.told("amount_is") or "")
    undecided = told is None and not (proposal.changes or proposal.parts)
    if told is False or (undecided and not _doubtful(made, proposal, name, signs)):
        return False  # before a row of a large file is taken in hand
    rows = _rows(job, made, name, {row for row, sign in signs.items() if sign == LEAVES})
    if undecided:
        told = _decided(job, made, rows, signs, name)
    if told is False or not rows:
        return False
    values = made.columns[name].to_pylist()
    given = list(values)
    running: dict[Any, Decimal] = defaultdict(Decimal)
    for key, _, row in rows:
        change = given[row] or Decimal(0)
        running[key] += _signed(change, signs.get(row, 0))
        values[row] = running[key]
        if running[key] < 0:
            raise InputError(
                "changes_below_zero",
                file=job.raw.file,
                line=job.raw.lines[row].as_py(),
                account=str(key[0]),
                value=f"{running[key].normalize():f}",
            )
        if running[key] == 0:
            made.left.add(row)
    made.columns[name] = typing_.amounts(values)
    header = proposal.columns.get(name, (None, 0.0))[0]
    shown = [(job.raw.lines[row].as_py(), f"{given[row] or 0:f}") for *_, row in rows[:3]]
    job.notes.append(Note("changes_added_up", "note", header, len(rows), shown))
    return True


def _signed(change: Decimal, sign: int) -> Decimal:
    """A change with the sign of what happened: a loss may be written without one."""
    return change if sign >= 0 or change < 0 else -change


def _add_parts(job: Job, made: Draft, proposal: Proposal, name: str) -> None:
    """The sum of the columns of movements of each row."""
    total = [Decimal(0)] * job.raw.rows
    for header, sign in proposal.parts.items():
        column = job.typed(header, "subscriptions", name).values.to_pylist()
        total = [
            so_far + (_signed(value, sign) if value is not None else 0)
            for so_far, value in zip(total, column, strict=True)
        ]
    made.columns[name] = typing_.amounts(list(total))


def _rows(job: Job, made: Draft, name: str, ending: set[int]) -> list[tuple[Any, Any, int]]:
    """(whose, day, row) of the rows with an amount or that end, in the order in which they
    happened: of two of one day as they stand."""
    cells = [made.columns[c].to_pylist() for c in ("account_id", "start_date", name)]
    ids = made.columns.get("subscription_id")
    ids = None if ids is None else ids.to_pylist()
    repeated = ids is not None and len(set(ids)) <= 0.9 * len(ids)
    money = made.columns.get("currency")
    money = None if money is None else money.to_pylist()
    found = [
        ((account, ids[row] if repeated and ids else None, money[row] if money else None), day, row)
        for row, (account, day, value) in enumerate(zip(*cells, strict=True))
        if account is not None
        and day is not None
        and (value is not None or row in ending)
        and row not in job.bad
    ]
    return sorted(found, key=lambda item: (item[1], item[2]))


def _signs(raw: Raw) -> dict[int, int]:
    """What each row says happened: 1 more is paid, -1 less, LEAVES nothing any more; left out where
    it does not say."""
    header = events(raw)
    if not header:
        return {}
    cells = raw.column(header).to_pylist()
    signs = {text: words.direction(text) for text in set(cells) if text}
    return {row: signs[text] for row, text in enumerate(cells) if text and signs[text]}


def _doubtful(made: Draft, proposal: Proposal, name: str, signs: dict[int, int]) -> bool:
    """Whether amounts may be changes at all: rows say what happened, or an amount is negative."""
    if signs or name != "mrr":  # A bill's negative amount is a credit note.
        return bool(signs)
    import pyarrow.compute as pc

    start = proposal.columns["start_date"][0]
    dated = any(headers.confidence(start, "subscriptions", d) >= headers.LIKELY for d in _DATES)
    lowest = pc.min(made.columns[name]).as_py() if dated else None
    return lowest is not None and lowest < 0


def _decided(
    job: Job,
    made: Draft,
    rows: list[tuple[Any, Any, int]],
    signs: dict[int, int],
    name: str,
) -> bool:
    """Whether amounts whose header does not say so are changes.

    No level is negative, falls with an expansion or rises with a contraction; as a change, what
    ends with a departure is all that was paid.
    """
    values = made.columns[name].to_pylist()
    negative = any(values[row] is not None and values[row] < 0 for *_, row in rows)
    if not signs and not negative:
        return False
    level: dict[Any, Decimal] = defaultdict(Decimal)
    total: dict[Any, Decimal] = defaultdict(Decimal)
    again = for_level = for_change = below = False
    for key, _, row in rows:
        value, sign = values[row], signs.get(row, 0)
        again = again or key in level
        before, paid = level[key], total[key]
        if value is None:
            for_level = for_level or sign < 0
            continue
        level[key], total[key] = value, paid + _signed(value, sign)
        below = below or total[key] < 0
        if _is_level(value, sign, before, paid):
            for_level = for_level or bool(signs)
        elif sign * (value - before) < 0 and (sign != LEAVES or value == paid):
            for_change = True
    if not again:
        return False
    if negative and signs:
        return True
    if below or (for_level and not for_change) or level == total:
        return False
    if for_change and not for_level and not negative:
        return True
    raise InputError(
        "amounts_unsure",
        file=job.raw.file,
        column=name,
        level=f"{sum((max(v, Decimal(0)) for v in level.values()), Decimal(0)):,.2f}",
        change=f"{sum(total.values(), Decimal(0)):,.2f}",
        option="--amount-is",
    )


def _is_level(value: Decimal, sign: int, before: Decimal, paid: Decimal) -> bool:
    """Whether an amount speaks for levels: a change that does not say which way would need a sign,
    one upwards is seldom more than all that was paid, who leaves is at nothing or at the last."""
    if not sign:
        return True
    if sign == LEAVES:
        return value in (0, before) and value != paid
    return sign > 0 and 0 < before <= value
