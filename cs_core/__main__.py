"""`python -m cs_core …` is the command line; installed it is `keizoku …`, and `keizoku` alone
starts the app."""

import gc
import sys


def keizoku() -> int:
    """The installed command. Returns the exit status."""
    if not sys.argv[1:]:
        from cs_core.cli.starting import start

        return start()
    return command_line()


def command_line() -> int:
    # One short process: nothing it makes is worth collecting before it ends.
    gc.disable()

    from cs_core.cli import main
    from cs_core.cli.bounds import bounded

    return bounded(sys.argv[1:], main)


if __name__ == "__main__":
    raise SystemExit(command_line())
