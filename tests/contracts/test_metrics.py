"""What every metric must be: complete in its file, named in both languages, true to what it says
it heeds, and with rows behind its figures or a refusal."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from cs_core.datasets import Dataset
from cs_core.datasets.studies import STUDIES
from cs_core.domain.policies import Policies
from cs_core.errors import CannotAnswerError, UsageError
from cs_core.metrics.catalogue import ABSENT, HEEDS, KINDS, catalogue
from cs_core.metrics.checks import check_heeded
from cs_core.metrics.explain import MEASURES, RELATIONS, ROW, explained
from cs_core.metrics.options import Options
from cs_core.text import LANGUAGES
from cs_core.text import catalogue as texts
from cs_core.warehouse.statements import relations

METRICS = sorted(catalogue())
FILE = "cs_core/sql/metrics/{}.sql"
PARAMETERS = {
    *("period", "from", "to", "as_of", "by", "where", "currency", "window", "unit", "spells"),
    *("horizon_days", "policies"),
}
# What a policy changes that a metric says it does not follow.
NOT_HEEDED = {
    "event": {"movement_basis": "snapshot", "snapshot_at": "period_start"},
    "constant_rates": {"currency": "historical"},
    "service_dates": {"churn_date": "cancel_request"},
    "no_trials": {"trial": "counted"},
}
every_metric = pytest.mark.parametrize("metric", METRICS)


@every_metric
def test_its_file_says_all_there_is_to_know(metric: str) -> None:
    about, file = catalogue()[metric], FILE.format(metric)
    assert about.kind in KINDS, f"{file}: `kind` is one of {KINDS}"
    assert set(about.parameters) <= PARAMETERS, f"{file}: `parameters` names no such option"
    assert set(about.heeds) <= set(HEEDS), f"{file}: `heeds` takes {list(HEEDS)}"
    basis = {"event", "snapshot"} & set(about.heeds)
    assert len(basis) == 1, f"{file}: `heeds` says event or snapshot"
    assert about.absent in ABSENT, f"{file}: `absent` is one of {ABSENT}"
    assert about.keys, f"{file}: `keys` names the columns that say which figure a row holds"
    assert ("from" in about.parameters) == ("period_index" in relations()[metric].body) or (
        about.study or about.kind in ("horizon", "cohort") or not about.keys
        or metric == "monthly_costs"
    ), f"{file}: a range is heeded exactly where there are periods"  # fmt: skip


@every_metric
def test_it_is_named_and_defined_in_every_language(metric: str) -> None:
    for language in LANGUAGES:
        words = texts(language)
        for key in (f"metric.{metric}.title", f"metric.{metric}.definition"):
            assert words.get(key), f"cs_core/text/{language}.toml lacks [metric.{metric}] {key}"


def test_a_study_has_its_answer() -> None:
    studies = {name for name, about in catalogue().items() if about.study}
    assert studies == set(STUDIES), "`made_by: study` and cs_core/datasets/studies.py disagree"


@every_metric
def test_its_keys_tell_its_rows_apart(metric: str, company: Dataset) -> None:
    about = catalogue()[metric]
    by = "plan" if "by" in about.parameters else None
    result = company.run(metric, Options(by=by))
    keys = about.key_columns("month", by)
    assert set(keys) <= set(result.columns), f"{metric}: `keys` names a column that is not there"
    rows = [tuple(row[key] for key in keys) for row in result.mappings()]
    assert len(rows) == len(set(rows)), f"{metric}: two rows have the same `keys`"
    assert result.rows or metric == "freemium"
    if about.kind == "period" and about.partial == "shown":
        assert "partial" in result.columns, f"{metric}: unfinished periods are not marked"


@every_metric
def test_it_heeds_what_it_says(metric: str, company: Dataset) -> None:
    about = catalogue()[metric]
    default = company.run(metric, Options()).records()
    for word in set(NOT_HEEDED) & set(about.heeds):
        changed = replace(Policies(), **NOT_HEEDED[word])
        found = company.run(metric, Options(policies=changed)).records()
        assert found == default, f"{metric} heeds {word} and moves under {NOT_HEEDED[word]}"


@pytest.mark.parametrize(
    ("metric", "policies"),
    [
        ("mrr_movements", {"movement_basis": "snapshot"}),
        ("churn", {"movement_basis": "snapshot", "snapshot_at": "period_start"}),
        ("mrr_movements", {"currency": "historical"}),
        ("churn", {"churn_date": "cancel_request"}),
    ],
)
def test_the_company_would_show_it(metric: str, policies: dict[str, str], company: Dataset) -> None:
    """The test above can fail: where a metric follows these policies, figures do move."""
    changed = Options(policies=replace(Policies(), **policies))
    assert company.run(metric, changed).records() != company.run(metric).records()


@every_metric
def test_what_it_does_not_heed_is_refused(metric: str) -> None:
    heeded = set(catalogue()[metric].parameters)
    check_heeded(metric, heeded - {"from", "to"})
    for name in PARAMETERS - heeded:
        with pytest.raises(UsageError) as caught:
            check_heeded(metric, [name])
        assert caught.value.code == "option_not_heeded"


@every_metric
def test_its_cube_is_no_other_figure(metric: str) -> None:
    about = catalogue()[metric]
    cubed = {"added_movements", "churn_changes", "cohort_changes", "retention_changes"}
    if about.cube:
        assert cubed & _read_by(metric), f"{metric}: `cube: yes`, and it reads no cubed relation"


def _read_by(relation: str) -> set[str]:
    about = relations()[relation]
    found = {*about.needs, *about.fills.values()}
    for needed in list(found):
        if needed in relations():
            found |= _read_by(needed)
    return found


# -- what stands behind a figure ------------------------------------------------------------

SETS = {
    "as it is": Policies(),
    "snapshot": replace(Policies(), movement_basis="snapshot"),
    "historical": replace(Policies(), currency="historical"),
    "ignored": replace(Policies(), same_period_churn="ignore", reactivation="as_new"),
    "counted": replace(
        Policies(),
        same_period_churn="count",
        net_churn_includes_reactivation="yes",
        churn_date="cancel_request",
    ),
}
# A rate -> what it is divided by, as a column of its row or of another metric's.
DENOMINATORS = {
    ("churn", "customer_churn_rate"): ("churn", "opening_customers"),
    ("churn", "gross_mrr_churn_rate"): ("mrr_movements", "opening_mrr"),
    ("churn", "net_mrr_churn_rate"): ("mrr_movements", "opening_mrr"),
    ("retention", "customer_retention"): ("retention", "starting_customers"),
    ("retention", "nrr"): ("retention", "starting_mrr"),
    ("retention", "grr"): ("retention", "starting_mrr"),
    ("cohorts", "customer_retention"): ("cohorts", "cohort_customers"),
    ("cohorts", "net_mrr_retention"): ("cohorts", "cohort_mrr"),
    ("cohorts", "gross_mrr_retention"): ("cohorts", "cohort_mrr"),
    ("hazard", "hazard"): ("hazard", "at_risk"),
    ("trials", "conversion_rate"): ("trials", "matured"),
    ("freemium", "conversion_rate"): ("freemium", "matured"),
    ("renewals", "renewal_rate"): ("renewals", "due"),
    ("renewals", "renewal_rate_mrr"): ("renewals", "due_mrr"),
}


@every_metric
def test_what_it_says_of_the_rows_behind_it_can_be_read(metric: str) -> None:
    for column, behind in explained(metric).items():
        where = f"{FILE.format(metric)}: `explain` of {column}"
        assert behind.measure in MEASURES, f"{where} adds up {behind.measure}, which is no measure"
        assert behind.rows in RELATIONS or behind.rows in catalogue(), f"{where}: {behind.rows}"


def _points(company: Dataset, metric: str, options: Options) -> list[dict[str, Any]]:
    """Some rows of a metric, the last, unfinished one among them."""
    rows = list(company.run(metric, options).mappings())
    return [rows[len(rows) // 3], rows[2 * len(rows) // 3], rows[-1]] if rows else []


@pytest.mark.parametrize(
    ("policies", "by"),
    [
        ("as it is", None),
        ("as it is", "plan"),
        ("snapshot", None),
        ("snapshot", "plan"),
        ("historical", "plan"),
        ("ignored", None),
        ("counted", None),
    ],
)
@every_metric
def test_the_rows_behind_a_figure_add_up_to_it(
    metric: str, policies: str, by: str | None, company: Dataset
) -> None:
    about = catalogue()[metric]
    if not about.explain:
        with pytest.raises(CannotAnswerError):
            company.rows_behind(metric, {}, Options())
        return
    by = by if "by" in about.parameters else None
    options = Options(by=by, policies=SETS[policies])
    keys = [k for k in about.key_columns("month", by) if k != "window_months"]
    figures: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
    for row in _points(company, metric, options):
        at = {key: "" if row[key] is None else str(row[key]) for key in keys}
        for column, behind in explained(metric).items():
            if column == ROW or column not in row:
                continue
            total = behind.total(company.rows_behind(metric, {**at, "column": column}, options))
            figure = row[column]
            if (rate := DENOMINATORS.get((behind.metric, behind.column))) is not None:
                other, name = rate
                if other not in figures:
                    found = company.run(other, options).mappings()
                    figures[other] = {tuple(r[k] for k in keys): r for r in found}
                of = figures[other].get(tuple(row[key] for key in keys), {}).get(name)
                if figure is not None:
                    assert math.isclose(float(total) / float(of), figure, abs_tol=1e-12), column
            elif column == "arr":
                assert total * 12 == figure
            elif column == "arpa":
                assert figure is None or abs(total / row["customers"] - figure) < Decimal("1e-6")
            elif column == "nps":
                assert figure is None or math.isclose(total, figure)
            else:
                assert total == (figure or 0), (column, at)
