"""What Hypothesis draws: small companies with everything that makes figures disagree, and
questions about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from cs_core.domain.policies import PRESETS, VALUES, Policies
from cs_core.metrics.options import Options
from tests.properties.companies import Company, Line
from tests.properties.oracle import add_months

FIRST, LAST = date(2023, 1, 1), date(2024, 4, 30)
CORNERS = [
    date(2023, 1, 30),
    date(2023, 1, 31),
    date(2023, 2, 28),
    date(2023, 3, 1),
    date(2023, 3, 31),
    date(2023, 4, 1),
    date(2023, 12, 31),
    date(2024, 1, 1),
    date(2024, 1, 31),
    date(2024, 2, 1),
    date(2024, 2, 28),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2024, 3, 30),
    date(2024, 3, 31),
]
days = st.one_of(st.sampled_from(CORNERS), st.dates(FIRST, LAST))
lengths = st.one_of(
    st.sampled_from([0, 1, 2, 3, 27, 28, 29, 30, 31, 59, 90, 182, 365, 366]), st.integers(1, 120)
)
MRRS = [Fraction(v) for v in ("0", "10", "10", "20", "30", "0.000001", "33.333333", "12.3456785")]
PRICES = [Fraction(v) for v in ("0", "100", "99.99", "0.0000035", "7", "1000000.01")]
PLANS = [None, "A", "B", "b"]


@st.composite
def prices(draw: Any) -> dict[str, Any]:
    if draw(st.integers(0, 3)):
        return {"mrr": draw(st.sampled_from(MRRS))}
    return {
        "amount": draw(st.sampled_from(PRICES)),
        "interval": draw(st.sampled_from(["day", "week", "month", "quarter", "year"])),
        "interval_count": draw(st.sampled_from([None, 1, 2, 3, 7])),
        "quantity": draw(st.sampled_from([None, 1, 3, 0])),
        "discount": draw(st.sampled_from([None, "20%", "12.5%", "5", "0.07", "150", "110%"])),
    }


@st.composite
def lines_of_account(draw: Any, account: str, rich: bool) -> list[Line]:
    """Lines of one account; many start where, or near where, an earlier one ended."""
    lines: list[Line] = []
    for number in range(draw(st.integers(1, 5))):
        ended = [line.end for line in lines if line.end and line.end < LAST]
        if ended and draw(st.integers(0, 2)):
            gap = draw(st.sampled_from([0, 0, 0, 1, 2, 5, 30, -3]))
            start = draw(st.sampled_from(ended)) + timedelta(days=gap)
        else:
            start = draw(days)
        end = start + timedelta(days=draw(lengths)) if draw(st.integers(0, 2)) else None
        priced = draw(prices())
        if draw(st.integers(0, 3)) == 0:
            # A contract's own length, with the day after its last or its last as the end.
            months = {"quarter": 3, "year": 12}.get(priced.get("interval", ""), 1)
            months *= priced.get("interval_count") or 1
            over = add_months(start, months) - timedelta(days=draw(st.integers(0, 1)))
            end = over if over <= LAST else end
        line = Line(account, start, end, plan=draw(st.sampled_from(PLANS)), **priced)
        if rich:
            line = draw(details(line, number))
        lines.append(line)
    return lines


@st.composite
def details(draw: Any, line: Line, number: int) -> Line:
    """Statuses, trials, requests, terms, currencies and a second changing column."""

    def near(chance: int) -> date | None:
        if draw(st.integers(0, chance)):
            return None
        return line.start + timedelta(days=draw(st.sampled_from([0, 1, 7, 14, 30, 60, 300])))

    request = near(3)
    return replace(
        line,
        family=draw(st.sampled_from([None, "gold", "silver"])),
        status=draw(st.sampled_from([None, "active", "active", "paused", "past_due", "trialing"])),
        trial_end=near(4),
        requested=request,
        term_end=near(1),
        subscription=f"{line.account}-{draw(st.integers(0, 1))}",
        currency=draw(st.sampled_from(["USD", "USD", "EUR"])),
    )


@st.composite
def companies(draw: Any, rich: bool | None = None) -> Company:
    if rich is None:
        rich = draw(st.booleans())
    names = [f"acct{n}" for n in range(draw(st.integers(1, 6)))]
    lines = [line for name in names for line in draw(lines_of_account(name, rich))]
    accounts = {}
    if draw(st.booleans()):
        accounts = {
            name: {
                "country": draw(st.sampled_from([None, "JP", "US"])),
                "plan": draw(st.sampled_from([None, "A", "B"])),
            }
            for name in names
        }
    rates: list[tuple[str, date, Fraction]] = []
    if rich and draw(st.booleans()):
        months = draw(st.lists(st.sampled_from(range(16)), min_size=1, max_size=5, unique=True))
        rates = [
            ("EUR", date(2023 + month // 12, month % 12 + 1, 1), Fraction(rate, 10000))
            for month in sorted(months)
            for rate in [draw(st.sampled_from([10000, 10851, 9137, 12000]))]
        ]
    return Company(tuple(lines), accounts, tuple(rates))


@st.composite
def companies_in_months(draw: Any) -> Company:
    """What a table of months tells: who pays how much in each, from some month on."""
    first = draw(st.sampled_from([date(2023, 1, 1), date(2023, 2, 1), date(2022, 12, 1)]))
    months = tuple(add_months(first, n) for n in range(draw(st.integers(3, 16))))
    names = [f"acct{n}" for n in range(draw(st.integers(1, 6)))]
    lines = []
    for name in names:
        for plan in draw(st.lists(st.sampled_from(PLANS), min_size=1, max_size=2, unique=True)):
            paid = [draw(st.sampled_from([None, "10", "10", "20", "33.333333"])) for _ in months]
            at = 0
            for amount, same in groupby(paid):
                start, at = months[at], at + len(list(same))
                end = months[at] if at < len(months) else None
                if amount is not None:
                    lines.append(Line(name, start, end, Fraction(amount), plan=plan))
    assume(lines)
    countries = {name: {"country": draw(st.sampled_from(["JP", "US"]))} for name in names}
    return Company(tuple(lines), countries if draw(st.booleans()) else {}, months=months)


@st.composite
def policies(draw: Any) -> Policies:
    if draw(st.integers(0, 3)) == 0:
        return Policies.of(draw(st.sampled_from(sorted(PRESETS))))
    chosen = {}
    for name in draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=5, unique=True)):
        value = draw(st.sampled_from(VALUES[name]))
        if value.endswith("N"):
            value = value[:-1] + str(draw(st.sampled_from([0, 1, 5, 30, 40])))
        chosen[name] = value
    return Policies.of("keizoku", chosen)


METRICS = ["mrr_movements", "churn", "retention", "cohorts", "survival", "renewals"]


@st.composite
def questions(draw: Any, company: Company, metric: str) -> Options:
    """Options that the company's columns allow."""
    columns = ["plan"] if any(line.plan for line in company.lines) else []
    if any(line.family for line in company.lines):
        columns.append("family")
    if company.accounts and company.months:
        columns.append("country")
    elif company.accounts:
        columns += ["country", "accounts.plan" if columns[:1] == ["plan"] else "plan"]
    by = draw(st.sampled_from([None, None, *columns])) if columns else None
    where = []
    if columns and draw(st.booleans()):
        for column in draw(st.lists(st.sampled_from(columns), min_size=1, max_size=2)):
            where.append((column, draw(st.sampled_from([None, "A", "B", "gold", "JP"]))))
    labels = [None, None, None, "2023-03", "2024-02", "2023-W10", "2023-Q2", "2024"]
    first = draw(st.sampled_from(labels))
    as_of = draw(st.one_of(st.none(), st.sampled_from(CORNERS), st.dates(FIRST, LAST)))
    return Options(
        period=draw(st.sampled_from(["month", "month", "month", "week", "quarter", "year"])),
        fiscal_start=draw(st.sampled_from([1, 1, 4, 12])),
        by=by,
        where=tuple(dict.fromkeys(where)),
        currency=draw(st.sampled_from([None, "USD", "EUR"])) if company.rates else None,
        as_of=as_of if draw(st.booleans()) else None,
        first=first,
        last=draw(st.sampled_from(labels)) if draw(st.booleans()) else None,
        policies=draw(policies()),
        window=draw(st.sampled_from([12, 12, 1, 2, 3, 6])),
        unit=draw(st.sampled_from(["day", "month"])),
        spells=draw(st.sampled_from(["first", "all"])),
    )
