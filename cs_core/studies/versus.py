"""Two values of a segment side by side: what differs, and whether that means anything."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import pandas

from cs_core.domain.periods import period_column_of
from cs_core.domain.proportion import difference
from cs_core.studies.churn import SEASON

MEASURES = ("customers", "mrr", "arpa", "churn", "kept", "nrr", "grr")
RATES = ("churn", "kept", "nrr", "grr")


@dataclass(frozen=True)
class Compared:
    """One measure of two groups. Money and counts are of the end of the last complete period,
    `churn` is customers lost a period over the last year of them, `kept`, `nrr` and `grr` are of
    the year up to it, as shares of 1. `low` and `high` are the 95 % interval of the difference of
    two rates; None where nothing can be tested."""

    measure: str
    one: float | None
    other: float | None
    low: float | None = None
    high: float | None = None

    @property
    def gap(self) -> float | None:
        return None if self.one is None or self.other is None else self.one - self.other

    @property
    def clear(self) -> bool | None:
        """Whether the difference is more than chance gives; None where it was not tested."""
        if self.low is None or self.high is None:
            return None
        return self.low > 0 or self.high < 0


def compared(
    moves: pandas.DataFrame,
    churn: pandas.DataFrame,
    retention: pandas.DataFrame,
    by: str,
    pair: tuple[str | None, str | None],
    grain: str,
) -> list[Compared]:
    """A row a measure, from the frames of `mrr_movements`, `churn` and `retention` split by `by`.
    Empty before there is a complete period."""
    label = period_column_of(churn)
    whole = moves[~moves["partial"].astype(bool)]
    if whole.empty:
        return []
    last = whole[label].max()
    year = sorted(churn.loc[~churn["partial"].astype(bool), label].unique())[-SEASON[grain] :]
    sides = [
        (
            _of(whole[whole[label] == last], by, value),
            _of(churn[churn[label].isin(year)], by, value),
            _of(retention[retention[label] == last], by, value),
        )
        for value in pair
    ]
    found = []
    counts = [int(end["closing_customers"].sum()) for end, _, _ in sides]
    money = [float(sum(end["closing_mrr"], start=0)) for end, _, _ in sides]
    found.append(Compared("customers", *counts))
    found.append(Compared("mrr", *money))
    arpa = [m / n if n else None for m, n in zip(money, counts, strict=True)]
    found.append(Compared("arpa", *arpa))
    lost = [
        (int(r["lost_customers"].sum()), int(r["opening_customers"].sum())) for _, r, _ in sides
    ]
    found.append(_shares("churn", lost))
    found.append(_shares("kept", [_kept(rows) for _, _, rows in sides]))
    found += [_bounded(name, [rows for _, _, rows in sides]) for name in ("nrr", "grr")]
    return found


def _of(rows: pandas.DataFrame, by: str, value: str | None) -> pandas.DataFrame:
    return rows[rows[by].isna()] if value is None else rows[rows[by] == value]


def _kept(rows: pandas.DataFrame) -> tuple[int, int]:
    if rows.empty or rows["customer_retention"].isna().all():
        return 0, 0
    began = int(rows["starting_customers"].iloc[0])
    return round(float(rows["customer_retention"].iloc[0]) * began), began


def _shares(measure: str, counts: list[tuple[int, int]]) -> Compared:
    one, other = (part / whole if whole else None for part, whole in counts)
    _, low, high = difference(*counts[0], *counts[1])
    return Compared(measure, one, other, low, high)


def _bounded(measure: str, sides: list[pandas.DataFrame]) -> Compared:
    """The interval of the difference from the two intervals (MOVER: Zou and Donner 2008,
    Statistics in Medicine 27)."""
    values = [[_number(rows, f"{measure}{end}") for end in ("", "_low", "_high")] for rows in sides]
    (one, one_low, one_high), (other, other_low, other_high) = values
    known = (one, one_low, one_high, other, other_low, other_high)
    if any(value is None for value in known):
        return Compared(measure, one, other)
    a, a_low, a_high, b, b_low, b_high = (float(value or 0.0) for value in known)
    low = a - b - sqrt((a - a_low) ** 2 + (b_high - b) ** 2)
    high = a - b + sqrt((a_high - a) ** 2 + (b - b_low) ** 2)
    return Compared(measure, a, b, low, high)


def _number(rows: pandas.DataFrame, column: str) -> float | None:
    value: Any = None if rows.empty or column not in rows else rows[column].iloc[0]
    return None if value is None or pandas.isna(value) else float(value)
