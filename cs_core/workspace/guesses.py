"""What a group guessed in lessons: figures and choices without names, until they are cleared."""

from __future__ import annotations

from datetime import UTC, datetime

from cs_core.workspace.state import transaction
from cs_core.workspace.store import Workspace

MOST = 2_000  # the newest of all


def keep_guess(workspace: Workspace, asked: str, said: str) -> None:
    """`asked` is the lesson with its settings, `said` what was guessed."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with transaction(workspace.state, write=True) as db:
        db.execute("INSERT INTO lesson_guesses VALUES (?, ?, ?)", (asked, said, now))
        db.execute(
            "DELETE FROM lesson_guesses WHERE rowid <= (SELECT MAX(rowid) FROM lesson_guesses) - ?",
            (MOST,),
        )


def kept_guesses(workspace: Workspace) -> dict[str, list[str]]:
    """By lesson with its settings, the one guessed last first; the guesses in their order."""
    with transaction(workspace.state, write=False) as db:
        rows = db.execute("SELECT asked, said FROM lesson_guesses ORDER BY rowid").fetchall()
    found: dict[str, list[str]] = {}
    for asked, said in rows:
        found[asked] = [*found.pop(asked, []), said]
    return dict(reversed(found.items()))


def clear_guesses(workspace: Workspace) -> None:
    with transaction(workspace.state, write=True) as db:
        db.execute("DELETE FROM lesson_guesses")
