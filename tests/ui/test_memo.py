"""What is kept of answers: bounded by what they hold, over all datasets, and by nothing else."""

from __future__ import annotations

import gc
import threading

import numpy
import pandas
import pytest

from pages.frame import memo
from pages.frame.memo import Memo, size_of


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()
    for other in list(Memo._all):
        other._answers.clear()
        other._bytes = 0
    monkeypatch.setattr(memo, "MOST_BYTES", 100_000)


def test_the_size_is_that_of_what_is_held() -> None:
    assert size_of(numpy.zeros(1000)) == pytest.approx(8000, rel=0.05)
    assert size_of(pandas.DataFrame({"a": range(1000)})) == pytest.approx(8000, rel=0.1)
    assert size_of([b"x" * 1000] * 50) == pytest.approx(1500, rel=0.1)  # one thing, held 50 times
    assert size_of({"a": ("x" * 1000, [b"y" * 1000])}) > 2000


@pytest.mark.usefixtures("little")
def test_the_answer_not_asked_for_longest_goes_whichever_memo_holds_it() -> None:
    one, two = Memo(), Memo()
    for n in range(4):
        one.get(n, lambda: b"x" * 20_000)
    one.get(0, lambda: pytest.fail("was kept"))
    two.get("a", lambda: b"x" * 20_000)

    assert [one.knows(n) for n in range(4)] == [True, False, True, True]
    assert two.knows("a")
    assert two.get("large", lambda: b"x" * 200_000) == b"x" * 200_000
    assert not two.knows("large")
    assert sum(kept._bytes for kept in Memo._all) <= memo.MOST_BYTES


@pytest.mark.usefixtures("little")
def test_a_memo_that_goes_leaves_its_room() -> None:
    gone = Memo()
    gone.get(0, lambda: b"x" * 90_000)
    del gone
    gc.collect()
    kept = Memo()
    for n in range(3):
        kept.get(n, lambda: b"x" * 25_000)
    assert [kept.knows(n) for n in range(3)] == [True, True, True]


@pytest.mark.usefixtures("little")
def test_an_error_is_not_kept_and_holds_nothing() -> None:
    answers = Memo()
    with pytest.raises(ZeroDivisionError):
        answers.get("a", lambda: 1 // 0)
    assert not answers.knows("a")
    assert answers._bytes == 0
    assert answers.get("a", lambda: 5) == 5


def test_an_answer_is_made_once_for_all_who_wait() -> None:
    answers, made, told = Memo(), [], []
    begin = threading.Barrier(8)

    def ask() -> None:
        begin.wait()
        told.append(answers.get("a", lambda: made.append(1) or "x"))  # type: ignore[func-returns-value]

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (told, made) == (["x"] * 8, [1])
