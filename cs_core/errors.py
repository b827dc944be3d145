"""One tree of errors. An error carries a code and its fields; the sentence is in `text/`.

`str(error)` is its sentence in the system's language, as the command line says it;
`text.sentence(error, language)` gives it in another.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from difflib import get_close_matches

_NO_SPACE = f"[Errno {errno.ENOSPC}]"  # libraries that give no number write it


class KeizokuError(Exception):
    """Anything a person can cause. `code` names a sentence `error.<code>` in the catalogues."""

    exit_status = 2

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code, fields)
        self.code = code
        self.fields = fields

    @property
    def nearest(self) -> str | None:
        """The known word that was probably meant, where a word was not known: `known`, a list
        with commas, is given right after the wrong one."""
        names, known = list(self.fields), self.fields.get("known")
        if "nearest" in names or not isinstance(known, str) or names[0] == "known":
            meant = self.fields.get("nearest")
            return None if meant is None else str(meant)
        wrong = self.fields[names[names.index("known") - 1]]
        return nearest(str(wrong), known.split(", "))

    def __str__(self) -> str:
        from cs_core.text import sentence
        from cs_core.text.system import system_language

        try:
            return sentence(self, system_language()[0])
        except KeyError:  # an error without its sentence must not hide what went wrong
            return repr(self)


class InputError(KeizokuError):
    """The file, or how it was to be read, cannot be used. Exit status 2."""


class UsageError(KeizokuError):
    """The question was put wrongly: an unknown metric, option or value. Exit status 2."""


class CannotAnswerError(KeizokuError):
    """The question is sound and this data has no answer to it. Exit status 1."""

    exit_status = 1


class WorkspaceError(KeizokuError):
    """The workspace cannot be read or written: disk full, read-only, newer version. Exit 2."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, None where none is close. Given to an error as
    `nearest`, it is asked after its sentence."""
    folded = {name.casefold(): name for name in reversed([*known])}
    found = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def disk_error(error: BaseException) -> WorkspaceError | None:
    """A full or failing disk as ours; None where the system says something else."""
    if not isinstance(error, OSError):
        return None
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or _NO_SPACE in str(error):
        return WorkspaceError("disk_full")
    return WorkspaceError("disk_failed") if error.errno == errno.EIO else None


def of_system(error: BaseException) -> WorkspaceError | None:
    """What the system says of the workspace's disk, as ours."""
    if isinstance(error, OSError) and error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return WorkspaceError("workspace_read_only")
    return disk_error(error)
