"""How an import, and a question after it, grow with what there is: lines, accounts, segments and
months, each apart from the others.

    python -m tests.bench.growth                         100 000 to 10 000 000 lines
    python -m tests.bench.growth --lines 100000000       so many
    python -m tests.bench.growth --apart                 accounts, segments and months, of 1 000 000
    python -m tests.bench.growth --killed                an import killed half way, and gone on with
    python -m tests.bench.growth --figures               every question of the contract, in shards

Every import is a process of its own, whose peak of memory and processor time are measured from
outside. Where an import in one piece is affordable it is made beside that in shards, and figures
of both are compared. The exponent of growth is that of processor time: on a machine that has other
work to do, wall time says little.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

from tests.bench.processes import ROOT, Run, measure
from tests.bench.speed import say

SIZES = (100_000, 1_000_000, 10_000_000)
IN_ONE_PIECE = 10_000_000  # lines that one piece still has memory for
SHARD = 500_000
A_FILE = 10_000_000  # lines
QUESTIONS: tuple[tuple[str, dict[str, object]], ...] = (
    ("mrr_movements", {}),
    ("churn", {"where": {"plan": "Team"}}),
    ("retention", {"by": "country"}),
    ("cohorts", {"where": {"country": "JP"}}),
    ("survival", {}),
)
# Imports files into the workspace of KEIZOKU_HOME; how many lines a shard has comes first, 0 lets
# the product decide.
_IMPORT = """
import sys
from pathlib import Path
from cs_core import import_files
from cs_core.workspace import Workspace
files = [Path(file) for file in sys.argv[2:]]
import_files(files, "b", Workspace(), shard_lines=int(sys.argv[1]) or None)
"""
# Asks each question twice; figures and the seconds of the second time.
_ASK = """
import json, sys, time
from cs_core import open_dataset
found = []
with open_dataset(dataset="b") as dataset:
    for metric, options in json.loads(sys.argv[1]):
        for _ in range(2):
            start = time.perf_counter()
            rows = dataset.query(metric, exact=True, **options)
            seconds = time.perf_counter() - start
        found.append([metric, seconds, rows.to_csv(index=False)])
print(json.dumps(found))
"""


def write(
    folder: Path, lines: int, accounts: int | None = None, owners: int = 40, months: int = 60
) -> list[Path]:
    """Made-up subscriptions in Parquet files. The lines of an account follow one another, one in
    nine after a week's gap, and every line has a plan of its own; accounts come in the first half
    of the months. `owners` is how many values a column of accounts has."""
    accounts = accounts or int(lines * 0.45)
    per = -(-lines // accounts)
    half = months * 30 // 2
    step = max(1, half // per)
    files = []
    with duckdb.connect(config={"memory_limit": "1GB", "threads": 2}) as engine:
        for number, first in enumerate(range(0, lines, A_FILE)):
            files.append(folder / f"lines-{number:02}.parquet")
            last = min(lines, first + A_FILE)
            engine.execute(f"""
