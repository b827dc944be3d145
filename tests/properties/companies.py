"""Small made-up companies: the lines they are made of, and how they are written to files."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from cs_core.importers import ReadOptions

MICRO = 1_000_000
MONTHS = {
    "day": Fraction(12, 365),
    "week": Fraction(12, 52),
    "month": Fraction(1),
    "quarter": Fraction(3),
    "year": Fraction(12),
}


@dataclass(frozen=True)
class Line:
    """A row of `subscriptions`. `mrr` or (`amount` and `interval`); money as exact fractions."""

    account: str
    start: date
    end: date | None = None
    mrr: Fraction | None = None
    amount: Fraction | None = None
    interval: str | None = None
    interval_count: int | None = None
    quantity: int | None = None
    discount: str | None = None
    currency: str | None = None
    subscription: str | None = None
    plan: str | None = None
    family: str | None = None
    status: str | None = None
    trial_end: date | None = None
    requested: date | None = None
    term_end: date | None = None

    def monthly(self, discounted: bool) -> int:
        """MRR in millionths, rounded once, half to even."""
        if self.mrr is not None:
            return round(self.mrr * MICRO)
        assert self.amount is not None
        assert self.interval is not None
        price = self.amount * (1 if self.quantity is None else self.quantity)
        if discounted and self.discount is not None:
            if self.discount.endswith("%"):
                price *= max(Fraction(0), 1 - Fraction(self.discount[:-1]) / 100)
            else:
                price = max(Fraction(0), price - Fraction(self.discount))
        months = MONTHS[self.interval] * (self.interval_count or 1)
        return round(price / months * MICRO)


@dataclass(frozen=True)
class Company:
    """`accounts` gives each account's own segment values; `rates` are (currency, month, rate).
    `months` are those of a table of months, from which alone it is known; its lines are runs of
    equal months, and who is there in the first came earlier."""

    lines: tuple[Line, ...]
    accounts: dict[str, dict[str, str | None]] = field(default_factory=dict)
    rates: tuple[tuple[str, date, Fraction], ...] = ()
    months: tuple[date, ...] = ()

    def with_lines(self, lines: tuple[Line, ...]) -> Company:
        return replace(self, lines=lines)


# Header of `subscriptions` -> field of a line.
COLUMNS = {
    "account_id": "account",
    "subscription_id": "subscription",
    "start_date": "start",
    "end_date": "end",
    "mrr": "mrr",
    "amount": "amount",
    "interval": "interval",
    "interval_count": "interval_count",
    "quantity": "quantity",
    "discount": "discount",
    "currency": "currency",
    "plan": "plan",
    "family": "family",
    "status": "status",
    "trial_end": "trial_end",
    "cancel_requested_at": "requested",
    "term_end": "term_end",
}


def read_as(company: Company) -> ReadOptions:
    """Lines without ends may look like bills: what a row is is said."""
    return ReadOptions(shape=None if company.months else "intervals")


def write(company: Company, folder: Path, kind: str = "csv") -> list[Path]:
    """The company's files: subscriptions, and accounts and rates where it has them."""
    folder.mkdir(parents=True, exist_ok=True)
    if company.months:
        return [_write_months(company, folder / "months.csv")]
    always = {"account_id", "start_date", "end_date", "mrr"}
    names = [
        name
        for name, attribute in COLUMNS.items()
        if name in always or any(getattr(line, attribute) is not None for line in company.lines)
    ]
    rows = [[getattr(line, COLUMNS[name]) for name in names] for line in company.lines]
    files = [_write(folder / f"subscriptions.{kind}", names, rows)]
    if company.accounts:
        names = sorted({name for values in company.accounts.values() for name in values})
        table = [[key, *(own.get(name) for name in names)] for key, own in company.accounts.items()]
        files.append(_write(folder / f"accounts.{kind}", ["account_id", *names], table))
    if company.rates:
        rates = [list(rate) for rate in company.rates]
        files.append(_write(folder / f"fx_rates.{kind}", ["currency", "month", "rate"], rates))
    return files


def _write_months(company: Company, path: Path) -> Path:
    """One row for each account and plan, one column for each month."""
    own = sorted({name for values in company.accounts.values() for name in values})
    names = ["account_id", "plan", *own, *(f"{month:%Y-%m}" for month in company.months)]
    rows = []
    for account, plan in dict.fromkeys((line.account, line.plan) for line in company.lines):
        lines = [line for line in company.lines if (line.account, line.plan) == (account, plan)]
        paid = [
            next(
                (x.mrr for x in lines if x.start <= month and (x.end is None or month < x.end)),
                None,
            )
            for month in company.months
        ]
        values = [company.accounts.get(account, {}).get(name) for name in own]
        rows.append([account, plan, *values, *paid])
    return _write(path, names, rows)


def _write(path: Path, names: list[str], rows: list[list[object]]) -> Path:
    if path.suffix == ".parquet":
        _write_parquet(path, names, rows)
        return path
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([[_text(value) for value in row] for row in rows])
    return path


def _text(value: object) -> str:
    if value is None:
        return ""
    return decimal_text(value) if isinstance(value, Fraction) else str(value)


def decimal_text(value: Fraction) -> str:
    """The exact decimal of a fraction that has one of at most twelve places."""
    scaled = value * 10**12
    assert scaled.denominator == 1
    whole, rest = divmod(abs(scaled.numerator), 10**12)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{rest:012d}".rstrip("0").rstrip(".")


def _write_parquet(path: Path, names: list[str], rows: list[list[object]]) -> None:
    from decimal import Decimal

    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = []
    for column, name in enumerate(names):
        values = [row[column] for row in rows]
        if any(isinstance(value, Fraction) for value in values) or name == "mrr":
            values = [
                None if v is None else Decimal(decimal_text(Fraction(v)))  # type: ignore[arg-type]
                for v in values
            ]
            arrays.append(pa.array(values, pa.decimal128(38, 12)))
        elif any(isinstance(value, date) for value in values) or name == "end_date":
            arrays.append(pa.array(values, pa.date32()))
        else:
            arrays.append(pa.array(values))
    pq.write_table(pa.table(arrays, names=names), path)
