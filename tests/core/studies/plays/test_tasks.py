"""What fires becomes a task once, and a task is never lost."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from icalendar import Calendar

from cs_core.cli import main
from cs_core.datasets import open_dataset
from cs_core.errors import UsageError
from cs_core.reports.task_calendar import calendar
from cs_core.studies.due_days import due_day
from cs_core.studies.plays import conditions as ask
from cs_core.studies.plays import running
from cs_core.studies.plays.play import Play
from cs_core.workspace import StoredDataset, Workspace
from cs_core.workspace.backup import back_up, restore
from cs_core.workspace.plays import delete_play, kept_plays, play_ran, save_play
from cs_core.workspace.tasks import Task, kept_tasks, set_status
from tests.core.studies.plays import company
from tests.core.studies.plays.company import Naive

PLAY = Play("Large", (ask.MrrAtLeast(30),), "call", due_days=5, rest_days=20)


@pytest.fixture
def rows() -> company.Rows:
    return company.made(1)


def keep(workspace: Workspace, stored: StoredDataset, play: Play = PLAY, **more) -> str:
    return save_play(workspace, stored.id, play.name, play.as_json(), is_on=True, **more).id


def run(workspace: Workspace, stored: StoredDataset) -> running.Ran:
    with open_dataset(dataset="ours", workspace=workspace) as dataset:
        return running.run(workspace, stored, dataset)


def pairs(tasks) -> list[tuple[date, str]]:
    return sorted((task.fired, task.account_id) for task in tasks)


def test_the_first_run_is_for_the_as_of_day_and_again_makes_nothing(
    workspace, stored, rows
) -> None:
    keep(workspace, stored)
    ran = run(workspace, stored)
    assert ran.as_of == rows.end
    with open_dataset(dataset="ours", workspace=workspace) as dataset:
        expected = Naive(rows, dataset).fired(PLAY, rows.end, rows.end)
    assert expected
    assert pairs(ran.made) == expected
    assert run(workspace, stored).made == []
    assert pairs(kept_tasks(workspace, stored.id)) == expected


def test_missed_days_are_caught_up(workspace, stored, rows) -> None:
    """As if it had run on every day since it was switched on."""
    key = keep(workspace, stored)
    begin = rows.end - timedelta(days=70)
    play_ran(workspace, key, begin, begin + timedelta(days=10))
    ran = run(workspace, stored)
    with open_dataset(dataset="ours", workspace=workspace) as dataset:
        every = Naive(rows, dataset).fired(PLAY, begin, rows.end)
    assert pairs(ran.made) == [one for one in every if one[0] > begin + timedelta(days=10)]
    assert len(every) > len(ran.made) > 0


def test_what_a_task_says(workspace, stored, rows) -> None:
    keep(workspace, stored)
    task = run(workspace, stored).made[0]
    mrr = sum(row["mrr"] for row in Naive(rows, None).running(task.account_id, rows.end))  # type: ignore[arg-type]
    owner = next(r["owner"] for r in rows.accounts if r["account_id"] == task.account_id)
    assert (int(task.mrr), task.owner, task.status) == (mrr, owner, "open")
    assert (task.play, task.action, task.due) == ("Large", "call", rows.end + timedelta(days=5))
    assert task.reason == [[ask.MrrAtLeast(30).as_json(), float(mrr)]]
    other = Play("Mine", PLAY.conditions, "call", owner="Tanaka")
    keep(workspace, stored, other)
    assert {made.owner for made in run(workspace, stored).made} == {"Tanaka"}


def test_a_changed_play_begins_anew_and_leaves_open_tasks_alone(workspace, stored) -> None:
    key = keep(workspace, stored)
    first = run(workspace, stored).made
    wider = Play("Large", (ask.MrrAtLeast(20),), "call", due_days=5, rest_days=20)
    keep(workspace, stored, wider, play_id=key)
    assert kept_plays(workspace, stored.id)[0].since is None
    second = run(workspace, stored).made
    assert second
    assert not {t.account_id for t in first} & {t.account_id for t in second}
    set_status(workspace, stored.id, [first[0].id], "done")
    keep(workspace, stored, PLAY, play_id=key)
    assert run(workspace, stored).made == []  # the day had its task


@pytest.mark.parametrize(
    ("renewal", "due"), [(None, 14), (60, 14), (21, 14), (20, 13), (10, 3), (7, 0), (2, 0)]
)
def test_what_is_due_before_a_renewal_is_not_due_after_it(renewal: int | None, due: int) -> None:
    begin = date(2025, 3, 1)
    assert due_day(begin, 14, renewal) == begin + timedelta(days=due)


def test_a_play_that_is_off_does_nothing(workspace, stored) -> None:
    save_play(workspace, stored.id, PLAY.name, PLAY.as_json())
    assert run(workspace, stored).made == []


def test_tasks_outlive_their_play_a_new_version_and_a_backup(workspace, stored, tmp_path) -> None:
    key = keep(workspace, stored)
    made = run(workspace, stored).made
    set_status(workspace, stored.id, [made[0].id], "done")
    delete_play(workspace, stored.id, key)
    from cs_core.datasets import import_files

    import_files(company.made(2).write(tmp_path / "again"), "ours", workspace)
    kept = kept_tasks(workspace, stored.id)
    assert {task.id for task in kept} == {task.id for task in made}
    assert [task.status for task in kept].count("done") == 1
    back_up(workspace, tmp_path / "all.zip")
    other = Workspace(tmp_path / "other")
    restore(other, tmp_path / "all.zip")
    assert kept_tasks(other, stored.id) == kept


def test_statuses(workspace, stored) -> None:
    keep(workspace, stored)
    made = run(workspace, stored).made
    assert [t.status for t in set_status(workspace, stored.id, [made[0].id[:12]], "done")] == [
        "done"
    ]
    for wrong in (["nobody"], [""], [made[1].id, "nobody"]):
        with pytest.raises(UsageError, check=lambda error: error.code == "unknown_task"):
            set_status(workspace, stored.id, wrong, "dismissed")
    assert {t.status for t in kept_tasks(workspace, stored.id)} == {"open", "done"}
    with pytest.raises(UsageError):
        set_status(workspace, stored.id, [made[0].id], "gone")


def test_names_are_taken_once(workspace, stored) -> None:
    keep(workspace, stored)
    with pytest.raises(UsageError, check=lambda error: error.code == "play_name_taken"):
        keep(workspace, stored)
    with pytest.raises(UsageError, check=lambda error: error.code == "play_name_empty"):
        save_play(workspace, stored.id, "  ", PLAY.as_json())


def test_a_likely_leaver_is_found_by_the_scores_of_the_day(workspace, stored) -> None:
    """Too few churns for a model here: no scores, and the play says so."""
    play = Play("Likely", (ask.ChanceAbove(10),))
    keep(workspace, stored, play)
    assert run(workspace, stored).missing == {"Likely": ("scores",)}


HOSTILE = '=HYPERLINK("http://x.test"),\r\nBEGIN:VEVENT;\\n 継続株式会社' + "長" * 60


def hostile() -> Task:
    from decimal import Decimal

    day = date(2025, 3, 1)
    return Task(
        "p",
        HOSTILE,
        "call",
        "A1",
        "JPY",
        HOSTILE,
        Decimal("1200"),
        [],
        HOSTILE,
        day,
        day,
        "open",
        "k1",
    )


def test_calendar_is_read_back(workspace, stored) -> None:
    keep(workspace, stored)
    made = run(workspace, stored).made
    for language in ("en", "ja"):
        text = calendar(made, language)
        assert all(len(line) <= 75 for line in text.split(b"\r\n"))
        events = Calendar.from_ical(text).walk("VEVENT")
        assert [str(event["uid"]) for event in events] == [f"task-{t.id}@keizoku" for t in made]
        assert [event.decoded("dtstart") for event in events] == [task.due for task in made]
        assert all(made[0].name in str(events[0]["summary"]) for _ in [0])
    assert calendar(made, "en") == calendar(kept_tasks(workspace, stored.id), "en")


def test_calendar_holds_what_files_say_as_text() -> None:
    text = calendar([hostile()], "ja")
    assert text.count(b"BEGIN:VEVENT") == 1 or b"\nBEGIN:VEVENT;" not in text
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert "継続株式会社" in str(event["summary"])
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))


def test_commands(workspace, stored, tmp_path, capsys) -> None:
    import json

    def said(*words: str) -> list:
        assert main([*words, "--dataset", "ours", "--format", "json"]) == 0
        return json.loads(capsys.readouterr().out)

    assert {play["name"] for play in said("plays", "list")} >= {"turned_red", "usage_fell"}
    listed = said("plays", "on", "owner_left", "--lang", "ja")
    assert next(play for play in listed if play["on"])["name"] == "owner_left"
    keep(workspace, stored)
    found = said("plays", "preview", "Large")
    assert found["fired"] == len(found["firings"]) > 0
    assert "firings" not in said("plays", "preview")[0]
    made = said("plays", "run")["made"]
    assert said("plays", "run")["made"] == []
    listed = said("tasks", "list")
    assert {task["id"] for task in listed} == {task["id"] for task in made}
    assert said("tasks", "done", made[0]["id"], made[1]["id"])[0]["status"] == "done"
    assert len(said("tasks", "list", "--status", "open")) == len(made) - 2
    owner = made[0]["owner"]
    assert {task["owner"] for task in said("tasks", "list", "--owner", owner)} == {owner}
    for name in ("tasks.csv", "tasks.ics"):
        assert said("tasks", "export", str(tmp_path / name))[0]["tasks"] == len(made)
    read = list(csv.DictReader(io.StringIO((tmp_path / "tasks.csv").read_text("utf-8-sig"))))
    assert [row["id"] for row in read] == [task["id"] for task in listed]
    assert len(Calendar.from_ical((tmp_path / "tasks.ics").read_bytes()).walk("VEVENT")) == len(
        made
    )


@pytest.mark.parametrize(
    "words",
    [
        ["plays"],
        ["plays", "dance"],
        ["plays", "on"],
        ["plays", "on", "nothing"],
        ["tasks", "done", "nothing"],
        ["tasks", "export", "tasks.doc"],
        ["tasks", "list", "--status", "odd"],
        ["digest", "extra"],
        ["digest", "--webhook", "saved"],
        ["digest", "--webhook", "http://example.test/hook"],
    ],
)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_wrong_use_is_one_line_and_two(workspace, stored, words, lang, capsys) -> None:
    assert main([*words, "--dataset", "ours", "--lang", lang]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1


def test_data_without_dates_cannot_answer(workspace, tmp_path, capsys) -> None:
    from cs_core.datasets import import_files

    path = tmp_path / "tenures.csv"
    path.write_text("customerID,tenure,MonthlyCharges,Churn\nA,3,20,Yes\nB,5,30,No\n")
    import_files([path], "tenures", workspace)
    assert main(["digest", "--dataset", "tenures"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
