"""Files made up under real header rows, and how they are read."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cs_core.errors import InputError
from cs_core.importers import FileReading, ReadOptions, read
from cs_core.importers.columns.lines import add_months

FILE = Path(__file__).with_name("header_rows.toml")
# What a capital letter of the list is to be read as.
MEANT = {
    "K": ("subscription_id",), "A": ("account_id",), "N": ("name",), "D": ("start_date",),
    "E": ("end_date",), "Z": ("end_date",), "M": ("amount",), "R": ("mrr", "amount"),
    "Y": ("amount",), "I": ("interval",), "J": ("interval_count",), "C": ("currency",),
    "S": ("status",), "Q": ("quantity",), "P": ("plan",), "G": ("start_date",),
    "H": ("start_date",), "V": ("tenure_months",), "O": ("churned",), "%": ("discount",),
}  # fmt: skip
# Columns that move figures: a wrong header under one of them is a wrong reading.
MOVING = {
    "account_id", "start_date", "end_date", "mrr", "amount", "quantity", "discount", "interval",
    "interval_count", "currency", "tenure_months", "churned",
}  # fmt: skip
# Columns that must be found, where the list names them, for a reading to be right.
NEEDED = MOVING - {"interval", "interval_count", "currency", "discount"}
# What says how an amount becomes MRR; where MRR is given, it moves nothing.
_OF_AMOUNTS = {"amount", "quantity", "interval", "interval_count"}
# Refusals and findings that put it to the person.
ASKED = {
    "shape_unsure", "column_unsure", "mapping_unsure", "amount_per_unsure", "amounts_unsure",
    "amount_unit_unsure",
    "missing_columns", "date_order_unsure",
}  # fmt: skip
_FEW = ("Alpha", "Beta", "Gamma", "Delta")
_PRICES = ("12.50", "29.00", "99.90", "49.00", "15.75")


@dataclass(frozen=True)
class Header:
    """One header row of the list."""

    source: str
    cells: Sequence[tuple[str, str]]
    rows: str
    table: str

    @property
    def meant(self) -> dict[str, tuple[str, ...]]:
        return {name: MEANT[kind] for name, kind in self.cells if kind in MEANT}


def listed() -> list[Header]:
    found = []
    for given in tomllib.loads(FILE.read_text())["header"]:
        pairs = [cell.rpartition("=") for cell in given["cells"].split(" | ")]
        cells = [(name.strip(), kind.strip()) for name, _, kind in pairs]
        rows, table = given.get("rows", "lines"), given.get("table", "subscriptions")
        found.append(Header(given["source"], cells, rows, table))
    return found


def write(header: Header, folder: Path) -> Path:
    """A file of a dozen rows under the header."""
    path = folder / "file.csv"
    of_account = 1 if header.rows == "lines" else 4
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow([name for name, _ in header.cells])
        for number in range(16):
            account, period = divmod(number, of_account)
            out.writerow([_cell(kind, number, account, period) for _, kind in header.cells])
    return path


def _cell(kind: str, row: int, account: int, period: int) -> str:
    began = date(2023, 1, 3) + timedelta(days=17 * account)
    price = _PRICES[account % len(_PRICES)]
    yearly = account % 3 == 2
    cells: dict[str, Any] = {
        "k": f"K{1000 + row}", "a": f"C{100 + account}",
        "n": f"{_FEW[account % 4]} {account} Ltd", "x": f"u{account}@alpha{account}.example",
        "d": began, "e": add_months(began, 5) if account % 3 == 1 else "",
        "z": add_months(began, 12), "m": price, "r": price, "y": f"{float(price) * 12:.2f}",
        "b": f"{float(price) * (3 + account):.2f}", "i": "year" if yearly else "month", "j": "1",
        "c": "USD", "s": "canceled" if account % 3 == 1 else "active", "q": str(1 + account % 4),
        "p": ("Basic", "Pro", "Team")[account % 3], "t": f"text {_FEW[row % 4]}",
        "f": "true" if account % 2 else "false", "l": str(3 + row * 7 % 40),
        "u": ("price", "", "missing features")[account % 3],
        "g": add_months(date(2023, 1, 1), period), "h": add_months(began, period),
        "w": ("created", "upgraded", "renewed", "cancelled")[period],
        "v": str(1 + row * 5 % 60), "o": "Yes" if account % 3 == 1 else "No", "-": "", "%": "",
    }  # fmt: skip
    return str(cells[kind.lower()])


def outcome(header: Header, folder: Path) -> str:
    """ "right", "asked", "refused", or what is wrong."""
    try:
        [found] = read([write(header, folder)], ReadOptions(), folder).files
    except InputError as error:
        return "asked" if error.code in ASKED else f"error {error.code}"
    if found.table is None and header.table in ("none", "any-but-subscriptions"):
        return "right"
    notes = {(note.code, note.severity) for note in found.notes}
    if any(code == "missing_column" or weight == "question" for code, weight in notes):
        return "asked"
    if found.table is None:
        return "refused"
    if header.table in ("none", "any-but-subscriptions") and found.table != "subscriptions":
        return "right" if found.table == "accounts" else f"wrong table {found.table}"
    if header.table not in ("any", found.table):
        return f"wrong table {found.table}"
    return _columns(header, found) if found.table in ("subscriptions", "tenures") else "right"


def _columns(header: Header, found: FileReading) -> str:
    meant = header.meant
    used = {c.header: c.target for c in found.columns if c.target and not c.segment}
    moving = MOVING - (_OF_AMOUNTS if "mrr" in used.values() else set())
    for name, target in used.items():
        if target in moving and target not in meant.get(name, ()):
            return f"wrong {target} = {name}"
    targets = {*used.values(), *(_OF_AMOUNTS if "mrr" in used.values() else ())}
    for name, wanted in meant.items():
        if NEEDED & set(wanted) and not targets & set(wanted):
            return f"lost {wanted[0]} = {name}"
    return "right"
