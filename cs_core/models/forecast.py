"""Churn in the next periods, beside the simple guess, with honest errors of both.

Candidates work on the empirical logit of the rate, log((lost + 1/2) / (kept + 1/2)), so that
forecasts stay between 0 and 1. Which one is used, its error, its intervals and their coverage
all come from a rolling-origin back-test: forecasts made at earlier dates from what was known
then, compared with what followed.

Sources: Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., sections 5.10
(rolling origin), 8 (ETS); Harvey 1989, Forecasting, Structural Time Series Models and the
Kalman Filter; Haldane 1955 (empirical logit).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

NAIVE_PERIODS = 6
SHORTEST = 12
_ORIGINS = 24
# Parameters are estimated anew at every sixth origin, the level and season at each.
_REFIT = 6
_FEWEST_ERRORS = 8


@dataclass(frozen=True)
class ForecastStep:
    """One future period: rates in 0 … 1. Intervals are None without a back-test."""

    rate: float
    low80: float | None
    high80: float | None
    low95: float | None
    high95: float | None


@dataclass(frozen=True)
class Forecast:
    """`steps` is what to show: the `model`'s, or the naive forecast where no model beats it.

    `model` is the best candidate (level, damped_trend, season, seasonal_level) or None where
    the series is too short; `beats_naive` whether it is shown. Errors are mean absolute errors
    of rates over all origins and horizons, the model's with the candidate chosen at each origin
    from what was known then. `coverage80` and `coverage95` are the shares of later rates inside
    the shown intervals, each judged with intervals that did not see it. `origins` is the number
    of back-test dates. `notes` are codes of `model.note` texts.
    """

    steps: tuple[ForecastStep, ...]
    naive: float | None
    model: str | None
    beats_naive: bool
    model_error: float | None
    naive_error: float | None
    coverage80: float | None
    coverage95: float | None
    origins: int
    notes: tuple[str, ...] = ()


def forecast(
    opening: Sequence[int], lost: Sequence[int], *, horizon: int = 6, season: int = 12
) -> Forecast:
    """Forecast `horizon` periods past the end of a series of complete periods, oldest first.

    `season` is the number of periods in a year (12, 4, 52), 1 for none. The naive forecast is
    the pooled rate of the last six periods. Periods without customers before the first with
    some are left out.
    """
    n, x = np.asarray(opening, dtype=float), np.asarray(lost, dtype=float)
    first = int(np.argmax(n > 0)) if (n > 0).any() else len(n)
    n, x = n[first:], x[first:]
    naive = _naive(n, x, len(n)) if len(n) else None
    if naive is None:
        return Forecast((), None, None, False, None, None, None, None, 0, ("nothing_observed",))
    if len(n) < SHORTEST:
        return _only_naive(naive, horizon, "short_series")
    if x.sum() == 0 or (n == x).all():
        return _only_naive(naive, 0, "no_variation")

    seen = n > 0
    logits = np.where(seen, np.log((x + 0.5) / (n - x + 0.5)), np.nan)
    # A period without customers tells the models nothing: they see the one before again.
    y = logits[np.maximum.accumulate(np.where(seen, np.arange(len(n)), 0))]
    names = _candidates(len(n), season, horizon)
    earliest = max(2 * season if "season" in names else 0, SHORTEST // 2, len(n) - _ORIGINS)
    origins = np.arange(earliest, len(n))
    actual = _later(np.divide(x, n, out=np.full_like(x, np.nan), where=seen), origins, horizon)
    paths = {name: _backtest(name, y, origins, horizon, season) for name in names}
    last_n = n[np.maximum.accumulate(np.where(seen, np.arange(len(n)), 0))]
    guesses = {name: _rate(path, last_n[origins - 1][:, None]) for name, path in paths.items()}
    guesses["naive"] = np.array([[_naive(n, x, int(end)) or 0.0] * horizon for end in origins])
    errors = {name: np.abs(guess - actual) for name, guess in guesses.items()}

    chosen = _choose_at_each_origin(errors, names, origins, horizon)
    honest = np.array([errors[name][row] for row, name in enumerate(chosen)])
    best = min(names, key=lambda name: float(np.nanmean(errors[name])))
    model_error, naive_error = float(np.nanmean(honest)), float(np.nanmean(errors["naive"]))
    beats = model_error < naive_error
    if beats:
        # Calibrated where the model works, on logits.
        missed = _later(logits, origins, horizon) - paths[best]
        path = _Fitted(best, y, season)(y, horizon)
        bands = [_rate(end, last_n[-1]) for end in _ends(path, missed)]
        middle = _rate(path, last_n[-1])
    else:
        missed = actual - guesses["naive"]
        middle = np.full(horizon, naive)
        bands = [np.clip(end, 0.0, 1.0) for end in _ends(middle, missed)]
    return Forecast(
        tuple(ForecastStep(*map(float, row)) for row in zip(middle, *bands, strict=True)),
        naive,
        best,
        beats,
        model_error,
        naive_error,
        _coverage(missed, origins, 0.80),
        _coverage(missed, origins, 0.95),
        len(origins),
        () if beats else ("naive_is_better",),
    )


def preload() -> None:
    """Import what a first forecast needs, a second or two of work, before anybody waits."""
    for name in ("exponential_smoothing.ets", "seasonal", "statespace.structural"):
        import_module(f"statsmodels.tsa.{name}")


def _only_naive(naive: float, horizon: int, note: str) -> Forecast:
    steps = (ForecastStep(naive, None, None, None, None),) * horizon
    return Forecast(steps, naive, None, False, None, None, None, None, 0, (note,))


def _naive(n: Array, x: Array, end: int) -> float | None:
    """Pooled rate of the six periods before `end`."""
    window = slice(max(0, end - NAIVE_PERIODS), end)
    total = float(n[window].sum())
    return float(x[window].sum()) / total if total else None


def _candidates(periods: int, season: int, horizon: int) -> list[str]:
    """Seasonal models need two seasons before the first of enough back-test dates."""
    seasonal = season > 1 and periods >= 2 * season + horizon + _FEWEST_ERRORS - 2
    if not seasonal:
        return ["level", "damped_trend"]
    # A level for each of 52 weeks cannot be told from two years of them.
    return ["level", "damped_trend", "season", *(["seasonal_level"] if season <= 12 else [])]


class _Fitted:
    """One candidate with its parameters estimated; called with a series, it forecasts it."""

    def __init__(self, name: str, y: Array, season: int) -> None:
        self._name, self._season = name, season
        model = self._model(y)  # the first import sets filters of its own, so before ours
        with warnings.catch_warnings():
            # Short noisy series end at a bound of the parameters, which is an answer.
            warnings.simplefilter("ignore")
            self._parameters = model.fit(disp=False).params

    def __call__(self, y: Array, horizon: int) -> Array:
        model = self._model(y)
        run = model.smooth if self._name in ("level", "damped_trend") else model.filter
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            path = np.asarray(run(self._parameters).forecast(horizon), dtype=float)
        return np.where(np.isfinite(path), path, y[-1])

    def _model(self, y: Array) -> Any:
        if self._name in ("level", "damped_trend"):
            from statsmodels.tsa.exponential_smoothing.ets import ETSModel

            damped = {"trend": "add", "damped_trend": True} if self._name != "level" else {}
            return ETSModel(y, error="add", **damped)
        from statsmodels.tsa.statespace.structural import UnobservedComponents

        if self._name == "season":
            wave = [{"period": self._season, "harmonics": 1}]
            return UnobservedComponents(
                y, "llevel", freq_seasonal=wave, stochastic_freq_seasonal=[False]
            )
        return UnobservedComponents(y, "llevel", seasonal=self._season, stochastic_seasonal=False)


def _backtest(
    name: str, y: Array, origins: npt.NDArray[np.int_], horizon: int, season: int
) -> Array:
    """Forecast logits by origin (rows) and step ahead (columns)."""
    paths = []
    for turn, origin in enumerate(origins):
        if turn % _REFIT == 0:
            fitted = _Fitted(name, y[:origin], season)
        paths.append(fitted(y[:origin], horizon))
    return np.array(paths)


def _later(series: Array, origins: npt.NDArray[np.int_], horizon: int) -> Array:
    """What followed each origin, NaN past the end."""
    padded: Array = np.concatenate([series, np.full(horizon, np.nan)])
    later: Array = padded[origins[:, None] + np.arange(horizon)]
    return later


def _choose_at_each_origin(
    errors: dict[str, Array], names: list[str], origins: npt.NDArray[np.int_], horizon: int
) -> list[str]:
    """The candidate with the least error among what had come true by each origin."""
    target = origins[:, None] + np.arange(horizon)
    chosen = []
    for origin in origins:
        known = (target < origin) & ~np.isnan(errors[names[0]])
        if known.sum() < _FEWEST_ERRORS:
            chosen.append(names[0])
        else:
            chosen.append(min(names, key=lambda name: float(errors[name][known].mean())))
    return chosen


def _spread(missed: Array) -> Array:
    """Root mean square error by step ahead, never falling with the step."""
    counts = np.maximum((~np.isnan(missed)).sum(axis=0), 1)
    spread: Array = np.sqrt(np.maximum.accumulate(np.nansum(missed**2, axis=0) / counts))
    return spread


def _factor(missed: Array, level: float) -> float:
    """Student's quantile: the spread is itself estimated from so many origins."""
    from scipy.stats import t as student

    return float(student.ppf(0.5 + level / 2, len(missed)))


def _ends(path: Array, missed: Array) -> list[Array]:
    """Low and high at 80 %, low and high at 95 %."""
    spread = _spread(missed)
    halves = [_factor(missed, level) * spread for level in (0.80, 0.95)]
    return [path + sign * half for half in halves for sign in (-1, 1)]


def _coverage(missed: Array, origins: npt.NDArray[np.int_], level: float) -> float | None:
    """Share of later values inside, judged at each origin by the errors of those origins whose
    horizon does not overlap its own."""
    horizon = missed.shape[1]
    inside = []
    for row, origin in enumerate(origins):
        others = missed[np.abs(origins - origin) >= horizon]
        if len(others) < _FEWEST_ERRORS:
            continue
        half = _factor(others, level) * _spread(others)
        known = ~np.isnan(missed[row])
        inside += list(np.abs(missed[row][known]) <= half[known])
    return float(np.mean(inside)) if inside else None


def _rate(logit: Array, n: Any) -> Array:
    """The rate whose empirical logit this is, for n customers."""
    share = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
    rate: Array = np.clip(((n + 1) * share - 0.5) / n, 0.0, 1.0)
    return rate
