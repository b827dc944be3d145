"""Ledgers of other policies beside a stored dataset: bounded in number, the same built again."""

import os

import pytest

from cs_core.datasets import import_files, open_dataset
from cs_core.domain.policies import Policies
from cs_core.metrics import Options
from cs_core.warehouse.variants import KEPT
from cs_core.workspace import Workspace

LINES = """account_id,start_date,end_date,mrr
a,2024-01-01,2024-03-01,100
a,2024-03-06,,100
b,2024-01-15,2024-05-01,50
c,2024-02-01,,30
"""


@pytest.fixture
def workspace(tmp_path):
    file = tmp_path / "lines.csv"
    file.write_text(LINES)
    workspace = Workspace(tmp_path / "home")
    import_files([file], "kept", workspace)
    return workspace


def options(gap_days: int) -> Options:
    return Options(policies=Policies(reactivation_after_days=str(gap_days)))


def ledgers(workspace):
    files = (workspace.home / "datasets").rglob("ledger-*")
    return sorted(files, key=lambda file: file.stat().st_mtime_ns)


def test_the_most_recently_used_ledgers_stay(workspace):
    with open_dataset(dataset="kept", workspace=workspace) as dataset:
        first = dataset.run("mrr_movements", options(1)).rows
        (oldest,) = ledgers(workspace)
        os.utime(oldest, (1, 1))
        for gap_days in range(2, KEPT + 3):
            dataset.run("mrr_movements", options(gap_days))
        assert len(ledgers(workspace)) == KEPT
        assert oldest not in ledgers(workspace)
        assert dataset.run("mrr_movements", options(1)).rows == first
        assert len(ledgers(workspace)) == KEPT
        assert ledgers(workspace)[-1] == oldest


def test_using_a_ledger_keeps_it(workspace):
    with open_dataset(dataset="kept", workspace=workspace) as dataset:
        dataset.run("churn", options(1))
        (used,) = ledgers(workspace)
    os.utime(used, (1, 1))
    with open_dataset(dataset="kept", workspace=workspace) as dataset:
        dataset.run("churn", options(1))
        assert used.stat().st_mtime > 1
        for gap_days in range(2, KEPT + 1):
            dataset.run("churn", options(gap_days))
        assert used in ledgers(workspace)


def test_a_filled_gap_is_one_stay_in_its_own_ledger(workspace):
    def stays(dataset, gap_days):
        rows = dataset.query("survival", spells="all", policy={"reactivation_after_days": gap_days})
        return int(rows["churned"].sum() + rows["censored"].sum())

    with open_dataset(dataset="kept", workspace=workspace) as dataset:
        assert stays(dataset, "0") == 4
        assert stays(dataset, "5") == 3
