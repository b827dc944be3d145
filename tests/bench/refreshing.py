"""A dataset that follows a table of a PostgreSQL server: read, refreshed after some rows changed,
and its figures beside those of the same table as a file.

    python -m tests.bench.refreshing                    1 000 000 lines, 1 000 of them changed
    python -m tests.bench.refreshing --lines 20000
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import duckdb

from tests import postgres
from tests.bench.growth import asked, imported, write
from tests.bench.processes import measure
from tests.bench.speed import say

CHANGED = 1_000
SOURCES = """
dataset = "b"
[[source]]
kind = "postgres"
host = "{host}"
port = {port}
database = "{database}"
user = "{user}"
password_env = "BILLING_PASSWORD"
tables.subscriptions = "public.subscriptions"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    lines = parser.parse_args().lines
    with (
        tempfile.TemporaryDirectory(prefix="keizoku-refreshing-") as place,
        postgres.server() as where,
        postgres.connect(where) as server,
        duckdb.connect() as local,
    ):
        folder = Path(place)
        [file] = write(folder, lines)
        local.execute(f"CREATE TABLE subscriptions AS FROM '{file}'")
        postgres.copy(local, server, ["subscriptions"])
        sources = folder / "sources.toml"
        sources.write_text(SOURCES.format(**where))
        home = {"KEIZOKU_HOME": str(folder / "home"), "BILLING_PASSWORD": postgres.PASSWORD}
        words = ["-m", "cs_core", "refresh", str(sources), "--format", "json"]
        say(f"{lines:,} lines read", measure(words, 1, home))
        compare(folder, file, "read")
        picked = f"subscription_id IN (SELECT 'sub-' || n * {lines // CHANGED} FROM {{}} AS s(n))"
        changed = "UPDATE subscriptions SET mrr = mrr + 1 WHERE " + picked
        local.execute(changed.format(f"range({CHANGED})"))
        server.execute(changed.format(f"generate_series(0, {CHANGED - 1})"))
        run = measure(words, 1, home)
        restated = len(json.loads(run.output)["restated"])
        say(f"refreshed, {CHANGED:,} rows changed", run)
        print(f"    {restated} months told as restated")
        local.execute(f"COPY subscriptions TO '{file}' (FORMAT parquet)")
        compare(folder, file, "changed")
        kept = [path for path in (folder / "home").rglob("*") if path.is_file()]
        if any(postgres.PASSWORD.encode() in path.read_bytes() for path in kept):
            raise SystemExit("the password is kept")


def compare(folder: Path, file: Path, name: str) -> None:
    """The figures of the dataset and of the table as a file, to the digit."""
    imported(folder / name, [file], 0)
    of_server, of_file = ([row[2] for row in asked(folder / at)] for at in ("home", name))
    if of_server != of_file:
        raise SystemExit("the figures differ")
    print("    figures are those of the file", flush=True)


if __name__ == "__main__":
    main()
