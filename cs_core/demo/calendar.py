"""Days and months as numpy arrays (datetime64[D] and [M])."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
NAT = np.datetime64("NaT", "D")


def day_of_month(day: Array | np.datetime64) -> Any:
    return (day - day.astype("M8[M]").astype("M8[D]")).astype(int) + 1


def days_in(month: Array | np.datetime64) -> Any:
    return ((month + 1).astype("M8[D]") - month.astype("M8[D]")).astype(int)


def same_day(anchor: Array, month: Array | np.datetime64) -> Array:
    """The anchor's day of the month in another month, clamped to its last day."""
    number = np.minimum(day_of_month(anchor), days_in(month))
    return np.asarray(month.astype("M8[D]") + (number - 1))


def mondays(month: np.datetime64) -> Array:
    days = np.arange(month.astype("M8[D]"), (month + 1).astype("M8[D]"))
    return np.asarray(days[(days.astype(int) + 3) % 7 == 0])


def month_number(day: Array) -> Array:
    """0 for January to 11 for December."""
    return np.asarray(day.astype("M8[M]").astype(int) % 12)
