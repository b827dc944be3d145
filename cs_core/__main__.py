"""`python -m cs_core …`: the command line."""

import gc
import sys
from importlib.abc import MetaPathFinder


class _WithoutPandas(MetaPathFinder):
    """DuckDB and Arrow import pandas, where it can be had, to look at the first value they are
    given. That takes longer than the whole query, and no command needs it."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


if __name__ == "__main__":
    sys.meta_path.insert(0, _WithoutPandas())
    # One short process: nothing it makes is worth collecting before it ends.
    gc.disable()

    from cs_core.cli import main

    raise SystemExit(main())
