"""What the address bar says: one table of its fields, how each is read, and what each belongs to.

Every text is judged by the dataset it stands beside. What means nothing there is left out, and the
page says of which field; nothing a link can say makes a page fail or work for long.

The encodings are meant to be read and typed: `range=24` or `range=2025-01..2025-06`,
`where=plan:Growth,Starter;country:JP`, `policies=stripe;trial:counted`,
`mark=churn;period:2025-08`, `view=net_mrr.rate.churn`, `lesson=compound;churn:0.03;seed:2`,
`guess=0.6@compound;churn:0.03`, `scenario=Half onboarding;churn_onboarding:0.02`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from math import isfinite
from typing import Any, Generic, TypeVar
from urllib.parse import quote, unquote

from cs_core.charts import cohorts
from cs_core.domain.named_columns import owner_column
from cs_core.domain.policies import PRESETS, VALUES, Policies
from cs_core.errors import UsageError
from cs_core.lessons import LESSONS, SIMULATOR, Lesson, Movable
from cs_core.metrics.options import HORIZONS
from cs_core.metrics.reconciliation import FIGURES
from cs_core.models.assumptions import specs
from cs_core.models.health_score import COLOURS
from cs_core.reports.sections import OF_PAGE, OF_PRESET
from cs_core.studies.week import KINDS
from cs_core.text import LANGUAGES

PERIODS = ("week", "month", "quarter", "year")
RANGES = ("6", "12", "24", "36", "60", "all")  # months
CHURN_MEASURES = ("customers", "mrr")
SILENT_DAYS = ("7", "30", "90")  # nobody has spoken with them for so long
# What `view` may say on each page: the choices of its parts, joined by dots.
VIEWS: Mapping[str, tuple[Collection[str], ...]] = {
    "retention": (cohorts.MEASURES, cohorts.SHOWS, cohorts.VIEWS),
    "churn": (CHURN_MEASURES,),
    "this_week": (tuple(map(str, HORIZONS)), KINDS, SILENT_DAYS),
    "accounts_at_risk": (tuple(map(str, HORIZONS)), COLOURS),
    "renewals": (tuple(map(str, HORIZONS)),),
    "share": ((*OF_PRESET, "page"), tuple(OF_PAGE)),
    "definitions": (tuple(PRESETS), tuple(PRESETS), tuple(FIGURES)),
    "learn": (("lessons", "glossary", "teacher"),),
}
# Groups that are no columns of the data: of the cards of Accounts at risk.
MADE_GROUPS = ("=phase", "=touch")
MOST_LETTERS = 2000
MOST_SEED = 9999  # of a lesson
MOST_SCENARIOS = 6  # compared side by side, beside the baseline

Where = tuple[tuple[str, str | None], ...]
Read = tuple[Any, bool]  # what it means, and whether that is all it says


def _no_values(column: str) -> Collection[str | None]:
    return ()


def _nobody() -> Collection[str]:
    return ()


@dataclass(frozen=True)
class Facts:
    """What a text is judged by. `first` and `as_of` are None for data without dates; `values` gives
    a segment column's values, `owners` whom people have given accounts to beside them."""

    first: date | None = None
    as_of: date | None = None
    currencies: Collection[str] = ()
    segments: Collection[str] = ()
    values: Callable[[str], Collection[str | None]] = field(default=_no_values)
    owners: Callable[[], Collection[str]] = field(default=_nobody)


class Scope(Enum):
    """What a field belongs to: the person, who takes it to any dataset; the dataset, with which it
    goes; or the page, of which each has its own choices."""

    VISITOR = "visitor"
    DATASET = "dataset"
    PAGE = "page"


@dataclass(frozen=True)
class Field:
    scope: Scope
    read: Callable[[str, Facts], Read]

    def of(self, text: str, facts: Facts) -> Read:
        """The value is None where the text is empty, or means nothing."""
        if not text:
            return None, True
        return self.read(text, facts) if len(text) <= MOST_LETTERS else (None, False)


# -- codecs -------------------------------------------------------------------------------


def _one_of(*known: str) -> Callable[[str, Facts], Read]:
    return lambda text, facts: (text, True) if text in known else (None, False)


def _as_it_stands(text: str, facts: Facts) -> Read:
    """Whoever opens it says what is wrong with it."""
    return text, True


