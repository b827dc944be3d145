"""`python -m cs_core …`: the command line."""

import gc

if __name__ == "__main__":
    # One short process: nothing it makes is worth collecting before it ends.
    gc.disable()

    from cs_core.cli import main

    raise SystemExit(main())
