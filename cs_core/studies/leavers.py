"""Who leaves: a change split into rates and mix, the values of a segment against chance, reasons.

From the frames of `churn` and `mrr_movements` split by a segment, and of `churn_reasons`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas

from cs_core.domain.periods import period_column_of
from cs_core.domain.policies import Policies
from cs_core.domain.proportion import wilson
from cs_core.models.mix_shift import Amount, MixShift, Part, mix_shift
from cs_core.models.trend import Point, above_the_rest, p_chart
from cs_core.studies.churn import SEASON, Series

SIDE = {"month": 6, "week": 13, "quarter": 2, "year": 1}  # periods on each side of a comparison

# -- rates or mix ---------------------------------------------------------------------------


@dataclass(frozen=True)
class MixComparison:
    """Two stretches of periods, each as (first, last), and the split of what changed between
    them; `at_change` when they meet at a change point."""

    before: tuple[str, str]
    after: tuple[str, str]
    at_change: bool
    shift: MixShift | None


def stretches(of: Series, change: int | None) -> tuple[range, range] | None:
    """The periods before and from a change on, or else the last ones and those before them; at
    most `SIDE` each. None when there are not two periods with customers."""
    side = SIDE[of.grain]
    if change is not None and 0 < change < len(of):
        return range(max(0, change - side), change), range(change, min(len(of), change + side))
    side = min(side, len(of) // 2)
    if not side:
        return None
    return range(len(of) - 2 * side, len(of) - side), range(len(of) - side, len(of))


def compare(
    of: Series,
    change: int | None,
    split_churn: pandas.DataFrame,
    split_moves: pandas.DataFrame,
    by: str,
    policies: Policies,
    *,
    money: bool = False,
) -> MixComparison | None:
    """The change of the rate, split exactly by the values of `by`. The frames are those of
    `churn` and `mrr_movements` with that segment."""
    found = stretches(of, change)
    if found is None:
        return None
    rows = _split_rows(split_churn, split_moves, by, policies)
    sides = []
    for stretch in found:
        labels = {of.periods[index] for index in stretch}
        totals: dict[Hashable, tuple[Amount, Amount]] = {}
        for row in rows:
            if row["label"] in labels:
                base, lost = (
                    (row["opening_mrr"], row["lost_mrr"]) if money else (row["base"], row["lost"])
                )
                old = totals.get(row["segment"], (0, 0))
                totals[row["segment"]] = (old[0] + base, old[1] + lost)
        sides.append(totals)
    before, after = ((of.periods[stretch.start], of.periods[stretch.stop - 1]) for stretch in found)
    return MixComparison(before, after, change is not None, mix_shift(*sides))


def _split_rows(
    churn: pandas.DataFrame, moves: pandas.DataFrame, by: str, policies: Policies
) -> list[dict[str, Any]]:
    """One row a period and segment value. A value's losses can come in a period that it did not
    open, so both frames are read whole."""
    label = period_column_of(churn)
    found: dict[tuple[Any, Any], dict[str, Any]] = {}

    def row_of(record: Mapping[Any, Any]) -> dict[str, Any]:
        value = None if pandas.isna(record[by]) else record[by]
        empty = {"base": 0, "lost": 0, "opening_mrr": 0, "lost_mrr": 0}
        key = (record[label], value)
        return found.setdefault(key, {"label": record[label], "segment": value, **empty})

    for record in churn.to_dict("records"):
        row = row_of(record)
        row["base"] += int(record["opening_customers"])
        row["lost"] += int(record["lost_customers"])
    for record in moves.to_dict("records"):
        row = row_of(record)
        if policies.churn_denominator == "start_plus_new":
            row["base"] += int(record["new_customers"])
        row["opening_mrr"] += record["opening_mrr"]
        row["lost_mrr"] += record["churned_mrr"] + record["contraction_mrr"]
    return list(found.values())


@dataclass(frozen=True)
class ShownPart:
    """One row of the split: a value, the values beyond the largest together (`others` of them),
    or the total. Shares of 1, exact."""

    kind: str  # value, other, total
    segment: Hashable
    others: int
    rate: Fraction
    mix: Fraction


def shown_parts(shift: MixShift, most: int = 6) -> list[ShownPart]:
    """The values that moved the total most, the rest as one row, and the total; the rows above
    the total add up to it exactly."""
    ordered = sorted(shift.parts, key=lambda part: -abs(part.rate) - abs(part.mix))
    kept = ordered if len(ordered) <= most + 1 else ordered[:most]
    rest: Sequence[Part] = ordered[len(kept) :]
    rows = [ShownPart("value", part.segment, 0, part.rate, part.mix) for part in kept]
    if rest:
        rate = sum((part.rate for part in rest), Fraction(0))
        mix = sum((part.mix for part in rest), Fraction(0))
        rows.append(ShownPart("other", None, len(rest), rate, mix))
    return [*rows, ShownPart("total", None, 0, shift.rate, shift.mix)]


# -- who leaves -----------------------------------------------------------------------------


def segment_rates(
    of: Series,
    split_churn: pandas.DataFrame,
    split_moves: pandas.DataFrame,
    by: str,
    policies: Policies,
    most: int = 10,
) -> pandas.DataFrame:
    """Churn per period of each value of `by` over the last year of complete periods, against the
    limits within which a value of its size lies when all values leave alike (a funnel plot:
    Spiegelhalter 2005, Statistics in Medicine 24). Values outside the limits are always shown,
    then the largest; the rest are one row. Rows for `charts.segment_rates`.
    """
    labels = set(of.periods[-SEASON[of.grain] :])
    totals: dict[Any, list[int]] = {}
    for row in _split_rows(split_churn, split_moves, by, policies):
        if row["label"] in labels:
            total = totals.setdefault(row["segment"], [0, 0])
            total[0] += row["base"]
            total[1] += row["lost"]
    totals = {value: total for value, total in totals.items() if total[0] >= max(total[1], 1)}
    values = sorted(totals, key=lambda value: (-totals[value][0], str(value)))
    chart = p_chart([totals[v][0] for v in values], [totals[v][1] for v in values])
    outside = {value for value, point in zip(values, chart.points, strict=True) if point.outside}
    ranked = sorted(values, key=lambda value: (value not in outside, -totals[value][0]))
    kept = set(ranked if len(ranked) <= most + 1 else ranked[:most])
    rows = [
        _segment_row("value", value, 0, totals[value], point, chart.centre)
        for value, point in zip(values, chart.points, strict=True)
        if value in kept
    ]
    rest = [value for value in values if value not in kept]
    if rest:
        total = [sum(totals[value][place] for value in rest) for place in (0, 1)]
        rows.append(_segment_row("other", None, len(rest), total, None, chart.centre))
    columns = ["kind", "segment", "others", "lost", "base", "rate", "low", "high"]
    return pandas.DataFrame(rows, columns=[*columns, "lower", "upper", "outside", "centre"])


def _segment_row(
    kind: str,
    value: Any,
    others: int,
    total: Sequence[int],
    point: Point | None,
    centre: float | None,
) -> dict[str, Any]:
    base, lost = total
    low, high = wilson(lost, base)
    return {
        "kind": kind,
        "segment": value,
        "others": others,
        "lost": lost,
        "base": base,
        "rate": lost / base,
        "low": low,
        "high": high,
        "lower": point.low if point else None,
        "upper": point.high if point else None,
        "outside": bool(point and point.outside),
        "centre": centre,
    }


def reasons(found: pandas.DataFrame, *, money: bool = False, most: int = 8) -> pandas.DataFrame:
    """Rows of `churn_reasons` over all their periods by reason and kind, the largest reasons (by
    customers, or by MRR) first and the rest as one; `kind` is value, other or blank (none given).
    """
    rows: dict[tuple[Any, Any], list[Any]] = {}
    for row in found.to_dict("records"):
        key = tuple(
            None if pandas.isna(row[c]) else row[c] for c in ("cancel_reason", "churn_kind")
        )
        total = rows.setdefault((key[0], key[1]), [0, 0])
        total[0] += int(row["churned_customers"])
        total[1] += row["churned_mrr"]
    sizes: dict[Any, Any] = {}
    for (reason, _), total in rows.items():
        sizes[reason] = sizes.get(reason, 0) + total[money]
    named = sorted((r for r in sizes if r is not None), key=lambda r: (-sizes[r], str(r)))
    kept = set(named if len(named) <= most + 1 else named[:most])
    made: dict[tuple[str, Any, Any], list[Any]] = {}
    for (reason, churn_kind), (count, money) in rows.items():
        kind = "blank" if reason is None else "value" if reason in kept else "other"
        total = made.setdefault((kind, reason if kind == "value" else None, churn_kind), [0, 0])
        total[0] += count
        total[1] += money
    order = {"value": 0, "other": 1, "blank": 2}
    keys = sorted(
        made,
        key=lambda k: (order[k[0]], -sizes.get(k[1], 0), str(k[1]), str(k[2])),
    )
    others = len(named) - len(kept)
    return pandas.DataFrame(
        [
            (kind, reason, others if kind == "other" else 0, churn_kind, *made[key])
            for key in keys
            for kind, reason, churn_kind in [key]
        ],
        columns=["kind", "reason", "others", "churn_kind", "customers", "mrr"],
    )


# -- tenure ---------------------------------------------------------------------------------


def mean_hazard(hazard: pandas.DataFrame) -> float:
    """Losses over customers at risk, of all months of tenure together."""
    return float(hazard["churned"].sum() / hazard["at_risk"].sum())


def peak(hazard: pandas.DataFrame) -> dict[Hashable, Any] | None:
    """The row of `hazard` with the highest rate among those beyond chance; None where all go
    with the mean. The rows are those of one segment and currency."""
    clear = hazard[above_the_rest(hazard["at_risk"].tolist(), hazard["churned"].tolist())]
    if clear.empty:
        return None
    return max(map(dict, clear.to_dict("records")), key=lambda row: float(row["hazard"]))
