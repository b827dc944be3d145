"""Operations killed at random moments, many times: the whole old or the whole new.

    python -m tests.bench.kills --times 1000
    python -m tests.bench.kills --times 90 --seed 2 --only import append

A kill is the operating system's, of the process alone or of it and all it began, as fits a crash
and a power cut. After each a start finds the whole old workspace or the whole new one; and what
was there before is untouched. Where the moments fall is printed, so that it can be seen that both
happened. `faults` kills before each single step instead.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.bench.operations import OPERATIONS, Company


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=OPERATIONS, choices=OPERATIONS)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    wrong = 0
    outcomes: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as name:
        company = Company(Path(name).resolve(), given.only)
        seconds = {operation: took(company, operation) for operation in given.only}
        for _ in range(given.times):
            operation = draw.choice(given.only)
            company.fresh()
            after, everyone = draw.uniform(0.0, seconds[operation] * 1.1), draw.random() < 0.5
            told = killed(company, operation, after, everyone)
            state, found = company.judge(operation, told)
            outcomes[operation, state if told is None else "done before"] += 1
            wrong += bool(found)
            for words in found:
                print(f"  {operation}, killed after {after:.3f} s: {words[:600]}", flush=True)
    for operation in given.only:
        counts = {how: n for (which, how), n in sorted(outcomes.items()) if which == operation}
        print(f"{operation:20} {counts}")
    print(f"{given.times} kills, {wrong} wrong")
    return int(bool(wrong))


def took(company: Company, operation: str) -> float:
    company.fresh()
    begun = time.perf_counter()
    company.do(operation)
    return time.perf_counter() - begun


def killed(
    company: Company, operation: str, after: float, everyone: bool
) -> dict[str, object] | None:
    """Does it, and kills it so many seconds after it began; what it told where it had ended."""

    def first() -> None:
        own = os.getpid()
        os.setpgid(0, 0)
        if not os.fork():  # whoever kills it is in no way part of it
            os.setpgid(0, 0)
            os.closerange(3, 256)
            time.sleep(after)
            if os.getppid() == own:
                (os.killpg if everyone else os.kill)(own, signal.SIGKILL)
            os._exit(0)

    return company.do(operation, first)


if __name__ == "__main__":
    sys.exit(main())
