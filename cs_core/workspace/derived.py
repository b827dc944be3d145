"""What is derived from a version and kept beside it for speed: it may be deleted at any time, and
is, by a bound in bytes and by age."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

# Bytes kept beside one version, by the names of a kind; the one longest unused goes first.
MOST_BYTES = {
    "ledger-*.duckdb": 2 << 30,
    "risk-*.npz": 48 << 20,
    "plays-health-*.npy": 48 << 20,
}
DRAFTS = "*.draft"
DRAFT_SECONDS = 2 * 3600  # longer than any takes to write
PATTERNS = (*MOST_BYTES, "ledger-*", DRAFTS)


def prune(folder: Path) -> None:
    """Who has one of the files open goes on reading it: it only loses its name."""
    with suppress(OSError):  # a workspace that may only be read
        for draft in folder.glob(DRAFTS):
            if draft.stat().st_mtime < time.time() - DRAFT_SECONDS:
                draft.unlink()
        for pattern, most in MOST_BYTES.items():
            files = [(file.stat(), file) for file in folder.glob(pattern)]
            files.sort(key=lambda pair: pair[0].st_mtime, reverse=True)
            total = 0
            for about, file in files:
                total += about.st_size
                if total > most and file != files[0][1]:
                    file.unlink()