COPY (
    WITH drawn AS (
        SELECT i, i % {accounts} AS a, i // {accounts} AS k, hash(i) AS g, hash(i % {accounts}) AS h
        FROM range({first}, {last}) AS numbers(i)
    ),
    dated AS (
        SELECT *, DATE '2021-01-01' + CAST(h % {half} + k * {step} AS INTEGER) AS begins FROM drawn
    )
    SELECT
        'acct-' || lpad(CAST(a AS VARCHAR), 10, '0') AS account_id,
        'sub-' || i AS subscription_id,
        ['Starter', 'Team', 'Business', 'Enterprise'][1 + CAST(g % 4 AS INTEGER)] AS plan,
        begins AS start_date,
        CASE WHEN k < {per - 1} OR g % 10 < 4
            THEN begins + CAST({step} - CASE WHEN g % 9 = 0 THEN 7 ELSE 0 END AS INTEGER) END
        AS end_date,
        CAST(10 + (g // 16 % 5000) / 10.0 AS DECIMAL(16, 2)) AS mrr,
        ['JP', 'US', 'DE', 'SG', 'FR'][1 + CAST(h % 5 AS INTEGER)] AS country,
        ['organic', 'paid', 'partner', 'referral'][1 + CAST(h // 8 % 4 AS INTEGER)] AS channel,
        'owner ' || lpad(CAST(h // 64 % {owners} AS VARCHAR), 6, '0') AS owner
    FROM dated
) TO '{files[-1]}' (FORMAT parquet)""")
    return files


def imported(home: Path, files: Sequence[Path], shard: int) -> Run:
    words = ["-c", _IMPORT, str(shard), *map(str, files)]
    return measure(words, 1, {"KEIZOKU_HOME": str(home)})


def asked(home: Path) -> list[tuple[str, float, str]]:
    run = measure(["-c", _ASK, json.dumps(QUESTIONS)], 1, {"KEIZOKU_HOME": str(home)})
    found: list[tuple[str, float, str]] = json.loads(run.output)
    return found


def one(name: str, lines: int, *, whole: bool, parted: bool, **made: int) -> dict[str, Run]:
    """One dataset, imported in one piece and in shards, as is asked for."""
    found, figures = {}, {}
    with tempfile.TemporaryDirectory(prefix="keizoku-growth-") as place:
        folder = Path(place)
        files = write(folder, lines, **made)
        size = sum(file.stat().st_size for file in files) / 1e6
        print(f"\n{name}: {lines:,} lines {made or ''} ({size:.0f} MB of Parquet)", flush=True)
        for way, shard in (("one piece", 10**12), ("shards", min(SHARD, max(1, lines // 3)))):
            if (way == "one piece" and not whole) or (way == "shards" and not parted):
                continue
            home = folder / way.replace(" ", "-")
            found[way] = imported(home, files, shard)
            say(f"import, {way}", found[way])
            kept = sum(f.stat().st_size for f in home.rglob("data.duckdb")) / 1e6
            print(f"    {kept:.0f} MB of data", flush=True)
            answers = asked(home)
            figures[way] = [rows for _, _, rows in answers]
            for (metric, options), (_, seconds, _) in zip(QUESTIONS, answers, strict=True):
                print(f"    {metric} {options or ''}: {seconds * 1000:.0f} ms", flush=True)
    if len(figures) == 2:
        if figures["one piece"] != figures["shards"]:
            raise SystemExit("the figures differ")
        ratio = found["shards"].processor / found["one piece"].processor
        print(f"  shards: {ratio:.2f} times the processor time; figures are the same", flush=True)
    return found


def exponent(small: Run, large: Run, times: float) -> float:
    return math.log(large.processor / small.processor) / math.log(times)


def killed(lines: int) -> None:
    """An import is killed when half of its time is over; then the same import goes on."""
    with tempfile.TemporaryDirectory(prefix="keizoku-growth-") as place:
        folder = Path(place)
        files = write(folder, lines)
        undisturbed = imported(folder / "undisturbed", files, SHARD)
        say("undisturbed", undisturbed)
        home = {"KEIZOKU_HOME": str(folder / "killed")}
        words = [sys.executable, "-c", _IMPORT, str(SHARD), *map(str, files)]
        child = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **home})
        time.sleep(undisturbed.seconds / 2)
        child.send_signal(signal.SIGKILL)
        child.wait()
        say("the rest, after it was killed", imported(folder / "killed", files, SHARD))
        if [row[2] for row in asked(folder / "killed")] != [
            row[2] for row in asked(folder / "undisturbed")
        ]:
            raise SystemExit("the figures differ")
        print("  figures are the same")


def figures() -> None:
    """Every question of the contract of `tests/contracts/test_shards.py`, of its company."""
    words = ["-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"]
    measure([*words, "tests/contracts/test_shards.py"], 1, {"KEIZOKU_EVERY_QUESTION": "1"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, nargs="+", default=SIZES)
    parser.add_argument("--only-shards", action="store_true", help="not in one piece beside")
    parser.add_argument("--apart", action="store_true")
    parser.add_argument("--killed", action="store_true")
    parser.add_argument("--figures", action="store_true")
    given = parser.parse_args()
    if given.figures:
        return figures()
    if given.killed:
        return killed(given.lines[-1])
    if given.apart:
        base = one("as it is", 1_000_000, whole=False, parted=True)["shards"]
        for name, made, times in (
            ("four times fewer accounts", {"accounts": 112_500}, 0.25),
            ("a hundred times the owners", {"owners": 4000}, 100),
            ("twice the months", {"months": 120}, 2),
        ):
            run = one(name, 1_000_000, whole=False, parted=True, **made)["shards"]
            print(f"  exponent of {name}: {exponent(base, run, times):.2f}", flush=True)
        return None
    before: tuple[int, dict[str, Run]] | None = None
    for lines in given.lines:
        whole = lines <= IN_ONE_PIECE and not given.only_shards
        runs = one("lines", lines, whole=whole, parted=True)
        if before is not None:
            for way in runs.keys() & before[1].keys():
                found = exponent(before[1][way], runs[way], lines / before[0])
                print(f"  exponent of growth, {way}: {found:.2f}", flush=True)
        before = lines, runs
    return None


if __name__ == "__main__":
    main()
