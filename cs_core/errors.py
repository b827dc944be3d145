"""One tree of errors. An error carries a code and its fields; the sentence is in `text/`.

`str(error)` is for logs only. People see `text.sentence(error, language)`.
"""

from __future__ import annotations


class KeizokuError(Exception):
    """Anything a person can cause. `code` names a sentence `error.<code>` in the catalogues."""

    exit_status = 2

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code, fields)
        self.code = code
        self.fields = fields

    def __str__(self) -> str:
        return f"{self.code} {self.fields}"


class InputError(KeizokuError):
    """The file, or how it was to be read, cannot be used. Exit status 2."""


class UsageError(KeizokuError):
    """The question was put wrongly: an unknown metric, option or value. Exit status 2."""


class CannotAnswerError(KeizokuError):
    """The question is sound and this data has no answer to it. Exit status 1."""

    exit_status = 1


class WorkspaceError(KeizokuError):
    """The workspace cannot be read or written: disk full, read-only, newer version. Exit 2."""
