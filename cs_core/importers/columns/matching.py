"""Which header means which column of a table: the surest pair first, each used once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cs_core.domain.tables import Table
from cs_core.importers.columns import headers, together
from cs_core.importers.columns.contents import Contents
from cs_core.importers.columns.proposal import (
    DAYS,
    LEAST,
    LEAST_OPTIONAL,
    ROLES,
    SURE,
    Proposal,
    plans_tell,
)
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import ReadOptions

_OWN = headers.STRENGTH["sure"]
_SPLITTING = ("plan", "status", "cancel_reason", "churn_kind")
_PSEUDO = {"subscriptions": ("annual_amount", "mrr_change", "name", *DAYS, *ROLES)}
# (confidence, minus the header's position, header, column)
_Pair = tuple[float, int, str, str]
# These are rarely filled, and right when they are.
_SPARSE = (
    "end_date",
    "cancel_requested_at",
    "cancel_reason",
    "churn_kind",
    "discount",
    "trial_end",
    *ROLES,
)
# Where two headers fit equally, these columns move figures.
_MOVING = ("account_id", "start_date", "end_date", "mrr", "amount", "annual_amount", "quantity")
_ALMOST_EMPTY, _EQUAL = 0.25, 0.03
_BEFORE, _AFTER = r"(?i)^(prev|previous|old|before|from)[_ ]", r"(?i)^(next|new|after|to)[_ ]"


def match(raw: Raw, table: Table, kinds: Contents, options: ReadOptions) -> Proposal:
    """Headers to columns, surest pair first, each used once."""
    pseudo = _PSEUDO.get(table.name, ())
    spoken = _now(raw.headers)
    chosen = options.columns or {}
    told = {header: column for column, header in chosen.items() if header in spoken}
    per = options.told("amount_per")
    kind_of = {column.name: column.kind for column in table.columns}
    if pseudo:
        kind_of |= {
            "annual_amount": "amount",
            "mrr_change": "amount",
            "name": "text",
            **dict.fromkeys((*DAYS, *ROLES), "date"),
        }
    pairs: list[_Pair] = []
    for position, header in enumerate(raw.headers):
        for column, kind in kind_of.items():
            confidence = headers.confidence(spoken[header], table.name, column)
            if confidence:
                seen = column if column in ("status", "currency") else kind
                confidence *= 1.0 if header == column else kinds.agreement(position, seen)
                pairs.append((confidence, -position, header, column))
    pairs = [pair for pair in _full_ones_first(raw, pairs) if pair[2] not in told]
    pairs += [(1.0, 0, header, column) for header, column in told.items() if column in kind_of]
    needed = {*table.needed({}), "amount", "interval"}
    if needed - {"amount", "interval", "mrr"} <= set(raw.headers):
        # Who writes our own names means `plan` by `plan`, and by `tier` a segment.
        pairs = [pair for pair in pairs if pair[3] not in _SPLITTING or pair[0] >= _OWN]
    taken: dict[str, tuple[str, float]] = {}
    used: set[str] = set()
    for confidence, _, header, column in sorted(pairs, reverse=True):
        least = LEAST if column in needed else LEAST_OPTIONAL
        if confidence >= least and column not in taken and header not in used:
            taken[column] = (header, round(confidence, 2))
            used.add(header)
    proposal = Proposal(table.name, taken)
    proposal.ties = _ties(raw, taken, pairs, used, told)
    if table.name == "subscriptions":
        together.settle(raw, proposal, kinds, per)
    have = {*proposal.columns, *proposal.constants}
    proposal.by_plan = plans_tell(raw, proposal)
    amount, _ = proposal.columns.get("amount", ("", 0.0))
    tells = bool(amount) and kinds.say_intervals(raw.headers.index(amount))
    if proposal.per_term or proposal.by_plan or tells:
        have.add("interval")
    proposal.missing = tuple(name for name in table.needed(have) if name not in have)
    used = {header for header, _ in proposal.taken}
    if table.segments:
        # A header like a column's name, which was not taken for it, must not stand for it.
        proposal.segments = {
            f"{header} (file)" if header in table.by_name else header: header
            for header in raw.headers
            if header not in used
        }
    proposal.canonical = all(header == name for name, (header, _) in proposal.columns.items())
    return proposal


def _now(found: Sequence[str]) -> dict[str, str]:
    """Headers as they are to be understood: where a file has each field twice, as it was before a
    change (prev_plan) and as it is after it (next_plan), the second is the field."""
    before = {re.sub(_BEFORE, "", header) for header in found if re.search(_BEFORE, header)}
    after = {h: re.sub(_AFTER, "", h) for h in found if re.search(_AFTER, h)}
    paired = sum(field in before for field in after.values()) >= 2
    return {header: after.get(header, header) if paired else header for header in found}


def _full_ones_first(raw: Raw, pairs: list[_Pair]) -> list[_Pair]:
    """An almost empty column never wins over a full one."""
    share = {
        header: 1 - column.null_count / max(1, raw.rows)
        for header, column in zip(raw.headers, raw.columns, strict=True)
    }
    fullest: dict[str, float] = {}
    for confidence, _, header, column in pairs:
        if confidence >= LEAST:
            fullest[column] = max(fullest.get(column, 0.0), share[header])
    return [
        (confidence * (0.6 if share[header] < _least(column, fullest) else 1.0), at, header, column)
        for confidence, at, header, column in pairs
    ]


def _least(column: str, fullest: Mapping[str, float]) -> float:
    """The share of its cells that a column must fill to be believed."""
    most = fullest.get(column, 0.0)
    return min(most, 1e-9) if column in _SPARSE else most * _ALMOST_EMPTY


def _ties(
    raw: Raw,
    taken: Mapping[str, tuple[str, float]],
    pairs: list[_Pair],
    used: set[str],
    told: Mapping[str, str],
) -> dict[str, list[str]]:
    """Columns that further headers fit as well, with other values in their cells."""
    found: dict[str, list[str]] = {}
    for column in _MOVING:
        header, _ = taken.get(column, ("", 0.0))
        if not header or header == column or header in told:
            continue
        best = max(c for c, _, h, named in pairs if named == column and h == header)
        rivals = [
            other
            for confidence, _, other, named in pairs
            if named == column
            and other not in used
            and confidence >= max(SURE, best - _EQUAL)
            and not _alike(raw, header, other)
        ]
        if rivals:
            found[column] = [header, *rivals]
    return found


def _alike(raw: Raw, one: str, other: str) -> bool:
    """Whether two columns say the same in nearly every row, each in its own spelling; an empty one
    says nothing else."""
    rows = [raw.column(header).slice(0, together.COMPARED).to_pylist() for header in (one, other)]
    both = [pair for pair in zip(*rows, strict=True) if None not in pair]
    if not both:
        return True
    firsts = {first for first, _ in both}
    return len(set(both)) <= 1.05 * min(len(firsts), len({second for _, second in both}))
