"""How far reading has come, for whoever waits for it.

Reading says where it is within the step it is in; steps lie in spans of the whole. Nobody hears
it unless `listen` was called: a child process does, for its parent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_listener: Callable[[float], None] | None = None
_low, _high = 0.0, 1.0


def listen(listener: Callable[[float], None]) -> None:
    """From now on `listener` is given the share of all work that is done, 0 to 1."""
    global _listener
    _listener = listener


def at(share: float) -> None:
    """This share of the current step is done."""
    if _listener is not None:
        _listener(_low + (_high - _low) * min(1.0, share))


@contextmanager
def step(low: float, high: float) -> Iterator[None]:
    """What is done inside takes this span of the current step."""
    global _low, _high
    outer = (_low, _high)
    width = _high - _low
    _low, _high = _low + width * low, _low + width * high
    try:
        yield
        at(1.0)
    finally:
        _low, _high = outer
