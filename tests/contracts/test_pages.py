"""What every page must be: one row, one folder, its words; that it opens, alone and without data,
is asked in `tests/ui/test_pages.py`."""

from __future__ import annotations

import pytest

from cs_core.text import LANGUAGES, catalogue
from pages.frame.navigation import ALL_FILTERS, PAGES, ROOT, SECTIONS, PageRow

NO_PAGES = {"frame", "shared"}
every_page = pytest.mark.parametrize("row", PAGES, ids=lambda row: row.key)


@every_page
def test_it_has_its_words(row: PageRow) -> None:
    for language in LANGUAGES:
        for key in (
            f"page.{row.key}.title",
            f"page.{row.key}.question",
            f"nav.{row.section}",
            f"search.also.{row.key}",
        ):
            assert catalogue(language).get(key), f"cs_core/text/{language}.toml lacks {key}"


@every_page
def test_it_has_its_script(row: PageRow) -> None:
    assert row.section in SECTIONS, f"{row.key}: `section` is one of {SECTIONS}"
    assert row.filters <= ALL_FILTERS | {"horizon"}, f"{row.key}: `filters` names no such part"
    script = row.script.relative_to(ROOT).as_posix()
    assert row.script.is_file(), f"{script} is not there"
    compile(row.script.read_text("utf-8"), script, "exec")


def test_every_folder_has_its_row() -> None:
    scripts = set((ROOT / "pages").glob("*/*/page.py"))
    rows = {row.script for row in PAGES}
    assert scripts == rows, f"pages/frame/navigation.py has no row for {sorted(scripts - rows)}"
    folders = {
        f"{path.parent.parent.name}/{path.parent.name}"
        for path in (ROOT / "pages").glob("*/*/*.py")
        if path.parent.parent.name not in NO_PAGES
    }
    assert folders == {f"{row.section}/{row.key}" for row in PAGES}


def test_one_page_is_the_first() -> None:
    assert sum(row.default for row in PAGES) == 1
    assert len({row.key for row in PAGES}) == len(PAGES)
