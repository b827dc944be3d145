"""The metrics made in Python: whose headers say `made_by: study`, and what answers each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cs_core.metrics.options import Options
from cs_core.metrics.result import Result

if TYPE_CHECKING:
    from cs_core.datasets.dataset import Dataset


def _accounts(dataset: Dataset, options: Options) -> Result:
    from cs_core.studies import risk

    return risk.accounts(dataset.warehouse, options, dataset.health_rules)


def _kpis(dataset: Dataset, options: Options) -> Result:
    from cs_core.studies.kpis import kpis

    return kpis(dataset.run, options, dataset.warehouse.facts.shape == "calendar")


def _ltv(dataset: Dataset, options: Options) -> Result:
    from cs_core.studies.lifetime import ltv

    return ltv(dataset.run, options, dataset.warehouse.facts.shape == "calendar")


STUDIES: Mapping[str, Callable[[Dataset, Options], Result]] = {
    "accounts": _accounts,
    "kpis": _kpis,
    "ltv": _ltv,
}
