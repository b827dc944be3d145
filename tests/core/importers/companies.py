"""Made-up companies written out in every shape of file, and what their ledger must be.

A company is what each account pays in each month, 0 where it pays nothing.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

Cells = list[dict[str, object]]
FIRST = (2023, 4)


@dataclass(frozen=True)
class Company:
    """`paid[account][n]` is what it pays in the n-th month; every account starts on `day`."""

    paid: dict[str, list[int]]
    months: int

    def closing(self) -> dict[str, int]:
        """MRR at the end of each month."""
        return {f"{m:%Y-%m}": sum(p[n] for p in self.paid.values()) for n, m in self.days(1)}

    def days(self, day: int) -> Iterator[tuple[int, date]]:
        for n in range(self.months):
            year, month = divmod(FIRST[1] - 1 + n, 12)
            yield n, date(FIRST[0] + year, month + 1, day)


def made(seed: int) -> Company:
    """Accounts that come, change their price, leave, and sometimes return. Someone always pays."""
    chance = random.Random(seed)
    months = chance.randint(8, 14)
    paid: dict[str, list[int]] = {}
    for number in range(chance.randint(8, 20)):
        start = 0 if number < 3 else chance.randrange(months - 1)
        amount, months_paid = chance.choice((1000, 2500, 4800, 9800)), []
        for n in range(months):
            if n > start and chance.random() < 0.08:
                amount = chance.choice((0, 1200, 3000, 5600))
            months_paid.append(amount if n >= start else 0)
        paid[f"C{number + 1:03d}"] = months_paid
    paid["C001"] = [2000] * months
    return Company(paid, months)


def _runs(company: Company, day: int) -> Iterator[tuple[str, date, date | None, int]]:
    """(account, from, to, price) of every stretch at one price."""
    days = dict(company.days(day))
    for account, paid in company.paid.items():
        start = 0
        for n in range(1, company.months + 1):
            if n == company.months or paid[n] != paid[start]:
                if paid[start]:
                    yield account, days[start], days.get(n), paid[start]
                start = n


def intervals(company: Company, names: dict[str, str], day: int) -> Cells:
    return [
        {names["account"]: a, names["start"]: s, names["end"]: e or "", names["mrr"]: price}
        for a, s, e, price in _runs(company, day)
    ]


def states(company: Company, names: dict[str, str], day: int) -> Cells:
    return [
        {names["account"]: account, names["month"]: first, names["mrr"]: paid[n]}
        for n, first in company.days(1)
        for account, paid in company.paid.items()
        if paid[n]
    ]


def bills(company: Company, names: dict[str, str], day: int) -> Cells:
    every = {names["interval"]: names["monthly"]}
    return [
        {names["account"]: account, names["billed"]: on, names["amount"]: paid[n], **every}
        for n, on in company.days(day)
        for account, paid in company.paid.items()
        if paid[n]
    ]


def events(company: Company, names: dict[str, str], day: int) -> Cells:
    """A start, a change and a departure each have a row; departures have no price."""
    rows = []
    for account, paid in company.paid.items():
        before = 0
        for n, on in company.days(day):
            if paid[n] != before:
                cells = {names["event"]: names[_kind(before, paid[n])], names["mrr"]: paid[n] or ""}
                rows.append({names["account"]: account, names["happened"]: on, **cells})
            before = paid[n]
    return rows


def _kind(before: int, now: int) -> str:
    if not now:
        return "leaves"
    return "begin" if not before else "more" if now > before else "less"


def movements(company: Company, names: dict[str, str], day: int) -> Cells:
    """Each change of what is paid, with its sign or, where its kind tells it, without."""
    rows = []
    for account, paid in company.paid.items():
        before = 0
        for n, on in company.days(day):
            change = paid[n] - before
            if change:
                amount = change if names["sign"] else abs(change)
                cells = {names["event"]: names[_kind(before, paid[n])], names["delta"]: amount}
                rows.append({names["account"]: account, names["happened"]: on, **cells})
            before = paid[n]
    return rows


def bridge(company: Company, names: dict[str, str], day: int) -> Cells:
    """A row for each account and month in which something changed, a column for each kind."""
    kinds = ("begin", "more", "less", "leaves")
    headers = ("new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr")
    rows = []
    for account, paid in company.paid.items():
        before = 0
        for n, first in company.days(1):
            if paid[n] != before:
                cells = dict.fromkeys(headers, 0)
                kind = headers[kinds.index(_kind(before, paid[n]))]
                cells[kind] = paid[n] - before if names["sign"] else abs(paid[n] - before)
                rows.append({names["account"]: account, names["month"]: first, **cells})
            before = paid[n]
    return rows


def matrix(company: Company, names: dict[str, str], day: int) -> Cells:
    return [
        {names["account"]: account, **{f"{m:%Y-%m}": paid[n] or "" for n, m in company.days(1)}}
        for account, paid in company.paid.items()
        if any(paid)
    ]


def stripe(company: Company, names: dict[str, str], day: int) -> Cells:
    """Stripe's own headers: each stretch at one price is a subscription."""
    return [
        {
            "id": f"sub_{n}", "Customer ID": account, "Customer Name": account.title(),
            "Customer Email": f"{account}@example.com", "Product": "prod", "Plan": "gold",
            "Quantity": 1, "Interval": "month", "Amount": f"{price}.00", "Currency": "usd",
            "Status": "canceled" if end else "active", "Cancellation Reason": "",
            "Created (UTC)": f"{start} 10:00", "Start (UTC)": f"{start} 10:00",
            "Start Date (UTC)": f"{start} 10:00", "Current Period Start (UTC)": f"{start} 10:00",
            "Current Period End (UTC)": "2030-01-01 10:00", "Trial Start (UTC)": "",
            "Trial End (UTC)": "", "Canceled At (UTC)": f"{end} 10:00" if end else "",
            "Cancel At Period End": "false", "Ended At (UTC)": f"{end} 10:00" if end else "",
        }
        for n, (account, start, end, price) in enumerate(_runs(company, day))
    ]  # fmt: skip


