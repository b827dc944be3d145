"""Nothing in the repository names a place on somebody's machine."""

import re
import subprocess

from tests.architecture.source import ROOT

# Written in parts, so that this file does not find itself.
PLACES = re.compile(
    "/(" + "|".join(["wo" + "rk", "o" + "pt", "ho" + "me", "Us" + "ers"]) + ")/[a-z]"
)


def test_no_machine_paths() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = [name for name in listed.stdout.split("\0") if name]
    if not names:  # an unpacked archive
        names = [
            path.relative_to(ROOT).as_posix()
            for folder in ("cs_core", "pages", "tests", "docs", "sample_data")
            for path in (ROOT / folder).rglob("*.*")
        ]
    found = []
    for name in names:
        path = ROOT / name
        if not path.is_file() or path.suffix in (".png", ".otf", ".parquet", ".xlsx", ".ico"):
            continue
        text = path.read_text("utf-8", errors="replace")
        found += [(name, hit.group()) for hit in PLACES.finditer(text)]
    assert len(names) > 100
    assert found == []
