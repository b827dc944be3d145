"""Python's door: the verbs of the command line with its options as keywords, as frames.

An option is written as it is typed: `as_of="2024-03-31"`, `by="plan"`, `window=3`, `unit="day"`;
`where` is a dict, pairs, or `["plan=Gold"]`; `policy` a dict; `from_` and `to` are the range
(`from` is a word of Python's own).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cs_core.domain.policies import Policies
from cs_core.errors import UsageError
from cs_core.metrics.checks import check_heeded, check_values, remarks
from cs_core.metrics.options import Options
from cs_core.metrics.result import Result
from cs_core.text import t

if TYPE_CHECKING:
    import pandas

    from cs_core.models.health_score import Rules
    from cs_core.warehouse.store import Warehouse

Where = Mapping[str, str | None] | Sequence[tuple[str, str | None] | str]
# The words of the command line for two fields of `Options`.
_RANGE = {"from": "first", "from_": "first", "to": "last"}


class Asked(Protocol):
    """What the verbs need of a dataset."""

    @property
    def warehouse(self) -> Warehouse: ...
    @property
    def health_rules(self) -> Rules: ...
    def run(self, metric: str, options: Options | None = None) -> Result: ...
    def statement(
        self, metric: str, options: Options | None = None, engine: str = "duckdb"
    ) -> str: ...
    def rows_behind(
        self, metric: str, at: Mapping[str, str], options: Options | None = None
    ) -> Result: ...
    def log_rank(self, options: Options) -> dict[str, Any]: ...
    def simulation(self, text: str, options: Options, **numbers: int) -> dict[str, Any]: ...


class Verbs:
    """Raises UsageError for a wrong question, CannotAnswerError where the data has no answer."""

    def query(self: Asked, metric: str, *, logrank: bool = False, **options: Any) -> Any:
        """One metric as a frame; with `logrank` the test as {"chi2", "df", "p"}."""
        asked = _asked(self, metric, options)
        if not logrank:
            return self.run(metric, asked).frame()
        if metric != "survival":
            raise UsageError("logrank_of_survival", metric=metric)
        return self.log_rank(asked)

    def sql(self: Asked, metric: str, *, engine: str = "duckdb", **options: Any) -> str:
        """The statement that would run, with its parameters."""
        return self.statement(metric, _asked(self, metric, options), engine)

    def explain(
        self: Asked, metric: str, at: Mapping[str, str], **options: Any
    ) -> pandas.DataFrame:
        """The ledger rows, with their file lines, behind one figure:
        `explain("churn", {"month": "2024-03"})`."""
        return self.rows_behind(metric, at, _asked(self, metric, options)).frame()

    def compare(
        self: Asked, presets: str | Sequence[str], metric: str, **options: Any
    ) -> pandas.DataFrame:
        """Two presets (`"keizoku,stripe"` or a pair): each policy's effect on each figure."""
        from cs_core.metrics.comparison import compare

        names = presets.split(",") if isinstance(presets, str) else list(presets)
        if len(names) != 2:
            raise UsageError("two_presets", option="presets", value=",".join(names))
        a, b = (Policies.of(name.strip()) for name in names)
        return compare(self.run, metric, _asked(self, metric, options), a, b).result().frame()

    def risk(self: Asked, **options: Any) -> dict[str, Any]:
        """{"evaluation": how far the chances can be trusted, "accounts": a frame}."""
        from cs_core.studies import risk

        asked = _asked(self, "accounts", options)
        check_values(self.warehouse, asked)
        known = risk.known(self.warehouse, asked)
        accounts = risk.listed(self.warehouse, asked, known, self.health_rules)
        evaluation = risk.evaluation_record(known.learned.evaluation)
        return {"evaluation": evaluation, "accounts": accounts.frame()}

    def simulate(
        self: Asked,
        assumptions: str | Path,
        *,
        draws: int | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Lifetime value under the assumptions of a TOML file."""
        given = {"draws": draws, "seed": seed}
        numbers = {name: value for name, value in given.items() if value is not None}
        text = Path(assumptions).read_text("utf-8-sig")
        return self.simulation(text, _asked(self, "ltv", options), **numbers)


def _asked(of: Asked, metric: str, options: Mapping[str, Any]) -> Options:
    """The options of a metric, each of which it heeds; what to know beside the answer is warned."""
    asked = options_of(**options)
    check_heeded(metric, [_RANGE.get(name, name) for name in options])
    for remark in remarks(of.warehouse, asked):
        warnings.warn(t(f"remark.{remark.code}", "en", **remark.fields), stacklevel=3)
    return asked


def options_of(
    *,
    preset: str = "keizoku",
    policy: Mapping[str, str] | None = None,
    where: Where = (),
    as_of: date | str | None = None,
    **others: Any,
) -> Options:
    """Options from plain keywords. Raises UsageError for one that does not exist."""
    fields = {_RANGE.get(name, name): value for name, value in others.items()}
    unknown = set(fields) - set(Options.__dataclass_fields__)
    if unknown:
        known = ", ".join(Options.__dataclass_fields__)
        raise UsageError("unknown_option", option=sorted(unknown)[0], known=known)
    if isinstance(as_of, datetime):
        as_of = as_of.date()
    elif isinstance(as_of, str):
        try:
            as_of = date.fromisoformat(as_of)
        except ValueError:
            raise UsageError("not_a_date", option="as_of", value=as_of) from None
    policies = Policies.of(preset, policy)
    return Options(policies=policies, where=tuple(_pairs(where)), as_of=as_of, **fields)


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
        else:
            column, blank = item
            yield column, blank or None
