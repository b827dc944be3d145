"""What is tried while things fail: operations on a workspace as a person has it, each of them whole
or not done, and whatever else is there untouched.

An operation is a command line, or the import of the app's page, which works in a bounded child. It
runs in a process split off from this one, on a fresh copy of one workspace: two datasets of which
one can be undone, a play that runs, a backup from before.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import os
import pkgutil
import shutil
import sys
import threading
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HEAD = "account_id,start_date,end_date,mrr,plan\n"
DAY = "2025-06-30"
WORDS: Mapping[str, tuple[str, ...]] = {
    "import": ("import", "new.csv", "--dataset", "acme", "--lang", "en"),
    "first import": ("import", "new.csv", "--dataset", "third", "--lang", "en"),
    "append": (
        *("import", "more.csv", "--append", "--dataset", "acme"),
        *("--format", "table", "--lang", "en"),
    ),
    "delete": ("workspace", "delete", "acme", "--lang", "en"),
    "undo": ("workspace", "undo", "acme", "--lang", "en"),
    "rename": ("workspace", "rename", "acme", "other", "--lang", "en"),
    "backup": ("workspace", "backup", "new.zip", "--lang", "en"),
    "restore": ("workspace", "restore", "old.zip", "--replace", "--lang", "en"),
    "scores": ("risk", "--dataset", "acme", "--lang", "en"),
    "plays": ("plays", "run", "--dataset", "acme", "--lang", "en"),
}
PAGE = "import on the page"
OPERATIONS = (*WORDS, PAGE)


def rows(accounts: int, mrr: int) -> str:
    """A company whose customers come month by month, every fourth of whom leaves."""
    lines = []
    for number in range(accounts):
        start = date(2024, 1 + number % 12, 1 + number % 28)
        end = date(2025, 1 + number % 6, 1 + number % 28).isoformat() if number % 4 == 0 else ""
        plan = ("Starter", "Team")[number % 2]
        lines.append(f"A{number},{start},{end},{mrr + number},{plan}\n")
    return HEAD + "".join(lines)


def in_child(work: Callable[[], Any]) -> tuple[int, Any]:
    """Runs something in a process split off from this one, and waits for it and all that hold on
    to it: what it answered, and its exit status or the number of its signal, negative."""
    read, write = os.pipe()
    os.set_inheritable(write, True)
    child = os.fork()
    if not child:
        os.close(read)
        status = 1
        try:
            said = json.dumps(work()).encode()
            with open(write, "wb", closefd=False) as stream:
                stream.write(said)
            status = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)
    os.close(write)
    with open(read, "rb") as stream:
        answered = stream.read()  # ends when the last process that could write has ended
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), json.loads(answered) if answered else None


def run(operation: str) -> dict[str, Any]:
    """Does it in this process; its exit status, and what it said went wrong."""
    from cs_core import cli, datasets
    from cs_core.cli.bounds import bounded
    from cs_core.workspace import Workspace

    if operation == PAGE:
        workspace = Workspace()
        try:
            with TemporaryDirectory(
                dir=workspace.temporary(), ignore_cleanup_errors=True
            ) as folder:
                draft = Path(folder) / "read"
                files = [Path("new.csv").absolute()]
                datasets.inspect(files, draft)
                datasets.import_files(files, "acme", workspace, bounded=True, drafted=draft)
        except Exception as error:
            return {"status": 2, "said": _said(error)}
        return {"status": 0, "said": ""}
    words = list(WORDS[operation])
    told = Path("../told")  # not among what fails
    sys.stdout, sys.stderr = io.StringIO(), told.open("w")  # the command splits off another
    status = bounded(words, lambda: cli.main(words))
    sys.stderr.flush()
    return {"status": status, "said": told.read_text()}


def _said(error: Exception) -> str:
    """What a page says."""
    from cs_core.errors import KeizokuError, disk_error
    from cs_core.text import sentence

    error = disk_error(error) or error
    return sentence(error, "en") if isinstance(error, KeizokuError) else f"unforeseen: {error!r}"


def load_the_core() -> None:
    """Here, once, and not anew in every process split off: that is most of what one costs."""
    for package in ("cli", "datasets", "importers", "metrics", "studies", "warehouse", "workspace"):
        found = importlib.import_module(f"cs_core.{package}")
        for module in pkgutil.walk_packages(found.__path__, f"{found.__name__}."):
            importlib.import_module(module.name)
    if threading.active_count() > 1:
        raise SystemExit("a process with threads must not be split")


def world() -> dict[str, Any]:
    """What a person has, after a start."""
    from cs_core import datasets
    from cs_core.workspace import Workspace
    from cs_core.workspace.doctor import examine
    from cs_core.workspace.plays import kept_plays
    from cs_core.workspace.scores import score_cards
    from cs_core.workspace.tasks import kept_tasks

    workspace, found = Workspace(), {}
    for stored in workspace.datasets():
        with datasets.open_dataset(dataset=stored.name, workspace=workspace) as dataset:
            dataset.warehouse.read_through()
            figures = dataset.run("mrr_movements").rows
        found[stored.name] = {
            "figures": hashlib.sha256(str(figures).encode()).hexdigest()[:8],
            "files": [source.name for source in stored.sources],
            "undo": workspace.can_undo(stored.name),
            "scores": len(score_cards(workspace, stored.id)),
            "plays": [
                (play.name, play.is_on, str(play.ran)) for play in kept_plays(workspace, stored.id)
            ],
            "tasks": len(kept_tasks(workspace, stored.id)),
        }
    odd = {finding.code for finding in examine(workspace)} - {"set_aside", "in_quarantine"}
    return {"datasets": found, "odd": sorted(odd)}


def _beside(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    """What is not as it should be."""
    one, two = ({**known["datasets"], "odd": known["odd"]} for known in (found, wanted))
    odd = {name for name in one.keys() | two.keys() if one.get(name) != two.get(name)}
    return "; ".join(f"{name} {one.get(name)} for {two.get(name)}" for name in sorted(odd))


class Company:
    """One workspace in a folder, of which every trial has a copy under `trial`, which is also the
    current folder while something runs."""

    def __init__(
        self, folder: Path, operations: Sequence[str] = OPERATIONS, accounts: int = 60
    ) -> None:
        self.template, self.trial = folder / "template", folder / "trial"
        self.template.mkdir()
        for name, count, mrr in (("one", 40, 10), ("two", 50, 20), ("more", 8, 500)):
            (self.template / f"{name}.csv").write_text(rows(accounts * count // 40, mrr))
        (self.template / "new.csv").write_text(rows(accounts, 70))
        status, said = in_child(lambda: self._inside(self.template, self._fill))
        if status or said["status"]:
            raise SystemExit(f"the workspace could not be made: {said}")
        self.before, self.after = {}, {}
        load_the_core()
        for operation in operations:
            self.fresh()
            self.before[operation] = self.look()
            told = self.do(operation)
            if told is None or told["status"]:
                raise SystemExit(f"{operation} fails without a failure: {told}")
            self.after[operation] = self.look()

    def _inside(self, folder: Path, work: Callable[[], Any]) -> Any:
        os.chdir(folder)
        os.environ["KEIZOKU_HOME"] = str(folder / "home")
        return work()

    def _fill(self) -> Any:
        from cs_core import cli
        from cs_core.studies.plays.conditions import MrrAtLeast
        from cs_core.studies.plays.play import Play
        from cs_core.workspace import Workspace
        from cs_core.workspace.plays import save_play

        steps = (
            ("import", "one.csv", "--dataset", "beta"),
            ("import", "one.csv", "--dataset", "acme"),
            ("workspace", "backup", "old.zip"),
            ("import", "two.csv", "--dataset", "acme"),
        )
        sys.stdout = io.StringIO()
        for words in steps:
            if status := cli.main(list(words)):
                return {"status": status, "words": words}
        workspace = Workspace()
        for amount in (30, 50):
            play = Play(f"from {amount}", (MrrAtLeast(amount),), "call")
            key = workspace.dataset("acme").id
            save_play(workspace, key, play.name, play.as_json(), is_on=True)
        return {"status": 0}

    def fresh(self) -> None:
        shutil.rmtree(self.trial, ignore_errors=True)
        shutil.copytree(self.template, self.trial)

    def do(self, operation: str, first: Callable[[], None] = lambda: None) -> dict[str, Any] | None:
        """What came of it; None where it was killed. `first` is called in its process."""

        def work() -> Any:
            first()
            return self._inside(self.trial, lambda: run(operation))

        answered: dict[str, Any] | None = in_child(work)[1]
        return answered

    def look(self) -> dict[str, Any]:
        status, found = in_child(lambda: self._inside(self.trial, world))
        if status:
            raise SystemExit(f"the workspace does not open: {self.trial}")
        kept: dict[str, Any] = found
        return kept

    def judge(self, operation: str, told: dict[str, Any] | None) -> tuple[str, list[str]]:
        """`old` or `new`, and what of all that has to be true is not."""
        now, wrong = self.look(), []
        old, new = self.before[operation], self.after[operation]
        became = "new" if now == new and (now != old or (told and not told["status"])) else "old"
        if now not in (old, new):
            wrong.append(f"neither old nor new: {_beside(now, old)}, or {_beside(now, new)}")
        if told is not None and became != ("new" if told["status"] == 0 else "old"):
            wrong.append(f"status {told['status']}, and it is the {became}: {told['said']}")
        backup = self.trial / "new.zip"
        if operation == "backup" and backup.exists() and zipfile.ZipFile(backup).testzip():
            wrong.append("half a backup")
        if (
            operation == "backup"
            and told is not None
            and not told["status"]
            and not backup.exists()
        ):
            wrong.append("no backup")
        return became, wrong
