"""Which retention curve to go by, and what that choice leaves uncertain.

The sBG, unless another family is clearly more likely: more than two points of Akaike's criterion,
which allows for the number of parameters. Intervals are those of all families together, each
weighted by its likelihood (Akaike weights), so that the choice is inside them. Sources: Buckland,
Burnham & Augustin 1997, Model Selection: An Integral Part of Inference, Biometrics 53, 603-618;
Burnham & Anderson 2002, Model Selection and Multimodel Inference, sections 2.9 and 4.3.

No data can say that one of these families is the right one for the months that nobody has lived
yet: the longer the horizon past them, the more an interval is one given these families.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import exp, hypot, log

from cs_core.errors import CannotAnswerError
from cs_core.models.retention_curve import Curve, fit
from cs_core.models.retention_interval import log_spread
from cs_core.models.survivors import Survivors

FAMILIES = ("sbg", "bdw", "phases")
_GAIN = 2.0  # of Akaike's criterion
Worth = Callable[[Curve], float | None]


@dataclass(frozen=True)
class Choice:
    """`curves` by family, without those that could not be fitted; `problems` say why (codes of
    `model.note`)."""

    survivors: Survivors
    curves: Mapping[str, Curve]
    problems: Mapping[str, str]

    @cached_property
    def chosen(self) -> str | None:
        if "sbg" not in self.curves:
            return None
        usual = _akaike(self.curves["sbg"])
        better = {
            name: _akaike(curve)
            for name, curve in self.curves.items()
            if "shape_at_limit" not in curve.notes and _akaike(curve) < usual - _GAIN
        }
        return min(better, key=lambda name: better[name], default="sbg")

    @property
    def curve(self) -> Curve | None:
        return self.curves[self.chosen] if self.chosen else None

    def limits(
        self, worth: Worth, most: float | None = None, error: float = 0.0
    ) -> tuple[float, float] | tuple[None, None]:
        """95 % limits of what follows from the curve, the choice of family included; nulls where
        it is infinite under a family that is not negligible. `most` is what no curve can pass;
        `error` the relative standard error of what it is multiplied with."""
        least = min((_akaike(curve) for curve in self.curves.values()), default=0.0)
        weights = {name: exp((least - _akaike(curve)) / 2) for name, curve in self.curves.items()}
        total = sum(weights.values())
        parts: list[tuple[float, float, float]] = []
        for name, weight in weights.items():
            if weight / total < 0.001:
                continue
            centre = worth(self.curves[name])
            if centre is None or centre <= 0:
                return None, None
            spread = log_spread(self.survivors, self.curves[name], worth)
            parts.append((weight / total, log(centre), hypot(spread, error)))
        if not parts:
            return None, None
        low, high = exp(_quantile(parts, 0.025)), exp(_quantile(parts, 0.975))
        return low, high if most is None or error else min(high, most)


def choose(survivors: Survivors) -> Choice:
    """Every family fitted to the same counts, by monthly payments."""
    curves: dict[str, Curve] = {}
    problems: dict[str, str] = {}
    for family in FAMILIES:
        try:
            curves[family] = fit(survivors, family)
        except CannotAnswerError as error:
            problems[family] = error.code.removeprefix("fit.")
    return Choice(survivors, curves, problems)


def _akaike(curve: Curve) -> float:
    return 2 * len(curve.parameters) - 2 * curve.log_likelihood


def _quantile(parts: list[tuple[float, float, float]], share: float) -> float:
    """Of a mixture of normals (weight, mean, standard deviation)."""
    from statistics import NormalDist

    from scipy.optimize import brentq

    def below(x: float) -> float:
        return sum(w * NormalDist(m, max(s, 1e-12)).cdf(x) for w, m, s in parts) - share

    low = min(m - 10 * s for _, m, s in parts) - 1e-6
    high = max(m + 10 * s for _, m, s in parts) + 1e-6
    return float(brentq(below, low, high, xtol=1e-10))
