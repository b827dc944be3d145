"""A dataset that was made shard by shard gives the figures of one that was made at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cs_core.datasets import Dataset, import_files, open_dataset
from cs_core.errors import CannotAnswerError
from cs_core.metrics.catalogue import catalogue
from cs_core.metrics.options import Options
from cs_core.warehouse import cubes, shards
from cs_core.workspace import Workspace
from tests.bench.operations import in_child
from tests.contracts.taken_away import questions

METRICS = sorted(catalogue())
every_metric = pytest.mark.parametrize("metric", METRICS)


@pytest.fixture(scope="module")
def workspace(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    found = Workspace(tmp_path_factory.mktemp("shards"))
    import_files(files, "whole", found)
    report = import_files(files, "parted", found, shard_lines=60)
    [note] = [item for item in report["problems"] if item["code"] == "in_shards"]
    assert note["count"] >= 3
    return found


@pytest.fixture(scope="module")
def whole(workspace: Workspace) -> Iterator[Dataset]:
    with open_dataset(dataset="whole", workspace=workspace) as dataset:
        yield dataset


@pytest.fixture(scope="module")
def parted(workspace: Workspace) -> Iterator[Dataset]:
    with open_dataset(dataset="parted", workspace=workspace) as dataset:
        yield dataset


def answer(dataset: Dataset, metric: str, options: Options) -> Any:
    try:
        result = dataset.run(metric, options)
    except CannotAnswerError as error:
        return str(error)
    return result.columns, result.rows


@every_metric
def test_the_figures_are_the_same(metric: str, whole: Dataset, parted: Dataset) -> None:
    """A nineteenth of the questions each; `tests/bench/growth.py --figures` asks them all."""
    turn, every = METRICS.index(metric), 1 if os.environ.get("KEIZOKU_EVERY_QUESTION") else 19
    for options in questions(metric)[turn % every :: every]:
        assert answer(parted, metric, options) == answer(whole, metric, options), options


def test_shards_of_three_lines(tmp_path: Path) -> None:
    """Some of them hold nobody, some one account whose lines are more than a shard's."""
    file = tmp_path / "lines.csv"
    rows = [
        f"A{n % 7},2024-{1 + n % 12:02},{10 + n},{'abc'[n % 3]}"
        for n in range(40)
        if n % 7 != 3 or n < 20
    ]
    file.write_text("account_id,start_date,end_date,mrr,plan\n" + "".join(
        f"{account},{month}-01,{month}-{20 + len(plan)},{mrr},{plan}\n"
        for account, month, mrr, plan in (row.split(",") for row in rows)
    ))  # fmt: skip
    found = Workspace(tmp_path / "home")
    import_files([file], "whole", found)
    import_files([file], "parted", found, shard_lines=3)
    with (
        open_dataset(dataset="whole", workspace=found) as whole,
        open_dataset(dataset="parted", workspace=found) as parted,
    ):
        for metric in ("mrr_movements", "churn", "cohorts", "retention", "survival"):
            for by in (None, "plan"):
                options = Options(by=by)
                assert answer(parted, metric, options) == answer(whole, metric, options)


def test_accounts_that_look_alike_are_asked_about(tmp_path: Path) -> None:
    """Of all ids, though they are not in memory together."""
    file = tmp_path / "lines.csv"
    ids = [*(f"A{n}" for n in range(12)), "a7", "Ａ9", " A11x", "A11X"]
    file.write_text(
        "account_id,start_date,end_date,mrr\n" + "".join(f"{n},2024-01-01,,5\n" for n in ids)
    )
    found = Workspace(tmp_path / "home")
    asked = [
        next(item for item in report["problems"] if item["code"] == "accounts_alike")
        for report in (
            import_files([file], "whole", found),
            import_files([file], "parted", found, shard_lines=3),
        )
    ]
    assert asked[0] == asked[1]
    assert asked[0]["count"] == 3


def killed_at(turn: int, files: list[Path], workspace: Workspace) -> None:
    """An import in a process that is killed when it adds a shard's rows for the so manieth time."""

    def work() -> None:
        added, insert = [], shards.insert

        def counting(*given: Any) -> None:
            if len(added) == turn:
                os.kill(os.getpid(), signal.SIGKILL)
            added.append(insert(*given))

        shards.insert = cubes.insert = counting
        import_files(files, "acme", workspace, shard_lines=60)

    assert in_child(work) == (-signal.SIGKILL, None)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="has no processes to split off")
def test_a_killed_import_goes_on(
    files: list[Path], whole: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Workspace(tmp_path)
    import_files(files[:1], "acme", found)
    before = found.dataset("acme")
    for turn in (2, 2, 5, 4):  # while lines are staged, then among what is made of them
        killed_at(turn, files, found)
        assert found.dataset("acme") == before
    added: list[str] = []

    def counting(engine: Any, rows: Any, relation: str, *more: Any) -> None:
        added.append(relation)
        insert(engine, rows, relation, *more)

    insert = shards.insert
    monkeypatch.setattr(shards, "insert", counting)
    monkeypatch.setattr(cubes, "insert", counting)
    report = import_files(files, "acme", found, shard_lines=60)
    assert "went_on" in {problem["code"] for problem in report["problems"]}
    assert "shards" not in added
    assert "cubes" in added
    assert list((tmp_path / "building").iterdir()) == []
    with open_dataset(dataset="acme", workspace=found) as dataset:
        for metric in ("mrr_movements", "cohorts", "retention", "survival"):
            options = Options(by="plan")
            assert answer(dataset, metric, options) == answer(whole, metric, options)


def test_what_is_damaged_is_not_gone_on_with(files: list[Path], tmp_path: Path) -> None:
    found = Workspace(tmp_path)
    killed_at(2, files, found)
    [data] = (tmp_path / "building").glob("*/data.duckdb")
    data.write_bytes(b"nothing" * 5000)
    report = import_files(files, "acme", found, shard_lines=60)
    assert "in_shards" in {problem["code"] for problem in report["problems"]}
