"""What every vendor's file must keep to: it is known in any order of its columns, it leaves the
files of the others alone, it has a name in both languages, and its sample is the ledger that was
worked out by hand."""

from __future__ import annotations

import csv
import io
import json
import random
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cs_core import text
from cs_core.datasets import open_dataset
from cs_core.importers import FileReading, ReadOptions, read
from cs_core.importers.vendors import ENOUGH, declared, known
from cs_core.metrics.options import Options

SAMPLES = Path(__file__).parent / "vendors"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((SAMPLES / "expected.toml").read_text())
NAMES = sorted(preset.NAME for preset in known())
BY_NAME = {preset.NAME: preset for preset in known()}


def sample(name: str) -> Path:
    found = [path for path in SAMPLES.iterdir() if path.stem == name]
    assert found, f"tests/contracts/vendors lacks a sample file of {name}"
    return found[0]


def reading(path: Path, scratch: Path) -> FileReading:
    [found] = read([path], ReadOptions(), scratch).files
    return found


def shuffled(path: Path, folder: Path) -> Path:
    """The same rows with their columns in another order."""
    mixed = folder / path.name
    mix = random.Random(7)
    if path.suffix == ".json":
        mixed.write_text(json.dumps(_shuffled(json.loads(path.read_text()), mix)))
        return mixed
    delimiter = "\t" if path.suffix == ".tsv" else ","
    rows = list(csv.reader(io.StringIO(path.read_text()), delimiter=delimiter))
    order = mix.sample(range(len(rows[0])), len(rows[0]))
    with mixed.open("w", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([row[i] for i in order] for row in rows)
    return mixed


def _shuffled(value: Any, mix: random.Random) -> Any:
    if isinstance(value, list):
        return [_shuffled(item, mix) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _shuffled(value[key], mix) for key in mix.sample(sorted(value), len(value))}


def figures(path: Path, months: dict[str, list[float]]) -> dict[str, list[float]]:
    last = date.fromisoformat(f"{max(months)}-01")
    as_of = (last + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    with open_dataset(path) as dataset:
        result = dataset.run(
            "mrr_movements", Options(first=min(months), last=max(months), as_of=as_of)
        )
    at = [result.columns.index(c) for c in ("month", "closing_customers", "closing_mrr")]
    found = {str(row[at[0]])[:7]: [row[at[1]], float(row[at[2]])] for row in result.rows}
    return {month: found[month] for month in months}


@pytest.mark.parametrize("name", NAMES)
def test_a_vendor_has_a_name_in_both_languages(name):
    for language in ("en", "ja"):
        key = f"page.data.preset.{name}"
        named = key in text.catalogue(language)
        assert named, f"cs_core/text/{language}.toml lacks {key}"


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_is_the_ledger_worked_out_by_hand(name, tmp_path):
    for path in (sample(name), shuffled(sample(name), tmp_path)):
        found = reading(path, tmp_path)
        assert found.preset == name, f"the sample of {name} is taken for {found.preset}"
        if "table" in EXPECTED[name]:
            rows = pq.read_table(found.tables[0].path).num_rows
            assert (found.table, rows) == (EXPECTED[name]["table"], EXPECTED[name]["rows"])
            continue
        aside: dict[str, int] = {}
        for row in found.set_aside:
            aside[row.code] = aside.get(row.code, 0) + 1
        assert aside == EXPECTED[name].get("aside", {})
        assert figures(path, EXPECTED[name]["months"]) == EXPECTED[name]["months"]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_vendor_leaves_the_files_of_the_others_alone(name, tmp_path):
    headers = reading(sample(name), tmp_path).headers
    taken = {other for other in NAMES if BY_NAME[other].recognise(headers) >= ENOUGH}
    assert taken == {name}, f"the sample of {name} is taken for {sorted(taken)}"


# Vendors whose files are read together: each has tests of its own.
TOGETHER = {"chartmogul", "ravenstack", "fivetran_recurly"}


def test_every_vendor_has_a_sample():
    missing = sorted(BY_NAME.keys() - EXPECTED.keys() - TOGETHER)
    assert not missing, f"tests/contracts/vendors/expected.toml lacks the figures of {missing}"
    unknown = sorted((EXPECTED.keys() | TOGETHER) - BY_NAME.keys())
    assert not unknown, f"no vendor is called {unknown}"


def test_every_declared_vendor_says_where_its_layout_is_described():
    for vendor in declared.known():
        told = vendor.source.startswith("https://") and vendor.row
        assert told, f"{vendor.NAME}: `source` is the address of its layout, `row` says what one is"
