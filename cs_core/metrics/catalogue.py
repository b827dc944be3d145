"""Which figures there are. A `.sql` file in `sql/metrics/` is one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cs_core.errors import UsageError
from cs_core.warehouse.statements import Relation, relations


@dataclass(frozen=True)
class Metric:
    """One figure: what it asks, what one row is, and the choices made in it."""

    name: str
    question: str
    grain: str
    unit: str
    definition: str
    parameters: tuple[str, ...]
    decisions: tuple[str, ...]


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Metric]:
    found = [_metric(relation) for relation in relations().values() if relation.folder == "metrics"]
    return {metric.name: metric for metric in [*found, KPIS, LTV]}


def relation_of(metric: str) -> Relation:
    """The file of a metric. Raises UsageError `unknown_metric`."""
    if metric not in catalogue():
        raise UsageError("unknown_metric", metric=metric, known=", ".join(catalogue()))
    return relations()[metric]


def _metric(relation: Relation) -> Metric:
    header = relation.header
    return Metric(
        name=relation.name,
        question=relation.question,
        grain=header["grain"],
        unit=header["unit"],
        definition=header["definition"],
        parameters=tuple(header["parameters"].replace(",", " ").split()),
        decisions=tuple(header.get("decision", "").split(" | ")) if header.get("decision") else (),
    )


KPIS = Metric(
    name="kpis",
    question="How does the business stand, in one row a period?",
    grain="period x segment x currency",
    unit="money and rate",
    definition="MRR and customers at period end with the rates of `churn` and `retention`;"
    " LTV = ARPA x margin / monthly churn of six months; CAC = sales and marketing / new customers",
    parameters=("period", "from", "to", "as_of", "by", "where", "currency", "window", "policies"),
    decisions=("every figure is the one of its own metric, put side by side",),
)

LTV = Metric(
    name="ltv",
    question="What is a customer worth, by several methods side by side?",
    grain="method x horizon x segment x currency",
    unit="money",
    definition="simple: ARPA x margin / monthly churn of six months; finite_horizon: from the"
    " observed survival, discounted; sbg: shifted-beta-geometric for life; simulation: median,"
    " P10 and P90",
    parameters=("as_of", "by", "where", "currency", "policies"),
    decisions=(
        "ARPA and margin of the last complete month, 10 % discount a year, horizon of 36 months",
        "low and high are 95 % limits of churn alone; those of the simulation are P10 and P90",
        "costs are not split by segment: a segment has the margin of all customers",
    ),
)
