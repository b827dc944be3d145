"""Datasets and figures for the pages, kept for a while. The only module with `st.cache_*`.

Every cache is bounded, keyed by the dataset's handle and the whole question, and never the only
copy: the workspace on disk is. A dataset's handle may be shared between sessions, because it
gives a cursor per call; it is leased, so that it stays open while anybody reads it; it stands for
one version, and what was made of it is dropped with it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TypeVar

import pandas
import streamlit as st

from cs_core import datasets, demo
from cs_core.charts import Drawing
from cs_core.errors import WorkspaceError
from cs_core.metrics.options import Options
from cs_core.metrics.result import Result
from cs_core.studies.directory import Directory, directory
from cs_core.workspace import StoredDataset, Workspace
from pages.frame.handles import Handles
from pages.frame.memo import Memo

SAMPLE, DEMO = datasets.SAMPLE, "demo"
DEMO_ACCOUNTS, DEMO_MONTHS, DEMO_SEED = 600, 36, 7
_HOUR = 3600
T = TypeVar("T")


@st.cache_resource(show_spinner=False)
def workspace() -> Workspace:
    return Workspace()


def stored() -> dict[str, StoredDataset]:
    """Every dataset of the workspace by name, read anew: it is the only home of data."""
    return {found.name: found for found in workspace().datasets()}


@st.cache_resource(show_spinner=False)
def _making() -> Lock:
    return Lock()


def make_example(name: str) -> None:
    """Imports the bundled sample, or the demo company, made anew from its seed, where it is not
    there. Who asks while another session is at it waits for what that one makes."""
    with _making():
        if name in stored():
            return
        if name == SAMPLE:
            datasets.import_files(datasets.sample_files(), SAMPLE, workspace())
            return
        with TemporaryDirectory() as folder:
            demo.write(demo.make(DEMO_ACCOUNTS, DEMO_MONTHS, DEMO_SEED), Path(folder))
            datasets.import_files(sorted(Path(folder).glob("*.csv")), DEMO, workspace())


@st.cache_resource(show_spinner=False)
def _handles() -> Handles[datasets.Dataset]:
    return Handles(most=8, seconds=_HOUR)


@contextmanager
def opened(found: StoredDataset) -> Iterator[datasets.Dataset]:
    """The dataset, open until the block ends. Others may be reading the same handle."""
    with _handles().lease(
        (found.id, found.version, found.name), lambda: _open(found.name, found.version)
    ) as dataset:
        yield dataset


def _open(name: str, version: int) -> datasets.Dataset:
    dataset = datasets.open_dataset(dataset=name, workspace=workspace())
    if dataset.version != version:
        # What is kept under a version must be of it.
        dataset.close()
        raise WorkspaceError("dataset_changed", name=name)
    return dataset


def info(of: datasets.Dataset) -> datasets.Info:
    return of.info


class _Answers:
    """What one dataset was asked, by kind of answer, and the ledgers that were used for it."""

    def __init__(self) -> None:
        self.frames, self.derived, self.rows = Memo(), Memo(), Memo()
        self.ledgers: set[str] = set()


def _of(of: datasets.Dataset) -> _Answers:
    """Kept on the handle itself: answers may point back to it, which would keep it alive in any
    table beside it, a weak one too."""
    kept: _Answers = vars(of).get("answers") or vars(of).setdefault("answers", _Answers())
    return kept


def frame(of: datasets.Dataset, what: str, options: Options) -> pandas.DataFrame:
    """A metric's frame; to be read, not changed, because others are given the same one."""

    def ask() -> pandas.DataFrame:
        found = of.run(what, options).frame()
        _of(of).ledgers.add(options.policies.ledger_key())
        return found

    return _of(of).frames.get((what, options), ask)


def derived(of: datasets.Dataset, kind: str, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
    """Whatever is made of figures and takes a while; `key` holds everything `make` depends on
    besides the dataset. Others are given the same one."""
    return _of(of).derived.get((kind, *key), make)


def drawing(
    of: datasets.Dataset, kind: str, key: tuple[Hashable, ...], draw: Callable[[], Drawing]
) -> Drawing:
    """A chart's specification and marks."""
    return derived(of, f"chart-{kind}", key, draw)


def mrr_today(of: datasets.Dataset) -> list[tuple[str, Decimal]]:
    """The MRR on the as-of day, per currency where there are no rates between them."""
    if info(of).shape != "calendar":
        return []
    rows = frame(of, "mrr_movements", Options())
    last = rows.groupby("currency").tail(1)
    return list(zip(last["currency"], last["closing_mrr"], strict=True))


def accounts(of: datasets.Dataset) -> Directory:
    """Everybody by id and name."""
    return derived(of, "directory", (), lambda: directory(of.warehouse))


def rows_behind(
    of: datasets.Dataset, what: str, at: Mapping[str, str], options: Options
) -> pandas.DataFrame:
    """The ledger rows and file lines behind one figure."""
    question = (what, tuple(sorted(at.items())), options)
    return _of(of).rows.get(question, lambda: of.rows_behind(what, at, options).frame())


def result(of: datasets.Dataset, what: str, options: Options) -> Result:
    """With the statement that ran, for a download or a closer look."""
    return of.run(what, options)


def segment_values(of: datasets.Dataset, column: str) -> list[str | None]:
    return list(derived(of, "values", (column,), lambda: of.segment_values(column)))


SLOW_FROM = 200_000  # subscription lines; below it any figure takes less than a second


def is_slow(of: datasets.Dataset, options: Options) -> bool:
    """Whether the answer may take more than a second: large data under policies whose ledger
    this handle has not used yet."""
    return info(of).lines > SLOW_FROM and options.policies.ledger_key() not in _of(of).ledgers


def is_new(of: datasets.Dataset, kind: str, key: tuple[Hashable, ...]) -> bool:
    """Whether `derived` has yet to make this, which takes a second or two where a model is."""
    return not _of(of).derived.knows((kind, *key))
