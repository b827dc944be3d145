"""`python -m cs_core …`: the command line."""

import gc
import sys

if __name__ == "__main__":
    # DuckDB imports pandas, where it can be had, to look at the first parameter it is given; that
    # takes longer than the query. No command needs it.
    sys.modules["pandas"] = None  # type: ignore[assignment]
    # One short process: nothing it makes is worth collecting before it ends.
    gc.disable()

    from cs_core.cli import main

    raise SystemExit(main())
