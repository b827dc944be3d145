"""`lines` has the same columns whatever the files have."""

from __future__ import annotations

from pathlib import Path

import pytest

from cs_core import datasets, open_dataset
from cs_core.metrics import Options
from cs_core.workspace import Workspace

HEAD = "account_id,start_date,end_date,mrr"
MORE = (
    "subscription_id,status,trial_end,term_start,term_end,"
    "cancel_requested_at,cancel_reason,churn_kind"
)
PLAIN = "a,2024-01-05,,10\nb,2024-01-20,2024-03-05,20\n"
BLANK = "a,2024-01-05,,10,,,,,,,,\nb,2024-01-20,2024-03-05,20,,,,,,,,\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    short, whole = tmp_path / "short.csv", tmp_path / "whole.csv"
    short.write_text(f"{HEAD}\n{PLAIN}")
    whole.write_text(f"{HEAD},{MORE}\n{BLANK}")
    return short, whole


def test_columns_no_file_has_are_null_and_of_their_type(files: tuple[Path, Path]) -> None:
    described = []
    for path in files:
        with open_dataset(path) as dataset:
            rows = dataset.warehouse.query("SELECT name, type FROM pragma_table_info('lines')")
            described.append({name: kind for name, kind in rows if "segment" not in name})
            asked = "SELECT subscription_id, status, trial_end, term_end, churn_kind FROM lines"
            assert dataset.warehouse.query(asked) == [(None,) * 5] * 2
    assert described[0] == described[1]
    assert {*MORE.split(",")} <= described[0].keys()


def test_a_column_one_of_two_files_has_is_kept(files: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(f"{HEAD},status\nc,2024-02-01,,30,paused\n")
    with open_dataset([files[0], other]) as dataset:
        found = dataset.warehouse.query("SELECT mrr, status FROM lines ORDER BY mrr")
    assert found == [(10_000_000, None), (20_000_000, None), (30_000_000, "paused")]


def test_a_stored_dataset_and_its_file_have_the_same_lines(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    workspace = Workspace(tmp_path / "home")
    datasets.import_files([files[0]], "d", workspace)
    with (
        open_dataset(files[0]) as direct,
        open_dataset(dataset="d", workspace=workspace) as stored,
    ):
        asked = "SELECT * FROM lines ORDER BY source_line"
        assert stored.warehouse.query(asked) == direct.warehouse.query(asked)
        for metric in ("mrr_movements", "retention", "churn"):
            assert stored.run(metric, Options()).rows == direct.run(metric, Options()).rows
