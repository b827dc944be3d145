"""Datasets that are open, counted by who reads them.

One in use is never closed: neither because an hour has passed nor because more datasets are asked
for than stay open. It goes when its last reader has given it back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar


class Closing(Protocol):
    def close(self) -> None: ...


T = TypeVar("T", bound=Closing)


class _Handle(Generic[T]):
    def __init__(self) -> None:
        self.opening = threading.Lock()
        self.opened: T | None = None
        self.readers = 0
        self.given_back = 0.0


class Handles(Generic[T]):
    """At most `most` stay open while nobody reads them, each for `seconds` at the most."""

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._handles: dict[Hashable, _Handle[T]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def lease(self, key: Hashable, make: Callable[[], T]) -> Iterator[T]:
        """What is open under that key, made if need be and the same for everybody; it stays open
        until the block ends."""
        with self._lock:
            handle = self._handles.setdefault(key, _Handle())
            handle.readers += 1
        try:
            with handle.opening:
                if handle.opened is None:
                    handle.opened = make()
                opened = handle.opened
            yield opened
        finally:
            with self._lock:
                handle.readers -= 1
                handle.given_back = self._clock()
                gone = self._unused()
            for each in gone:
                each.close()

    def _unused(self) -> list[T]:
        """Takes out what is to be closed: of those nobody reads the ones longest unused."""
        idle = [key for key, handle in self._handles.items() if not handle.readers]
        idle.sort(key=lambda key: self._handles[key].given_back)
        too_old = self._clock() - self._seconds
        gone = []
        for place, key in enumerate(idle):
            handle = self._handles[key]
            one_too_many = place < len(idle) - self._most
            if handle.opened is None or one_too_many or handle.given_back < too_old:
                del self._handles[key]
                if handle.opened is not None:
                    gone.append(handle.opened)
        return gone
