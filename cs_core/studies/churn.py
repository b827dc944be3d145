"""Churn told from noise: from the frames of `churn`, `mrr_movements` and `mrr_losses` to limits,
changes of level, seasons and a forecast.

Only complete periods enter. A rate is lost / denominator, as the policies define both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas

from cs_core.domain.periods import Periods, days_of_label, period_column, period_column_of
from cs_core.domain.policies import Policies
from cs_core.domain.proportion import SMALL_SAMPLE
from cs_core.models.forecast import Forecast, forecast
from cs_core.models.mrr_limits import mrr_chart
from cs_core.models.seasonality import Season, season_test
from cs_core.models.trend import (
    ChangePoint,
    Decomposition,
    PChart,
    Point,
    change_points,
    decompose,
    expected_rates,
    p_chart,
)

SEASON = {"month": 12, "week": 52, "quarter": 4, "year": 1}  # periods in a year
AHEAD = {"month": 6, "week": 13, "quarter": 4, "year": 2}  # periods forecast
# The first age of each phase of tenure within which customers leave at about the same rate.
PHASES = {
    "month": (1, 2, 3, 4, 7, 13, 25),
    "week": (1, 3, 5, 9, 14, 27, 53, 105),
    "quarter": (1, 2, 3, 5, 9),
    "year": (1, 2, 3),
}
NO_FORECAST = Forecast((), None, None, False, None, None, None, None, 0, ("nobody_is_left",))
# Above it the periods differ by clearly more than chance; for pure noise it is about 1.
OVERDISPERSED = 2.0


@dataclass(frozen=True)
class Series:
    """Complete periods from the first with customers on, oldest first. `base` is the denominator
    of the customer churn rate; a period with more lost than that has no limits and is (0, 0).
    `closing` is how many customers there are now, a period in progress included."""

    grain: str
    periods: tuple[str, ...]
    base: tuple[int, ...]
    lost: tuple[int, ...]
    rates: tuple[float | None, ...]
    opening_mrr: tuple[Any, ...]
    lost_mrr: tuple[Any, ...]
    opening: tuple[int, ...]
    closing: int = 1

    def __len__(self) -> int:
        return len(self.periods)


@dataclass(frozen=True)
class Levels:
    """Between which periods the rate is one: `changes` begin new levels. `points` are the periods
    in the limits of their own level, `centres` the levels' rates, by period."""

    changes: tuple[ChangePoint, ...]
    points: tuple[Point, ...]
    centres: tuple[float | None, ...]

    @property
    def begun(self) -> int:
        """The first period of the level in force."""
        return self.changes[-1].index if self.changes else 0


@dataclass(frozen=True)
class Trend:
    """`points` and `centres` are by period; each level between changes has limits of its own, so
    that a lasting change is said once, at its date. `dispersion` is that within levels."""

    series: Series
    points: tuple[Point, ...]
    centres: tuple[float | None, ...]
    changes: tuple[ChangePoint, ...]
    dispersion: float | None
    forecast: Forecast | None
    ahead: tuple[str, ...]
    seasons: Decomposition | None
    season: Season | None

    @property
    def chart(self) -> PChart:
        """The points with the rate of all periods together."""
        total = sum(self.series.base)
        centre = sum(self.series.lost) / total if total else None
        return PChart(centre, self.points, self.dispersion)


def series(
    churn: pandas.DataFrame, moves: pandas.DataFrame, policies: Policies, grain: str = "month"
) -> Series:
    """From the rows of `churn` and `mrr_movements` for the same question, without a segment."""
    rows = _rates_and_money(churn, moves, policies)
    closing = rows[-1]["closing"] if rows else 0
    rows = [row for row in rows if not row["partial"]]
    begun = next((i for i, row in enumerate(rows) if row["base"] > 0), len(rows))
    rows = rows[begun:]
    fits = [0 <= row["lost"] <= row["base"] for row in rows]
    return Series(
        grain,
        tuple(str(row["label"]) for row in rows),
        tuple(row["base"] * fit for row, fit in zip(rows, fits, strict=True)),
        tuple(row["lost"] * fit for row, fit in zip(rows, fits, strict=True)),
        tuple(row["rate"] for row in rows),
        tuple(row["opening_mrr"] for row in rows),
        tuple(row["lost_mrr"] for row in rows),
        tuple(row["opening"] for row in rows),
        closing,
    )


