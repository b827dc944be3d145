"""Keizoku's core: subscription files in, reconciled retention figures out.

>>> from cs_core import open_dataset
>>> open_dataset("subscriptions.csv").query("mrr_movements")
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cs_core.datasets import Dataset, check, import_files, open_dataset

__all__ = ["Dataset", "check", "import_files", "open_dataset"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The public names, imported when first used: start-up of the command line stays short."""
    if name in __all__:
        from cs_core import datasets

        return getattr(datasets, name)
    raise AttributeError(name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
