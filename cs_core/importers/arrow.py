"""Arrow asks once whether there is pandas, by importing it. For one short command that takes
longer than reading most files, and nothing that reads them needs it."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def without_pandas() -> None:
    """Lets Arrow ask now, and find none; pandas itself can be imported as before."""
    if "pandas" in sys.modules or "pyarrow" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        import pyarrow

        pyarrow.array(("",))
    finally:
        sys.meta_path.remove(finder)
