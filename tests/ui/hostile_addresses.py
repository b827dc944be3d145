"""What an address can be made to say: 200 texts that mean harm, nothing, or too much, a field."""

from __future__ import annotations

from random import Random

from pages.frame.address import FIELDS
from tests.ui.hostile import HOSTILE

ANYWHERE = (
    " ",
    ",",
    "," * 18,
    ";" * 40,
    ":" * 40,
    "." * 40,
    "..",
    "×××",
    "|" * 40,
    "0",
    "-1",
    "²",
    "٣",
    "１",
    "1e309",
    "nan",
    "inf",
    "9" * 400,
    "x" * 2000,
    "x" * 5000,
    "\x00",
    "\u202e",
    "\ufeff",
    "\ud7ff",
    "%",
    "%00",
    "%F0%28%8C%28",
    "../../etc/passwd",
    "'; DROP TABLE lines; --",
    '" OR 1=1',
    "${7*7}",
    "{{7*7}}",
    "{0.__class__}",
    "%s%n",
    "None",
    "null",
    "true",
    "[]",
    "🙂" * 50,
    *HOSTILE,
)
# What looks like the field's own words, and is not.
SEEDS: dict[str, tuple[str, ...]] = {
    "lang": ("EN", "en-US", "jp", "en,ja"),
    "dataset": ("nobody", "small/", "SMALL", "small small"),
    "period": ("months", "Month", "day", "month,year"),
    "range": (
        "0001-01..9999-12",
        "9999-12..0001-01",
        "2025-01",
        "2025-13..2026-01",
        "2025-00..2025-02",
        "2025-1..2025-2",
        "²025-01..2025-02",
        "1900-01..1900-02",
        "2999-01..2999-12",
        "24..36",
        "all..all",
        "7",
        "-24",
        "2024-01..2024-02..2024-03",
    ),
    "where": (
        "plan:;;;:::",
        "plan:%F0%28%8C%28",
        "plan:" + "," * 18,
        "plan:",
        "plan:Nobody",
        "plan:Growth,Nobody",
        "ghost:Growth",
        "plan:Growth;ghost:x",
        ";".join(["plan:Growth"] * 150),
        "plan:" + ",".join(["Growth"] * 250),
        "account_id:A",
        "plan=Growth",
    ),
    "policies": (
        ";".join(["stripe"] * 280),
        "nobody",
        "stripe;trial:perhaps",
        "keizoku;reactivation_after_days:99999999999999",
        "keizoku;reactivation_after_days:-1",
        "keizoku;reactivation_after_days:²",
        "keizoku;past_due:churn_after_days:1e9",
        "keizoku;past_due:churn_after_days:",
        ";trial:counted",
        "stripe;trial:counted;trial:excluded",
        "stripe;__class__:x",
    ),
    "asof": (
        "9999-12-31",
        "0001-01-01",
        "2025-02-30",
        "20250101",
        "2025-W05",
        "2025-W05-1",
        "today",
        "2025-01-01T00:00:00",
        "-2025-01-01",
    ),
    "currency": ("XXX", "jpy", "¥", "JPY,USD"),
    "fiscal": ("²", "0", "13", "1.0", "01", " 1", "+1"),
    "by": ("plan×", "plan×plan×plan", "ghost", "×plan", "=phase×=touch×plan", "status"),
    "owner": ("nobody", "owner:", "=", "Baker,Baker"),
    "id": ("nobody", "A/../1", "<b>", "%00"),
    "view": (
        "a.b.c.d",
        "30.60",
        "31",
        "mrr.mrr",
        "net_mrr.rate.churn.x",
        "stripe.stripe.nothing",
        "customers..",
        "90 ",
    ),
    "scenario": (
        "x;churn:2",
        "x;churn:nan",
        "x;horizon:1e9",
        "x;arpa:-1",
        "x;arpa:" + "9" * 300,
        "x;ghost:1",
        "x;by_phase:maybe",
        ";" * 500,
        "a;b;c",
    ),
    "scenarios": ("|".join(["x;arpa:1"] * 40), "|x|", "x;ghost:1|y", "|".join("abcdefgh")),
    "lesson": (
        "nope",
        "compound;churn:9",
        "compound;churn:nan",
        "compound;churn:x",
        "compound;ghost:1",
        "compound;seed:3",
        "compound;churn:0.1;churn:0.2",
        "compound" + ";churn:0.1" * 150,
        ";compound",
    ),
    "projector": ("2", "yes", "01", "11"),
}


def texts(field: str, count: int = 200) -> list[str]:
    """The same ones each time: those above, then mixtures of them."""
    assert SEEDS.keys() == FIELDS.keys()
    found = dict.fromkeys([*SEEDS[field], *ANYWHERE])
    pieces, chance = list(found), Random(field)
    while len(found) < count:
        mixed = chance.choice(";:,.×|-").join(chance.sample(pieces, 2))
        cut = chance.randrange(len(mixed) + 1)
        found[mixed[:cut] + chance.choice(("", "0", ";", ":", "\u200b")) + mixed[cut:]] = None
    return list(found)[:count]
