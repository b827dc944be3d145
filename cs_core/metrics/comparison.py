"""Why two definitions give two figures: the difference, switched over policy by policy.

From the policies of A every one that differs is set to B's value, in the order of `VALUES`; what
a figure changes by at a switch is that policy's effect. The figure of B is then asked anew, and
what is left is the residual. Money and counts are subtracted exactly; the effect on a rate is the
float nearest to the exact difference, and the residual is that of two floats.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cs_core.domain.policies import IDLE_WITHOUT, VALUES, Policies
from cs_core.metrics.catalogue import metric_of
from cs_core.metrics.options import Options
from cs_core.metrics.result import Result

if TYPE_CHECKING:
    from cs_core.warehouse.store import Warehouse

Number = int | float | Decimal
Key = tuple[Any, ...]
Ask = Callable[[str, Options], Result]
"""Asks a metric: `Dataset.run`, or a cache in front of it."""

RESIDUAL = "residual"


@dataclass(frozen=True)
class Step:
    """The figures after one switch: (row, column) -> number, None where there is no figure."""

    policy: str
    policies: Policies
    figures: Mapping[tuple[Key, str], Number | None]


@dataclass(frozen=True)
class Comparison:
    """The way from A (`steps[0]`, policy "") to B (`steps[-1]`, policy "residual", asked anew).

    `keys` name the parts of a row (month, segment, currency), `rows` are in the order of the
    result, `columns` are its figures.
    """

    metric: str
    keys: tuple[str, ...]
    rows: tuple[Key, ...]
    columns: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def policies(self) -> tuple[str, ...]:
        """The policies that were switched, in their order."""
        return tuple(step.policy for step in self.steps[1:-1])

    def figure(self, row: Key, column: str, step: int) -> Number | None:
        """A figure after so many switches: 0 is A's, -1 B's."""
        return self.steps[step].figures.get((row, column))

    def effects(self, row: Key, column: str) -> dict[str, Number | None]:
        """What each switch changed, with the residual last; None where a switch leaves no figure
        or there was none before it. A figure that comes back is measured from the last known one,
        so the effects sum to B - A wherever both are known."""
        found: dict[str, Number | None] = {}
        known = self.figure(row, column, 0)
        for number, step in enumerate(self.steps[1:], 1):
            value = self.figure(row, column, number)
            found[step.policy] = None if value is None or known is None else value - known  # type: ignore[operator]
            known = known if value is None else value
        if known is None:
            found[RESIDUAL] = 0
        return found

    def residual(self) -> Number:
        """The residual furthest from zero, of any figure."""
        left = [
            value
            for row in self.rows
            for column in self.columns
            if (value := self.effects(row, column)[RESIDUAL])
        ]
        return max(left, key=lambda value: abs(Fraction(value)), default=0)

    def result(self) -> Result:
        """One row a figure and policy: its keys, `column`, `policy`, `effect`, and the figure under
        A and under B; the last is the residual of all."""
        rows: list[tuple[Any, ...]] = []
        for row in self.rows:
            for column in self.columns:
                if all(step.figures.get((row, column)) is None for step in self.steps):
                    continue
                effects = self.effects(row, column)
                both = (self.figure(row, column, 0), self.figure(row, column, -1))
                rows += [(*row, column, policy, effects[policy], *both) for policy in self.policies]
        rows.append((*[None] * (len(self.keys) + 1), RESIDUAL, self.residual(), None, None))
        return Result((*self.keys, "column", "policy", "effect", "a", "b"), rows, "", {})


def compare(
    ask: Ask,
    metric: str,
    options: Options,
    a: Policies,
    b: Policies,
    idle: Collection[str] = frozenset(),
) -> Comparison:
    """The same metric under two sets of policies, its difference attributed.

    `idle` names policies known to change nothing in this data (see `idle_policies`): the figures
    are asked with A's value of them throughout, so that no ledger is built only to be equal.
    """
    about = metric_of(metric)
    keys = about.key_columns(options.period, options.by, options.then_by)
    same = {name: getattr(a, name) for name in idle}
    now = a
    result = ask(metric, replace(options, policies=now))
    steps = [Step("", now, _figures(result, keys))]
    results = [result]
    for name in switched(a, b):
        now = replace(now, **{name: getattr(b, name)})
        if name not in idle:
            result = ask(metric, replace(options, policies=replace(now, **same)))
            results.append(result)
        steps.append(Step(name, now, _figures(result, keys)))
    result = ask(metric, replace(options, policies=replace(b, **same)))
    steps.append(Step(RESIDUAL, b, _figures(result, keys)))
    results.append(result)
    rows = sorted({row for found in results for row in _rows(found, keys)}, key=_order)
    columns = [
        name
        for name in result.columns
        if name not in keys
        and any(isinstance(step.figures.get((row, name)), Number) for step in steps for row in rows)
    ]
    if about.absent == "zero":
        steps = [_filled(step, rows, columns, results) for step in steps]
    return Comparison(metric, keys, tuple(rows), tuple(columns), tuple(steps))


def switched(a: Policies, b: Policies) -> tuple[str, ...]:
    """The policies on which two sets differ, in the order in which they are attributed."""
    return tuple(name for name in VALUES if getattr(a, name) != getattr(b, name))


def idle_policies(warehouse: Warehouse) -> frozenset[str]:
    """The ledger policies that no line of this data gives cause for: without a trial it does not
    matter whether trials count. What is not named here may or may not change a figure."""
    from cs_core.warehouse.statements import compose

    facts = warehouse.facts
    if facts.shape == "tenure":
        return frozenset()
    counts = warehouse.query(compose("policy_causes", {"lines"}, ()))[0]
    names = [name for name, cause in IDLE_WITHOUT.items() if cause == "lines"]
    idle = {name for name, count in zip(names, counts, strict=True) if not count}
    if facts.end_date == "inclusive":
        idle.add("end_date")  # the importer has settled it already
    if not facts.rates:
        idle |= {name for name, cause in IDLE_WITHOUT.items() if cause == "rates"}
    if facts.left_edge is None:
        idle |= {name for name, cause in IDLE_WITHOUT.items() if cause == "edge"}
    return frozenset(idle)


def _rows(result: Result, keys: tuple[str, ...]) -> list[Key]:
    at = [result.columns.index(name) for name in keys]
    return [tuple(row[place] for place in at) for row in result.rows]


def _figures(result: Result, keys: tuple[str, ...]) -> dict[tuple[Key, str], Number | None]:
    found: dict[tuple[Key, str], Number | None] = {}
    for key, row in zip(_rows(result, keys), result.rows, strict=True):
        for name, value in zip(result.columns, row, strict=True):
            if value is None or (isinstance(value, Number) and not isinstance(value, bool)):
                found[key, name] = value
    return found


def _filled(step: Step, rows: list[Key], columns: list[str], results: list[Result]) -> Step:
    zeros: dict[str, Number] = {}
    for result in results:
        for place, name in enumerate(result.columns):
            sample = next((row[place] for row in result.rows if row[place] is not None), None)
            if name in columns and isinstance(sample, int | Decimal):
                zeros.setdefault(name, Decimal(0) if isinstance(sample, Decimal) else 0)
    absent = {
        (row, name): zero
        for row in rows
        for name, zero in zeros.items()
        if (row, name) not in step.figures
    }
    return replace(step, figures={**step.figures, **absent}) if absent else step


def _order(row: Key) -> tuple[tuple[bool, Any], ...]:
    """By month, then segment and currency; the blank segment last."""
    return tuple((value is None, 0 if value is None else value) for value in row)
