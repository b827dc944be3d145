"""Many visitors at once: nobody fails, and what each is shown is what one alone is shown.

    python -m tests.bench.load                          50 sessions on 65 000 rows, ten minutes
    python -m tests.bench.load --minutes 60             an hour, for what memory does
    python -m tests.bench.load --sessions 12 --datasets 12 --size 20000
    python -m tests.bench.load --worst 3000000          meanwhile one brings the worst file we know

Every other session is in Japanese. Each goes from page to page, to any that the menu has, with some
seconds to think; with more datasets than stay open, each has one of its own. Told are seconds and
processor time of a rerun, reruns that failed, reruns that showed other figures than the first of
all, and the memory of the server: at its start, at every tenth, at the most, and half a minute
after the last visitor has left.

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
from tests.bench.processes import measure

BENCH = "tests/bench"
LANGUAGES = ("en", "ja")
TENTHS = 10
GONE = 30.0  # seconds after the last visitor

Shown = tuple[str, str, str]  # dataset, language, page


@dataclass
class Told:
    """`first` has what each dataset's page showed first; `took` are seconds, by when; `held` is
    the memory in MB at every tenth of the time."""

    first: dict[Shown, str] = field(default_factory=dict)
    took: dict[str, list[float]] = field(default_factory=lambda: {"alone": [], "beside": []})
    of_page: dict[str, list[float]] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)
    other: Counter[str] = field(default_factory=Counter)
    held: list[int] = field(default_factory=list)
    most: int = 0
    when: str = "alone"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--datasets", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--size", type=int, default=65_000)
    parser.add_argument("--think", type=float, default=4.0)
    parser.add_argument("--worst", type=int, default=0, metavar="ROWS")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KEIZOKU_HOME"] = str(Path(folder) / "home")
        names = [f"d{number}" for number in range(given.datasets)]
        file = Path(folder) / "subscriptions.parquet"
        for number, name in enumerate(names):
            measure([f"{BENCH}/made.py", str(file), str(given.size + 100 * number)], 1)
            measure(["-m", "cs_core", "import", str(file), "--dataset", name], 1)
        with server() as (port, process):
            told = Told()
            warm(port, process.pid, names, told)
            before, spent = memory(process.pid), processor(process.pid)
            ends = time.monotonic() + 60 * given.minutes
            threads = [threading.Thread(target=watch, args=(process.pid, given.minutes, told))]
            for number in range(given.sessions):
                who = (names[number % len(names)], LANGUAGES[number % 2], number)
                words = (port, process.pid, who, given.think, ends, told)
                threads.append(threading.Thread(target=visit, args=words))
            for thread in threads:
                thread.start()
            if given.worst:
                time.sleep(30 * given.minutes)
                bring_worst(port, process.pid, Path(folder), given.worst, told)
            for thread in threads:
                thread.join()
            spent = processor(process.pid) - spent
            time.sleep(GONE)
            print(f"memory: {before} MB before, {told.most} MB at the most", end=", ")
            print(f"{memory(process.pid)} MB after; by tenths {told.held}")
    for when, took in told.took.items():
        if took:
            print(f"{when}: {len(took)} reruns, {quantiles(took)}")
    for page, took in sorted(told.of_page.items()):
        print(f"  {page or 'overview':18} {quantiles(took)}")
    reruns = sum(map(len, told.took.values()))
    print(f"processor: {spent / reruns * 1000:.0f} ms of the server a rerun")
    print(f"failed: {told.wrong.total()} {dict(told.wrong.most_common(5))}")
    print(f"other figures than alone: {told.other.total()} {dict(told.other.most_common(5))}")


def warm(port: int, pid: int, names: list[str], told: Told) -> None:
    """Every page of every dataset in every language, and what it shows."""
    for language in LANGUAGES:
        with Browser(port, pid, names[0], language) as one:
            one.run()
            for name in names:
                one.dataset = name
                for page in one.pages:
                    one.run(page)  # says what it waits for
                    one.run(page)
                    told.first[name, language, page] = one.figures()


def visit(
    port: int, pid: int, who: tuple[str, str, int], think: float, ends: float, told: Told
) -> None:
    name, language, number = who
    draw = random.Random(number)
    time.sleep(draw.uniform(0, think))
    with Browser(port, pid, name, language) as browser:
        browser.run()
        while time.monotonic() < ends:
            page, when = draw.choice(browser.pages), told.when
            try:
                wall = browser.run(page).wall
            except Wrong as error:
                told.wrong[f"{page}: {error}"] += 1
                continue
            told.took[when].append(wall)
            told.of_page.setdefault(page, []).append(wall)
            if browser.figures() != told.first[name, language, page]:
                told.other[page] += 1
            time.sleep(draw.uniform(0.5, 1.5) * think)


def bring_worst(port: int, pid: int, folder: Path, rows: int, told: Told) -> None:
    """Uploads it, and says what became of it."""
    day, ids = [date(2025, 3, 1)], ["A"]
    file = folder / "backwards.parquet"
    table = pa.table({"account_id": ids, "start_date": day, "end_date": [date(2025, 1, 1)]})
    table = table.append_column("mrr", [[10.0]])
    pq.write_table(pa.concat_tables([table] * 1).take(pa.array([0] * rows)), file)
    with Browser(port, pid, next(iter(told.first))[0]) as browser:
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


def processor(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")


def watch(pid: int, minutes: float, told: Told) -> None:
    begun, length = time.monotonic(), 60 * minutes
    while (passed := time.monotonic() - begun) < length:
        told.most = max(told.most, memory(pid))
        if passed >= len(told.held) * length / TENTHS:
            told.held.append(memory(pid))
        time.sleep(0.25)


def quantiles(took: list[float]) -> str:
    if len(took) < 2:
        return f"{len(took)} reruns"
    cuts = statistics.quantiles(took, n=100)
    names = (("p50", 49), ("p95", 94), ("p99", 98))
    said = [f"{name} {cuts[at] * 1000:.0f} ms" for name, at in names]
    return ", ".join([*said, f"most {max(took) * 1000:.0f} ms"])


if __name__ == "__main__":
    main()
