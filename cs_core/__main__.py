"""`python -m cs_core …`: the command line."""

from cs_core.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
