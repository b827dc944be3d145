"""Another tool's monthly figures: which definitions explain that they are not ours?

`read_reported` takes what a person pastes or uploads apart; `explain` searches the sets of
policies for the one whose figures come closest, and attributes the gap to its policies.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from cs_core.domain.policies import LEDGER_POLICIES, PRESETS, TRIED, VALUES, Policies
from cs_core.importers.cells import numbers
from cs_core.metrics.comparison import Ask, Comparison, Key, Number, compare, switched
from cs_core.metrics.options import Options

# What can be reconciled: figure -> (metric, column).
FIGURES: dict[str, tuple[str, str]] = {
    "customer_churn_rate": ("churn", "customer_churn_rate"),
    "gross_mrr_churn_rate": ("churn", "gross_mrr_churn_rate"),
    "net_mrr_churn_rate": ("churn", "net_mrr_churn_rate"),
    "lost_customers": ("churn", "lost_customers"),
    "closing_mrr": ("mrr_movements", "closing_mrr"),
    "closing_customers": ("mrr_movements", "closing_customers"),
    "new_mrr": ("mrr_movements", "new_mrr"),
    "reactivation_mrr": ("mrr_movements", "reactivation_mrr"),
    "expansion_mrr": ("mrr_movements", "expansion_mrr"),
    "contraction_mrr": ("mrr_movements", "contraction_mrr"),
    "churned_mrr": ("mrr_movements", "churned_mrr"),
    "new_customers": ("mrr_movements", "new_customers"),
    "nrr": ("retention", "nrr"),
    "grr": ("retention", "grr"),
    "quick_ratio": ("kpis", "quick_ratio"),
    "arpa": ("kpis", "arpa"),
}
RATES = frozenset(
    {"customer_churn_rate", "gross_mrr_churn_rate", "net_mrr_churn_rate", "nrr", "grr"}
)
# Policies that only enter one figure; trying them on another is idle.
_ONLY = {
    "churn_denominator": "customer_churn_rate",
    "net_churn_includes_reactivation": "net_mrr_churn_rate",
    "quick_ratio_includes_reactivation": "quick_ratio",
}
# A further switch must take away this share of the first gap, or all that is left: a hair closer
# by chance is no explanation.
LEAST_GAIN = Fraction(2, 100)
MOST_MONTHS = 600

_MONTH = re.compile(
    r"\s*[\"']?(?:(?P<year>\d{4})\s*(?:[-/.]|年)\s*(?P<month>\d{1,2})"
    r"(?:[-/.]\d{1,2}(?!\d)|月(?:\s*\d{1,2}日)?)?"
    r"|(?P<name>[A-Za-z]{3,9})\.?[\s-]+(?P<named_year>\d{4}))[\"']?(?=\D|$)"
)
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


# -- what was pasted ----------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """A line that was not used: `code` is `unread` or `twice`; `text` its beginning."""

    code: str
    line: int
    text: str


@dataclass(frozen=True)
class Reported:
    """Figures by month label, and half a unit of each one's last written digit: what lies closer
    than that is equal. `percent` when values carried a per cent sign (they are shares of 1)."""

    values: Mapping[str, Fraction]
    rounding: Mapping[str, Fraction]
    percent: bool
    problems: tuple[Problem, ...]

    def divided(self, by: int) -> Reported:
        """The same figures in a unit `by` times as large."""
        return replace(
            self,
            values={month: value / by for month, value in self.values.items()},
            rounding={month: half / by for month, half in self.rounding.items()},
        )


def read_reported(text: str) -> Reported:
    """One month a line, then its value: `2026-10 4.7%`, `2026/10/31,1,234`, `Oct 2026<tab>0.047`,
    `2026年10月 44.3万円`. A head line without a month, and blank lines, are passed over."""
    problems: list[Problem] = []
    found: list[tuple[str, numbers.Written]] = []
    months: set[str] = set()
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        folded = unicodedata.normalize("NFKC", line).strip()
        if not folded:
            continue
        month, rest = _month(folded)
        written = numbers.take_apart(_cell(rest)) if month else None
        if month is None or written is None or len(found) >= MOST_MONTHS:
            if found or problems or any(char.isdigit() for char in folded):
                problems.append(Problem("unread", number, line.strip()[:40]))
            continue
        if month in months:
            problems.append(Problem("twice", number, month))
            continue
        months.add(month)
        found.append((month, written))
    comma = numbers.decimal_mark(written.digits for _, written in found) == ","
    percent = any(written.percent for _, written in found)
    values, rounding = {}, {}
    for month, written in found:
        value = numbers.value(written, comma)
        if value is None:
            problems.append(Problem("unread", 0, month))
            continue
        unit = Fraction(1, 100) if percent else Fraction(1)
        values[month] = Fraction(value) * unit
        rounding[month] = _half_unit(written.digits, comma) * unit
    return Reported(values, rounding, percent, tuple(problems))


def _month(line: str) -> tuple[str | None, str]:
    match = _MONTH.match(line)
    if match is None:
        return None, ""
    if match["name"]:
        name = match["name"].lower()[:3]
        if name not in _NAMES:
            return None, ""
        year, month = int(match["named_year"]), _NAMES.index(name) + 1
    else:
        year, month = int(match["year"]), int(match["month"])
    if not 1 <= month <= 12:
        return None, ""
    return f"{year:04d}-{month:02d}", line[match.end() :]


def _cell(rest: str) -> str:
    """The value's text: what stands after the month and its delimiter, up to the next tab,
    semicolon or closing quote."""
    rest = re.sub(r"^[\s,;|:\t=]+", "", rest)
    if rest[:1] == '"':
        return rest[1:].split('"', 1)[0]
    return re.split(r"[\t;|]", rest, maxsplit=1)[0].strip().rstrip(",")


def _half_unit(digits: str, comma: bool) -> Fraction:
    """Half of the last digit's place: 4.7 could have been 4.65 to 4.75."""
    scale = Fraction(1)
    for mark, size in (("億", 10**8), ("万", 10**4), ("千", 10**3)):
        if digits.endswith(mark):
            digits, scale = digits[:-1], Fraction(size)
            break
    whole, point, decimals = digits.rpartition("," if comma else ".")
    places = len(decimals) if point and whole else 0
    return scale / (2 * Fraction(10) ** places)


