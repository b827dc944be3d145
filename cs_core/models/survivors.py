"""Survivor counts of cohorts, as the retention models need them, and the table they come in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cs_core.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# A table of percentages says nothing of how many customers there were; the published tables
# of the field are read as 1 000.
PERCENT_OF = 1000

_NUMBER = re.compile(r"(\d+|\d{1,3}(?:,\d{3})+)(\.\d+)?")
_PERCENT_HEADER = re.compile(r"%|pct|percent|割合|率", re.IGNORECASE)


@dataclass(frozen=True)
class Survivors:
    """Who could leave, and who left, in each period of age.

    `at_risk[t - 1]` customers, over all cohorts, were seen both at age t - 1 and at age t, and
    `lost[t - 1]` of them left in between. This is all that the likelihood of any retention
    curve needs: cohorts of different length simply add up. `customers` is the total at age 0;
    `notes` are codes of `model.note` texts about the reading.
    """

    at_risk: tuple[float, ...]
    lost: tuple[float, ...]
    customers: float
    notes: tuple[str, ...] = ()

    @staticmethod
    def of(cohorts: Sequence[Sequence[float]], notes: tuple[str, ...] = ()) -> Survivors:
        """From survivors at age 0, 1, 2 … of each cohort, none rising."""
        periods = max((len(cohort) for cohort in cohorts), default=1) - 1
        at_risk, lost = [0.0] * periods, [0.0] * periods
        for cohort in cohorts:
            for age, (before, after) in enumerate(pairwise(cohort)):
                at_risk[age] += before
                lost[age] += before - after
        customers = float(sum(cohort[0] for cohort in cohorts if len(cohort)))
        return Survivors(tuple(at_risk), tuple(lost), customers, notes)

    @property
    def periods(self) -> int:
        """The last age at which anybody could be seen."""
        return max((age + 1 for age, total in enumerate(self.at_risk) if total > 0), default=0)

    def first(self, periods: int) -> Survivors:
        """Only what was known of the first periods."""
        return Survivors(self.at_risk[:periods], self.lost[:periods], self.customers, self.notes)

    def arrays(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """`at_risk` and `lost` of the observed periods."""
        import numpy as np

        return np.array(self.at_risk[: self.periods]), np.array(self.lost[: self.periods])

    def observed(self) -> list[float]:
        """S(0), S(1) … as seen: the product of the pooled retention rates (Kaplan-Meier)."""
        curve = [1.0]
        for total, lost in zip(
            self.at_risk[: self.periods], self.lost[: self.periods], strict=True
        ):
            curve.append(curve[-1] * (total - lost) / total if total else curve[-1])
        return curve


def read_survivors(rows: Sequence[Sequence[str]]) -> Survivors:
    """Survivor counts from the rows of a file, header first.

    Two columns are age (0, 1, 2 …) and survivors. More are a cohort x period table with the
    cohort first; cells are blank before a cohort's start (calendar columns) or after its last
    observed age (age columns). Percentages, by `%` in the cells or a header such as
    `survivors_pct`, are read as a cohort of 1 000. Raises InputError with the line at fault.
    """
    lines = [
        (number, [unicodedata.normalize("NFKC", cell).strip() for cell in row])
        for number, row in enumerate(rows, start=1)
    ]
    lines = [(number, cells) for number, cells in lines if any(cells)]
    if len(lines) < 2:
        raise InputError("fit.empty")
    width = max(position + 1 for _, cells in lines for position, cell in enumerate(cells) if cell)
    table = [(number, (cells + [""] * width)[:width]) for number, cells in lines]
    (_, header), body = table[0], table[1:]
    if width < 2:
        raise InputError("fit.one_column")
    if width == 2:
        return _by_age(header, body)
    ages = [cells[0] for _, cells in body]
    if ages == [str(age) for age in range(len(ages))] and not any(
        _NUMBER.fullmatch(name) for name in header[1:]
    ):
        raise InputError("fit.several_columns", columns=", ".join(header[1:]))
    return _by_cohort(header, body)


def _by_age(header: list[str], body: list[tuple[int, list[str]]]) -> Survivors:
    survivors: dict[int, tuple[int, float, bool]] = {}
    for number, (age, count) in body:
        if not (age.isascii() and age.isdecimal()) or int(age) in survivors:
            raise InputError("fit.ages", line=number, value=age)
        survivors[int(age)] = (number, *_number(count, number))
    if sorted(survivors) != list(range(len(survivors))):
        missing = min(set(range(len(survivors))) - set(survivors))
        raise InputError("fit.missing_age", age=missing)
    ordered = [survivors[age] for age in range(len(survivors))]
    percent = any(is_percent for _, _, is_percent in ordered) or bool(
        _PERCENT_HEADER.search(header[1])
    )
    return _checked(
        [[count for _, count, _ in ordered]], [[number for number, _, _ in ordered]], percent
    )


def _by_cohort(header: list[str], body: list[tuple[int, list[str]]]) -> Survivors:
    cohorts, places, percent = [], [], bool(_PERCENT_HEADER.search(" ".join(header[1:])))
    for number, cells in body:
        filled = [position for position, cell in enumerate(cells) if position and cell]
        if not filled:
            continue
        if filled[-1] - filled[0] + 1 != len(filled):
            raise InputError("fit.gap", line=number, cohort=cells[0])
        values = [_number(cells[position], number) for position in filled]
        percent |= any(is_percent for _, is_percent in values)
        cohorts.append([value for value, _ in values])
        places.append([number] * len(values))
    return _checked(cohorts, places, percent)


def _checked(cohorts: list[list[float]], places: list[list[int]], percent: bool) -> Survivors:
    for cohort, lines in zip(cohorts, places, strict=True):
        if cohort[0] <= 0:
            raise InputError("fit.starts_with_nobody", line=lines[0])
        for age in range(1, len(cohort)):
            if cohort[age] > cohort[age - 1]:
                raise InputError(
                    "fit.rises",
                    line=lines[age],
                    age=age,
                    before=f"{cohort[age - 1]:g}",
                    after=f"{cohort[age]:g}",
                )
    if not percent:
        return Survivors.of(cohorts)
    scaled = [[value / cohort[0] * PERCENT_OF for value in cohort] for cohort in cohorts]
    return Survivors.of(scaled, ("percent",))


def _number(cell: str, line: int) -> tuple[float, bool]:
    """A count or a percentage, and whether it was written as one."""
    text = cell.removesuffix("%").strip()
    if not _NUMBER.fullmatch(text) or len(text) > 20:
        raise InputError("fit.not_a_number", line=line, value=cell[:40])
    return float(text.replace(",", "")), cell.endswith("%")
