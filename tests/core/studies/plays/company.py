"""A small made-up company with everything a play can ask about, and a naive reading of it.

`Naive` answers each condition for one account and one day straight from the generated rows, with
what is dated by that day and nothing else; it shares no code with the plays it is a judge of.
Health is asked of `cs_core.studies.risk` anew for each day.
"""

from __future__ import annotations

import csv
import random
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cs_core.datasets import Dataset
from cs_core.metrics.options import Options
from cs_core.studies import risk
from cs_core.studies.plays import conditions as ask
from cs_core.studies.plays.play import Play
from cs_core.studies.risk import Rules

BEGIN = date(2024, 1, 9)
DAYS = 330
MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass
class Rows:
    """One list of dicts a table."""

    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    usage: list[dict[str, Any]] = field(default_factory=list)
    nps: list[dict[str, Any]] = field(default_factory=list)
    tickets: list[dict[str, Any]] = field(default_factory=list)

    @property
    def end(self) -> date:
        return BEGIN + timedelta(days=DAYS)

    def write(self, folder: Path) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, rows in vars(self).items():
            if not rows:
                continue
            paths.append(folder / f"{name}.csv")
            with paths[-1].open("w", newline="") as stream:
                writer = csv.DictWriter(stream, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        return paths


def made(seed: int, accounts: int = 24) -> Rows:
    draw = random.Random(seed)
    rows = Rows()

    def some_day(first: date = BEGIN, last: date = BEGIN + timedelta(days=DAYS)) -> date:
        return first + timedelta(days=draw.randrange(max((last - first).days, 0) + 1))

    for number in range(accounts):
        name = f"A{number:02d}"
        begin = BEGIN if number == 0 else some_day(BEGIN, BEGIN + timedelta(days=200))
        for line in range(draw.randrange(1, 4)):
            start = begin if line == 0 else some_day(begin)
            end = some_day(start + timedelta(days=1)) if draw.random() < 0.55 else None
            asked = some_day(start, end or rows.end) if draw.random() < 0.4 else None
            term = some_day(start + timedelta(days=20)) if draw.random() < 0.4 else None
            rows.subscriptions.append(
                {
                    "account_id": name,
                    "subscription_id": f"{name}-{line}",
                    "plan": draw.choice(["Team", "Pro"]),
                    "start_date": start,
                    "end_date": end or "",
                    "mrr": draw.choice([10, 20, 35]),
                    "interval": draw.choice(["month", "quarter", "year"]),
                    "currency": "USD",
                    "status": draw.choice(["active", "active", "past_due"]),
                    "cancel_requested_at": asked or "",
                    "term_end": term or "",
                }
            )
        rows.accounts.append(
            {
                "account_id": name,
                "name": f"Company {number}",
                "country": draw.choice(["JP", "US"]),
                "owner": draw.choice(["Mori", "Sato"]),
                "contract_owner_left_at": some_day() if draw.random() < 0.4 else "",
            }
        )
        for metric in ("logins", "exports"):
            used = draw.randrange(2, 30)
            day = begin - timedelta(days=draw.randrange(0, 20))
            while day <= rows.end:
                if day.weekday() < 5 and draw.random() < 0.5:
                    used = max(0, used + draw.choice([-3, -1, 0, 1, 2]))
                    row = {"account_id": name, "date": day, "metric": metric, "value": used}
                    rows.usage.append(row)
                day += timedelta(days=draw.randrange(1, 5))
        for _ in range(draw.randrange(4)):
            row = {"account_id": name, "responded_at": some_day(), "score": draw.randrange(11)}
            rows.nps.append(row)
        for _ in range(draw.randrange(5)):
            opened = some_day()
            rows.tickets.append(
                {
                    "account_id": name,
                    "opened_at": opened,
                    "closed_at": opened,
                    "priority": draw.choice(["normal", "urgent"]),
                    "satisfaction": 4,
                }
            )
    # So that the data's last day is known, whatever was drawn.
    rows.nps.append({"account_id": "A00", "responded_at": rows.end, "score": 9})
    return rows


def months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class Naive:
    """One account on one day."""

    def __init__(self, rows: Rows, dataset: Dataset, rules: Rules | None = None) -> None:
        self.rows, self.dataset, self.rules = rows, dataset, rules or Rules()
        self._health: dict[date, dict[str, tuple[float, str]]] = {}

    def running(self, account: str, day: date) -> list[dict[str, Any]]:
        return [
            row
            for row in self.rows.subscriptions
            if row["account_id"] == account
            and row["start_date"] <= day
            and (not row["end_date"] or row["end_date"] > day)
        ]

    def mrr(self, account: str, day: date) -> int:
        return sum(row["mrr"] for row in self.running(account, day))

    def churns(self, account: str, first: date, last: date) -> bool:
        """Whether MRR falls to zero in (first, last]."""
        day = first
        while day < last:
            if self.mrr(account, day) and not self.mrr(account, day + timedelta(days=1)):
                return True
            day += timedelta(days=1)
        return False

    def noticed(self, account: str, day: date) -> bool:
        lines = self.running(account, day)
        return bool(lines) and all(
            row["cancel_requested_at"] and row["cancel_requested_at"] <= day for row in lines
        )

    def health(self, account: str, day: date) -> tuple[float, str]:
        if day not in self._health:
            found = risk.known(self.dataset.warehouse, Options(as_of=day)).present
            scored = risk.health_of(found, self.rules)
            names = found.texts["account_id"]
            self._health[day] = {
                name: (score, colour)
                for name, score, colour in zip(names, scored.score, scored.colours, strict=True)
            }
        return self._health[day].get(account, (float("nan"), ""))

    def holds(self, condition: ask.Condition, account: str, day: date) -> bool:
        match condition:
            case ask.ColourChange(before, after):
                earlier = self.health(account, day - timedelta(days=1))[1]
                if self.health(account, day)[1] != after or not earlier or earlier == after:
                    return False
                return before in (ask.ANY, earlier)
            case ask.HealthBelow(score):
                return self.health(account, day)[0] < score
            case ask.UsageDown(percent, days, metric):
                changes = [
                    change
                    for name in ("logins", "exports")
                    if metric in ("", name)
                    and (change := self.change(account, name, day, days)) is not None
                ]
                if not changes:
                    return False
                return sum(changes) / len(changes) <= -percent / 100 + 1e-12
            case ask.RenewalDue(days):
                left = [due - day for due in self.renewals(account, day)]
                return bool(left) and min(left).days <= days
            case ask.Detractor(days):
                found = self.dated(self.rows.nps, "responded_at", account, day)
                if not found:
                    return False
                last = max(row["responded_at"] for row in found)
                scores = [row["score"] for row in found if row["responded_at"] == last]
                return (day - last).days < days and sum(scores) / len(scores) <= 6
            case ask.Overdue():
                return any(row["status"] == "past_due" for row in self.running(account, day))
            case ask.OwnerLeft(days):
                found = self.dated(self.rows.accounts, "contract_owner_left_at", account, day)
                return any((day - row["contract_owner_left_at"]).days < days for row in found)
            case ask.MrrAtLeast(amount):
                return self.mrr(account, day) >= amount
            case ask.SegmentIs("country", value):
                return any(
                    row["account_id"] == account and row["country"] == value
                    for row in self.rows.accounts
                )
            case ask.SegmentIs("plan", value):
                plans: dict[str, int] = {}
                for row in self.running(account, day):
                    plans[row["plan"]] = plans.get(row["plan"], 0) + row["mrr"]
                return bool(plans) and min(plans, key=lambda p: (-plans[p], p)) == value
            case ask.Notice():
                return self.noticed(account, day)
        raise AssertionError(condition)

    def dated(
        self, rows: list[dict[str, Any]], column: str, account: str, day: date
    ) -> list[dict[str, Any]]:
        return [
            row
            for row in rows
            if row["account_id"] == account and row[column] and row[column] <= day
        ]

    def change(self, account: str, metric: str, day: date, days: int) -> float | None:
        here = [row for row in self.rows.usage if row["metric"] == metric and row["date"] <= day]

        def window(last: date) -> tuple[float, int]:
            first = last - timedelta(days=days)
            inside = [row for row in here if first < row["date"] <= last]
            used = sum(row["value"] for row in inside if row["account_id"] == account)
            return used, len({row["date"] for row in inside})

        (late, few), (early, many) = window(day), window(day - timedelta(days=days))
        if not few or not many or not early:
            return None
        return (late / few) / (early / many) - 1

    def renewals(self, account: str, day: date) -> list[date]:
        found = []
        for row in self.running(account, day):
            if row["term_end"] and row["term_end"] > day:
                found.append(row["term_end"])
                continue
            months = MONTHS[row["interval"]]
            if months < 3:
                continue
            times = 1
            while months_after(row["start_date"], times * months) <= day:
                times += 1
            found.append(months_after(row["start_date"], times * months))
        return found

    def matches(self, play: Play, account: str, day: date) -> bool:
        """Whether a run on that day finds that all conditions hold."""
        if not self.mrr(account, day):
            return False
        if self.noticed(account, day) and not play.has(ask.Notice):
            return False
        return all(self.holds(condition, account, day) for condition in play.conditions)

    def fired(self, play: Play, first: date, last: date) -> list[tuple[date, str]]:
        """The play run day by day."""
        found = []
        for account in sorted({row["account_id"] for row in self.rows.accounts}):
            rested, held, day = None, False, first
            while day <= last:
                now = self.matches(play, account, day)
                again = rested is None or (day - rested).days >= play.rest_days
                if now and (again if play.rest_days else not held):
                    found.append((day, account))
                    rested = day
                held = now
                day += timedelta(days=1)
        return sorted(found)
