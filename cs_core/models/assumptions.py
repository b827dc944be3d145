"""Everything a person can assume about the future of a customer, in one place.

`Assumptions` is the only declaration: the form, the scenario files, the bounds and the texts
(`assumption.<name>`, `assumption.<name>_help`, `assumption.unit.<unit>`) follow from its fields.
To add an assumption, add a field with `_assumption(...)`, its two texts, and use it in
`simulation.py`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast

from cs_core.errors import InputError, UsageError

# Completed months of tenure at which adoption and maturity begin: onboarding is 0-3,
# adoption 4-12, mature after.
PHASES = (4, 13)
CHURN_BY_PHASE = ("churn_onboarding", "churn_adoption", "churn_mature")


@dataclass(frozen=True)
class Spec:
    """How one assumption is asked for: `low` and `high` bound what is accepted, a slider ends at
    `reach` (or twice the default if that is more). Shares are 0 … 1, money in the currency."""

    name: str
    unit: str
    low: float
    high: float
    step: float
    reach: float
    default: float | bool

    @property
    def text(self) -> str:
        return f"assumption.{self.name}"


def _assumption(
    default: float | bool,
    unit: str,
    low: float,
    high: float,
    step: float,
    reach: float | None = None,
) -> Any:
    metadata = {"unit": unit, "low": low, "high": high, "step": step, "reach": reach or high}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Assumptions:
    """One scenario. The defaults here are for a company without data; `Baseline` has those of
    the person's own. Raises UsageError for a value out of its bounds."""

    by_phase: bool = _assumption(True, "flag", 0, 1, 1)
    churn: float = _assumption(0.03, "share_per_month", 0, 1, 0.001, 0.15)
    churn_onboarding: float = _assumption(0.03, "share_per_month", 0, 1, 0.001, 0.15)
    churn_adoption: float = _assumption(0.03, "share_per_month", 0, 1, 0.001, 0.15)
    churn_mature: float = _assumption(0.03, "share_per_month", 0, 1, 0.001, 0.15)
    expansion: float = _assumption(0.0, "share_per_month", 0, 1, 0.001, 0.05)
    contraction: float = _assumption(0.0, "share_per_month", 0, 0.9, 0.001, 0.05)
    arpa: float = _assumption(100.0, "money_per_month", 0, 1e12, 1)
    price_change: float = _assumption(0.0, "share", -0.9, 5, 0.01, 0.5)
    price_response: float = _assumption(0.0, "ratio", 0, 20, 0.1, 5)
    gross_margin: float = _assumption(1.0, "share", 0, 1, 0.01)
    discount_rate: float = _assumption(0.1, "share_per_year", 0, 5, 0.01, 0.5)
    annual_share: float = _assumption(0.0, "share", 0, 1, 0.05)
    annual_free_months: float = _assumption(2.0, "months", 0, 12, 0.5, 6)
    cac: float = _assumption(0.0, "money", 0, 1e12, 1)
    new_customers: float = _assumption(0.0, "customers_per_month", 0, 1e9, 1)
    horizon: int = _assumption(36, "months", 1, 120, 12, 60)

    def __post_init__(self) -> None:
        for spec in specs():
            value = getattr(self, spec.name)
            if (
                isinstance(value, bool) != (spec.unit == "flag")
                or not spec.low <= value <= spec.high
            ):
                raise UsageError(
                    "option_out_of_range",
                    option=spec.name,
                    value=value,
                    low=f"{spec.low:g}",
                    high=f"{spec.high:g}",
                )
        object.__setattr__(self, "horizon", int(self.horizon))

    @property
    def churns(self) -> tuple[str, ...]:
        """The names of the churn rates that count."""
        return CHURN_BY_PHASE if self.by_phase else ("churn",)

    def as_dict(self) -> dict[str, Any]:
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def changed(self, baseline: Assumptions) -> dict[str, Any]:
        """What differs from the baseline."""
        before = baseline.as_dict()
        return {name: value for name, value in self.as_dict().items() if value != before[name]}


def specs() -> tuple[Spec, ...]:
    """Every assumption, in the order of the form."""
    return _SPECS


_SPECS = tuple(
    Spec(name=item.name, default=cast(float, item.default), **item.metadata)
    for item in fields(Assumptions)
)


@dataclass(frozen=True)
class Baseline:
    """The person's own figures as assumptions. `ranges` are their 95 % intervals, where the data
    give one; `notes` are codes of `model.note` texts about what was not in the data; `unseen` are
    rates of which the data saw none. `arpa` is that of all customers at the end of the last
    month, which the formulas take, with its relative standard error; the assumption of that name
    is what a new customer starts with. `pace` is, by phase, the share of MRR that leaves over the
    share of customers that do; MRR weighs few customers more than it counts, so it tells less of
    its pace, by `design_effect` (Kish: customers over the number of equal ones that tell as
    much)."""

    assumptions: Assumptions
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unseen: frozenset[str] = frozenset()
    arpa: float = 0.0
    arpa_error: float = 0.0
    pace: tuple[float, ...] = (1.0,) * len(CHURN_BY_PHASE)
    design_effect: float = 1.0


def read_scenario(text: str, baseline: Assumptions) -> tuple[str | None, Assumptions]:
    """A scenario file (TOML): its name, and the baseline with the file's values over it.

    Assumptions stand at the top or under `[assumptions]`. Who gives `churn` and no phase means
    one rate for all phases, and the other way round.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError("assumption.not_toml", reason=str(error)) from error
    name = content.pop("name", None)
    inner = content.pop("assumptions", {})
    values: dict[str, Any] = {**content, **(inner if isinstance(inner, dict) else {"": inner})}
    known = {spec.name: spec for spec in specs()}
    for key, value in values.items():
        if key not in known:
            raise UsageError("assumption.unknown", name=key, known=", ".join(known))
        flag = known[key].unit == "flag"
        if not isinstance(value, bool if flag else int | float) or (
            not flag and isinstance(value, bool)
        ):
            raise UsageError("assumption.wrong_kind", name=key, value=str(value)[:40])
    if "by_phase" not in values:
        if "churn" in values and not values.keys() & set(CHURN_BY_PHASE):
            values["by_phase"] = False
        elif "churn" not in values and values.keys() & set(CHURN_BY_PHASE):
            values["by_phase"] = True
    return (None if name is None else str(name)), replace(baseline, **values)


def write_scenario(name: str, scenario: Assumptions, baseline: Assumptions) -> str:
    """The scenario as TOML: only what differs from the baseline, so that it stays right when
    the data move on."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    printable = "".join(character if character.isprintable() else " " for character in escaped)
    lines = [f'name = "{printable}"', "", "[assumptions]"]
    for key, value in scenario.changed(baseline).items():
        shown = str(value).lower() if isinstance(value, bool) else repr(value)
        lines.append(f"{key} = {shown}")
    return "\n".join(lines) + "\n"
