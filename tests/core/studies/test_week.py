"""The list of the week: who stands on it and why, by when, and what came of an earlier one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from cs_core import datasets
from cs_core.datasets import Dataset
from cs_core.errors import UsageError
from cs_core.metrics.options import Options
from cs_core.studies import risk, week
from cs_core.studies.due_days import friday, workday
from cs_core.studies.week import Book, Entry
from cs_core.workspace import Workspace
from cs_core.workspace.tasks import Task
from cs_core.workspace.week import (
    Listed,
    Mark,
    keep_list,
    keep_marks,
    kept_marks,
    list_before,
    take_back,
)

DAY = date(2025, 9, 17)  # a Wednesday, the last day of the sample


@pytest.fixture(scope="module")
def sample() -> Iterator[Dataset]:
    with datasets.open_dataset(datasets.sample_files()) as dataset:
        yield dataset


@pytest.fixture(scope="module")
def standing(sample: Dataset) -> tuple[risk.Known, risk.Ranking]:
    known = risk.known(sample.warehouse, Options())
    return known, risk.ranking(known.present, sample.health_rules)


def listed(
    standing: tuple[risk.Known, risk.Ranking], day: date = DAY, **book: object
) -> list[Entry]:
    return week.queue(*standing, Book(**book), day)  # type: ignore[arg-type]


def task(account: str, due: date, owner: str = "") -> Task:
    return Task(
        "", "", "call", account, "JPY", account, Decimal(1), [], owner, DAY, due, id=f"t-{account}"
    )


def test_calls_renewals_and_notices_are_those_of_the_data(
    sample: Dataset, standing: tuple[risk.Known, risk.Ranking]
) -> None:
    rows = sample.query("accounts", exact=True)
    calls = risk.to_call(standing[1])
    due = sample.query("contracts_due", exact=True)
    soon = due[(due["term_end"] <= DAY + timedelta(days=30)) & due["notice_day"].isna()]
    found = listed(standing)
    assert len({one.account_id for one in found}) == len(found)
    of_kind = {kind: {one.account_id for one in found if kind in one.kinds} for kind in week.KINDS}
    called = {account for account, call in zip(rows["account_id"], calls, strict=True) if call}
    assert of_kind["call"] == called
    assert of_kind["notice"] == set(rows[rows["notice_given"].notna()]["account_id"])
    assert of_kind["renewal"] == set(soon["account_id"])
    assert not of_kind["task"]
    assert not of_kind["silent"]
    assert [one.due for one in found] == sorted(one.due for one in found)


def test_nothing_is_due_before_today_at_a_weekend_or_after_its_renewal(
    standing: tuple[risk.Known, risk.Ranking],
) -> None:
    for day in (DAY + timedelta(days=n) for n in range(7)):
        for one in listed(standing, day):
            for matter in one.matters:
                assert matter.due >= day
                assert matter.due.weekday() < 5 or matter.due == day
                if matter.kind == "renewal":
                    assert matter.day is not None
                    assert matter.due <= max(matter.day - timedelta(days=7), day)
    assert friday(DAY) == date(2025, 9, 19)
    assert friday(date(2025, 9, 20)) == date(2025, 9, 26)
    assert workday(date(2025, 9, 21), DAY) == date(2025, 9, 19)


def test_tasks_stand_with_their_account_and_so_does_who_has_left(
    standing: tuple[risk.Known, risk.Ranking],
) -> None:
    account = listed(standing)[-1].account_id
    late, gone = task(account, DAY - timedelta(days=3), "Sato"), task("gone", DAY)
    found = listed(standing, tasks=[late, gone])
    assert found[0].account_id == account
    assert "task" in found[0].kinds
    assert (found[0].owner, found[0].tasks, found[0].due) == ("Sato", (late.id,), late.due)
    [left] = [one for one in found if one.account_id == "gone"]
    assert (left.place, left.kinds, left.probability) == (None, ("task",), None)


def test_done_and_snoozed_are_away_for_their_time_and_assigned_changes_hands(
    standing: tuple[risk.Known, risk.Ranking],
) -> None:
    calls = [one.account_id for one in listed(standing) if one.kinds == ("call",)]
    first, second, third = calls[:3]
    marks = [
        Mark(first, "done", DAY),
        Mark(second, "snoozed", DAY, DAY + timedelta(days=14)),
        Mark(third, "assigned", DAY, owner="Ito"),
        Mark(third, "assigned", DAY, owner="Mori"),
    ]

    def there(day: date) -> set[str]:
        return {one.account_id for one in listed(standing, day, marks=marks)}

    assert not {first, second} & there(DAY)
    assert first in there(week.monday(DAY) + timedelta(days=7))
    assert second not in there(DAY + timedelta(days=13))
    assert second in there(DAY + timedelta(days=14))
    [moved] = [one for one in listed(standing, marks=marks) if one.account_id == third]
    assert moved.owner == "Mori"


def test_who_was_spoken_with_is_left_in_peace_and_then_overdue(
    standing: tuple[risk.Known, risk.Ranking],
) -> None:
    called = next(one.account_id for one in listed(standing) if one.kinds == ("call",))
    monday = week.monday(DAY)
    before, lately, today = monday - timedelta(days=15), monday - timedelta(days=3), DAY
    for spoken, there in ((before, True), (lately, False), (today, True)):
        found = listed(standing, spoken={called: spoken})
        assert (called in {one.account_id for one in found}) is there
    ids, touches = standing[0].present.texts["account_id"], standing[1].touches
    busy = {one.account_id for one in listed(standing)}
    calm = next(a for a, t in zip(ids, touches, strict=True) if t == "high" and a not in busy)
    for days, kinds in ((30, []), (31, [("silent",)])):
        found = listed(standing, spoken={calm: DAY - timedelta(days=days)})
        assert [one.kinds for one in found if one.account_id == calm] == kinds


def test_what_came_of_a_list_is_the_first_that_holds() -> None:
    monday = date(2025, 9, 8)
    rows = [Listed(name, None, ("call",), "", Decimal(1), 0.3) for name in "abcdef"]
    standing = {"b": date(2025, 9, 10), "c": None, "d": date(2025, 8, 1), "e": None, "f": None}
    book = Book(spoken={"d": date(2025, 9, 9)}, marks=[Mark("c", "done", date(2025, 9, 9))])
    now = [Entry(0, "e", None, "JPY", Decimal(1), "", ())]
    assert week.came_of(monday, rows, book, standing, now) == {
        "a": "left",
        "b": "notice",
        "c": "done",
        "d": "spoken",
        "e": "again",
        "f": "calm",
    }


def test_marks_and_lists_are_kept_and_marks_are_taken_back(tmp_path, subscriptions_file) -> None:  # type: ignore[no-untyped-def]
    workspace = Workspace(tmp_path / "home")
    datasets.import_files([subscriptions_file], "ours", workspace)
    key = workspace.dataset("ours").id
    marks = [
        Mark("A", "done", DAY, tasks=("t1",)),
        Mark("B", "snoozed", DAY, DAY + timedelta(days=7)),
    ]
    ids = keep_marks(workspace, key, marks)
    assert [(m.account_id, m.mark, m.until, m.tasks) for m in kept_marks(workspace, key)] == [
        ("A", "done", None, ("t1",)),
        ("B", "snoozed", DAY + timedelta(days=7), ()),
    ]
    take_back(workspace, key, ids[:1])
    assert [m.id for m in kept_marks(workspace, key)] == ids[1:]
    with pytest.raises(UsageError) as error:
        keep_marks(workspace, key, [Mark("A", "gone", DAY)])
    assert error.value.code == "unknown_option_value"
    with pytest.raises(UsageError) as error:
        keep_marks(workspace, key, [Mark("A", "assigned", DAY, owner="x" * 101)])
    assert error.value.code == "owner_too_long"

    rows = [Listed("A", "Aoki", ("call", "task"), "Sato", Decimal("10.5"), 0.25)]
    monday = week.monday(DAY)
    keep_list(workspace, key, monday, rows)
    keep_list(workspace, key, monday, [])
    keep_list(workspace, key, monday, [*rows, Listed("B", None, (), "", Decimal(1), None)])
    assert list_before(workspace, key, monday) is None
    assert list_before(workspace, key, monday + timedelta(days=7)) == (monday, rows)


@pytest.fixture
def subscriptions_file(tmp_path):  # type: ignore[no-untyped-def]
    path = tmp_path / "subscriptions.csv"
    path.write_text("account_id,start_date,mrr\nA,2024-01-01,5\nB,2024-02-01,7\n", "utf-8")
    return path
