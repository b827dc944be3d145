"""Datasets: files checked, imported, opened and asked: the door of Python, app and command line."""

from cs_core.datasets.dataset import (
    SAMPLE,
    Dataset,
    Heard,
    Info,
    Inspection,
    Segment,
    check,
    import_files,
    inspect,
    open_dataset,
    sample_files,
)

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
