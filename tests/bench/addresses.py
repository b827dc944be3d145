"""Every field of the address with 200 texts that mean harm, nothing or too much, on every page.

    python -m tests.bench.addresses                        14 fields x 200 texts x 8 pages
    python -m tests.bench.addresses --count 12 --pages churn

One line a page: pages opened, errors (each of them named), and the slowest processor time of one.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from cs_core import datasets
from cs_core.workspace import Workspace
from pages.frame.address import FIELDS
from pages.frame.navigation import PAGES, ROOT
from tests.ui.folds import unfold
from tests.ui.hostile import write_subscriptions
from tests.ui.hostile_addresses import texts


def opened(page: str, **said: str) -> tuple[list[str], float]:
    """What is called an error on the page, and the seconds of processor time it took."""
    begun = time.process_time()
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    unfold(at)
    for name, text in said.items():
        at.query_params[name] = text
    at.run()
    row = next(row for row in PAGES if row.key == page)
    if not row.default:
        at.switch_page(str(row.script.relative_to(ROOT))).run()
    wrong = [*(error.value for error in at.error), *(str(error.value) for error in at.exception)]
    return wrong, time.process_time() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--pages", nargs="+", default=[row.key for row in PAGES])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KEIZOKU_HOME"] = str(Path(folder) / "home")
        path = Path(folder) / "subscriptions.csv"
        write_subscriptions(path)
        datasets.import_files([path], "small", Workspace())
        for page in given.pages:
            opened(page, dataset="small", lang="en")
            times: dict[tuple[str, str], float] = {}
            errors = 0
            for field in FIELDS:
                for text in texts(field, given.count):
                    said = {"dataset": "small", "lang": "en", field: text}
                    wrong, times[field, text] = opened(page, **said)
                    errors += bool(wrong)
                    for words in wrong:
                        print(f"{page} {field}={text[:60]!r}: {words[:200]}", flush=True)
            (field, text), most = max(times.items(), key=lambda item: item[1])
            print(
                f"{page:18} {len(times):5} opened, {errors} errors, slowest"
                f" {most:.1f} s ({field}={text[:30]!r})",
                flush=True,
            )


if __name__ == "__main__":
    main()
