"""Totals beyond what 64 bits of millionths hold (9.2e12 currency units) are exact."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cs_core.datasets import Dataset, import_files, open_dataset
from cs_core.metrics.options import Options
from cs_core.workspace import Workspace
from tests.contracts.taken_away import bare, differences, expected, rows_of

MRR = Decimal("99999999999.123456")
ACCOUNTS = 300


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A third leaves again; together they pay 3e13 a month."""
    path = tmp_path_factory.mktemp("large") / "subscriptions.csv"
    lines = ["account_id,subscription_id,start_date,end_date,mrr,plan,term_end"]
    for n in range(ACCOUNTS):
        end = "2024-05-01" if n % 3 == 0 else ""
        lines.append(f"a{n},s{n},2024-0{n % 2 + 1}-01,{end},{MRR},P{n % 2},2024-05-01")
    path.write_text("\n".join(lines) + "\n")
    return path


def checked(dataset: Dataset) -> None:
    rows = {row["month"]: row for row in dataset.run("mrr_movements").mappings()}
    assert rows["2024-02"]["closing_mrr"] == ACCOUNTS * MRR > Decimal("9.3e12")
    assert rows["2024-05"]["churned_mrr"] == ACCOUNTS // 3 * MRR
    kept = list(dataset.run("retention", Options(window=2)).mappings())
    assert kept[-1]["starting_mrr"] == ACCOUNTS * MRR
    assert kept[-1]["nrr"] == 1
    cohorts = list(dataset.run("cohorts").mappings())
    assert {row["cohort_mrr"] for row in cohorts} == {ACCOUNTS // 2 * MRR}
    due = list(dataset.run("renewals").mappings())[-1]
    assert (due["due_mrr"], due["renewed_mrr"]) == (ACCOUNTS * MRR, ACCOUNTS * 2 // 3 * MRR)
    for metric in ("churn", "customer_base", "payments", "kpis", "ltv"):
        for by in (None, "plan"):
            assert dataset.run(metric, Options(by=by)).rows


def test_asked_of_files_and_taken_away(file: Path, tmp_path: Path) -> None:
    with open_dataset(file) as dataset, bare(dataset, tmp_path) as elsewhere:
        checked(dataset)
        for metric in ("mrr_movements", "cohorts", "retention"):
            found = elsewhere.execute(dataset.taken_away(metric, Options(by="plan", window=3)))
            theirs = rows_of([column[0] for column in found.description], found.fetchall())
            ours = expected(dataset, metric, Options(by="plan", window=3))
            assert differences(ours, theirs) == []


def test_stored_with_its_cubes(file: Path, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    import_files([file], "large", workspace)
    with open_dataset(dataset="large", workspace=workspace) as dataset:
        checked(dataset)
