"""Made-up companies written in every shape and read back: none may differ in silence.

python -m tests.bench.understanding            1 000 companies
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from tests.core.importers.companies import SHAPES, made
from tests.core.importers.understanding import outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    silent = []
    counts: Counter[tuple[str, str]] = Counter()
    shapes = list(SHAPES)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(given.first, given.first + given.companies):
            shape = shapes[seed % len(shapes)]
            said = outcome(made(seed), shape, seed, Path(folder))
            known = said in ("same", "asked", "warned")
            counts[shape, said if known else "differs"] += 1
            if not known:
                silent.append(said)
    for (shape, said), count in sorted(counts.items()):
        print(f"{shape:10} {said:8} {count:5}")
    if silent:
        print("\n".join(silent[:10]))
        raise SystemExit(f"{len(silent)} differ in silence")


if __name__ == "__main__":
    main()
