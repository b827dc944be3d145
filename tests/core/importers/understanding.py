"""Whether a file of a made-up company is read as that company."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from cs_core.datasets import open_dataset
from cs_core.errors import InputError
from cs_core.metrics.options import Options
from tests.core.importers.companies import Company, written

# Refusals that are questions.
ASKED = {"shape_unsure", "column_unsure", "mapping_unsure", "amount_per_unsure", "amounts_unsure"}
# Warnings that say that what was read may not be all.
WARNED = {"overlap", "left_when_unknown", "minor_units"}


def outcome(company: Company, shape: str, seed: int, folder: Path) -> str:
    """ "same" when its ledger is the company's, "asked" or "warned" when a person is told, else
    what differs."""
    name, text = written(company, shape, seed)
    path = folder / name
    path.write_text(text)
    try:
        with open_dataset(path) as dataset:
            days = [day for _, day in company.days(1)]
            until = (days[-1] + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            options = Options(first=f"{days[0]:%Y-%m}", last=f"{days[-1]:%Y-%m}", as_of=until)
            result = dataset.run("mrr_movements", options)
            month, closing = (result.columns.index(n) for n in ("month", "closing_mrr"))
            found = {_label(row[month]): int(row[closing]) for row in result.rows}
            problems = {p["code"] for p in dataset.report["problems"] if p["severity"] != "note"}
    except InputError as error:
        return "asked" if error.code in ASKED else f"{name}: {error}"
    if found == company.closing():
        return "same"
    if problems & WARNED:
        return "warned"
    return f"{name}: {found} instead of {company.closing()}\n{text[:400]}"


def _label(month: object) -> str:
    return f"{month:%Y-%m}" if isinstance(month, date) else str(month)