def month_label(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"


def _is_month(text: str) -> bool:
    with suppress(ValueError):
        return month_label(date.fromisoformat(f"{text}-01")) == text
    return False


def _range(text: str, facts: Facts) -> Read:
    """`24`, `all`, or `2025-01..2025-06` as far as there is data."""
    if text in RANGES:
        return text, True
    first, _, last = text.partition("..")
    if not (_is_month(first) and _is_month(last) and facts.first and facts.as_of):
        return None, False
    first, last = max(first, month_label(facts.first)), min(last, month_label(facts.as_of))
    return (f"{first}..{last}", True) if first <= last else (None, False)


def _day(text: str, facts: Facts) -> Read:
    """A day of the data, or of the year that follows it: today may be later than its last row."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if facts.first and facts.as_of and facts.first <= day <= facts.as_of + timedelta(days=366):
            return day, True
    return None, False


def _currency(text: str, facts: Facts) -> Read:
    return (text, True) if text in facts.currencies else (None, False)


def encode_where(where: Where) -> str:
    columns: dict[str, list[str]] = {}
    for column, value in where:
        columns.setdefault(column, []).append("" if value is None else quote(value, safe=" "))
    return ";".join(f"{quote(name, safe=' ')}:{','.join(v)}" for name, v in columns.items())


def _where(text: str, facts: Facts) -> Read:
    """Pairs of a column and one of its values; a blank one is None."""
    asked: list[tuple[str, str | None]] = []
    whole = True
    for part in text.split(";"):
        column, _, values = part.partition(":")
        column = unquote(column)
        if column not in facts.segments:
            whole = False
            continue
        asked += [(column, unquote(value) or None) for value in values.split(",")]
    known = {column: facts.values(column) for column in dict(asked)}
    found = tuple(pair for pair in dict.fromkeys(asked) if pair[1] in known[pair[0]])
    return found or None, whole and len(found) == len(asked)


def _versus(text: str, facts: Facts) -> Read:
    """Two values of one column."""
    found, whole = _where(text, facts)
    if found is None or len(found) != 2 or found[0][0] != found[1][0]:
        return None, False
    return found, whole


def encode_policies(preset: str, policies: Policies) -> str:
    base = Policies.of(preset).as_dict()
    changed = [f"{k}:{v}" for k, v in policies.as_dict().items() if base[k] != v]
    return "" if preset == "keizoku" and not changed else ";".join([preset, *changed])


def _policies(text: str, facts: Facts) -> Read:
    """A preset and what is chosen otherwise."""
    preset, *changed = text.split(";")
    if preset not in PRESETS:
        return None, False
    chosen: dict[str, str] = {}
    whole = True
    for part in changed:
        name, _, value = part.partition(":")
        try:
            if name not in VALUES or name in chosen:
                raise UsageError("unknown_policy", policy=name, known="")
            Policies.of(preset, {name: value})
            chosen[name] = value
        except UsageError:
            whole = False
    return (preset, Policies.of(preset, chosen)), whole


def _owner(text: str, facts: Facts) -> Read:
    """Who looks after accounts, as the data or people name them."""
    column = owner_column(sorted(facts.segments))
    known = (column and text in facts.values(column)) or text in facts.owners()
    return (text, True) if known else (None, False)


def _columns(text: str, facts: Facts) -> Read:
    """One or two columns to split by."""
    names = text.split("×")
    known = {*facts.segments, *MADE_GROUPS}
    found = tuple(name for name in dict.fromkeys(names[:2]) if name in known)
    return found or None, len(found) == len(names)


def view(text: str, page: str) -> tuple[str | None, ...]:
    """The parts that this page's choices know; None for the others."""
    asked, choices = text.split("."), VIEWS[page]
    asked += [""] * len(choices)
    return tuple(
        part if part in known else None for part, known in zip(asked, choices, strict=False)
    )


def _view(text: str, facts: Facts) -> Read:
    """Understood is what any page knows: it stays in the address from page to page."""
    parts = text.split(".")
    return text, any(
        len(parts) <= len(choices)
        and all(not part or part in known for part, known in zip(parts, choices, strict=False))
        for choices in VIEWS.values()
    )


Mark = Mapping[str, str]


def encode_mark(name: str, mark: Mark | None) -> str:
    """A mark of a group of charts: `churn;period:2025-08;what:lost`."""
    if not mark:
        return ""
    return ";".join([name, *(f"{key}:{quote(value, safe=' ')}" for key, value in mark.items())])


def mark(text: str) -> tuple[str, dict[str, str]]:
    """The group, and the fields of the mark; both empty where it means nothing."""
    name, *parts = text.split(";")
    found = {key: unquote(value) for key, colon, value in (p.partition(":") for p in parts) if key}
    return (name, found) if name and found else ("", {})


def _mark(text: str, facts: Facts) -> Read:
    """Which marks there are is known by the page that draws them."""
    name, found = mark(text)
    return found or None, bool(name) and all(":" in part for part in text.split(";")[1:])


def scenario(text: str) -> tuple[str, dict[str, float | bool], bool]:
    """Its name, what it assumes otherwise than the data, and whether that is all it says."""
    name, *parts = text.split(";")
    known = {spec.name: spec for spec in specs()}
    found: dict[str, float | bool] = {}
    for part in parts:
        key, _, value = part.partition(":")
        with suppress(ValueError):
            number = float(value)
            if key in known and known[key].low <= number <= known[key].high:
                found[key] = bool(number) if known[key].unit == "flag" else number
    return unquote(name), found, len(found) == len(parts)


def _scenario(text: str, facts: Facts) -> Read:
    return text, scenario(text)[2]


def _scenarios(text: str, facts: Facts) -> Read:
    listed = text.split("|")
    whole = all(scenario(part)[2] and part for part in listed)
    return listed[:MOST_SCENARIOS], whole and len(listed) <= MOST_SCENARIOS


L = TypeVar("L", bound=Movable)
MOVABLE: Mapping[str, Movable] = {**LESSONS, SIMULATOR.key: SIMULATOR}


@dataclass(frozen=True)
class Opened(Generic[L]):
    """A lesson, or the simulator, as it was opened: what its settings are, and by which seed it
    draws."""

    lesson: L
    values: Mapping[str, float]
    seed: int = 0

    def encoded(self, **changed: float) -> str:
        """The address of the same lesson with some settings, or the seed, otherwise."""
        given = {**self.values, "seed": self.seed, **changed}
        usual = {**self.lesson.defaults, "seed": 0}
        parts = [f"{name}:{value:.10g}" for name, value in given.items() if value != usual[name]]
        return ";".join([self.lesson.key, *parts])


def _lesson(text: str, facts: Facts) -> Read:
    key, *parts = text.split(";")
    if key not in MOVABLE:
        return None, False
    lesson = MOVABLE[key]
    bounds = {one.name: (one.low, one.high) for one in lesson.settings}
    if lesson.chance:
        bounds["seed"] = (0, MOST_SEED)
    found: dict[str, float] = {}
    for part in parts:
        name, _, value = part.partition(":")
        with suppress(ValueError, KeyError):
            low, high = bounds[name]
            if low <= float(value) <= high:
                found[name] = float(value)
    seed = int(found.pop("seed", 0))
    whole = len(found) + (seed != 0) == len(parts)
    return Opened(lesson, {**lesson.defaults, **found}, seed), whole


@dataclass(frozen=True)
class Guess:
    """What was guessed in a lesson, as its figure or one of its choices, None where it was passed
    over; and how the lesson stood then."""

    opened: Opened[Lesson]
    said: float | str | None

    def encoded(self) -> str:
        said = f"{self.said:.10g}" if isinstance(self.said, float) else self.said or ""
        return f"{said}@{self.opened.encoded()}"


def _guess(text: str, facts: Facts) -> Read:
    said, at, asked = text.partition("@")
    opened, whole = _lesson(asked, facts)
    if not at or opened is None or not isinstance(opened.lesson, Lesson):
        return None, False
    if not said or said in opened.lesson.choices:
        return Guess(opened, said or None), whole
    with suppress(ValueError):
        if not opened.lesson.choices and isfinite(number := float(said)):
            return Guess(opened, number), whole
    return None, False


# -- the table ----------------------------------------------------------------------------

FIELDS: Mapping[str, Field] = {
    "lang": Field(Scope.VISITOR, _one_of(*LANGUAGES)),
    "dataset": Field(Scope.VISITOR, _as_it_stands),
    "period": Field(Scope.VISITOR, _one_of(*PERIODS)),
    "range": Field(Scope.DATASET, _range),
    "where": Field(Scope.DATASET, _where),
    "policies": Field(Scope.VISITOR, _policies),
    "asof": Field(Scope.DATASET, _day),
    "currency": Field(Scope.DATASET, _currency),
    "fiscal": Field(Scope.VISITOR, _one_of(*map(str, range(1, 13)))),
    "by": Field(Scope.DATASET, _columns),
    "versus": Field(Scope.DATASET, _versus),
    "owner": Field(Scope.DATASET, _owner),
    "id": Field(Scope.DATASET, _as_it_stands),
    "view": Field(Scope.PAGE, _view),
    "mark": Field(Scope.DATASET, _mark),
    "scenario": Field(Scope.DATASET, _scenario),
    "scenarios": Field(Scope.DATASET, _scenarios),
    "lesson": Field(Scope.PAGE, _lesson),
    "guess": Field(Scope.PAGE, _guess),
    "projector": Field(Scope.VISITOR, _one_of("1")),
}
OF_DATASET = tuple(name for name, one in FIELDS.items() if one.scope is Scope.DATASET)
