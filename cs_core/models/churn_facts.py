"""What the Churn page says in words: which sentence holds, and the figures in it.

A fact names a text `model.fact.<key>` and its fields as plain values; rates are in 0 … 1 (or
-1 … 1 for changes) and periods are indexes into the series. The page puts them into the
language's numbers and months. A sentence is chosen by the same comparison it states, so it is
true whenever it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cs_core.models.forecast import Forecast
from cs_core.models.mix_shift import MixShift
from cs_core.models.trend import ChangePoint, PChart, fewest_periods


@dataclass(frozen=True)
class Fact:
    """`key` of the sentence, and its fields."""

    key: str
    fields: Mapping[str, object]


def trend_fact(chart: PChart, changes: Sequence[ChangePoint], season: int = 12) -> Fact:
    """Has churn changed for good? `season` is the number of periods in a year."""
    if changes:
        last = changes[-1]
        key = "rose" if last.after > last.before else "fell"
        fields = {"before": last.before, "after": last.after, "p": last.p}
        if len(changes) == 1:
            return Fact(key, {"until": last.index - 1, **fields})
        return Fact(f"{key}_again", {"period": last.index, "levels": len(changes) + 1, **fields})
    if chart.centre is None:
        return Fact("nothing", {})
    seen = [point for point in chart.points if point.rate is not None]
    need = fewest_periods(season)
    if len(seen) < need:
        return Fact("too_short", {"rate": chart.centre, "periods": len(seen), "need": need})
    return Fact("steady", {"rate": chart.centre, "periods": len(seen)})


def outside_fact(chart: PChart, levels: bool = False) -> Fact:
    """Did single periods stand out? With `levels`, within those of several."""
    outside = [index for index, point in enumerate(chart.points) if point.outside]
    if not outside:
        seen = sum(point.rate is not None for point in chart.points)
        return Fact("none_outside_levels" if levels else "none_outside", {"periods": seen})
    last = outside[-1]
    point = chart.points[last]
    return Fact(
        f"{'one' if len(outside) == 1 else 'some'}_outside_{point.outside}",
        {
            "count": len(outside),
            "period": last,
            "rate": point.rate,
            "limit": point.high if point.outside == "above" else point.low,
        },
    )


def mix_fact(shift: MixShift | None) -> Fact:
    """Did customers leave at other rates, or are they other customers?"""
    if shift is None:
        return Fact("mix_unknown", {})
    change = shift.after - shift.before
    fields = {"change": float(change), "rate": float(shift.rate), "mix": float(shift.mix)}
    if change == 0:
        return Fact("mix_unchanged", fields)
    if shift.simpson:
        return Fact("simpson_rise" if change > 0 else "simpson_fall", fields)
    if shift.reversed:
        return Fact("mix_reversed", fields)
    return Fact(
        "mix_mostly_rates" if abs(shift.rate) >= abs(shift.mix) else "mix_mostly_mix", fields
    )


def forecast_fact(forecast: Forecast) -> Fact:
    """What comes next, and how far to trust it."""
    if not forecast.steps:
        return Fact("nothing", {})
    first = forecast.steps[0]
    fields = {
        "rate": sum(step.rate for step in forecast.steps) / len(forecast.steps),
        "periods": len(forecast.steps),
        "low": first.low80,
        "high": first.high80,
        "error": forecast.model_error,
        "naive_error": forecast.naive_error,
    }
    if forecast.model is None:
        return Fact("forecast_too_short", fields)
    return Fact("forecast_model" if forecast.beats_naive else "forecast_naive", fields)
