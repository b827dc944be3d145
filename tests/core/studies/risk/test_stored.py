"""What was learned of a kept dataset is read from beside it, and says the same."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cs_core.datasets import Dataset, import_files, open_dataset, sample_files
from cs_core.datasets.asking import options_of
from cs_core.metrics.options import Options
from cs_core.studies import risk
from cs_core.studies.risk import learning, stored
from cs_core.warehouse import statements
from cs_core.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    found = Workspace(tmp_path_factory.mktemp("home"))
    import_files(sample_files(), "ours", found)
    return found


@pytest.fixture
def ours(workspace: Workspace) -> Dataset:
    return open_dataset(dataset="ours", workspace=workspace)


def files(of: Dataset) -> set[Path]:
    folder = of.warehouse.folder
    assert folder is not None
    return set(folder.glob("risk-*.npz"))


def test_the_second_answer_is_the_first(ours: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    options = Options()
    assert not risk.is_ready(ours.warehouse, options)
    first = risk.known(ours.warehouse, options)
    rows = risk.listed(ours.warehouse, options, first, risk.Rules()).rows
    assert risk.is_ready(ours.warehouse, options)
    monkeypatch.setattr(learning, "learn", None)  # it is not learned again
    again = risk.known(ours.warehouse, options)
    assert risk.listed(ours.warehouse, options, again, risk.Rules()).rows == rows
    assert again.learned.evaluation == first.learned.evaluation
    assert (again.learned.judged, again.learned.taught) == (
        first.learned.judged,
        first.learned.taught,
    )
    np.testing.assert_array_equal(again.usage, first.usage)
    everybody = [True] * len(again.present)
    assert risk.expected_loss(again.present, everybody) == risk.expected_loss(
        first.present, everybody
    )


def test_another_question_is_learned_anew(ours: Dataset) -> None:
    risk.known(ours.warehouse, Options())
    before = files(ours)
    for asked in (Options(horizon_days=30), Options(as_of=ours.info.as_of.replace(day=1))):
        assert not risk.is_ready(ours.warehouse, asked)
    risk.known(ours.warehouse, Options(horizon_days=30))
    assert len(files(ours) - before) == 1
    # A filter or a split is no other question.
    assert risk.is_ready(ours.warehouse, options_of(where={"plan": "Team"}, by="country"))


def test_a_damaged_file_is_made_anew(ours: Dataset) -> None:
    rows = ours.run("accounts").rows
    for file in files(ours):
        file.write_bytes(file.read_bytes()[:5000])
    assert ours.run("accounts").rows == rows
    assert max(file.stat().st_size for file in files(ours)) > 5000


def test_files_asked_directly_say_the_same(ours: Dataset) -> None:
    with open_dataset(sample_files()) as dataset:
        assert dataset.run("accounts").rows == ours.run("accounts").rows


def test_a_filter_leaves_what_is_said_of_each(ours: Dataset) -> None:
    whole = {row[0]: row for row in ours.run("accounts").rows}
    only = ours.run(
        "accounts", options_of(where=[("plan", "Team"), ("plan", "Starter")], by="plan")
    )
    assert only.columns == (*risk.COLUMNS, "plan")
    assert {row[-1] for row in only.rows} == {"Team", "Starter"}
    assert all(row[:-1] == whole[row[0]] for row in only.rows)
    both = ours.run("accounts", options_of(where={"plan": "Team", "country": "JP"}))
    assert 0 < len(both.rows) < len(only.rows)


def test_usage_of_the_last_year(ours: Dataset) -> None:
    found = risk.known(ours.warehouse, Options())
    assert found.usage.shape == (len(found.present), 12)
    # From the first reading on nothing is unknown.
    gaps = np.isnan(found.usage)
    assert (np.diff(gaps.astype(int), axis=1) <= 0).all()
    assert not gaps[:, -1].all()
    alone = risk.known(ours.warehouse, replace(Options(), where=(("plan", "Team"),)))
    assert alone.usage.shape == (len(alone.present), 12)


def test_another_statement_that_teaches_is_another_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(statements.SQL, tmp_path / "sql")
    monkeypatch.setattr(statements, "SQL", tmp_path / "sql")
    names = []
    for taught in ("risk_labelled", "risk_counts", "risk_churns", None):
        stored._code.cache_clear()
        names.append(stored.path_of(tmp_path, "the same question"))
        if taught:
            path = tmp_path / "sql" / "risk" / f"{taught}.sql"
            path.write_text(path.read_text("utf-8") + "-- taught otherwise\n", "utf-8")
    stored._code.cache_clear()
    assert len(set(names)) == 4