def _rates_and_money(
    churn: pandas.DataFrame, moves: pandas.DataFrame, policies: Policies
) -> list[dict[str, Any]]:
    label = period_column_of(churn)
    money = {row[label]: row for row in moves.to_dict("records")}
    rows = []
    for row in churn.to_dict("records"):
        move = money[row[label]]
        joined = move["new_customers"] if policies.churn_denominator == "start_plus_new" else 0
        rate = row["customer_churn_rate"]
        rows.append(
            {
                "label": row[label],
                "partial": bool(row["partial"]),
                "base": int(row["opening_customers"] + joined),
                "lost": int(row["lost_customers"]),
                "opening": int(row["opening_customers"]),
                "closing": int(move["closing_customers"]),
                "rate": None if pandas.isna(rate) else float(rate),
                "opening_mrr": move["opening_mrr"],
                "lost_mrr": move["churned_mrr"] + move["contraction_mrr"],
            }
        )
    return rows


def levels(of: Series, cohorts: pandas.DataFrame | None = None, fiscal_start: int = 1) -> Levels:
    """The lasting levels of the customer churn rate: what is usual, for a page, a tile, a sentence
    and an alert alike. With the rows of `cohorts` for the same question, a change of the mix of
    tenures is no change. What was before the first 30 customers is not judged."""
    large = [index for index, base in enumerate(of.base) if base >= SMALL_SAMPLE]
    begun = large[0] if large else 0
    counts, season = (of.base[begun:], of.lost[begun:]), SEASON[of.grain]
    found = change_points(*counts, season=season)
    if found and cohorts is not None:
        # What the rates themselves do not show is not told either.
        expected = _expected(of, cohorts, fiscal_start)[begun:]
        found = change_points(*counts, expected, season)
    changes = tuple(replace(change, index=change.index + begun) for change in found)
    edges = [0, *(change.index for change in changes), len(of)]
    points: list[Point] = []
    centres: list[float | None] = []
    for start, end in pairwise(edges):
        level = p_chart(of.base[start:end], of.lost[start:end])
        points += level.points
        centres += [level.centre] * (end - start)
    return Levels(changes, tuple(points), tuple(centres))


def _expected(of: Series, cohorts: pandas.DataFrame, fiscal_start: int) -> list[float]:
    """The rate each period's mix of tenures leads to. Who left at an age are the cohort's
    customers of the age before who are none at it."""
    index = Periods(of.grain, fiscal_start).index
    begun = {
        label: index(days_of_label(label, fiscal_start)[0]) for label in cohorts["cohort"].unique()
    }
    rows = cohorts.sort_values(["cohort", "age"])
    before = rows.groupby("cohort")["active_customers"].shift(1)
    period = rows["cohort"].map(begun) + rows["age"]
    period -= index(days_of_label(of.periods[0], fiscal_start)[0]) if len(of) else 0
    held = (before > 0) & (period >= 0) & (period < len(of))
    place = period[held].to_numpy(dtype=int)
    starts = PHASES[of.grain]
    phase = np.searchsorted(starts, rows.loc[held, "age"].to_numpy(), side="right") - 1
    at_risk, lost = np.zeros((len(of), len(starts))), np.zeros((len(of), len(starts)))
    there = before[held].to_numpy(dtype=float)
    np.add.at(at_risk, (place, phase), there)
    left = np.maximum(there - rows.loc[held, "active_customers"].to_numpy(dtype=float), 0.0)
    np.add.at(lost, (place, phase), left)
    return [float(rate) for rate in expected_rates(at_risk, lost)]


def customer_trend(of: Series, fiscal_start: int = 1, known: Levels | None = None) -> Trend:
    """Limits, changes, seasons and forecast of the customer churn rate; `known` are its levels."""
    known = known or levels(of, fiscal_start=fiscal_start)
    changes, points, centres = known.changes, known.points, known.centres
    ahead = AHEAD[of.grain]
    return Trend(
        of,
        points,
        centres,
        changes,
        _dispersion(of, centres, len(changes) + 1),
        forecast(of.base, of.lost, horizon=ahead, season=SEASON[of.grain])
        if of.closing
        else NO_FORECAST,
        labels_after(of, ahead, fiscal_start),
        *_seasons(of, points),
    )