def baremetrics(company: Company, names: dict[str, str], day: int) -> Cells:
    """Baremetrics' template: cents, a subscription for each stretch at one price."""
    return [
        {
            "plan_oid": "p", "plan_name": "Pro", "plan_currency": "usd",
            "plan_amount": price * 100, "plan_interval": "month", "plan_interval_count": 1,
            "customer_oid": account, "customer_name": account.title(),
            "customer_email": f"{account}@example.com", "subscription_oid": f"s{n}",
            "subscription_started_at": start, "subscription_canceled_at": end or "",
            "subscription_quantity": 1,
        }
        for n, (account, start, end, price) in enumerate(_runs(company, day))
    ]  # fmt: skip


def chargebee(company: Company, names: dict[str, str], day: int) -> Cells:
    """Chargebee's MRR summary: a row for each subscription and month."""
    return [
        {
            "id": f"{account}-{n}", "customer_id": account, "subscription_id": f"s{account}",
            "reporting_month": f"{first:%Y-%m}", "status": "active",
            "billing_currency_code": "EUR", "mrr_billing_currency": f"{paid[n]}.00",
            "mrr_previous_billing_currency": paid[n - 1] if n else 0, "exchange_rate": 1,
        }
        for n, first in company.days(1)
        for account, paid in company.paid.items()
        if paid[n]
    ]  # fmt: skip


