"""Everything a person can type or ask is in the documentation, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cs_core.cli.arguments import COMMANDS, OPTIONS
from cs_core.domain.policies import PRESETS, VALUES
from cs_core.domain.tables import TABLES
from cs_core.metrics.catalogue import catalogue
from tests.architecture.source import ROOT

DOCS = ROOT / "docs"
PAGES = {page.relative_to(DOCS).as_posix(): page.read_text("utf-8") for page in DOCS.rglob("*.md")}
SETTING = re.compile(r"\bKEIZOKU_[A-Z_]+\b")


def settings() -> set[str]:
    """Environment variables that the product reads."""
    found: set[str] = set()
    for path in [
        ROOT / "app.py",
        *(ROOT / "cs_core").rglob("*.py"),
        *(ROOT / "pages").rglob("*.py"),
    ]:
        found |= set(SETTING.findall(path.read_text("utf-8")))
    return found


THINGS = {
    "command": [*COMMANDS],
    "option": [option.name for option in OPTIONS],
    "metric": [*catalogue()],
    "policy": [*VALUES],
    "policy value": [
        value.split(":")[0] for values in VALUES.values() for value in values if value != "N"
    ],
    "preset": [*PRESETS],
    "table": [*TABLES],
    "column": [column.name for table in TABLES.values() for column in table.columns],
    "setting": sorted(settings()),
}


@pytest.mark.parametrize("kind", THINGS)
def test_everything_is_documented(kind: str) -> None:
    words = set(re.findall(r"[\w-]+", "\n".join(PAGES.values())))
    missing = [name for name in THINGS[kind] if name not in words]
    assert missing == [], f"not in docs/: {kind} {', '.join(missing)}; see docs/reference.md"


def test_the_tables_are_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, str(DOCS / "write.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_decision_has_a_number_and_a_day() -> None:
    text = (ROOT / "cs_core" / "DECISIONS.md").read_text("utf-8")
    entries = re.findall(r"^- (.*)$", text, re.MULTILINE)
    numbers = [re.match(r"D(\d{3}), \d{4}-\d{2}-\d{2}\. \*\*", entry) for entry in entries]
    following = max(int(found[1]) for found in numbers if found) + 1
    without = [entry[:60] for entry, found in zip(entries, numbers, strict=True) if not found]
    assert not without, f"begin it with `D{following:03}, YYYY-MM-DD. **…**`: {without}"
    known = [found[1] for found in numbers if found]
    twice = sorted({number for number in known if known.count(number) > 1})
    assert not twice, f"numbers of two decisions: {twice}; the next one is D{following:03}"


def _anchors(text: str) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", head.lower()).strip()) for head in heads}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        if link.startswith(("http:", "https:")):
            continue
        path, _, anchor = link.partition("#")
        target = (DOCS / page).parent / path if path else DOCS / page
        if not target.exists() or (
            anchor and target.suffix == ".md" and anchor not in _anchors(target.read_text("utf-8"))
        ):
            dead.append(link)
    assert dead == []


@pytest.mark.parametrize("page", PAGES)
def test_paths_named_in_the_documentation_are_there(page: str) -> None:
    named = re.findall(r"`((?:cs_core|pages|tests|docs|sample_data)/[\w./]+)`", PAGES[page])
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """`site/` and `.cache/` lie beside the copy, not in the repository."""
    import shutil

    copy = tmp_path / "docs"
    shutil.copytree(DOCS, copy, ignore=shutil.ignore_patterns("site", ".cache", "*.ipynb"))
    program = Path(sys.executable).with_name("zensical")
    done = subprocess.run(
        [str(program), "build", "--strict", "-f", "zensical.toml"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = [path.read_text("utf-8") for path in (copy / "site").rglob("*.html")]
    assert len(pages) >= len(PAGES)
    loaded = re.compile(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"https?://[^\"]+\"")
    assert [hit for text in pages for hit in loaded.findall(text) if "canonical" not in hit] == []
