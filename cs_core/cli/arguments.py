"""What can be typed: one list of commands, one list of options, each with its commands.

argparse only takes the words apart. Values are checked where they mean something, so that every
mistake becomes a KeizokuError with a sentence in the person's language.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from cs_core.cli.bounds import FILES as _FILES
from cs_core.errors import UsageError, nearest

_REPORTS = ("report", "verify")
_QUESTIONS = ("query", "sql", "explain", "compare", "risk")
_MADE = ("report", "share")
_FILTERED = (*_QUESTIONS, "report", "share")
_PLAYS = ("plays", "tasks", "contacts", "digest")
_OBJECTS = (
    "check",
    "import",
    "refresh",
    "simulate",
    "fit",
    "digest",
)  # several tables in one answer
_ROWS = ("query", "explain", "compare", "risk", "tasks", "contacts")
_TAKEN = ("export", "export-sql")
_ONE_SET = (*_TAKEN, "query", "sql", "explain", "risk", "simulate")

# Command -> what may follow it, as shown in help.
COMMANDS = {
    "check": "FILE…",
    "import": "FILE… --dataset NAME",
    "refresh": "SOURCES.toml [--dataset NAME]",
    "metrics": "[METRIC…]",
    "query": "METRIC (FILE… | --dataset NAME)",
    "sql": "METRIC [FILE… | --dataset NAME]",
    "export": "TABLE (FILE… | --dataset NAME) --out FILE.parquet|.csv",
    "export-sql": "DIR (FILE… | --dataset NAME)",
    "explain": "METRIC (FILE… | --dataset NAME) --at KEY=VALUE…",
    "compare": "(FILE… | --dataset NAME) --presets A,B --metric METRIC",
    "risk": "(FILE… | --dataset NAME)",
    "plays": "list | preview [NAME] | on NAME | off NAME | run --dataset NAME",
    "tasks": "list | done ID… | dismiss ID… | reopen ID… | export FILE.csv|.ics --dataset NAME",
    "contacts": "--dataset NAME",
    "digest": "--dataset NAME",
    "report": "(FILE… | --dataset NAME) --out FILE.html|.pdf|.xlsx|.eml",
    "verify": "REPORT.html (FILE… | --dataset NAME)",
    "share": "make --dataset NAME | list | revoke ID…",
    "simulate": "(FILE… | --dataset NAME) --assumptions A.toml",
    "fit": "FILE.csv --model sbg|bdw|geometric",
    "demo": "--out DIR",
    "lesson": "(NUMBER | NAME) --out FILE.html",
    "mcp": "(FILE… | --dataset NAME)",
    "config": "",
    "policies": "",
    "presets": "",
    "help": "[COMMAND | METRIC | POLICY | PRESET]",
    "completion": "bash | zsh | fish",
    "workspace": "list | backup FILE | restore FILE | delete NAME | undo NAME | rename NAME NEW"
    " | quarantine | discard PLACE",
    "doctor": "",
}
EVERY = tuple(COMMANDS)
_DEMO = "sample_data/demo/subscriptions.csv"
# Shown in help; they run as they stand in the repository's folder.
EXAMPLES = (
    f"check {_DEMO} --format table",
    f"query churn {_DEMO} --by plan --preset stripe --top 3",
    f"query mrr_movements {_DEMO} --from 2025-01 --sort closing_mrr:desc --out movements.xlsx",
    "import sample_data/demo/*.csv --dataset acme",
    "explain mrr_movements --dataset acme --at month=2025-08 --at column=churned_mrr",
    "sql cohorts --dataset acme",
    f"sql churn {_DEMO} --by plan --from-raw",
    f"compare {_DEMO} --presets keizoku,stripe --metric churn",
    "risk --dataset acme --top 20 --sort mrr_at_risk:desc",
    "plays list --dataset acme",
    "digest --dataset acme",
    "demo --out company --accounts 200",
    "lesson compound --out lesson.html",
    "help churn",
    "completion bash",
)


@dataclass(frozen=True)
class Option:
    """`value` is what stands for its value in help, "" for a switch; `many` may be repeated.

    `kind` is how the value is read: text, whole (number), number, day, choice (one of the words of
    `value`) or pairs. `group` is what it is a field of: "question" (`metrics.Options`) or "read"
    (`importers.ReadOptions`).
    """

    name: str
    value: str
    commands: tuple[str, ...]
    many: bool = False
    kind: str = "text"
    group: str = ""

    @property
    def field(self) -> str:
        name = self.name[2:].replace("-", "_")
        return {"from": "first", "to": "last"}.get(name, name)


OPTIONS = (
    Option("--lang", "en|ja", EVERY, kind="choice"),
    Option("--format", "table|csv|json", EVERY, kind="choice"),
    Option("--debug", "", EVERY),
    Option("--help", "", EVERY),
    Option(
        "--dataset",
        "NAME",
        ("import", "refresh", *_TAKEN, "simulate", "mcp", *_PLAYS, *_QUESTIONS, *_REPORTS, "share"),
    ),
    Option("--encoding", "NAME", (*_FILES, "fit"), group="read"),
    Option("--delimiter", "CHARACTER", (*_FILES, "fit"), group="read"),
    Option("--date-order", "ymd|dmy|mdy", _FILES, kind="choice", group="read"),
    Option("--end-date", "exclusive|inclusive", _FILES, kind="choice", group="read"),
    Option("--tax-rate", "PERCENT", _FILES, group="read"),
    Option("--duplicates", "set-aside|keep", _FILES, kind="choice", group="read"),
    Option("--same-accounts", "join|keep", _FILES, kind="choice", group="read"),
    Option("--totals", "set-aside|keep", _FILES, kind="choice", group="read"),
    Option("--decimal", ",|.", _FILES, kind="choice", group="read"),
    Option("--amount-unit", "minor|major|thousand", _FILES, kind="choice", group="read"),
    Option(
        "--shape",
        "intervals|states|bills|events|matrix|tenures",
        _FILES,
        kind="choice",
        group="read",
    ),
    Option("--tenure-unit", "day|week|month|quarter|year", _FILES, kind="choice", group="read"),
    Option("--amount-per", "term|month|quarter|year", _FILES, kind="choice", group="read"),
    Option("--amount-is", "level|change", _FILES, kind="choice", group="read"),
    Option("--column", "COLUMN=HEADER", _FILES, many=True, kind="pairs"),
    Option("--nothing", "TEXT,TEXT…", _FILES),
    Option("--year", "YYYY", _FILES, kind="whole", group="read"),
    Option("--mapping", "FILE.toml", _FILES),
    Option("--unbounded", "", _FILES),
    Option("--table", "FILE=TABLE", _FILES, many=True, kind="pairs"),
    Option("--known", "FIGURE[@MONTH]=VALUE", ("check",), many=True, kind="pairs"),
    Option("--set-aside", "OUT.csv", ("import",)),
    Option("--append", "", ("import",)),
    Option("--policy", "NAME=VALUE", (*_ONE_SET, *_REPORTS, "share"), many=True, kind="pairs"),
    Option("--preset", "NAME", (*_ONE_SET, "report", "share")),
    Option("--presets", "A,B", ("compare",)),
    Option("--metric", "METRIC", ("compare",)),
    Option("--as-of", "DATE", (*_TAKEN, *_FILTERED, "simulate"), kind="day", group="question"),
    Option("--from", "MONTH", _FILTERED, group="question"),
    Option("--to", "MONTH", _FILTERED, group="question"),
    Option("--period", "month|week|quarter|year", ("export-sql", *_FILTERED), group="question"),
    Option("--fiscal-start", "1-12", ("export-sql", *_FILTERED), kind="whole", group="question"),
    Option("--by", "COLUMN", ("export-sql", *_QUESTIONS), many=True),
    Option("--where", "COLUMN=VALUE", (*_FILTERED, "simulate"), many=True, kind="pairs"),
    Option("--currency", "CODE", ("import", *_TAKEN, "simulate", *_FILTERED), group="question"),
    Option("--window", "MONTHS", _QUESTIONS, kind="whole", group="question"),
    Option("--unit", "day|month", _QUESTIONS, group="question"),
    Option("--spells", "first|all", _QUESTIONS, group="question"),
    Option("--logrank", "", ("query",)),
    Option(
        "--horizon-days",
        "30|60|90|180",
        ("query", "sql", "risk", "report", "share"),
        kind="whole",
        group="question",
    ),
    Option("--status", "open|done|dismissed", ("tasks",), kind="choice"),
    Option("--owner", "NAME", ("tasks",)),
    Option("--webhook", "URL|saved", ("digest",)),
    Option("--from-raw", "", ("sql",)),
    Option("--metrics", "DIR", ("metrics", "query", "sql", "compare", "mcp", "report", "verify")),
    Option("--engine", "NAME", ("sql",)),
    Option("--schema", "NAME", ("sql",)),
    Option("--names", "", ("mcp",)),
    Option("--at", "KEY=VALUE…", ("explain",), many=True, kind="pairs"),
    Option("--assumptions", "A.toml", ("simulate",)),
    Option("--draws", "N", ("simulate",), kind="whole"),
    Option("--model", "sbg|bdw|geometric", ("fit",), kind="choice"),
    Option("--fit-periods", "N", ("fit",), kind="whole"),
    Option("--periods", "N", ("fit",), kind="whole"),
    Option("--discount", "D", ("fit",), kind="number"),
    Option("--accounts", "N", ("demo",), kind="whole"),
    Option("--months", "N", ("demo",), kind="whole"),
    Option("--seed", "N", ("simulate", "demo"), kind="whole"),
    Option("--sort", "COLUMN[:desc]", _ROWS),
    Option("--top", "N", _ROWS, kind="whole"),
    Option("--part", "NAME", ("risk", *_OBJECTS)),
    Option("--out", "FILE|DIR", ("demo", "lesson", "export", *_ROWS, *_OBJECTS, "report")),
    Option(
        "--page",
        "NAME",
        (
            "report",
            "share",
        ),
    ),
    Option("--definitions", "NAME", (*_REPORTS, "share")),
    Option(
        "--mask",
        "",
        (
            "report",
            "share",
        ),
    ),
    Option(
        "--filter",
        "COLUMN",
        (
            "report",
            "share",
        ),
    ),
    Option(
        "--title",
        "TEXT",
        (
            "report",
            "share",
        ),
    ),
    Option(
        "--note",
        "TEXT",
        (
            "report",
            "share",
        ),
    ),
    Option("--days", "N", ("share",), kind="whole"),
    Option("--refresh", "", ("share",)),
    Option("--if-changed", "", ("report",)),
    Option("--replace", "", ("workspace",)),
    Option("--mend", "", ("doctor",)),
)


class Arguments:
    """The words of one command line. Every reader raises UsageError for what is not there or
    cannot be read; an option that was not given is None."""

    def __init__(self, command: str, words: Sequence[str], options: dict[str, object]) -> None:
        self.command = command
        self.words = list(words)
        self._options = options

    @property
    def form(self) -> str:
        """The format asked for; a table for a person at a terminal, else JSON."""
        return self.choice("--format") or ("table" if sys.stdout.isatty() else "json")

    @cached_property
    def _scratch(self) -> TemporaryDirectory[str]:
        return TemporaryDirectory()

    def paths(self, words: Iterable[str]) -> list[Path]:
        """The files that words name; what comes as a stream lies in a folder of its own as long
        as these arguments live. Raises InputError for a file there is not."""
        from cs_core.datasets.sources import files_of

        return files_of(list(words), Path(self._scratch.name))

    def text(self, option: str) -> str | None:
        value = self._options.get(option)
        return None if value is None else str(value)

    def value(self, option: str) -> Any:
        """The value as its kind says, None where the option was not given."""
        kind = next(item for item in OPTIONS if item.name == option).kind
        if kind == "choice":
            return self.choice(option)
        if kind == "pairs":
            return dict(self.pairs(option)) or None
        readers = {"whole": self.number, "number": self.decimal, "day": self.day}
        return readers.get(kind, self.text)(option)

    def fields(self, group: str) -> dict[str, Any]:
        """Every option of a group that was given, under its field's name."""
        given = {item.field: self.value(item.name) for item in OPTIONS if item.group == group}
        return {name: value for name, value in given.items() if value is not None}

    def needed(self, option: str) -> str:
        value = self.text(option)
        if value is None:
            raise UsageError("option_needed", command=self.command, option=option)
        return value

    def switch(self, option: str) -> bool:
        return bool(self._options.get(option))

    def number(self, option: str) -> int | None:
        value = self.text(option)
        if value is None:
            return None
        if not value.removeprefix("-").isdecimal() or len(value) > 18:
            raise UsageError("option_not_whole", option=option, value=value)
        return int(value)

    def decimal(self, option: str) -> float | None:
        value = self.text(option)
        if value is None:
            return None
        try:
            return float(value)
        except ValueError as error:
            raise UsageError("option_not_a_number", option=option, value=value) from error

    def day(self, option: str) -> date | None:
        value = self.text(option)
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise UsageError("option_not_a_date", option=option, value=value) from error

    def choice(self, option: str) -> str | None:
        """One of the words that the option's help shows."""
        value = self.text(option)
        known = next(item for item in OPTIONS if item.name == option).value.split("|")
        if value is not None and value not in known:
            names = ", ".join(known)
            raise UsageError("unknown_option_value", option=option, value=value, known=names)
        return value

    def no_more_words(self, allowed: int) -> None:
        if len(self.words) > allowed:
            raise UsageError("unexpected_word", command=self.command, word=self.words[allowed])

    def words_of(self, option: str) -> list[str]:
        """The values of a repeated option."""
        given = self._options.get(option) or []
        assert isinstance(given, list)
        return [str(value) for value in given]

    def pairs(self, option: str) -> list[tuple[str, str]]:
        """The values of a repeated KEY=VALUE option, split at the first `=`."""
        given = self._options.get(option) or []
        assert isinstance(given, list)
        pairs = []
        for text in given:
            key, sign, value = text.partition("=")
            if not sign or not key:
                raise UsageError("option_not_a_pair", option=option, value=text)
            pairs.append((key, value))
        return pairs


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError("usage", detail=message)


