"""Plays on history at full size: `python -m tests.bench.plays [ACCOUNTS]` (default 100 000), over
36 months with usage. Prints seconds of each step, and of the processor."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from cs_core.datasets import open_dataset
from cs_core.studies import risk
from cs_core.studies.plays.conditions import ColourChange, HealthBelow, UsageDown
from cs_core.studies.plays.firing import preview
from cs_core.studies.plays.holds import Evidence
from cs_core.studies.plays.past import Past
from cs_core.studies.plays.play import Play
from tests.core.studies.risk import simulated

PLAYS = (
    Play("usage down", (UsageDown(40, 28),)),
    Play("turned red", (ColourChange("yellow", "red"),)),
    Play("unwell and using less", (HealthBelow(50), UsageDown(20, 60))),
)


def main(accounts: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = simulated.write(Path(folder), accounts, 36, effect=1.0, monthly=0.02)
        with open_dataset(paths, read=simulated.READ) as dataset:
            dataset.run("mrr_movements")
            began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
            past = Past(dataset.warehouse)
            known = Evidence(past, risk.Rules())
            print(f"{len(past):,} customers, {len(past.days):,} days")
            for play in PLAYS:
                start = time.perf_counter()
                found = preview(play, known)
                print(
                    f"{play.name}: {time.perf_counter() - start:.1f} s, fired"
                    f" {len(found.firings):,}, lift {found.lift or 0:.2f}"
                )
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    print(f"in all {time.perf_counter() - began:.1f} s, processor {spent:.1f} s")
    print(f"peak {after.ru_maxrss / 1e6:.2f} GB (before: {used.ru_maxrss / 1e6:.2f} GB)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 100_000)