# -- what explains it ---------------------------------------------------------------------


@dataclass(frozen=True)
class ReconciledMonth:
    """One month: their figure, ours, what each switched policy adds to ours (None: no figure at
    that switch), and what remains (theirs - ours - effects). `equal`: it is within rounding."""

    month: str
    theirs: Number
    ours: Number | None
    effects: Mapping[str, Number | None]
    remains: Number
    equal: bool


@dataclass(frozen=True)
class Explanation:
    """The set of policies that comes closest. `switches` are those that differ from the person's,
    in table order; `share` of the gap is explained (1 when there was none); `exact` when every
    month is within rounding; `presets` are those with the same figures, the simplest first.
    `percent`: values without a sign were taken as per cent. `left_out` counts the months that have
    no figure here."""

    figure: str
    policies: Policies
    switches: tuple[str, ...]
    months: tuple[ReconciledMonth, ...]
    share: float
    exact: bool
    presets: tuple[str, ...]
    percent: bool
    left_out: int


def explain(
    ask: Ask,
    figure: str,
    reported: Reported,
    options: Options,
    idle: Collection[str] = frozenset(),
    progress: Callable[[int], None] = lambda tried: None,
    pairs: bool = True,
) -> Explanation | None:
    """Searches for the policies under which `figure` is what another tool reports.

    `options.policies` are the person's own; `idle` those that change nothing in this data. None
    when no reported month has a figure here. `progress` is told how many sets were tried. Without
    `pairs` no two policies are tried that do not help alone: on large data that is a long search.
    """
    options = replace(options, period="month", by=None)
    search = _Search(ask, figure, options, reported, idle, progress, pairs)
    if not search.months:
        return None
    start = options.policies
    return search.explanation(start, search.best(start))


