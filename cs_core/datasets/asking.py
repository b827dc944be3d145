"""The options of the command line as keywords of Python.

An option is written as it is typed, or as a notebook has it: `as_of="2024-03-31"`, a `date`, a
`Timestamp`; `from_="2024-02"` or a `Period`; `where` a dict (a list of values are alternatives),
pairs, or `["plan=Gold"]`; `policy` a dict. `from_` stands for `from`, a word of Python's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from numbers import Integral
from typing import Any, Literal, TypedDict

from cs_core.domain.policies import Policies
from cs_core.errors import UsageError
from cs_core.metrics.options import Options

MetricName = Literal[
    "accounts",
    "churn",
    "churn_reasons",
    "cohorts",
    "contracts_due",
    "customer_base",
    "ended_terms",
    "freemium",
    "hazard",
    "kpis",
    "ltv",
    "monthly_costs",
    "mrr_losses",
    "mrr_movements",
    "nps",
    "nps_churn",
    "payment_products",
    "payments",
    "renewals",
    "retention",
    "survival",
    "trials",
]
PresetName = Literal[
    "keizoku", "chartmogul", "stripe", "baremetrics", "profitwell", "month_end", "dbt_mrr"
]
Value = str | int | None
Where = Mapping[str, Value | Sequence[Value]] | Sequence[tuple[str, Value] | str] | str
# A day or a period: a label, or anything that knows its year, month and day (date, Timestamp,
# Period).
Day = Any
WHOLE = ("window", "fiscal_start", "horizon_days")


class Asking(TypedDict, total=False):
    """Every option of a question; each metric heeds some of them (`keizoku metrics`)."""

    period: Literal["month", "week", "quarter", "year"]
    from_: Day
    to: Day
    as_of: Day
    by: str | Sequence[str]
    where: Where
    currency: str
    preset: PresetName
    policy: Mapping[str, str | int]
    window: int
    unit: Literal["month", "day"]
    spells: Literal["first", "all"]
    fiscal_start: int
    horizon_days: Literal[30, 60, 90, 180]
    partial: bool


# The words of the command line for two fields of `Options`.
RANGE = {"from": "first", "from_": "first", "to": "last"}


def options_of(
    *,
    preset: str = "keizoku",
    policy: Mapping[str, str | int] | None = None,
    where: Where = (),
    as_of: Day = None,
    by: str | Sequence[str] | None = None,
    **others: Any,
) -> Options:
    """Options from plain keywords. Raises UsageError for one that does not exist, and for a value
    that cannot be read as it."""
    fields = {RANGE.get(name, name): value for name, value in others.items()}
    known = Options.__dataclass_fields__
    for name in fields:
        if name not in known:
            raise UsageError("unknown_keyword", option=name, known=", ".join(known))
    for name in WHOLE:
        if name in fields:
            fields[name] = _whole(name, fields[name])
    for name in ("first", "last"):
        if fields.get(name) is not None:
            fields[name] = _label(fields[name])
    columns = [by] if isinstance(by, str) else [*(by or ())]
    for name, column in zip(("by", "then_by"), columns, strict=False):
        fields[name] = column
    if len(columns) > 1 and ("then_by" not in known or len(columns) > 2):
        raise UsageError("option_once", option="by", value=", ".join(map(str, columns)))
    policies = Policies.of(preset, {name: str(value) for name, value in (policy or {}).items()})
    return Options(policies=policies, where=tuple(_pairs(where)), as_of=_day(as_of), **fields)


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise UsageError("option_not_whole", option=name, value=value)
    return int(value)


def _day(value: Day) -> date | None:
    """The last day of a Period; of anything else its own."""
    if value is None:
        return None
    value = getattr(value, "end_time", value)
    if all(hasattr(value, part) for part in ("year", "month", "day")):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise UsageError("not_a_date", option="as_of", value=value) from None


def _label(value: Day) -> str:
    """The period label of a Period, or of the month of a day."""
    kind = str(getattr(value, "freqstr", "")).split("-")[0]
    if kind == "Q":
        return f"{value.year}-Q{value.quarter}"
    if kind in ("Y", "A"):
        return str(value.year)
    if kind == "W":
        return f"{value.start_time:%G-W%V}"
    if all(hasattr(value, part) for part in ("year", "month")):
        return f"{value.year:04}-{value.month:02}"
    return str(value)


def _pairs(where: Where) -> Iterable[tuple[str, str | None]]:
    """An empty value is the blank one, as on the command line."""
    if isinstance(where, str):
        where = [where]
    for item in where.items() if isinstance(where, Mapping) else where:
        if isinstance(item, str):
            column, sign, value = item.partition("=")
            if not sign or not column:
                raise UsageError("option_not_a_pair", option="where", value=item)
            yield column, value or None
            continue
        column, given = item
        alternatives = [given] if given is None or isinstance(given, str) else given
        if not isinstance(alternatives, Iterable):
            alternatives = [alternatives]
        for one in alternatives:
            yield column, None if one in (None, "") else str(one)
