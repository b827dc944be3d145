"""What the cubes answer is what the ledger answers, at every as-of date."""

from datetime import date
from pathlib import Path

import pytest

from cs_core.datasets import import_files, open_dataset
from cs_core.metrics import Options
from cs_core.metrics.question import question
from cs_core.workspace import Workspace

DEMO = Path(__file__).parents[3] / "sample_data" / "demo"
FILES = [DEMO / "subscriptions.csv", DEMO / "accounts.csv"]
METRICS = ("mrr_movements", "churn", "retention", "cohorts")


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    """The same data asked about directly, where there are no cubes, and as a dataset."""
    workspace = Workspace(tmp_path_factory.mktemp("home"))
    import_files(FILES, "demo", workspace)
    with (
        open_dataset(FILES) as direct,
        open_dataset(dataset="demo", workspace=workspace) as stored,
    ):
        yield direct, stored


@pytest.mark.parametrize("as_of", [None, date(2024, 6, 30), date(2024, 6, 14), date(2024, 2, 29)])
@pytest.mark.parametrize("segment", [{}, {"by": "plan"}, {"where": (("plan", "Team"),)}])
@pytest.mark.parametrize("partial", [False, True])
def test_cubes_and_ledger_agree(doors, as_of, segment, partial):
    direct, stored = doors
    options = Options(as_of=as_of, partial=partial, **segment)
    for metric in METRICS:
        rows = stored.run(metric, options).rows
        assert rows
        assert rows == direct.run(metric, options).rows


@pytest.mark.parametrize(
    ("metric", "as_of", "partial", "read"),
    [
        ("churn", None, False, True),
        ("churn", date(2024, 6, 30), False, True),
        ("churn", date(2024, 6, 14), False, False),
        ("retention", date(2024, 6, 14), False, True),
        ("cohorts", date(2024, 6, 14), False, True),
        ("cohorts", date(2024, 6, 14), True, False),
        ("cohorts", date(2030, 6, 30), False, False),
    ],
)
def test_cubes_are_read_where_they_can_answer(doors, metric, as_of, partial, read):
    _, stored = doors
    asked = question(stored.warehouse, metric, Options(as_of=as_of, partial=partial))
    assert ("_cube" in asked.statement) is read
