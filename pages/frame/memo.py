"""Answers kept in memory for who asks the same again.

Streamlit's own caches take function and arguments apart on every rerun, which is more than
looking up a question that can stand as a key itself: twenty stand behind a page.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from itertools import count
from typing import Any, ClassVar, TypeVar
from weakref import WeakSet

import pandas

T = TypeVar("T")
MOST_BYTES = 64 * 2**20
_NOTHING = object()
_OVERHEAD = 1000  # of a question and its place, which are small and alike


def size_of(value: object) -> int:
    """About how many bytes a value holds: frames, arrays, and what containers and dataclasses
    hold, each once. Other objects are not looked into: they may lead to the dataset itself."""
    seen: set[int] = set()
    waiting, found = [value], 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type):
            continue
        seen.add(id(one))
        if isinstance(one, pandas.DataFrame):
            found += int(one.memory_usage(deep=True).sum())
        elif isinstance(one, pandas.Series):
            found += int(one.to_frame().memory_usage(deep=True).sum())
        else:
            found += sys.getsizeof(one)
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            waiting += one
        elif is_dataclass(one):
            waiting += [getattr(one, field.name) for field in fields(one)]
            waiting += getattr(one, "__dict__", {}).values()  # what it worked out and keeps
    return found


class _Answer:
    def __init__(self) -> None:
        self.value: Any = _NOTHING
        self.bytes = _OVERHEAD
        self.used = 0
        self.making = threading.Lock()


class Memo:
    """Answers to questions, of all memos together at most `MOST_BYTES`; the one not asked for
    longest goes first, whichever memo it stands in. An answer is made by one thread while others
    wait for it; an error is not kept."""

    _all: ClassVar[WeakSet[Memo]] = WeakSet()
    _lock: ClassVar[threading.Lock] = threading.Lock()
    _clock: ClassVar[count[int]] = count()

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()
        self._bytes = 0
        with self._lock:
            self._all.add(self)

    def get(self, question: Hashable, make: Callable[[], T]) -> T:
        """The answer, made if need be. Everybody is given the same one."""
        with self._lock:
            answer = self._answers.get(question)
            if answer is None:
                answer = self._answers[question] = _Answer()
                self._bytes += answer.bytes
            answer.used = next(self._clock)
            self._answers.move_to_end(question)
        if answer.value is _NOTHING:
            with answer.making:
                if answer.value is _NOTHING:
                    self._make(question, answer, make)
        kept: T = answer.value
        return kept

    def knows(self, question: Hashable) -> bool:
        """Whether the answer is there already."""
        with self._lock:
            answer = self._answers.get(question)
        return answer is not None and answer.value is not _NOTHING

    def _make(self, question: Hashable, answer: _Answer, make: Callable[[], T]) -> None:
        try:
            answer.value = make()
        finally:
            more = 0 if answer.value is _NOTHING else size_of(answer.value)
            with self._lock:
                if self._answers.get(question) is answer:
                    if answer.value is _NOTHING:
                        self._forget(question)
                    else:
                        answer.bytes += more
                        self._bytes += more
                        self._make_room()

    def _forget(self, question: Hashable) -> None:
        self._bytes -= self._answers.pop(question).bytes

    @classmethod
    def _make_room(cls) -> None:
        while sum(memo._bytes for memo in cls._all) > MOST_BYTES:
            filled = [memo for memo in cls._all if memo._answers]
            oldest = min(filled, key=lambda memo: next(iter(memo._answers.values())).used)
            oldest._forget(next(iter(oldest._answers)))
