"""Which figures there are: the headers of `sql/metrics/`, one file a metric.

A metric's file says all that anybody needs to know of it, so no fact about one stands in Python:

| key | says |
|---|---|
| kind | what one row is |
| parameters | the options it heeds |
| heeds | the definitions it follows (see `HEEDS`) |
| keys | the columns that say which figure a row holds |
| absent | what a row that is not there means: zero, or no figure |
| partial | `left out` where unfinished periods have no row; otherwise they are marked |
| cube | `yes` where the cubes answer it |
| explain | the rows behind each column (see `metrics/explain.py`) |
| dates | `not needed` where a table of tenures answers it too |

A figure made in Python from others has a header alone, with `made_by` and `made_of`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from cs_core.domain.periods import period_column
from cs_core.domain.policies import Policies
from cs_core.errors import UsageError, nearest
from cs_core.warehouse.statements import Relation, relations

KINDS = ("period", "cohort", "tenure", "horizon", "method", "account", "contract")
# What a metric can heed, and the policies it therefore takes whatever is asked. Every metric
# follows either the events of the ledger or, where asked, the states at two instants.
HEEDS: Mapping[str, Mapping[str, str]] = {
    "event": {"movement_basis": "event", "snapshot_at": "period_end"},
    "snapshot": {},
    "constant_rates": {"currency": "constant"},
    "service_dates": {"churn_date": "service_end"},
    # Who starts a trial, or for free, is told apart from who pays.
    "no_trials": {"trial": "excluded", "zero_mrr": "not_customer"},
}
ABSENT = ("zero", "none")


@dataclass(frozen=True)
class Metric:
    """One figure: what it asks, what one row is, what it heeds, and the choices made in it.

    `keys` are names as in SQL: `period`, `cohort` and `segment` stand for the columns that a
    question names (see `key_columns`). `made_of` names the metrics a study puts together.
    """

    name: str
    question: str
    kind: str
    grain: str
    unit: str
    definition: str
    parameters: tuple[str, ...]
    heeds: tuple[str, ...]
    keys: tuple[str, ...]
    absent: str
    partial: str
    cube: bool
    dates: bool
    study: bool
    explain: tuple[str, ...]
    made_of: tuple[str, ...]
    decisions: tuple[str, ...]

    def settled(self, policies: Policies) -> Policies:
        """The policies as far as the metric heeds them."""
        for word in self.heeds:
            policies = replace(policies, **HEEDS[word])
        return policies

    def said(self, word: str, language: str) -> str:
        """Its `title` or `definition`, as the catalogue of words says."""
        from cs_core.text import catalogue as texts

        usual = self.name if word == "title" else self.definition
        return texts(language).get(f"metric.{self.name}.{word}", usual)

    def key_columns(self, period: str, *by: str | None) -> tuple[str, ...]:
        """The columns of a result that say which figure a row holds, for a question by `by`."""
        names: dict[str, tuple[str, ...]] = {
            "period": (period_column(period),),
            "segment": tuple(name for name in by if name),
        }
        return tuple(found for key in self.keys for found in names.get(key, (key,)))


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Metric]:
    """Every metric by name, those made in Python last."""
    found = [_metric(relation) for relation in relations().values() if relation.folder == "metrics"]
    return {
        metric.name: metric for metric in sorted(found, key=lambda metric: bool(metric.made_of))
    }


def metric_of(name: str) -> Metric:
    """One of ours, or of a person's own. Raises UsageError `unknown_metric`."""
    known = catalogue()
    if name in known:
        return known[name]
    from cs_core.metrics.own import own_metrics  # here: it reads the catalogue

    own = own_metrics()
    if name in own:
        return own[name]
    names = [*known, *own]
    raise UsageError(
        "unknown_metric", metric=name, known=", ".join(names), nearest=nearest(name, names)
    )


_NEEDED = ("kind", "grain", "unit", "definition", "absent")


def _metric(relation: Relation) -> Metric:
    header = relation.header
    lacking = [name for name in _NEEDED if name not in header]
    if lacking:  # For whoever adds one.
        raise ValueError(f"{relation.name}.sql: its header lacks {', '.join(lacking)}")

    def words(key: str) -> tuple[str, ...]:
        return tuple(header.get(key, "").replace(",", " ").split())

    return Metric(
        name=relation.name,
        question=relation.question,
        kind=header["kind"],
        grain=header["grain"],
        unit=header["unit"],
        definition=header["definition"],
        parameters=words("parameters"),
        heeds=words("heeds"),
        keys=words("keys"),
        absent=header["absent"],
        partial=header.get("partial", "shown"),
        cube=header.get("cube") == "yes",
        dates=header.get("dates") != "not needed",
        study=header.get("made_by") == "study",
        explain=tuple(i.strip() for i in header.get("explain", "").split(",") if i.strip()),
        made_of=words("made_of"),
        decisions=tuple(header["decision"].split(" | ")) if "decision" in header else (),
    )
