"""Many visitors at once: nobody fails, and what each is shown is what one alone is shown.

    python -m tests.bench.sessions                       12 sessions on 12 datasets, ten minutes
    python -m tests.bench.sessions --worst 3000000       meanwhile one brings the worst file we know

Each session has a dataset of its own, which is more of them than stay open, and goes from page to
page with some seconds to think. Told are reruns that failed, reruns that showed other figures than
the first of all, seconds a rerun took, and the memory of the server at its start and at the most.

The worst file is 45 KB that hold millions of rows whose end lies before their start: each of them
is set aside. Reruns are told apart that ran before it came and beside it.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.bench.browser import Browser, Wrong, server
from tests.bench.pages import BENCH, PAGES
from tests.bench.processes import measure


@dataclass
class Told:
    """`first` has what each dataset's page showed first; `took` are seconds, by when."""

    first: dict[tuple[str, str], str] = field(default_factory=dict)
    took: dict[str, list[float]] = field(default_factory=lambda: {"alone": [], "beside": []})
    wrong: Counter[str] = field(default_factory=Counter)
    other: Counter[str] = field(default_factory=Counter)
    most: int = 0
    when: str = "alone"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--think", type=float, default=4.0)
    parser.add_argument("--worst", type=int, default=0, metavar="ROWS")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KEIZOKU_HOME"] = str(Path(folder) / "home")
        names = [f"d{number}" for number in range(given.sessions)]
        file = Path(folder) / "subscriptions.parquet"
        for number, name in enumerate(names):
            measure([f"{BENCH}/made.py", str(file), str(given.size + 100 * number)], 1)
            measure(["-m", "cs_core", "import", str(file), "--dataset", name], 1)
        with server() as (port, process):
            told = Told()
            with Browser(port, process.pid, names[0]) as one:  # the server is warm after it
                one.run()
                for name in names:
                    one.dataset = name
                    for page in PAGES:
                        one.run(page)  # says what it waits for
                        one.run(page)
                        told.first[name, page] = one.figures()
            before, ends = memory(process.pid), time.monotonic() + 60 * given.minutes
            threads = [threading.Thread(target=watch, args=(process.pid, ends, told))]
            for name in names:
                words = (port, process.pid, name, given.think, ends, told)
                threads.append(threading.Thread(target=visit, args=words))
            for thread in threads:
                thread.start()
            if given.worst:
                time.sleep(30 * given.minutes)
                bring_worst(port, process.pid, Path(folder), given.worst, told)
            for thread in threads:
                thread.join()
            print(f"memory: {before} MB before, {told.most} MB at the most")
    for when, took in told.took.items():
        if took:
            print(f"{when}: {len(took)} reruns, {quantiles(took)}")
    print(f"failed: {told.wrong.total()} {dict(told.wrong.most_common(5))}")
    print(f"other figures than alone: {told.other.total()} {dict(told.other.most_common(5))}")


def visit(port: int, pid: int, name: str, think: float, ends: float, told: Told) -> None:
    draw = random.Random(name)
    with Browser(port, pid, name) as browser:
        browser.run()
        while time.monotonic() < ends:
            page, when = draw.choice(PAGES), told.when
            begun = time.perf_counter()
            try:
                browser.run(page)
            except Wrong as error:
                told.wrong[f"{page}: {error}"] += 1
                continue
            told.took[when].append(time.perf_counter() - begun)
            if browser.figures() != told.first[name, page]:
                told.other[page] += 1
            time.sleep(draw.uniform(0.5, 1.5) * think)


def bring_worst(port: int, pid: int, folder: Path, rows: int, told: Told) -> None:
    """Uploads it, and says what became of it."""
    day, ids = [date(2025, 3, 1)], ["A"]
    file = folder / "backwards.parquet"
    table = pa.table({"account_id": ids, "start_date": day, "end_date": [date(2025, 1, 1)]})
    table = table.append_column("mrr", [[10.0]])
    pq.write_table(pa.concat_tables([table] * 1).take(pa.array([0] * rows)), file)
    with Browser(port, pid, "") as browser:
        browser.dataset = next(iter(told.first))[0]
        browser.run()
        browser.run("data")
        told.when = "beside"
        begun = time.perf_counter()
        try:
            browser.upload(file)
            said = browser.said()
        except Wrong as error:
            said = str(error)
        told.when = "alone"
        spent = time.perf_counter() - begun
        print(f"the worst file, {file.stat().st_size >> 10} KB: {spent:.0f} s\n  {said}")


def memory(pid: int) -> int:
    """MB that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") >> 20


def watch(pid: int, ends: float, told: Told) -> None:
    while time.monotonic() < ends:
        told.most = max(told.most, memory(pid))
        time.sleep(0.25)


def quantiles(took: list[float]) -> str:
    cuts = statistics.quantiles(took, n=100)
    names = (("p50", 49), ("p95", 94), ("p99", 98))
    return ", ".join(f"{name} {cuts[at] * 1000:.0f} ms" for name, at in names)


if __name__ == "__main__":
    main()