class _Search:
    """Sets of policies by how far their figures are from the reported ones; each is asked once."""

    def __init__(
        self,
        ask: Ask,
        figure: str,
        options: Options,
        reported: Reported,
        idle: Collection[str],
        progress: Callable[[int], None],
        pairs: bool,
    ) -> None:
        self.ask, self.figure, self.options, self.progress = ask, figure, options, progress
        self.pairs = pairs
        self.metric, self.column = FIGURES[figure]
        self.idle = frozenset(idle) | {n for n, only in _ONLY.items() if only != figure}
        self._known: dict[Policies, dict[str, Fraction]] = {}
        ours = self.figures(options.policies)
        self.reported = _in_unit(reported, ours) if figure in RATES else reported
        self.percent = self.reported is not reported
        self.months = sorted(month for month in reported.values if month in ours)

    def figures(self, policies: Policies) -> dict[str, Fraction]:
        policies = self._effective(policies)
        if policies not in self._known:
            result = self.ask(self.metric, replace(self.options, policies=policies))
            month, column = result.columns.index("month"), result.columns.index(self.column)
            self._known[policies] = {
                row[month]: Fraction(row[column]) for row in result.rows if row[column] is not None
            }
            self.progress(len(self._known))
        return self._known[policies]

    def _effective(self, policies: Policies) -> Policies:
        """Without the policies that change nothing, so that one ledger serves for all of them."""
        base = self.options.policies
        same = {name: getattr(base, name) for name in self.idle}
        if policies.movement_basis == "event":
            same["snapshot_at"] = base.snapshot_at
        return replace(policies, **same)

    def loss(self, policies: Policies) -> Fraction:
        """How far all months together are from theirs, beyond rounding."""
        ours = self.figures(policies)
        return sum((self._gap(month, ours.get(month)) for month in self.months), Fraction(0))

    def _gap(self, month: str, value: Fraction | None) -> Fraction:
        gap = abs(self.reported.values[month] - (value or 0))
        return max(Fraction(0), gap - self.reported.rounding[month])

    def best(self, start: Policies) -> Policies:
        """The set that comes closest, with the fewest switches from `start`."""
        near = [start, *self._steps(start), *(Policies.of(name) for name in PRESETS)]
        exact = [found for found in near if self.loss(found) == 0]
        if not exact:
            near = [self.climb(start, min(near, key=self.loss))]
        simplest = [self.simplified(found, start) for found in exact or near]
        return min(simplest, key=lambda found: len(switched(start, found)))

    def climb(self, start: Policies, policies: Policies) -> Policies:
        """The best further switch, again and again; two at once where one does not help."""
        first = self.loss(start)
        while left := self.loss(policies):
            best = min(self._steps(policies), key=self.loss, default=policies)
            if self.pairs and not self._gains(first, left, best):
                best = min(self._double_steps(policies), key=self.loss, default=policies)
            if not self._gains(first, left, best):
                break
            policies = best
        return policies

    def _gains(self, first: Fraction, left: Fraction, found: Policies) -> bool:
        loss = self.loss(found)
        return loss < left and (loss == 0 or left - loss >= first * LEAST_GAIN)

    def _steps(self, policies: Policies) -> Iterator[Policies]:
        for change in self._changes(policies):
            yield replace(policies, **change)

    def _double_steps(self, policies: Policies) -> Iterator[Policies]:
        """Two switches at once, at most one of which needs a ledger of its own."""
        for one, other in combinations(self._changes(policies), 2):
            ledgers = [set(change) <= set(LEDGER_POLICIES) for change in (one, other)]
            if not one.keys() & other.keys() and not all(ledgers):
                yield replace(policies, **one, **other)

    def _changes(self, policies: Policies) -> list[dict[str, str]]:
        """Each policy set to each of its other values; both kinds of snapshot are one step away."""
        found: list[dict[str, str]] = []
        for name in VALUES:
            if name in self.idle:
                continue
            if name == "snapshot_at" and policies.movement_basis == "event":
                instants = VALUES["snapshot_at"]
                found += [{"movement_basis": "snapshot", name: value} for value in instants]
                continue
            values = [v for v in TRIED[name] if v != getattr(policies, name)]
            if name == "movement_basis" and policies.movement_basis == "event":
                values = []  # with its instant, just below
            found += [{name: value} for value in values]
        return found

    def simplified(self, policies: Policies, start: Policies) -> Policies:
        """Without the switches that bring the figures no closer, the last of the table first."""
        for name in reversed(switched(start, policies)):
            without = replace(policies, **{name: getattr(start, name)})
            if self.loss(without) <= self.loss(policies):
                policies = without
        return policies

    def explanation(self, start: Policies, found: Policies) -> Explanation:
        first, last = self.months[0], self.months[-1]
        options = replace(self.options, first=first, last=last)
        way = compare(self.ask, self.metric, options, start, found, self.idle)
        before, after = self.loss(start), self.loss(found)
        same = [
            name
            for name in sorted(PRESETS, key=lambda name: len(PRESETS[name].policies))
            if self.loss(Policies.of(name)) <= after
        ]
        return Explanation(
            figure=self.figure,
            policies=found,
            switches=switched(start, found),
            months=tuple(self._month(way, month, found) for month in self.months),
            share=float(1 - after / before) if before else 1.0,
            exact=after == 0,
            presets=tuple(same),
            percent=self.percent,
            left_out=len(self.reported.values) - len(self.months),
        )

    def _month(self, way: Comparison, month: str, found: Policies) -> ReconciledMonth:
        row: Key | None = next((row for row in way.rows if month in row), None)
        ours = way.figure(row, self.column, 0) if row else None
        effects = way.effects(row, self.column) if row else {}
        reached = self.figures(found).get(month)
        theirs = self.reported.values[month]
        kind: Callable[[Fraction], Number] = (
            (lambda v: Decimal(v.numerator) / Decimal(v.denominator))
            if isinstance(ours, Decimal)
            else float
        )
        return ReconciledMonth(
            month=month,
            theirs=kind(theirs),
            ours=ours,
            effects={name: effects.get(name) for name in way.policies},
            remains=kind(theirs - (reached or 0)),
            equal=self._gap(month, reached) == 0,
        )


def _in_unit(reported: Reported, ours: Mapping[str, Fraction]) -> Reported:
    """Rates written without a sign may be per cent: the reading that lies closer to ours."""
    if reported.percent:
        return reported
    shared: Sequence[str] = [month for month in reported.values if month in ours]
    hundredth = reported.divided(100)

    def distance(read: Reported) -> Fraction:
        return sum((abs(read.values[month] - ours[month]) for month in shared), Fraction(0))

    return hundredth if shared and distance(hundredth) < distance(reported) else reported