def parse(argv: Sequence[str]) -> Arguments:
    """Takes the words apart. Raises UsageError for an unknown command or option, an option
    without its value, and an option of another command."""
    parser = _Parser(add_help=False, allow_abbrev=False, exit_on_error=False)
    for option in OPTIONS:
        if not option.value:
            parser.add_argument(option.name, action="store_true", default=None)
        elif option.many:
            parser.add_argument(option.name, action="append")
        else:
            parser.add_argument(option.name)
    argv = ["--help" if word == "-h" else word for word in argv]
    end = argv.index("--") if "--" in argv else len(argv)  # what follows is words, as it stands
    try:
        found, words = parser.parse_known_args(argv[:end])
    except argparse.ArgumentError as error:
        raise UsageError("option_without_value", option=error.argument_name) from error
    options = {
        option.name: value
        for option in OPTIONS
        if (value := getattr(found, option.name[2:].replace("-", "_"))) is not None
    }
    for word in words:
        if word.startswith("-") and word != "-":
            wrong = word.split("=")[0]
            meant = nearest(wrong, [option.name for option in OPTIONS])
            raise UsageError("unknown_option", option=wrong, nearest=meant)
    words += argv[end + 1 :]
    command = words.pop(0) if words else ""
    if "--help" in options:
        return Arguments(command, words, options)
    if not command:
        raise UsageError("no_command", known=", ".join(COMMANDS))
    if command not in COMMANDS:
        raise UsageError("unknown_command", command=command, known=", ".join(COMMANDS))
    for option in OPTIONS:
        if option.name in options and command not in option.commands:
            raise UsageError("option_of_another_command", command=command, option=option.name)
    if "--at" in options:
        # `--at a=1 b=2 c=3`: the pairs after the first are words by now.
        at = options["--at"]
        assert isinstance(at, list)
        at += [word for word in words[1:] if _is_pair(word)]
        words = words[:1] + [word for word in words[1:] if not _is_pair(word)]
    return Arguments(command, words, options)


def _is_pair(word: str) -> bool:
    key, sign, _ = word.partition("=")
    return bool(sign) and key.isidentifier()
