"""Every expression over what a file holds takes time that grows with the text and no faster."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cs_core import importers
from cs_core.importers.cells import dates, numbers, words
from cs_core.importers.columns import headers

# What a text that is meant to be slow repeats.
TOKENS = (
    " ", "1", "a", "A", "aA", ",", ".", "-", "(", ")", "/", "1,", "1 ", " (", "a ", " a", "'",
    '"', '""', "月", "年", " 月", "1.", "-1", ":", "00:00 ", "T1", " at ", "\t", "\n", "[", "_",
    "per ", " / ", "(月", "\x00", "<c ", "<c r=", '<c r="A1">', "<c><f>", "<f>", "\\", "mo", "[a-",
)  # fmt: skip
SHORT, FACTOR = 250, 8
LINEAR = 2.5 * FACTOR
# Seconds below which a run is all overhead.
LEAST = 50e-6
Expression = re.Pattern[str] | re.Pattern[bytes]
Run = Callable[[Any], object]


def _in(found: object) -> Iterator[Expression]:
    if isinstance(found, re.Pattern):
        yield found
    elif isinstance(found, dict):
        for value in found.values():
            yield from _in(value)
    elif isinstance(found, tuple | list):
        for value in found:
            yield from _in(value)


def expressions() -> dict[str, Expression]:
    """Those compiled once, and those written where they are used."""
    found = {}
    for info in pkgutil.walk_packages(importers.__path__, "cs_core.importers."):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            for pattern in _in(value):
                found[f"{info.name} {pattern.pattern!r}"] = pattern
        with open(str(module.__file__), encoding="utf-8") as stream:
            tree = ast.parse(stream.read())
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re")), args=[first, *_]):
                    if isinstance(first, ast.Constant):
                        found[f"{info.name} {first.value!r}"] = re.compile(first.value)
    for columns in headers._patterns().values():
        for pattern in _in(columns):
            found[f"names.toml {pattern.pattern!r}"] = pattern
    return found


def taken(run: Run, text: Any) -> float:
    """The least of two runs, in seconds of this process."""
    times = []
    for _ in range(2):
        start = time.process_time_ns()
        run(text)
        times.append(time.process_time_ns() - start)
    return min(times) / 1e9


def grows(run: Run, pattern: Expression | None, begin: str, token: str, end: str) -> float:
    """How much longer FACTOR times the text takes: FACTOR when linear, FACTOR² when not."""
    texts: list[Any] = [begin + token * (n // len(token)) + end for n in (SHORT, SHORT * FACTOR)]
    if pattern is not None and isinstance(pattern.pattern, bytes):
        texts = [text.encode() for text in texts]
    ratio = 0.0
    for _ in range(3):  # another process may have taken the time
        short, long = (taken(run, text) for text in texts)
        ratio = long / max(short, LEAST)
        if ratio < LINEAR:
            break
    return ratio


@pytest.mark.parametrize(("name", "pattern"), expressions().items(), ids=str)
def test_an_expression_is_linear(name: str, pattern: Expression) -> None:
    for token in TOKENS:
        for begin, end in (("", "!"), ("1", "a"), ("a", "1\n1"), ("<c><f>", "")):
            for run in (pattern.search, pattern.fullmatch):
                assert grows(run, pattern, begin, token, end) < LINEAR, (begin, token, end)


@pytest.mark.parametrize(
    "read",
    [
        dates.readings,
        dates.is_serial,
        numbers.take_apart,
        numbers.is_number,
        words.interval,
        words.status,
        words.flag,
        lambda text: headers.known_count([text]),
        lambda text: headers.confidence(text, "subscriptions", "mrr"),
        headers.month_of,
    ],
)
def test_a_cell_is_read_in_linear_time(read: Run) -> None:
    for token in TOKENS:
        for begin, end in (("", ""), ("1", "x"), ("2024-01-01", "x"), ("a", "1")):
            assert grows(read, None, begin, token, end) < LINEAR, (begin, token, end)
