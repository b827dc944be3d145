"""How often do the intervals hold? Run: python -m tests.bench.truth [claim …] [--companies N]
[--seed N] [--write]

Companies are simulated whose future is known, each claim is asked of the core's own functions, and
what came true is counted: claim, world, n, stated, observed, verdict. Without a claim all are run.
`--write` puts what was run into the table of `docs/coverage.md`, in place of the same claims'
rows; it may be done in parts. `CLAIMS` is the registry: a claim takes a world, a
random generator and how many companies, and returns rows.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

# Each adds claims to the registry when it is imported.
MODULES = tuple(f"tests.bench.truth_{part}" for part in ("retention", "lifetime", "trend", "risk"))
DOCS = Path(__file__).resolve().parents[2] / "docs" / "coverage.md"
COMPANIES, SEED = 300, 1
CLOSE = 0.03  # to what is stated


@dataclass(frozen=True)
class Row:
    """One claim in one world. `stated` and `observed` are shares; `bias` is the mean relative error
    of the point where there is one. `said` is a code of `model.note` where the product says that
    the limits hold under a condition. What is no share of companies has another `close`."""

    claim: str
    world: str
    n: int
    stated: float
    observed: float
    bias: float | None = None
    said: str = ""
    close: float = CLOSE

    @property
    def verdict(self) -> str:
        # The share of n that hold has an error of its own.
        if abs(self.observed - self.stated) <= self.close:
            return "holds"
        if self.observed > self.stated and self.close == CLOSE:
            return "wider than stated"
        return f"said: {self.said}" if self.said else "DOES NOT HOLD"


Claim = Callable[[int, int], Iterator[Row]]
CLAIMS: dict[str, Claim] = {}


def claim(function: Claim) -> Claim:
    """Adds a claim to the registry under its function's name: `(companies, seed) -> rows`."""
    CLAIMS[function.__name__] = function
    return function


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    lines = [
        "| claim | world | n | stated | observed | bias | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        bias = "" if row.bias is None else f"{row.bias:+.1%}"
        lines.append(
            f"| {row.claim} | {row.world} | {row.n} | {row.stated:.0%} | {row.observed:.1%}"
            f" | {bias} | {row.verdict} |"
        )
    return "\n".join(lines)


INTRODUCTION = """# How often the intervals hold

Every interval Keizoku shows is a claim: "in 95 of 100 companies the truth lies inside". Here the
claims are put to companies that were simulated, so that the truth is known. Written by
`python -m tests.bench.truth`, last on {today}.

*n* companies each; *stated* is what the interval says of itself, *observed* how often the truth lay
inside; *bias* is the mean relative error of the figure. "Holds" is within three points of what is
stated, for departures over those foretold within a tenth, for slopes within 0.15. Where a verdict
begins with "said", the product says beside the figure under which condition its limits hold, and
shows one that needs no such condition first.

"""


def main(words: Sequence[str]) -> None:
    for module in MODULES:
        import_module(module)
    asked = ArgumentParser()
    asked.add_argument("claims", nargs="*")
    asked.add_argument("--companies", type=int, default=COMPANIES)
    asked.add_argument("--seed", type=int, default=SEED)
    asked.add_argument("--write", action="store_true")
    given = asked.parse_args(words)
    for name in given.claims or CLAIMS:
        begun, rows = time.process_time(), list[Row]()
        for row in CLAIMS[name](given.companies, given.seed):
            print(table([row]).splitlines()[-1], flush=True)
            rows.append(row)
        print(f"{name}: {time.process_time() - begun:.0f} s", file=sys.stderr)
        if given.write:
            write(table(rows).splitlines()[2:])


def write(lines: Sequence[str]) -> None:
    """Puts rows into the published table: in place of those of the same claims, or at its end."""

    def claimed(line: str) -> str:
        # "MRR projection, month 12" and its like are rows of one claim.
        return line.split(" | ")[0].split(",")[0]

    head, rows = table([]).splitlines(), list[str]()
    if DOCS.exists():
        rows = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    new = {claimed(line) for line in lines}
    at = next((place for place, line in enumerate(rows) if claimed(line) in new), len(rows))
    kept = [line for line in rows[at:] if claimed(line) not in new]
    today = datetime.now(tz=UTC).date().isoformat()
    whole = [*head, *rows[:at], *lines, *kept]
    DOCS.write_text(INTRODUCTION.format(today=today) + "\n".join(whole) + "\n", "utf-8")


if __name__ == "__main__":
    # The registry is that of the module the claims import, not of the script.
    import_module("tests.bench.truth").main(sys.argv[1:])