SHAPES: dict[str, Callable[[Company, dict[str, str], int], Cells]] = {
    "intervals": intervals,
    "states": states,
    "bills": bills,
    "events": events,
    "movements": movements,
    "bridge": bridge,
    "matrix": matrix,
    "stripe": stripe,
    "baremetrics": baremetrics,
    "chargebee": chargebee,
}
_VENDORS = ("stripe", "baremetrics", "chargebee")
# Columns that a line is not made of, though their headers sound like those it is.
_BESIDE = (
    ("discount_end_date", lambda n, price: "2023-06-30" if n % 5 == 0 else ""),
    ("target_mrr", lambda n, price: price * 2),
    ("Annual Revenue", lambda n, price: 40_000_000 + n),
    ("prev_mrr", lambda n, price: price + 100),
    ("card_expires", lambda n, price: f"2027-0{1 + n % 9}-01"),
    ("Last Login Date", lambda n, price: f"2023-0{1 + n % 9}-14"),
    ("region", lambda n, price: ("EU", "US", "")[n % 3]),
    ("lifetime amount", lambda n, price: price * 7),
    ("割引終了日", lambda n, price: "2023-06-30" if n % 4 == 0 else ""),
    ("目標金額", lambda n, price: price * 3),
    ("前月MRR", lambda n, price: price + 500),
    ("最終ログイン日", lambda n, price: f"2023/0{1 + n % 9}/03"),
    ("担当者", lambda n, price: ("佐藤", "鈴木")[n % 2]),
    ("備考", lambda n, price: ""),
)
_IDS = {
    "intervals": ("subscription_id", "契約ID", "Contract No", "Subscription: ID"),
    "bills": ("invoice_id", "Order ID", "請求書番号", "transaction_id"),
    "events": ("event_id", "イベントID"),
}
_SPELLINGS = {
    "account": (
        "customer_id",
        "Account ID",
        "customerId",
        "顧客ID",
        "得意先コード",
        "Customer: ID",
    ),
    "start": ("start_date", "Started At", "contract start", "契約開始日", "利用開始日"),
    "end": ("end_date", "Ended At", "churned_at", "解約日", "利用終了日"),
    "month": ("month", "date_month", "Reporting Month", "対象年月", "計上月", "start_date"),
    "mrr": ("mrr", "MRR", "Monthly Fee", "月額", "月額料金"),
    "billed": ("invoice_date", "Paid At", "Billing Date", "請求日", "決済日", "start_date"),
    "amount": ("amount", "Unit Price", "請求額", "金額"),
    "interval": ("interval", "Billing Cycle", "請求サイクル", "支払周期"),
    "event": ("event", "Event Type", "Change Type", "異動区分", "イベント"),
    "delta": ("mrr_change", "MRR Change", "mrr_delta", "増減額", "MRR増減", "mrr"),
    "happened": ("event_date", "Occurred At", "start_date", "変更日", "発生日"),
}
_WORDS = {
    "begin": ("new", "start", "新規", "signup"),
    "leaves": ("churn", "cancelled", "解約", "CANCELLATION"),
    "monthly": ("month", "monthly", "毎月", "P1M"),
}
# What a change is called, upwards and downwards.
_CHANGES = (
    ("upgrade", "downgrade"), ("expansion", "contraction"), ("アップセル", "ダウンセル"),
    ("change", "change"), ("プラン変更", "プラン変更"),
)  # fmt: skip
_OPEN = ("", "", "NULL", "-", "9999-12-31")


def _add_beside(rows: Cells, shape: str, names: dict[str, str], chance: random.Random) -> None:
    """Ids of the rows themselves, and columns that are none of a line's."""
    ids = chance.choice(_IDS[shape]) if shape in _IDS and chance.random() < 0.5 else None
    beside = chance.sample(_BESIDE, chance.randint(0, 3)) if shape != "matrix" else []
    for n, row in enumerate(rows):
        cells = dict(row)
        price = cells.get(names["mrr"]) or cells.get(names["amount"]) or 0
        row.clear()
        if ids is not None:
            row[ids] = f"{ids[:2].lower()}{n + 1:04d}"
        row.update(cells)
        for header, cell in beside:
            row.setdefault(header, cell(n, price))


def written(company: Company, shape: str, seed: int) -> tuple[str, str]:
    """(name, text) of a file of that shape under headers in either language, CSV or JSON."""
    chance = random.Random(f"{shape}{seed}")
    names = {key: chance.choice(many) for key, many in {**_SPELLINGS, **_WORDS}.items()}
    names["more"], names["less"] = chance.choice(_CHANGES)
    alike = names["more"] == names["less"]
    names["sign"] = "signed" if chance.random() < 0.5 or (alike and shape != "bridge") else ""
    rows = SHAPES[shape](company, names, chance.randint(2, 27))
    if shape not in _VENDORS and chance.random() < 0.6:
        _add_beside(rows, shape, names, chance)
    still = chance.choice(_OPEN)
    for row in rows:
        if row.get(names["end"]) == "" and shape == "intervals":
            row[names["end"]] = still
    if chance.random() < 0.7:
        chance.shuffle(rows)
    if chance.random() < 0.25:
        listed: object = rows if chance.random() < 0.5 else {"data": rows}
        return f"{shape}-{seed}.json", json.dumps(listed, ensure_ascii=False, default=str)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return f"{shape}-{seed}.csv", out.getvalue()
