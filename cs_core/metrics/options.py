"""What can be asked of a metric, apart from its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from cs_core.domain.policies import Policies
from cs_core.errors import UsageError

HORIZONS = (30, 60, 90, 180)
PERIODS = ("month", "week", "quarter", "year")


@dataclass(frozen=True)
class Options:
    """One question's options; hashable, so that it can key a cache.

    `first` and `last` are period labels (`2024-02`, `2024-W05`, `2024-Q1`, `2024`); None means
    from the first ledger row, and up to the as-of date. `then_by` is a second column to split by.
    `where` holds (column, value) pairs: values of one column are alternatives, different columns
    must all hold; a None value is the blank one. `partial` adds the cells of unfinished periods
    where the contract leaves them out (the heatmap draws them dashed). `horizon_days` is how far
    `accounts` looks ahead.
    """

    period: str = "month"
    first: str | None = None
    last: str | None = None
    as_of: date | None = None
    by: str | None = None
    then_by: str | None = None
    where: tuple[tuple[str, str | None], ...] = ()
    currency: str | None = None
    policies: Policies = field(default_factory=Policies)
    window: int = 12
    unit: str = "month"
    spells: str = "first"
    fiscal_start: int = 1
    partial: bool = False
    horizon_days: int = 90

    def __post_init__(self) -> None:
        _one_of("period", self.period, PERIODS)
        if self.then_by is not None and self.then_by == self.by:
            raise UsageError("option_once", option="by", value=self.by)
        _one_of("unit", self.unit, ("day", "month"))
        _one_of("spells", self.spells, ("first", "all"))
        _within("window", self.window, 1, 120)
        if self.horizon_days not in HORIZONS:
            known = ", ".join(map(str, HORIZONS))
            raise UsageError(
                "unknown_option_value",
                option="horizon_days",
                value=self.horizon_days,
                known=known,
            )
        _within("fiscal_start", self.fiscal_start, 1, 12)


def _one_of(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise UsageError("unknown_option_value", option=option, value=value, known=", ".join(known))


def _within(option: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise UsageError("option_out_of_range", option=option, value=value, low=low, high=high)
