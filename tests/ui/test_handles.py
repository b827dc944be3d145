"""Datasets open at once: nobody's is closed under them, and what is closed gives no rows."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from cs_core import datasets
from cs_core.errors import WorkspaceError
from cs_core.warehouse.duckdb_engine import Engine
from cs_core.workspace import Workspace
from pages.frame import loaders
from pages.frame.handles import Handles

SESSIONS, ROUNDS = 12, 25


class Thing:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_the_ninth_and_the_hour_do_not_touch_what_is_read() -> None:
    now = 0.0
    handles: Handles[Thing] = Handles(2, 3600, lambda: now)
    with ExitStack() as readers:
        things = []
        for n in range(5):
            now += 1
            things.append(readers.enter_context(handles.lease(n, Thing)))
        now = 7200.0
        with handles.lease("other", Thing) as other:
            assert not any(thing.closed for thing in things)
        assert not other.closed
        now += 1
    assert other.closed
    assert sum(thing.closed for thing in things) == 3
    left = next(n for n, thing in enumerate(things) if not thing.closed)
    with handles.lease(left, Thing) as again:
        assert again is things[left]
    now += 3601
    with handles.lease("new", Thing) as new:
        pass
    assert all(thing.closed for thing in things)
    assert not new.closed


def test_readers_of_one_share_it_and_the_last_lets_it_go() -> None:
    handles: Handles[Thing] = Handles(0, 3600)
    with handles.lease("a", Thing) as first:
        with handles.lease("a", Thing) as second:
            assert first is second
        assert not first.closed
    assert first.closed


def test_what_cannot_be_opened_is_tried_again() -> None:
    handles: Handles[Thing] = Handles(8, 3600)

    def failing() -> Thing:
        raise WorkspaceError("data_damaged")

    with (
        pytest.raises(WorkspaceError, check=lambda error: error.code == "data_damaged"),
        handles.lease("a", failing),
    ):
        pytest.fail("there is nothing to read")
    with handles.lease("a", Thing) as thing:
        assert not thing.closed


@pytest.fixture
def companies(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "home")
    for n in range(SESSIONS):
        file = tmp_path / f"{n}.csv"
        rows = "".join(f"c{i},2024-01-{i + 1:02},,{n + 1}\n" for i in range(20))
        file.write_text("account_id,start_date,end_date,mrr\n" + rows, "utf-8")
        datasets.import_files([file], f"d{n}", workspace)
    return workspace


def test_twelve_sessions_on_twelve_datasets_each_get_every_row(companies: Workspace) -> None:
    handles: Handles[datasets.Dataset] = Handles(4, 0.01)
    begin = threading.Barrier(SESSIONS)

    def session(n: int) -> None:
        name = f"d{n}"
        begin.wait()
        for _ in range(ROUNDS):
            with handles.lease(
                name, lambda: datasets.open_dataset(dataset=name, workspace=companies)
            ) as dataset:
                found = dataset.run("mrr_movements")
                assert found.rows[0][found.columns.index("closing_customers")] == 20
                total = dataset.warehouse.query("SELECT COUNT(*) FROM lines")
                assert total == [(20,)]

    with ThreadPoolExecutor(SESSIONS) as pool:
        for done in [pool.submit(session, n) for n in range(SESSIONS)]:
            done.result()


def test_a_closed_handle_gives_an_error_and_never_part_of_the_rows(companies: Workspace) -> None:
    for _ in range(30):
        dataset = datasets.open_dataset(dataset="d0", workspace=companies)
        answers: list[int] = []
        codes: list[str] = []

        def ask(
            dataset: datasets.Dataset = dataset,
            answers: list[int] = answers,
            codes: list[str] = codes,
        ) -> None:
            while True:
                try:
                    rows = dataset.warehouse.query("SELECT * FROM lines")
                except WorkspaceError as error:
                    codes.append(error.code)
                    return
                answers.append(len(rows))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        while len(answers) < 4:
            pass
        dataset.close()
        for thread in threads:
            thread.join()
        assert set(answers) == {20}
        assert codes == ["handle_closed"] * 4


def test_what_spills_is_for_its_owner_alone_and_goes_with_the_engine(tmp_path: Path) -> None:
    engine = Engine(temporary=tmp_path)
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    engine.close()
    assert not folder.exists()
    with pytest.raises(WorkspaceError, check=lambda error: error.code == "handle_closed"):
        engine.run("SELECT 1")


@pytest.mark.parametrize("name", ["data.duckdb", "facts.json"])
@pytest.mark.parametrize("harm", ["cut", "rubbish", "removed"])
def test_a_damaged_file_of_a_dataset_is_one_sentence(
    companies: Workspace, name: str, harm: str
) -> None:
    path = companies.dataset("d1").path / name
    content = path.read_bytes()
    if harm == "removed":
        path.unlink()
    else:
        path.write_bytes(content[: len(content) // 2] if harm == "cut" else bytes(len(content)))
    with (
        pytest.raises(WorkspaceError, check=lambda error: error.code == "data_damaged"),
        datasets.open_dataset(dataset="d1", workspace=companies) as dataset,
    ):
        dataset.run("churn")


def test_all_who_open_the_sample_at_once_see_the_one_that_is_made(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    together = threading.Barrier(5)

    def importing(files: object, name: str, at: Workspace) -> None:
        made.append(name)
        time.sleep(0.1)  # long enough for the others to ask too
        monkeypatch.setattr(loaders, "stored", lambda: {name: None})

    def session() -> None:
        together.wait(10)
        loaders.make_example(loaders.SAMPLE)

    monkeypatch.setattr(loaders.datasets, "import_files", importing)
    with ThreadPoolExecutor(5) as sessions:
        for one in [sessions.submit(session) for _ in range(5)]:
            one.result(10)
    assert made == [loaders.SAMPLE]
