"""Answers kept in memory for who asks the same again.

Streamlit's own caches take function and arguments apart on every rerun, which is more than
looking up a question that can stand as a key itself: twenty stand behind a page.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
_NOTHING = object()


class _Answer:
    def __init__(self) -> None:
        self.value: Any = _NOTHING
        self.making = threading.Lock()


class Memo:
    """At most so many answers; the one not asked for longest goes first. An answer is made by
    one thread while others wait for it; an error is not kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, question: Hashable, make: Callable[[], T]) -> T:
        """The answer, made if need be. Everybody is given the same one."""
        with self._lock:
            answer = self._answers.get(question)
            if answer is None:
                answer = self._answers[question] = _Answer()
                if len(self._answers) > self._most:
                    self._answers.popitem(last=False)
            self._answers.move_to_end(question)
        if answer.value is _NOTHING:
            with answer.making:
                if answer.value is _NOTHING:
                    answer.value = make()
        kept: T = answer.value
        return kept
