"""Datasets: files checked, imported, opened and asked: the door of Python, app and command line."""

from cs_core.datasets.bundled import SAMPLE, sample_files
from cs_core.datasets.dataset import (
    Dataset,
    Heard,
    Info,
    Segment,
    check,
    import_files,
    open_dataset,
)
from cs_core.datasets.making import Inspection, inspect

__all__ = [
    "SAMPLE",
    "Dataset",
    "Heard",
    "Info",
    "Inspection",
    "Segment",
    "check",
    "import_files",
    "inspect",
    "open_dataset",
    "sample_files",
]