def mrr_trend(of: Series, losses: pandas.DataFrame) -> Trend:
    """Limits and seasons of the gross MRR churn rate, from the rows of `mrr_losses`."""
    place = {label: index for index, label in enumerate(of.periods)}
    rows = [
        (place[label], float(lost), int(count))
        for label, lost, count in zip(
            losses[period_column_of(losses)], losses["lost_mrr"], losses["customers"], strict=True
        )
        if label in place
    ]
    chart = mrr_chart(of.opening, [float(mrr) for mrr in of.opening_mrr], rows)
    centres = (chart.centre,) * len(of)
    return Trend(of, chart.points, centres, (), None, None, (), *_seasons(of, chart.points))


def _dispersion(of: Series, centres: Sequence[float | None], levels: int) -> float | None:
    """Pearson's chi-squared per degree of freedom, within levels."""
    total, seen = 0.0, 0
    for n, x, rate in zip(of.base, of.lost, centres, strict=True):
        if n and rate is not None and 0 < rate < 1:
            total += (x - n * rate) ** 2 / (n * rate * (1 - rate))
            seen += 1
    return total / (seen - levels) if seen > levels else None


def _seasons(of: Series, points: Sequence[Point]) -> tuple[Decomposition | None, Season | None]:
    """From the first period with enough customers for a rate to mean something: the wild rates
    of a company's first months would pass for a season. A gap has no decomposition."""
    start = settled_from(of)
    rates = [point.rate for point in points[start:] if point.rate is not None]
    if len(rates) < len(points) - start:
        return None, None
    season = SEASON[of.grain]
    parts = decompose(rates, season)
    if parts is None:
        return None, None
    return parts, season_test(rates, parts.trend, parts.seasonal, of.opening[start:], season)


def settled_from(of: Series) -> int:
    """The first period from which on there are always 30 customers at the start."""
    small = [index for index, base in enumerate(of.base) if base < SMALL_SAMPLE]
    return small[-1] + 1 if small else 0


def labels_after(of: Series, count: int, fiscal_start: int = 1) -> tuple[str, ...]:
    """The labels of the periods that follow."""
    if not len(of):
        return ()
    periods = Periods(of.grain, fiscal_start)
    last = periods.index(days_of_label(of.periods[-1], fiscal_start)[0])
    return tuple(periods.label(last + step) for step in range(1, count + 1))


# -- rows for charts ------------------------------------------------------------------------


def limits_frame(trend: Trend, first: str | None = None) -> pandas.DataFrame:
    """Rows for `charts.rate_with_limits`, from the period `first` on."""
    of = trend.series
    money = trend.forecast is None
    rows = [
        {
            period_column(of.grain): label,
            "rate": point.rate if money or point.rate is not None else rate,
            "centre": centre,
            "lower": point.low,
            "upper": point.high,
            "outside": point.outside is not None,
            "numerator": None if money else lost,
            "denominator": None if money else base,
        }
        for label, point, centre, rate, lost, base in zip(
            of.periods, trend.points, trend.centres, of.rates, of.lost, of.base, strict=True
        )
        if first is None or label >= first
    ]
    columns = ["rate", "centre", "lower", "upper", "outside", "numerator", "denominator"]
    return pandas.DataFrame(rows, columns=[period_column(of.grain), *columns])


def forecast_frame(trend: Trend) -> pandas.DataFrame | None:
    """Rows for the forecast of `charts.rate_with_limits`; None where there is none."""
    if trend.forecast is None or not trend.forecast.steps:
        return None
    return pandas.DataFrame(
        {
            period_column(trend.series.grain): label,
            "forecast": step.rate,
            "low80": step.low80,
            "high80": step.high80,
            "low95": step.low95,
            "high95": step.high95,
            "naive": trend.forecast.naive,
        }
        for label, step in zip(trend.ahead, trend.forecast.steps, strict=True)
    )


def seasons_frame(trend: Trend) -> pandas.DataFrame:
    """Rows for `charts.decomposition`: observed, trend, seasonal and remainder by period."""
    parts, start = trend.seasons, settled_from(trend.series)
    assert parts is not None
    observed = [point.rate for point in trend.points[start:]]
    return pandas.DataFrame(
        {
            period_column(trend.series.grain): trend.series.periods[start:],
            "observed": observed,
            "trend": parts.trend,
            "seasonal": parts.seasonal,
            "remainder": parts.remainder,
        }
    )
